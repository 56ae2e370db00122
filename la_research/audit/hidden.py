"""Whose numbers stay hidden: small groups, and those whose n would give a small number away.

A group's students less its students without need are its students with need. So the counts
behind one metric can be had from the others, and what hides a number in one has to hide it in
all: four levels of metrics, each hiding what the level before it hides, and more. Whom the rule
selected is told by the shares of the other levels, so that what hides it for a metric that reads
those selected hides it in all, where a plan asks for such a metric.

Totals over all students are taken as known, so groups hidden together hold as many students as one
that is shown. Not protected is how many of those hidden together have need; nor are the few
students without a recorded attribute, where a total is published beside the groups: hiding a large
group for them would leave an audit of two groups with nothing to say. Nor are the counts that a
share shows: of 100 students 4 selected are a share of 4 %, where no metric of those selected is
asked for. Nor is what two audits tell together, of one population and of one a few students
smaller, or with other metrics: who publishes both has to compare them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from la_research.audit.groups import Codes, Grouping, students_in
from la_research.audit.metrics import METRICS
from la_research.disclosure import covered, some_but_few, tables
from la_research.finding import Key
from la_research.statistics.intervals import Floats


def level_of(metric: str) -> int:
    """0 reads everyone; 1 those with need; 2 those without, or both; 3 those selected, or those not.

    From 2 on, who has no label can be told.

    >>> [level_of(metric) for metric in ("selection", "fnr", "auc", "ppv")]
    [0, 1, 2, 3]
    """
    card = METRICS[metric]
    if card.decision is not None:
        return 3
    return 0 if card.unlabelled else 1 if card.label == 1 else 2


@dataclass(frozen=True, slots=True)
class Scored:
    """All scored rows: label (not a number where unknown), decision, student and stratum as codes."""

    label: Floats
    decision: Floats
    student: Codes
    stratum: Codes

    def count(self, inside: NDArray[np.bool_]) -> int:
        """Students who hold these rows."""
        return len(np.unique(self.student[inside]))

    def tallies(self, code: Codes, groups: int) -> Codes:
        """Students of each group: all, and those with need, without, without a label, selected, and not selected.

        The last two of those with a label. Groups x 6.
        """
        known = ~np.isnan(self.label)
        kinds = np.ones_like(known), self.label == 1, self.label == 0, ~known
        decided = known & (self.decision == 1), known & (self.decision == 0)
        counts = [students_in(np.where(kind, code, -1), self.student, groups) for kind in (*kinds, *decided)]
        return np.column_stack(counts)

    def small(self, tallies: Codes, level: int, minimum: int) -> NDArray[np.bool_]:
        """Whether metrics of a level would show a number under ``minimum``, for each row of ``tallies``.

        A label or decision that nobody holds hides nothing: the audit says so itself.
        """
        if level == 0:
            return tallies[:, 0] < minimum
        if level == 2:
            return (tallies[:, 3] > 0) & (tallies[:, 3] < minimum)
        known = ~np.isnan(self.label)
        read = self.label[known] if level == 1 else self.decision[known]
        held = [column for column, value in ((1, 1), (2, 0)) if (read == value).any()]
        columns = tallies[:, [column + 3 * (level == 3) for column in held]]
        return np.asarray((columns < minimum).any(axis=1))


def hidden(
    scored: Scored,
    keys: Sequence[Mapping[str, Key]],
    tallies: Codes,
    minimum: int,
    level: int = 3,
) -> list[frozenset[int]]:
    """Positions of the rows of a finding that are not shown, for the metrics of each level up to one.

    A row is hidden for every metric where a group of it holds fewer than ``minimum`` students;
    for all that read a label where it holds fewer with need or fewer without; for those that
    read who has no need, or both labels, where it holds some, but fewer, without a label; for
    those that read whom the rule selected where it selected fewer, or all but fewer. What is
    hidden alone in its table, or together with others under ``minimum``, takes the smallest with
    it until it is not, the same ones for all metrics that share a level or come after.

    Parameters
    ----------
    keys
        Of each row.
    tallies
        Rows x groups in each x 6, as ``Scored.tallies`` gives them.

    Examples
    --------
    Of 30 and 40 students 5 and 20 have need; 30 less 25 without need would give the 5 away.

    >>> label = np.repeat([1.0, 0.0, 1.0, 0.0], [5, 25, 20, 20])
    >>> scored = Scored(label, np.tile([0.0, 1.0], 35), np.arange(70), np.zeros(70, dtype=int))
    >>> tallies = scored.tallies(np.repeat([0, 1], [30, 40]), 2)
    >>> found = hidden(scored, [{"what": "group", "gender": gender} for gender in "FM"], tallies[:, None], 10)
    >>> [sorted(found[level_of(metric)]) for metric in ("selection", "fpr")]
    [[], [0, 1]]
    """
    sizes, lines = tallies[:, :, 0].sum(axis=1).tolist(), tables(keys)
    found, levels = set[int](), []
    for reached in range(level + 1):
        small = scored.small(tallies.reshape(-1, tallies.shape[-1]), reached, minimum).reshape(tallies.shape[:2])
        found |= set(np.flatnonzero(small.any(axis=1)).tolist())
        found = _covered(found, lines, sizes, minimum)
        levels.append(frozenset(found))
    return levels


def hidden_groups(
    scored: Scored, grouping: Grouping, tallies: Codes, minimum: int, metrics: Sequence[str] = ()
) -> list[frozenset[int]]:
    """Positions of the groups that are not shown, for the metrics of each level.

    Parameters
    ----------
    tallies
        As ``Scored.tallies`` gives them for the grouping.
    metrics
        What is asked for beside each other; where one reads those selected, or those not, what it
        hides is hidden on all levels.
    """
    keys = [{"what": "group", **grouping.keys(i)} for i in range(len(grouping.values))]
    levels = hidden(scored, keys, tallies[:, None], minimum)
    return levels if deepest(metrics) < len(levels) - 1 else levels[-1:] * len(levels)


def deepest(metrics: Sequence[str]) -> int:
    """The highest level among some metrics; 0 without one.

    >>> deepest(["selection", "ppv", "abroca"])
    3
    """
    return max((level_of(metric) for metric in metrics if metric in METRICS), default=0)


def _covered(found: set[int], lines: Sequence[list[int]], sizes: Sequence[int], minimum: int) -> set[int]:
    """These rows, and the smallest others of their lines until each line hides several that are no small group."""
    before = -1
    while len(found) > before:
        before = len(found)
        for line in lines:
            inside = sorted(found.intersection(line))
            rest = sorted(set(line) - found, key=lambda i: (sizes[i], i))
            while inside and rest and (len(inside) == 1 or sum(sizes[i] for i in inside) < minimum):
                inside.append(rest.pop(0))
            found = found.union(inside)
    return found


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
    return covered(parts, lambda part: some_but_few(part, minimum) or bool(part[-1] < minimum))
