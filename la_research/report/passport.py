"""The appendix that says how often the intervals of this study's methods held the truth where it is known."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evidence import Evidence
from la_research.finding import Estimate
from la_research.report.document import Block, Bullets, Cell, Paragraph, Section, Table
from la_research.report.measured import (
    CLOSE,
    LEAST,
    LIMIT,
    NOMINAL,
    Distance,
    Measured,
    Neighbour,
    Used,
    methods_used,
    neighbour,
    worst_news,
)

NOT_MEASURED = "not measured for data like these"
KINDS = {
    "between": "association between students",
    "within": "association within a student",
    "effect": "effect of what was given by lot",
}
COLUMNS = (
    "Method",
    "Answers",
    "Promised",
    "Measured, with Monte Carlo error; n is draws with an interval",
    "Cell",
    "How near",
)
HOW = (
    "An interval promises to hold the true size at its nominal level. Whether it does is measured on synthetic "
    "students, where the true size is known: many cohorts are drawn from one scenario with one number of students (a "
    "cell), each is analysed as registered, and the intervals that hold it are counted."
)
NEAR = (
    "A study is near a cell by what can be seen of both: the design, the number of students behind the estimate, the "
    "smaller arm where two are compared, the share of answers missing and the reliability of the questionnaire. "
    "Twice or half as many students is one step, and so are ten points of the share missing, or 0.10 of reliability; "
    "the largest counts. Up to one step is close, up to two is some way off, and what lies further says nothing "
    "about this study. Nor does a cell of another design, or one in which fewer than 95 % of the draws had an "
    "interval. Where something of the study is not known, no cell is close."
)
WORST = (
    "Where in a cell within two steps the truth was held less often than promised, by more than two points, the "
    "worst such cell is quoted, not the nearest. Where a method answers several hypotheses, each is looked up and "
    "the least reassuring is quoted."
)
HIDDEN = (
    "Data can differ from every cell in what can not be seen; a cell that is close is a reason to hope, not a proof."
)


def passport_section(evidence: Evidence, passport: Sequence[Measured]) -> Section:
    """Once per method: what its nominal level measured in the nearest cell, and how near that is.

    Parameters
    ----------
    evidence
        What the study found; only the methods behind its hypotheses' plain intervals are
        looked up. Other methods that gave it an interval are named as not measured.
    passport
        The rows of the shipped table.

    Examples
    --------
    >>> import la_research as lar
    >>> study = lar.load_protocol("tests/protocol/minimal.yaml")
    >>> passport_section(lar.collect_evidence(study, provenance={"data": "synthetic"}), []).blocks[1].text
    'No registered hypothesis of this study has an interval.'
    """
    used = methods_used(evidence)
    methods = dict.fromkeys((one.method, one.kind) for one in used)
    rows = tuple(_row([one for one in used if (one.method, one.kind) == each], passport) for each in methods)
    blocks: list[Block] = [Paragraph(HOW)]
    if rows:
        blocks.append(Table("passport", "How often each method's interval held the truth", COLUMNS, rows))
    else:
        blocks.append(Paragraph("No registered hypothesis of this study has an interval."))
    blocks += [Bullets((NEAR, WORST, HIDDEN)), *_others(evidence, used)]
    return Section("passport", "Do the intervals hold what they promise?", tuple(blocks), appendix=True)


def _row(same: Sequence[Used], passport: Sequence[Measured]) -> tuple[Cell, ...]:
    """What a method's hypotheses of one kind come to: the least reassuring, and those that no cell speaks of."""
    found = [(one, neighbour(one, passport)) for one in same]
    used, worst = min(found, key=worst_news)
    names = ", ".join(one.hypothesis for one in same)
    silent = [one.hypothesis for one, near in found if near is None or not near.quotable]
    *quoted, near = _quoted(used, worst)
    if len(same) > 1:
        near = f"for {used.hypothesis}: {near}; not measured for: {', '.join(silent) or 'none'}"
    return f"{used.method}: {KINDS[used.kind]}", names, f"{100 * NOMINAL:.0f} %", *quoted, near


def _quoted(used: Used, found: Neighbour | None) -> tuple[Cell, str, str]:
    """The measured share, the cell and how near it is."""
    if found is None:
        return NOT_MEASURED, "none", f"no cell measured the method over {LEAST:,} draws or more"
    cell, near = found.cell, found.distance
    name = f"{cell.scenario}, {cell.students:,} students drawn, {cell.n:,} behind the estimate"
    if near.steps > LIMIT:
        return NOT_MEASURED, f"nearest: {name}", f"too far in {near.by}"
    worst = " (the worst within reach)" if found.worst else ""
    if not found.quotable:
        return NOT_MEASURED, name + worst, f"there {100 * cell.analysed:.1f} % of the draws had an interval"
    share = Estimate(
        cell.coverage, cell.coverage_lower, cell.coverage_upper, NOMINAL, "share", cell.estimated, "wilson"
    )
    return share, name + worst, f"{_in_words(near)}; {used.features.n:,} students here"


def _in_words(near: Distance) -> str:
    """The distance as a reader meets it: how near, by what, and what is not known."""
    if near.close:
        return "close"
    most = f", most in {near.by}" if near.steps > CLOSE else ""
    unknown = f", perhaps further (not known here: {', '.join(near.unknown)})" if near.unknown else ""
    return f"some way off{most}{unknown}"


def _others(evidence: Evidence, used: Sequence[Used]) -> list[Block]:
    """Methods with an interval that stand behind no registered hypothesis; their coverage is in no cell."""
    known = {one.method for one in used}
    estimates = [finding.estimate for finding in evidence.findings]
    estimates += [row.estimate for finding in evidence.findings for row in finding.rows]
    names = sorted({e.method for e in estimates if e is not None and e.lower is not None} - known)
    if not names:
        return []
    return [Paragraph(f"Other intervals of this study were not measured in any cell: {', '.join(names)}.")]
