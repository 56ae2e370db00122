"""What a rule does to each group, and how far a second rule changes it: paired, by student."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from la_research.audit.groups import Codes
from la_research.audit.mitigation.sample import Sample
from la_research.statistics.gaps import Gap, tukey_z
from la_research.statistics.intervals import Floats, effective_n, student_sums, wilson, z_value
from la_research.statistics.simultaneous import gap_inference

PER = 1000
"""Students to whom a cost is told."""


class Told(NamedTuple):
    """A number, its interval and the students behind it."""

    value: float
    lower: float
    upper: float
    n: int


def read_by(sample: Sample, metric: str) -> NDArray[np.bool_]:
    """Rows that a rate reads: all for "selection", those with the outcome for "tpr" and "fnr", without for "fpr"."""
    wanted = {"tpr": 1.0, "fnr": 1.0, "fpr": 0.0}.get(metric)
    return np.ones(len(sample.label), dtype=bool) if wanted is None else sample.label == wanted


def constrained(constraint: str) -> tuple[str, ...]:
    """The rates that a constraint asks to be alike.

    >>> constrained("equalised_odds")
    ('tpr', 'fpr')
    """
    return ("tpr", "fpr") if constraint == "equalised_odds" else (constraint,)


def by_group(sample: Sample, chosen: Codes, metric: str) -> Floats:
    """A rate in each group, in the order of their codes; "fnr" counts who is not selected."""
    counted, inside = 1 - chosen if metric == "fnr" else chosen, read_by(sample, metric)
    return np.array([counted[inside & (sample.group == group)].mean() for group in np.unique(sample.group)])


def widest(sample: Sample, chosen: Codes, constraint: str) -> float:
    """The largest gap between groups over the rates that are to be alike."""
    return max(float(np.ptp(by_group(sample, chosen, metric))) for metric in constrained(constraint))


def rate(sample: Sample, chosen: Codes, metric: str, group: int, level: float) -> Told:
    """A rate of one group with Wilson's interval, by student."""
    inside = read_by(sample, metric) & (sample.group == group)
    counted, who = (1 - chosen if metric == "fnr" else chosen)[inside], sample.student[inside]
    n, value = effective_n(counted, who), float(counted.mean())
    return Told(value, *wilson(value * n, n, level), len(np.unique(who)))


def gap(sample: Sample, chosen: Codes, constraint: str, level: float) -> Told:
    """The largest gap of the rates that are to be alike, as the audit tells it: all pairs at once.

    Of two rates the one with the larger gap counts, at a level that holds for both.
    """
    metrics = constrained(constraint)
    found = [_largest(sample, chosen, metric, 1 - (1 - level) / len(metrics)) for metric in metrics]
    largest = max(found, key=lambda one: one.value)
    upper = max(one.upper for one in found)
    return Told(largest.value, max(one.lower for one in found), upper, _students(sample, metrics))


def gap_change(sample: Sample, chosen: Codes, constraint: str, level: float) -> Told:
    """The largest gap under a rule less that under the registered one, both between the groups furthest apart.

    Each gap is the largest of its rule, so that neither is favoured by being looked for. The error
    is that of the difference between the two pairs of groups, rows of a student together, and the
    critical value that of the studentised range for so many groups.
    """
    metrics = constrained(constraint)
    pulls, values = [], []
    for decision in (chosen, sample.decision):
        metric = max(metrics, key=lambda one: float(np.ptp(by_group(sample, decision, one))))
        value = by_group(sample, decision, metric)
        names = np.unique(sample.group)
        high, low = names[int(np.argmax(value))], names[int(np.argmin(value))]
        values.append(float(np.ptp(value)))
        pulls.append(_pull(sample, decision, metric, high) - _pull(sample, decision, metric, low))
    groups = len(np.unique(sample.group))
    z = tukey_z(groups, 1 - (1 - level) / len(metrics))
    rarest = min(
        int((read_by(sample, one) & (sample.group == g)).sum()) for one in metrics for g in np.unique(sample.group)
    )
    change = values[0] - values[1]
    return _around(change, pulls[0] - pulls[1], sample.student, z, rarest, _students(sample, metrics))


def rate_change(sample: Sample, chosen: Codes, metric: str, group: int, level: float) -> Told:
    """A rate of one group under a rule less that under the registered one; holds for all groups at once."""
    inside = read_by(sample, metric) & (sample.group == group)
    value = float((chosen - sample.decision)[inside].mean())
    pulls = _pull(sample, chosen, metric, group) - _pull(sample, sample.decision, metric, group)
    z = z_value(1 - (1 - level) / len(np.unique(sample.group)))
    n = len(np.unique(sample.student[inside]))
    return _around(value, pulls, sample.student, z, int(inside.sum()), n)


def found_per_thousand(sample: Sample, chosen: Codes, level: float) -> Told:
    """How many more of 1,000 students have the outcome and are selected; who has no label counts as not found."""
    found = np.where(sample.label == 1, chosen - sample.decision, 0).astype(np.float64)
    value, n = PER * float(found.mean()), len(found)
    pulls = (PER * found - value) / n
    return _around(value, pulls, sample.student, z_value(level), n / PER, len(np.unique(sample.student)))


def selected_per_thousand(sample: Sample, chosen: Codes, level: float) -> Told:
    """How many more of 1,000 students are selected: by the rule none, and without error."""
    value = PER * float((chosen - sample.decision).mean())
    return Told(value, value, value, len(np.unique(sample.student)))


def _largest(sample: Sample, chosen: Codes, metric: str, level: float) -> Gap:
    inside, values = read_by(sample, metric), by_group(sample, chosen, metric)
    own = [inside & (sample.group == group) for group in np.unique(sample.group)]
    ns = np.array([effective_n(chosen[rows], sample.student[rows]) for rows in own])
    independent = len(np.unique(sample.student[inside])) == int(inside.sum())
    return gap_inference(values, ns, independent=independent).gap(1 - level)


def _students(sample: Sample, metrics: tuple[str, ...]) -> int:
    read = np.logical_or.reduce([read_by(sample, metric) for metric in metrics])
    return len(np.unique(sample.student[read]))


def _pull(sample: Sample, chosen: Codes, metric: str, group: int) -> Floats:
    """What each row contributes to the error of a group's rate."""
    inside = read_by(sample, metric) & (sample.group == group)
    return np.where(inside, chosen - chosen[inside].mean(), 0.0) / int(inside.sum())


def _around(value: float, pulls: Floats, students: Codes, z: float, rows: float, n: int) -> Told:
    """The interval of a change; where no decision differs, as wide as Wilson's for none of so many rows."""
    totals = student_sums(pulls, students)
    several = len(totals)
    error = math.sqrt(several / (several - 1) * float(totals @ totals))
    half = z * max(error, z / (rows + z**2))
    return Told(value, value - half, value + half, n)
