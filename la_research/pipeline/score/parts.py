"""Where a gap between groups comes from: need, recording, measurement, the model or the contact, each by its twin."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, combinations

import numpy as np
import pandas as pd

from la_research.audit.plan import registered
from la_research.audit.task import Task, tasks_of
from la_research.audit.words import UNSHOWN
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed
from la_research.indicators import compute_indicators
from la_research.models import ALL, fit_model
from la_research.pipeline.score.audits import known
from la_research.protocol import Protocol
from la_research.statistics.intervals import Floats, normal_interval
from la_research.statistics.shapley import shapley
from la_research.synthetic import Scenario, generate_cohort
from la_research.synthetic.switch import without
from la_research.synthetic.truth.moments import label_week

PARTS: dict[str, tuple[str, ...]] = {
    "need": ("need_gaps",),
    "recording": ("label_bias", "missing_not_at_random", "consent_selection"),
    "measurement": ("activity_gaps", "measurement_bias", "proxy"),
    "model": (),
    "contact": (
        "effect", "effect_differences", "harm", "trigger_selection", "preference", "rollout_activity",
        "differential_trend", "nudge_effect", "spillover", "attrition", "chilling", "refusal", "gaming",
    ),
}  # fmt: skip
"""The mechanisms of each part. The model is no mechanism: off, true wellbeing takes the place of its score."""
ARROWS = {"wellbeing": "need", "answering": "recording"}
"""The part to which an arrow belongs, by the trait that it moves; all others are measurement."""
NEED, LABEL = "against true need", "by the label"
BASE, WHOLE = "all five off", "all five on"
QUESTION = "How much of the gap comes from need, recording, measurement, the model and the contact?"
Coalition = frozenset[str]
Lived = Mapping[Coalition, pd.DataFrame]
LIMITS = (
    "A part is what its mechanisms change for the same students, averaged over all orders.",
    "The parts sum to the gap, together with what is left with all five off: chance among these students.",
    "With the model off, as many students are selected in a fold: those with the lowest true wellbeing in that week.",
    "Intervals are of students drawn anew, with the models as they were fitted.",
)


def decompose(
    protocol: Protocol,
    scenario: Scenario,
    *,
    n: int,
    seed: int,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Findings:
    """The gap in misses (fnr, else tpr) between the two groups that the audit names, shared out among five parts.

    Parameters
    ----------
    protocol
        The registered study; of its populations the main one.
    scenario, n, seed
        What made the run's cohort.
    tell
        Called with the cohorts made and to be made: at most 16, and as many fits.

    Returns
    -------
    Findings
        ``score.parts.METRIC.ATTRIBUTE`` for each attribute alone: the gap against true need, and
        rows for the gap with all five off, each part, and the gap with all on, against true
        need and by the label. A part whose mechanisms the scenario does not have is zero.
        "not analysed" where a group holds too few students in need in one of the twins.

    References
    ----------
    Shapley (1953), doi:10.1515/9781400881970-018: the average over all orders. Standard errors
    from influence functions, summed over the twins by student.
    """
    metric = next((name for name in ("fnr", "tpr") if name in protocol.fairness.metrics), None)
    if metric is None or not protocol.fairness.sensitive:
        return Findings([not_analysed("score.parts", QUESTION, "the protocol compares no group's misses")])
    lived = _lived(protocol, scenario, n, seed, tell)
    whole = lived[frozenset(PARTS)]
    if whole.empty:
        return Findings([not_analysed("score.parts", QUESTION, "the model of the study could not be fitted")])
    tasks = tasks_of(replace(registered(protocol), metrics=(metric,), intersections=()), whole, "score.parts")
    return Findings(_finding(protocol, task, lived) for task in tasks)


def twin(scenario: Scenario, on: Coalition) -> Scenario:
    """The campus with the mechanisms of the parts that are not ``on`` switched off."""
    arrows = tuple(arrow for arrow in scenario.arrows if ARROWS.get(arrow.effect, "measurement") in on)
    off = [name for part, names in PARTS.items() if part not in on for name in names]
    return without(scenario.model_copy(update={"arrows": arrows}), *off)


def coalitions() -> Iterator[Coalition]:
    """Every set of parts, the empty one first."""
    return map(frozenset, chain.from_iterable(combinations(PARTS, size) for size in range(len(PARTS) + 1)))


def _lived(
    protocol: Protocol, scenario: Scenario, n: int, seed: int, tell: Callable[[int, int], None]
) -> dict[Coalition, pd.DataFrame]:
    """Scored rows with the decision and true need in each twin; campuses that are alike are drawn once."""
    twins = {on: twin(scenario, on) for on in coalitions()}
    campuses = {campus.digest: campus for campus in twins.values()}
    drawn = {}
    for done, (digest, campus) in enumerate(campuses.items()):
        tell(done, len(campuses))
        drawn[digest] = _drawn(protocol, campus, n, seed)
    tell(len(campuses), len(campuses))
    rows = {on: drawn[campus.digest] for on, campus in twins.items()}
    return {on: frame if "model" in on else frame.assign(decision=frame.get("lowest")) for on, frame in rows.items()}


def _drawn(protocol: Protocol, campus: Scenario, n: int, seed: int) -> pd.DataFrame:
    """Scored rows of the main population, with need, and whom true wellbeing would have selected (``lowest``)."""
    cohort, truth = generate_cohort(campus, n=n, seed=seed)
    predictions = fit_model(protocol, cohort, compute_indicators(protocol, cohort))
    if predictions.frame.empty:
        return predictions.frame
    frame = next(frame for population, frame, _ in predictions.parts() if population == ALL)
    rows = known(frame, truth.tables["students"].to_pandas().set_index("student_id"))
    asked = protocol.outcome(protocol.model.label).week if protocol.model.label else None
    weeks = truth.tables["weeks"].to_pandas()
    then = weeks[weeks["week"] == (asked or label_week(campus))].set_index("student_id").reindex(rows["student_id"])
    place = pd.Series(then["wellbeing"].to_numpy()).groupby(rows["fold"]).rank(method="first")
    chosen = rows.groupby("fold")["decision"].transform("sum")
    return rows.assign(need=then["need"].to_numpy(dtype=float), lowest=(place <= chosen).astype(np.int64))


def _finding(protocol: Protocol, task: Task, lived: Lived) -> Finding:
    """The parts of the gap of one attribute, between the two groups with the largest gap by the label."""
    attribute, gap = task.grouping.name, task.comparison.gap
    name = f"score.parts.{task.metric}.{attribute}"
    if gap is None:
        return not_analysed(name, QUESTION, task.missing or "the audit compared no two groups")
    if task.hidden & set(gap.pair):
        return not_analysed(name, QUESTION, UNSHOWN)
    pair = (task.grouping.values[gap.pair[0]][0], task.grouping.values[gap.pair[1]][0])
    rows: list[Row] = []
    for kind, column in ((NEED, "need"), (LABEL, "label")):
        shared = _shared(lived, attribute, pair, column, task.metric, protocol.disclosure.minimum_group_size)
        if isinstance(shared, str):
            return not_analysed(name, QUESTION, shared)
        rows += _rows(kind, shared, 1 - protocol.fairness.alpha)
    headline = next(row.estimate for row in rows if row.keys == {"what": NEED, "part": WHOLE})
    between = f"A gap is that of {attribute} {pair[0]} less that of {pair[1]}: the two groups that the audit names."
    return Finding(name, QUESTION, "described", headline, tuple(rows), limitations=(between, *LIMITS))


@dataclass(frozen=True)
class _Shared:
    """By part, and for all off and all on: the difference, and what each student adds to its error."""

    parts: Mapping[str, float]
    influence: Mapping[str, Floats]
    n: int


def _shared(
    lived: Lived, attribute: str, pair: tuple[str, str], column: str, metric: str, minimum: int
) -> _Shared | str:
    """A gap shared out among the parts; or why it can not be."""
    students = pd.Index(sorted({student for rows in lived.values() for student in rows.get("student_id", ())}))
    gaps, influence = {}, {}
    n = 0
    for on, rows in lived.items():
        if rows.empty:
            return f"no model could be fitted with {_told(on)} switched on"
        inside = rows[rows[column] == 1]
        one, other = (inside[inside[attribute] == group] for group in pair)
        if min(one["student_id"].nunique(), other["student_id"].nunique()) < minimum:
            return f"fewer than {minimum} students are in need in one of the two groups with {_told(on)} switched on"
        gaps[on], influence[on] = _gap(one, other, metric, students)
        n = one["student_id"].nunique() + other["student_id"].nunique()  # in the end that of all parts on
    off, on = frozenset[str](), frozenset(PARTS)
    values = {BASE: gaps[off], **{part: float(v) for part, v in shapley(gaps, list(PARTS)).items()}, WHOLE: gaps[on]}
    errors = {BASE: influence[off], **shapley(influence, list(PARTS)), WHOLE: influence[on]}
    return _Shared(values, errors, n)


def _gap(one: pd.DataFrame, other: pd.DataFrame, metric: str, students: pd.Index) -> tuple[float, Floats]:
    """First group's rate less the other's, and the influence of each student on it."""
    value, influence = 0.0, np.zeros(len(students))
    for rows, sign in ((one, 1), (other, -1)):
        counted = rows["decision"].to_numpy(dtype=float)
        counted = 1 - counted if metric == "fnr" else counted
        value += sign * float(counted.mean())
        np.add.at(
            influence, students.get_indexer(pd.Index(rows["student_id"])), sign * (counted - counted.mean()) / len(rows)
        )
    return value, influence


def _rows(kind: str, shared: _Shared, level: float) -> Iterator[Row]:
    for part, value in shared.parts.items():
        influence = shared.influence[part]
        touched = max(int((influence != 0).sum()), 2)
        error = math.sqrt(touched / (touched - 1) * float(influence @ influence))
        lower, upper = normal_interval(value, error, level)
        estimate = Estimate(value, max(lower, -1.0), min(upper, 1.0), level, "share", shared.n, "shapley-linearised")
        yield Row({"what": kind, "part": part}, estimate)


def _told(on: Coalition) -> str:
    return " and ".join(part for part in PARTS if part in on) or "none of the parts"
