"""How often is a points score called as good as the registered model, where it is, and where it loses?

Studies of 1,500 students with five indicators, in five folds by student, as a study makes them. The outcome follows

- steps: ranges of three indicators that add up, which a points score can say;
- crossed: the same, and an indicator that counts the other way where a second is low, by so many log-odds, which no
  sum of points can say.

The true loss is that of the very models fitted in the draw, over 40,000 fresh students, each scored by the models of
one fold; over all draws these are millions. Asked is

- error: DeLong's as it is ("plain") and as it is used, beside the spread of what was found;
- coverage: how often the plain 90 % interval, the 90 % and the 95 % interval of the loss hold it;
- called as good: how often the upper end of the 90 % interval lies below the margin, for a margin that the true loss
  of the draw exceeds by .01 ("beyond"), that equals it ("at"), and for .02, as protocols have it ("registered").

    python tests/truth/simpler_cells.py [--draws 160]

Writes tests/truth/simpler_results.csv, with Wilson's intervals. `make test` reads it, and makes its first draws anew.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from la_research.explanation.simpler.compare import REGISTERED, loss_of, refitted
from la_research.explanation.simpler.points import fit_points
from la_research.models import boosted, fold_splits, student_folds
from la_research.seeds import stream
from la_research.statistics.folds import fold_auc_difference
from la_research.statistics.intervals import wilson, z_value

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "simpler_results.csv"
STUDENTS, FRESH, FOLDS, FIRST = 1500, 40_000, 5, 2
"""Students of a study; fresh ones of whom the true loss is known; folds; draws that are made anew by `make test`."""
COLUMNS = ("weekly_activity", "active_days", "regularity", "late_or_missing", "peer_share")
CELLS = {"steps": 0.0, "crossed .44": 0.44, "crossed .56": 0.56, "crossed .75": 0.75, "crossed 1": 1.0}
"""Log-odds that turn with the second indicator: at .44 points lose nothing, at .56 about the margin of .02."""
MARGIN, BEYOND = 0.02, 0.01
SHARES = ("plain_90", "covered_90", "covered_95", "good_beyond", "good_at", "good_registered")
FIELDS = (
    "cell", "draws", "loss", "loss_sd", "estimate", "estimate_sd", "plain_error", "error",
    *(part for name in SHARES for part in (name, f"{name}_lower", f"{name}_upper")), "first",
)  # fmt: skip
Row = dict[str, str]


class Held(NamedTuple):
    """A draw: the true loss, the estimated one, its error, and the ends of the 90 % and the 95 % interval."""

    truth: float
    value: float
    error: float
    lower: float
    upper: float
    wide_lower: float
    wide_upper: float


def students(cell: str, n: int, *names: str | int) -> tuple[pd.DataFrame, pd.Series]:
    """Indicators and outcomes of so many students; a twentieth of the values is not observed."""
    rng = stream(11, "tests", "simpler", cell, *names)
    x = rng.normal(size=(n, len(COLUMNS)))
    x[:, 1] = 0.6 * x[:, 0] + 0.8 * x[:, 1]
    log_odds = -1.2 + 0.9 * (x[:, 0] < -0.5) + 0.7 * (x[:, 2] < 0) - 0.6 * (x[:, 3] < 0.3)
    log_odds += CELLS[cell] * np.sign(x[:, 2]) * np.sign(x[:, 4])
    label = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(np.float64)
    x[rng.random(x.shape) < 0.05] = np.nan
    rounded = x.astype(np.float32).astype(np.float64)
    return pd.DataFrame(rounded, columns=list(COLUMNS)), pd.Series(label)


def held(cell: str, draw: int) -> Held:
    """One study: what the comparison says, and the loss of its models among fresh students."""
    features, label = students(cell, STUDENTS, "study", draw)
    fresh, truth = students(cell, FRESH, "fresh", draw)
    who = pd.Series(np.arange(STUDENTS))
    fold = student_folds(who, label, FOLDS, stream(11, "tests", "simpler", cell, "folds", draw))
    scores, seen = np.full((2, STUDENTS), np.nan), np.full((2, FRESH), np.nan)
    for number, (test, train) in enumerate(fold_splits(fold, who)):
        model = boosted(number).fit(features.to_numpy()[train], label[train].to_numpy(dtype=np.int64))
        card = fit_points(features[train], label[train])
        part = np.arange(FRESH) % FOLDS == number
        scores[:, test] = model.predict_proba(features.to_numpy()[test])[:, 1], card.score(features[test])
        seen[:, part] = model.predict_proba(fresh.to_numpy()[part])[:, 1], card.score(fresh[part])
    rows = pd.DataFrame({"label": label, "fold": fold, "student_id": who, REGISTERED: scores[0], "points": scores[1]})
    true, _ = fold_auc_difference(truth, seen[0], seen[1], np.arange(FRESH) % FOLDS, np.arange(FRESH))
    loss, wide = loss_of(rows, "points", 0.90), loss_of(rows, "points", 0.95)
    error = (loss.upper - loss.value) / z_value(0.90)
    return Held(true, loss.value, error, loss.lower, loss.upper, wide.lower, wide.upper)


def summed(cell: str, found: list[Held]) -> Row:
    """A cell over its draws."""
    half = z_value(0.90) / refitted(FOLDS)
    told = {
        "plain_90": [abs(one.value - one.truth) <= half * one.error for one in found],
        "covered_90": [one.lower <= one.truth <= one.upper for one in found],
        "covered_95": [one.wide_lower <= one.truth <= one.wide_upper for one in found],
        "good_beyond": [one.upper < one.truth - BEYOND for one in found],
        "good_at": [one.upper < one.truth for one in found],
        "good_registered": [one.upper < MARGIN for one in found],
    }
    truth, value, error = np.array([(one.truth, one.value, one.error) for one in found]).T
    numbers = (
        truth.mean(),
        truth.std(ddof=1),
        value.mean(),
        value.std(ddof=1),
        error.mean() / refitted(FOLDS),
        error.mean(),
    )
    row = dict(zip(FIELDS, (cell, str(len(found)), *(format(n, ".4f") for n in numbers)), strict=False))
    for name, hits in told.items():
        ends = (np.mean(hits), *wilson(sum(hits), len(found)))
        row |= dict(zip((name, f"{name}_lower", f"{name}_upper"), (format(n, ".4g") for n in ends), strict=True))
    return row | {"first": " ".join(f"{one.value:.4f}/{one.truth:.4f}" for one in found[:FIRST])}


def read_results() -> list[Row]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all cells and write them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=160)
    draws = asked.parse_args().draws
    rows = [summed(cell, [held(cell, draw) for draw in range(draws)]) for cell in CELLS]
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
