"""The weeks gone by on which rules are tried: who was in need, and which looks came before it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.protocol import QUESTIONNAIRES
from la_research.protocol.validation import Triggers
from la_research.statistics.contacts import Bools, History
from la_research.statistics.intervals import Floats
from la_research.validation.ground import Ground


def history_of(ground: Ground, asked: Triggers) -> History:
    """Need and looks by unit.

    A questionnaire speaks of its recall period: a look is before it where its week is over
    when the period begins. PHQ-8 in week 8 speaks of weeks 7 and 8, so that a look at the end
    of week 6 is the last before it. An event of the record is in the teaching week of its
    first day, and every look at an earlier week's end is before it; for who has none, all are.
    """
    weeks = np.array(sorted(set(asked.weeks)))
    outcome = ground.protocol.outcome(asked.need)
    need = ground.outcome(asked.need).to_numpy(dtype=float)
    if outcome.instrument is None:
        at = _event_weeks(ground, outcome.event)
        begins = at
    else:
        at = np.full(len(need), float(outcome.week or 0))
        begins = at - QUESTIONNAIRES[outcome.instrument].recall_weeks + 1
    student = pd.factorize(ground.units["student_id"])[0]
    return History(need, weeks < begins[:, None], at, weeks.astype(float), student)


def observed(table: pd.DataFrame, history: History) -> tuple[Floats, Bools]:
    """An indicator at the looks, units x looks, and whether it was observed; a week it lacks was not."""
    values = table.reindex(columns=[int(week) for week in history.weeks]).to_numpy(dtype=float)
    return values, ~np.isnan(values)


def _event_weeks(ground: Ground, names: tuple[str, ...]) -> Floats:
    """Teaching week of the first of these events, one more than the weeks that had ended; infinite without one."""
    recorded = ground.cohort.frame("outcomes")
    days = recorded[recorded["name"].isin(names)].groupby("enrolment_id")["day"].min()
    calendar = ground.cohort.frame("calendar").dropna(subset=["week"])
    ends = calendar.groupby(["presentation", "week"])["day"].max()
    found: dict[str, int] = {}
    for unit, enrolment, presentation in ground.enrolments[["unit_id", "enrolment_id", "presentation"]].to_numpy():
        if enrolment in days.index and presentation in ends.index:
            week = 1 + int((ends[presentation] < days[enrolment]).sum())
            found[unit] = min(week, found.get(unit, week))
    return ground.units.index.map(found).to_numpy(dtype=float, na_value=np.inf)
