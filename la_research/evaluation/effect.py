"""The effect of being drawn for the support, by intention to treat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from la_research.cohort import Cohort
from la_research.cohort.outcomes import outcome_values, questionnaire_scores
from la_research.evaluation.attrition import attrition
from la_research.evaluation.course import by_student, in_week
from la_research.evaluation.trial import Trial
from la_research.finding import Assumption, Finding, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis, Protocol
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.randomised import adjusted_difference, difference_in_means, kept_covariates, with_missing
from la_research.statistics.registered import family_levels, judged

Floats = npt.NDArray[np.float64]
BASELINE = "baseline"
"""Name of the covariate that is the outcome's own questionnaire, asked before the draw."""
INTERFERENCE = Assumption(
    "A contact changes nothing for students who were not contacted",
    None,
    "students talk to one another",
)
LIMITATIONS = (
    "It is the effect of being drawn for the contact, whether or not a student opened it or came to talk.",
    "It speaks of students like those who were drawn, not of all students.",
    "Students whose outcome is not known are left out.",
)
FEWER = (
    "Fewer columns were adjusted for than registered ({kept} of {all}): the others describe one student alone, or none."
)
LEAST_RESIDUALS = 5
"""Students of each arm whom an adjusted difference needs over and above its coefficients.

An error by HC2 of an arm with one or two residuals is as good as arbitrary.
"""


@dataclass(frozen=True)
class _Comparison:
    """One hypothesis: the outcome of each student drawn (NaN where not known), and what was known before."""

    claim: Hypothesis
    treated: npt.NDArray[np.bool_]
    outcome: Floats
    covariates: Floats

    @property
    def answered(self) -> npt.NDArray[np.bool_]:
        return ~np.isnan(self.outcome)

    def adjusted(self) -> Coefficient:
        here = self.answered
        return adjusted_difference(self.outcome[here], self.treated[here], self.covariates[here])

    def limitations(self) -> tuple[str, ...]:
        """What the effect does not say; also, where columns had to be left out, that they were."""
        here, k = self.answered, self.covariates.shape[1]
        kept = len(kept_covariates(self.treated[here], self.covariates[here]))
        return LIMITATIONS if kept == k else (*LIMITATIONS, FEWER.format(kept=kept, all=k))

    def plain(self) -> Coefficient:
        return difference_in_means(self.outcome[self.answered], self.treated[self.answered])

    def reason(self, minimum: int) -> str:
        """Why there is no number; empty where there is one."""
        here = self.answered
        smaller = min(int((here & self.treated).sum()), int((here & ~self.treated).sum()))
        if smaller < minimum:
            return f"the outcome is known for fewer than {minimum} students of an arm"
        if np.ptp(self.outcome[here]) == 0:
            return "the outcome is the same for all students"
        k = len(kept_covariates(self.treated[here], self.covariates[here]))
        if smaller < k + 1 + LEAST_RESIDUALS:
            return f"too few students of an arm answered for an adjustment with {k} columns"
        return ""


def effects(protocol: Protocol, cohort: Cohort, trial: Trial, indicators: pa.Table) -> list[Finding]:
    """For each hypothesis of kind "effect": the adjusted effect, the plain one, and attrition.

    The registered estimate is adjusted for ``support.covariates``: "baseline" is the same
    questionnaire in the last week it was asked at or before the draw, any other name an
    indicator in the week of the draw, on a logarithmic scale. A covariate that is missing
    is filled with its mean and marked. Details of a second hypothesis carry its id.

    Parameters
    ----------
    trial
        A trial without a reason against it.
    indicators
        Values of the indicators named as covariates, for all units of the study.
    """
    claims = [claim for claim in protocol.hypotheses if claim.kind == "effect"]
    cases = {claim.id: _comparison(protocol, cohort, trial, indicators, claim) for claim in claims}
    reasons = {name: case.reason(protocol.disclosure.minimum_group_size) for name, case in cases.items()}
    found = {name: case.adjusted() for name, case in cases.items() if not reasons[name]}
    levels = family_levels(protocol, found)
    findings: list[Finding] = []
    for number, claim in enumerate(claims):
        detail = f".{_low(claim.id)}" if number else ""
        answers = attrition(f"evaluation.attrition{detail}", trial, cases[claim.id].answered)
        if reasons[claim.id]:
            findings += [without(protocol, claim, reasons[claim.id]), answers]
            continue
        unit, plain = _unit(protocol, claim), cases[claim.id].plain()
        assumptions = (trial.drawn_as_planned, *answers.assumptions, INTERFERENCE)
        findings.append(
            Finding(
                f"evaluation.contact.{_low(claim.id)}",
                _question(protocol, claim),
                assumptions=assumptions,
                limitations=cases[claim.id].limitations(),
                **judged(claim, found[claim.id], levels[claim.id], unit, "lin-hc2"),
            )
        )
        findings.append(
            Finding(
                f"evaluation.contact.unadjusted{detail}",
                "What is the plain difference between the arms, without any adjustment?",
                "described",
                plain.estimate(unit, "welch", 0.95),
                assumptions=assumptions,
                limitations=LIMITATIONS,
            )
        )
        findings.append(answers)
    return findings


def without(protocol: Protocol, claim: Hypothesis, reason: str) -> Finding:
    """The finding of a hypothesis that could not be estimated."""
    name = f"evaluation.contact.{_low(claim.id)}"
    return not_analysed(name, _question(protocol, claim), reason, hypothesis=claim.id, confirmatory=True)


def _comparison(
    protocol: Protocol, cohort: Cohort, trial: Trial, indicators: pa.Table, claim: Hypothesis
) -> _Comparison:
    students = trial.students.index
    outcome = outcome_values(cohort, protocol.outcome(claim.outcome), trial.rows).reindex(students)
    instrument = protocol.outcome(claim.outcome).instrument
    columns = [np.empty((len(students), 0))]
    for name in protocol.support.covariates:
        if name != BASELINE:
            columns.append(with_missing(in_week(by_student(trial, indicators, name), trial.students["week"])))
        elif instrument is not None:
            columns.append(with_missing(_baseline(cohort, trial, instrument)))
    return _Comparison(claim, trial.treated, outcome.to_numpy(dtype=float), np.hstack(columns))


def _baseline(cohort: Cohort, trial: Trial, instrument: str) -> Floats:
    """The score in the last week, at or before a student's draw, in which their presentation was asked."""
    responses = cohort.arrow("responses")
    responses = responses.filter(pc.equal(responses["instrument"], instrument))
    asked = responses.group_by(["presentation", "week"]).aggregate([]).to_pandas()
    drawn = trial.students.reset_index()[["student_id", "presentation", "week"]]
    waves = drawn.merge(asked, on="presentation", suffixes=("_drawn", ""))
    before = waves[waves["week"] <= waves["week_drawn"]]
    last = before.groupby(["student_id", "presentation"])["week"].max().reset_index()
    asked_then = questionnaire_scores(cohort, instrument, set(last["week"]))
    scores = last.merge(asked_then, on=["student_id", "presentation", "week"])
    found: Floats = scores.set_index("student_id")["score"].reindex(trial.students.index).to_numpy(dtype=float)
    return found


def _low(name: str) -> str:
    return name.lower().replace("-", "_")


def _unit(protocol: Protocol, claim: Hypothesis) -> str:
    outcome = protocol.outcome(claim.outcome)
    if outcome.instrument is None or outcome.at_least is not None:
        return "share"
    return QUESTIONNAIRES[outcome.instrument].unit


def _question(protocol: Protocol, claim: Hypothesis) -> str:
    outcome = protocol.outcome(claim.outcome)
    what = outcome.label or outcome.id.replace("_", " ")
    return f"Does being drawn for the contact change {what}?"
