"""Gaps between groups beside the gaps had everyone answered, and beside the gaps in true need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from la_research.audit.task import Task, tasks_of
from la_research.finding import Estimate, Finding, Row
from la_research.models import ALL, Predictions
from la_research.pipeline.score.beside import gap_earned, held, in_words, scored, told
from la_research.pipeline.score.estimands import label_column
from la_research.protocol import Protocol
from la_research.synthetic import Truth

EVERYONE, NEED = "planted", "planted in need"
QUESTION = "Did the audit find the gap that there would have been, had everyone answered?"


@dataclass(frozen=True)
class TrueGaps:
    """The largest gaps of a run's rule with the label of everyone, by finding and kind; or why there are none."""

    rows: Mapping[str, Mapping[str, Row]]
    reason: str = ""


def true_gaps(protocol: Protocol, truth: Truth, predictions: Predictions | None) -> TrueGaps:
    """What each registered comparison would have shown for the run's own scores and decisions.

    The same students, scores and decisions as in the audit; the label is that of everyone had
    all answered, and in a second row true need. Groups enter, and stay hidden, by the audit's
    own rules. The verdict earned is "disparity" where the largest gap exceeds the margin.

    Parameters
    ----------
    predictions
        Of the run: population, student_id, fold, score, decision.
    """
    label = label_column(protocol)
    students = truth.tables["students"].to_pandas().set_index("student_id") if "students" in truth.tables else None
    missing = _missing(protocol, label, students, predictions)
    if missing or students is None or predictions is None:
        return TrueGaps({}, missing)
    found: dict[str, dict[str, Row]] = {}
    for prefix, frame in _populations(predictions):
        for what, column in ((EVERYONE, label), (NEED, "true_need")):
            for task in tasks_of(protocol, _labelled(frame, students, column), prefix):
                found.setdefault(task.id, {})[what] = _row(task)
    return TrueGaps(found)


def score_gap(finding: Finding, planted: Mapping[str, Row]) -> Finding:
    """An audit finding beside the true gaps."""
    everyone, need = planted[EVERYONE], planted[NEED]
    said = ["With the label of everyone, no two groups could be compared."]
    if everyone.estimate is not None and everyone.estimate.value is not None:
        gap = "gap had everyone answered"
        said = [held(finding.estimate, everyone.estimate.value, gap), told(finding.verdict, str(everyone.verdict))]
    if need.estimate is not None and need.estimate.value is not None:
        size = in_words(need.estimate.value, need.estimate.unit)
        said.append(f"Against true need the gap is {size}, which earns '{need.verdict}'.")
    return scored(finding, QUESTION, planted, *said)


def _missing(protocol: Protocol, label: str, students: pd.DataFrame | None, predictions: Predictions | None) -> str:
    """Why no gap can be worked out; "" where it can."""
    if predictions is None or predictions.frame.empty:
        return "the run keeps no scores"
    wanted = {label, "true_need", *map(str, protocol.fairness.sensitive)} - {""}
    if students is None or not label or not wanted.issubset(students.columns):
        return "the truth does not hold the label and the attributes of everyone"
    return "" if predictions.frame["student_id"].isin(students.index).all() else "the scores are of other students"


def _populations(predictions: Predictions) -> Iterator[tuple[str, pd.DataFrame]]:
    for population, frame, _ in predictions.parts():
        yield "audit" if population == ALL else f"audit.{population.lower().replace('-', '_')}", frame


def _labelled(frame: pd.DataFrame, students: pd.DataFrame, column: str) -> pd.DataFrame:
    """Scored rows with the label of everyone and all that the truth knows of them."""
    known = students.drop(columns=frame.columns, errors="ignore").reindex(frame["student_id"])
    label = students[column].reindex(frame["student_id"]).to_numpy(dtype=np.float64)
    rows = pd.concat([frame.reset_index(drop=True), known.reset_index(drop=True)], axis=1)
    return rows.assign(label=label, stratum=rows["module"]).sort_values("unit_id", ignore_index=True)


def _row(task: Task) -> Row:
    """The largest true gap of a task with the verdict it earns; n counts students of shown groups."""
    gap = task.comparison.gap
    if gap is None:
        return Row({}, None, "not analysed", task.missing or "fewer than two groups are large enough")
    n = task.students(task.shown(task.comparison.entering))
    return Row(
        {}, Estimate(gap.value, None, None, None, task.unit, n, "planted"), gap_earned(gap.value, task.grouping.margin)
    )
