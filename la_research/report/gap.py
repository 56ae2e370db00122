"""A gap between groups in words and in percentage points: what is shown of it, and how large it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from la_research.finding import Estimate, Finding, Row, number
from la_research.report.catalogue import verdict_words
from la_research.report.document import Cell, Tone

POINTS = "points"
IS_THERE = "a gap is there"
"""How the reason of an open gap begins that is more than chance makes of so many comparisons."""
GAP_ROWS = frozenset((
    "pair", "equivalence", "detectable", "gap", "pooled", "within", "module", "presentation", "as observed",
    "weighted", "bounds", "however it is recorded", "recorded whoever is selected", "recorded less population",
    "in the study less recorded", "labelled less in the study", "change", "planted", "found",
    "sensitivity beyond as many students at random",
))  # fmt: skip
"""What rows are called whose estimate is one share less another."""
THERE = "Gap there, size can not be told"
"""The short form of: groups differ, and whether by more than the margin can not be told."""
COUNTED = {
    "Gap shown": "with a gap shown",
    THERE: "with a gap whose size can not be told",
    "Equal within the margin": "equal within the margin",
    "Can not tell": "can not tell",
}
"""What is said of a reading after the number of comparisons that have it, gaps first."""


def points(held: Estimate) -> Estimate:
    """A gap between two shares in percentage points; any other estimate as it is.

    >>> print(points(Estimate(0.214, 0.02, 0.5, 0.95, "share", 250, "newcombe-tukey")))
    21.4 (95% CI 2.0 to 50.0) points, n = 250
    """
    if held.unit != "share":
        return held
    value, lower, upper = (
        None if end is None else round(100 * end, 10) for end in (held.value, held.lower, held.upper)
    )
    return replace(held, value=value, lower=lower, upper=upper, unit=POINTS)


def gap_cell(held: Estimate | None, word: str | None) -> Cell:
    """A gap as a table prints it: bounds without a value in words, and the word that stands for no number.

    >>> gap_cell(Estimate(None, -0.223, 0.565, 0.95, "share", 748, "by hand"), None)
    'anywhere from −22.3 to +56.5 points (95 %, n = 748)'
    """
    if held is None:
        return word or "not analysed"
    told = points(held)
    if told.value is None and told.lower is not None and told.upper is not None:
        ends = " to ".join(_signed(end, told.unit) for end in (told.lower, told.upper))
        return f"anywhere from {ends} {told.unit} ({100 * (told.level or 0.95):.3g} %, n = {told.n:,})"
    return told


def _signed(value: float, unit: str) -> str:
    return f"{'−' if value < 0 else '+'}{number(abs(value), unit)}"


def is_gap(row: Row) -> bool:
    """Whether a row of an audit is one share less another, and no rate."""
    return row.keys.get("what") in GAP_ROWS


def is_there(finding: Finding) -> bool:
    """Whether an open gap is shown once all comparisons count, so that its size alone is open: the reason says so."""
    return (finding.stage, finding.verdict) == ("audit", "inconclusive") and (finding.reason or "").startswith(IS_THERE)


def gap_verdict(finding: Finding) -> tuple[str, Tone]:
    """What a committee reads of a gap: beyond the margin, there with a size not told, not told at all, or equal."""
    return (THERE, "open") if is_there(finding) else verdict_words(finding.verdict)


def counted_gaps(findings: Sequence[Finding]) -> str:
    """How many comparisons read what, gaps first.

    >>> counted_gaps([Finding("audit.fnr.gender", "Is it?", "equivalent")] * 2)
    '2 equal within the margin'
    """
    words = [gap_verdict(finding)[0] for finding in findings]
    names = [name for name in COUNTED if name in words] + [name for name in dict.fromkeys(words) if name not in COUNTED]
    return "; ".join(f"{words.count(name)} {COUNTED.get(name, name.lower())}" for name in names)


def gap_word(unit: str, what: str = "gap") -> str:
    """A gap and its unit: a difference of shares counts in percentage points.

    >>> gap_word("share"), gap_word("AUC", "difference")
    ('gap, percentage points', 'difference, AUC')
    """
    return f"{what}, {'percentage points' if unit in ('share', POINTS) else unit}"


def of_margin(size: float, unit: str) -> str:
    """The size of a margin in words.

    >>> of_margin(0.1, "share"), of_margin(0.1, "AUC")
    ('10 percentage points', '0.1 AUC')
    """
    return f"{100 * size:g} percentage points" if unit == "share" else f"{size:g} {unit}"
