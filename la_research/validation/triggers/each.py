"""What each registered rule would have done: one finding a rule, all its cut-offs side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from la_research.finding import Assumption, Finding, Key, Row, not_analysed
from la_research.statistics.contacts import Bools, beyond_chance, contact_measures
from la_research.validation.ground import slug
from la_research.validation.triggers.tried import LABELS, Cut, Laboratory, Tried

QUESTION = "Had a contact been suggested by the rule '{label}', whom would it have reached in time, and at what cost?"
NOTHING = {
    "sensitivity": "no student is known to have been in need",
    "predictive value": "no contact was suggested in time to a student whose need is known",
    "contacts per student in need reached": "no student in need was reached in time",
    "lead time": "no student in need was reached in time",
    "changes": "no student was observed at two looks in a row",
}
PAST = Assumption(
    "Weeks to come will be like the weeks gone by",
    None,
    "the rules were tried on one record of the past, and nobody was contacted by them",
)
LIMITATIONS = (
    "A contact that comes in time is not yet a help: what a contact changes, only a trial can say.",
    "Who did not answer the questionnaire counts for contacts; whether they were in need is not known.",
    "A look within the questionnaire's recall period does not count as in time.",
    "A student who was not observed is passed over: need that was not observed is need that is not reached.",
)


BEYOND = "sensitivity beyond as many students at random"
TOO_FEW = "too few students whose need is known"


def each_rule(lab: Laboratory, hidden: frozenset[Cut] = frozenset()) -> list[Finding]:
    """``validation.trigger.RULE`` for each rule; the headline is sensitivity at its own cut-off or the nearest.

    A rule that suggests many reaches many, so that its sensitivity stands beside what as many students at random
    would have come to. Cut-offs that are ``hidden`` have their rows, and no number.
    """
    return [_finding(lab, rule, hidden) for rule in lab.asked.rules]


def _finding(lab: Laboratory, rule: str, hidden: frozenset[Cut]) -> Finding:
    name, question = f"validation.trigger.{slug(rule)}", QUESTION.format(label=LABELS[rule])
    if rule in lab.reasons:
        return not_analysed(name, question, lab.reasons[rule])
    rows = [row for one in lab.cuts(rule) for row in _rows(lab, one, (rule, one.cut) in hidden)]
    own = lab.own(rule).cut
    headline = next(row for row in rows if row.keys == {"what": "sensitivity", "cut": own})
    if headline.estimate is None:
        verdict, reason = headline.verdict or "not analysed", headline.reason
        return Finding(name, question, verdict, None, tuple(rows), limitations=LIMITATIONS, reason=reason)
    return Finding(name, question, "described", headline.estimate, tuple(rows), (PAST,), LIMITATIONS)


def _rows(lab: Laboratory, one: Tried, hidden: bool) -> Iterator[Row]:
    """All that is told of a rule at a cut-off; chance stands behind the sensitivity."""
    found = contact_measures(
        lab.history,
        one.suggested,
        one.seen,
        minutes=lab.asked.minutes,
        hours=lab.asked.hours,
        level=lab.ground.asked.level,
    )
    for what, estimate in found.items():
        row = Row({"what": what}, estimate) if estimate else Row({"what": what}, None, "not analysed", NOTHING[what])
        beside = (beyond_row(lab, one.suggested),) if what == "sensitivity" else ()
        for told in (row, *beside):
            keys: dict[str, Key] = {**told.keys, "cut": one.cut}
            if hidden:
                yield Row(keys, None, "suppressed", too_near(lab))
            else:
                yield replace(told, keys=keys)


def too_near(lab: Laboratory) -> str:
    """Why a cut-off is hidden."""
    few = f"fewer than {lab.ground.minimum} students"
    return f"beside what is shown it would tell of {few} in need, not in need, or whose need is not known"


def beyond_row(lab: Laboratory, suggested: Bools) -> Row:
    """Sensitivity less what as many students at random would have come to."""
    found = beyond_chance(lab.history, suggested)
    if found is None or math.isnan(found.se):
        return Row({"what": BEYOND}, None, "not analysed", TOO_FEW)
    return Row({"what": BEYOND}, found.estimate("share", "difference-by-student", lab.ground.asked.level))
