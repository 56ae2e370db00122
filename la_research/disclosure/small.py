"""Small groups are suppressed before anything leaves a stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from la_research.finding import COUNTS, Estimate, Finding, Findings, Key, Row

Mask = NDArray[np.bool_]


def disclosed(findings: Findings, minimum: int) -> Findings:
    """The findings with every count under the minimum group size read as "suppressed".

    An estimate is small when it rests on fewer than ``minimum`` students, or is itself a
    count of fewer. Where a one-way table of groups would hold exactly one suppressed row, the
    next smallest is suppressed too, so that the total does not give it away; a table of two
    ways is looked at along both. Weeks, cut-offs, indicators and sources count the same students
    again, so none is suppressed for another's sake. A headline goes with its row. What was forecast of a design counts
    draws and synthetic students, and is left as it is. Calling it twice changes nothing.

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
    return Findings(f if f.stage == "design" else _finding(f, minimum) for f in findings)


def _finding(finding: Finding, minimum: int) -> Finding:
    rows = _rows(finding.rows, minimum)
    gone = [old.estimate for old, new in zip(finding.rows, rows, strict=True) if new.estimate is None]
    if finding.estimate is not None and (_small(finding.estimate, minimum) or finding.estimate in gone):
        return replace(finding, estimate=None, rows=rows, verdict="suppressed", reason=why_hidden(minimum))
    return replace(finding, rows=rows) if rows != finding.rows else finding


def _rows(rows: Sequence[Row], minimum: int) -> tuple[Row, ...]:
    hidden = {i for i, row in enumerate(rows) if row.verdict == "suppressed" or _is_small(row, minimum)}
    lines, before = tables([row.keys for row in rows]), -1
    while len(hidden) > before:
        before = len(hidden)
        for table in lines:
            shown = [i for i in table if i not in hidden and rows[i].estimate is not None]
            if len(hidden.intersection(table)) == 1 and shown:
                hidden.add(min(shown, key=lambda i: (_size(rows[i]), i)))
        hidden |= _totals(rows, hidden)
    return tuple(
        Row(row.keys, None, "suppressed", row.reason or why_hidden(minimum)) if i in hidden else row
        for i, row in enumerate(rows)
    )


TELLS_APART = (
    "among",
    "what", "consent", "metric", "attribute", "population", "stratum", "indicator", "source", "instrument", "item",
    "week", "cut",
)  # fmt: skip
"""Keys that tell tables apart, whose rows count the same students again; any other key splits students into groups."""


def tables(keys: Sequence[Mapping[str, Key]]) -> list[list[int]]:
    """Indices of rows that split one total: they differ in one grouping key and agree in all others.

    Parameters
    ----------
    keys
        Of each row.

    Examples
    --------
    >>> tables([{"what": "group", "gender": "F"}, {"what": "group", "gender": "M"}, {"what": "detectable"}])
    [[0, 1]]
    """
    found: dict[tuple[object, ...], list[int]] = {}
    for i, row in enumerate(keys):
        for name in row:
            if name not in TELLS_APART:
                others = tuple((other, value) for other, value in row.items() if other != name)
                found.setdefault((tuple(row), name, others), []).append(i)
    return list(found.values())


def _totals(rows: Sequence[Row], hidden: set[int]) -> set[int]:
    """Totals of a flow that would give away the one part of it that is hidden."""
    parts = {i for i, row in enumerate(rows) if row.keys.get("what") in ("excluded", "analysed")}
    whole = {i for i, row in enumerate(rows) if row.keys.get("what") == "recorded"}
    return whole if len(parts & hidden) == 1 else set()


def _size(row: Row) -> float:
    assert row.estimate is not None
    if row.estimate.unit in COUNTS and row.estimate.value is not None:
        return row.estimate.value
    return row.estimate.n


def _is_small(row: Row, minimum: int) -> bool:
    return row.estimate is not None and _small(row.estimate, minimum)


PUBLISHED = "published"
"""Method of a number that was published before and rests on no student of the study."""
INVENTED = "invented"
"""Method of a number of a student who was made up to show how a number comes about."""


def _small(estimate: Estimate, minimum: int) -> bool:
    if estimate.unit == "presentations" or estimate.method in (PUBLISHED, INVENTED):
        return False  # runs of a module, a table of others, somebody invented: not people of the study
    count = estimate.unit in COUNTS and estimate.value is not None and estimate.value < minimum
    return count or estimate.n < minimum


def tells_few(part: float, whole: float, minimum: int) -> bool:
    """Whether a share gives a small group away: its part, or the rest, is some students but fewer than the minimum.

    Nobody and all are told, as they are of nobody in particular.

    Examples
    --------
    >>> [tells_few(part, 24, 10) for part in (0, 4, 12, 20, 24)]
    [False, True, False, True, False]
    """
    return any(0 < round(count) < minimum for count in (part, whole - part))


def column_tells_few(values: NDArray[np.float64], arm: NDArray[np.bool_], minimum: int) -> bool:
    """Whether the difference of a column between two arms gives a small group away.

    So it is where the column holds two values only, and one of them stands for some but few of an arm.

    Examples
    --------
    >>> arm = np.arange(60) < 30
    >>> [column_tells_few(np.arange(60.0) % each < 1, arm, 10) for each in (1, 3, 20)]
    [False, False, True]
    """
    told = ~np.isnan(values)
    kinds = np.unique(values[told])
    sides = [values[told & side] == kinds[-1] for side in (arm, ~arm)] if len(kinds) == 2 else []
    return any(tells_few(int(held.sum()), len(held), minimum) for held in sides)


def spaced(findings: Sequence[Finding], n: int, minimum: int) -> list[Finding]:
    """Findings of which no n, held against that of the effect, tells of fewer than the minimum.

    Where an estimate rests on a few students more than the effect, its n is given as that of the effect; where it
    rests on a few less, as if it rested on the minimum less. No n is given as more than it is.

    Parameters
    ----------
    findings
        The effect and what stands beside it.
    n
        Students whom the effect rests on.
    minimum
        The minimum group size.

    Examples
    --------
    >>> held = [Estimate(1.0, 0.0, 2.0, 0.95, "points", n, "ols") for n in (397, 400, 396, 200)]
    >>> found = [Finding(f"evaluation.effect.a{i}", "What?", "described", one) for i, one in enumerate(held)]
    >>> [one.estimate.n for one in spaced(found, 397, 10)]
    [397, 397, 387, 200]
    """

    def read(estimate: Estimate | None) -> Estimate | None:
        if estimate is None or estimate.unit in COUNTS or not 0 < abs(estimate.n - n) < minimum:
            return estimate
        return replace(estimate, n=n if estimate.n > n else max(n - minimum, 0))

    return [
        replace(
            found, estimate=read(found.estimate), rows=tuple(replace(r, estimate=read(r.estimate)) for r in found.rows)
        )
        for found in findings
    ]


def stepped(finding: Finding, n: int, minimum: int) -> Finding:
    """A finding whose rows count the same students again, so that no two n's of it lie a few apart.

    Parameters
    ----------
    n
        Students of whom all rows are a part.

    Examples
    --------
    >>> held = [Row({"week": n}, Estimate(1.0, 0.0, 2.0, 0.95, "points", n, "ols")) for n in (190, 60, 56, 48)]
    >>> found = stepped(Finding("evaluation.effect", "What?", "described", rows=tuple(held)), 191, 10)
    >>> [row.estimate.n for row in found.rows]
    [181, 60, 50, 40]
    """
    anchor = n
    while anchor > 0:
        (finding,) = spaced([finding], anchor, minimum)
        anchor = max((row.estimate.n for row in finding.rows if row.estimate and row.estimate.n < anchor), default=0)
    return finding


def without_few(shown: Mask, among: Mask, minimum: int, draw: np.random.Generator) -> Mask:
    """Rows that are shown of a whole that is told, less so many that those left out are no small group.

    Where some but fewer than the minimum are not shown, as many more make the minimum, whoever they are: the whole less
    those shown then tells nothing of how many they were.

    Parameters
    ----------
    shown
        Rows that could be shown, of all.
    among
        Rows of which more may be left out, drawn by chance.
    minimum
        The minimum group size.
    draw
        Random numbers.

    Examples
    --------
    >>> shown, draw = np.arange(65) >= 5, np.random.Generator(np.random.Philox(1))
    >>> int(without_few(shown, shown, 10, draw).sum()), int(without_few(shown, shown, 5, draw).sum())
    (55, 60)
    """
    few, others = int((~shown).sum()), np.flatnonzero(shown & among)
    if not 0 < few < minimum:
        return shown
    kept = shown.copy()
    kept[draw.choice(others, min(minimum - few, len(others)), replace=False)] = False
    return kept


def covered(counts: NDArray[np.int64], small: Callable[[NDArray[np.int64]], bool]) -> frozenset[int]:
    """Groups that are not shown: those that are small, and the smallest others until no hidden one can be worked out.

    The total over all groups is taken as known, so those hidden together have to be as safe as one that is shown, and
    more than one.

    Parameters
    ----------
    counts
        Students by group and part, k x m.
    small
        Whether the counts of a group, or of several together, are not to be told.

    Examples
    --------
    >>> sorted(covered(np.array([[40], [12], [30], [4]]), lambda row: row.sum() < 10))
    [1, 3]
    """
    found = [group for group, row in enumerate(counts) if small(row)]
    rest = sorted(set(range(len(counts))) - set(found), key=lambda group: (counts[group].sum(), group))
    while found and rest and (len(found) == 1 or small(counts[found].sum(axis=0))):
        found.append(rest.pop(0))
    return frozenset(found)


def some_but_few(counts: NDArray[np.int64], minimum: int) -> bool:
    """Whether one of several counts is of some students, but of fewer than the minimum.

    >>> [some_but_few(np.array(counts), 10) for counts in ([0, 12], [4, 60])]
    [False, True]
    """
    return bool(((counts > 0) & (counts < minimum)).any())


def why_hidden(minimum: int) -> str:
    """The reason that a suppressed number carries."""
    return f"it rests on fewer than {minimum} students, or would give such a number away"
