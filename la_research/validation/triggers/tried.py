"""Every registered rule at every registered cut-off, as it would have looked at students week by week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.indicators.rules import RULES
from la_research.models import ALL
from la_research.protocol.validation import Triggers
from la_research.statistics.contacts import Bools, History
from la_research.validation.ground import Ground
from la_research.validation.triggers.history import history_of, observed
from la_research.validation.triggers.scores import Scores, folds_of

SCORE = "score"
LABELS = {rule.id: rule.label for rule in RULES.values()} | {SCORE: "the highest scores"}
NOT_BEFORE = "every look lies within the weeks that the need itself speaks of"
NOT_OBSERVED = "no student-week was observed in the weeks at which the rule looks"


Cut = tuple[str, float]
"""A rule's id and a cut-off."""


@dataclass(frozen=True)
class Tried:
    """A rule at a cut-off.

    Parameters
    ----------
    rule, cut
        Its id and the cut-off.
    suggested, seen
        Units x looks: whether it suggests a contact, and whether it had a value to read.
    without
        By fold: what it suggests to all others where nothing of that fold was learnt from; empty
        for a rule that learns nothing.
    """

    rule: str
    cut: float
    suggested: Bools
    seen: Bools
    without: Mapping[int, Bools] = field(default_factory=dict)

    def to_train(self, fold: int) -> Bools:
        """Its suggestions as a choice may see them that is then tried on a fold."""
        return self.without.get(fold, self.suggested)


@dataclass(frozen=True)
class Laboratory:
    """All rules on the same weeks gone by.

    Parameters
    ----------
    ground, asked, history, fold
        The study, what it registers, its looks, and folds by unit.
    tried
        Rules at their cut-offs, in the order registered.
    reasons
        By rule that could not be tried: why.
    scores
        The model at every look; None where the score is not registered or there is none.
    """

    ground: Ground
    asked: Triggers
    history: History
    fold: NDArray[np.int64]
    tried: tuple[Tried, ...]
    reasons: Mapping[str, str]
    scores: Scores | None

    def cuts(self, rule: str) -> list[Tried]:
        """A rule at its cut-offs."""
        return [one for one in self.tried if one.rule == rule]

    def own(self, rule: str) -> Tried:
        """The rule at its own cut-off, or at the nearest that is tried."""
        cut = own_cut(self.ground, rule)
        return min(self.cuts(rule), key=lambda one: (abs(one.cut - cut), one.cut))


def own_cut(ground: Ground, rule: str) -> float:
    """The cut-off of a rule's card; for the score, the share that the registered decision takes."""
    return ground.protocol.model.top_share if rule == SCORE else RULES[rule].cut


def laboratory(ground: Ground, asked: Triggers) -> Laboratory:
    """Every rule tried; one whose source was not observed carries a reason and no number."""
    history = history_of(ground, asked)
    fold = folds_of(ground, history)
    scores, reasons = None, dict[str, str]()
    if not history.before.any():
        reasons = dict.fromkeys(map(str, asked.rules), NOT_BEFORE)
        return Laboratory(ground, asked, history, fold, (), reasons, None)
    if SCORE in asked.rules:
        scores, reason = _scores(ground, history, fold)
        reasons = {SCORE: reason} if reason else {}
    tried: list[Tried] = []
    for rule, candidate in asked.rules.items():
        cuts = sorted(set(candidate.cuts)) or [own_cut(ground, rule)]
        if rule != SCORE:
            found = [_simple(ground, history, rule, cut) for cut in cuts]
        else:
            found = [] if scores is None else [_scored(scores, cut) for cut in cuts]
        if found and not found[0].seen.any():
            reasons[rule] = NOT_OBSERVED
        else:
            tried += found
    return Laboratory(ground, asked, history, fold, tuple(tried), reasons, scores)


def kept_laboratory(ground: Ground, asked: Triggers) -> Laboratory:
    """The laboratory of the registered rules, made once for all questions that read it."""
    if ("triggers",) not in ground.kept:
        ground.kept[("triggers",)] = laboratory(ground, asked)
    found: Laboratory = ground.kept[("triggers",)]
    return found


def further(lab: Laboratory, rule: str, cut: float) -> Tried:
    """A rule of the laboratory at another cut-off, which no choice reads."""
    if rule != SCORE or lab.scores is None:
        return _simple(lab.ground, lab.history, rule, cut)
    return Tried(SCORE, cut, lab.scores.suggested(lab.scores.score, cut), lab.scores.seen)


def reads(rule: str) -> str:
    """What a rule's cut-off is on: its indicator, or the score."""
    return SCORE if rule == SCORE else RULES[rule].indicator


def _scores(ground: Ground, history: History, fold: NDArray[np.int64]) -> tuple[Scores | None, str]:
    """The model at every look, or why there is none."""
    if ground.predictions.frame.empty or ALL not in set(ground.predictions.frame["population"]):
        return None, ground.predictions.reason or "there is no score"
    scores = Scores(ground, history, fold)
    return (None, "without two of the folds, the label has a single value") if scores.too_little else (scores, "")


def _simple(ground: Ground, history: History, rule: str, cut: float) -> Tried:
    card = RULES[rule]
    registered = card.indicator in ground.protocol.indicators
    table = ground.weekly(card.indicator) if registered else pd.DataFrame(index=ground.units.index)
    values, seen = observed(table, history)
    return Tried(rule, cut, np.where(seen, card.applies(values, cut), False), seen)


def _scored(scores: Scores, share: float) -> Tried:
    without = {fold: scores.suggested(score, share) for fold, score in scores.without.items()}
    return Tried(SCORE, share, scores.suggested(scores.score, share), scores.seen, without)
