"""Which rule would have been chosen within the budget, and what it did for students the choice had not seen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Key, Row, not_analysed
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.contacts import Bools, contact_measures
from la_research.statistics.decision import net_benefit
from la_research.statistics.influence import clustered_error
from la_research.statistics.intervals import Floats
from la_research.validation.triggers.each import LIMITATIONS, NOTHING, PAST, TOO_FEW, beyond_row
from la_research.validation.triggers.tried import Laboratory, Tried

NAME = "validation.triggers.chosen"
QUESTION = (
    "Which rule reaches most students in need within the staff hours, and does it for students it was not chosen on?"
)
NO_RULE = "no rule that was tried stays within the staff hours"
SHOWN = ("sensitivity", "predictive value", "contacts", "lead time", "staff hours", "hours beyond the budget")


@dataclass(frozen=True)
class Choice:
    """A rule for every fold, chosen without it.

    Parameters
    ----------
    by_fold
        Fold to the rule; None where no rule stayed within the budget.
    suggested, seen
        Units x looks: what the rule chosen without a unit's fold suggests for the unit.
    in_training
        Units x folds: whether a unit was reached in time by the rule chosen without that fold, where the unit
        was one of those it was chosen on; not a number where it was not.
    """

    by_fold: dict[int, Tried | None]
    suggested: Bools
    seen: Bools
    in_training: Floats


def choose(lab: Laboratory) -> Choice:
    """In each fold's training part, the rule of highest sensitivity among those within the staff hours.

    A rule costs the contacts it suggests a week; no interval is asked for, as a budget is a
    promise on average. Rules as sensitive as each other are put
    in a seeded order. What a score learnt is learnt without the fold, too.
    """
    history, shape = lab.history, lab.history.before.shape
    suggested, seen = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    folds = [int(k) for k in np.unique(lab.fold)]
    in_training, by_fold = np.full((shape[0], len(folds)), np.nan), dict[int, Tried | None]()
    for column, k in enumerate(folds):
        test = lab.fold == k
        train = ~np.isin(history.student, history.student[test])
        best = _best(lab, train, k)
        by_fold[k] = best
        reached = np.zeros(shape[0], dtype=bool)
        if best is not None:
            suggested[test], seen[test] = best.suggested[test], best.seen[test]
            reached = history.in_time(best.to_train(k))
        in_training[train, column] = reached[train]
    return Choice(by_fold, suggested, seen, in_training)


def _best(lab: Laboratory, train: Bools, fold: int) -> Tried | None:
    """The rule chosen on these units."""
    part = lab.history.part(train)
    order = lab.ground.rng("triggers", "choice", fold).permutation(len(lab.tried))
    best, highest = None, -1.0
    for one in (lab.tried[i] for i in order):
        suggested = one.to_train(fold)[train]
        hours = 1000 * lab.asked.minutes / 60 * one.suggested[train].mean()  # of a score, as many whatever it learnt
        need = part.need == 1
        sensitivity = float(part.in_time(suggested)[need].mean()) if need.any() else 0.0
        if hours <= lab.asked.hours and sensitivity > highest:
            best, highest = one, sensitivity
    return best


def chosen_finding(lab: Laboratory, choice: Choice) -> Finding:
    """``validation.triggers.chosen``: sensitivity on held-out folds, what it took, optimism, and beside chance."""
    if reason := nothing_chosen(lab, choice):
        return not_analysed(NAME, QUESTION, reason, limitations=LIMITATIONS)
    found = contact_measures(
        lab.history,
        choice.suggested,
        choice.seen,
        minutes=lab.asked.minutes,
        hours=lab.asked.hours,
        level=lab.ground.asked.level,
    )
    rows = [
        Row({"what": what}, found[what]) if found[what] else Row({"what": what}, None, "not analysed", NOTHING[what])
        for what in SHOWN
    ]
    rows += [*_beside(lab, choice), *_benefits(lab, choice), *_shares(lab, choice)]
    return Finding(
        NAME,
        QUESTION,
        "described",
        found["sensitivity"],
        tuple(rows),
        (
            Assumption(
                "No student was reached by a rule that was chosen, or a score that was fitted, with their help",
                True,
                "rules are chosen within training folds, on scores that saw nobody of the fold held out",
            ),
            PAST,
        ),
        (*LIMITATIONS, "It is the procedure of choosing that is tried: in each fold it may choose another rule."),
    )


def nothing_chosen(lab: Laboratory, choice: Choice) -> str:
    """Why no rule was chosen, or why it can not be told what it did; "" where it can."""
    if not lab.tried:
        return "; ".join(sorted(set(lab.reasons.values())))
    if not (lab.history.need == 1).any():
        return NOTHING["sensitivity"]
    return "" if any(choice.by_fold.values()) else NO_RULE


def _beside(lab: Laboratory, choice: Choice) -> Iterator[Row]:
    """Held-out sensitivity less that of chance, and of training less held-out."""
    yield beyond_row(lab, choice.suggested)
    what, found = "optimism: sensitivity where chosen, less held out", _optimism(lab, choice)
    if found is None or math.isnan(found.se):
        yield Row({"what": what}, None, "not analysed", TOO_FEW)
    else:
        yield Row({"what": what}, found.estimate("share", "difference-by-student", lab.ground.asked.level))


def _optimism(lab: Laboratory, choice: Choice) -> Coefficient | None:
    """Mean over folds of the sensitivity in training, less that held out; the choices are taken as given."""
    need = lab.history.need == 1
    training = choice.in_training[need]
    held = lab.history.in_time(choice.suggested)[need].astype(float)
    if len(held) < 2 or np.isnan(training).all(axis=0).any():
        return None
    each, counts = np.nanmean(training, axis=0), (~np.isnan(training)).sum(axis=0)
    pulls = np.nansum((training - each) / counts, axis=1) / training.shape[1] - (held - held.mean()) / len(held)
    who = lab.history.student[need]
    students = len(np.unique(who))
    return Coefficient(float(each.mean() - held.mean()), clustered_error(pulls, who), students - 1, students)


def _benefits(lab: Laboratory, choice: Choice) -> Iterator[Row]:
    """Net benefit at the registered thresholds, itself and less that of as many students at random."""
    known = ~np.isnan(lab.history.need)
    reached = lab.history.in_time(choice.suggested)[known]
    for threshold in lab.ground.asked.thresholds:
        if not 0 < threshold < 1:
            continue
        found = net_benefit(lab.history.need[known], reached, threshold, lab.history.student[known])
        if found is None:
            continue
        for what, one in (("net benefit", found.none), ("net benefit beyond random contact", found.random)):
            estimate = one.estimate("students rightly contacted per student", "net-benefit", lab.ground.asked.level)
            yield Row({"what": what, "threshold": threshold}, estimate)


def _shares(lab: Laboratory, choice: Choice) -> Iterator[Row]:
    """How often each rule was chosen; a count of folds has no interval."""
    chosen = [("no rule", 0.0) if one is None else (one.rule, one.cut) for one in choice.by_fold.values()]
    for rule, cut in sorted(set(chosen)):
        share = chosen.count((rule, cut)) / len(chosen)
        keys: dict[str, Key] = {"what": "share of folds in which it was chosen", "rule": rule, "cut": cut}
        yield Row(keys, Estimate(share, None, None, None, "share", len(np.unique(lab.history.student)), "count"))
