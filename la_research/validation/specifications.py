"""One hypothesis in every registered way to analyse it: the panels of a specification curve, and their slopes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.statistics.association import Associations, Panel, associations
from la_research.statistics.intervals import Floats
from la_research.statistics.weeks import log_scale
from la_research.validation.background import background
from la_research.validation.ground import Ground

LEAST_ITEMS = 5
"""Items below which the same answer to all of them is not said to be quick."""
LEAST_WAVES = 3
NOTHING = "nothing"


@dataclass(frozen=True)
class Specification:
    """One way to analyse a hypothesis."""

    weeks: int
    scale: str
    given: str
    answers: str
    left: str

    @property
    def keys(self) -> dict[str, str | int | float]:
        """The choices in plain words."""
        return {
            "weeks averaged": self.weeks,
            "scale": self.scale,
            "given": self.given,
            "answers": self.answers,
            "students who left": self.left,
        }


@dataclass(frozen=True)
class Fitted:
    """A specification, its slopes, and how many students they rest on."""

    specification: Specification
    both: Associations
    students: int
    influence: dict[str, Floats]
    """By kind, what each unit of the study adds to the slope; 0 where it is not in the panel."""


def placed(added: Floats, panel: Panel, students: int) -> Floats:
    """What each student adds to a slope, by the student's number, (students,); 0 of who is not in the panel."""
    found = np.zeros(students)
    found[np.unique(panel.student)] = added
    return found


@dataclass(frozen=True)
class Curve:
    """An indicator and a questionnaire, ready to be analysed in many ways.

    Parameters
    ----------
    ground
        The study; it registers ``validation.choices``.
    claim
        Its indicator and questionnaire are read, so hypotheses of one pair share a curve.
    """

    ground: Ground
    claim: Hypothesis

    @property
    def registered(self) -> Specification:
        """The analysis of the registered finding."""
        return Specification(self.ground.asked.window_weeks, "log", NOTHING, "all", "kept")

    @cached_property
    def specifications(self) -> tuple[Specification, ...]:
        """Every combination of the registered choices, each with the value of the registered analysis first."""
        choices, ours = self.ground.asked.choices, self.registered
        assert choices is not None
        given = [] if self.given.empty else [", ".join(choices.given)]
        axes: tuple[list[Any], ...] = (
            [ours.weeks, *choices.windows],
            [ours.scale, *choices.scales],
            [ours.given, *given],
            [ours.answers, *choices.answers],
            [ours.left, *choices.left],
        )
        return tuple(Specification(*chosen) for chosen in product(*(dict.fromkeys(axis) for axis in axes)))

    def fits(self) -> Iterator[Fitted]:
        """Every specification fitted, both kinds at once."""
        for specification in self.specifications:
            panel = self.panel(specification)
            both = associations(panel, squared=False)
            influence = {kind: placed(added, panel, self._students.max() + 1) for kind, added in both.influence.items()}
            yield Fitted(specification, both, panel.students, influence)

    def panel(self, chosen: Specification) -> Panel:
        """The cells of a specification; those of the registered one are the cells of ``panel_of``."""
        x, y = self._activity(chosen.weeks, chosen.scale), self._answers(chosen.answers)
        inside = ~np.isnan(x) & self._asked
        if chosen.answers == "three or more":
            inside &= (np.count_nonzero(~np.isnan(y), axis=1) >= LEAST_WAVES)[:, None]
        if chosen.left == "out":
            inside &= ~self._left[:, None]
        given = None
        if chosen.given != NOTHING:
            inside &= self.given.notna().all(axis=1).to_numpy()[:, None]
        unit, column = np.nonzero(inside)
        if chosen.given != NOTHING:
            given = self.given.to_numpy(dtype=float)[unit]
        return Panel(
            student=self._students[unit],
            unit=unit,
            group=self._groups[unit],
            week=self.scores.columns.to_numpy(dtype=np.int64)[column],
            x=x[inside],
            y=y[inside],
            covariates=given,
        )

    @property
    def instrument(self) -> str:
        """The questionnaire."""
        return str(self.ground.protocol.outcome(self.claim.outcome).instrument)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Units by week asked."""
        return self.ground.scores(self.instrument)

    @cached_property
    def given(self) -> pd.DataFrame:
        """Columns that may be given, by unit; those that say the same of all students of a module are left out."""
        choices = self.ground.asked.choices
        assert choices is not None
        columns = background(self.ground, choices.given)
        varies = columns.groupby(self.ground.units["group"]).nunique().max() > 1
        return columns.loc[:, varies.to_numpy(dtype=bool)]

    @cached_property
    def _weekly(self) -> pd.DataFrame:
        found = self.ground.weekly(str(self.claim.indicator))
        return found.reindex(columns=range(1, int(max(found.columns, default=0)) + 1))

    def _activity(self, window: int, scale: str) -> Floats:
        """Mean over the weeks that end with each week asked, (units, weeks asked)."""
        values = self._scaled[scale]
        found = np.full(self.scores.shape, np.nan)
        for j, week in enumerate(map(int, self.scores.columns)):
            if window <= week <= values.shape[1]:
                found[:, j] = values[:, week - window : week].mean(axis=1)
        return found

    @cached_property
    def _scaled(self) -> dict[str, Floats]:
        """The indicator by scale; a rank is that among students of the same module and week, as a share."""
        counts = self._weekly
        ranks = counts.groupby(self.ground.units["group"]).rank(pct=True)
        plain = counts.to_numpy(dtype=float)
        return {"log": log_scale(plain), "count": plain, "rank": ranks.to_numpy(dtype=float)}

    def _answers(self, answers: str) -> Floats:
        scores = self.scores.to_numpy(dtype=float)
        return np.where(self._quick, np.nan, scores) if answers == "without quick" else scores

    @cached_property
    def _asked(self) -> np.ndarray:
        """Which weeks were asked in the presentation of each unit."""
        held = self.ground.cohort.frame("responses").loc[lambda r: r["instrument"] == self.instrument]
        weeks = held.groupby("presentation")["week"].agg(set)
        columns = self.scores.columns
        asked = [[week in weeks.get(run, ()) for week in columns] for run in self.ground.units["presentation"]]
        return np.array(asked, dtype=bool).reshape(self.scores.shape)

    @cached_property
    def _quick(self) -> np.ndarray:
        """Questionnaires of five items or more in which all answers are the same."""
        if QUESTIONNAIRES[self.instrument].items < LEAST_ITEMS:
            return np.zeros(self.scores.shape, dtype=bool)
        keys = ["student_id", "presentation", "week"]
        held = self.ground.cohort.frame("responses").loc[lambda r: r["instrument"] == self.instrument]
        ends = held.groupby(keys)["value"].agg(["min", "max"])
        same = ends[ends["min"] == ends["max"]].reset_index()[keys]
        units = self.ground.units.reset_index()[["unit_id", "student_id", "presentation"]]
        rows = units.merge(same, on=["student_id", "presentation"]).assign(same=True)
        wide = rows.pivot_table(index="unit_id", columns="week", values="same", aggfunc="any")
        wide = wide.reindex(index=self.ground.units.index, columns=self.scores.columns)
        return np.asarray(wide.notna())

    @cached_property
    def _left(self) -> np.ndarray:
        """Units of which an enrolment ended before the last teaching week began."""
        calendar = self.ground.cohort.frame("calendar").dropna(subset=["week"])
        final = calendar[calendar["week"] == calendar.groupby("presentation")["week"].transform("max")]
        begins = final.groupby("presentation")["day"].min()
        rows = self.ground.cohort.frame("enrolments").merge(self.ground.enrolments[["enrolment_id", "unit_id"]])
        gone = rows["end"] < rows["presentation"].map(begins)
        return np.asarray(gone.groupby(rows["unit_id"]).any().reindex(self.ground.units.index), dtype=bool)

    @cached_property
    def _students(self) -> np.ndarray:
        return np.asarray(pd.factorize(self.ground.units["student_id"])[0], dtype=np.int64)

    @cached_property
    def _groups(self) -> np.ndarray:
        return np.asarray(pd.factorize(self.ground.units["group"])[0], dtype=np.int64)
