"""What is checked of any draw: the sizes of its arms, what was known before, and whose outcomes are known."""

from __future__ import annotations

import numpy as np
from scipy import stats

from la_research.disclosure import column_tells_few, tells_few, why_hidden
from la_research.evaluation.answered import SOME, STATEMENT, Answered
from la_research.evaluation.design import Asked, Check
from la_research.evaluation.designs.draw import Draw, filled
from la_research.evaluation.sample import Floats, Sample
from la_research.finding import Estimate, Finding, Row
from la_research.statistics.balance import omnibus, standardised_difference
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import wilson

BIASED = "students of one arm were lost after the draw, or the draw was not what was planned"
SHOWN = 8
"""Differences that a sentence lists, the largest first."""


def lot_checks(sample: Sample, asked: Asked, draw: Draw) -> list[Check]:
    """The checks of a draw; the sample is blinded. What was known before is shown, and never stops an effect alone."""
    return [
        _sample_ratio(sample, asked, draw),
        _balance(sample, asked, draw),
        *_largest(sample, draw),
        _attrition(sample, asked, draw),
        _selection(sample, asked, draw),
    ]


def _sample_ratio(sample: Sample, asked: Asked, draw: Draw) -> Check:
    statement = "The arms are of the sizes planned"
    first = np.unique(draw.cluster, return_index=True)[1]
    counts = np.bincount(draw.arm[first], minlength=len(draw.names))
    what = "groups" if "cluster" in sample else "students"
    hidden = "cluster" not in sample and few_unknown(sample, draw)
    told = [f"{100 * count / counts.sum():.0f} % of" if hidden else f"{count:,}" for count in counts]
    seen = ", ".join(f"{one} {what} '{name}'" for one, name in zip(told, draw.names, strict=True))
    if draw.planned is None:
        return Check("sample_ratio", statement, None, f"{seen}; no planned share was told", BIASED, by_draw=True)
    n = int(counts.sum())
    p = (
        stats.binomtest(int(counts[1]), n, float(draw.planned[1])).pvalue
        if len(counts) == 2
        else stats.chisquare(counts, n * draw.planned).pvalue
    )
    share = Estimate(counts[1] / n, *wilson(counts[1], n, 0.99), 0.99, "share", len(draw.arm), "wilson")
    shares = ", ".join(f"{100 * one:.0f} %" for one in draw.planned)
    passed = bool(p >= asked.gate.sample_ratio)
    evidence = f"{seen}; planned {shares}; p = {p:.3g}, limit {asked.gate.sample_ratio:g}"
    return Check("sample_ratio", statement, passed, evidence, BIASED, None if hidden else share)


def _balance(sample: Sample, asked: Asked, draw: Draw) -> Check:
    statement = "What was known before lies no further apart than the draw sets it"
    columns = filled(sample)
    if not columns.shape[1]:
        return Check("balance", statement, None, "no covariate was named", BIASED, by_draw=True)
    found = omnibus(columns, draw.arm, draw.cluster, draw.stratum, sample.rng("balance"))
    if not found.draws:
        return Check("balance", statement, None, "no covariate varies", BIASED, by_draw=True)
    early = ", stopped early as unremarkable" if found.stopped_early else ""
    evidence = f"p = {found.p:.3g} by {found.draws:,} draws{early}, limit {asked.gate.balance:g}"
    return Check("balance", statement, found.p >= asked.gate.balance, evidence, BIASED)


def _largest(sample: Sample, draw: Draw) -> list[Check]:
    """The largest difference in SDs, for readers: differences of a sound draw are chance."""
    each = [(name, found) for name, found in differences(sample, draw) if found]
    if not each:
        return []
    each.sort(key=lambda pair: -abs(pair[1].value))
    worst = each[0][1]
    listed = ", ".join(f"{name} {found.value:+.2f}" for name, found in each[:SHOWN])
    level = 1 - 0.01 / len(each)
    lower, upper = worst.interval(level)
    number = Estimate(worst.value, lower, upper, level, "SD", worst.n, "standardised-difference")
    meaning = "chance set the arms apart in it, which the adjusted effect allows for"
    statement = "No covariate lies further apart than chance sets the largest of them"
    return [Check("largest_difference", statement, lower <= 0 <= upper, f"{listed} SD", meaning, number, gates=False)]


def differences(sample: Sample, draw: Draw) -> list[tuple[str, Coefficient | None]]:
    """The standardised difference of each covariate between the arm asked about and the control.

    None stands for one that would tell of a few.
    """
    two = draw.arm <= 1
    drawn, columns = draw.drawn[two], sample.given[two].T
    hidden = [column_tells_few(column, drawn, sample.minimum) for column in columns]
    return [
        (name, None if few else standardised_difference(column, drawn))
        for name, column, few in zip(sample.covariates, columns, hidden, strict=True)
    ]


def balance_finding(sample: Sample, asked: Asked, draw: Draw) -> tuple[Finding, ...]:
    """Part ``balance``: each covariate's difference in standard deviations; none where none was named."""
    each = differences(sample, draw)
    rows = tuple(_difference(name, found, sample.minimum) for name, found in each)
    said = "A draw sets arms apart by chance: differences are shown, and the adjusted effect allows for them."
    question = "How far apart do the arms lie in what was known before?"
    finding = Finding(asked.id("balance"), question, "described", None, rows, limitations=(said,))
    return (finding,) if rows else ()


def _difference(name: str, found: Coefficient | None, minimum: int) -> Row:
    keys = {"what": "standardised difference", "indicator": name}
    if found is None:
        return Row(keys, None, "suppressed", why_hidden(minimum))
    return Row(keys, found.estimate("SD", "standardised", 0.95))


def few_unknown(sample: Sample, draw: Draw) -> bool:
    """Whether the outcome of some but few students of an arm is not known, or known, so that no share of it is told."""
    known = sample.rows["known"].to_numpy(dtype=bool)
    arms = [known[draw.arm == one] for one in range(len(draw.names))]
    return any(tells_few(int(held.sum()), len(held), sample.minimum) for held in arms)


def _attrition(sample: Sample, asked: Asked, draw: Draw) -> Check:
    """Whether outcomes are known alike: the arm that differs most, judged by its size and by chance.

    The rule is that of ``Answered``, as in ``evaluation.attrition``.
    """
    meaning = "those whose outcome is known are no longer those who were drawn"
    known = sample.rows["known"].to_numpy(dtype=bool)
    cluster = draw.cluster if "cluster" in sample else None
    found = Answered.of(known, draw.arm, cluster, asked.gate.attrition)
    if few_unknown(sample, draw):
        return Check("attrition", STATEMENT, found.alike, SOME.format(minimum=sample.minimum), meaning)
    return Check("attrition", STATEMENT, found.alike, found.evidence, meaning, found.estimate)


def _selection(sample: Sample, asked: Asked, draw: Draw) -> Check:
    statement = "The same sort of students answered in every arm"
    meaning = "other students were lost in one arm than in the other, even where as many were"
    known = sample.rows["known"].to_numpy(dtype=float)
    columns = _leaning(filled(sample), known)
    found = omnibus(columns, draw.arm, draw.cluster, draw.stratum, sample.rng("selection"))
    if not found.draws:
        seen = "every outcome is known" if known.all() else "no covariate tells the students apart"
        return Check("selection", statement, True if known.all() else None, seen, meaning)
    limit = asked.gate.selection
    evidence = f"who answered leans on what was known before alike, p = {found.p:.3g}, limit {limit:g}"
    return Check("selection", statement, found.p >= limit, evidence, meaning)


def _leaning(columns: Floats, known: Floats) -> Floats:
    """How far knowing the outcome goes with each covariate, one term a student; their means differ where it leans."""
    found: Floats = (known - known.mean())[:, None] * (columns - columns.mean(axis=0))
    return found
