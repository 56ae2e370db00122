"""What each registered rule would have done: one finding a rule, all its cut-offs side by side."""

from __future__ import annotations

from la_research.finding import Assumption, Finding, Key, Row, not_analysed
from la_research.statistics.contacts import contact_measures
from la_research.validation.ground import slug
from la_research.validation.triggers.tried import LABELS, Laboratory

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


def each_rule(lab: Laboratory) -> list[Finding]:
    """``validation.trigger.RULE`` for each rule; the headline is sensitivity at its own cut-off or the nearest."""
    return [_finding(lab, rule) for rule in lab.asked.rules]


def _finding(lab: Laboratory, rule: str) -> Finding:
    name, question = f"validation.trigger.{slug(rule)}", QUESTION.format(label=LABELS[rule])
    if rule in lab.reasons:
        return not_analysed(name, question, lab.reasons[rule])
    rows, level = [], lab.ground.asked.level
    for one in lab.cuts(rule):
        found = contact_measures(
            lab.history, one.suggested, one.seen, minutes=lab.asked.minutes, hours=lab.asked.hours, level=level
        )
        for what, estimate in found.items():
            keys: dict[str, Key] = {"what": what, "cut": one.cut}
            rows.append(Row(keys, estimate) if estimate else Row(keys, None, "not analysed", NOTHING[what]))
    own = lab.own(rule).cut
    headline = next(row for row in rows if row.keys == {"what": "sensitivity", "cut": own})
    if headline.estimate is None:
        return not_analysed(name, question, str(headline.reason), rows=tuple(rows), limitations=LIMITATIONS)
    return Finding(name, question, "described", headline.estimate, tuple(rows), (PAST,), LIMITATIONS)
