"""What every question about the support stands on: the study, its students, who was drawn, contacted and asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.cohort.outcomes import outcome_values, questionnaire_scores
from la_research.evaluation.trial import Trial, trial_of
from la_research.indicators.registry import compute_indicators
from la_research.protocol import QUESTIONNAIRES, Hypothesis, IndicatorSettings, Protocol
from la_research.protocol.support import Support
from la_research.seeds import stream
from la_research.statistics.weeks import by_week, log_scale

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """A study and all that its evaluation reads; tables that several questions read are made once.

    Parameters
    ----------
    protocol, cohort
        The registered study and its students.
    """

    protocol: Protocol
    cohort: Cohort

    @property
    def support(self) -> Support:
        """What the protocol registers of the support."""
        return self.protocol.support

    @property
    def minimum(self) -> int:
        """Students below whom nothing is shown."""
        return self.protocol.disclosure.minimum_group_size

    @property
    def claims(self) -> tuple[Hypothesis, ...]:
        """Hypotheses of an effect, in the order of the protocol."""
        return tuple(claim for claim in self.protocol.hypotheses if claim.kind == "effect")

    @cached_property
    def enrolments(self) -> pd.DataFrame:
        """What ``eligible`` returns: unit_id, enrolment_id, student_id, module, presentation."""
        return eligible(self.protocol, self.cohort)

    @cached_property
    def students(self) -> pd.DataFrame:
        """One row a student of the study (index student_id, sorted): presentation and module, their first."""
        rows = self.enrolments.groupby("student_id", sort=True)
        return rows.agg(presentation=("presentation", "first"), module=("module", "first"))

    @cached_property
    def trial(self) -> Trial:
        """Who was drawn by lot for what; it may carry a reason instead."""
        return trial_of(self.protocol, self.cohort)

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """Rows of ``assignments`` of the registered trial, of students of the study."""
        drawn = self.cohort.frame("assignments")
        drawn = drawn[drawn["trial"] == self.support.trial]
        return drawn[drawn["student_id"].isin(self.students.index)].reset_index(drop=True)

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """Rows of ``contacts`` of students of the study."""
        log = self.cohort.frame("contacts")
        return log[log["student_id"].isin(self.students.index)].reset_index(drop=True)

    def weekly(self, indicator: str) -> pd.DataFrame:
        """An indicator on the logarithmic scale, students (index, sorted) by week; the mean over a student's units."""
        return self._weekly[indicator] if indicator in self._weekly else self._work_out(indicator)

    @cached_property
    def actions(self) -> pd.DataFrame:
        """Actions a week over all sources, students (index, sorted) by week; the mean over a student's units."""
        wide = by_week(self.indicators("weekly_activity"), "weekly_activity")
        student = self.enrolments.drop_duplicates("unit_id").set_index("unit_id")["student_id"]
        means: pd.DataFrame = wide.groupby(student.reindex(wide.index).to_numpy()).mean()
        return means.reindex(self.students.index)

    @cached_property
    def _weekly(self) -> dict[str, pd.DataFrame]:
        return {}

    def _work_out(self, indicator: str) -> pd.DataFrame:
        wide = by_week(self.indicators(indicator), indicator)
        logs = pd.DataFrame(log_scale(wide.to_numpy(dtype=float)), index=wide.index, columns=wide.columns)
        student = self.enrolments.drop_duplicates("unit_id").set_index("unit_id")["student_id"]
        held = logs.groupby(student.reindex(logs.index).to_numpy()).mean().reindex(self.students.index)
        self._weekly[indicator] = held
        return held

    def indicators(self, *names: str) -> pa.Table:
        """Indicators by name, as ``compute_indicators`` gives them."""
        settings = {name: self.protocol.indicators.get(name, IndicatorSettings()) for name in sorted(names)}
        return compute_indicators(self.protocol.model_copy(update={"indicators": settings}), self.cohort)

    def scores(self, instrument: str) -> pd.DataFrame:
        """A questionnaire's score, students (index, sorted) by week asked; not a number where it was not answered."""
        rows = questionnaire_scores(self.cohort, instrument)
        wide = rows.pivot_table(index="student_id", columns="week", values="score", aggfunc="mean")
        return wide.reindex(index=self.students.index).astype(float)

    def outcome(self, claim: Hypothesis) -> pd.Series:
        """The registered outcome by student (index, sorted); not a number where it is not known.

        An indicator is on the logarithmic scale, in its week or as the mean of the student's weeks.
        """
        named = self.protocol.outcome(claim.outcome)
        if named.indicator is not None:
            weekly = self.weekly(named.indicator)
            return weekly[named.week] if named.week else weekly.mean(axis=1)
        rows = self.enrolments.assign(unit_id=self.enrolments["student_id"])
        values = outcome_values(self.cohort, named, rows)
        return values.reindex(self.students.index)

    def background(self, names: tuple[str, ...]) -> pd.DataFrame:
        """Columns of ``students`` as they are (index student_id, sorted)."""
        held = self.cohort.frame("students").set_index("student_id")
        return held.reindex(self.students.index)[list(names)]

    def group(self, attribute: str) -> pd.Series:
        """A protected attribute by student, as the vault holds it of the first enrolment; missing where it is not."""
        known = self.cohort.vault((attribute,))[attribute]
        found = self.enrolments.join(known, on="enrolment_id").groupby("student_id")[attribute].first()
        return found.reindex(self.students.index)

    def unit(self, claim: Hypothesis) -> str:
        """Unit of a hypothesis' outcome."""
        outcome = self.protocol.outcome(claim.outcome)
        if outcome.indicator is not None:
            return "log actions"
        if outcome.instrument is None or outcome.at_least is not None:
            return "share"
        return QUESTIONNAIRES[outcome.instrument].unit

    def rng(self, *names: str | int) -> np.random.Generator:
        """The study's random numbers of that name."""
        return stream(self.protocol.seed, "evaluation", *names)
