"""How long before the weeks that the label asks about activity still says anything of it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES, Outcome
from la_research.statistics.folds import fold_auc
from la_research.statistics.intervals import Floats
from la_research.validation.ground import Ground
from la_research.validation.place import Place, placed

NAME = "validation.lead_time"
QUESTION = "How many weeks before the weeks asked about does '{indicator}' still say anything of '{label}'?"
METHOD = "delong-within-modules-bonferroni"
NO_LABEL = "the study registers no label of yes and no from a questionnaire, so there are no weeks that it asks about"
NO_INDICATOR = "no hypothesis names an indicator"
FEW = "fewer than {} students with either value of the label were observed in all of these weeks"
TOO_EARLY = "the term holds no such window, or too few students were observed in it"
NOT_COMPARED = "no module holds two students with and two without the outcome"
NOTHING = "at no lead does the interval exclude a coin's 0.5"
LIMITATIONS = (
    "Above 0.5, students with the outcome had done less before it; below 0.5, more. 0.5 is a coin.",
    "Every lead rests on the same students; intervals hold for all leads together.",
    "Students who are quiet or busy all term are so at every lead: a long lead need not be an early sign of change.",
    "A lead that is not shown to say anything may still do so: the interval says how much.",
)


def lead_finding(ground: Ground) -> Finding:
    """AUC of the mean activity in windows that end ever longer before the weeks that the model's label asks about.

    Windows are as long as the recall period and never overlap it. The headline is the longest lead, in weeks, at which
    the interval, by Bonferroni over all leads tried, excludes 0.5; its lower end is itself, as a longer lead may say
    something too, and its upper end the longest that was tried. Students are compared within modules.

    Returns
    -------
    Finding
        ``validation.lead_time``: "inconclusive" where no lead says anything.
    """
    label, claims = ground.protocol.model.label, ground.associations
    outcome = None if label is None else ground.protocol.outcome(label)
    indicator = str(claims[0].indicator) if claims else ""
    words = indicator.replace("_", " "), "the outcome" if outcome is None else outcome.label or outcome.id
    question = QUESTION.format(indicator=words[0] or "activity", label=words[1])
    if outcome is None or outcome.instrument is None or outcome.at_least is None:
        return not_analysed(NAME, question, NO_LABEL)
    if not claims:
        return not_analysed(NAME, question, NO_INDICATOR)
    return _finding(ground, question, outcome, indicator)


def _finding(ground: Ground, question: str, outcome: Outcome, indicator: str) -> Finding:
    has, means = ground.outcome(outcome.id).to_numpy(dtype=float), _means(ground, outcome, indicator)
    kept: dict[int, Floats] = {}
    known = ~np.isnan(has)
    for lag, mean in sorted(means.items()):
        both = known & ~np.isnan(mean)
        if _either(has[both]) >= ground.minimum:
            kept[lag], known = mean, both
    late = [Row({"what": placed("before", lag)}, None, "not analysed", TOO_EARLY) for lag in means if lag not in kept]
    if not kept:
        return not_analysed(NAME, question, FEW.format(ground.minimum), rows=tuple(late))
    level = 1 - (1 - ground.asked.level) / len(kept)
    units = ground.units[known]
    found = {lag: _auc(has[known], mean[known], units, level) for lag, mean in kept.items()}
    rows = tuple(_row(lag, auc) for lag, auc in found.items()) + tuple(late)
    if not any(found.values()):
        return not_analysed(NAME, question, NOT_COMPARED, rows=rows)
    said = [lag for lag, auc in found.items() if auc and not _holds_half(auc)]
    if not said:
        return Finding(NAME, question, "inconclusive", None, rows, limitations=LIMITATIONS, reason=NOTHING)
    longest = Estimate(max(said), max(said), max(kept), ground.asked.level, "weeks", len(units), METHOD)
    return Finding(NAME, question, "described", longest, rows, limitations=LIMITATIONS)


def _means(ground: Ground, outcome: Outcome, indicator: str) -> dict[int, Floats]:
    """Mean activity of each lead's window by unit."""
    recall, week = QUESTIONNAIRES[str(outcome.instrument)].recall_weeks, np.array([outcome.week or 0])
    weekly = ground.weekly(indicator)
    return {lag: Place.of("before", lag, recall).means(weekly, week)[:, 0] for lag in ground.asked.lags}


def _either(has: Floats) -> int:
    """Students of the rarer label."""
    return int(min((has == 1).sum(), (has == 0).sum()))


def _row(lag: int, auc: Estimate | None) -> Row:
    keys = {"what": placed("before", lag)}
    return Row(keys, auc) if auc else Row(keys, None, "not analysed", NOT_COMPARED)


def _auc(has: Floats, mean: Floats, units: pd.DataFrame, level: float) -> Estimate | None:
    """Chance that a student with the outcome had done less than one of the module without it."""
    value, lower, upper = fold_auc(has, -mean, units["group"].to_numpy(), units["student_id"].to_numpy(), level)
    return None if math.isnan(value) else Estimate(value, lower, upper, level, "AUC", len(units), METHOD)


def _holds_half(auc: Estimate) -> bool:
    assert auc.lower is not None
    assert auc.upper is not None
    return auc.lower <= 0.5 <= auc.upper
