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
WHERE_PLANTED = ("power", "wrong sign", "type S", "type M")
"""Measures of a planted size other than zero."""
WHERE_NOTHING = ("type I of the plain 95 % interval", "false finding")
"""Measures where nothing is planted."""
AGAINST_PLANTED = (*WHERE_PLANTED, *WHERE_NOTHING, "coverage", "bias", "RMSE")
"""Measures that need to know what is planted."""
TOLD_FROM_ZERO = 0.006
"""Smaller planted associations, in SD per SD, are not told from zero: three Monte Carlo errors of the truth, .002."""
UNTOLD = "the planted size is not told from zero by the truth's own Monte Carlo error"
NONE_EXCLUDES = "no draw excludes zero"
Told = Estimate | str
"""A measure, or the sentence that says why there is none."""
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
        number), supported (share that reads so), coverage, bias, empirical SE, model SE, RMSE.
        Where a size is planted, by the plain 95 % interval: power and wrong sign (shares of all
        draws, also those without a number, that exclude zero on the planted side and on the
        other), type S (share on the other side among those that exclude zero) and type M (how
        many times too large those are). Where none is: type I of the plain 95 % interval (share
        of draws with a number that exclude zero) and false finding (share of all draws that
        read supported or contradicted). An association of less than ``TOLD_FROM_ZERO`` has
        none of these six. Its headline is "supported".
        ``design.verdicts.h1`` with rows keyed by ``verdict``.

    References
    ----------
    Morris, White and Crowther (2019), doi:10.1002/sim.8086: aims, data, estimands, methods and
    performance measures. The aim and the estimand are the hypothesis', the data the
    scenario's, the method the registered analysis. Gelman and Carlin (2014), Beyond power
    calculations, doi:10.1177/1745691614551642: type S and type M.
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
    measures: list[tuple[str, Told]] = [("analysed", analysed), ("supported", supported)]
    if planted is None:
        why = f"the scenario plants no size for {rows[0].estimand}"
        measures += [(what, why) for what in ("planted", *AGAINST_PLANTED)]
    else:
        size = Estimate(planted, None, None, None, simulated.unit, len(seen), "planted")
        measures += [("planted", size), *_against(claim, rows, simulated, planted).items()]
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


def _against(claim: Hypothesis, rows: Sequence[Drawn], simulated: Simulated, planted: float) -> dict[str, Told]:
    """The measures that need the planted size; a sentence where one does not apply."""
    told: dict[str, Told] = dict.fromkeys(WHERE_PLANTED, "the scenario plants no effect here")
    told |= dict.fromkeys(WHERE_NOTHING, "the scenario plants an effect here")
    if claim.kind != "effect" and 0 < abs(planted) < TOLD_FROM_ZERO:
        told = dict.fromkeys(told, UNTOLD)
    elif planted:
        told |= zip(WHERE_PLANTED, _signs(simulated, planted, len(rows)), strict=True)
    else:
        excludes = simulated.above_zero() | simulated.below_zero()
        found = np.array([row.verdict in ("supported", "contradicted") for row in rows])
        told |= zip(WHERE_NOTHING, (share(excludes), share(found)), strict=True)
    return told | {
        "coverage": simulated.coverage(planted), "bias": simulated.bias(planted), "RMSE": simulated.rmse(planted),
    }  # fmt: skip


def _signs(simulated: Simulated, planted: float, draws: int) -> tuple[Told, Told, Told, Told]:
    """Power and wrong sign over all draws, and type S and type M over those that exclude zero."""
    above, below = simulated.above_zero(), simulated.below_zero()
    right, wrong = (above, below) if planted > 0 else (below, above)
    rates = share(right, of=draws), share(wrong, of=draws)
    excludes = right | wrong
    if not excludes.any():
        return *rates, NONE_EXCLUDES, NONE_EXCLUDES
    return *rates, share(wrong[excludes]), simulated.exaggeration(planted)


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


def _row(what: str, told: Told) -> Row:
    keys = {"measure": what}
    return Row(keys, None, "not analysed", told) if isinstance(told, str) else Row(keys, told)


def _low(name: str) -> str:
    return name.lower().replace("-", "_")
