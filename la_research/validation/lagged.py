"""Which comes first within a student, the activity or how they are? Lags between the waves of a questionnaire."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.finding import Assumption, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.correlation import Correlation
from la_research.statistics.lagged.cross_lagged import Lagged, cross_lagged
from la_research.statistics.lagged.maximum import Misfit
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.ground import Ground, slug
from la_research.validation.validity import NO_INSTRUMENT, UNIT

METHOD = "ri-clpm"
SAME_WEEK = (
    "Where activity and how students are go together in the same week, one can seem to follow the other though nothing "
    "passes from wave to wave: an answer is given at the end of the weeks whose activity stands beside it, and both "
    "are in part chance. In cohorts of the synthetic campus, which plants such a link and no lag, the lag from how "
    "students are to their activity comes out near 0.05."
)
SCALE = (
    "Numbers are of departures from what is usual for a student, in standard deviations of these departures, averaged "
    "over the waves. They are not to be set beside those of students compared with one another."
)
ORDER = "Order in time is not cause: a third thing may move first the one and later the other."
LIMITATIONS = (
    ORDER,
    SAME_WEEK,
    "The lag is the time from one questionnaire to the next; what passes on faster or slower is not seen.",
    "It is an average: some may do more after a better week, and others have a better week after they did more.",
    SCALE,
)


def lagged_findings(ground: Ground) -> Iterator[Finding]:
    """One finding for each indicator and questionnaire of the registered associations, where ``lagged`` is asked.

    ``validation.lagged.INDICATOR.INSTRUMENT``: the lag from activity to how students are, the other way round, their
    difference, both lags of a series on itself, and what goes together in a wave and over all waves; see
    ``cross_lagged``. Activity is that of the weeks up to the questionnaire (``panel_of``); the weeks of two waves
    must not overlap, nor what two waves ask about, and waves have to be equally many teaching weeks apart.

    Examples
    --------
    >>> import la_research as lar
    >>> study, campus = lar.load_protocol("protocols/early-engagement"), lar.load_scenario("null")
    >>> cohort, _ = lar.generate_cohort(campus, n=60, seed=1)
    >>> ground = Ground(study, cohort, lar.compute_indicators(study, cohort), None)
    >>> [(found.id, found.reason) for found in lagged_findings(ground)]
    [('validation.lagged.weekly_activity.who_5', 'fewer than 100 students answered twice or more')]
    """
    if not ground.asked.lagged:
        return
    named = {
        (str(claim.indicator), str(ground.protocol.outcome(claim.outcome).instrument)): claim
        for claim in ground.associations
    }
    for (indicator, instrument), claim in named.items():
        yield _finding(ground, indicator, instrument, claim)


def _finding(ground: Ground, indicator: str, instrument: str, claim: Hypothesis) -> Finding:
    name = f"validation.lagged.{slug(indicator)}.{slug(instrument)}"
    construct = QUESTIONNAIRES[instrument].construct
    question = f"Within a student, which comes first: {indicator.replace('_', ' ')} or {construct} ({instrument})?"
    if not ground.cohort.arrow("responses").num_rows:
        return not_analysed(name, question, NO_INSTRUMENT)
    panel = ground.panel(claim)
    overlap = _overlap(ground, instrument, np.unique(panel.week))
    if overlap:
        return not_analysed(name, question, overlap)
    try:
        found = cross_lagged(panel)
    except Unfit as reason:
        return not_analysed(name, question, str(reason))
    headline, *rows = lag_rows(found, ground.asked.level)
    return Finding(
        name, question, "described", headline.estimate, (headline, *rows), _assumptions(ground, instrument, found),
        LIMITATIONS + _sign(instrument),
    )  # fmt: skip


def _overlap(ground: Ground, instrument: str, weeks: np.ndarray) -> str:
    """Why a wave's activity, or what it asks about, can belong to another wave too; empty where it can not."""
    apart = int(np.diff(weeks).min(initial=60))
    window, recall = ground.asked.window_weeks, QUESTIONNAIRES[instrument].recall_weeks
    lie = f"waves lie {_weeks(apart, 'teaching week')} apart"
    if window > apart:
        return f"{lie} and {window} weeks of activity belong to each: they overlap"
    if recall > apart:
        return f"{lie} and each asks about the last {recall}: they overlap"
    return ""


def lag_rows(found: Lagged, level: float, x: str = "activity", y: str = "how students are") -> list[Row]:
    """All numbers, the headline first, with the names of the two series."""
    told: dict[str, Coefficient | Correlation] = {
        f"{x}, then {y}": found.x_to_y,
        f"{y}, then {x}": found.y_to_x,
        "the first less the second": found.difference,
        f"{x}, then {x}": found.x_to_x,
        f"{y}, then {y.replace('students', 'they')}": found.y_to_y,
        "both in the same wave": found.same_wave,
        "both over all waves, between students": found.between,
    }
    return [
        Row({"what": what}, held.estimate("correlation" if isinstance(held, Correlation) else UNIT, METHOD, level))
        for what, held in told.items()
    ]


def _assumptions(ground: Ground, instrument: str, found: Lagged) -> tuple[Assumption, ...]:
    window, recall = ground.asked.window_weeks, QUESTIONNAIRES[instrument].recall_weeks
    return (
        Assumption(
            "Activity of a wave is that of the weeks its answers are about",
            window == recall,
            f"{_weeks(window, 'week')} of activity up to the questionnaire, which asks about the last {recall}; "
            "no week belongs to two waves",
        ),
        _equal_times(ground, instrument),
        fits(found.misfit),
        Assumption(
            "Whether a student answers does not depend on how they are, given their activity and other answers",
            None,
            "who did not answer is not known; every answer counts, also of students who left some out",
        ),
        Assumption(
            "The term calendar does not make the lag",
            True,
            "differences between modules and weeks are taken out, so that students are compared within the same week",
        ),
    )


def fits(misfit: Misfit | None) -> Assumption:
    """Whether the waves look as the model says."""
    statement = "What is usual for a student stays the same, and one lag stands for all waves"
    if misfit is None:
        return Assumption(statement, None, "means and covariances without any model could not be fitted")
    p = "p < 0.001" if misfit.p < 0.001 else f"p = {misfit.p:.3f}"
    evidence = f"test of the model: chi-square {misfit.chisq:.1f} on {misfit.df} degrees of freedom, {p}"
    return Assumption(statement, misfit.p >= 0.05, f"{evidence}; RMSEA {misfit.rmsea:.3f}")


def _equal_times(ground: Ground, instrument: str) -> Assumption:
    """Whether as many days, breaks counted, lie between all waves."""
    statement = "The same time lies between any two waves"
    responses, calendar = ground.cohort.frame("responses"), ground.cohort.frame("calendar")
    asked = responses.loc[responses["instrument"] == instrument, ["presentation", "week"]].drop_duplicates()
    first = calendar.dropna(subset=["week"]).groupby(["presentation", "week"], as_index=False)["day"].min()
    days = asked.merge(first, on=["presentation", "week"]).sort_values(["presentation", "day"])
    apart = sorted({int(gap) for gap in days.groupby("presentation")["day"].diff().dropna()})
    if not apart:
        return Assumption(statement, None, "the days of the waves are not known")
    if len(apart) == 1:
        return Assumption(statement, True, f"{apart[0]} days")
    return Assumption(statement, False, f"{apart[0]} to {apart[-1]} days: weeks of a break lie between some of them")


def _weeks(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _sign(instrument: str) -> tuple[str, ...]:
    known = QUESTIONNAIRES[instrument]
    return () if known.positive else (f"{instrument} counts {known.construct}: a higher number is less well.",)
