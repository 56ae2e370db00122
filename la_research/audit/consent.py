"""Gaps had consent been asked for otherwise: weighted to who would have been there, and bounds that assume nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.special import ndtr

from la_research.audit import words
from la_research.audit.asked import WAYS, Asked, Bools, everyone_asked
from la_research.audit.groups import ATTRIBUTES, Grouping, groupings, protected
from la_research.audit.metrics import METRICS
from la_research.audit.plan import AuditPlan
from la_research.audit.task import Task, tasks_of
from la_research.cohort import Cohort
from la_research.disclosure import why_hidden
from la_research.finding import Assumption, Estimate, Finding, Row, Verdict, not_analysed
from la_research.protocol import Protocol
from la_research.statistics.gaps import newcombe_pairs, tukey_z
from la_research.statistics.intervals import Floats
from la_research.statistics.missing import gap_bounds, share_ends
from la_research.statistics.weighting import inverse_weights, weighted_share

WORDS = {
    "opt-out": "By 'opt-out', only a recorded no keeps a student out",
    "asked again": "By 'asked again', a student is in whose answer of a later day is yes",
    "everyone": "By 'everyone', all students are in who could be, whatever they answered; it is no way to ask",
}
SELDOM = 0.05
"""Chance of being in the study below which a few would stand for many."""


def consent_findings(protocol: Protocol, cohort: Cohort, plan: AuditPlan, rows: pd.DataFrame) -> list[Finding]:
    """``audit.consent.METRIC.ATTRIBUTE``: the gap as observed, and had consent been asked for in other ways.

    For "selection" and for "tpr" (or "fnr" where that alone is registered), and each protected attribute: between
    the two groups that differ most, the gap among those who said yes ("as observed"), and for each of ``WAYS`` that
    brings others in, the gap weighted to all who would have been there ("weighted") and its bounds where each of
    them may have been selected or not, with the outcome or without ("bounds"). For a metric that reads the label,
    students in the study whose label is not known count among those missing.

    Of students outside the study no score, activity, mark or answer is read, and so no third of activity: weights
    rest on module and protected attributes alone.

    Parameters
    ----------
    protocol
        Reads fairness and consent, and what ``judged`` reads.
    cohort
        Reads consent, and the vault of all who could be in the study.
    plan
        What was compared.
    rows
        What ``with_attributes`` returned, of the main population.

    Returns
    -------
    list of Finding
        "described" where the bounds of "everyone" keep the gap's direction, else "inconclusive". Where consent
        leaves nobody out, a single "not analysed", ``audit.consent``.

    References
    ----------
    Inverse probability weighting as in ``statistics.weighting``; bounds as in ``statistics.missing``: Manski (1989),
    doi:10.2307/145818; Imbens & Manski (2004), doi:10.1111/j.1468-0262.2004.00555.x.
    """
    everyone = everyone_asked(protocol, cohort, rows)
    if everyone["decision"].notna().all():
        question, why = (
            "Would the gaps be others had more students consented?",
            "consent leaves nobody out of the study",
        )
        return [not_analysed("audit.consent", question, why, confirmatory=plan.confirmatory)]
    missed = "tpr" if "tpr" in plan.metrics else "fnr"
    alone = replace(
        plan,
        attributes={str(name): item.margin for name, item in protocol.fairness.sensitive.items()},
        intersections=(),
        metrics=tuple(metric for metric in ("selection", missed) if metric in plan.metrics),
    )
    asked = {metric: Asked(everyone, metric, protected(protocol)) for metric in alone.metrics}
    return [_finding(alone, asked[task.metric], task) for task in tasks_of(alone, rows, "audit.consent")]


@dataclass(frozen=True)
class Between:
    """The two groups that differ most as observed, among everyone who could be in the study."""

    plan: AuditPlan
    asked: Asked
    task: Task
    pair: tuple[int, int]

    @cached_property
    def grouping(self) -> Grouping:
        """The attribute's groups among everyone."""
        alone = replace(self.plan, attributes={self.task.grouping.name: 0.0})
        return groupings(alone, self.asked.everyone)[0]

    @cached_property
    def places(self) -> tuple[int, int]:
        """Both groups as positions among those of everyone."""
        first, second = (self.grouping.values.index(self.task.grouping.values[group]) for group in self.pair)
        return first, second

    @cached_property
    def hidden(self) -> bool:
        """Whether one of the two is not to be told."""
        code, groups = self.grouping.code, len(self.grouping.values)
        return bool(
            self.asked.hidden(code, groups, self.plan.minimum) & set(self.places) or self.task.hidden & set(self.pair)
        )

    @property
    def z(self) -> float:
        """Critical value for all pairs of groups, as the pair was chosen for its gap."""
        return tukey_z(len(self.task.comparison.entering), 1 - self.plan.alpha)

    def observed(self) -> Estimate:
        """The gap among those who are there."""
        assert self.task.groups is not None
        two = list(self.pair)
        n = self.task.students(self.pair)
        return self._gap(self.task.groups.value[two], self.task.groups.n[two], n, "newcombe-tukey")

    def groups(self, way: str) -> list[Bools]:
        """Who of either group would be in the study."""
        return [self.asked.ways[way] & (self.grouping.code == place) for place in self.places]

    @cached_property
    def chances(self) -> Mapping[str, list[Floats]]:
        """The chance to be there of each who would be in the study, by way of asking and group."""
        return {way: [self.asked.chance(rows) for rows in self.groups(way)] for way in self.asked.ways}

    def weighted(self, way: str) -> Estimate:
        """The gap among those who are there, each standing for those of the group who are like them."""
        asked, who = self.asked, self.asked.everyone["student_id"].to_numpy()
        shares, n = [], 0
        for rows, chance in zip(self.groups(way), self.chances[way], strict=True):
            read = (asked.there & (asked.label == 1))[rows]
            weights = np.zeros(len(read))
            weights[asked.there[rows]] = inverse_weights(asked.there[rows], chance)
            shares.append(weighted_share(asked.counted[rows][read], weights[read], who[rows][read]))
            n += len(np.unique(who[rows][read]))
        rates, ns = (np.array(column) for column in zip(*shares, strict=True))
        return self._gap(rates, ns, n, "newcombe-tukey-weighted")

    def bounds(self, way: str) -> Estimate:
        """Where the gap could lie, whatever is true of who is missing."""
        asked, students = self.asked, self.asked.everyone["student_id"].to_numpy()
        groups = self.groups(way)
        ends = [share_ends(asked.label[rows], asked.counted[rows], students[rows]) for rows in groups]
        lower, upper = gap_bounds(ends[0], ends[1], 2 * float(ndtr(self.z)) - 1)
        n = sum(len(np.unique(students[rows])) for rows in groups)
        return Estimate(None, lower, upper, 1 - self.plan.alpha, "share", n, "manski-imbens")

    def _gap(self, rates: Floats, ns: Floats, n: int, method: str) -> Estimate:
        pairs = newcombe_pairs(rates, ns, self.z)
        value, lower, upper = (float(column[0, 1]) for column in pairs)
        return Estimate(value, lower, upper, 1 - self.plan.alpha, "share", n, method)

    def rows(self) -> Iterator[Row]:
        """As observed; then weighted and bounds, by way of asking."""
        why, seen = why_hidden(self.plan.minimum), {"what": "as observed"}
        unshown = bool(self.task.hidden & set(self.pair))
        yield Row(seen, None, "suppressed", why) if unshown else Row(seen, self.observed())
        for way in self.asked.ways:
            for what, told in (("weighted", self.weighted), ("bounds", self.bounds)):
                keys = {"what": what, "consent": way}
                yield Row(keys, None, "suppressed", why) if self.hidden else Row(keys, told(way))


def _finding(plan: AuditPlan, asked: Asked, task: Task) -> Finding:
    question = words.question(task.metric, task.grouping)
    told = f"Had more students consented, would the answer be another: {question[0].lower()}{question[1:]}"
    if task.comparison.gap is None:
        why = task.missing or f"fewer than two groups hold {plan.minimum} {METRICS[task.metric].reads}"
        return not_analysed(task.id, told, why, confirmatory=plan.confirmatory)
    between = Between(plan, asked, task, task.comparison.gap.pair)
    rows = tuple(between.rows())
    verdict, reason = _read(between, rows)
    weighted = [row.estimate for row in rows if row.keys == {"what": "weighted", "consent": "everyone"}]
    return Finding(
        task.id,
        told,
        verdict,
        weighted[0],
        rows,
        () if between.hidden else _assumptions(between),
        _limits(asked),
        confirmatory=plan.confirmatory,
        reason=reason,
    )


def _read(between: Between, rows: Sequence[Row]) -> tuple[Verdict, str]:
    """Whether the gap keeps its direction, whatever is true of those who are not there."""
    where = words.direction(between.task.metric, between.task.grouping, between.pair)
    widest = rows[-1].estimate
    if widest is None:
        return "suppressed", why_hidden(between.plan.minimum)
    if (widest.lower or 0.0) > 0:
        return "described", f"{where}, whatever is true of the students who are not there"
    return (
        "inconclusive",
        f"as observed, {where}; where nothing is assumed of the students who are not there, it could be the reverse",
    )


def _assumptions(between: Between) -> tuple[Assumption, ...]:
    least = min(float(chance.min()) for chance in between.chances["everyone"])
    more = "never under" if least >= SELDOM else "for some of them under"
    kind = "of one module and the same protected attributes"
    return (
        Assumption(
            f"students {kind} are alike whether they are there or not", None, "of who is not there it is not known"
        ),
        Assumption(
            f"some of the students {kind} are there",
            least >= SELDOM,
            f"the chance is {more} {100 * SELDOM:g} % in the model",
        ),
    )


def _limits(asked: Asked) -> tuple[str, ...]:
    names = ", ".join(ATTRIBUTES.get(name, name) for name in asked.columns)
    said = [
        "The gap is that of the two groups that differ most as observed, in the same direction.",
        f"Of students outside the study no score, activity or answer was read: weights rest on module, {names} alone.",
    ]
    said += [f"{WORDS[way]}." for way in asked.ways]
    nobody = " or ".join(f"'{way}'" for way in WAYS if way not in asked.ways)
    said += [f"Nobody else would be in the study by {nobody}."] if nobody else []
    if asked.reads_label:
        said.append("Students of the study whose label is not known count as not there.")
    return tuple(said)
