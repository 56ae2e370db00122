"""Whose numbers stay hidden: small groups, and those whose n would give a small number away.

A group's students less its students without need are its students with need. So the counts
behind one metric can be had from the others, and what hides a number in one has to hide it in
all: three levels of metrics, each hiding what the level before it hides, and more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from la_research.audit.groups import Codes
from la_research.disclosure import disclosed, why_hidden
from la_research.finding import Estimate, Finding, Findings, Key, Row
from la_research.statistics.intervals import Floats

LEVEL = {"selection": 0, "tpr": 1, "fnr": 1, "fpr": 2, "auc": 2}
"""Reads everyone; those with need; those without, or both, of whom who has no label can be told."""


@dataclass(frozen=True, slots=True)
class Scored:
    """All scored rows: label (not a number where unknown), student and stratum as codes."""

    label: Floats
    student: Codes
    stratum: Codes

    def count(self, inside: np.ndarray) -> int:
        """Students who hold these rows."""
        return len(np.unique(self.student[inside]))

    def small(self, inside: np.ndarray, level: int, minimum: int) -> bool:
        """Whether metrics of a level would show a number under ``minimum`` among some of the rows.

        A label that nobody holds hides nothing: the audit says so itself.
        """
        if level == 0:
            return self.count(inside) < minimum
        if level == 1:
            held = (self.label == value for value in (0, 1) if (self.label == value).any())
            return any(self.count(inside & rows) < minimum for rows in held)
        return 0 < self.count(inside & np.isnan(self.label)) < minimum


@dataclass(frozen=True, slots=True)
class Cell:
    """One row of a finding: its keys, and the scored rows of each group in it, as masks."""

    keys: Mapping[str, Key]
    parts: Sequence[np.ndarray]


def hidden(metric: str, scored: Scored, cells: Sequence[Cell], minimum: int) -> frozenset[int]:
    """Positions of the cells that are not shown for a metric.

    A cell is hidden for every metric where it holds fewer than ``minimum`` students; for all
    that read a label where it holds fewer with need or fewer without; for "fpr" and "auc"
    where it holds some, but fewer, without a label. What is hidden alone in its table takes the
    smallest other with it, the same one for all metrics that share a level or come after.

    Examples
    --------
    Of 30 and 40 students 5 and 20 have need; 30 less 25 without need would give the 5 away.

    >>> label = np.repeat([1.0, 0.0, 1.0, 0.0], [5, 25, 20, 20])
    >>> scored = Scored(label, np.arange(70), np.zeros(70, dtype=int))
    >>> women = np.arange(70) < 30
    >>> cells = [Cell({"what": "group", "gender": g}, [rows]) for g, rows in (("F", women), ("M", ~women))]
    >>> [sorted(hidden(metric, scored, cells, 10)) for metric in ("selection", "fpr")]
    [[], [0, 1]]
    """
    sizes = [scored.count(np.logical_or.reduce(cell.parts)) for cell in cells]
    found: set[int] = set()
    for level in range(LEVEL[metric] + 1):
        found |= {i for i, cell in enumerate(cells) if any(scored.small(part, level, minimum) for part in cell.parts)}
        found = _covered(cells, sizes, found, minimum)
    return frozenset(found)


def _covered(cells: Sequence[Cell], sizes: Sequence[int], found: set[int], minimum: int) -> set[int]:
    """These cells, and those that no total may leave alone with them."""
    rows = tuple(
        Row(cell.keys, None, "suppressed", why_hidden(minimum)) if i in found else Row(cell.keys, _students(size))
        for i, (cell, size) in enumerate(zip(cells, sizes, strict=True))
    )
    (table,) = disclosed(Findings([Finding("audit.groups", "Who is shown?", "described", rows=rows)]), minimum)
    return {i for i, row in enumerate(table.rows) if row.verdict == "suppressed"}


def _students(n: int) -> Estimate:
    return Estimate(n, None, None, None, "students", n, "count")


def parted(parts: Codes, minimum: int) -> frozenset[int]:
    """Groups of whose parts none is told, so that no part of fewer than ``minimum`` students can be worked out.

    A group is hidden where one of its parts holds some students, but fewer; or its last part fewer, or none. Totals
    over all groups are known, so those hidden together have to be as safe as one group, and more than one: the
    smallest others join them until they are.

    Parameters
    ----------
    parts
        Students by group and part, k x m; parts do not overlap, and the last is of those who are there in full.

    Examples
    --------
    Of 40 recorded women 3 are out, and so are 12 of 90 men: 40 and 37 would give the 3 away, and the total of 15
    would with the 12.

    >>> sorted(parted(np.array([[3, 37], [12, 78]]), 10)), sorted(parted(np.array([[13, 37], [12, 78]]), 10))
    ([0, 1], [])
    """
    found = [group for group, row in enumerate(parts) if _unsafe(row, minimum)]
    rest = sorted(set(range(len(parts))) - set(found), key=lambda group: (parts[group].sum(), group))
    while found and rest and (len(found) == 1 or _unsafe(parts[found].sum(axis=0), minimum)):
        found.append(rest.pop(0))
    return frozenset(found)


def _unsafe(part: Codes, minimum: int) -> bool:
    return bool(((part > 0) & (part < minimum)).any() or part[-1] < minimum)
