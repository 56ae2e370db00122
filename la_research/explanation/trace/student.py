"""One student, from weekly counts to the score, in lines that can be worked out again on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.explanation.trace.desk import Desk
from la_research.explanation.trace.families import indicator_steps, record_steps
from la_research.explanation.trace.features import feature_step
from la_research.explanation.trace.score import score_steps
from la_research.explanation.trace.steps import Trace
from la_research.protocol import Protocol


def trace_student(
    protocol: Protocol,
    cohort: Cohort,
    unit_id: str,
    model: Any = None,
    *,
    columns: Sequence[str] | None = None,
    weeks: Iterable[int] | None = None,
    units: pd.DataFrame | None = None,
) -> Trace:
    """How the numbers about one student come about.

    Each line is worked out in plain Python from the student's own rows. Of others only the number of students of the
    module who were seen in a week enters, with the sum of their actions, and only where they are 10 or more.

    Parameters
    ----------
    unit_id
        A student or an enrolment, as the protocol counts them. For one that is not in the study there are no lines.
    model
        What ``la_research.models.fitted`` returned; None leaves the score out.
    columns
        Indicators that the model reads, in its order; by default those of the main population.
    weeks
        Weeks whose lines are shown, by default 1 to the index week. The model reads weeks up to the index week alone.
    units
        Who is in the study, as ``eligible`` returns it, where that was worked out before.

    Returns
    -------
    Trace
        What was recorded, every registered indicator in every week, each as the model reads it, and the score.

    Examples
    --------
    >>> import la_research as lar
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> trace = trace_student(protocol, cohort, "silent_week_3_a")
    >>> trace.last("indicator", "weekly_activity", 3).value, trace.last("feature", "weekly_activity").arithmetic
    (0, '(20 + 20 + 0 + 20) / 4')
    >>> trace.last("indicator", "baseline_departure", 2).reason
    'Fewer than 3 of your earlier weeks were seen.'
    """
    desk = Desk(protocol, cohort, eligible(protocol, cohort) if units is None else units, unit_id)
    if not desk.own:
        return Trace((), None)
    index_week = protocol.population.index_week
    shown = sorted({week for week in weeks or range(1, index_week + 1) if week <= protocol.calendar.weeks})
    read = tuple(protocol.columns if columns is None else columns)
    steps, features = list(record_steps(desk, shown)), []
    for name in dict.fromkeys((*read, *protocol.indicators)):
        lines = {week: list(indicator_steps(desk, name, week)) for week in {*shown, *range(1, index_week + 1)}}
        steps += [step for week in shown for step in lines[week]]
        if name in read:
            features.append(feature_step(name, {week: held[-1].value for week, held in lines.items()}, index_week))
    features.sort(key=lambda step: read.index(step.name))
    scored = () if model is None else score_steps(model, [(step.name, step.value) for step in features])
    return Trace((*steps, *features, *scored), scored[-1].value if scored else None)
