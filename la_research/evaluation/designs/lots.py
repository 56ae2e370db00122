"""What is checked of any draw: the sizes of its arms, what was known before, and whose outcomes are known."""

from __future__ import annotations

import numpy as np
from scipy import stats

from la_research.disclosure import column_tells_few, tells_few, why_hidden
from la_research.evaluation.design import Asked, Check
from la_research.evaluation.designs.draw import Draw, filled
from la_research.evaluation.sample import Floats, Sample
from la_research.finding import Estimate, Finding, Row
from la_research.statistics.balance import omnibus, standardised_difference
from la_research.statistics.clustered import least_squares
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import newcombe_difference, wilson

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
        return Check("sample_ratio", statement, None, f"{seen}; no planned share was told", BIASED)
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
        return Check("balance", statement, None, "no covariate was named", BIASED)
    found = omnibus(columns, draw.arm, draw.cluster, draw.stratum, sample.rng("balance"))
    if not found.draws:
        return Check("balance", statement, None, "no covariate varies", BIASED)
    evidence = f"p = {found.p:.3g} by {found.draws:,} draws, limit {asked.gate.balance:g}"
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

    It stops where the difference is both larger than the limit and more than chance (99 %):
    alone, the first would stop every small trial, and the second any large one.
    """
    statement = "Outcomes are known as often in every arm"
    meaning = "those whose outcome is known are no longer those who were drawn"
    worst = max((_gap(sample, draw, one) for one in range(1, len(draw.names))), key=lambda gap: abs(gap[0]))
    value, lower, upper = worst
    limit = asked.gate.attrition
    passed = abs(value) <= limit or lower <= 0 <= upper
    if few_unknown(sample, draw):
        evidence = f"the outcomes of some, but of fewer than {sample.minimum} students of an arm, are missing"
        return Check("attrition", statement, passed, evidence, meaning)
    number = Estimate(value, lower, upper, 0.99, "share", len(draw.arm), "newcombe")
    evidence = f"difference of the shares known: {number}, limit {100 * limit:g} % and beyond chance"
    return Check("attrition", statement, passed, evidence, meaning, number)


def _gap(sample: Sample, draw: Draw, arm: int) -> tuple[float, float, float]:
    known = sample.rows["known"].to_numpy(dtype=bool)
    if "cluster" not in sample:
        ones, zeros = known[draw.arm == arm], known[draw.arm == 0]
        return newcombe_difference(int(ones.sum()), len(ones), int(zeros.sum()), len(zeros), 0.99)
    here = (draw.arm == arm) | (draw.arm == 0)
    design = np.column_stack([np.ones(int(here.sum())), draw.arm[here] == arm])
    cluster = np.unique(draw.cluster[here], return_inverse=True)[1]
    found = least_squares(design, known[here].astype(float), cluster).of(np.array([0.0, 1.0]))
    return (found.value, *found.interval(0.99))


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
