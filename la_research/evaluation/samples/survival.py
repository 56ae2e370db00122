"""A cohort as times: how long each student of the study was followed, and what ended it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.protocol import Hypothesis

DAYS = 7.0
"""Days of a week; times are counted in weeks since day 1, breaks included."""


def times_to_leaving(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a student of the study: weeks until the registered event, leaving otherwise, or the end of the calendar.

    The outcome is 1 for the first registered event, 2 where a student left the module without it, else 0. Where
    students were drawn, time counts from the draw and ``treatment`` is the arm; else it counts from day 1 and
    ``first`` is the week of the first contact sent, so that a landmark is needed. An event without a day is not known.

    Returns
    -------
    Sample or str
        Or why there is none.
    """
    outcome = ground.protocol.outcome(claim.outcome)
    if outcome.instrument is not None:
        return "the outcome is a questionnaire: time is counted until an event of the record"
    rows = _followed(ground, outcome.event)
    drawn = ground.assignments.drop_duplicates("student_id").set_index("student_id")
    if len(drawn):
        rows = rows.loc[rows.index.isin(drawn.index)]
        begun = drawn["week"].reindex(rows.index) * DAYS
        arm = (drawn["arm"].reindex(rows.index) == ground.support.arm).astype(float)
        rows = rows.assign(treatment=arm, day=rows["day"] - begun)
        rows = rows[~(rows["day"] < 0)]
    else:
        sent = ground.contacts[ground.contacts["step"] == "sent"].groupby("student_id")["at"].min()
        rows = rows.assign(first=(sent.reindex(rows.index) / DAYS).fillna(np.inf))
    held = rows.assign(time=rows["day"] / DAYS, unit=rows.index).drop(columns="day").reset_index(drop=True)
    words = {"outcome": outcome.label or outcome.id, "time": "weeks", "unit of time": "weeks"}
    return Sample(held, (), words, "share", ground.minimum, ground.protocol.seed)


def _followed(ground: Ground, events: tuple[str, ...]) -> pd.DataFrame:
    """Last day and what ended it, by student; day and outcome are missing where an event has no day."""
    recorded = ground.cohort.frame("outcomes")
    happened = recorded[recorded["name"].isin(events)].drop_duplicates("enrolment_id").set_index("enrolment_id")["day"]
    ends = ground.cohort.frame("enrolments").set_index("enrolment_id")["end"]
    rows = ground.enrolments[["student_id", "enrolment_id"]].drop_duplicates()
    last = float(ground.cohort.frame("calendar")["day"].max())
    event = rows["enrolment_id"].isin(happened.index)
    left = rows["enrolment_id"].map(ends).astype(float)
    day = rows["enrolment_id"].map(happened).astype(float).where(event, left.fillna(last))
    code = np.select([event & day.notna(), event, left.notna()], [1.0, np.nan, 2.0], 0.0)
    found = rows.assign(day=day, outcome=code, other=code != 1).sort_values(["student_id", "other", "day"])
    return found.drop_duplicates("student_id").set_index("student_id")[["day", "outcome"]]
