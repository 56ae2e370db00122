"""Do designs find the effect that planning says they find, as often as it says?

For each design that can be planned one study is drawn again and again with the effect that ``detectable_effect`` gives
for 80 % power, and analysed by a plain analysis of that design.

    python tests/truth/plan_cells.py [--draws 2000]

Writes tests/truth/plan_results.csv, a line a design: how often zero was excluded, with the 99.9 % binomial interval.
`make test` reads it and makes the first draws of each design anew.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.special import expit
from scipy.stats import binomtest
from series_cells import chain

from la_research.seeds import stream
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.power_of_designs import detectable_effect
from la_research.statistics.randomised import difference_in_means
from la_research.statistics.segmented import Segments, interrupted

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "plan_results.csv"
FIRST = 20
"""Draws whose findings are kept, so that they can be made anew."""
COLUMNS = ("design", "effect", "draws", "found", "share", "lower", "upper", "first")
Rng = np.random.Generator


def halves(n: int, share: float = 0.5) -> np.ndarray:
    """So many of n treated; who they are does not matter."""
    return np.arange(n) < round(n * share)


def randomised(rng: Rng, effect: float) -> Coefficient:
    drawn = halves(216, 0.4)  # 300 asked, 80 % say yes, 10 % of them are lost
    return difference_in_means(effect * drawn + rng.normal(size=216), drawn)


def cluster(rng: Rng, effect: float) -> Coefficient:
    drawn = halves(30)
    means = effect * drawn + math.sqrt(0.05) * rng.normal(size=30) + math.sqrt(0.95 / 18) * rng.normal(size=30)
    found = difference_in_means(means, drawn)
    return Coefficient(found.value, found.se, 28, 540)


def stepped_wedge(rng: Rng, effect: float) -> Coefficient:
    """24 groups, 5 periods, 10 students each; weights by the covariance drawn from, its size estimated."""
    start = np.repeat(np.arange(1, 5), 6)
    shared = 0.05 * (0.8 + 0.2 * np.eye(5)) + 0.95 / 10 * np.eye(5)
    root = np.linalg.cholesky(shared)
    had = np.arange(5) >= start[:, None]
    y = effect * had + rng.normal(size=(24, 5)) @ root.T
    white = np.linalg.inv(root)
    x = np.concatenate([white @ np.column_stack([np.eye(5), had[i]]) for i in range(24)])
    beta, rest, *_ = np.linalg.lstsq(x, np.concatenate(y @ white.T), rcond=None)
    variance = rest[0] / (120 - 6) * np.linalg.inv(x.T @ x)[5, 5]
    return Coefficient(beta[5], math.sqrt(variance), 22, 24)


def micro_randomised(rng: Rng, effect: float) -> Coefficient:
    """40 students, 30 weeks, a chance of .4; weeks within a student, each less its own mean."""
    had = rng.random((40, 30)) < 0.4
    y = rng.normal(size=(40, 1)) + effect * had + rng.normal(size=(40, 30))
    inner, given = y - y.mean(axis=1, keepdims=True), had - had.mean(axis=1, keepdims=True)
    value = float((given * inner).sum() / (given**2).sum())
    rest = inner - value * given
    error = math.sqrt(float(((given * rest).sum(axis=1) ** 2).sum())) / float((given**2).sum())
    return Coefficient(value, error * math.sqrt(40 / 39), 38, 40)


def rdd(rng: Rng, effect: float) -> Coefficient:
    running = rng.normal(size=500)
    return least_squares(
        np.column_stack([running < 0, running]), effect * (running < 0) + 0.3 * running + rng.normal(size=500)
    )


def did(rng: Rng, effect: float) -> Coefficient:
    drawn = halves(200)
    before = rng.normal(size=200)
    after = 0.6 * before + 0.8 * rng.normal(size=200) + effect * drawn
    return difference_in_means(after - before, drawn)


def its(rng: Rng, effect: float) -> Coefficient:
    times = np.arange(40)
    return interrupted(effect * (times >= 20) + chain(rng, 40, 0.3), times, Segments(20)).effect_at(20)


def observational(rng: Rng, effect: float) -> Coefficient:
    """600 students; chances by logistic regression, outcomes by straight lines, both joined."""
    import statsmodels.api as sm

    before = rng.normal(size=600)
    had = rng.random(600) < expit(before)
    y = 0.5 * before + effect * had + rng.normal(size=600)
    x = sm.add_constant(before)
    chance = sm.Logit(had, x).fit(disp=0).predict(x)
    lines = [x @ np.linalg.lstsq(x[side], y[side], rcond=None)[0] for side in (had, ~had)]
    each = lines[0] - lines[1] + np.where(had, (y - lines[0]) / chance, (lines[1] - y) / (1 - chance))
    return Coefficient(float(each.mean()), float(each.std(ddof=1)) / math.sqrt(600), 598, 600)


def least_squares(x: np.ndarray, y: np.ndarray) -> Coefficient:
    """The first column's coefficient, the constant added."""
    import statsmodels.api as sm

    fit = sm.OLS(y, sm.add_constant(x.astype(float))).fit()
    return Coefficient(fit.params[1], fit.bse[1], fit.df_resid, len(y))


CELLS: dict[str, tuple[Callable[[Rng, float], Coefficient], dict[str, float]]] = {
    "randomised": (randomised, {"n": 300, "share": 0.4, "consent": 0.8, "loss": 0.1}),
    "cluster": (cluster, {"n": 600, "cluster_size": 20, "loss": 0.1, "icc": 0.05}),
    "stepped_wedge": (stepped_wedge, {"n": 240, "cluster_size": 10, "icc": 0.05, "steady": 0.8, "periods": 5}),
    "micro_randomised": (micro_randomised, {"n": 40, "periods": 30, "share": 0.4}),
    "rdd": (rdd, {"n": 500}),
    "did": (did, {"n": 200, "correlation": 0.6}),
    "its": (its, {"n": 40, "correlation": 0.3}),
    "observational": (observational, {"n": 600, "spread": 1.0}),
}
"""One draw of a study, and what is planned of it."""


def planned(design: str) -> float:
    """The effect that it finds with 80 % power."""
    return detectable_effect(design, **CELLS[design][1])


def found(design: str, effect: float, draw: int) -> bool:
    """Whether a draw excludes zero."""
    return CELLS[design][0](stream(7, "tests", "plan", design, draw), effect).p < 0.05


def measured(design: str, draws: int) -> dict[str, str]:
    """A design over so many draws."""
    effect = planned(design)
    hits = [found(design, effect, draw) for draw in range(draws)]
    ends = binomtest(sum(hits), draws).proportion_ci(0.999)
    first = "".join(str(int(hit)) for hit in hits[:FIRST])
    numbers = (
        format(effect, ".10g"),
        draws,
        sum(hits),
        sum(hits) / draws,
        format(ends.low, ".4g"),
        format(ends.high, ".4g"),
    )
    return dict(zip(COLUMNS, map(str, (design, *numbers, f"b{first}")), strict=True))


def read_results() -> list[dict[str, str]]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all designs and write them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=2000)
    draws = asked.parse_args().draws
    rows = [measured(design, draws) for design in CELLS]
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
