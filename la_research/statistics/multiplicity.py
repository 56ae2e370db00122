"""Several hypotheses at once: Holm, Benjamini and Hochberg, and the verdict that an interval allows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from la_research.finding import Verdict

SUPPORTED = "the interval lies wholly on the registered side of zero, and the estimate is as large as registered"
BEYOND = "the whole interval lies beyond the smallest effect of interest"
CONTRADICTED = "the interval lies wholly on the other side of zero than registered"
NEGLIGIBLE_ONE_SIDED = "no effect of the size registered; a contrary effect is not excluded"
NEGLIGIBLE = "no effect of the size registered, in either direction"
CAN_NOT_TELL = "the interval includes zero, and the data do not exclude an effect of the size registered"
SMALLER = "the interval excludes zero, but the estimate is smaller than the smallest effect of interest"
NOT_BEYOND = "the interval excludes zero, but not all of it lies beyond the smallest effect of interest"


def holm(pvalues: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given.

    A p-value that is not a number belongs to a test that could not be made; it was
    registered, so it counts in the family, as 1.

    Parameters
    ----------
    pvalues
        Two-sided p-values of one family, 0 to 1.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian
    Journal of Statistics 6:65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    >>> holm([0.02, float("nan")])
    [0.04, 1.0]
    """
    known = [_known(p) for p in pvalues]
    adjusted = [1.0] * len(known)
    reached = 0.0
    for rank, i in enumerate(sorted(range(len(known)), key=lambda i: (known[i], i))):
        reached = max(reached, min(1.0, known[i] * (len(known) - rank)))
        adjusted[i] = reached
    return adjusted


def benjamini_hochberg(pvalues: Sequence[float]) -> list[float]:
    """Benjamini and Hochberg's adjusted p-values, in the order given.

    Rejecting those at most q keeps the expected share of false rejections at q, where tests are
    independent or lean the same way. A p-value that is not a number counts as 1.

    Parameters
    ----------
    pvalues
        Two-sided p-values of one family, 0 to 1.

    References
    ----------
    Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.5])
    [0.04, 0.05333333333333334, 0.05333333333333334, 0.5]
    """
    known = [_known(p) for p in pvalues]
    adjusted = [1.0] * len(known)
    reached = 1.0
    for rank, i in reversed(list(enumerate(sorted(range(len(known)), key=lambda i: (known[i], i)), 1))):
        reached = min(reached, known[i] * len(known) / rank)
        adjusted[i] = reached
    return adjusted


def holm_levels(pvalues: Mapping[str, float], alphas: Mapping[str, float] | float) -> dict[str, float]:
    """The alpha at which each hypothesis of a family is judged and its interval shown.

    The k-th smallest of m p-values is judged at alpha/(m - k + 1). From the first that is
    not rejected on, all are shown at that one's level. A hypothesis is rejected exactly
    where its p-value is at most the level returned, so the interval at 1 - level excludes
    zero exactly for the rejected ones.

    Parameters
    ----------
    pvalues
        Two-sided p against zero by hypothesis; not a number counts as 1.
    alphas
        The family's alpha, or one for each hypothesis. Where they differ, hypotheses are
        ranked by p/alpha, and the chance of any false rejection is at most the largest.
        Ties are ranked by id.

    References
    ----------
    Holm (1979), as in ``holm``. Levels for intervals are ours.

    Examples
    --------
    >>> holm_levels({"H1": 0.001, "H2": 0.30, "H3": 0.02}, 0.05)
    {'H1': 0.016666666666666666, 'H2': 0.05, 'H3': 0.025}
    >>> holm_levels({"H1": 0.001, "H2": 0.30, "H3": 0.04}, 0.06)
    {'H1': 0.02, 'H2': 0.03, 'H3': 0.03}
    """
    alpha = {name: alphas if isinstance(alphas, (int, float)) else alphas[name] for name in pvalues}
    burden = {name: _known(p) / alpha[name] for name, p in pvalues.items()}
    levels: dict[str, float] = {}
    left, stopped = len(burden), False
    for name in sorted(burden, key=lambda name: (burden[name], name)):
        levels[name] = alpha[name] / left
        stopped = stopped or _known(pvalues[name]) > levels[name]
        left -= not stopped
    return {name: levels[name] for name in pvalues}


def hypothesis_verdict(
    value: float,
    lower: float,
    upper: float,
    lower90: float,
    upper90: float,
    direction: str,
    smallest_effect: float,
    beyond: bool = False,
) -> tuple[Verdict, str]:
    """What may be said of a registered hypothesis, and the sentence that says why.

    Parameters
    ----------
    value
        Point estimate.
    lower, upper
        Its interval at the level that Holm reached for it.
    lower90, upper90
        Its interval at 1 - 2*alpha (90 % where alpha is 0.05).
    direction
        "positive" or "negative".
    smallest_effect
        Smallest effect of interest, above 0, in the unit of the estimate.
    beyond
        Whether "supported" asks for the whole interval beyond the smallest effect.

    Returns
    -------
    tuple
        Verdict and reason. "negligible" is one-sided, and its reason says so unless the
        1 - 2*alpha interval lies inside plus and minus the smallest effect.

    Examples
    --------
    >>> hypothesis_verdict(2.1, 0.4, 3.8, 0.7, 3.5, "positive", 2.0)[0]
    'supported'
    >>> hypothesis_verdict(2.1, 0.4, 3.8, 0.7, 3.5, "negative", 2.0)[0]
    'contradicted'
    >>> hypothesis_verdict(0.3, -0.6, 1.2, -0.4, 1.0, "positive", 2.0)
    ('negligible', 'no effect of the size registered, in either direction')
    """
    if direction == "negative":
        value, lower, upper, lower90, upper90 = -value, -upper, -lower, -upper90, -lower90
    if upper < 0:
        return "contradicted", CONTRADICTED
    if lower > 0 and (lower > smallest_effect if beyond else value >= smallest_effect):
        return "supported", BEYOND if beyond else SUPPORTED
    if upper90 < smallest_effect:
        return "negligible", NEGLIGIBLE if lower90 > -smallest_effect else NEGLIGIBLE_ONE_SIDED
    if lower <= 0:
        return "inconclusive", CAN_NOT_TELL
    return "inconclusive", NOT_BEYOND if value >= smallest_effect else SMALLER


def _known(p: float) -> float:
    return 1.0 if math.isnan(p) else p
