"""Peers: do students who were not contacted feel worse where more of those around them were?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.cohort.outcomes import outcome_values
from la_research.evaluation.harms.arms import NO_DRAW, Arms
from la_research.evaluation.harms.measure import Measure
from la_research.protocol import QUESTIONNAIRES, Outcome
from la_research.protocol.support import Harm
from la_research.statistics.coefficient import Coefficient

NO_GROUPS = "the draw does not say who is in a group with whom"
LEAST = 12
"""Groups below which errors by group can not be trusted."""
CHANCE = (
    "How many in a group were drawn is chance where students were drawn one by one, and by design where groups were."
)


def peers(arms: Arms, harm: Harm) -> Measure | str:
    """What it costs a student who was not contacted, in SDs of the outcome, if all drawn around them were.

    Least squares of the outcome of students drawn for the usual service on the share drawn for the contact among the
    others of their group who were drawn; errors by group, t with groups less 2 degrees of freedom.

    References
    ----------
    Hudgens & Halloran (2008), Toward causal inference with interference, doi:10.1198/016214508000000292.
    """
    outcome, support = arms.outcome(harm), arms.ground.support
    if support.trial is None:
        return NO_DRAW
    drawn = arms.ground.assignments.drop_duplicates("student_id")
    drawn = drawn[drawn["cluster"].notna() & drawn["arm"].isin(arms.names)]
    if drawn.empty:
        return NO_GROUPS
    if outcome is None:
        return "the protocol registers no outcome for it"
    return _slope(arms, outcome, drawn.set_index("student_id"))


def _slope(arms: Arms, outcome: Outcome, drawn: pd.DataFrame) -> Measure | str:
    treated = (drawn["arm"] == arms.names[0]).astype(float)
    groups = treated.groupby(drawn["cluster"])
    others = groups.transform("size") - 1
    exposed = (groups.transform("sum") - treated) / others.where(others > 0)
    worse = _worse(arms, outcome).reindex(drawn.index)
    here = (treated == 0) & exposed.notna() & worse.notna()
    if arms.among is not None:
        here &= here.index.isin(arms.among)
    x, y, group = exposed[here].to_numpy(), worse[here].to_numpy(), drawn.loc[here, "cluster"]
    if len(y) < arms.minimum or group.nunique() < LEAST:
        return (
            f"it is known of fewer than {LEAST} groups, or of fewer than {arms.minimum} students who were not contacted"
        )
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return "as many were drawn in every group, or the outcome is the same for all"
    from statsmodels.regression.linear_model import OLS

    codes = pd.factorize(group)[0]
    fit = OLS(y / y.std(ddof=1), np.column_stack([np.ones(len(x)), x])).fit(
        cov_type="cluster", cov_kwds={"groups": codes}
    )
    slope = Coefficient(float(fit.params[1]), float(fit.bse[1]), group.nunique() - 2, len(y))
    return Measure(slope.value, slope.n, slope.interval, "SD", "cluster-t", limitations=(CHANCE,))


def _worse(arms: Arms, outcome: Outcome) -> pd.Series:
    """The outcome, turned so that more is worse."""
    rows = arms.ground.enrolments.assign(unit_id=arms.ground.enrolments["student_id"])
    values = outcome_values(arms.ground.cohort, outcome, rows)
    better = outcome.instrument is not None and QUESTIONNAIRES[outcome.instrument].positive and outcome.at_least is None
    return -values if better else values
