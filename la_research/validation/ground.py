"""What every question of the validation stands on: the study, its students, their indicators, answers and scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.cohort.outcomes import outcome_values, questionnaire_scores
from la_research.models import ALL, Predictions
from la_research.protocol import QUESTIONNAIRES, Hypothesis, Protocol
from la_research.protocol.validation import Validation
from la_research.seeds import stream
from la_research.statistics.association import Panel
from la_research.statistics.intervals import Floats
from la_research.statistics.weeks import by_week
from la_research.validation.panel import panel_of


@dataclass(frozen=True)
class Ground:
    """A study and all that its validation reads; tables that several questions read are made once.

    Parameters
    ----------
    protocol, cohort
        The registered study and its students.
    indicators
        What ``compute_indicators`` returned.
    predictions
        What ``fit_model`` returned.
    """

    protocol: Protocol
    cohort: Cohort
    indicators: pa.Table
    predictions: Predictions

    @property
    def asked(self) -> Validation:
        """What the protocol registers of its validation."""
        return self.protocol.validation

    @property
    def minimum(self) -> int:
        """Students below whom nothing is shown."""
        return self.protocol.disclosure.minimum_group_size

    @cached_property
    def kept(self) -> dict[tuple[str, ...], Any]:
        """What took time to work out and several questions read, by name."""
        return {}

    @cached_property
    def enrolments(self) -> pd.DataFrame:
        """What ``eligible`` returns: unit_id, enrolment_id, student_id, module, presentation."""
        return eligible(self.protocol, self.cohort)

    @cached_property
    def units(self) -> pd.DataFrame:
        """One row per unit (index unit_id, sorted): student_id, presentation (its first), group (modules and run)."""
        rows = self.enrolments.groupby("unit_id", sort=True)
        found = rows.agg(student_id=("student_id", "first"), presentation=("presentation", "first"))
        return found.assign(group=rows["module"].agg("+".join) + " " + found["presentation"])

    @property
    def students(self) -> pd.DataFrame:
        """The first unit of every student, as ``units``: whose answers count once, however many modules they are on."""
        return self.units.drop_duplicates("student_id")

    @property
    def associations(self) -> tuple[Hypothesis, ...]:
        """Hypotheses of an association with a questionnaire, in the order of the protocol."""
        return tuple(
            claim
            for claim in self.protocol.hypotheses
            if claim.kind != "effect" and self.protocol.outcome(claim.outcome).instrument is not None
        )

    @property
    def instruments(self) -> tuple[str, ...]:
        """Questionnaires known here that somebody answered, by name; ratings of the support are none."""
        return tuple(sorted(set(self.cohort.frame("responses")["instrument"]) & set(QUESTIONNAIRES)))

    def weekly(self, indicator: str) -> pd.DataFrame:
        """An indicator as units (index) by week (columns), not a number where it was not observed."""
        return by_week(self.indicators, indicator).reindex(self.units.index)

    def group(self, attribute: str) -> pd.Series:
        """A protected attribute by unit, as the vault holds it of its first enrolment; missing where it holds none."""
        known = self.cohort.vault((attribute,))[attribute]
        return self.enrolments.join(known, on="enrolment_id").groupby("unit_id")[attribute].first()

    def answers(self, instrument: str) -> tuple[list[int], Floats]:
        """Weeks in which a questionnaire was answered, and students x weeks x items, not a number where it was not."""
        rows = self.cohort.frame("responses")
        rows = rows[(rows["instrument"] == instrument) & (rows["item"] <= QUESTIONNAIRES[instrument].items)]
        keys, students = ["student_id", "presentation"], self.students
        place = pd.MultiIndex.from_frame(students[keys]).get_indexer(pd.MultiIndex.from_frame(rows[keys]))
        rows, place = rows[place >= 0], place[place >= 0]
        weeks, week = np.unique(rows["week"].to_numpy(dtype=int), return_inverse=True)
        held = np.full((len(students), len(weeks), QUESTIONNAIRES[instrument].items), np.nan)
        held[place, week, rows["item"].to_numpy(dtype=int) - 1] = rows["value"]
        return weeks.tolist(), held

    def scores(self, instrument: str) -> pd.DataFrame:
        """A questionnaire's score as units (index) by week asked (columns), not a number where it was not answered."""
        rows = questionnaire_scores(self.cohort, instrument)
        asked = sorted(
            set(self.cohort.frame("responses").loc[lambda r: r["instrument"] == instrument, "week"].astype(int))
        )
        keys = self.units.reset_index()[["unit_id", "student_id", "presentation"]]
        merged = keys.merge(rows, on=["student_id", "presentation"], how="inner")
        wide = merged.pivot_table(index="unit_id", columns="week", values="score", aggfunc="mean")
        return wide.reindex(index=self.units.index, columns=asked).astype(float)

    def outcome(self, name: str) -> pd.Series:
        """A registered outcome by unit, as ``outcome_values`` gives it."""
        return outcome_values(self.cohort, self.protocol.outcome(name), self.enrolments).reindex(self.units.index)

    def panel(self, claim: Hypothesis) -> Panel:
        """The cells that an association was registered for."""
        instrument = str(self.protocol.outcome(claim.outcome).instrument)
        return panel_of(self.protocol, self.cohort, self.indicators, str(claim.indicator), instrument)

    @cached_property
    def scored(self) -> pd.DataFrame:
        """Scored rows of the main population with a known label; empty where there is no model."""
        if self.predictions.frame.empty:
            return self.predictions.frame
        rows = self.predictions.frame
        kept = rows[rows["population"] == ALL].dropna(subset=["label", "score"])
        return kept.reset_index(drop=True)

    @property
    def features(self) -> pd.DataFrame:
        """Features of the main population by unit; KeyError where there is no model."""
        return self.predictions.features[ALL]

    def rng(self, *names: str | int) -> np.random.Generator:
        """The study's random numbers of that name."""
        return stream(self.protocol.seed, "validation", *names)


def slug(name: str) -> str:
    """A name as a part of a finding's id.

    >>> slug("WHO-5"), slug("H1"), slug("Low-mood 8")
    ('who_5', 'h1', 'low_mood_8')
    """
    return name.lower().replace("-", "_").replace(" ", "_")
