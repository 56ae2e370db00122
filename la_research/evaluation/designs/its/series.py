"""One series before and after a start: the change against the course it was on, and against a control series."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from la_research.evaluation.design import Asked, Design, Estimated
from la_research.evaluation.designs.its.before import checks
from la_research.evaluation.designs.its.layout import LAID, laid_out
from la_research.evaluation.designs.its.read import Curves, contrast, curves_of, method_of, segments_of
from la_research.evaluation.sample import Sample
from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.protocol.designs.its import Series
from la_research.statistics.segmented import Interrupted, Segments

LEAST = 8
"""Times before, and after, below which no course is read from a series."""
SHOWN = 40
"""Most times at which what would have been expected is told."""
STRONG = 0.25
"""Autocorrelation of counts from which on intervals are too short: beside Poisson noise it is more than it looks."""
MEASURED = "nominal 95 %, measured 90 %"
"""tests/truth/series_results.csv, counts-strong."""
LARGEST = 50.0
"""Logarithm beyond which a ratio is not worked out."""
WHEN = {"level": "at the start", "mean": "on average over all times after the start", "end": "at the last time"}
COURSE = "Without the support the series would have gone on as before"
ALONE = "One series before and after holds whatever else changed at the start."
SLOPE = (
    "It says by how much more, or less, the outcome moves from one time to the next since the start: beside "
    "a change of level, an effect that grows or fades."
)
CONTROL = (
    "Nothing started there: a change says that something else happened to both. It is taken off the effect "
    "already, and a wide interval says little."
)
STUDENTS_CHANGE = "Who the students are may change with time; a change of the series is not that of a student."


def _prepared(sample: Sample, asked: Asked) -> Sample:
    laid = laid_out(sample, asked.settings)
    return sample if isinstance(laid, str) else laid


def _reason(sample: Sample, asked: Asked) -> str:
    if LAID not in sample:
        return str(laid_out(sample, asked.settings))
    settings: Series = asked.settings
    curves = curves_of(sample, settings)
    for curve in curves.fitted:
        before = curve.times < curves.start
        for count, side in ((before.sum(), "before"), ((~before).sum(), "after")):
            if count < LEAST:
                return f"the outcome is known at {count} times {side} the start; {LEAST} are needed"
        if settings.family == "poisson" and not min(curve.y[before].max(), curve.y[~before].max()) > 0:
            return "nothing was counted before the start, or nothing after it"
        if settings.season is not None and np.ptp(curve.times[before]) < settings.season:
            return "less than one season lies before the start: it can not be told from the change"
    if not curves.enough(segments_of(settings, curves.start)):
        return "the outcome is the same at all times, or there are too few of them for what is in the regression"
    return ""


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    settings: Series = asked.settings
    curves, people = curves_of(sample, settings), int(sample["people"][0])
    segments = segments_of(settings, curves.start)
    fits = curves.fits(segments)
    times = _times(curves, settings)
    headline = replace(contrast(fits, lambda fit: fit.effect_at(times)), n=people)
    method = method_of(settings)
    rows = _ratios(headline.value, headline.interval(asked.level), people, method, asked) if curves.counts else ()
    control = "" if curves.control is None else " more than the control series did"
    estimand = f"It is how far the series lies from the course it was on, {WHEN[settings.estimand]},{control}."
    return Estimated(
        headline,
        method,
        estimand.replace(",.", "."),
        (*rows, *_autocorrelation(fits)),
        tuple(_beside(sample, asked, curves, segments, fits)),
        (Assumption(COURSE, None, "what would have been is never seen; the checks look at the course before"),),
        (*(() if curves.control else (ALONE,)), STUDENTS_CHANGE),
        MEASURED if curves.counts and max(fit.fitted.rho for fit in fits) > STRONG else "",
    )


def _times(curves: Curves, settings: Series) -> np.ndarray:
    after = curves.times[curves.times >= curves.start]
    return {"level": np.array([curves.start]), "mean": after, "end": after[-1:]}[settings.estimand]


def _ratios(value: float, ends: tuple[float, float], n: int, method: str, asked: Asked) -> tuple[Row, ...]:
    """The logarithm of a ratio as what it is in per cent."""
    change, low, high = (100 * math.expm1(min(end, LARGEST)) for end in (value, *ends))
    return (Row({"what": "change in per cent"}, Estimate(change, low, high, asked.level, "per cent", n, method)),)


def _autocorrelation(fits: list[Interrupted]) -> tuple[Row, ...]:
    """How alike neighbouring times are, beyond course and season; of the series that starts."""
    fitted = fits[0].fitted
    keys = {"what": "autocorrelation of neighbouring times"}
    return (Row(keys, Estimate(fitted.rho, None, None, None, "correlation", fitted.n, "reml")),)


def _beside(sample: Sample, asked: Asked, curves: Curves, segments: Segments, fits: list[Interrupted]) -> list[Finding]:
    people, method, per_time = int(sample["people"][0]), method_of(asked.settings), f"{sample.unit} a unit of time"
    found = []
    if segments.slope:
        slope = replace(contrast(fits, lambda fit: fit.slope()), n=people)
        shown = slope.estimate(per_time, method, asked.level)
        question = "Did the slope of the series change?"
        found.append(Finding(asked.id("slope"), question, "described", shown, limitations=(SLOPE,)))
    found.append(_counterfactual(sample, asked, curves, fits[0]))
    if curves.control is not None:
        times = _times(curves, asked.settings)
        alone = replace(curves.fit(curves.control, segments).effect_at(times), n=people)
        question = "Did the control series change at the same time?"
        held = alone.estimate(sample.unit, method, asked.level)
        found.append(Finding(asked.id("control"), question, "described", held, limitations=(CONTROL,)))
    return found


def _counterfactual(sample: Sample, asked: Asked, curves: Curves, fit: Interrupted) -> Finding:
    """What the series would have been after the start, at up to 40 times; counts as they would have been counted."""
    after = np.flatnonzero(fit.times >= curves.start)
    shown = after[np.unique(np.linspace(0, len(after) - 1, min(SHOWN, len(after))).round().astype(int))]
    people, rows = int(sample["people"][0]), []
    for at in shown:
        expected = fit.expected(int(at))
        value, low, high = _as_seen(np.array([expected.value, *expected.interval(asked.level)]), curves, at)
        unit = "counts" if curves.counts else sample.unit
        held = Estimate(value, low, high, asked.level, unit, people, method_of(asked.settings))
        rows.append(Row({"time": float(fit.times[at])}, held))
    question = "What would have been expected after the start without the support?"
    limits = ("The intervals are those of the expected course, not of single values around it.",)
    return Finding(asked.id("counterfactual"), question, "described", None, tuple(rows), limitations=limits)


def _as_seen(values: np.ndarray, curves: Curves, at: int) -> list[float]:
    """What is expected of the fitted curve as the series itself: counted, or beside what its control was."""
    if curves.counts:
        return list(np.exp(np.minimum(values, LARGEST)) * curves.fitted[0].exposure[at])
    if curves.control is not None:
        return list(values + curves.control.y[curves.control.times == curves.times[at]])
    return list(values)


ITS = Design(
    "its",
    Series,
    ("outcome", "time"),
    ("treatment", "first", "cluster", "unit", "exposure"),
    _reason,
    checks,
    _estimated,
    _prepared,
    people=False,
)
