"""Who is there: groups' shares of the student body, of all who are recorded, of the study, and of its labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from la_research.audit.asked import everyone_asked
from la_research.audit.groups import Codes, Grouping, groupings
from la_research.audit.hidden import parted
from la_research.audit.plan import AuditPlan
from la_research.cohort import Cohort
from la_research.disclosure import PUBLISHED, why_hidden
from la_research.finding import Estimate, Finding, Row, not_analysed, number
from la_research.protocol import Protocol
from la_research.statistics.intervals import newcombe_difference, wilson

STAGES = ("recorded", "in the study", "labelled")
"""Each holds the next: on the study's modules in the index week; scored; of a known label."""
WORDS = {
    "population": "of the student body as published",
    "recorded": "of all students recorded on the modules by then",
    "in the study": "of the study",
    "labelled": "of those with a known label",
}


def representation_findings(protocol: Protocol, cohort: Cohort, plan: AuditPlan, rows: pd.DataFrame) -> list[Finding]:
    """``audit.representation.ATTRIBUTE`` for each protected attribute: whose share shrinks on the way into the study.

    A row a group and stage: its share of the published student body (as registered, without an interval), of the
    students recorded on the study's modules in the index week, of those in the study, and of those with a label;
    each among students whose attribute is recorded. Then each stage less the one it lies in, with intervals that
    hold for all groups and stages of the attribute together.

    Of students outside the study nothing is read but module, dates, consent and protected attributes, and only
    counts by group are told; ``parted`` hides groups of whom too few are missing to be told.

    Parameters
    ----------
    protocol
        Reads fairness (sensitive, population), and what ``everyone_asked`` reads.
    cohort
        Reads what ``everyone_asked`` reads.
    plan
        Reads alpha, the minimum group size, and whether it was registered.
    rows
        Scored rows: student_id, label (missing where it is not known).

    References
    ----------
    Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I: a share of those inside
    less that of those left outside, which, times the part left outside, is the difference of a stage from the one
    it lies in. Bonferroni over groups and stages.
    """
    names = sorted(map(str, protocol.fairness.sensitive))
    students = _students(protocol, cohort, rows, names)
    published = {str(name): shares for name, shares in protocol.fairness.population.items()}
    alone = replace(plan, attributes=dict.fromkeys(names, 0.0), intersections=())
    return [
        _finding(Presence(plan, grouping, _parts(grouping, students["stage"].to_numpy()), published.get(grouping.name)))
        for grouping in groupings(alone, students)
    ]


class Change(NamedTuple):
    """A group's share of a stage less its share of the one that holds it."""

    inner: str
    outer: str
    group: int
    estimate: Estimate

    @property
    def what(self) -> str:
        """Both stages, as a row calls them."""
        return f"{self.inner} less {self.outer}"


@dataclass(frozen=True)
class Presence:
    """The groups of an attribute: ``parts`` counts them by furthest stage; ``published`` holds shares, or is None."""

    plan: AuditPlan
    grouping: Grouping
    parts: Codes
    published: Mapping[str, float] | None

    @cached_property
    def counts(self) -> Codes:
        """Students by group and stage."""
        return self.parts[:, ::-1].cumsum(axis=1)[:, ::-1]

    @cached_property
    def hidden(self) -> Mapping[str, frozenset[int]]:
        """By stage, the groups that are not shown in it: where the label would give a few away, in that one alone."""
        study = parted(np.column_stack([self.parts[:, 0], self.counts[:, 1]]), self.plan.minimum)
        return {"recorded": study, "in the study": study, "labelled": study | parted(self.parts, self.plan.minimum)}

    @property
    def groups(self) -> range:
        """Positions of all groups."""
        return range(len(self.grouping.values))

    def value(self, group: int) -> str:
        """A group's value of the attribute."""
        return self.grouping.values[group][0]

    def share(self, group: int, stage: int) -> Estimate:
        """Share of a group among all of a stage."""
        part, n, level = self.counts[group, stage], self.counts[:, stage].sum(), 1 - self.plan.alpha
        lower, upper = wilson(part, n, level)
        return Estimate(part / n, lower, upper, level, "share", n, "wilson")

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Every difference that can be had; a stage that leaves nobody out has none."""
        found = [Change("recorded", "population", g, e) for g in self.groups if (e := self._less_published(g))]
        for inner, outer in ((1, 0), (2, 1)):
            if self.counts[:, outer].sum() > self.counts[:, inner].sum() > 0:
                pairs = ((g, self._less(g, inner, outer)) for g in self.groups)
                found += [Change(STAGES[inner], STAGES[outer], g, estimate) for g, estimate in pairs]
        return tuple(found)

    @property
    def whole(self) -> bool:
        """Whether all who are recorded are in the study."""
        return bool((self.counts[:, 0] == self.counts[:, 1]).all())

    @property
    def _level(self) -> float:
        """Level of one interval, that all may hold together; of two groups one says it for both."""
        stages, groups = len(STAGES) - 1 + (self.published is not None), len(self.grouping.values)
        return 1 - self.plan.alpha / (stages * (groups if groups > 2 else 1))

    def _less(self, group: int, inner: int, outer: int) -> Estimate:
        part, n = self.counts[group, inner], self.counts[:, inner].sum()
        rest, left = self.counts[group, outer] - part, self.counts[:, outer].sum() - n
        out = left / (n + left)
        value, lower, upper = (out * float(x) for x in newcombe_difference(part, n, rest, left, self._level))
        return Estimate(value, lower, upper, 1 - self.plan.alpha, "share", n + left, "newcombe-bonferroni")

    def _less_published(self, group: int) -> Estimate | None:
        share = (self.published or {}).get(self.value(group))
        if share is None:
            return None
        part, n, level = self.counts[group, 0], self.counts[:, 0].sum(), 1 - self.plan.alpha
        lower, upper = wilson(part, n, self._level)
        return Estimate(part / n - share, lower - share, upper - share, level, "share", n, "wilson-bonferroni")


def _students(protocol: Protocol, cohort: Cohort, rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """One row a student who could be in the study: furthest stage, and the first recorded value of each attribute."""
    students = everyone_asked(protocol, cohort, rows).groupby("student_id")[names].first().reset_index()
    labelled = rows.loc[rows["label"].notna(), "student_id"]
    reached = (students["student_id"].isin(held).astype(int) for held in (rows["student_id"], labelled))
    return students.assign(stage=sum(reached))


def _parts(grouping: Grouping, stage: Codes) -> Codes:
    """Students by group and furthest stage."""
    parts = np.zeros((len(grouping.values), len(STAGES)), dtype=np.int64)
    held = grouping.code >= 0
    np.add.at(parts, (grouping.code[held], stage[held]), 1)
    return parts


def _finding(presence: Presence) -> Finding:
    grouping, plan = presence.grouping, presence.plan
    name, asked = f"audit.representation.{grouping.name}", f"Whom by {grouping.words} do the data leave out?"
    if not grouping.values:
        return not_analysed(name, asked, f"the data hold no {grouping.words}", confirmatory=plan.confirmatory)
    rows = tuple(_rows(presence))
    if len(presence.hidden["recorded"]) == len(presence.groups):
        why = why_hidden(plan.minimum)
        return Finding(name, asked, "suppressed", None, rows, confirmatory=plan.confirmatory, reason=why)
    lost = [change for change in _shown(presence) if change.inner == "in the study"]
    return Finding(
        name,
        asked,
        "described",
        min(lost, key=_value).estimate if lost else None,
        rows,
        limitations=_limits(presence),
        confirmatory=plan.confirmatory,
        reason=_reason(presence),
    )


def _shown(presence: Presence) -> list[Change]:
    return [change for change in presence.changes if change.group not in presence.hidden[change.inner]]


def _value(change: Change) -> float:
    return change.estimate.value or 0.0


def _rows(presence: Presence) -> Iterator[Row]:
    name, why = presence.grouping.name, why_hidden(presence.plan.minimum)
    for value, share in (presence.published or {}).items():
        yield Row({"what": "population", name: value}, Estimate(share, None, None, None, "share", 0, PUBLISHED))
    for i, stage in enumerate(STAGES):
        for group in presence.groups:
            shown, keys = group not in presence.hidden[stage], {"what": stage, name: presence.value(group)}
            yield Row(keys, presence.share(group, i)) if shown else Row(keys, None, "suppressed", why)
    for change in presence.changes:
        shown, keys = change in _shown(presence), {"what": change.what, name: presence.value(change.group)}
        yield Row(keys, change.estimate) if shown else Row(keys, None, "suppressed", why)


def _reason(presence: Presence) -> str:
    """Of each two stages the group whose share shrinks most, where that is told from chance."""
    said = ["nobody recorded on the modules in the index week is left out"] if presence.whole else []
    told = []
    for what in dict.fromkeys(change.what for change in presence.changes):
        shrunk = [c for c in _shown(presence) if c.what == what and (c.estimate.upper or 0.0) < 0]
        if shrunk:
            most = min(shrunk, key=_value)
            points = number(-_value(most), "share").removesuffix(" %")
            who = presence.grouping.describe(most.group)
            told.append(f"{who} make up {points} percentage points less {WORDS[most.inner]} than {WORDS[most.outer]}")
    if presence.changes and not told:
        told = ["whether any group is left out more than others can not be told"]
    return "; ".join(said + told)


def _limits(presence: Presence) -> tuple[str, ...]:
    said = ["It says who is left out, and not why; of students outside the study only counts by group were read."]
    said.append("Recorded are students on the modules in the index week; who had left by then is not counted.")
    if presence.published is not None:
        values, what = {presence.value(group) for group in presence.groups}, presence.grouping.words
        nobody = [value for value in presence.published if value not in values]
        said += [f"No student is recorded as {what} {value}, which the published table holds." for value in nobody]
        unknown = sorted(values - set(presence.published))
        said += [f"The published table does not hold {what} {', '.join(unknown)}."] if unknown else []
    return tuple(said)
