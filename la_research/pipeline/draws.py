"""One draw of a study: a synthetic cohort, its registered analysis, and a row for each hypothesis."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from la_research.cohort import Cohort
from la_research.finding import Finding, Findings
from la_research.pipeline.score import estimand_key
from la_research.protocol import Hypothesis, Protocol
from la_research.synthetic import Scenario, generate_cohort

PLAIN = {"what": "plain 95 % interval"}
"""The row of a confirmatory finding whose interval has the nominal level whatever Holm reached."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one draw said about one hypothesis.

    ``value``, ``lower`` and ``upper`` are those of the plain 95 % interval, None where the
    analysis gave no number; ``verdict`` is the one that the study would have printed.
    """

    seed: int
    hypothesis: str
    estimand: str
    value: float | None
    lower: float | None
    upper: float | None
    alpha: float
    verdict: str


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

    Examples
    --------
    >>> from la_research.store import load_protocol, load_scenario
    >>> study = load_protocol("protocols/early-engagement")
    >>> [row.hypothesis for row in one_draw(study, load_scenario("null"), n=300, seed=1, claims=["H3"])]
    ['H3']
    """
    return analysed_draw(protocol, generate_cohort(scenario, n=n, seed=seed)[0], seed=seed, claims=claims)


def analysed_draw(
    protocol: Protocol, cohort: Cohort, *, seed: int, claims: Collection[str] | None = None
) -> tuple[Drawn, ...]:
    """The rows of a cohort that is there already, analysed as ``one_draw`` does; ``seed`` is only written down."""
    kept = tuple(claim for claim in protocol.hypotheses if claims is None or claim.id in claims)
    asked = protocol.model_copy(update={"hypotheses": kept})
    found = Findings(())
    if any(claim.kind != "effect" for claim in kept):
        import pandas as pd

        from la_research.indicators import compute_indicators
        from la_research.models import Predictions
        from la_research.validation import validate_indicators

        used = {claim.indicator: protocol.indicators[claim.indicator] for claim in kept if claim.indicator}
        indicators = compute_indicators(asked.model_copy(update={"indicators": used}), cohort)
        no_model = Predictions(pd.DataFrame(), {}, reason="a draw fits no model")
        found += validate_indicators(asked, cohort, indicators, no_model)
    if any(claim.kind == "effect" for claim in kept):
        from la_research.evaluation import evaluate_intervention

        found += evaluate_intervention(asked, cohort)
    return tuple(_drawn(seed, asked, claim, found[claim.id]) for claim in kept)


def _drawn(seed: int, protocol: Protocol, claim: Hypothesis, finding: Finding) -> Drawn:
    plain = next((row.estimate for row in finding.rows if row.keys == PLAIN), None)
    value, lower, upper = (plain.value, plain.lower, plain.upper) if plain else (None, None, None)
    return Drawn(seed, claim.id, estimand_key(protocol, claim), value, lower, upper, claim.alpha, finding.verdict)
