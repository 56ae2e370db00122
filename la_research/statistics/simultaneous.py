"""What the shares of several groups allow to be said of their largest gap: interval, p-value, equivalence.

Everything is read off one critical value, so the three never contradict each other: the p-value is
at most alpha exactly where the interval at 1 - alpha lies beyond the margin, and no gap is beyond
the margin and within it at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from la_research.statistics.gaps import (
    Gap,
    Pairs,
    PairsAt,
    all_within,
    furthest,
    newcombe_pairs,
    reach,
    tukey_survival,
    tukey_z,
    wald_pairs,
)
from la_research.statistics.intervals import Floats
from la_research.statistics.score import permuted_max, permuted_survival, permuted_z, score_pairs, score_z

SPARSE = 100
"""Expected cell below which shares are compared by the score and its permutations.

Measured on 20,000 draws of 2 to 12 equal groups: with Newcombe's interval and Tukey's value equal
groups were called unequal in up to 7.2 % at 10 expected, 5.9 % at 30, 5.8 % at 50, and 5.2 % at 100."""


@dataclass(frozen=True, slots=True)
class GapInference:
    """The largest gap among groups, at whatever level is asked.

    Parameters
    ----------
    pairs
        Simultaneous intervals of all pairs at a critical value.
    survival
        From a critical value to the chance that equal groups come further apart.
    critical
        From that chance to the critical value.
    reach
        From a margin to the critical value at which the lower bound of the largest gap comes down to it.
    method
        How an interval is called in a finding: "newcombe-tukey", "score-max-t" or "wald-tukey".
    most
        The largest gap that there can be.
    df
        Degrees of freedom of the errors; infinite where they follow from the shares.
    """

    pairs: PairsAt
    survival: Callable[[float], float]
    critical: Callable[[float], float]
    reach: Callable[[float], float]
    method: str
    most: float = 1.0
    df: float = math.inf

    def gap(self, alpha: float) -> Gap:
        """The largest gap with its interval at 1 - alpha, simultaneous over all pairs."""
        return furthest(self.pairs(self.critical(alpha)), self.most)

    def pvalue(self, margin: float) -> float:
        """The smallest alpha at which the interval of the largest gap lies beyond the margin; 1 where none does."""
        return self.survival(self.reach(margin))

    def equivalent(self, margin: float, alpha: float) -> bool:
        """Whether the plain interval of every pair at 1 - 2*alpha lies inside plus and minus the margin.

        Every pair has to pass, so none of the tests is corrected for the others (Berger 1982,
        doi:10.1080/00401706.1982.10487790).
        """
        return all_within(self.pairs(tukey_z(2, 1 - 2 * alpha, self.df)), margin)

    def plain(self, alpha: float) -> Gap:
        """The largest gap with the furthest of the plain intervals at 1 - 2*alpha, which ``equivalent`` reads."""
        return furthest(self.pairs(tukey_z(2, 1 - 2 * alpha, self.df)), self.most)

    def among(self, groups: Sequence[int]) -> GapInference:
        """The same intervals, of the pairs of some groups alone."""
        part = np.ix_(groups, groups)
        return replace(self, pairs=lambda z: Pairs(*(column[part] for column in self.pairs(z))))


def gap_inference(
    rates: Floats, ns: Floats, *, independent: bool = True, seed: int = 0, df: float = math.inf
) -> GapInference:
    """The largest gap between the shares of k groups, by the method that their cells allow.

    Where every group is expected to hold 100 or more on either side: Newcombe's intervals
    with Tukey's critical value. Else score intervals, and as survival the larger of Tukey's
    and of the largest score statistic under permutation, which is exact where all groups are
    equal; beyond all permutations, where chances are below 1 in 10,000, Tukey's alone.

    Parameters
    ----------
    rates
        A share for each of k groups, k of 2 or more.
    ns
        Rows behind each share, above 0; effective numbers where rows are clustered.
    independent
        Whether every row is a student of its own. Rows that are not can not be permuted, and
        are compared by Newcombe's intervals whatever their cells.
    seed
        Of the permutations.
    df
        Degrees of freedom of what ``ns`` were worked out from, where rows are clustered: the fewest students of a
        group less one. Twelve equal groups of 20 students with 10 rows each were called unequal in 9 to 11 %
        of draws without it.

    Returns
    -------
    GapInference
        The lower bound of its gap is 0 where no pair excludes zero. Groups that tie for the
        highest or lowest share are taken in the order given.

    References
    ----------
    Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I, with the
    critical value of Tukey's studentised range over the square root of two; Miettinen &
    Nurminen (1985), doi:10.1002/sim.4780040211; Westfall & Young (1993). Taking the larger of
    the two survivals is ours.

    Examples
    --------
    >>> found = gap_inference(np.array([0.50, 0.30, 0.40]), np.array([400, 400, 400]))
    >>> gap = found.gap(0.05)
    >>> round(gap.value, 2), round(gap.lower, 2), round(gap.upper, 2), gap.pair, found.method
    (0.2, 0.12, 0.28, (0, 1), 'newcombe-tukey')
    >>> few = gap_inference(np.array([0.50, 0.30, 0.40]), np.array([40, 40, 40]))
    >>> round(few.gap(0.05).lower, 2), round(few.pvalue(0.0), 2), few.method
    (0.0, 0.19, 'score-max-t')
    """
    sizes = np.asarray(ns, dtype=float)
    if independent and expected_cells(rates, sizes).min() < SPARSE:
        return _permuted(rates, sizes, seed)
    return _by_tukey(partial(newcombe_pairs, rates, sizes), len(rates), "newcombe-tukey", df=df)


def wald_inference(values: Floats, errors: Floats, most: float = 1.0, df: float = math.inf) -> GapInference:
    """The largest gap between k independent estimates with standard errors above 0, by Wald's intervals.

    ``df`` are the degrees of freedom of the errors: of the fewest students (or cases) in a group, less one.

    The critical value of all pairs is Tukey's: exact where errors are equal, and too large where they are
    not (Hayter 1984, doi:10.1214/aos/1176346392). How much was simulated, for 3 to 12 groups and errors up
    to a hundred times as large as others: it exceeds the exact one of these pairs (max-T) by 0 to 5 %, and
    holds all pairs at 95.0 to 96.8 % of times instead of 95. That is little for an interval that can be
    checked in a table.

    >>> round(wald_inference(np.array([0.8, 0.6]), np.array([0.03, 0.04])).pvalue(0.0), 6)
    6.3e-05
    """
    error = np.hypot(errors[:, None], errors[None, :])
    np.fill_diagonal(error, 0)
    return _by_tukey(partial(wald_pairs, values[:, None] - values[None, :], error), len(values), "wald-tukey", most, df)


def expected_cells(rates: Floats, ns: Floats) -> Floats:
    """The smaller cell that each group would hold at the pooled share: n times it, or times its rest.

    >>> expected_cells(np.array([0.5, 0.1]), np.array([20, 60])).tolist()
    [4.0, 12.0]
    """
    pooled = float(rates @ ns / ns.sum())
    return np.asarray(ns * min(pooled, 1 - pooled))


class JointGap(NamedTuple):
    """The largest gap over several rates: its interval, whose it is, p beyond the margin, whether all are equivalent,
    and p beyond zero.
    """

    gap: Gap
    rate: int
    p: float
    equivalent: bool
    none: float


def joint_gap(rates: Sequence[GapInference], margin: float, alpha: float) -> JointGap:
    """The largest gap over several rates read from different rows, as equalised odds asks of TPR and FPR.

    Parameters
    ----------
    rates
        The inference for each, e.g. of the true and of the false positive rate.
    margin, alpha
        The gap that would matter in any of them; the level for all of them together.

    Returns
    -------
    JointGap
        ``gap`` holds for all pairs on all rates at once at 1 - alpha: each at the root of that
        level. Its pair is of the rate at position ``rate``. ``p`` is at most alpha exactly where
        the gap lies beyond the margin. ``equivalent``: on every rate.

    References
    ----------
    Šidák (1967), doi:10.1080/01621459.1967.10482935; Hardt, Price & Srebro (2016), Equality of
    opportunity in supervised learning, NeurIPS 29: equalised odds.

    Examples
    --------
    >>> tpr = gap_inference(np.array([0.80, 0.60]), np.array([600, 600]))
    >>> fpr = gap_inference(np.array([0.31, 0.30]), np.array([900, 900]))
    >>> found = joint_gap([fpr, tpr], 0.05, 0.05)
    >>> round(found.gap.value, 2), round(found.gap.lower, 2), found.rate, found.p < 0.05, found.equivalent
    (0.2, 0.14, 1, True, False)
    """
    each = -math.expm1(math.log1p(-alpha) / len(rates))
    gaps = [rate.gap(each) for rate in rates]
    widest = max(range(len(gaps)), key=lambda i: gaps[i].value)
    lower, upper = max(gap.lower for gap in gaps), max(gap.upper for gap in gaps)
    p, none = (_smallest([rate.pvalue(beyond) for rate in rates]) for beyond in (margin, 0.0))
    gap = gaps[widest]._replace(lower=lower, upper=upper)
    return JointGap(gap, widest, p, all(rate.equivalent(margin, alpha) for rate in rates), none)


def _smallest(ps: Sequence[float]) -> float:
    """Šidák's p-value of the smallest of several."""
    return 1.0 if min(ps) >= 1 else -math.expm1(len(ps) * math.log1p(-min(ps)))


def _by_tukey(pairs: PairsAt, groups: int, method: str, most: float = 1.0, df: float = math.inf) -> GapInference:
    return GapInference(
        pairs,
        partial(tukey_survival, groups=groups, df=df),
        lambda alpha: tukey_z(groups, 1 - alpha, df),
        partial(reach, pairs),
        method,
        most,
        df,
    )


def _permuted(rates: Floats, ns: Floats, seed: int) -> GapInference:
    sizes = tuple(int(n) for n in np.rint(ns))
    largest = permuted_max(sizes, round(float(rates @ ns)), seed)
    return GapInference(
        partial(score_pairs, rates, ns),
        lambda z: max(tukey_survival(z, len(sizes)), permuted_survival(z, largest)),
        lambda alpha: max(tukey_z(len(sizes), 1 - alpha), permuted_z(alpha, largest)),
        lambda margin: max(0.0, float(score_z(rates, ns, margin).max())),
        "score-max-t",
    )
