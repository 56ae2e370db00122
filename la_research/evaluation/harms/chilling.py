"""The chilling effect: do students take part less once they know that activity is looked at?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.harms.arms import Arms
from la_research.evaluation.harms.measure import Codes, Measure, clustered_difference, less_activity, share_difference
from la_research.evaluation.shares import few
from la_research.finding import Estimate, Row
from la_research.protocol.support import Harm
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.randomised import adjusted_difference, kept_covariates

Floats = npt.NDArray[np.float64]
RECENT = 2
"""Weeks up to the draw that are adjusted for on their own."""
BOTH = (
    "It is what is left of both: a contact that helps may make students more active, and hide that others fall silent."
)
ANSWERS = {"what": "fewer answer questionnaires"}


def chilling(arms: Arms, harm: Harm) -> Measure | str:
    """Share of activity that being drawn for the contact costs, over all weeks after the draw.

    Difference between the arms in the logarithm of one plus the actions of a mean week after the draw, over all
    sources; adjusted, with an interaction (Lin 2013), for the same in all weeks up to it and in the last two, the
    share of silent weeks, and the module. A silent week counts as 0; one that was not observed, or after a student
    left, is left out; a student without an observed week on either side is left out. The row says how many fewer
    answer any questionnaire afterwards.

    References
    ----------
    Penney (2016), Chilling effects: online surveillance and Wikipedia use, doi:10.15779/Z38SS13.
    """
    if arms.reason:
        return arms.reason
    weekly = arms.ground.actions.reindex(arms.drawn.index)
    week, drawn = weekly.columns.to_numpy()[None, :], arms.drawn["week"].to_numpy()[:, None]
    counts = weekly.to_numpy(dtype=float)
    before, recent = week <= drawn, (week <= drawn) & (week > drawn - RECENT)
    after, known = _mean(counts, week > drawn), _mean(counts, before)
    kept = ~np.isnan(after) & ~np.isnan(known)
    if reason := arms.too_few(kept):
        return reason
    silent = _mean(np.where(np.isnan(counts), np.nan, counts == 0), before)
    last = _mean(counts, recent)
    covariates = np.column_stack(
        [np.log1p(known), np.log1p(np.where(np.isnan(last), known, last)), silent, _modules(arms)]
    )
    if not np.ptp(after[kept]):
        return "activity after the draw is the same for all students"
    found = less_activity(_change(np.log1p(after[kept]), arms.treated[kept], covariates[kept], arms.groups(kept)))
    return Measure(found.value, found.n, found.ends, found.unit, found.method, rows=_answers(arms), limitations=(BOTH,))


def _change(after: Floats, treated: npt.NDArray[np.bool_], covariates: Floats, groups: Codes | None) -> Coefficient:
    """The adjusted difference; where whole groups were drawn their students may share their fate."""
    if groups is None:
        return adjusted_difference(after, treated, covariates)
    return clustered_difference(after, treated, groups, covariates[:, kept_covariates(treated, covariates)])


def _mean(values: Floats, here: npt.NDArray[np.bool_]) -> Floats:
    """Mean of each row over the cells that are asked for and known; not a number where there is none."""
    seen = here & ~np.isnan(values)
    number = seen.sum(axis=1)
    means: Floats = np.where(seen, values, 0).sum(axis=1) / np.where(number > 0, number, np.nan)
    return means


def _modules(arms: Arms) -> Floats:
    return pd.get_dummies(arms.drawn["module"], drop_first=True).to_numpy(dtype=float)


def _answers(arms: Arms) -> tuple[Row, ...]:
    """How many fewer of those drawn for the contact answer any questionnaire after the draw."""
    asked = arms.ground.cohort.frame("responses")[["student_id", "week"]].drop_duplicates()
    later = asked[asked["week"] > asked["student_id"].map(arms.drawn["week"])]
    if later.empty:
        return (Row(ANSWERS, None, "not analysed", "no questionnaire was answered after the draw"),)
    silent = ~arms.drawn.index.isin(later["student_id"])
    found = share_difference(silent, arms.treated, arms.names, arms.minimum, arms.groups())
    if found.few:
        return (Row(ANSWERS, None, "suppressed", few(arms.minimum)),)
    return (Row(ANSWERS, Estimate(found.value, *found.ends(0.95), 0.95, found.unit, found.n, found.method)),)
