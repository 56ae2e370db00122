"""Equalised odds: the true and the false positive rate held against one margin together."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.audit.disparity import Comparison
from la_research.statistics.simultaneous import joint_gap

ODDS = "equalised_odds"
RATES = ("tpr", "fpr")
"""Read from different students: those with the outcome, and those without."""


def together(rates: Sequence[Comparison], margin: float, alpha: float) -> tuple[Comparison, int]:
    """One comparison of several, and the position of the rate that has its largest gap.

    Its gap holds for all pairs on all rates at once. What one rate can not be compared on
    withholds the verdict on all: a group short on one rate is short on the whole, and where
    one rate can not be compared there is no gap. The sizes needed are those of the rate that
    needs most, and so is the gap that could have been shown.

    Parameters
    ----------
    rates
        The comparison of the same groups on each rate.
    margin, alpha
        The gap that would matter in any rate; the level for all of them together.

    References
    ----------
    Hardt, Price & Srebro (2016), Equality of opportunity in supervised learning, NeurIPS 29.
    """
    inferences = [rate.inference for rate in rates if rate.inference is not None]
    short = tuple(sorted({group for rate in rates for group in rate.short}))
    entering = tuple(sorted(set.intersection(*(set(rate.entering) for rate in rates))))
    small, clustered = rates[0].small, any(rate.clustered for rate in rates)
    if len(inferences) < len(rates):
        return Comparison(entering, small, short, None, 1.0, False, clustered=clustered), 0
    joint = joint_gap(inferences, margin, alpha)
    named = rates[joint.rate].entering
    gap = joint.gap._replace(pair=(named[joint.gap.pair[0]], named[joint.gap.pair[1]]))
    p, equivalent = (1.0, False) if short else (joint.p, joint.equivalent)
    detectable = [rate.detectable for rate in rates if rate.detectable is not None]
    needed = [rate.needed for rate in rates if rate.needed is not None]
    told = Comparison(
        entering,
        small,
        short,
        gap,
        p,
        equivalent,
        clustered=clustered,
        detectable=max(detectable) if len(detectable) == len(rates) else None,
        needed=max(needed) if len(needed) == len(rates) else None,
        none=1.0 if short else joint.none,
    )
    return told, joint.rate
