"""Contact rules on weeks gone by: each of them, the one that would be chosen, for whom it fails, and late records."""

from __future__ import annotations

from la_research.finding import Finding
from la_research.validation.ground import Ground
from la_research.validation.triggers.chosen import choose, chosen_finding
from la_research.validation.triggers.each import each_rule
from la_research.validation.triggers.groups import group_finding
from la_research.validation.triggers.late import late_finding
from la_research.validation.triggers.measures import hidden_measures, without
from la_research.validation.triggers.told import hidden_cuts
from la_research.validation.triggers.tried import Laboratory, kept_laboratory


def trigger_findings(ground: Ground) -> list[Finding]:
    """What registered contact rules would have done; nothing where the protocol registers none.

    Returns
    -------
    list of Finding
        ``validation.trigger.RULE`` for each rule, ``validation.triggers.chosen``, ``validation.triggers.groups``
        and ``validation.triggers.late_marks``.
    """
    asked = ground.asked.triggers
    if asked is None:
        return []
    lab = kept_laboratory(ground, asked)
    choice = choose(lab)
    hidden = hidden_cuts(lab, choice)
    chosen = hidden_measures(lab.history, choice.suggested, choice.seen, ground.minimum)
    return [
        *(_of_rule(lab, rule, found) for rule, found in zip(asked.rules, each_rule(lab, hidden), strict=True)),
        without(chosen_finding(lab, choice), lambda row: chosen, ground.minimum),
        group_finding(lab, choice),
        late_finding(lab, hidden),
    ]


def _of_rule(lab: Laboratory, rule: str, found: Finding) -> Finding:
    """What is found of a rule, but for measures of a cut-off that tell of few students."""
    minimum, cuts = lab.ground.minimum, [] if rule in lab.reasons else lab.cuts(rule)
    few = {one.cut: hidden_measures(lab.history, one.suggested, one.seen, minimum) for one in cuts}
    return without(found, lambda row: few[float(row.keys["cut"])], minimum)
