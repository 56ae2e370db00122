"""The invented campus: its modules, its weeks, and which of them are hard."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import numpy as np
import numpy.typing as npt
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from la_research.protocol import Section

FIRST_YEAR = 2025
FIRST_MONDAY = date(2025, 9, 22)
"""Day 1 of the first presentation; each later one begins 364 days after the one before."""
DAYS_IN_A_YEAR = 364
LAST = 40


def once_in_order(weeks: tuple[int, ...]) -> tuple[int, ...]:
    """The weeks, if each stands there once and after those before it."""
    if list(weeks) != sorted(set(weeks)):
        raise ValueError("a week is named twice, or not in order")
    return weeks


Weeks = Annotated[tuple[Annotated[int, Field(ge=1, le=LAST)], ...], AfterValidator(once_in_order)]


class Module(Section):
    """A module: its share of students, its subject, and its level of activity (log scale)."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{2,6}[0-9]{2,4}$")]
    share: float = Field(gt=0, le=1)
    subject: str
    activity: float = Field(0.0, ge=-3, le=3)


MODULES = (
    Module(code="ART101", share=0.14, subject="arts", activity=-0.20),
    Module(code="BIO110", share=0.18, subject="sciences", activity=0.10),
    Module(code="CSC120", share=0.16, subject="sciences", activity=0.35),
    Module(code="HIS130", share=0.13, subject="arts", activity=-0.30),
    Module(code="NUR140", share=0.17, subject="health", activity=0.00),
    Module(code="PSY150", share=0.22, subject="social sciences", activity=0.05),
)


class Term(Section):
    """Teaching weeks, a week without teaching, and what falls into which week."""

    weeks: int = Field(12, ge=4, le=LAST)
    """Teaching weeks of the term."""
    break_after: int = Field(6, ge=0, le=LAST)
    """A week without teaching follows this one; 0 for none."""
    hard_weeks: Weeks = (5, 6, 11, 12)
    """Weeks of high workload: assessments fall due, wellbeing drops."""
    who5_weeks: Weeks = (2, 4, 6, 8, 10, 12)
    """Weeks in which WHO-5 is asked …"""
    phq8_weeks: Weeks = (2, 8)
    """… and PHQ-8."""
    due_weeks: Weeks = (3, 6, 10)
    """Weeks on whose fifth day an assessment is due."""
    sessions: int = Field(3, ge=1, le=20)
    """Taught sessions of a module in a week."""

    @field_validator("break_after", "hard_weeks", "who5_weeks", "phq8_weeks", "due_weeks")
    @classmethod
    def _inside(cls, value: int | tuple[int, ...], told: ValidationInfo) -> int | tuple[int, ...]:
        last, latest = told.data.get("weeks", LAST), int(np.max(value, initial=0))
        if latest > last:
            raise ValueError(f"week {latest} comes after the last of {last} weeks")
        return value

    def first_day(self, week: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """First day of a teaching week; day 1 is the first day of week 1.

        >>> Term().first_day([1, 6, 7]).tolist()
        [1, 36, 50]
        """
        number = np.asarray(week, dtype=np.int64)
        late = (number > self.break_after) if self.break_after else np.zeros_like(number, dtype=bool)
        return np.asarray(7 * (number - 1) + 1 + 7 * late)

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """The teaching weeks, from 1."""
        return np.arange(1, self.weeks + 1)

    @property
    def last_day(self) -> int:
        """Last day of the last teaching week."""
        return int(self.first_day(self.weeks)) + 6

    def workload(self) -> npt.NDArray[np.float64]:
        """1 in hard weeks, 0 in others; shape (weeks,)."""
        return np.isin(self.numbers, self.hard_weeks).astype(float)


def presentation(year: npt.ArrayLike) -> np.ndarray:
    """Name of the presentation of a year, counted from 0.

    >>> presentation([0, 1]).tolist()
    ['2025A', '2026A']
    """
    return np.array([f"{FIRST_YEAR + int(y)}A" for y in np.atleast_1d(np.asarray(year))], dtype=object)
