"""Gaps between groups beside the same gaps in the whole cohort: had everyone answered, and against true need."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from la_research.audit.plan import registered
from la_research.audit.task import Task, tasks_of
from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Row
from la_research.models import ALL, Predictions
from la_research.pipeline.score.beside import NO_ANSWER, gap_earned, held, in_words, scored
from la_research.pipeline.score.estimands import label_column
from la_research.protocol import Protocol
from la_research.synthetic import Truth

EVERYONE, NEED = "in this cohort, had everyone answered", "in this cohort, against true need"
UNDECIDED = "not decided by this cohort"
QUESTION = "Between the two groups that the audit names, what is the gap in this cohort, had everyone answered?"


@dataclass(frozen=True)
class TrueGaps:
    """The gaps of a run's rule in the whole cohort, by finding and kind; or why there are none."""

    rows: Mapping[str, Mapping[str, Row]]
    reason: str = ""


def true_gaps(protocol: Protocol, truth: Truth, predictions: Predictions | None) -> TrueGaps:
    """What each registered comparison would have shown for the run's own scores and decisions.

    The same students, scores and decisions as in the audit, and the same two groups: those
    with the largest gap there. The label is that of everyone had all answered, and in a second
    row true need in the label's week. Thirds by activity or marks are not in the truth and
    have no such gap. A cohort is finite, and the pair was chosen for its gap, so the gap has
    the audit's simultaneous interval; it earns a verdict only where that interval clears the
    margin or lies inside it.

    Parameters
    ----------
    predictions
        Of the run: population, student_id, fold, score, decision, label.
    """
    students = truth.tables["students"].to_pandas().set_index("student_id") if "students" in truth.tables else None
    missing = _missing(protocol, students, predictions)
    if missing or students is None or predictions is None:
        return TrueGaps({}, missing)
    labels = {EVERYONE: _answers(protocol, students), NEED: _needing(protocol, truth, students)}
    plan, found = registered(protocol), dict[str, dict[str, Row]]()
    plan = replace(plan, attributes={name: margin for name, margin in plan.attributes.items() if name in students})
    for prefix, frame in _populations(predictions):
        rows = known(frame, students)
        audited = tasks_of(plan, rows, prefix)
        for what, label in labels.items():
            if isinstance(label, str):
                found = _with(found, what, {task.id: Row({}, None, "not analysed", label) for task in audited})
            else:
                whole = tasks_of(plan, rows.assign(label=_of(label, rows)), prefix)
                pairs = zip(audited, whole, strict=True)
                found = _with(found, what, {seen.id: _row(seen, true, protocol) for seen, true in pairs})
    return TrueGaps(found)


def score_gap(finding: Finding, true: Mapping[str, Row]) -> Finding:
    """An audit finding beside the gaps of the same two groups in the whole cohort."""
    everyone, need = true[EVERYONE], true[NEED]
    said = [f"There is no gap had everyone answered: {everyone.reason}."]
    if everyone.estimate is not None and everyone.estimate.value is not None:
        gap = "gap in this cohort, had everyone answered,"
        said = [held(finding.estimate, everyone.estimate.value, gap), _read(finding.verdict, str(everyone.verdict))]
    if need.estimate is not None and need.estimate.value is not None:
        size = in_words(need.estimate.value, need.estimate.unit)
        earns = UNDECIDED if need.verdict == "inconclusive" else f"which earns '{need.verdict}'"
        said.append(f"Against true need the gap in this cohort is {size}, {earns}.")
    return scored(finding, QUESTION, true, *said)


def _read(given: str, earned: str) -> str:
    """The verdict given beside that of the whole cohort, which is one draw of a campus and no planted size."""
    if earned == "inconclusive":
        return f"The verdict given is '{given}'; had everyone answered, the gap is {UNDECIDED}."
    differ = "the study could not tell" if given in NO_ANSWER else "the whole cohort reads otherwise"
    judged = "they agree" if given == earned else differ
    return f"The verdict given is '{given}'; had everyone answered, this cohort earns '{earned}': {judged}."


def _missing(protocol: Protocol, students: pd.DataFrame | None, predictions: Predictions | None) -> str:
    """Why no gap can be worked out; "" where it can."""
    if predictions is None or predictions.frame.empty:
        return "the run keeps no scores"
    if students is None or not {"true_need", *map(str, protocol.fairness.sensitive)}.issubset(students.columns):
        return "the truth does not hold the need and the attributes of everyone"
    return "" if predictions.frame["student_id"].isin(students.index).all() else "the scores are of other students"


def _answers(protocol: Protocol, students: pd.DataFrame) -> pd.Series | str:
    """The label of everyone had all answered, or why there is none."""
    column = label_column(protocol)
    return students[column] if column in students.columns else "the truth does not hold this label of everyone"


def _needing(protocol: Protocol, truth: Truth, students: pd.DataFrame) -> pd.Series | str:
    """True need in the label's week, or why there is none; of an event, in the scenario's own week of the label."""
    week = protocol.outcome(protocol.model.label).week if protocol.model.label else None
    if week is None:
        return students["true_need"]
    if "weeks" in truth.tables:
        weeks = truth.tables["weeks"]
        then = weeks.filter(pc.equal(weeks["week"], week)).to_pandas().set_index("student_id")
        if len(then):
            need: pd.Series = then["need"].reindex(students.index)
            return need
    return f"the truth does not hold true need in week {week}"


def _populations(predictions: Predictions) -> Iterator[tuple[str, pd.DataFrame]]:
    for population, frame, _ in predictions.parts():
        yield "audit" if population == ALL else f"audit.{population.lower().replace('-', '_')}", frame


def known(frame: pd.DataFrame, students: pd.DataFrame) -> pd.DataFrame:
    """Scored rows as the audit reads them, with all that the truth knows of their students."""
    held = students.drop(columns=frame.columns, errors="ignore").reindex(frame["student_id"])
    rows = pd.concat([frame.reset_index(drop=True), held.reset_index(drop=True)], axis=1)
    return rows.assign(stratum=rows["module"]).sort_values("unit_id", ignore_index=True)


def _of(label: pd.Series, rows: pd.DataFrame) -> np.ndarray:
    return label.reindex(rows["student_id"]).to_numpy(dtype=np.float64)


def _with(found: dict[str, dict[str, Row]], what: str, rows: Mapping[str, Row]) -> dict[str, dict[str, Row]]:
    return found | {name: {**found.get(name, {}), what: row} for name, row in rows.items()}


def _row(seen: Task, true: Task, protocol: Protocol) -> Row:
    """The gap of the audit's two groups with another label, and the verdict it earns; n counts shown groups."""
    gap, entering = seen.comparison.gap, true.comparison.entering
    if gap is None:
        return Row({}, None, "not analysed", seen.missing or "the audit compared no two groups")
    if seen.hidden & set(gap.pair):
        return Row({}, None, "suppressed", why_hidden(protocol.disclosure.minimum_group_size))
    if true.groups is None or not set(gap.pair) <= set(entering):
        return Row({}, None, "not analysed", true.missing or "one of the two groups is too small with this label")
    level = 1 - protocol.fairness.alpha
    value, lower, upper = _between(true, gap.pair, protocol.fairness.alpha)
    n = true.students(true.shown(entering))
    known = not (math.isnan(lower) or true.comparison.short)
    verdict = gap_earned(lower, upper, true.grouping.margin) if known else "inconclusive"
    estimate = Estimate(value, None, None, None, true.unit, n, true.comparison.method)
    if not math.isnan(lower):
        estimate = replace(estimate, lower=lower, upper=upper, level=level)
    reason = UNDECIDED if verdict == "inconclusive" else None
    return Row({}, estimate, verdict, reason)


def _between(task: Task, pair: tuple[int, int], alpha: float) -> tuple[float, float, float]:
    """First group minus second, with its interval; without bounds where an order is perfect and shows no error."""
    assert task.groups is not None
    assert task.comparison.inference is not None
    inference, place = task.comparison.inference, task.comparison.entering.index
    pairs = inference.pairs(inference.critical(alpha))
    value, lower, upper = (float(part[place(pair[0]), place(pair[1])]) for part in pairs)
    if task.measure.ranks and not task.groups.error[list(pair)].all():
        return value, math.nan, math.nan
    return value, lower, upper
