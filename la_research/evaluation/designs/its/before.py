"""What a series did before the start: a straight course, one like the control's, and nothing else in the way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from la_research.evaluation.design import Asked, Check
from la_research.evaluation.designs.its.read import Asks, Curve, Curves, contrast, curves_of, method_of
from la_research.evaluation.sample import Sample
from la_research.protocol.designs.its import Series
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.power import detectable
from la_research.statistics.segmented import STEADY, Interrupted, Segments

NEAR = 2
"""Steps from the start within which another change can not be told from the support."""
WRONG = "the series would have gone another way without the support too, and the change holds that"


def checks(sample: Sample, asked: Asked) -> list[Check]:
    """The checks of the series; it is handed outcomes from before the start alone.

    The placebo start and the bend look for the same fault, so each is held to half the limit.
    """
    settings: Series = asked.settings
    curves = curves_of(sample, settings).before()
    limit, rate = asked.gate.trends, f"{sample.unit} a unit of time"
    people = int(sample["people"][0])
    placebo, bend, slope = (
        found and replace(found, n=people)
        for found in (_placebo(curves, settings), _bend(curves, settings), _slope(curves, settings))
    )
    found = [
        _held("placebo_start", "No change at a start that never was", placebo, limit / 2, sample.unit, asked),
        _held("straight", "The course before the start is straight", bend, limit / 2, f"{sample.unit} of bend", asked),
    ]
    if curves.control is not None:
        statement = "The series and its control were on parallel courses before"
        found.append(_held("parallel", statement, slope, limit, rate, asked))
    return [*found, _other_changes(curves, settings)]


def _held(name: str, statement: str, found: Coefficient | None, limit: float, unit: str, asked: Asked) -> Check:
    if found is None:
        return Check(name, statement, None, "too few times before the start", WRONG)
    estimate = found.estimate(unit, method_of(asked.settings), asked.level)
    power = f"one of {detectable(found.se):.3g} would be found with about 80 % power"
    return Check(
        name, statement, found.p >= limit, f"{estimate}; p = {found.p:.2g}, limit {limit:g}; {power}", WRONG, estimate
    )


def _placebo(curves: Curves, settings: Series) -> Coefficient | None:
    """The change of level at the middle of the times before the start."""
    middle = float(curves.times[len(curves.times) // 2])
    return _asked(curves, settings, Segments(middle, True, False), lambda fit: fit.effect_at(middle))


def _bend(curves: Curves, settings: Series) -> Coefficient | None:
    """How far a parabola lies, at the ends, above a straight line that touches it in the middle."""
    bent = replace(curves, fitted=tuple(_with_square(curve) for curve in curves.fitted))

    def square(fit: Interrupted) -> Coefficient:
        column = STEADY + fit.segments.seasonal(fit.times).shape[1]
        return fit.fitted.of(np.eye(len(fit.fitted.beta))[column])

    return _asked(bent, settings, Segments(float(curves.times[0]), False, False), square)


def _with_square(curve: Curve) -> Curve:
    reach = np.ptp(curve.times) / 2
    square = ((curve.times - curve.times[0]) / reach - 1) ** 2 if reach else np.zeros_like(curve.times)
    return replace(curve, given=np.column_stack([square, curve.given]))


def _slope(curves: Curves, settings: Series) -> Coefficient | None:
    """The slope of what the series had more than its control."""
    return _asked(curves, settings, Segments(float(curves.times[0]), False, False), lambda fit: fit.before())


def _asked(curves: Curves, settings: Series, plain: Segments, asks: Asks) -> Coefficient | None:
    """A question to the times before; the season is in it where two of them fit. None where there are too few."""
    fits = settings.season is not None and np.ptp(curves.times) >= 2 * settings.season
    segments = replace(plain, season=settings.season if fits else None, harmonics=settings.harmonics)
    return contrast(curves.fits(segments), asks) if curves.enough(segments) else None


def _other_changes(curves: Curves, settings: Series) -> Check:
    statement, meaning = "Nothing else that is known changed near the start", "the change may be that of another event"
    if settings.changes is None:
        return Check("other_changes", statement, None, "it was not registered whether anything did", meaning)
    reach = max(NEAR * curves.step, settings.lag)
    near = [time for time in settings.changes if math.fabs(time - curves.start) <= reach]
    evidence = f"{len(settings.changes)} known, {len(near)} of them within {reach:g} of the start"
    return Check("other_changes", statement, not near, evidence, meaning)
