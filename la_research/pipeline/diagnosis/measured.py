"""What many draws say of each hypothesis: bias, errors, coverage, and how often the study would be right or misled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import stdtrit

from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.pipeline.draws import Drawn
from la_research.protocol import Hypothesis
from la_research.statistics.simulation import Simulated, share

VERDICTS = ("supported", "contradicted", "negligible", "inconclusive")
"""What may be said of a hypothesis; others are shown where they occurred."""
AGAINST_PLANTED = ("power", "type I", "wrong sign", "coverage", "bias", "RMSE")
"""Measures that need to know what is planted."""
FORECAST = "The n of each number counts draws; its interval is the error of having made no more of them."


def measured(claim: Hypothesis, rows: Sequence[Drawn], planted: Mapping[str, float]) -> list[Finding]:
    """The measures and the verdicts of one hypothesis.

    Parameters
    ----------
    claim
        The registered hypothesis.
    rows
        Its row of every draw, one or more.
    planted
        Planted size by estimand; without that of the hypothesis, what needs it reads "not
        analysed".

    Returns
    -------
    list of Finding
        ``design.h1`` with rows keyed by ``measure``: planted, analysed (share of draws with a
        number), supported (share that reads so), power or type I (share whose plain 95 %
        interval excludes zero, where a size is planted and where none is), wrong sign (share
        whose interval lies wholly on the other side of zero than the planted size), coverage,
        bias, empirical SE, model SE, RMSE. Its headline is "supported".
        ``design.verdicts.h1`` with rows keyed by ``verdict``.

    References
    ----------
    Morris, White and Crowther (2019), doi:10.1002/sim.8086: aims, data, estimands, methods and
    performance measures. The aim and the estimand are the hypothesis', the data the
    scenario's, the method the registered analysis.
    """
    return [_performance(claim, rows, planted.get(rows[0].estimand)), _verdicts(claim, rows)]


def _performance(claim: Hypothesis, rows: Sequence[Drawn], planted: float | None) -> Finding:
    name, question = f"design.{_low(claim.id)}", f"How often would this study find {claim.id}, and how often be misled?"
    seen = [row for row in rows if row.lower is not None and row.upper is not None and row.value is not None]
    if not seen:
        return not_analysed(
            name, question, f"none of {len(rows)} draws gave an estimate", hypothesis=claim.id, limitations=(FORECAST,)
        )
    supported = share(np.array([row.verdict == "supported" for row in rows]))
    analysed = share(np.array([row.value is not None for row in rows]))
    simulated = _simulated(seen)
    measures: list[tuple[str, Estimate | str]] = [("analysed", analysed), ("supported", supported)]
    if planted is None:
        why = f"the scenario plants no size for {rows[0].estimand}"
        measures += [(what, why) for what in ("planted", *AGAINST_PLANTED)]
    else:
        size = Estimate(planted, None, None, None, simulated.unit, len(seen), "planted")
        measures += [("planted", size), *zip(AGAINST_PLANTED, _against(simulated, planted), strict=True)]
    measures += [("empirical SE", simulated.empirical_se()), ("model SE", simulated.model_se())]
    return Finding(
        name,
        question,
        "described",
        supported,
        tuple(_row(what, told) for what, told in measures),
        limitations=(FORECAST,),
        hypothesis=claim.id,
    )


def _against(simulated: Simulated, planted: float) -> list[Estimate | str]:
    """The measures that need the planted size; a sentence where one does not apply."""
    above, below = simulated.above_zero(), simulated.below_zero()
    nothing, something = "the scenario plants no effect here", "the scenario plants an effect here"
    found, wrong = share(above | below), share(below if planted > 0 else above)
    rates: list[Estimate | str] = [found, something, wrong] if planted else [nothing, found, nothing]
    return [*rates, simulated.coverage(planted), simulated.bias(planted), simulated.rmse(planted)]


def _simulated(rows: Sequence[Drawn]) -> Simulated:
    value, lower, upper = (np.array([getattr(row, name) for row in rows]) for name in ("value", "lower", "upper"))
    reach = stdtrit(np.maximum([row.n - 1 for row in rows], 1), 0.975)
    return Simulated(value, lower, upper, (upper - lower) / (2 * reach), rows[0].unit)


def _verdicts(claim: Hypothesis, rows: Sequence[Drawn]) -> Finding:
    given = [row.verdict for row in rows]
    shown = dict.fromkeys((*VERDICTS, *sorted(set(given))))
    return Finding(
        f"design.verdicts.{_low(claim.id)}",
        f"What would this study say of {claim.id}, and how often?",
        "described",
        rows=tuple(Row({"verdict": verdict}, share(np.array([v == verdict for v in given]))) for verdict in shown),
        limitations=(FORECAST,),
        hypothesis=claim.id,
    )


def _row(what: str, told: Estimate | str) -> Row:
    keys = {"measure": what}
    return Row(keys, None, "not analysed", told) if isinstance(told, str) else Row(keys, told)


def _low(name: str) -> str:
    return name.lower().replace("-", "_")
