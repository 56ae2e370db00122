"""Small groups are suppressed before anything leaves a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from la_research.finding import COUNTS, Estimate, Finding, Findings, Row


def disclosed(findings: Findings, minimum: int) -> Findings:
    """The findings with every count under the minimum group size read as "suppressed".

    An estimate is small when it rests on fewer than ``minimum`` students, or is itself a
    count of fewer. Where a table of counts would hold exactly one suppressed row, the next
    smallest is suppressed too, so that the total does not give it away. Calling it twice
    changes nothing.

    Parameters
    ----------
    findings
        What a stage found.
    minimum
        The protocol's minimum group size, 10 or more.

    Examples
    --------
    >>> count = lambda n: Estimate(n, None, None, None, "students", n, "count")
    >>> rows = tuple(Row({"reason": r}, count(n)) for r, n in (("left", 4), ("no consent", 30), ("other", 50)))
    >>> table = Finding("cohort.flow", "Who is in?", "described", rows=rows)
    >>> [row.verdict for row in disclosed(Findings([table]), 10)["cohort.flow"].rows]
    ['suppressed', 'suppressed', None]
    """
    return Findings(_finding(finding, minimum) for finding in findings)


def _finding(finding: Finding, minimum: int) -> Finding:
    rows = _rows(finding.rows, minimum)
    if finding.estimate is not None and _small(finding.estimate, minimum):
        return replace(finding, estimate=None, rows=rows, verdict="suppressed", reason=_reason(minimum))
    return replace(finding, rows=rows) if rows != finding.rows else finding


def _rows(rows: Sequence[Row], minimum: int) -> tuple[Row, ...]:
    hidden = {i for i, row in enumerate(rows) if row.verdict == "suppressed" or _is_small(row, minimum)}
    for table in _tables(rows):
        inside = hidden & set(table)
        shown = [i for i in table if i not in hidden and rows[i].estimate is not None]
        if len(inside) == 1 and shown:
            hidden.add(min(shown, key=lambda i: (_size(rows[i]), i)))
    return tuple(
        Row(row.keys, None, "suppressed", row.reason or _reason(minimum)) if i in hidden else row
        for i, row in enumerate(rows)
    )


def _tables(rows: Sequence[Row]) -> list[list[int]]:
    """Indices of rows that form one one-way table: the same kind of keys, unit and other keys."""
    tables: dict[tuple[object, ...], list[int]] = {}
    for i, row in enumerate(rows):
        names = tuple(row.keys)
        table = (names, tuple(value for name, value in row.keys.items() if name in MARGINS))
        tables.setdefault(table, []).append(i)
    return list(tables.values())


MARGINS = ("metric", "attribute", "what", "stratum", "population", "arm", "week")
"""Keys that name a table; the other keys of a row name its group."""


def _size(row: Row) -> float:
    assert row.estimate is not None
    if row.estimate.unit in COUNTS and row.estimate.value is not None:
        return row.estimate.value
    return row.estimate.n


def _is_small(row: Row, minimum: int) -> bool:
    return row.estimate is not None and _small(row.estimate, minimum)


def _small(estimate: Estimate, minimum: int) -> bool:
    count = estimate.unit in COUNTS and estimate.value is not None and estimate.value < minimum
    return count or estimate.n < minimum


def _reason(minimum: int) -> str:
    return f"it rests on fewer than {minimum} students, or would give such a number away"
