"""One draw of a study: a synthetic cohort, its registered analysis, and a row for each hypothesis."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from la_research.cohort import Cohort
from la_research.errors import CohortError
from la_research.finding import Finding, Findings
from la_research.pipeline.score import estimand_key
from la_research.protocol import Hypothesis, Protocol
from la_research.synthetic import Scenario, generate_cohort
from la_research.synthetic.tables import REQUIRED

PLAIN = {"what": "plain 95 % interval"}
"""The row of a confirmatory finding whose interval has the nominal level whatever Holm reached."""
BEHAVIOUR = ("activity", "attendance", "assessments", "services", "applicability")
"""What only indicators read; not drawn where no hypothesis names one."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one draw said about one hypothesis.

    ``value``, ``lower`` and ``upper`` are those of the plain 95 % interval, None where the
    analysis gave no number; ``n`` and ``unit`` are theirs. ``verdict`` is the one that the
    study would have printed.
    """

    seed: int
    hypothesis: str
    estimand: str
    value: float | None
    lower: float | None
    upper: float | None
    alpha: float
    verdict: str
    n: int = 0
    unit: str = ""


def one_draw(
    protocol: Protocol, scenario: Scenario, *, n: int, seed: int, claims: Collection[str] | None = None
) -> tuple[Drawn, ...]:
    """Generate a cohort, analyse it as registered, and keep a row for each hypothesis.

    Parameters
    ----------
    protocol
        The study; no model is fitted, and only the stages run that a hypothesis needs.
    scenario
        The campus to draw from.
    n, seed
        Students and seed of this draw; the same seed gives the same rows.
    claims
        Ids of the hypotheses to keep, analysed in families of their own; all when left out.

    Returns
    -------
    tuple of Drawn
        In the order of the protocol. Where no student of the cohort is eligible, each reads
        "not analysed".

    Examples
    --------
    >>> from la_research.store import load_protocol, load_scenario
    >>> study = load_protocol("protocols/early-engagement")
    >>> [row.hypothesis for row in one_draw(study, load_scenario("null"), n=300, seed=1, claims=["H3"])]
    ['H3']
    """
    by_indicator = any(claim.kind != "effect" for claim in protocol.hypotheses if claims is None or claim.id in claims)
    tables = [name for name in REQUIRED if by_indicator or name not in BEHAVIOUR]
    cohort, _ = generate_cohort(scenario, n=n, seed=seed, tables=tables)
    return analysed_draw(protocol, cohort, seed=seed, claims=claims)


def analysed_draw(
    protocol: Protocol, cohort: Cohort, *, seed: int, claims: Collection[str] | None = None
) -> tuple[Drawn, ...]:
    """The rows of a cohort that is there already, analysed as ``one_draw`` does; ``seed`` is only written down."""
    kept = tuple(claim for claim in protocol.hypotheses if claims is None or claim.id in claims)
    asked = protocol.model_copy(update={"hypotheses": kept})
    try:
        found = hypotheses_findings(asked, cohort)
    except CohortError as error:
        if [fault.code for fault in error.faults] != ["cohort.no_student_left"]:
            raise
        return tuple(_drawn(seed, asked, claim, None) for claim in kept)
    return tuple(_drawn(seed, asked, claim, found[claim.id]) for claim in kept)


def hypotheses_findings(protocol: Protocol, cohort: Cohort) -> Findings:
    """What the stages that answer a registered hypothesis find; no model is fitted.

    Parameters
    ----------
    protocol
        Read as by ``registered_associations`` and ``evaluate_intervention``; only the indicators
        that a hypothesis names are worked out.
    cohort
        The students.

    Examples
    --------
    >>> from la_research.store import load_cohort, load_protocol
    >>> study = load_protocol("protocols/early-engagement")
    >>> hypotheses_findings(study, load_cohort("synthetic/handmade"))["H1"].verdict  # few students
    'not analysed'
    """
    kinds = {claim.kind for claim in protocol.hypotheses}
    found = Findings(())
    if kinds - {"effect"}:
        from la_research.indicators import compute_indicators
        from la_research.validation import registered_associations

        used = {
            claim.indicator: protocol.indicators[claim.indicator] for claim in protocol.hypotheses if claim.indicator
        }
        indicators = compute_indicators(protocol.model_copy(update={"indicators": used}), cohort)
        found += registered_associations(protocol, cohort, indicators)
    if "effect" in kinds:
        from la_research.evaluation import registered_effects

        found += registered_effects(protocol, cohort)
    return found


def _drawn(seed: int, protocol: Protocol, claim: Hypothesis, finding: Finding | None) -> Drawn:
    asked = seed, claim.id, estimand_key(protocol, claim)
    if finding is None:
        return Drawn(*asked, None, None, None, claim.alpha, "not analysed")
    plain = next((row.estimate for row in finding.rows if row.keys == PLAIN), None)
    if plain is None:
        return Drawn(*asked, None, None, None, claim.alpha, finding.verdict)
    return Drawn(*asked, plain.value, plain.lower, plain.upper, claim.alpha, finding.verdict, plain.n, plain.unit)
