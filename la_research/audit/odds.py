"""Equalised odds: the true and the false positive rate held against one margin together."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.audit.disparity import Comparison, named, of_shown
from la_research.statistics.gaps import Gap
from la_research.statistics.simultaneous import joint_gap

ODDS = "equalised_odds"
RATES = ("tpr", "fpr")
"""Read from different students: those with the outcome, and those without."""


def together(
    rates: Sequence[Comparison], margin: float, alpha: float, hidden: frozenset[int] = frozenset()
) -> tuple[Comparison, int]:
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
    hidden
        Groups whose numbers are not shown.

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
    gap = named(joint.gap, rates[joint.rate].entering)
    dominated = tuple(sorted({group for rate in rates for group in rate.dominated}))
    p, equivalent = (1.0, False) if short or dominated else (joint.p, joint.equivalent)
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
        dominated=dominated,
        shown=_shown(rates, margin, alpha, hidden),
        tested=_tested(rates),
        detectable=max(detectable) if len(detectable) == len(rates) else None,
        needed=max(needed) if len(needed) == len(rates) else None,
        none=1.0 if short else joint.none,
    )
    return told, joint.rate


def _shown(rates: Sequence[Comparison], margin: float, alpha: float, hidden: frozenset[int]) -> Gap | None:
    """The joint gap of groups that are shown."""
    kept = [of_shown(rate.inference, rate.entering, hidden) for rate in rates if rate.inference is not None]
    parts = [part for part in kept if part is not None]
    if len(parts) < len(rates):
        return None
    joint = joint_gap([inference for inference, _ in parts], margin, alpha)
    return named(joint.gap, parts[joint.rate][1])


def _tested(rates: Sequence[Comparison]) -> Gap | None:
    """The largest gap on any rate, with the furthest of the plain intervals on all."""
    tested = [rate.tested for rate in rates if rate.tested is not None]
    if len(tested) < len(rates):
        return None
    return max(tested)._replace(lower=max(gap.lower for gap in tested), upper=max(gap.upper for gap in tested))
