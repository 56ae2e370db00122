"""Distress: do more students feel reliably worse after being drawn for the contact?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.evaluation.harms.arms import Arms
from la_research.evaluation.harms.measure import Measure, share_difference
from la_research.protocol import QUESTIONNAIRES
from la_research.protocol.support import Harm
from la_research.statistics.psychometrics.precision import reliable_change
from la_research.statistics.psychometrics.reliability import cronbach_alpha
from la_research.statistics.psychometrics.unfit import Unfit

NO_QUESTIONNAIRE = "the protocol registers no questionnaire for it"
ANSWERED = "Students who did not answer both times are left out; who feels worst may answer least."


def distress(arms: Arms, harm: Harm) -> Measure | str:
    """Difference between the arms in the share that worsened by more than the questionnaire's own error.

    Worse is a change of 1.96 times the standard error of a difference or more, which follows from the spread of the
    scores before the draw and Cronbach's alpha of their items. Before is the last wave at or before the draw, after
    the registered week.

    References
    ----------
    Jacobson & Truax (1991), Clinical significance, doi:10.1037/0022-006X.59.1.12.
    """
    outcome = arms.outcome(harm)
    if outcome is None or outcome.instrument is None or outcome.week is None:
        return NO_QUESTIONNAIRE
    if arms.reason:
        return arms.reason
    scores = arms.ground.scores(outcome.instrument).reindex(arms.drawn.index)
    if outcome.week not in scores:
        return f"{outcome.instrument} was not answered in week {outcome.week}"
    week = arms.drawn["week"]
    waves = scores.where(scores.columns.to_numpy()[None, :] <= week.to_numpy()[:, None])
    before = waves.ffill(axis=1).iloc[:, -1] if waves.shape[1] else pd.Series(np.nan, index=scores.index)
    after = scores[outcome.week].where(week < outcome.week)
    known = (before.notna() & after.notna()).to_numpy()
    if reason := arms.too_few(known):
        return reason
    worst = _reliable(arms, outcome.instrument, before)
    if isinstance(worst, str):
        return worst
    better = 1 if QUESTIONNAIRES[outcome.instrument].positive else -1
    worse = (better * (after - before) <= -worst).to_numpy()
    found = share_difference(worse[known], arms.treated[known], arms.names, arms.minimum, arms.groups(known))
    return Measure(
        found.value,
        found.n,
        found.ends,
        rows=found.rows,
        few=found.few,
        limitations=(f"Reliably worse is {worst:.1f} points of {outcome.instrument} or more.", ANSWERED),
    )


def _reliable(arms: Arms, instrument: str, before: pd.Series) -> float | str:
    """Points of change that the questionnaire's own error does not explain."""
    known = QUESTIONNAIRES[instrument]
    rows = arms.ground.cohort.frame("responses")
    rows = rows[(rows["instrument"] == instrument) & rows["student_id"].isin(arms.ground.students.index)]
    rows = rows[rows["week"] <= arms.drawn["week"].max()]
    items = rows.pivot_table(index=["student_id", "week"], columns="item", values="value")
    items = items.reindex(columns=range(1, known.items + 1)).dropna()
    last = items[~items.index.get_level_values("student_id").duplicated(keep="last")]
    try:
        alpha = cronbach_alpha(last.to_numpy(dtype=float)).value
    except Unfit as unfit:
        return f"how reliable {instrument} is can not be told: {unfit}"
    spread = float(before.std())
    if not spread > 0 or not 0 < alpha < 1:
        return f"how reliable {instrument} is can not be told: its scores do not vary as they should"
    return reliable_change(spread, alpha)
