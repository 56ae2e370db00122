"""A points score that can be worked out on paper: ranges of each indicator, whole points, and a table of chances."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.explanation.simpler.cuts import places, readable_cuts

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MOST = 5
"""Points of the range that tells most, up or down."""
SMALLEST = 0.1
"""Log-odds that one point stands for at least, so that a card of little worth has few points."""
PENALTY = 0.03
"""Inverse strength of the ridge penalty on the steps between neighbouring ranges.

Of .03, .1, .3 and 1 it had the highest AUC for fresh students, and the slope nearest to 1, in nearly all of 18 trials:
400 or 1,600 students, an outcome that follows lines, steps or tails, and three ways to cut. It never lost .005."""
DIGITS = 3
"""Decimals of a chance in the table."""
CERTAIN = 10.0**-DIGITS


@dataclass(frozen=True, slots=True)
class Range:
    """A range of an indicator and its points.

    Parameters
    ----------
    low, high
        From ``low`` to under ``high``; None where it is open.
    points
        What a student in it gets.
    students
        How many of those the card was fitted to have been in it.
    """

    low: float | None
    high: float | None
    points: int
    students: int


@dataclass(frozen=True, slots=True)
class Line:
    """An indicator on the card.

    Parameters
    ----------
    ranges
        Rising; neighbours differ in points.
    unseen, unseen_students
        Points where the indicator is not observed, and for how many students it was not. Where these were too few,
        the points are 0 and the students are counted in the range of 0 points that most others are in.
    """

    indicator: str
    ranges: tuple[Range, ...]
    unseen: int = 0
    unseen_students: int = 0

    def points(self, values: Floats) -> Ints:
        """Points of each value."""
        cuts = tuple(one.low for one in self.ranges if one.low is not None)
        given = np.array([*(one.points for one in self.ranges), self.unseen], dtype=np.int64)
        return np.asarray(given[places(values, cuts)])  # -1, the last, where it is not observed


@dataclass(frozen=True, slots=True)
class PointsCard:
    """A points score.

    Parameters
    ----------
    lines
        One an indicator, in the order of the columns.
    table
        Totals, rising by one, each with the chance of the outcome. The first stands for lower totals too, the last for
        higher ones.
    """

    lines: tuple[Line, ...]
    table: tuple[tuple[int, float], ...]

    def points(self, features: pd.DataFrame) -> Ints:
        """The total of each row: whole numbers."""
        columns = features.to_numpy(dtype=np.float64)
        told = [line.points(columns[:, i]) for i, line in enumerate(self.lines)]
        return np.asarray(np.sum(told, axis=0, dtype=np.int64))

    def score(self, features: pd.DataFrame) -> Floats:
        """The chance that the table gives for each row's total: 0 to 1."""
        lowest, chances = self.table[0][0], np.array([chance for _, chance in self.table])
        return np.asarray(chances[np.clip(self.points(features) - lowest, 0, len(chances) - 1)])


def fit_points(
    features: pd.DataFrame, label: pd.Series, students: pd.Series | None = None, least: int = 10
) -> PointsCard:
    """The points score of rows with a label; the same rows give the same card.

    Each indicator is cut at readable numbers near its quantiles (``readable_cuts``). A logistic regression with a
    ridge penalty on the steps from range to range gives each range its log-odds against the one that most students
    are in, which has 0 points; "not observed" is a range of its own. The log-odds are divided by a fifth of the
    largest and rounded to whole points, and a logistic line through the totals gives the table. Neighbouring ranges
    with the same points become one.

    Parameters
    ----------
    features
        One column an indicator; NaN where it is not observed. No protected attribute belongs here.
    label
        0, 1 or NaN, in the order of the rows; rows without a label are left out.
    students
        Whose row it is, in the order of the rows; without it, each row is a student of its own.
    least
        Students below whom there is no range.

    Returns
    -------
    PointsCard
        An indicator that is constant, or observed for fewer than ``least``, has one range and 0 points.

    Raises
    ------
    ValueError
        Where one of the two labels is absent.

    References
    ----------
    Ustun and Rudin (2019), Learning optimized risk scores, Journal of Machine Learning Research 20(150),
    doi:10.48550/arXiv.1610.00168. They look for the best whole numbers by a search that can prove it; here log-odds
    are rounded, as they do for comparison, which takes milliseconds and proves nothing.

    Examples
    --------
    Of 40 students with no active day 30 have the outcome, of 40 with one 20, and of 120 with more 30.

    >>> days = pd.DataFrame({"active_days": [0] * 40 + [1] * 40 + [2] * 120})
    >>> low = pd.Series([1] * 30 + [0] * 10 + [1, 0] * 20 + [1, 0, 0, 0] * 30)
    >>> card = fit_points(days, low)
    >>> [(one.low, one.high, one.points, one.students) for one in card.lines[0].ranges]
    [(None, 1.0, 5, 40), (1.0, 2.0, 3, 40), (2.0, None, 0, 120)]
    >>> card.table
    ((0, 0.281), (1, 0.349), (2, 0.424), (3, 0.502), (4, 0.581), (5, 0.655))
    >>> card.points(pd.DataFrame({"active_days": [1, float("nan")]})).tolist()
    [3, 0]
    """
    known = label.notna().to_numpy()
    yes = label.to_numpy(dtype=np.float64)[known].astype(np.int64)
    if len(np.unique(yes)) < 2:
        raise ValueError("a points score asks for rows of both labels")
    who = np.arange(len(yes)) if students is None else pd.factorize(students.to_numpy()[known])[0].astype(np.int64)
    columns = features.to_numpy(dtype=np.float64)[known]
    cut = [_Cut.of(str(name), columns[:, i], who, least) for i, name in enumerate(features.columns)]
    told = _log_odds(cut, yes)
    largest = max((float(np.abs(one).max()) for one in told), default=0.0)
    unit = max(largest / MOST, SMALLEST)
    points = [np.rint(one / unit).astype(np.int64) for one in told]
    shared = max(int(np.gcd.reduce(np.concatenate([*points, [0]]))), 1)
    lines = tuple(_line(one, held // shared, who) for one, held in zip(cut, points, strict=True))
    totals = PointsCard(lines, ()).points(features[known])
    return PointsCard(lines, _table(totals, yes, unit * shared, _ends(totals, who, least)))


@dataclass(frozen=True)
class _Cut:
    """A column in ranges: each row's range; the last, where there is one more than cut-offs make, is "not observed"."""

    indicator: str
    cuts: tuple[float, ...]
    place: Ints
    unseen: bool
    commonest: int

    @classmethod
    def of(cls, indicator: str, column: Floats, who: Ints, least: int) -> _Cut:
        absent = np.isnan(column)
        unseen = min(len(np.unique(who[absent])), len(np.unique(who[~absent]))) >= least
        cuts = readable_cuts(column, who, least)
        place = places(column, cuts)
        commonest = int(np.argmax(np.bincount(place[~absent], minlength=1)))
        return cls(indicator, cuts, np.where(absent, len(cuts) + 1 if unseen else commonest, place), unseen, commonest)

    def steps(self) -> Floats:
        """Ranges x columns: the steps between a range and the commonest; "not observed" is one step of its own."""
        ranges = np.arange(len(self.cuts) + 1)[:, None]
        cut = np.arange(len(self.cuts))[None, :]
        up = (cut < ranges) & (cut >= self.commonest)
        down = (cut >= ranges) & (cut < self.commonest)
        inside = up.astype(np.float64) - down.astype(np.float64)
        if not self.unseen:
            return inside
        return np.block([[inside, np.zeros((len(inside), 1))], [np.zeros((1, inside.shape[1])), np.ones((1, 1))]])


def _log_odds(cut: list[_Cut], yes: Ints) -> list[Floats]:
    """By indicator, the log-odds of each range against the commonest."""
    steps = [one.steps() for one in cut]
    design = np.hstack([np.zeros((len(yes), 0)), *(held[one.place] for one, held in zip(cut, steps, strict=True))])
    found, at = _ridge(design, yes, PENALTY)[1], 0
    told = []
    for held in steps:
        told.append(held @ found[at : at + held.shape[1]])
        at += held.shape[1]
    return told


def _ridge(design: npt.NDArray[np.floating], yes: Ints, penalty: float) -> tuple[float, Floats]:
    """Intercept and coefficients of a logistic regression with a ridge penalty, on one thread."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    if not design.shape[1]:
        return math.log(yes.mean() / (1 - yes.mean())), np.empty(0)
    with threadpool_limits(1):
        model = LogisticRegression(C=penalty, max_iter=1000, tol=1e-6).fit(design, yes)
    return float(model.intercept_[0]), np.asarray(model.coef_[0], dtype=np.float64)


def _line(cut: _Cut, points: Ints, who: Ints) -> Line:
    """The indicator's line, with neighbours of the same points as one range."""
    inside = points[: len(cut.cuts) + 1]
    starts = [0, *(np.flatnonzero(np.diff(inside)) + 1).tolist()]
    ends = [*starts[1:], len(inside)]
    limits = (None, *cut.cuts, None)
    ranges = tuple(
        Range(limits[first], limits[last], int(inside[first]), _students(cut, first, last, who))
        for first, last in zip(starts, ends, strict=True)
    )
    if not cut.unseen:
        return Line(cut.indicator, ranges)
    return Line(cut.indicator, ranges, int(points[-1]), _students(cut, len(inside), len(inside) + 1, who))


def _students(cut: _Cut, first: int, last: int, who: Ints) -> int:
    return len(np.unique(who[(cut.place >= first) & (cut.place < last)]))


def _ends(totals: Ints, who: Ints, least: int) -> tuple[int, int]:
    """First and last total of the table: the outermost that so many students have, or a lower (higher) one."""
    kinds = np.unique(totals)
    first = next((total for total in kinds if len(np.unique(who[totals <= total])) >= least), kinds[-1])
    last = next((total for total in kinds[::-1] if len(np.unique(who[totals >= total])) >= least), kinds[0])
    return int(min(first, last)), int(max(first, last))


def _table(totals: Ints, yes: Ints, unit: float, ends: tuple[int, int]) -> tuple[tuple[int, float], ...]:
    """The chance of each total from the first to the last, on a logistic line that never falls."""
    lowest, highest = ends
    if totals.min() == totals.max():
        return ((lowest, round(float(yes.mean()), DIGITS)),)
    intercept, slope = _ridge(totals[:, None] * unit, yes, 1.0)
    told = np.arange(lowest, highest + 1)
    chance = 1 / (1 + np.exp(-(intercept + max(float(slope[0]), 0.0) * unit * told)))
    rounded = np.clip(np.round(chance, DIGITS), CERTAIN, 1 - CERTAIN)
    return tuple(zip(told.tolist(), rounded.tolist(), strict=True))
