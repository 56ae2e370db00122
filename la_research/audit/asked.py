"""Everyone who could be in the study: what they said to it, and who would be there had they been asked otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.groups import Codes, protected
from la_research.audit.hidden import parted
from la_research.audit.metrics import METRICS
from la_research.cohort import Cohort
from la_research.cohort.flow import judged
from la_research.protocol import Protocol
from la_research.statistics.intervals import Floats
from la_research.statistics.weighting import chance_of_inclusion

Bools = NDArray[np.bool_]

ANSWERS = ("yes", "yes later", "no, then yes", "no answer", "no")
"""What a student said in the end to all that the study requires; the first one by the end of the index week."""
WAYS: dict[str, tuple[str, ...]] = {
    "opt-out": ("yes", "yes later", "no answer"),
    "asked again": ("yes", "yes later", "no, then yes"),
    "everyone": ANSWERS,
}
"""Whose answers would bring them in, by way of asking."""
REASONS = ("model_use", "research", "taken back")
"""Reasons to be out of the study that are about consent."""


def everyone_asked(protocol: Protocol, cohort: Cohort, rows: pd.DataFrame) -> pd.DataFrame:
    """All who are in the study or would be, but for their consent.

    Of those who are not in it nothing is read but module, dates, consent and protected attributes. Who left before
    the end of the index week, or came after it, is not among them: nobody could have asked them.

    Parameters
    ----------
    protocol
        Reads fairness, consent, and what ``judged`` reads.
    cohort
        Reads consent, and the vault of these students.
    rows
        Scored rows of the main population: unit_id, decision, label.

    Returns
    -------
    pandas.DataFrame
        One row a unit, sorted by unit_id: unit_id, student_id, answer (a place in ``ANSWERS``), module, each
        protected attribute that the audit reads (the first one recorded), and decision and label, missing for who
        was not scored. A unit of several enrolments has the answer that is nearest to yes, and its module.
    """
    names = list(protected(protocol))
    found = judged(protocol, cohort)
    found = found[found["reason"].isna() | found["reason"].isin(REASONS)]
    found = found.assign(answer=_answer(protocol, cohort, found)).join(cohort.vault(tuple(names)), on="enrolment_id")
    found = found.sort_values(["unit_id", "answer", "module", "enrolment_id"], kind="stable")
    units = found.groupby("unit_id")[["student_id", "answer", "module", *names]].first().reset_index()
    return units.join(rows.set_index("unit_id")[["decision", "label"]], on="unit_id")


def _answer(protocol: Protocol, cohort: Cohort, found: pd.DataFrame) -> Codes:
    """The place in ``ANSWERS`` of what each enrolment's student said, over all required consents."""
    keys = ["student_id", "presentation"]
    said = cohort.frame("consent").sort_values("from_day", kind="stable")
    asked = [flag for flag in ("model_use", "research") if getattr(protocol.consent, flag) == "required"]
    agreed, refused, ever_no = np.ones(len(found), bool), np.zeros(len(found), bool), np.zeros(len(found), bool)
    for flag in asked:
        answers = said[said["flag"] == flag].groupby(keys)["given"].agg(["last", "min"])
        own = found[keys].merge(answers, left_on=keys, right_index=True, how="left")
        agreed &= own["last"].eq(True).to_numpy(dtype=bool)
        refused |= own["last"].eq(False).to_numpy(dtype=bool)
        ever_no |= own["min"].eq(False).to_numpy(dtype=bool)
    return np.select([found["reason"].isna(), agreed & ~ever_no, agreed, ~refused], range(4), 4).astype(np.int64)


@dataclass(frozen=True)
class Asked:
    """Everyone who could be in the study, as one metric reads them.

    Parameters
    ----------
    everyone
        What ``everyone_asked`` returned.
    columns
        Protected attributes that weights rest on, beside the module.
    """

    everyone: pd.DataFrame
    metric: str
    columns: tuple[str, ...]

    @property
    def reads_label(self) -> bool:
        """Whether a row without a label is missing."""
        return METRICS[self.metric].label is not None

    @cached_property
    def counted(self) -> Floats:
        """What the rate counts, 0 or 1, not a number where missing."""
        decision = self.everyone["decision"].to_numpy(dtype=float)
        return 1 - decision if self.metric == "fnr" else decision

    @cached_property
    def label(self) -> Floats:
        """1 for the rows that the rate is about, not a number where not known."""
        label = self.everyone["label"].to_numpy(dtype=float)
        return label if self.reads_label else np.ones(len(label))

    @cached_property
    def there(self) -> Bools:
        """Rows of which the metric knows all."""
        return ~np.isnan(self.counted) & ~np.isnan(self.label)

    @cached_property
    def ways(self) -> Mapping[str, Bools]:
        """Who would be in the study, by way of asking, where that is more than who is."""
        answer, scored = self.everyone["answer"].to_numpy(), ~np.isnan(self.counted)
        inside = {way: scored | np.isin(answer, [ANSWERS.index(said) for said in yes]) for way, yes in WAYS.items()}
        return {way: rows for way, rows in inside.items() if rows.sum() > scored.sum()}

    def chance(self, rows: Bools) -> Floats:
        """The chance of each of these rows to be there, by module and protected attributes."""
        return chance_of_inclusion(self.there[rows], self.everyone.loc[rows, ["module", *self.columns]])

    def parts(self, code: Codes, groups: int, label: bool) -> Codes:
        """Students by group and answer; those in the study come last, where ``label`` without and with a known one."""
        part = len(ANSWERS) - 1 - self.everyone["answer"].to_numpy()
        if label:
            part = part + self.there
        held = self.everyone.assign(code=code, part=part)[code >= 0].groupby(["code", "part"])["student_id"].nunique()
        table = held.unstack(fill_value=0).reindex(range(groups), columns=range(len(ANSWERS) + label), fill_value=0)
        return table.to_numpy(dtype=np.int64)

    def hidden(self, code: Codes, groups: int, minimum: int) -> frozenset[int]:
        """Groups of which too few said one thing, or have no label, to be told."""
        said = parted(self.parts(code, groups, label=False), minimum)
        return said | parted(self.parts(code, groups, label=True), minimum) if self.reads_label else said
