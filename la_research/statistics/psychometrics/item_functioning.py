"""Do groups answer an item differently at the same score? Ordinal logistic regression with purified anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, expit

from la_research.statistics.intervals import Floats, z_value
from la_research.statistics.multiplicity import holm
from la_research.statistics.psychometrics.confirmatory import codes_of
from la_research.statistics.psychometrics.likelihood import climb
from la_research.statistics.psychometrics.polychoric import MOST
from la_research.statistics.psychometrics.reliability import complete
from la_research.statistics.psychometrics.unfit import Unfit, named

NEGLIGIBLE = 0.035
"""Change of Nagelkerke's R2 below which a difference counts as negligible, however sure."""
ROUNDS = 10


@dataclass(frozen=True, slots=True)
class ItemGap:
    """How differently groups answer an item at the same score of the anchors.

    Parameters
    ----------
    item
        Its column.
    chisq, df, p
        Likelihood-ratio test of group and group by score together; p is Holm's over all items.
    effect
        Change of Nagelkerke's R2.
    log_odds, lower, upper
        Of a higher answer in every later group against the first, at the same score.
    anchor
        Whether it stayed among the anchors: not (sure and more than negligible).
    n
        Rows.
    """

    item: int
    chisq: float
    df: int
    p: float
    effect: float
    log_odds: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    anchor: bool
    n: int


def differential_items(
    items: ArrayLike,
    groups: ArrayLike,
    *,
    level: float = 0.95,
    least: float = NEGLIGIBLE,
    names: Sequence[str] | None = None,
) -> list[ItemGap]:
    """Differential functioning of every item, at the same score of the items that show none.

    The score is the sum of the anchors and the item itself. An item leaves the anchors where its Holm-adjusted p is
    below 1 - level and its effect at least ``least``, and all are tested anew until nothing changes. Where most
    items differ there is no anchor to trust. Rows with a missing cell are left out.

    Parameters
    ----------
    items
        Rows x items of one scale, reversed items turned.
    groups
        Group of each row; the first by name is the one that others are compared with.

    Raises
    ------
    Unfit
        What ``checked`` and ``climb`` raise; ``few_categories``, ``few_items`` (one group, or fewer than two anchors
        left).

    References
    ----------
    Zumbo (1999), A handbook on the theory and methods of differential item functioning; limits of the effect: Jodoin &
    Gierl (2001), doi:10.1207/S15324818AME1404_2; purification: Crane et al. (2006),
    doi:10.1097/01.mlr.0000245183.28384.ed.

    Examples
    --------
    >>> draw = np.random.Generator(np.random.Philox(2))
    >>> behind = draw.normal(size=(800, 1)) + draw.normal(size=(800, 5))
    >>> behind[400:, 3] += 1.0
    >>> found = differential_items(np.digitize(behind, [-1, 0, 1]), np.repeat(["a", "b"], 400))
    >>> [gap.item for gap in found if not gap.anchor]
    [3]
    """
    raw, labels = np.asarray(items, dtype=float), np.asarray(groups)
    held = complete(raw, least=3, names=names)
    codes, known = codes_of(labels[~np.isnan(raw).any(axis=1)])
    if len(known) < 2:
        raise Unfit("few_items", "one group alone can not be compared")
    dummies = (codes[:, None] == np.arange(1, len(known))).astype(float)
    anchors = frozenset(range(held.shape[1]))
    for _ in range(ROUNDS):
        found = [_gap(held, item, anchors, dummies, level, names) for item in range(held.shape[1])]
        found = _judged(found, level, least)
        kept = frozenset(gap.item for gap in found if gap.anchor)
        if len(kept) < 2:
            raise Unfit("few_items", "groups answer nearly every item differently: no items are left to compare by")
        if kept == anchors:
            break
        anchors = kept
    return found


def _judged(found: list[ItemGap], level: float, least: float) -> list[ItemGap]:
    """With Holm's p over all items, and whether each stays an anchor."""
    return [
        replace(gap, p=one, anchor=not (one < 1 - level and gap.effect >= least))
        for gap, one in zip(found, holm([gap.p for gap in found]), strict=True)
    ]


def _gap(
    held: Floats, item: int, anchors: frozenset[int], dummies: Floats, level: float, names: Sequence[str] | None
) -> ItemGap:
    kinds, answers = np.unique(held[:, item], return_inverse=True)
    if len(kinds) > MOST:
        raise Unfit("few_categories", f"{named((item,), names)} has more than {MOST} different answers")
    score = held[:, sorted(anchors | {item})].sum(axis=1)
    score = ((score - score.mean()) / score.std())[:, None]
    n, none = len(held), np.empty((len(held), 0))
    empty, _, _ = ordinal_logistic(answers, none)
    same, _, _ = ordinal_logistic(answers, score)
    _, shift, spread = ordinal_logistic(answers, np.hstack([score, dummies]))
    other, _, _ = ordinal_logistic(answers, np.hstack([score, dummies, score * dummies]))
    chisq, df = max(2 * (other - same), 0.0), 2 * dummies.shape[1]
    most = 1 - np.exp(2 * empty / n)
    effect = (np.exp(2 * (empty - same) / n) - np.exp(2 * (empty - other) / n)) / most
    value, reach = shift[1:], z_value(level) * np.sqrt(np.diag(spread))[1:]
    odds, lower, upper = (tuple(end.tolist()) for end in (value, value - reach, value + reach))
    return ItemGap(item, chisq, df, float(chdtrc(df, chisq)), float(effect), odds, lower, upper, True, n)


def ordinal_logistic(answers: NDArray[np.intp], by: Floats) -> tuple[float, Floats, Floats]:
    """Log-likelihood, slopes and their covariance of a proportional-odds regression.

    Parameters
    ----------
    answers
        Codes from 0, none empty.
    by
        Rows x predictors; a slope above 0 goes with higher answers.

    Raises
    ------
    Unfit
        What ``climb`` raises: ``not_converged`` where predictors tell answers apart without error.

    References
    ----------
    McCullagh (1980), doi:10.1111/j.2517-6161.1980.tb01109.x.
    """
    n, q = by.shape
    cuts = int(answers.max())
    rows = np.arange(n)

    def chances(at: Floats) -> tuple[Floats, Floats]:
        below = expit(at[None, :cuts] - (by @ at[cuts:])[:, None])
        return below, np.diff(below, axis=1, prepend=0.0, append=1.0)

    def value(at: Floats) -> float:
        _, chance = chances(at)
        held = chance[rows, answers]
        return float(np.log(held).sum()) if (chance > 0).all() else -np.inf

    def slope(at: Floats) -> tuple[Floats, Floats]:
        below, chance = chances(at)
        height = below * (1 - below)
        moved = np.zeros((n, cuts + 2, cuts + q))
        moved[:, np.arange(1, cuts + 1), np.arange(cuts)] = height
        moved[:, 1:-1, cuts:] = -height[:, :, None] * by[:, None, :]
        moved = np.diff(moved, axis=1)
        score = (moved[rows, answers] / chance[rows, answers][:, None]).sum(axis=0)
        return score, np.einsum("nca,ncb->ab", moved / chance[:, :, None], moved, optimize=True)

    share = np.cumsum(np.bincount(answers))[:-1] / n
    at, information = climb(value, slope, np.concatenate([np.log(share / (1 - share)), np.zeros(q)]))
    return value(at), at[cuts:], np.asarray(np.linalg.inv(information)[cuts:, cuts:])
