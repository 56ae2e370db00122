"""The evaluation stage: what the support did, for those who were drawn for it by lot."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from la_research.cohort import Cohort
from la_research.cohort.outcomes import outcome_values
from la_research.cohort.rehearsal import closed_gate
from la_research.disclosure import disclosed
from la_research.evaluation.attrition import attrition
from la_research.evaluation.costs import costs_findings
from la_research.evaluation.designed import designed_effects
from la_research.evaluation.feedback import feedback_findings
from la_research.evaluation.flow import flow_findings
from la_research.evaluation.ground import Ground
from la_research.evaluation.harms import harm_findings
from la_research.evaluation.meter import meter_findings
from la_research.evaluation.path import contact_path, path_by_arm, path_findings
from la_research.evaluation.planned import planned_findings
from la_research.evaluation.prepost import QUESTION as CHANGE
from la_research.evaluation.prepost import before_and_after
from la_research.evaluation.stopping import stopping_findings
from la_research.evaluation.trial import BY_LOT
from la_research.evaluation.who import who_findings
from la_research.finding import Finding, Findings, not_analysed
from la_research.protocol import Protocol

QUESTIONS: tuple[Callable[[Ground], Iterable[Finding]], ...] = (
    stopping_findings, path_findings, feedback_findings, costs_findings, flow_findings, planned_findings,
)  # fmt: skip
"""What is asked after the meter and the harms, whatever the design; each where it is registered."""
QUESTION = "Did the support help?"
NO_TRIAL = "the protocol registers no randomised support"


def evaluate_intervention(protocol: Protocol, cohort: Cohort) -> Findings:
    """Did the randomised support help, by intention to treat?

    Parameters
    ----------
    protocol
        Reads support, hypotheses, outcomes, disclosure, and settings of the indicators used.
    cohort
        Reads assignments, contacts, responses or outcomes, enrolments and consent, and the
        tables of the indicators used.

    Returns
    -------
    Findings
        ``evaluation.contact.h3`` … for each hypothesis of kind "effect": adjusted, in the
        outcome's unit, at the level that Holm reached; ``evaluation.contact.gate``,
        ``evaluation.contact.unadjusted``, ``.permutation``, ``.balance``, ``.arms``, ``.complier``, ``.spillover``;
        where outcomes are missing ``.lee_bounds`` and ``.tipping``;
        ``evaluation.attrition`` (rows by arm); ``evaluation.prepost`` (rows by arm, never an
        effect); ``evaluation.path`` (rows by step; ``.arm`` of several arms); and ``QUESTIONS``, each where
        registered and whether or not an effect could be had: harms, stopping rule, path, feedback, costs, flow;
        ``evaluation.who`` of the groups in ``support.subgroups``.
        Without a trial, or where the arms can not be compared, "not analysed" and the reason. So too on a
        fitted twin whose causal or inferential gate is closed: the reason begins with "gate:", and there is no number.
    """
    return _evaluated(protocol, cohort, described=True)


def registered_effects(protocol: Protocol, cohort: Cohort) -> Findings:
    """What ``evaluate_intervention`` finds of the trial, without what it describes beside it.

    The same findings, value for value, in a fraction of the time: no indicator is worked out
    that the registered adjustment does not read. For many cohorts one after the other.

    Returns
    -------
    Findings
        Those of ``evaluate_intervention`` but for ``evaluation.prepost``, ``evaluation.path``,
        ``evaluation.contact.permutation``, ``.lee_bounds``, ``.tipping``, the meter, the harms and ``QUESTIONS``.

    Examples
    --------
    >>> import la_research as lar
    >>> study, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> registered_effects(study, cohort)["H3"] == lar.evaluate_intervention(study, cohort)["H3"]
    True
    """
    return _evaluated(protocol, cohort, described=False)


def _evaluated(protocol: Protocol, cohort: Cohort, *, described: bool) -> Findings:
    return disclosed(Findings(_found(protocol, cohort, described)), protocol.disclosure.minimum_group_size)


def _found(protocol: Protocol, cohort: Cohort, described: bool) -> list[Finding]:
    ground = Ground(protocol, cohort)
    closed = closed_gate(cohort.provenance.details)
    if protocol.support.design.kind in BY_LOT:
        found = _drawn(ground, closed, described)
    else:
        found = designed_effects(ground, closed)
    if described and not closed:
        effects = tuple(found)
        found += who_findings(ground, found)
        found += [*meter_findings(ground), *harm_findings(ground, effects)]
        found += [finding for asked in QUESTIONS for finding in asked(ground)]
    return found


def _drawn(ground: Ground, closed: str, described: bool) -> list[Finding]:
    """What a draw lets be said: the effects, who answered, and beside them the change and the path of contacts."""
    if ground.support.trial is None:
        return [not_analysed("evaluation.contact", QUESTION, NO_TRIAL)]
    reason = closed or ground.trial.reason
    if not ground.claims and reason:
        return [not_analysed("evaluation.contact", QUESTION, reason)]
    found = designed_effects(ground, closed, brief=not described) if ground.claims else []
    if reason:
        return found
    found += [_answered(ground, number) for number in range(len(ground.claims))]
    if described:
        found += [_changed(ground, found), contact_path(ground.cohort, ground.trial, ground.minimum)]
        found += path_by_arm(ground.cohort, ground.trial, ground.minimum)
    return found


def _changed(ground: Ground, found: list[Finding]) -> Finding:
    """The change from before to after by arm; not while the gate of an effect is shut, as it would tell of it."""
    if any((one.reason or "").startswith("gate:") for one in found):
        return not_analysed(
            "evaluation.prepost", CHANGE, "the gate is shut, and the change by arm would tell of the effect"
        )
    shown = ground.support.change_of
    return before_and_after(ground.trial, ground.indicators(shown), shown)


def _answered(ground: Ground, number: int) -> Finding:
    """Who answered, of a hypothesis by its number; only later ones are named in the id."""
    claim, trial = ground.claims[number], ground.trial
    outcome = outcome_values(ground.cohort, ground.protocol.outcome(claim.outcome), trial.rows)
    detail = f".{claim.id.lower().replace('-', '_')}" if number else ""
    known = outcome.reindex(trial.students.index).notna().to_numpy()
    return attrition(f"evaluation.attrition{detail}", trial, known, ground.support.gate.attrition, ground.minimum)
