"""The curves that are fitted: the series that starts, less its control where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.sample import Sample
from la_research.protocol.designs.its import Series
from la_research.statistics.coefficient import Coefficient, independent_difference
from la_research.statistics.segmented import Interrupted, Segments, columns, interrupted

Floats = npt.NDArray[np.float64]
SPARE = 4
"""Times that a fit needs beyond its columns."""
Asks = Callable[[Interrupted], Coefficient]


@dataclass(frozen=True)
class Curve:
    """One series: times in order, its values, covariates and exposure at them."""

    times: Floats
    y: Floats
    given: Floats
    exposure: Floats

    def until(self, end: float) -> Curve:
        """What came before a time."""
        kept = self.times < end
        return Curve(self.times[kept], self.y[kept], self.given[kept], self.exposure[kept])


@dataclass(frozen=True)
class Curves:
    """What is fitted.

    Parameters
    ----------
    fitted
        The series that starts; with a control its difference to it, or both where they are counts.
    control
        The control alone; None without one.
    start, step
        When the support starts, and the smallest step between two times.
    counts, independent
        As registered.
    """

    fitted: tuple[Curve, ...]
    control: Curve | None
    start: float
    step: float
    counts: bool
    independent: bool

    @property
    def times(self) -> Floats:
        """Times of what is fitted first."""
        return self.fitted[0].times

    def before(self) -> Curves:
        """The same before the start."""
        control = self.control.until(self.start) if self.control else None
        return replace(self, fitted=tuple(curve.until(self.start) for curve in self.fitted), control=control)

    def enough(self, segments: Segments) -> bool:
        """Whether every curve has times to spare, and columns that can be told apart."""
        return all(_enough(curve, columns(segments, curve.times, curve.given)) for curve in self.fitted)

    def fits(self, segments: Segments) -> list[Interrupted]:
        """A regression for each curve."""
        return [self.fit(curve, segments) for curve in self.fitted]

    def fit(self, curve: Curve, segments: Segments) -> Interrupted:
        """The regression of one curve."""
        return interrupted(
            curve.y, curve.times, segments, given=curve.given, exposure=curve.exposure, counts=self.counts,
            independent=self.independent,
        )  # fmt: skip


def contrast(fits: list[Interrupted], asks: Asks) -> Coefficient:
    """What is asked of the one fit, or its difference between the series that starts and its control."""
    first, *other = (asks(fit) for fit in fits)
    return independent_difference(first, other[0]) if other else first


def method_of(settings: Series) -> str:
    """Stable short name of how series are fitted."""
    family = "quasi-poisson" if settings.family == "poisson" else "least-squares"
    if settings.errors == "independent":
        return family
    return "quasi-poisson-ar1" if settings.family == "poisson" else "reml-ar1"


def segments_of(settings: Series, start: float) -> Segments:
    """What is registered of the change, at its start."""
    level, slope = settings.model in ("level", "both"), settings.model in ("slope", "both")
    return Segments(start, level, slope, settings.season, settings.harmonics)


def curves_of(sample: Sample, settings: Series) -> Curves:
    """The curves of a sample that is laid out; times whose value or covariates are not known are left out."""
    rows = sample.rows
    started = np.isfinite(sample["first"])
    start = float(sample["first"][started][0])
    counts = settings.family == "poisson"
    names = list(sample.covariates)
    treated = _curve(rows[started], names)
    control = _curve(rows[~started], names) if (~started).any() else None
    fitted: tuple[Curve, ...] = (treated,)
    if control is not None:
        fitted = (treated, control) if counts else (_less(rows, started, names),)
    step = float(np.diff(np.unique(sample["time"])).min()) if rows["time"].nunique() > 1 else 1.0
    return Curves(fitted, control, start, step, counts, settings.errors == "independent")


def _curve(rows: pd.DataFrame, names: list[str]) -> Curve:
    known = rows.dropna(subset=["outcome", *names]).sort_values("time")
    exposure = known["exposure"] if "exposure" in known else pd.Series(1.0, index=known.index)
    times, y = known["time"].to_numpy(dtype=float), known["outcome"].to_numpy(dtype=float)
    return Curve(times, y, known[names].to_numpy(dtype=float), np.asarray(exposure, dtype=float))


def _less(rows: pd.DataFrame, started: npt.NDArray[np.bool_], names: list[str]) -> Curve:
    """What the series has more than its control, at times at which both are known."""
    numbers = ["outcome", *names]
    ours, theirs = (rows[side].set_index("time")[numbers] for side in (started, ~started))
    return _curve((ours - theirs).rename_axis("time").reset_index(), names)


def _enough(curve: Curve, x: Floats) -> bool:
    if len(x) < x.shape[1] + SPARE or np.ptp(curve.y) == 0:
        return False
    return bool(np.linalg.matrix_rank(x) == x.shape[1])
