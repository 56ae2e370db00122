"""Whom a harm is looked for among: students contacted, and those who chance drew for the contact or not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.trial import BY_LOT
from la_research.protocol import Outcome
from la_research.protocol.support import Harm

NO_DRAW = "nobody was drawn by lot for the contact, so there is nobody to compare with"
ANEW = "students were drawn anew, or came into the support in turn, so that no arm stayed without it"


@dataclass(frozen=True)
class Arms:
    """The students of a study by what was drawn for them.

    Parameters
    ----------
    ground
        The study.
    among
        Only these students; all when left out.
    """

    ground: Ground
    among: pd.Index | None = None

    @property
    def minimum(self) -> int:
        """Students below whom nothing is shown."""
        return self.ground.minimum

    @property
    def names(self) -> tuple[str, str]:
        """The arm of the contact, and the other."""
        return self.ground.support.arm, self.ground.support.control

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """The log of the contacts of these students."""
        log = self.ground.contacts
        return log if self.among is None else log[log["student_id"].isin(self.among)]

    @cached_property
    def contacted(self) -> pd.Index:
        """Students of whom the log says more than that a contact was suggested."""
        went = self.contacts[self.contacts["step"] != "suggested"]
        students: pd.Index = pd.Index(went["student_id"]).unique().sort_values()
        return students

    @cached_property
    def reason(self) -> str:
        """Why the arms can not be compared; empty where they can."""
        if self.ground.support.trial is None:
            return NO_DRAW
        if self.ground.support.design.kind not in BY_LOT:
            return ANEW
        return self.ground.trial.reason

    @cached_property
    def drawn(self) -> pd.DataFrame:
        """Students drawn for the contact or its control (index): week of the draw, ``treated``, module.

        Only where there is no reason; students of further arms are left out.
        """
        students = self.ground.trial.students
        students = students[students["arm"].isin(self.names)]
        kept = students if self.among is None else students[students.index.isin(self.among)]
        module = self.ground.students["module"].reindex(kept.index)
        return kept.assign(treated=kept["arm"] == self.ground.support.arm, module=module)

    @property
    def treated(self) -> npt.NDArray[np.bool_]:
        """Whether each student drawn was drawn for the contact."""
        return self.drawn["treated"].to_numpy(dtype=bool)

    def groups(self, known: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.intp] | None:
        """The group in which each student (known) was drawn, as codes; None where they were drawn one by one."""
        cluster = self.drawn["cluster"] if known is None else self.drawn["cluster"][known]
        return pd.factorize(cluster)[0] if cluster.notna().all() else None

    @cached_property
    def last_day(self) -> pd.Series:
        """The last day of the week of each student's draw."""
        calendar = self.ground.cohort.frame("calendar").dropna(subset="week")
        ends = calendar.groupby(["presentation", "week"])["day"].max()
        where = pd.MultiIndex.from_frame(self.drawn[["presentation", "week"]])
        return pd.Series(ends.reindex(where).to_numpy(dtype=float), index=self.drawn.index)

    def too_few(self, known: npt.NDArray[np.bool_]) -> str:
        """Why those of whom something is known can not be compared; empty where they can."""
        smaller = min(int((known & self.treated).sum()), int((known & ~self.treated).sum()))
        return f"it is known of fewer than {self.minimum} students of an arm" if smaller < self.minimum else ""

    def outcome(self, harm: Harm) -> Outcome | None:
        """The registered outcome that shows the harm: the one named, or that of the first hypothesis of an effect.

        An indicator shows none.
        """
        name = harm.outcome or (self.ground.claims[0].outcome if self.ground.claims else None)
        found = self.ground.protocol.outcome(name) if name is not None else None
        return None if found is None or found.indicator is not None else found
