"""How much harm there is, how sure that is, and what it reads beside the registered margin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from la_research.disclosure import tells_few
from la_research.evaluation.shares import few, share
from la_research.finding import Estimate, Row
from la_research.protocol.support import Harm
from la_research.statistics.clustered import least_squares
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import clopper_pearson, newcombe_difference

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
UNSURE = "neither that there is no harm nor that there is more than the margin can be ruled out"
UNSURE_ALONE = "whether it is more than the margin can not be told"


@dataclass(frozen=True)
class Measure:
    """How much harm was found, the more the worse.

    Parameters
    ----------
    value, n
        The harm, and students it rests on.
    ends
        Its interval at a level.
    unit, method
        As in ``Estimate``.
    none
        What stands for no harm: 0 for a difference; for a share that nothing can be compared with, the margin.
    rows
        Numbers beside it.
    few
        Whether the number would tell of a small group; the verdict is told, the number is not.
    limitations
        What it does not say.
    """

    value: float
    n: int
    ends: Callable[[float], tuple[float, float]]
    unit: str = "share"
    method: str = "newcombe"
    none: float = 0.0
    rows: tuple[Row, ...] = ()
    few: bool = False
    limitations: tuple[str, ...] = ()

    def estimate(self, alpha: float) -> Estimate:
        """As a finding shows it, with the interval at 1 - 2 ``alpha``."""
        return Estimate(self.value, *self.ends(1 - 2 * alpha), 1 - 2 * alpha, self.unit, self.n, self.method)

    def shown(self, alpha: float) -> bool:
        """Whether the whole interval at 1 - 2 ``alpha`` lies on the side of harm."""
        return self.ends(1 - 2 * alpha)[0] > self.none


def read(measure: Measure, harm: Harm, minimum: int) -> dict[str, Any]:
    """Verdict, reason, estimate and rows of a harm; one interval, at 1 - 2 alpha, is read on both sides.

    "harm shown" is tried first: the interval lies above what stands for no harm. "harm excluded": it lies below the
    margin. Each is a one-sided test at the harm's own alpha.

    Examples
    --------
    >>> asked, found = Harm(what="label", margin=0.05), Measure(0.01, 500, lambda level: (-0.02, 0.04))
    >>> read(found, asked, 10)["verdict"]
    'harm excluded'
    """
    upper = measure.ends(1 - 2 * harm.alpha)[1]
    reason = None
    if measure.shown(harm.alpha):
        verdict = "harm shown"
        if upper < harm.margin:
            reason = "there is harm, though less than the margin registered"
    elif upper < harm.margin:
        verdict = "harm excluded"
    else:
        verdict = "inconclusive"
        reason = UNSURE if measure.none == 0 else UNSURE_ALONE
    if measure.few:
        reason = "; ".join(part for part in (reason, few(minimum)) if part)
        return {"verdict": verdict, "reason": reason, "estimate": None, "rows": measure.rows}
    return {"verdict": verdict, "reason": reason, "estimate": measure.estimate(harm.alpha), "rows": measure.rows}


def share_alone(happened: int, n: int, margin: float, minimum: int) -> Measure:
    """A share of the students contacted, which nothing can be compared with: its exact interval beside the margin."""
    return Measure(
        happened / n,
        n,
        lambda level: clopper_pearson(happened, n, level),
        "share",
        "clopper-pearson",
        margin,
        few=tells_few(happened, n, minimum),
    )


def share_difference(
    happened: Bools, treated: Bools, names: tuple[str, str], minimum: int, groups: Codes | None = None
) -> Measure:
    """The share of those drawn for the contact less that of the others, with the share of each arm as rows.

    Where whole ``groups`` were drawn the error allows their students to share their fate; where nothing, or the same
    for all, happened, each group counts once.
    """
    (a, n_a), (b, n_b) = counts = [(int(happened[arm].sum()), int(arm.sum())) for arm in (treated, ~treated)]
    hidden = any(tells_few(*count, minimum) for count in counts)
    rows = tuple(
        Row({"arm": name}, None, "suppressed", few(minimum)) if hidden else Row({"arm": name}, share(*count))
        for name, count in zip(names, counts, strict=True)
    )
    if groups is not None and happened.any() and not happened.all():
        found = clustered_difference(happened.astype(float), treated, groups)
        return Measure(found.value, n_a + n_b, found.interval, method="cr2", rows=rows, few=hidden)
    sizes = (n_a, n_b) if groups is None else tuple(len(np.unique(groups[arm])) for arm in (treated, ~treated))
    shares = a / n_a, b / n_b
    return Measure(
        shares[0] - shares[1],
        n_a + n_b,
        lambda level: newcombe_difference(shares[0] * sizes[0], sizes[0], shares[1] * sizes[1], sizes[1], level)[1:],
        rows=rows,
        few=hidden,
    )


def clustered_difference(
    values: Floats, treated: Bools, groups: Codes, covariates: Floats | None = None
) -> Coefficient:
    """Difference between arms of whole groups, given centred covariates, with CR2 errors."""
    given = np.empty((len(values), 0)) if covariates is None else covariates - covariates.mean(axis=0)
    design = np.column_stack([np.ones(len(values)), treated.astype(float), given])
    contrast = np.zeros(design.shape[1])
    contrast[1] = 1.0
    return least_squares(design, values, groups).of(contrast)


def less_activity(change: Coefficient) -> Measure:
    """A difference of logarithms, as the share of activity that is lost.

    >>> round(less_activity(Coefficient(float(np.log(0.95)), 0.01, 100, 102)).value, 6)
    0.05
    """

    def ends(level: float) -> tuple[float, float]:
        lower, upper = change.interval(level)
        return 1 - float(np.exp(upper)), 1 - float(np.exp(lower))

    return Measure(1 - float(np.exp(change.value)), change.n, ends, "share", "lin-hc2-log")
