"""Every finding of a study beside the truth, or named with the reason why nothing is planted for it."""

from __future__ import annotations

from collections.abc import Mapping

from la_research.disclosure import disclosed
from la_research.errors import Fault, TruthError
from la_research.evidence import Evidence
from la_research.finding import Finding, Findings, Row, not_analysed
from la_research.models import Predictions
from la_research.pipeline.score.audits import score_gap, true_gaps
from la_research.pipeline.score.effects import score_described, score_hypotheses
from la_research.synthetic import Truth

NO_SIZE = "the scenario plants no size for it"
COUNTED = "it counts what was recorded, and nothing is planted in a count"
OF_THE_MODEL = "it describes the model and its scores, which no scenario plants"
WITHIN = "it describes a gap within modules, and asks no yes or no"
OF_THE_COMPARISON = "it tells how far the comparison carries, and the effect itself is set beside its size"
OF_THE_PAGE = "it repeats for other settings what a rule does, and no scenario plants what a rule does"
NOTHING = "nothing is planted for it"


def score_evidence(evidence: Evidence, truth: Truth, predictions: Predictions | None = None) -> Findings:
    """Set every finding beside what was planted.

    Parameters
    ----------
    evidence
        What a study of a synthetic cohort found; it is not changed.
    truth
        What was planted in that cohort.
    predictions
        Scores and decisions of the run; without them no gap between groups is scored.

    Returns
    -------
    Findings
        ``score.FINDING`` for each hypothesis, effect, share of the label and gap between
        groups whose size is known: the estimate found, a row for each planted size with the
        verdict it earns, a row for what was found with the verdict given, and in the
        limitations whether the interval holds the size and whether the verdicts agree. A gap
        between groups stands beside the gap of the same two groups in the whole cohort. A
        finding without an estimate (suppressed, not analysed) shows its reason. A change from before to
        after has the true effect beside it, and is never scored as one. All others are named
        once, grouped by reason, in the rows of ``score.not_scored``. Counts under the
        protocol's minimum group size are suppressed.

    Raises
    ------
    TruthError
        ``truth.other_cohort``: it belongs to another scenario, seed or number of students, or
        the evidence does not say from which its cohort came.

    Examples
    --------
    >>> from la_research.pipeline.score import verdict_earned
    >>> verdict_earned(2.5, "positive", 1.5), verdict_earned(-0.4, "positive", 1.5), verdict_earned(2.5, "negative", 1)
    ('supported', 'negligible', 'contradicted')
    """
    _check_same_cohort(evidence, truth)
    scored, without = score_hypotheses(evidence, truth)
    reasons: dict[str, list[str]] = {NO_SIZE: without} if without else {}
    gaps = true_gaps(evidence.protocol, truth, predictions)
    for finding in evidence.findings:
        if finding.hypothesis is not None and finding.confirmatory:
            continue
        if finding.id in gaps.rows:
            scored.append(score_gap(finding, gaps.rows[finding.id]))
        elif (found := score_described(evidence.protocol, finding, truth)) is not None:
            scored.append(found)
        else:
            reasons.setdefault(_why_not(finding.id, gaps.reason), []).append(finding.id)
    beside = Findings((*scored, *([_not_scored(reasons)] if reasons else [])))
    shown = disclosed(beside, evidence.protocol.disclosure.minimum_group_size)
    return shown.as_kept()  # with the digits that a run keeps


def _why_not(name: str, no_gaps: str) -> str:
    stage, _, rest = name.partition(".")
    if stage == "audit":
        return WITHIN if rest.endswith((".within", ".difference", ".heterogeneity")) else no_gaps or NOTHING
    if stage in ("cohort", "indicators") or name in ("evaluation.path", "evaluation.flow"):
        return COUNTED
    if stage == "evaluation":
        return OF_THE_COMPARISON
    if name.startswith("validation.explorer."):
        return OF_THE_PAGE
    return OF_THE_MODEL if stage in ("validation", "explanation") else NOTHING


def _not_scored(reasons: Mapping[str, list[str]]) -> Finding:
    rows = tuple(Row({"why": why}, None, "not analysed", ", ".join(names)) for why, names in reasons.items())
    many = sum(map(len, reasons.values()))
    return not_analysed(
        "score.not_scored",
        "Which findings have no planted size to be set beside?",
        f"{many} finding{'' if many == 1 else 's'} without a planted size; the rows name them and say why",
        rows=rows,
    )


def _check_same_cohort(evidence: Evidence, truth: Truth) -> None:
    made = dict(evidence.provenance.get("details") or {})
    other = [name for name in ("scenario_digest", "seed", "n") if made.get(name) != getattr(truth, name)]
    if other:
        raise TruthError(
            Fault(
                "truth.other_cohort",
                f"the truth is that of another cohort: {', '.join(other)} differ",
                "truth.json",
                "name the truth that was written beside the cohort of this run",
            )
        )
