"""Who gets no suggestion, and why: the registered rules, applied to every student with a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.cohort.in_time import in_time
from la_research.explanation.abstaining.possible import IN_EVERY_GROUP, thresholds
from la_research.explanation.ground import Ground
from la_research.explanation.groups import groups_of
from la_research.indicators.registry import INDICATORS
from la_research.models import fold_splits
from la_research.protocol.analysis import Abstaining
from la_research.statistics.conformal import Bools, Codes, label_sets, least_students, one_row_each
from la_research.statistics.intervals import Floats
from la_research.statistics.unlike import unlike_p

SHORT, UNLIKE, UNCERTAIN = "short history", "unlike the others", "uncertain"
WHY = (SHORT, UNLIKE, UNCERTAIN)
"""Reasons in the order in which they are given: a student with several is counted under the first."""


@dataclass(frozen=True)
class Abstained:
    """What is known of each row with a score, in the order of ``Ground.rows``.

    Parameters
    ----------
    asked
        The registered rules.
    weeks
        Observed weeks up to the index week: those in which one of the model's weekly indicators has a
        value; None where the model reads no indicator week by week.
    like
        Conformal p-value of being like the students that the model was fitted to.
    thresholds
        By calibration, for label 0 and 1; NaN where there is none.
    score
        Out of fold.
    unpromised
        Registered groups of which some fold has too few students of a label to calibrate on.
    in_order
        Whether the names of the presentations tell their order in time; where not, nothing is calibrated forward.
    """

    asked: Abstaining
    weeks: Codes | None
    like: Floats
    thresholds: Mapping[str, Floats]
    score: Floats
    unpromised: int
    in_order: bool

    def possible(self, calibration: str = IN_EVERY_GROUP) -> Bools:
        """Which labels the score leaves possible, shape (rows, 2): whether 0, whether 1."""
        return label_sets(self.score, self.thresholds[calibration])

    @property
    def why(self) -> npt.NDArray[np.str_]:
        """The first reason for no suggestion, by row; "" where there is none."""
        few = np.zeros(len(self.score), dtype=bool) if self.weeks is None else self.weeks < self.asked.weeks
        open_ = self.possible().sum(axis=1) != 1
        return np.select([few, self.like <= self.asked.unlike, open_], WHY, default="")


def abstained(ground: Ground) -> Abstained:
    """The registered rules of abstaining, applied to all rows; whether a label is known makes no difference.

    Raises
    ------
    ValueError
        Where the protocol registers none.
    """
    asked = ground.protocol.explanation.abstaining
    if asked is None:
        raise ValueError("the protocol registers no abstaining")
    rows = ground.rows
    groups = [groups_of(ground, name).recorded for name in sorted(ground.protocol.fairness.sensitive)]
    module, presentation = _runs(ground)
    in_order = presentation is not None
    presentation = np.zeros_like(module) if presentation is None else presentation
    found = thresholds(
        rows, groups, module, presentation, asked.level, ground.rng("abstaining", "calibration", ground.population)
    )
    return Abstained(
        asked,
        observed_weeks(ground),
        _like(ground),
        found,
        rows["score"].to_numpy(dtype=np.float64),
        sum(_unpromised(rows, code, least_students(asked.level)) for code in groups),
        in_order,
    )


def no_suggestion(ground: Ground, unit_id: str, held: Abstained | None = None) -> str:
    """Why nothing is suggested for one student, in plain words; "" where nothing stands against it.

    Parameters
    ----------
    unit_id
        One of the rows with a score.
    held
        What ``abstained`` returned, where it is at hand.

    Raises
    ------
    KeyError
        For a unit without a score.
    """
    place = int(pd.Index(ground.rows["unit_id"]).get_loc(unit_id))
    held = held or abstained(ground)
    return words(held.asked, ground.protocol.population.index_week).get(str(held.why[place]), "")


def words(asked: Abstaining, week: int) -> dict[str, str]:
    """Each reason as a sentence that a student understands.

    >>> words(Abstaining(), 4)["short history"]
    'There were fewer than 3 weeks with data up to week 4. That is too little to suggest anything.'
    """
    return {
        SHORT: (
            f"There were fewer than {asked.weeks} weeks with data up to week {week}. "
            "That is too little to suggest anything."
        ),
        UNLIKE: "These data are not like those that the score was made from. So the score may be wrong here.",
        UNCERTAIN: "The score can not tell here. Both answers are still possible.",
    }


def observed_weeks(ground: Ground) -> Codes | None:
    """Weeks up to the index week in which a weekly indicator of the model has a value, by row; None without one."""
    weekly = [column for column in ground.columns if INDICATORS[column].summary == "mean"]
    if not weekly or not ground.indicators.num_rows:
        return None
    values = ground.indicators.to_pandas()
    read = values["indicator"].isin(weekly) & (values["week"] <= ground.protocol.population.index_week)
    seen = values[read & values["value"].notna()].groupby("unit_id")["week"].nunique()
    return np.asarray(seen.reindex(ground.rows["unit_id"], fill_value=0).to_numpy(dtype=np.int64))


def _like(ground: Ground) -> Floats:
    features, found = ground.features.to_numpy(dtype=np.float64), np.ones(len(ground.rows))
    students = ground.rows["student_id"]
    for number, (test, train) in enumerate(fold_splits(ground.rows["fold"], students), 1):
        draw = ground.rng("abstaining", "unlike", ground.population, number)
        fitted_to = np.flatnonzero(train & ground.rows["label"].notna().to_numpy())
        others = fitted_to[one_row_each(students.to_numpy()[fitted_to], draw)]
        found[test] = unlike_p(features, np.flatnonzero(test), others, draw)
    return found


def _runs(ground: Ground) -> tuple[Codes, Codes | None]:
    """Module and presentation of each row's first enrolment, as codes; 0 where none is held.

    Presentations rise in time; None where their names do not tell it.
    """
    if not ground.cohort.arrow("enrolments").num_rows:
        return np.zeros(len(ground.rows), dtype=np.int64), np.zeros(len(ground.rows), dtype=np.int64)
    first = ground.enrolments.groupby("unit_id")[["module", "presentation"]].first()
    told = first.reindex(ground.rows["unit_id"])
    module = pd.factorize(told["module"], sort=True)[0].astype(np.int64)
    order = in_time(told["presentation"].dropna())
    return module, None if order is None else pd.Categorical(told["presentation"], order).codes.astype(np.int64)


def _unpromised(rows: pd.DataFrame, code: Codes, least: int) -> int:
    """Groups with fewer students of a label than are needed outside some fold."""
    found = set[int]()
    for _, train in fold_splits(rows["fold"], rows["student_id"]):
        for group in np.unique(code[code >= 0]):
            of = rows[train & (code == group)]
            if min(of.loc[of["label"] == y, "student_id"].nunique() for y in (0, 1)) < least:
                found.add(int(group))
    return len(found)
