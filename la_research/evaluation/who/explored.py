"""Exploratory: is there a benefit that can be foretold, and would it choose better than need does?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Floats
from la_research.evaluation.who.compared import Compared
from la_research.finding import Finding, Row, not_analysed
from la_research.statistics.benefit import SPLITS, THIRDS, Learnt, Trial, calibration, ranked, repeated, thirds
from la_research.statistics.coefficient import Coefficient

LEAST = 50
"""Students of each arm from whom anything can be learnt …"""
LEAST_GROUPS = 20
"""… and groups drawn."""
WHETHER = "Can it be foretold who gains more from the support?"
RANKED = "Would more be gained by contacting who is expected to gain most than who is expected to fare worst?"
EXPLORATORY = "Exploratory: it was not registered what is looked for, so it may suggest a question and answers none."
LEARNT = (
    "Learnt from {names} in one half of the students and tried on the other; medians of {splits} splits, whose "
    "intervals are rather too wide than too narrow."
)
ONE = "1 would be a forecast that is right on average, 0 one that says nothing."
RISK = "Risk is the outcome expected without the support, the worst first; each list holds {share:.0%} of the students."
NOT_A_RULE = "It is no rule for choosing students: those with the greatest need may have a claim whatever they gain."
TOO_FEW = "fewer than {least} students of an arm answered, too few to learn from"
FEW_GROUPS = f"fewer than {LEAST_GROUPS} groups were drawn, too few to learn from"
ALIKE = "nothing that was known before tells the students apart"


def explored_findings(
    ground: Ground, held: Compared | str, groups: Mapping[str, pd.Series], share: float
) -> list[Finding]:
    """``evaluation.who.explored`` and ``evaluation.who.ranking``.

    The first: the slope of the best linear predictor, and rows ``{"third": lowest, middle, highest}``, ``{"what":
    "highest less lowest"}``. The second: what the first by benefit gain on average more than the first by risk,
    and rows ``{"by": benefit, risk, everyone}``.
    """
    trial = _trial(held, groups, max(LEAST, int(np.ceil(2 * ground.minimum / share))))
    if isinstance(trial, str) or isinstance(held, str):
        reason = held if isinstance(held, str) else str(trial)
        asked = {"explored": WHETHER, "ranking": RANKED}
        return [not_analysed(f"evaluation.who.{what}", question, reason) for what, question in asked.items()]
    better = 1 if held.claim.direction == "positive" else -1

    def told(found: Learnt) -> dict[str, Coefficient]:
        return {"slope": calibration(found), **thirds(found), **ranked(found, share, better)}

    found = repeated(trial, ground.rng("who"), told)
    said = LEARNT.format(names=_names(ground, groups), splits=SPLITS)
    return [_explored(held, found, said), _ranking(held, found, said, share)]


def _trial(held: Compared | str, groups: Mapping[str, pd.Series], least: int) -> Trial | str:
    if isinstance(held, str):
        return held
    n = len(held.outcome)
    if min(int(held.drawn.sum()), int((~held.drawn).sum())) < least:
        return TOO_FEW.format(least=least)
    if held.cluster is not None and int(held.cluster.max()) + 1 < LEAST_GROUPS:
        return FEW_GROUPS
    columns = np.hstack([held.given, *(_marks(group.reindex(held.students)) for group in groups.values())])
    columns = columns[:, np.ptp(columns, axis=0) > 0]
    if not columns.shape[1]:
        return ALIKE
    cluster = np.arange(n) if held.cluster is None else held.cluster
    return Trial(held.outcome, held.drawn, np.full(n, held.drawn.mean()), columns, cluster)


def _marks(group: pd.Series) -> Floats:
    """A column for each word but the first; a student whose group is not known has none of them."""
    names = sorted(group.dropna().unique())[1:]
    return np.column_stack([np.empty((len(group), 0)), *((group == name).to_numpy(dtype=float) for name in names)])


def _names(ground: Ground, groups: Mapping[str, pd.Series]) -> str:
    return ", ".join(
        dict.fromkeys(
            name.replace("_", " ") for name in (*ground.support.covariates, *ground.support.background, *groups)
        )
    )


def _explored(held: Compared, found: Mapping[str, Coefficient], said: str) -> Finding:
    level = 1 - held.claim.alpha
    rows = [Row({"third": third}, found[third].estimate(held.unit, "gates-hc2", level)) for third in THIRDS]
    apart = "highest less lowest"
    rows.append(Row({"what": apart}, found[apart].estimate(held.unit, "gates-hc2", level)))
    slope = found["slope"]
    low, high = slope.interval(level)
    what = "there is some sign that it can" if low > 0 else "there is no sign that it can, nor that it can not"
    reason = what if high > 0 else "what was foretold went the other way"
    estimate = slope.estimate("times the benefit expected", "blp-hc2", level)
    limitations = (EXPLORATORY, said, ONE)
    return Finding(
        "evaluation.who.explored", WHETHER, "described", estimate, tuple(rows), limitations=limitations, reason=reason
    )


def _ranking(held: Compared, found: Mapping[str, Coefficient], said: str, share: float) -> Finding:
    level, method = 1 - held.claim.alpha, "aipw-cross-fitted"
    rows = tuple(
        Row({"by": by}, found[by].estimate(held.unit, method, level)) for by in ("benefit", "risk", "everyone")
    )
    estimate = found["benefit less risk"].estimate(held.unit, method, level)
    limitations = (EXPLORATORY, RISK.format(share=share), said, NOT_A_RULE)
    return Finding("evaluation.who.ranking", RANKED, "described", estimate, rows, limitations=limitations)
