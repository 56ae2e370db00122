"""How alike students of one group are, and how many times larger that makes the variance of a trial of groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


class Alike(NamedTuple):
    """The intraclass correlation with its interval, and what it multiplies a variance by."""

    correlation: tuple[float, float, float]
    times: tuple[float, float, float]


def alike(outcome: Floats, cluster: Codes, arm: Codes, level: float = 0.95) -> Alike | None:
    """Intraclass correlation of groups inside their arms, by analysis of variance, and the design effect.

    The design effect is that of groups of unlike sizes, 1 + ((cv^2 + 1) m - 1) icc with m their
    mean size and cv its coefficient of variation. None where each group has one student, or an
    arm's groups are the only ones.

    Parameters
    ----------
    outcome
        None missing.
    cluster, arm
        One value a student; a group lies in one arm.

    References
    ----------
    Searle (1971), Linear Models, for the F interval with the mean size; Eldridge, Ashby and Kerry (2006),
    doi:10.1093/ije/dyl129.

    Examples
    --------
    >>> found = alike(np.array([1.0, 2.0, 5.0, 6.0, 2.0, 3.0, 7.0, 8.0]), np.repeat(range(4), 2), np.repeat([0, 1], 4))
    >>> round(found.correlation[0], 2), round(found.times[0], 2)
    (0.95, 1.95)
    """
    group = np.unique(cluster, return_inverse=True)[1]
    sizes = np.bincount(group).astype(float)
    means = np.bincount(group, weights=outcome) / sizes
    arms = arm[np.unique(group, return_index=True)[1]]
    n, groups, sides = len(outcome), len(sizes), len(np.unique(arms))
    if n == groups or groups == sides:
        return None
    inside = float(((outcome - means[group]) ** 2).sum()) / (n - groups)
    between = m0 = 0.0
    for one in np.unique(arms):
        own, mean = sizes[arms == one], means[arms == one]
        between += float((own * (mean - np.average(mean, weights=own)) ** 2).sum())
        m0 += own.sum() - (own**2).sum() / own.sum()
    between, m0 = float(between / (groups - sides)), float(m0 / (groups - sides))
    if inside == 0:
        return None
    ratio, df = float(between / inside), (groups - sides, n - groups)
    ends = [ratio / float(stats.f.ppf((1 + sign * level) / 2, *df)) for sign in (1, -1)]
    low, value, high = (_correlation(f, m0) for f in (ends[0], ratio, ends[1]))
    swell = float(((sizes.std() / sizes.mean()) ** 2 + 1) * sizes.mean() - 1)
    return Alike((value, low, high), (1 + swell * value, 1 + swell * low, 1 + swell * high))


def _correlation(ratio: float, size: float) -> float:
    return (ratio - 1) / (ratio + size - 1)
