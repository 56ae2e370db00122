"""The invented campus: its modules, its weeks, and which of them are hard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

WEEKS = 12
BREAK_AFTER = 6
"""A week without teaching follows this teaching week."""
PRESENTATION = "2025A"
HARD_WEEKS = (5, 6, 11, 12)
"""Weeks of high workload: assessments fall due, wellbeing drops."""
WHO5_WEEKS = (2, 4, 6, 8, 10, 12)
PHQ8_WEEKS = (2, 8)
DUE_WEEKS = (3, 6, 10)
SESSIONS = 3
"""Taught sessions of a module in a week."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module: share of students, its subject, and its level of activity (log scale)."""

    code: str
    share: float
    subject: str
    activity: float


MODULES = (
    Module("ART101", 0.14, "arts", -0.20),
    Module("BIO110", 0.18, "sciences", 0.10),
    Module("CSC120", 0.16, "sciences", 0.35),
    Module("HIS130", 0.13, "arts", -0.30),
    Module("NUR140", 0.17, "health", 0.00),
    Module("PSY150", 0.22, "social sciences", 0.05),
)


def first_day(week: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """First day of a teaching week; day 1 is the first day of week 1.

    >>> first_day([1, 6, 7]).tolist()
    [1, 36, 50]
    """
    number = np.asarray(week, dtype=np.int64)
    return 7 * (number - 1) + 1 + 7 * (number > BREAK_AFTER)


def workload() -> npt.NDArray[np.float64]:
    """1 in hard weeks, 0 in others; shape (weeks,)."""
    return np.isin(np.arange(1, WEEKS + 1), HARD_WEEKS).astype(float)
