"""What a calculation for one student needs beside the student's own record: the study, and the module's two sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from la_research.cohort import Cohort
from la_research.explanation.trace.record import Record, records
from la_research.explanation.trace.seen import unseen
from la_research.protocol import Protocol


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an indicator, before it is known which one it is; see ``Step``."""

    arithmetic: str
    value: float | None
    unit: str
    reason: str = ""
    what: str = ""


@dataclass(frozen=True)
class Desk:
    """The study, its students, and one of them.

    Parameters
    ----------
    units
        Who is in the study, as ``eligible`` returns it; nobody else enters a sum.
    unit_id
        Whose lines are worked out.
    """

    protocol: Protocol
    cohort: Cohort
    units: pd.DataFrame
    unit_id: str

    @cached_property
    def own(self) -> tuple[Record, ...]:
        """The student's enrolments, in the order of their names."""
        names = sorted(self.units.loc[self.units["unit_id"] == self.unit_id, "enrolment_id"])
        found = records(self.protocol, self.cohort, names)
        return tuple(found[name] for name in names)

    @cached_property
    def _module(self) -> Mapping[tuple[str, str], Sequence[Record]]:
        keys = {(one.module, one.enrolment["presentation"]) for one in self.own}
        enrolments = self.cohort.frame("enrolments").set_index("enrolment_id")[["module", "presentation"]]
        places = enrolments.loc[self.units["enrolment_id"]]
        known = list(zip(places.index, places["module"], places["presentation"], strict=True))
        found = records(self.protocol, self.cohort, [name for name, *key in known if tuple(key) in keys])
        return {key: [found[name] for name, *other in known if tuple(other) == key] for key in keys}

    def sums(self, record: Record, sources: Sequence[str], week: int) -> tuple[int, int]:
        """How many students of the module were seen in the week, and their actions in all: nothing else of them."""
        everyone = self._module[record.module, record.enrolment["presentation"]]
        totals = [sum(one.actions(sources, week)) for one in everyone if not unseen(one, sources, week)]
        return len(totals), sum(totals)
