"""How much students chosen in a low week would change without any help: by earlier weeks, or by a fitted process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats
from scipy.special import ndtr, ndtri

from la_research.statistics.coefficient import Coefficient

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
AFTER = 2
"""Weeks after the look whose mean is the "after"."""
RESAMPLES, POINTS = 50, 2**12
"""Resamples of students for an error, and students whom a fitted process draws."""
ATOM = 0.01
"""From this share of weeks at the least value on, those weeks are silent ones."""


class Looks(NamedTuple):
    """The change that a rule of weekly looks makes of itself.

    Parameters
    ----------
    values
        What is compared, shape (students, weeks), week 1 first; not a number where not observed.
    running
        What the rule reads, of the same shape.
    looks
        Weeks, from 1, at whose end the rule looks; a student is chosen at the first one below the line.
    below
        Chosen where ``running`` is below it.
    """

    values: Floats
    running: Floats
    looks: tuple[int, ...]
    below: float

    def chosen(self, number: int, shift: int = 0) -> tuple[Bools, Bools]:
        """Who is chosen at a look, and who was not yet and is not, were all looks so many weeks earlier."""
        weeks = [look - shift for look in self.looks[: number + 1]]
        low = self.running[:, [week - 1 for week in weeks]] < self.below
        seen = ~np.isnan(self.running[:, weeks[-1] - 1])
        free = ~low[:, :-1].any(axis=1) & seen
        return free & low[:, -1], free & ~low[:, -1]

    def change(self, week: int) -> Floats:
        """Change of every student from a week to the mean of the two after it."""
        later = self.values[:, week : week + AFTER]
        known = ~np.isnan(later)
        mean = np.where(known, later, 0.0).sum(axis=1) / np.where(known.any(axis=1), known.sum(axis=1), np.nan)
        return np.asarray(mean - self.values[:, week - 1])

    def shifts(self, number: int) -> list[int]:
        """By how many weeks the looks can be moved so that all they and their aftermath lie before any contact."""
        first, last = self.looks[0], self.looks[number]
        return [shift for shift in range(1, first) if last - shift + AFTER <= first]


def gain_by_earlier_weeks(rule: Looks, rng: np.random.Generator, earlier: Sequence[int] = ()) -> Coefficient | None:
    """Expected change of those chosen, from the same rule in earlier weeks, when nobody had been contacted.

    What came then after a value, given whether the rule would have chosen, is expected of those chosen now;
    added to it is the mean surprise of those not chosen now, which carries what the calendar does to everyone.
    With several looks each counts by how many it chose. The error comes from resampled students, whose
    low weeks belong together, and from how far earlier weeks disagree.

    Parameters
    ----------
    rule
        The real looks.
    earlier
        Weeks at which the first look is tried; empty: all that end before any contact.

    Returns
    -------
    Coefficient or None
        In the unit of the values; None where a look has no earlier week in which five or more
        students would have been chosen, and as many not.

    References
    ----------
    Barnett, van der Pols & Dobson (2005), Regression to the mean: what it is and how to deal with
    it, doi:10.1093/ije/dyh299.

    Examples
    --------
    Nothing but noise: who is below -1 in a week is expected back at the mean of all.

    >>> noise = np.random.default_rng(1).standard_normal((4000, 6))
    >>> rng = np.random.default_rng(2)
    >>> found = gain_by_earlier_weeks(Looks(noise, noise, (4,), -1.0), rng)
    >>> round(found.value, 1), found.n  # the mean of normal values below -1 is -1.53
    (1.5, 651)
    """
    value = _by_earlier_weeks(rule, earlier)
    if value is None:
        return None
    found = _resampled(value, rule, lambda again: _by_earlier_weeks(again, earlier), rng)
    alone = [one for shift in range(1, rule.looks[0]) if (one := _by_earlier_weeks(rule, [rule.looks[0] - shift]))]
    apart = float(np.var(alone, ddof=1)) / len(alone) if len(alone) > 1 else 0.0
    return replace(found, se=float(np.hypot(found.se, np.sqrt(apart))))


def gain_by_process(rule: Looks, rng: np.random.Generator) -> Coefficient | None:
    """Expected change of those chosen, from a process fitted to the weeks up to the first look.

    A week is silent or not, and if not has a value; behind both stand normal variables whose
    correlations depend on the distance of two weeks, so that counts with many zeros keep them. The
    process says how much those chosen first at a look change beyond those not chosen; the change of
    the latter is the real one. The rule is taken to read the values themselves: to choose at each look as
    many as it did, those lowest. Weeks further apart than any seen go together as those furthest apart do,
    or ever less: the value lies midway, and the error, of resampled students, allows for both.

    Returns
    -------
    Coefficient or None
        None where fewer than three weeks end with the first look, or nobody, or everybody, is chosen.

    References
    ----------
    Cario & Nelson (1997), Modeling and generating random vectors with arbitrary marginal distributions and
    correlation matrix: the normal variables behind counts.

    Examples
    --------
    >>> noise = np.random.default_rng(2).standard_normal((2000, 6))
    >>> found = gain_by_process(Looks(noise, noise, (3, 4), -1.0), np.random.default_rng(3))
    >>> round(found.value, 1)
    1.5
    """
    first, last = rule.looks[0], rule.looks[-1]
    if first < AFTER + 1:
        return None
    normal = rng.standard_normal((POINTS, 2 * (last - first + AFTER + 1)))
    ends = [_by_process(rule, normal, fading) for fading in (False, True)]
    if ends[0] is None or ends[1] is None:
        return None
    found = _resampled((ends[0] + ends[1]) / 2, rule, lambda again: _by_process(again, normal, False), rng)
    apart = abs(ends[0] - ends[1]) / np.sqrt(12)
    return replace(found, se=float(np.hypot(found.se, apart)))


def _resampled(
    value: float, rule: Looks, estimate: Callable[[Looks], float | None], rng: np.random.Generator
) -> Coefficient:
    """A value with the error that resampled students give it."""
    n, found = len(rule.values), []
    for _ in range(RESAMPLES):
        who = rng.integers(0, n, n)
        found.append(estimate(rule._replace(values=rule.values[who], running=rule.running[who])))
    known = [one for one in found if one is not None]
    chosen = sum(int(rule.chosen(number)[0].sum()) for number in range(len(rule.looks)))
    return Coefficient(value, float(np.std(known, ddof=1)), len(known) - 1, chosen)


def _by_earlier_weeks(rule: Looks, earlier: Sequence[int]) -> float | None:
    total, weight = 0.0, 0
    for number in range(len(rule.looks)):
        size = int(rule.chosen(number)[0].sum())
        allowed = [s for s in rule.shifts(number) if not earlier or rule.looks[0] - s in earlier]
        part = _as_before(rule, number, allowed) if size and allowed else None
        if size and part is None:
            return None
        if part is not None:
            total, weight = total + size * part, weight + size
    return total / weight if weight else None


def _as_before(rule: Looks, number: int, shifts: Sequence[int]) -> float | None:
    """Change of those chosen at a look as it would have been in earlier weeks.

    What comes after a value is learned in the earlier weeks, by least squares on the value, whether it
    is none at all, and whether the rule would have chosen; what the calendar adds is the mean surprise of
    those not chosen now.
    """
    low, rest = rule.chosen(number)
    design, after = [], []
    for shift in shifts:
        tried, spared = rule.chosen(number, shift)
        week = rule.looks[number] - shift
        x, y = _history(rule, week, tried), rule.change(week)
        known = (tried | spared) & ~np.isnan(y) & ~np.isnan(x).any(axis=1)
        if min((tried & known).sum(), (spared & known).sum()) >= FEWEST:
            design.append(x[known])
            after.append(y[known])
    if not design:
        return None
    x, y = np.vstack(design), np.concatenate(after)
    now, change = _history(rule, rule.looks[number], low), rule.change(rule.looks[number])
    expected = now @ (np.linalg.pinv(x.T @ x) @ (x.T @ y))
    then, surprise = _mean(expected, low), _mean(change - expected, rest)
    return None if then is None or surprise is None else then + surprise


def _history(rule: Looks, week: int, low: Bools) -> Floats:
    """What is known of each student at a week, (students, 6): value beside that of all, its square, silent, chosen."""
    value = rule.values[:, week - 1]
    least = np.nanmin(rule.values)
    none = value <= least
    beside = np.where(none, 0.0, value - np.nanmean(np.where(none, np.nan, value)))
    beside = np.where(np.isnan(value), np.nan, beside)
    return np.column_stack([np.ones(len(value)), none, beside, beside**2, low, low * beside])


FEWEST = 5
"""Students of whom a mean change is taken."""


def _mean(change: Floats, who: Bools) -> float | None:
    inside = who & ~np.isnan(change)
    return float(change[inside].mean()) if inside.sum() >= FEWEST else None


def _by_process(rule: Looks, normal: Floats, fading: bool) -> float | None:
    first, last = rule.looks[0], rule.looks[-1]
    course = _courses(rule.values[:, :last], first, last + AFTER, normal, fading)
    total, weight = 0.0, 0
    free = np.ones(len(course), dtype=bool)
    for number, week in enumerate(rule.looks):
        chosen, spared = rule.chosen(number)
        rest, size = _mean(rule.change(week), spared), int(chosen.sum())
        place = week - first
        now = course[:, place] + 1e-9 * normal[:, 0]
        cut = np.quantile(now[free], size / max(size + int(spared.sum()), 1))
        low, free = free & (now < cut), free & (now >= cut)
        change = course[:, place + 1 : place + 1 + AFTER].mean(axis=1) - course[:, place]
        if size and (rest is None or not low.any() or not free.any()):
            return None
        if size and rest is not None:
            total += size * (float(change[low].mean() - change[free].mean()) + rest)
            weight += size
    return total / weight if weight else None


def _courses(seen: Floats, first: int, last: int, normal: Floats, fading: bool) -> Floats:
    """Weeks from the first look on of students of a process like the one seen, (points, weeks): silent, or a value.

    Correlations are those of the weeks up to the first look; how many weeks are silent goes on as it went.
    """
    least, weeks = np.nanmin(seen), last - first + 1
    silent = np.where(np.isnan(seen), np.nan, (seen <= least).astype(float))
    if np.nanmean(silent) < ATOM:
        silent = 0 * silent
    course = np.polyfit(np.arange(seen.shape[1]), np.nanmean(silent, axis=0), 1)
    shares = np.clip(np.polyval(course, np.arange(first - 1, last)), 0, 0.95)
    held, silent, share = seen[:, :first], silent[:, :first], float(shares.mean())
    busy = np.where(silent == 0, held, np.nan)
    ranks = stats.rankdata(busy, axis=0, nan_policy="omit")
    level = ndtri((ranks - 0.5) / np.nanmax(ranks, axis=0))
    apart = np.abs(np.subtract.outer(np.arange(weeks), np.arange(weeks)))
    latent = np.array([1.0, *_by_lag(level, level, weeks, fading)])[apart]
    values = _sorted(busy - np.nanmean(busy, axis=0)) + float(np.nanmean(busy[:, -1]))
    if not share:
        return _as_observed(normal[:, :weeks] @ np.linalg.cholesky(_proper(latent)).T, values)
    quiet = np.array([1.0, *(_tetrachoric(phi, share) for phi in _by_lag(silent, silent, weeks, fading))])[apart]
    biserial = -np.sqrt(share * (1 - share)) / (np.exp(-(ndtri(share) ** 2) / 2) / np.sqrt(2 * np.pi))
    across = (_by_lag(level, silent, weeks, fading) + _by_lag(silent, level, weeks, fading)) / 2 * biserial
    across = np.array([across[0], *across])[apart]
    whole = _proper(np.block([[latent, across], [across, quiet]]))
    drawn = normal[:, : 2 * weeks] @ np.linalg.cholesky(whole).T
    return np.where(drawn[:, weeks:] < ndtri(shares), least, _as_observed(drawn[:, :weeks], values))


def _by_lag(first: Floats, second: Floats, weeks: int, fading: bool) -> Floats:
    """Correlation of the first with the second one week later, two …, (weeks - 1,); then the last, or ever less."""
    found = []
    for lag in range(1, min(first.shape[1], weeks)):
        pairs = zip(first[:, :-lag].T, second[:, lag:].T, strict=True)
        found.append(np.mean([_correlation(a, b) for a, b in pairs]))
    fall = float(np.clip(found[-1] / found[-2], 0, 1)) if fading and len(found) > 1 and found[-2] else 1.0
    return np.array(found + [found[-1] * fall**k for k in range(1, weeks - len(found))])


def _correlation(first: Floats, second: Floats) -> float:
    both = ~np.isnan(first) & ~np.isnan(second)
    a, b = first[both] - first[both].mean(), second[both] - second[both].mean()
    spread = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / spread) if spread > 0 else 0.0


def _tetrachoric(phi: float, share: float) -> float:
    """Correlation of two normal variables that are both cut at a share, from the correlation of the cuts."""
    cut, angle = float(ndtri(share)), np.linspace(-1.2, 1.5, 541)
    slope = np.exp(-(cut**2) / (1 + np.sin(angle))) / (2 * np.pi)  # Plackett (1954): of the joint share, by the angle
    joint = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(angle))])
    joint += share**2 - np.interp(0.0, angle, joint)
    return float(np.sin(np.interp(phi * share * (1 - share) + share**2, joint, angle)))


def _as_observed(latent: Floats, values: Floats) -> Floats:
    """Values as often as they were observed, in the order of a normal variable."""
    places = (np.arange(len(values)) + 0.5) / len(values)
    return np.asarray(np.interp(ndtr(latent), places, values))


def _sorted(values: Floats) -> Floats:
    return np.sort(values[~np.isnan(values)])


def _proper(matrix: Floats) -> Floats:
    """The correlation matrix, shrunk towards no correlation until its smallest eigenvalue is above zero."""
    smallest = float(np.linalg.eigvalsh(matrix).min())
    keep = 1.0 if smallest > 1e-6 else 1 / (1 + 1e-6 - smallest)
    return np.asarray(keep * matrix + (1 - keep) * np.eye(len(matrix)))
