"""Who enters a comparison of mitigations: students of groups large enough to fit and to show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.groups import Codes, Grouping
from la_research.audit.measured import places_in_fold
from la_research.statistics.intervals import Floats

LABELS = 10
"""Rows of either label that each group has to have in every training fold."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows that are compared, one a unit.

    Parameters
    ----------
    label
        0, 1, or not a number where it is not known: such a row is scored, never fitted to.
    group, fold, student
        Codes of each row.
    place
        Place of the registered score in its fold, 0 to 1.
    decision
        1 where the registered rule selects.
    features
        n x p, columns observed for someone; not a number where missing.
    """

    label: Floats
    group: Codes
    fold: Codes
    student: Codes
    place: Floats
    decision: Codes
    features: Floats

    def training(self, fold: int) -> NDArray[np.bool_]:
        """Labelled rows of students who have no row in the fold."""
        held = np.isin(self.student, self.student[self.fold == fold])
        return ~held & ~np.isnan(self.label)

    def part(self, rows: NDArray[np.bool_]) -> Sample:
        """Some of the rows."""
        return Sample(
            self.label[rows], self.group[rows], self.fold[rows], self.student[rows],
            self.place[rows], self.decision[rows], self.features[rows],
        )  # fmt: skip


def sample_of(rows: pd.DataFrame, features: pd.DataFrame, sorted_by: Grouping, groups: list[int]) -> Sample:
    """The scored rows of these groups, with places among all rows of their fold."""
    columns = features.loc[rows["unit_id"]].to_numpy(dtype=np.float64)
    whole = Sample(
        rows["label"].to_numpy(dtype=np.float64),
        sorted_by.code,
        rows["fold"].to_numpy(dtype=np.int64),
        pd.factorize(rows["student_id"])[0],
        places_in_fold(rows),
        rows["decision"].to_numpy(dtype=np.int64),
        columns[:, ~np.isnan(columns).all(axis=0)],
    )
    return whole.part(np.isin(sorted_by.code, groups))


def too_little(sample: Sample) -> str:
    """Why nothing can be fitted to this sample; "" where it can."""
    if len(np.unique(sample.group)) < 2:
        return "fewer than two groups are large enough to show"
    if not sample.features.shape[1]:
        return "no feature was observed for anyone"
    for fold in np.unique(sample.fold):
        train = sample.training(int(fold))
        for group in np.unique(sample.group):
            label = sample.label[train & (sample.group == group)]
            if min((label == 1).sum(), (label == 0).sum()) < LABELS:
                return f"some group has fewer than {LABELS} students with either value of the label to fit to"
    return ""
