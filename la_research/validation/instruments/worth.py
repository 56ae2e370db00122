"""One wave by itself: on how many dimensions the items lie, how consistent their sum is, and one factor behind them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Key, Row, not_analysed
from la_research.statistics.psychometrics.reliability import Coefficient, cronbach_alpha, mcdonald_omega, unreversed
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.instruments.asked import Asked
from la_research.validation.scale.consistency import (
    NO_CONSTRUCT,
    NO_DIAGNOSIS,
    dimensions,
    of_rows,
    one_student,
    ordinal_coefficient,
    same_way,
)
from la_research.validation.scale.structure import NO_CUTOFF, STANDARDISED, exact, fitted, indices, loading_rows

ONE_WAVE = "it is asked of the wave of week {week} alone, of those who answered every question"


def dimension_finding(asked: Asked) -> Finding:
    """Parallel analysis of one wave."""
    draw = asked.ground.rng("instrument", asked.slug, "parallel")
    found = dimensions(asked.plan, asked.whole(asked.wave), draw)
    found = asked.named(found, "dimensions", f"On how many dimensions do the questions of {asked.name} lie?")
    return replace(found, limitations=(*found.limitations, ONE_WAVE.format(week=asked.week)))


def reliability_finding(asked: Asked) -> Finding:
    """Omega and alpha of every wave; at the wave of the outcome ordinal alpha, and the worth of one student's score."""
    question = f"How consistent is the score of {asked.name}, and which change of one student is more than error?"
    rows = _coefficient(asked, asked.wave, "omega")
    rows += [
        row for wave in range(len(asked.weeks)) if wave != asked.wave for row in _coefficient(asked, wave, "omega")
    ]
    rows += [row for wave in range(len(asked.weeks)) for row in _coefficient(asked, wave, "alpha")]
    rows += _coefficient(asked, asked.wave, "ordinal alpha")
    way: tuple[Assumption, ...] = ()
    try:
        items = asked.whole(asked.wave)
        alpha, against = cronbach_alpha(items, asked.level), unreversed(items)
    except Unfit:
        pass  # the rows of this wave say why
    else:
        rows += one_student(
            asked.points * float(np.std(items.sum(axis=1), ddof=1)), alpha, asked.level, {"week": asked.week}
        )
        way = (same_way([against]),)
    found = of_rows("validation.instrument.reliability", question, rows, NO_CONSTRUCT, NO_DIAGNOSIS, assumptions=way)
    return asked.named(replace(found, estimate=rows[0].estimate), "reliability", question)


def structure_finding(asked: Asked) -> Finding:
    """One factor behind ordered answers: fit, and loadings."""
    question = f"Do the questions of {asked.name} measure one thing?"
    name = f"validation.instrument.{asked.slug}.structure"
    try:
        found = fitted(asked.plan, asked.whole(asked.wave), asked.plan.columns)
    except Unfit as unfit:
        return not_analysed(name, question, str(unfit))
    fit = indices(found.fit, found.estimator.lower(), {})
    loadings = [
        replace(row, keys={"what": "loading", "item": row.keys["item"]}) for row in loading_rows(asked.plan, found)
    ]
    limits = NO_CUTOFF, STANDARDISED, ONE_WAVE.format(week=asked.week)
    return Finding(name, question, "described", fit[0].estimate, (*fit, *loadings), (exact(found),), limits)


def _coefficient(asked: Asked, wave: int, what: str) -> list[Row]:
    """A coefficient of one wave as a row, or why there is none."""
    kinds = {
        "alpha": (cronbach_alpha, "feldt"),
        "omega": (mcdonald_omega, "one-factor-ml"),
        "ordinal alpha": (ordinal_coefficient, "polychoric-delta"),
    }
    coefficient, method = kinds[what]
    keys: dict[str, Key] = {"what": what, "week": asked.weeks[wave]}
    try:
        found: Coefficient = coefficient(asked.whole(wave), asked.level)
    except Unfit as unfit:
        return [Row(keys, None, "not analysed", str(unfit))]
    return [Row(keys, Estimate(found.value, found.lower, found.upper, asked.level, what, found.n, method))]
