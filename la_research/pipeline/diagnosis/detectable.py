"""The smallest effect and the smallest disparity between groups that a study of this size could show."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from la_research.audit.groups import Grouping, groupings, with_attributes
from la_research.audit.metrics import METRICS
from la_research.audit.plan import registered
from la_research.cohort import Cohort, eligible, outcome_values
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.protocol import Hypothesis, Protocol
from la_research.statistics import planning
from la_research.statistics.intervals import wilson
from la_research.statistics.power import detectable, detectable_supported

CHANCES = (0.8, 0.9)
"""Chances to find what is there, for which the smallest effect is told."""
EFFECT = "How small an effect could this study still find?"
DISPARITY = "How small a gap between groups could the audit still show?"
SUPPORTED, NOT_ZERO = "supported", "zero excluded"
"""What a size is found to be: supported by the registered rule, or only told from zero, as smaller ones are."""
HARDEST = 0.5
"""Rate at which a gap is hardest to show; taken where nothing is known of a rate before the data."""


def detectable_effect(protocol: Protocol, found: Mapping[str, Finding]) -> Finding:
    """``design.detectable.effect``: a row for each hypothesis, chance, and what it is found to be.

    "supported": the smallest size, in the registered direction, that reads so with that
    chance, which needs an estimate (or, where registered, a whole interval) as large as the
    smallest effect of interest. "zero excluded": the smaller one that is only told from zero.
    Both are worked out from the empirical standard error of the draws, which holds whatever
    was lost or not taken up; alpha is the one of Holm's first step.

    Parameters
    ----------
    found
        ``design.H`` by hypothesis id.
    """
    families = Counter(claim.family for claim in protocol.hypotheses)
    rows = [
        _smallest(claim, found[claim.id], claim.alpha / families[claim.family], chance, what)
        for claim in protocol.hypotheses
        if claim.id in found
        for chance in CHANCES
        for what in (SUPPORTED, NOT_ZERO)
    ]
    if not any(row.estimate for row in rows):
        return not_analysed("design.detectable.effect", EFFECT, "fewer than two draws gave an estimate")
    said = (
        "It is a plan's answer for one effect at a time, each at the hardest step of its family.",
        "An effect can be told from zero and still be too small to read as supported.",
    )
    return Finding("design.detectable.effect", EFFECT, "described", rows=tuple(rows), limitations=said)


def _smallest(claim: Hypothesis, finding: Finding, alpha: float, chance: float, what: str) -> Row:
    keys = {"hypothesis": claim.id, "chance": f"{100 * chance:g} %", "found": what}
    spread = next((row.estimate for row in finding.rows if row.keys == {"measure": "empirical SE"}), None)
    if spread is None or spread.value is None or spread.lower is None or spread.upper is None:
        return Row(keys, None, "not analysed", finding.reason or "a spread needs two draws with an estimate")

    def size(error: float) -> float:
        if what == NOT_ZERO:
            return detectable(error, alpha=alpha, power=chance)
        return detectable_supported(error, claim.smallest_effect, beyond=claim.beyond, alpha=alpha, power=chance)

    value, lower, upper = size(spread.value), size(spread.lower), size(spread.upper)
    return Row(keys, replace(spread, value=value, lower=lower, upper=upper, method="normal-power"))


def detectable_disparity(protocol: Protocol, cohort: Cohort) -> Finding:
    """``design.detectable.disparity``: a row for each registered metric and group, apart from all others.

    As the audit judges: beyond the margin, simultaneous over all groups of an attribute, at
    the hardest step of Holm over all comparisons. Group sizes are those of one synthetic
    cohort, and the interval is what another cohort of that size would make of them. A rate
    that the rule fixes is the registered share; any other counts as one half, where a gap is
    hardest to show.

    Parameters
    ----------
    cohort
        One draw of the scenario. Of its students only group sizes are used.
    """
    label = protocol.model.label
    if label is None or not protocol.fairness.sensitive:
        missing = "no sensitive feature" if label else "no model"
        return not_analysed("design.detectable.disparity", DISPARITY, f"the protocol registers {missing}")
    rows = _groups(protocol, cohort, label)
    asked = groupings(registered(protocol), rows)
    tests = len(asked) * len(protocol.fairness.metrics)
    compared = (_compared(protocol, rows, m, g, tests) for m in protocol.fairness.metrics if m != "auc" for g in asked)
    told = [one.row(group) for one in compared for group in range(len(one.sizes))]
    return Finding(
        "design.detectable.disparity",
        DISPARITY,
        "described" if told else "not analysed",
        rows=tuple(told),
        limitations=(
            f"Found with a chance of {100 * CHANCES[0]:g} %, one gap at a time; the rates before the data are guesses.",
            "The group lies apart from all others, which are alike; a gap from one of them alone has to be larger.",
        ),
        reason=None if told else "the synthetic students have no group to compare",
    )


def _groups(protocol: Protocol, cohort: Cohort, label: str) -> pd.DataFrame:
    """One row a unit: label (NaN where not known) and every registered attribute."""
    units = eligible(protocol, cohort)
    frame = units[["unit_id", "student_id"]].drop_duplicates("unit_id")
    frame = frame.assign(label=frame["unit_id"].map(outcome_values(cohort, protocol.outcome(label), units)))
    return with_attributes(protocol, cohort, frame)


def _compared(protocol: Protocol, rows: pd.DataFrame, metric: str, grouping: Grouping, tests: int) -> _Compared:
    reads, known = METRICS[metric].label, rows["label"].to_numpy(dtype=float)
    read = grouping.code >= 0 if reads is None else (grouping.code >= 0) & (known == reads)
    recorded = grouping.code >= 0
    students, sizes = (
        tuple(np.bincount(grouping.code[rows], minlength=len(grouping.values)).tolist()) for rows in (recorded, read)
    )
    return _Compared(protocol, metric, grouping, students, sizes, tests)


@dataclass(frozen=True)
class _Compared:
    """The groups of an attribute, as the audit compares them on one metric among so many tests.

    ``students`` are those of each group, ``sizes`` those whom the metric reads.
    """

    protocol: Protocol
    metric: str
    grouping: Grouping
    students: tuple[int, ...]
    sizes: tuple[int, ...]
    tests: int

    @property
    def rate(self) -> float:
        """The rate of the other group: the registered share where the rule fixes it."""
        return self.protocol.model.top_share if self.metric in ("selection", "fpr") else HARDEST

    def row(self, group: int) -> Row:
        """The smallest gap that would be shown of a group, or why none would."""
        keys = {"metric": self.metric, **self.grouping.keys(group)}
        if reason := self._reason(group):
            return Row(keys, None, "not analysed", reason)
        n, total = self.sizes[group], sum(self.sizes)
        fewer, more = (total * end for end in wilson(n, total))
        value, lower, upper = (self._smallest(group, size) for size in (n, more, fewer))
        if math.isnan(value):
            return Row(keys, None, "not analysed", "not even the largest gap could be shown")
        upper = max(self.rate, 1 - self.rate) if math.isnan(upper) else upper
        return Row(keys, Estimate(value, min(lower, value), max(upper, value), 0.95, "share", n, "largest-gap-power"))

    def _reason(self, group: int) -> str:
        least = self.protocol.disclosure.minimum_group_size
        if self.students[group] < least:
            return f"fewer than {least} students are expected in the group, and the audit leaves it out"
        if any(n >= least and read < least for n, read in zip(self.students, self.sizes, strict=True)):
            return f"the metric reads fewer than {least} students of a group of these: the audit can not tell"
        return "" if len(self._entering()) > 1 else "there is no other group that is large enough"

    def _smallest(self, group: int, size: float) -> float:
        others = self._entering()
        sizes = tuple(size if other == group else self.sizes[other] for other in others)
        return planning.detectable_disparity(
            sizes,
            self.rate,
            apart=others.index(group),
            margin=self.grouping.margin,
            alpha=self.protocol.fairness.alpha,
            tests=self.tests,
            power=CHANCES[0],
        )

    def _entering(self) -> list[int]:
        least = self.protocol.disclosure.minimum_group_size
        return [group for group, n in enumerate(self.students) if n >= least]
