"""A questionnaire of the study: its waves, the answers of every one, and who may be counted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from la_research.finding import NOT_RECORDED, Finding
from la_research.protocol import QUESTIONNAIRES
from la_research.statistics.intervals import Floats
from la_research.validation.ground import Ground, slug
from la_research.validation.scale.examine import told_rows
from la_research.validation.scale.plan import ScalePlan


@dataclass(frozen=True)
class Asked:
    """A questionnaire, as students of the study answered it.

    Parameters
    ----------
    ground
        The study.
    name
        Of the questionnaire.
    weeks
        In which it was answered, the waves.
    answers
        Students x waves x items; not a number where not answered, or few answered a wave in part.
    labels
        Recorded value of every registered attribute, by student.
    """

    ground: Ground
    name: str
    weeks: list[int]
    answers: Floats
    labels: dict[str, np.ndarray]

    @classmethod
    def of(cls, ground: Ground, name: str) -> Asked:
        """Read from the study; where few answered a wave in part, they count as not having answered it.

        A wave that fewer than the minimum answered in full counts as not answered.
        """
        weeks, answers = ground.answers(name)
        labels = {
            str(attribute): ground.group(attribute)
            .reindex(ground.students.index)
            .fillna(NOT_RECORDED)
            .to_numpy(dtype=str)
            for attribute in ground.asked.groups
        }
        held = answers.copy()
        for wave in range(len(weeks)):
            inside = told_rows(answers[:, wave], ground.minimum)
            few = (inside & ~np.isnan(answers[:, wave]).any(axis=1)).sum() < ground.minimum
            held[~inside | few, wave] = np.nan
        return cls(ground, name, weeks, held, labels)

    @property
    def slug(self) -> str:
        """Its name as a part of an id."""
        return slug(self.name)

    @property
    def points(self) -> int:
        """Points of the score for one step of an answer."""
        return QUESTIONNAIRES[self.name].multiplier

    @property
    def level(self) -> float:
        """Of its intervals, as the protocol registers it."""
        return self.ground.asked.level

    @cached_property
    def plan(self) -> ScalePlan:
        """All its items as one scale of ordered answers."""
        items = tuple(str(i + 1) for i in range(self.answers.shape[2]))
        return ScalePlan(items, {self.name: items}, ordinal=True, minimum=self.ground.minimum, level=self.level)

    @cached_property
    def wave(self) -> int:
        """Position of the wave that a registered outcome reads, else of the first."""
        read = [outcome.week for outcome in self.ground.protocol.outcomes if outcome.instrument == self.name]
        known = [self.weeks.index(week) for week in read if week in self.weeks]
        return known[0] if known else 0

    @property
    def week(self) -> int:
        """Its week."""
        return self.weeks[self.wave]

    def inside(self, wave: int) -> np.ndarray:
        """Students who answered every item of a wave."""
        return np.asarray(~np.isnan(self.answers[:, wave]).any(axis=1))

    def whole(self, wave: int) -> Floats:
        """Answers of those students."""
        return np.asarray(self.answers[self.inside(wave), wave], dtype=float)

    def named(self, found: Finding, topic: str, question: str) -> Finding:
        """A finding of the items of any scale as one of this questionnaire."""
        return replace(found, id=f"validation.instrument.{self.slug}.{topic}", question=question)
