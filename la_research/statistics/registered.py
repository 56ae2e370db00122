"""A registered hypothesis, judged: Holm over its family, the verdict, and the plain interval beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from la_research.finding import Row
from la_research.protocol import Hypothesis, Protocol
from la_research.statistics.coefficient import Inference
from la_research.statistics.multiplicity import holm_levels, hypothesis_verdict

PLAIN = {"what": "plain 95 % interval"}
"""Keys of the row that shows a hypothesis' interval as if it had been the only one."""


def family_levels(protocol: Protocol, found: Mapping[str, Inference]) -> dict[str, float]:
    """The alpha at which each hypothesis that was estimated is judged, by its id.

    A family counts all its registered hypotheses. One that was not estimated, or that
    another stage estimates, counts with p = 1: what is rejected so is rejected by Holm over
    the whole family too, whatever the other p-values are.

    Parameters
    ----------
    protocol
        The registered study.
    found
        What was estimated, by hypothesis id.
    """
    families: dict[str, list[Hypothesis]] = {}
    for hypothesis in protocol.hypotheses:
        families.setdefault(hypothesis.family, []).append(hypothesis)
    levels: dict[str, float] = {}
    for members in families.values():
        pvalues = {h.id: found[h.id].p if h.id in found else 1.0 for h in members}
        levels |= holm_levels(pvalues, {h.id: h.alpha for h in members})
    return {name: levels[name] for name in found}


def judged(hypothesis: Hypothesis, coefficient: Inference, alpha: float, unit: str, method: str) -> dict[str, Any]:
    """Verdict, reason, estimate and rows of a confirmatory finding.

    The estimate carries the interval at the level that Holm reached, 1 - ``alpha``; the
    one row carries the interval of 95 % that a single hypothesis would have.

    Examples
    --------
    >>> from la_research.statistics.coefficient import Coefficient
    >>> claim = Hypothesis(id="H1", kind="between", outcome="mood", direction="positive", smallest_effect=0.05)
    >>> found = judged(claim, Coefficient(0.10, 0.04, 99, 100), 0.025, "SD per SD", "t")
    >>> found["verdict"], str(found["estimate"])
    ('supported', '0.10 (97.5% CI 0.01 to 0.19) SD per SD, n = 100')
    """
    verdict, reason = hypothesis_verdict(
        coefficient.value,
        *coefficient.interval(1 - alpha),
        *coefficient.interval(1 - 2 * hypothesis.alpha),
        hypothesis.direction,
        hypothesis.smallest_effect,
        hypothesis.beyond,
    )
    return {
        "verdict": verdict,
        "reason": reason,
        "estimate": coefficient.estimate(unit, method, 1 - alpha),
        "rows": (Row(PLAIN, coefficient.estimate(unit, method, 0.95)),),
        "hypothesis": hypothesis.id,
        "confirmatory": True,
    }
