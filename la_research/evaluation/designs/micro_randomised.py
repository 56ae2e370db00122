"""Support drawn anew for each student at each time: its effect at a time, by week and by what went before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import chdtrc, ndtr

from la_research.disclosure import stepped, tells_few
from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.sample import Sample
from la_research.evaluation.shares import few
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed, number
from la_research.protocol.designs.micro_randomised import MicroRandomised
from la_research.statistics.columns import independent_columns
from la_research.statistics.excursion import Draws, Excursion, excursion, predicted_draws
from la_research.statistics.excursion_ratio import excursion_ratio
from la_research.statistics.randomised import with_missing

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
METHOD = "wcls-md"
FEW_WEEKS = 12
"""Weeks up to which each has an effect of its own; beyond, thirds and a trend are told."""
ESTIMAND = (
    "It is the effect, at times when support was possible, of offering it over not offering it, on the outcome that "
    "follows at once, averaged over what was drawn before; it says nothing of support given every week or never."
)
ESTIMATED = (
    "No chance of the draws was told: the share drawn stands for it, which assumes that it was the same for all."
)
FEW = "there are no more students than columns of the analysis, or a column repeats others"
PLAIN = "Intervals are one by one, not for all rows together."
READ_AS = {
    "support": "The chance in a row is read as that of the support, whichever was drawn.",
    "drawn": "The chance in a row is read as that of what was drawn there, support or none.",
}


def _chance(sample: Sample, asked: Asked, possible: Bools) -> Floats:
    """Chance of the support in each row: the column, the constant registered, or the share drawn."""
    if "probability" in sample:
        chance = sample["probability"]
        return (
            chance if asked.settings.chance_of == "support" else np.where(sample["treatment"] == 1, chance, 1 - chance)
        )
    share = asked.settings.probability or float(sample["treatment"][possible].mean())
    return np.full(len(sample.rows), share)


def _told(sample: Sample, asked: Asked) -> bool:
    return "probability" in sample or asked.settings.probability is not None


def _possible(sample: Sample) -> Bools:
    """Rows at which a draw was possible."""
    return sample["available"] == 1 if "available" in sample else np.ones(len(sample.rows), dtype=bool)


def _reason(sample: Sample, asked: Asked) -> str:
    missing = [name for name in asked.settings.history if name not in sample.covariates]
    if missing:
        return f"the effect is to depend on '{missing[0]}', which is no covariate of the sample"
    possible = _possible(sample)
    if sample.rows.duplicated(["unit", "time"]).any():
        return "a student has several rows at one time, so that draws and outcomes overlap"
    drawn, chance = sample["treatment"][possible], _chance(sample, asked, possible)[possible]
    if not possible.any() or np.ptp(drawn) == 0:
        return "at no two times was support possible, once drawn and once not"
    if not bool(((chance > 0) & (chance < 1)).all()):
        return "at some times when support was possible its chance is missing, 0 or 1: nothing was drawn there"
    here = possible & sample["known"].astype(bool)
    outcome = sample["outcome"][here]
    if sample.where(here).units < max(sample.minimum, 3) or np.ptp(sample["treatment"][here]) == 0:
        return f"the outcome is known after draws of fewer than {max(sample.minimum, 3)} students, or of one sort only"
    return "the outcome is the same at all times" if np.ptp(outcome) == 0 else ""


def _checks(sample: Sample, asked: Asked) -> list[Check]:
    possible = _possible(sample)
    here = sample.where(possible)
    draws = Draws(here["known"], here["treatment"], _chance(sample, asked, possible)[possible], here.codes("unit"))
    return [_ratio(draws, sample, asked), _foretold(draws, here, asked), _missing(draws, here, asked)]


def _ratio(draws: Draws, sample: Sample, asked: Asked) -> Check:
    name, statement = "sample_ratio", "Support was drawn as often as its chance says"
    meaning = "draws were lost, changed or not made as told, and rows are weighted wrongly"
    if not _told(sample, asked):
        return Check(name, statement, None, "no chance was told to compare the share drawn with", meaning, by_draw=True)
    spread = draws.probability * (1 - draws.probability)
    z = float((draws.drawn - draws.probability).sum() / np.sqrt(spread.sum()))
    p, limit = float(2 * ndtr(-abs(z))), asked.gate.sample_ratio
    seen = (
        f"drawn at {number(draws.drawn.mean(), 'share')} of {len(draws.drawn):,} times, "
        f"{number(draws.probability.mean(), 'share')} expected, p {_p(p)}, limit {limit:g}"
    )
    return Check(name, statement, p >= limit, seen, meaning)


def _foretold(draws: Draws, here: Sample, asked: Asked) -> Check:
    history = _history(here)
    if np.ptp(draws.probability) < 1e-12:
        history = history - history.mean(axis=0)
    history = history[:, independent_columns(history)]
    square, df = predicted_draws(draws.drawn, draws.probability, history)
    name, statement = "balance", "What went before does not foretell the draws beyond their chance"
    meaning = "support went to other students or weeks than the chance says, and the effect mixes both"
    if not df:
        return Check(name, statement, None, "nothing that went before differs between rows", meaning, by_draw=True)
    p, limit = float(chdtrc(df, square)), asked.gate.balance
    seen = f"chi-square {square:.1f} on {df} of time, draw before and covariates, p {_p(p)}, limit {limit:g}"
    return Check(name, statement, p >= limit, seen, meaning)


def _history(here: Sample) -> Floats:
    """Time, the draw before (0 at the first), and the covariates; none missing."""
    order = pd.Series(here["treatment"], index=pd.MultiIndex.from_arrays([here.codes("unit"), here["time"]]))
    before = order.sort_index().groupby(level=0).shift(fill_value=0.0).reindex(order.index).to_numpy()
    return np.column_stack([here["time"], before, *(with_missing(column) for column in here.given.T)])


def _missing(draws: Draws, here: Sample, asked: Asked) -> Check:
    name, statement = "attrition", "The outcome is known as often after support as after none"
    meaning = "those who answer after support may be others than those who answer without"
    known, limit = float(draws.outcome.mean()), asked.gate.attrition
    if np.ptp(draws.outcome) == 0:
        return Check(
            name, statement, True, f"known at {number(known, 'share')} of times, after support and after none", meaning
        )
    ones = np.ones((len(draws.drawn), 1))
    gap = excursion(draws, ones, ones, asked.settings.numerator, asked.settings.corrected_to).at([1.0])
    held = not (abs(gap.value) > limit and gap.p < 0.05)
    estimate = gap.estimate("share", METHOD, 0.95)
    if tells_few(float(draws.outcome.sum()), len(draws.outcome), here.minimum):
        return Check(name, statement, held, f"missing at fewer than {here.minimum} times", meaning)
    shares = [number(share, "share") for share in (known, limit)]
    seen = f"known at {shares[0]} of times, difference {estimate}, limit {shares[1]} and beyond chance"
    return Check(name, statement, held, seen, meaning, estimate)


def _p(p: float) -> str:
    return "under 0.001" if p < 0.001 else f"{p:.3f}"


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    possible = _possible(sample)
    chance = _chance(sample, asked, possible)
    kept = possible & sample["known"].astype(bool)
    here = sample.where(kept)
    draws = Draws(here["outcome"], here["treatment"], chance[kept], here.codes("unit"))
    ones = np.ones((len(draws.drawn), 1))
    found = _fitted(draws, ones, _controls(here), asked)
    if found is None:
        return Estimated(None, METHOD, ESTIMAND, reason=FEW)
    told = _told(sample, asked)
    return Estimated(
        found.at([1.0]),
        METHOD,
        ESTIMAND,
        (*_ratio_of_shares(draws, here, asked), *_shares(sample, possible, kept)),
        (_by_week(here, draws, asked), *_by_history(here, draws, asked)),
        (Assumption("Each draw depends on nothing but its chance", None, "it was drawn by lot, as far as is told"),),
        (READ_AS[asked.settings.chance_of] if told else ESTIMATED,),
    )


def _controls(here: Sample, *further: Floats) -> Floats:
    """Ones, further columns and the covariates, without those that repeat others; none missing."""
    ones = np.ones((len(here.rows), 1))
    columns = np.column_stack([ones, *further, *(with_missing(column) for column in here.given.T)])
    return columns[:, independent_columns(columns)]


def _fitted(draws: Draws, moderators: Floats, controls: Floats, asked: Asked) -> Excursion | None:
    """The excursion effect; None where there are too few students or the draws do not tell moderators apart."""
    try:
        return excursion(draws, moderators, controls, asked.settings.numerator, asked.settings.corrected_to)
    except (ValueError, np.linalg.LinAlgError):
        return None


def _ratio_of_shares(draws: Draws, here: Sample, asked: Asked) -> tuple[Row, ...]:
    """Of an outcome of yes and no: how many times as often it is yes after support."""
    if here.unit != "share":
        return ()
    ones, what = np.ones((len(draws.drawn), 1)), {"what": "times as often, with support"}
    try:
        found = excursion_ratio(draws, ones, _controls(here), asked.settings.numerator, asked.settings.corrected_to)
    except ValueError as error:
        return (Row(what, None, "not analysed", str(error)),)
    log = found.at([1.0])
    lower, value, upper = (
        float(np.exp(end)) for end in (log.interval(asked.level)[0], log.value, log.interval(asked.level)[1])
    )
    return (Row(what, Estimate(value, lower, upper, asked.level, "times", log.n, "emee")),)


def _shares(sample: Sample, possible: Bools, kept: Bools) -> tuple[Row, ...]:
    drawn = possible & (sample["treatment"] == 1)
    told = (
        ("support was possible, of all times", possible.mean(), len(possible)),
        ("support was drawn, of those", drawn.sum() / possible.sum(), int(possible.sum())),
        ("the outcome is known, of those", kept.sum() / possible.sum(), int(possible.sum())),
    )
    return tuple(
        Row({"what": what}, None, "suppressed", few(sample.minimum))
        if tells_few(share * n, n, sample.minimum)
        else Row({"what": what}, Estimate(share, None, None, None, "share", n, "count"))
        for what, share, n in told
    )


def _by_week(here: Sample, draws: Draws, asked: Asked) -> Finding:
    name, question = asked.id("by_week"), "Does the effect differ from week to week?"
    time = here["time"]
    times = np.unique(time)
    if len(times) == 1:
        return not_analysed(name, question, "there is one time only")
    groups = np.array_split(times, len(times) if len(times) <= FEW_WEEKS else 3)
    periods = np.column_stack([np.isin(time, group) for group in groups]).astype(float)
    trend = np.column_stack([np.ones_like(time), time - time.mean()])
    fits = [_fitted(draws, f, _controls(here, f), asked) for f in (periods, trend)]
    if not any(fits):
        return not_analysed(name, question, FEW)
    rows = []
    if fits[0]:
        for j, group in enumerate(groups):
            students = len(np.unique(draws.unit[periods[:, j] == 1]))
            effect = replace(fits[0].at(np.eye(len(groups))[j]), n=students)
            week = f"{group[0]:g}" if len(group) == 1 else f"{group[0]:g} to {group[-1]:g}"
            rows.append(Row({"week": week}, effect.estimate(here.unit, METHOD, asked.level)))
    else:
        rows.append(Row({"week": "each"}, None, "not analysed", FEW))
    if fits[1]:
        slope = fits[1].at([0.0, 1.0]).estimate(f"{here.unit} per week", METHOD, asked.level)
        rows.append(Row({"week": "from each to the next"}, slope))
    found = Finding(name, question, "described", None, tuple(rows), limitations=(PLAIN,))
    return stepped(found, here.units, here.minimum)


def _by_history(here: Sample, draws: Draws, asked: Asked) -> tuple[Finding, ...]:
    if not asked.settings.history:
        return ()
    rows = [row for covariate in asked.settings.history for row in _moderated(here, draws, asked, covariate)]
    question = "Does the effect depend on what went before?"
    return (Finding(asked.id("by_history"), question, "described", None, tuple(rows), limitations=(PLAIN,)),)


def _moderated(here: Sample, draws: Draws, asked: Asked, covariate: str) -> list[Row]:
    """The effect at both values of a covariate, or at its quartiles, and how it changes with it."""
    value = with_missing(here[covariate])
    mean, levels = value[:, 0].mean(), np.unique(value[:, 0])
    moderators = np.column_stack([np.ones(len(value)), value[:, 0] - mean])
    found = _fitted(draws, moderators, _controls(here, value[:, 0]), asked)
    if found is None:
        return [Row({"history": covariate, "at": "all"}, None, "not analysed", FEW)]
    ends = levels if len(levels) == 2 else np.unique(np.quantile(value[:, 0], [0.25, 0.75]))
    told = [(f"{end:.3g}", found.at([1.0, end - mean]), here.unit) for end in ends]
    told.append(("difference for one more", found.at([0.0, 1.0]), f"{here.unit} per unit"))
    return [
        Row({"history": covariate, "at": at}, effect.estimate(unit, METHOD, asked.level)) for at, effect, unit in told
    ]


MICRO_RANDOMISED = Design(
    "micro_randomised",
    MicroRandomised,
    ("outcome", "treatment", "unit", "time"),
    ("probability", "available"),
    _reason,
    _checks,
    _estimated,
)
