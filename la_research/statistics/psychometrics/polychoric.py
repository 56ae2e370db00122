"""Correlations behind ordered answers: thresholds first, then each pair, and how unsure they are together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from la_research.statistics.intervals import Floats, z_value
from la_research.statistics.psychometrics.bivariate import cells, normal_corner, normal_height
from la_research.statistics.psychometrics.reliability import Coefficient, complete
from la_research.statistics.psychometrics.unfit import Unfit, named

MOST = 20
"""Different answers of one item beyond which it is no ordered category."""
EDGE = 0.995
"""A correlation beyond this says that the table of two items leaves it open."""
STEPS = 100
TINY = 1e-16
"""Least chance of a cell: below it rounding speaks."""


@dataclass(frozen=True, slots=True)
class Polychoric:
    """Correlations of the normal variables behind ordered items.

    Parameters
    ----------
    correlations
        p x p.
    thresholds
        Of each item, one fewer than its categories.
    pairs
        Rows and columns of the correlations below the diagonal, each m = p (p - 1) / 2, in the order of ``spread``.
    spread
        m x m: n times the covariance of these correlations.
    n
        Rows.
    """

    correlations: Floats
    thresholds: tuple[Floats, ...]
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]]
    spread: Floats
    n: int


def polychoric(items: ArrayLike, names: Sequence[str] | None = None) -> Polychoric:
    """Polychoric correlations in two steps, with the asymptotic covariance that a test of a model needs.

    Thresholds are those of each item's own shares; the correlation of a pair maximises the likelihood of its table.
    That thresholds are estimated enters the covariance. Rows with a missing cell are left out.

    Parameters
    ----------
    items
        Rows x items, ordered codes; only their order counts.

    Raises
    ------
    Unfit
        What ``checked`` raises; ``few_categories`` where an item has more than 20 different answers;
        ``not_identified`` where a pair's table leaves its correlation open.

    References
    ----------
    Olsson (1979), doi:10.1007/BF02296207; covariance: Muthén (1984), doi:10.1007/BF02294210.

    Examples
    --------
    A table of two items whose cells are all 30 or 20: the tetrachoric correlation is sin(pi / 2 (3/5 - 2/5)).

    >>> rows = np.repeat([[0, 0], [1, 1], [0, 1], [1, 0]], [30, 30, 20, 20], axis=0)
    >>> round(float(polychoric(rows).correlations[0, 1]), 8) == round(float(np.sin(np.pi / 2 * 0.2)), 8)
    True
    """
    held = complete(items, names=names)
    codes, thresholds = _cut(held, names)
    n, p = codes.shape
    own = [_own_scores(codes[:, j], thresholds[j]) for j in range(p)]
    rows, columns = np.tril_indices(p, -1)
    correlations, drawn = np.eye(p), np.empty((n, len(rows)))
    for at, (i, j) in enumerate(zip(rows, columns, strict=True)):
        table = np.zeros((len(thresholds[i]) + 1, len(thresholds[j]) + 1))
        np.add.at(table, (codes[:, i], codes[:, j]), 1.0)
        r = _most_likely(table, thresholds[i], thresholds[j], named(np.array([i, j]), names))
        correlations[i, j] = correlations[j, i] = r
        drawn[:, at] = _influence(table, codes[:, i], codes[:, j], thresholds[i], thresholds[j], r, own[i], own[j])
    return Polychoric(correlations, tuple(thresholds), (rows, columns), drawn.T @ drawn * n, n)


def ordinal_alpha(items: ArrayLike, level: float = 0.95, names: Sequence[str] | None = None) -> Coefficient:
    """Cronbach's alpha of the normal variables behind ordered items, with an interval by the delta method.

    It says how reliable scores of those variables would be, not the sum of the answers: read it beside alpha.

    References
    ----------
    Zumbo, Gadermann & Zeisser (2007), doi:10.22237/jmasm/1177992180; against it as a reliability: Chalmers (2018),
    doi:10.1177/0013164417727036.
    """
    found = polychoric(items, names)
    k, whole = len(found.correlations), float(found.correlations.sum())
    slope = k / (k - 1) * k / whole**2 * 2
    reach = z_value(level) * slope * float(np.sqrt(found.spread.sum() / found.n))
    value = k / (k - 1) * (1 - k / whole)
    return Coefficient(value, value - reach, min(value + reach, 1.0), found.n)


def _cut(held: Floats, names: Sequence[str] | None) -> tuple[NDArray[np.intp], list[Floats]]:
    """Answers as codes from 0, and each item's thresholds."""
    codes, thresholds = np.empty(held.shape, dtype=np.intp), []
    for j, answers in enumerate(held.T):
        kinds, codes[:, j], counts = np.unique(answers, return_inverse=True, return_counts=True)
        if len(kinds) > MOST:
            what = f"{named((j,), names)} has {len(kinds):,} different answers"
            raise Unfit("few_categories", f"{what}, more than {MOST}: not ordered categories")
        thresholds.append(ndtri(np.cumsum(counts)[:-1] / len(held)))
    return codes, thresholds


def _chances(a: Floats, b: Floats, r: float) -> Floats:
    return np.maximum(cells(normal_corner(a, b, r), first=ndtr(a), second=ndtr(b)), TINY)


def _most_likely(table: Floats, a: Floats, b: Floats, what: str) -> float:
    """The correlation that makes a table most likely, by Fisher scoring on its arc tangent's scale."""
    n, r = table.sum(), 0.0
    for _ in range(STEPS):
        chance, slope = _chances(a, b, r), cells(normal_height(a, b, r))
        step = float((table * slope / chance).sum() / (n * (slope**2 / chance).sum()))
        ahead = float(np.tanh(np.arctanh(r) + step / (1 - r * r)))
        if abs(ahead) > EDGE:
            break
        if abs(ahead - r) < 1e-12:
            return ahead
        r = ahead
    raise Unfit(
        "not_identified", f"the answers to {what} leave their correlation open: empty cells, or near plus or minus 1"
    )


def _own_scores(codes: NDArray[np.intp], cuts: Floats) -> tuple[Floats, Floats]:
    """Scores of an item's thresholds in the likelihood of the item alone (rows x cuts), times their inverse spread."""
    chance = np.diff(np.concatenate([[0.0], ndtr(cuts), [1.0]]))
    by_code = _steps(np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)) / chance[:, None]
    scores = by_code[codes]
    return scores, np.asarray(np.linalg.inv(scores.T @ scores), dtype=float)


def _steps(height: Floats) -> Floats:
    """Slopes of the categories' chances (categories x cuts): moving a cut gives to the one below, takes from above."""
    k = len(height)
    slopes = np.zeros((k + 1, k))
    slopes[np.arange(k), np.arange(k)] = height
    slopes[np.arange(k) + 1, np.arange(k)] = -height
    return slopes


def _influence(
    table: Floats,
    first: NDArray[np.intp],
    second: NDArray[np.intp],
    a: Floats,
    b: Floats,
    r: float,
    own_first: tuple[Floats, Floats],
    own_second: tuple[Floats, Floats],
) -> Floats:
    """Each row's pull on the correlation of a pair, what it does to the thresholds included."""
    chance = _chances(a, b, r)
    score = cells(normal_height(a, b, r)) / chance
    pull = score[first, second]
    for (scores, inverse), cuts, other, turned in ((own_first, a, b, False), (own_second, b, a, True)):
        moved = _cut_slopes(cuts, other, r) / (chance.T if turned else chance)[None]
        cross = ((table * score).T if turned else table * score)[None] * moved
        pull = pull - scores @ (inverse @ cross.sum(axis=(1, 2)))
    return np.asarray(pull / (table * score**2).sum())


def _cut_slopes(cuts: Floats, other: Floats, r: float) -> Floats:
    """How the chances of a pair's cells change with each cut of the first item: cuts x categories x categories."""
    below = ndtr((other[None, :] - r * cuts[:, None]) / np.sqrt(1 - r * r))
    share = np.diff(np.pad(below, ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1))), axis=1)
    height = np.exp(-(cuts**2) / 2) / np.sqrt(2 * np.pi)
    return _steps(height).T[:, :, None] * share[:, None, :]
