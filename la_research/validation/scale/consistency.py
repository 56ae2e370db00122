"""On how many dimensions items lie, how consistent their sum is, and what one student's sum is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Key, Row, not_analysed
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.dimensionality import parallel_analysis
from la_research.statistics.psychometrics.polychoric import ordinal_alpha
from la_research.statistics.psychometrics.precision import (
    BandError,
    conditional_error,
    measurement_error,
    reliable_change,
)
from la_research.statistics.psychometrics.reliability import (
    Coefficient,
    complete,
    cronbach_alpha,
    mcdonald_omega,
    unreversed,
)
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.scale.enough import enough
from la_research.validation.scale.plan import ScalePlan

BANDS = 5
"""Bands of sums whose error is told, where each has students enough."""
NO_CONSTRUCT = (
    "items that agree measure something in common; whether it is what the scale is named after is not asked here"
)
NO_DIAGNOSIS = "the error is that of groups of students with like sums: one student's own may be larger or smaller"
NO_INTERVAL = "it suggests a number: factors that correlate closely are missed, and small ones of many rows are counted"
QUESTIONS = {
    "alpha": "How consistent is the sum of the items, if all measure one thing equally well?",
    "omega": "How much of the sum's variance comes from one common factor?",
    "ordinal_alpha": "How consistent are the variables behind the ordered answers?",
}


def dimensions(plan: ScalePlan, held: Floats, draw: np.random.Generator) -> Finding:
    """Eigenvalues beside those of permuted items, up to two past the last that is above chance."""
    name, question = "validation.scale.dimensionality", "On how many dimensions do the items lie?"
    try:
        found = parallel_analysis(enough(held, "the number of dimensions"), draw, plan.items)
    except Unfit as unfit:
        return not_analysed(name, question, str(unfit))
    kinds = ("found", found.eigenvalues, "eigenvalue"), ("by chance", found.chance, "permuted-95-percentile")
    rows = tuple(
        Row({"what": what, "component": i + 1}, _plain(float(values[i]), "eigenvalue", found.n, method))
        for i in range(min(len(plan.items), found.dimensions + 2))
        for what, values, method in kinds
    )
    estimate = _plain(found.dimensions, "dimensions", found.n, "parallel-analysis")
    return Finding(name, question, "described", estimate, rows, limitations=(NO_INTERVAL,))


def coefficients(plan: ScalePlan, held: Floats) -> Iterator[Finding]:
    """Alpha, omega, and alpha of ordered answers where they are asked for, each for every factor's items."""
    yield _by_factor(plan, held, "alpha", lambda items, names: cronbach_alpha(items, plan.level, names), "feldt")
    yield _by_factor(
        plan, held, "omega", lambda items, names: mcdonald_omega(items, plan.level, names), "one-factor-ml"
    )
    if plan.ordinal:
        yield _by_factor(
            plan,
            held,
            "ordinal_alpha",
            lambda items, names: ordinal_coefficient(items, plan.level, names),
            "polychoric-delta",
        )


def ordinal_coefficient(items: Floats, level: float, names: Sequence[str] | None = None) -> Coefficient:
    """Ordinal alpha of rows enough for the correlations behind it."""
    return ordinal_alpha(enough(items, "alpha of ordered answers"), level, names)


def precision(plan: ScalePlan, held: Floats) -> Finding:
    """Standard error of measurement and reliable change of each factor's sum, by alpha, and the error by score."""
    name, question = "validation.scale.error", "What is one student's sum worth, and which change is more than error?"
    rows: list[Row] = []
    for (factor, names), columns in zip(plan.factors.items(), plan.columns, strict=True):
        try:
            items = complete(held[:, columns], names=names)
            alpha = cronbach_alpha(items, plan.level, names)
            bands = conditional_error(items, max(1, min(BANDS, len(items) // (2 * plan.minimum))), plan.level)
        except Unfit as unfit:
            rows.append(Row({"scale": factor}, None, "not analysed", str(unfit)))
            continue
        rows += one_student(float(np.std(items.sum(axis=1), ddof=1)), alpha, plan.level, {"scale": factor})
        rows += [
            Row({"scale": factor, "what": "error at sums", "sums": words}, _band(band, plan.level))
            for words, band in _words(bands)
        ]
    return of_rows(name, question, rows, NO_DIAGNOSIS)


def one_student(spread: float, alpha: Coefficient, level: float, keys: Mapping[str, Key]) -> list[Row]:
    """What one student's score is worth where scores have this spread: its standard error, and reliable change."""
    rows = []
    for what, reach in (("standard error of measurement", measurement_error), ("reliable change", reliable_change)):
        value, low, high = (reach(spread, number) for number in (alpha.value, alpha.upper, alpha.lower))
        estimate = Estimate(value, low, high, level, "points", alpha.n, "alpha-feldt")
        rows.append(Row({**keys, "what": what}, estimate))
    return rows


def of_rows(
    name: str, question: str, rows: list[Row], *limits: str, assumptions: tuple[Assumption, ...] = ()
) -> Finding:
    """Described if any row has a number; the only row's is then the headline."""
    if not any(row.estimate for row in rows):
        reasons = "; ".join(dict.fromkeys(str(row.reason) for row in rows))
        return not_analysed(name, question, reasons, rows=tuple(rows))
    headline = rows[0].estimate if len(rows) == 1 else None
    return Finding(name, question, "described", headline, tuple(rows), assumptions, limits)


def _by_factor(
    plan: ScalePlan, held: Floats, word: str, coefficient: Callable[..., Coefficient], method: str
) -> Finding:
    """One coefficient of every factor's items, and whether an item goes against its factor."""
    rows, against = [], []
    for (factor, names), columns in zip(plan.factors.items(), plan.columns, strict=True):
        try:
            found = coefficient(held[:, columns], names)
            against.append(unreversed(held[:, columns], names))
        except Unfit as unfit:
            rows.append(Row({"scale": factor}, None, "not analysed", str(unfit)))
        else:
            unit = word.replace("_", " ")
            estimate = Estimate(found.value, found.lower, found.upper, plan.level, unit, found.n, method)
            rows.append(Row({"scale": factor}, estimate))
    held_so = (same_way(against),) if word == "alpha" else ()
    return of_rows(f"validation.scale.{word}", QUESTIONS[word], rows, NO_CONSTRUCT, assumptions=held_so)


def same_way(against: list[str]) -> Assumption:
    """That all items point the same way, by the sentences on those that do not."""
    wrong = "; ".join(filter(None, against))
    evidence = wrong or "no item goes against the others"
    return Assumption("all items of a scale point the same way", not wrong, evidence)


def _plain(value: float, unit: str, n: int, method: str) -> Estimate:
    return Estimate(value, None, None, None, unit, n, method)


def _band(band: BandError, level: float) -> Estimate:
    if band.n < 2:
        return _plain(band.value, "points", band.n, "binomial-error")
    return Estimate(band.value, band.lower, band.upper, level, "points", band.n, "binomial-error")


def _words(bands: list[BandError]) -> Iterator[tuple[str, BandError]]:
    """Bands by where they are cut; neither the lowest nor the highest sum of a student is told."""
    for i, band in enumerate(bands):
        if len(bands) == 1:
            yield "all", band
        elif i == len(bands) - 1:
            yield f"above {bands[i - 1].high:g}", band
        else:
            yield f"up to {band.high:g}", band
