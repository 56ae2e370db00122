"""How often do intervals of effects that nobody drew hold what was planted, and those of Lee's bounds?

Cells, each with an effect of zero and one that differs between students (mean 0.3):

- clean: 2,000 students, four normal covariates, both models right, chances from about .15 to .85;
- outcome_bent: 2,000 students, skewed covariates, a quarter had the support, the outcome follows squares and has
  skewed errors that grow with a covariate; only the model of the support is right;
- support_bent: 2,000 students, the support follows a square; only the model of the outcome is right;
- small: 300 students, as clean;
- lee, lee_small: 2,000 and 300 students drawn by lot; those with the support answer in 90 %, the others in 75 %, and
  students with low outcomes answer less. Held is the worse of the two ends of the identified set.

Double learning is by straight lines where both models are right, by one split of boosted trees where one is bent
(over fewer draws, as each takes up to fifty times as long).

    python tests/truth/observational_cells.py [--draws 2000] [--jobs 1]

Writes tests/truth/observational_results.csv, a line a cell; cells that are there with as many draws are not made again.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from scipy.stats import beta, norm

from la_research.seeds import stream
from la_research.statistics.double_learning import double_learning
from la_research.statistics.doubly_robust import Comparison, outcomes
from la_research.statistics.propensity import propensity
from la_research.statistics.sensitivity.attrition import lee_bounds

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "observational_results.csv"
FIRST = 5
"""Draws that are made anew by a test."""
EACH = {"double learning, lines": 4, "double learning, trees": 20}
"""Double learning is slow: one in so many draws is made."""
EFFECT = 0.3
COLUMNS = (
    "cell", "estimator", "n", "planted", "draws", "covered", "coverage", "lower", "upper", "bias_se", "bias_allowed",
    "width", "rejected", "verdict", "first",
)  # fmt: skip
Row = dict[str, str]


class Found(NamedTuple):
    """One interval: estimate, ends, and the planted value that it should hold."""

    value: float
    lower: float
    upper: float
    truth: float


class Data(NamedTuple):
    """Outcome, who had the support, covariates."""

    outcome: np.ndarray
    treated: np.ndarray
    covariates: np.ndarray


def clean(rng: np.random.Generator, n: int, effect: float) -> Data:
    """Both models are right."""
    x = rng.normal(size=(n, 4))
    treated = rng.random(n) < expit(x @ [0.4, -0.3, 0.2, 0.0])
    outcome = x @ [0.5, 0.3, 0.2, 0.1] + effect * (1 + 0.5 * x[:, 0]) * treated + rng.normal(size=n)
    return Data(outcome, treated, x)


def outcome_bent(rng: np.random.Generator, n: int, effect: float) -> Data:
    """The outcome follows squares; its errors are skewed."""
    x = np.column_stack([rng.exponential(size=n) - 1, rng.normal(size=(n, 3))])
    treated = rng.random(n) < expit(-1.2 + x @ [0.5, -0.3, 0.2, 0.0])
    noise = (0.5 + 0.3 * np.abs(x[:, 1])) * (rng.exponential(size=n) - 1) * 2
    outcome = x @ [0.3, 0.3, 0.2, 0.1] + 0.3 * (x[:, 1] ** 2 - 1) + 0.15 * (x[:, 0] ** 2 - 1)
    return Data(np.round(4 * (outcome + effect * (1 + 0.5 * x[:, 1]) * treated + noise)) / 4, treated, x)


def support_bent(rng: np.random.Generator, n: int, effect: float) -> Data:
    """The support follows a square."""
    x = np.column_stack([rng.exponential(size=n) - 1, rng.normal(size=(n, 3))])
    treated = rng.random(n) < expit(-0.8 + x @ [0.3, -0.3, 0.2, 0.0] + 0.4 * (x[:, 1] ** 2 - 1))
    noise = (0.5 + 0.3 * np.abs(x[:, 1])) * (rng.exponential(size=n) - 1) * 2
    return Data(x @ [0.3, 0.5, 0.2, 0.1] + effect * (1 + 0.5 * x[:, 1]) * treated + noise, treated, x)


def adjusted(
    data: Data, names: tuple[str, ...], rng: np.random.Generator, effect: float, draw: int
) -> dict[str, Found]:
    """Every estimator that the cell asks, by name."""
    everyone = np.arange(len(data.outcome))
    model = outcomes(data.outcome, data.treated, data.covariates, np.ones(4, dtype=bool), binary=False)
    compared = Comparison(data.outcome, propensity(data.treated, data.covariates), model, everyone)
    found = {name: getattr(compared, name) for name in names if not name.startswith("double")}
    for name, each in EACH.items():
        if name in names and draw % each == 0:
            trees = name.endswith("trees")
            how = {"learner": "boosting", "repeats": 1} if trees else {"learner": "linear"}
            found[name] = double_learning(*data, rng, **how)
    return {name: Found(one.value, *one.interval(0.95), effect) for name, one in found.items()}


def lee(rng: np.random.Generator, n: int, effect: float) -> dict[str, Found]:
    """Lee's interval; what it should hold is each end of the identified set, so that there are two."""
    treated = rng.permutation(n) < n // 2
    would, latent = rng.normal(size=n), rng.random(n)
    outcome = would + effect * treated
    known = latent < np.clip(np.where(treated, 0.90, 0.75) + 0.05 * np.clip(would, -1, 1), 0, 1)
    bounds = lee_bounds(outcome, known, treated)
    least, most = identified(effect)
    return {
        "lee, least": Found(bounds.least, bounds.lower, bounds.upper, least),
        "lee, most": Found(bounds.most, bounds.lower, bounds.upper, most),
    }


@cache
def identified(effect: float) -> tuple[float, float]:
    """The ends of Lee's set in the population, by summing over a fine grid."""
    at = norm.ppf((np.arange(400_000) + 0.5) / 400_000)
    with_support, without = (base + 0.05 * np.clip(at, -1, 1) for base in (0.90, 0.75))
    share = without.mean() / with_support.mean()
    cumulated = np.cumsum(with_support) / with_support.sum()
    low, high = cumulated <= share, cumulated >= 1 - share
    other = np.average(at, weights=without)
    least, most = (np.average(at[side], weights=with_support[side]) for side in (low, high))
    return float(least + effect - other), float(most + effect - other)


RIGHT = ("regression", "ipw", "aipw", "double learning, lines")
MAKERS: dict[str, tuple[Callable[..., Data] | None, int, tuple[str, ...]]] = {
    "clean": (clean, 2000, RIGHT),
    "outcome_bent": (outcome_bent, 2000, ("ipw", "aipw", "double learning, trees")),
    "support_bent": (support_bent, 2000, ("regression", "aipw", "double learning, trees")),
    "small": (clean, 300, RIGHT),
    "lee": (None, 2000, ("lee, least", "lee, most")),
    "lee_small": (None, 300, ("lee, least", "lee, most")),
}
CELLS = tuple((cell, effect) for cell in MAKERS for effect in (0.0, EFFECT))
KINDS = {"small": "small", "lee": "set", "lee_small": "set"}


def drawn(cell: str, effect: float, draw: int) -> dict[str, Found]:
    """One draw of a cell, every estimator that it asks; each draw has numbers of its own."""
    make, n, names = MAKERS[cell]
    rng = stream(6, "tests", "observational", cell, draw)
    if make is None:
        return lee(rng, n, effect)
    return adjusted(make(rng, n, effect), names, rng, effect, draw)


def _one(asked: tuple[str, float, int]) -> dict[str, Found]:
    return drawn(*asked)


def rows_of(cell: str, effect: float, found: list[dict[str, Found]]) -> list[Row]:
    """A line an estimator."""
    _, n, names = MAKERS[cell]
    return [line(cell, name, n, effect, [one[name] for one in found if name in one], found) for name in names]


def line(cell: str, name: str, n: int, effect: float, one: list[Found], found: list[dict[str, Found]]) -> Row:
    """What the draws of an estimator come to."""
    values = np.array(one)
    draws, covered = len(values), int(((values[:, 1] <= values[:, 3]) & (values[:, 3] <= values[:, 2])).sum())
    lower, upper = band(covered, draws)
    bias = float((values[:, 0] - values[:, 3]).mean() / values[:, 0].std(ddof=1))
    allowed = 0.1 + 3 / np.sqrt(draws)
    rejected = int(((values[:, 1] > 0) | (values[:, 2] < 0)).sum())
    first = sum(each[name].value for each in found[:FIRST] if name in each)
    kept = held(KINDS.get(cell, "large"), lower, upper) and abs(bias) <= allowed
    told = (cell, name, n, effect, draws, covered, f"{covered / draws:.4f}", f"{lower:.4f}", f"{upper:.4f}",
            f"{bias:.3f}", f"{allowed:.3f}", f"{(values[:, 2] - values[:, 1]).mean():.4f}", f"{rejected / draws:.4f}",
            "held" if kept else "missed", f"{first:.10f}")  # fmt: skip
    return dict(zip(COLUMNS, map(str, told), strict=True))


def band(count: int, draws: int) -> tuple[float, float]:
    """The exact 99.9 % binomial interval (Clopper and Pearson 1934)."""
    tail = 0.0005
    lower = beta.ppf(tail, count, draws - count + 1) if count else 0.0
    upper = beta.ppf(1 - tail, count + 1, draws - count) if count < draws else 1.0
    return float(lower), float(upper)


def held(kind: str, lower: float, upper: float) -> bool:
    """Whether the band is not wholly outside what is promised."""
    least = 0.92 if kind == "small" else 0.935
    return upper >= least and (kind != "large" or lower <= 0.97)


def read_results() -> list[Row]:
    """The lines that were measured."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure the cells that are not there yet, and write all of them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=2000)
    asked.add_argument("--jobs", type=int, default=1)
    given = asked.parse_args()
    rows = read_results()
    for cell, effect in CELLS:
        there = [row for row in rows if row["cell"] == cell and float(row["planted"]) == effect]
        if there and max(int(row["draws"]) for row in there) == given.draws:
            continue
        with Pool(given.jobs) as pool:
            found = pool.map(_one, [(cell, effect, draw) for draw in range(given.draws)], chunksize=20)
        rows = [row for row in rows if row not in there] + rows_of(cell, effect, found)
        with RESULTS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
