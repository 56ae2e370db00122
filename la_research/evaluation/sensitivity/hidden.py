"""How strong something hidden would have to be to explain an adjusted effect: three ways to say it."""

from __future__ import annotations

import numpy as np

from la_research.evaluation.compared import Compared
from la_research.evaluation.design import Asked
from la_research.finding import Estimate, Finding, Row, not_analysed, number
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.sensitivity.e_value import e_value, interval_e_value, ratio_of_difference
from la_research.statistics.sensitivity.robustness import Benchmark, Regression, robustness_value
from la_research.statistics.sensitivity.rosenbaum import breaking_gamma, largest_p, matched_pairs

GAMMAS = (1.0, 1.25, 1.5, 2.0, 3.0)
ROWS = (
    "A row takes the odds of the support to be up to so many times as high for one of a pair: its p is the largest "
    "there could then be, and below 0.05 the difference is still told from chance. 0.00 stands for less than 0.005."
)
BESIDE = 8
"""Covariates that are taken as a yardstick where none is registered: those that would move the effect most."""
ALONE = "It says nothing of how likely such a thing is: that has to be argued from what is known."


def e_value_finding(compared: Compared, headline: Coefficient, asked: Asked) -> Finding:
    """The E-value of the effect, and of the end of its interval nearer to none."""
    question = "How strongly would something hidden have to go with support and outcome to explain the effect?"
    outcome = compared.sample["outcome"]
    if compared.binary:
        base = float(outcome[~compared.treated].mean())
        ratios = [(base + shift) / base if base > 0 else 0.0 for shift in (headline.value, *headline.interval(0.95))]
        how = "The risk ratio is that of the adjusted risk to the risk of students without the support."
    else:
        spread = float(outcome.std(ddof=1))
        value, reach = headline.value / spread, 1.96 * headline.se / spread
        ratios = [ratio_of_difference(d) for d in (value, value - reach, value + reach)]
        how = "The outcome is no yes or no: its difference in SDs was turned into about as large a risk ratio."
    if min(ratios[0], ratios[1]) <= 0:
        return not_analysed(
            asked.id("e_value"), question, "the interval reaches a risk of none, of which no ratio is made"
        )
    found, end = e_value(ratios[0]), interval_e_value(ratios[1], ratios[2])
    said = (
        f"Something hidden that goes with the support and with the outcome by a risk ratio of {found:.2f} each, beyond "
        f"all that was adjusted for, could explain the effect; {end:.2f} would do for its interval to reach none."
    )
    rows = (
        Row({"what": "the effect"}, _plain(found, "risk ratio", headline.n, "e-value")),
        Row({"what": "the end of its interval nearer to none"}, _plain(end, "risk ratio", headline.n, "e-value")),
    )
    return Finding(asked.id("e_value"), question, "described", rows[0].estimate, rows, limitations=(said, how, ALONE))


def robustness_finding(compared: Compared, asked: Asked) -> Finding:
    """The robustness value, and what something as strong as each covariate would leave of the effect."""
    question = "How much of what is left to explain would something hidden have to explain?"
    fit = Regression.of(compared.sample["outcome"], compared.treated, compared.columns)
    found, n = fit.found, fit.found.n
    t = found.value / found.se
    whole, end = robustness_value(t, found.df), robustness_value(t, found.df, 1 - asked.level)
    said = (
        f"Something hidden that explains {number(whole, 'share')} of what is left of support and outcome would bring "
        f"the effect of a least-squares regression to zero; {number(end, 'share')} would do for its interval to hold "
        "zero."
    )
    rows = [
        Row({"what": "the effect"}, _plain(whole, "share", n, "robustness-value")),
        Row({"what": "its interval"}, _plain(end, "share", n, "robustness-value")),
    ]
    rows += _benchmarks(compared, fit, asked)
    told = "Rows by covariate say what would be left, were something hidden as strong as that covariate."
    limits = (said, told, ALONE)
    return Finding(
        asked.id("robustness_value"), question, "described", rows[0].estimate, tuple(rows), limitations=limits
    )


def _benchmarks(compared: Compared, fit: Regression, asked: Asked) -> list[Row]:
    names = list(dict.fromkeys(column.covariate for column in compared.kept))
    registered = [name for name in names if name in asked.sensitivity.beside]
    found = {}
    for name in registered or names:
        columns = [j for j, column in enumerate(compared.kept) if column.covariate == name]
        found[name] = fit.as_strong_as(columns)
    order = sorted(found, key=lambda name: _left(found[name], fit.found))[: len(registered) or BESIDE]
    return [_benchmark(name, found[name], compared, asked) for name in order]


def _left(benchmark: Benchmark | None, found: Coefficient) -> float:
    """What is left of the effect in its own direction: the less, the stronger the covariate."""
    return -np.inf if benchmark is None else float(benchmark.adjusted.value * np.sign(found.value))


def _benchmark(name: str, found: Benchmark | None, compared: Compared, asked: Asked) -> Row:
    if found is None:
        return Row({"beside": name}, None, "not analysed", "as strong a thing would explain all that is left")
    return Row({"beside": name}, found.adjusted.estimate(compared.sample.unit, "ols-benchmark", asked.level))


def rosenbaum_finding(compared: Compared, headline: Coefficient, asked: Asked) -> Finding:
    """How far the odds of two alike students may differ before chance could explain the difference."""
    question = "How unlike may two students of a pair be before the difference could be chance?"
    pairs = matched_pairs(np.clip(compared.chances.raw, 1e-9, 1 - 1e-9), compared.treated)
    if len(pairs) < compared.sample.minimum:
        return not_analysed(asked.id("rosenbaum"), question, f"fewer than {compared.sample.minimum} pairs were found")
    outcome = compared.sample["outcome"]
    differences = (outcome[pairs[:, 0]] - outcome[pairs[:, 1]]) * (np.sign(headline.value) or 1.0)
    gamma, n = breaking_gamma(differences, 1 - asked.level), len(pairs)
    said = (
        f"In {n:,} pairs of alike students the signed-rank test would no longer tell a difference, were something "
        f"hidden to make the odds of the support {gamma:.2f} times as high for one of a pair as for the other."
        if gamma > 1
        else f"In {n:,} pairs of alike students the signed-rank test tells no difference, with nothing hidden."
    )
    rows = tuple(
        Row({"gamma": each}, _plain(largest_p(differences, each), "p at most, one-sided", n, "rosenbaum-signed-rank"))
        for each in GAMMAS
    )
    headed = _plain(gamma, "times the odds", n, "rosenbaum-signed-rank")
    return Finding(asked.id("rosenbaum"), question, "described", headed, rows, limitations=(said, ROWS, ALONE))


def _plain(value: float, unit: str, n: int, method: str) -> Estimate:
    return Estimate(value, None, None, None, unit, n, method)
