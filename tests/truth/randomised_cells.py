"""Do the intervals of trials hold what they promise, and does the gate stop those whose answers went missing unevenly?

Cells are arrays drawn here; each has a zero and a non-zero effect.

- ``unadjusted``, ``lin``: students drawn one by one; clean (600, two arms alike), realistic (600, one in five drawn, a
  skewed outcome whose spread and slope differ by arm, a tenth of the answers missing), small (300).
- ``arms``: three arms, the simultaneous interval of all at once.
- ``cr2``, ``permutation``, ``wild``: groups drawn; clean (40 of 20 students), realistic (20 of 5 to 60, ICC .1, skewed
  outcome), small (12 of 5 to 40).
- ``anderson_rubin``: the support taken up by seven in ten drawn, and by one in twenty.
- ``draws``: p-values of drawing again, students one by one.
- ``saturation``: spillover at one half, 40 groups.

Gate cells have 2,000 students and one covariate that follows the outcome (r = .6). Thresholds of ``Limits`` were chosen
on seeds of room "chosen" (seen by ``--chosen``) and are judged on others.

    python tests/truth/randomised_cells.py [--draws 2000] [--only CELL]

Writes tests/truth/randomised_results.csv, one line a cell, with 99.9 % intervals; cells that are there stay.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from la_research.evaluation.design import Asked
from la_research.evaluation.designs.randomised import RANDOMISED
from la_research.evaluation.gate import Gate
from la_research.evaluation.sample import Sample
from la_research.protocol.designs.randomised import Randomised
from la_research.seeds import stream
from la_research.statistics.arms import arm_effects, together
from la_research.statistics.clustered import least_squares
from la_research.statistics.coefficient import Inference
from la_research.statistics.instrument import complier_effect
from la_research.statistics.permutation import permuted_effect
from la_research.statistics.randomised import adjusted_difference, difference_in_means
from la_research.statistics.wild import wild_effect

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "randomised_results.csv"
FIRST, LEVEL = 3, 0.999
"""Draws of a cell whose sum is kept; level of the intervals of a rate."""
EFFECT, SAMPLES = 0.3, 199
"""Planted where something is; draws made again, or bootstrap samples, in a draw of a cell."""
COLUMNS = (
    "cell", "estimator", "n", "planted", "draws", "held", "share", "lower", "upper", "bias", "bias_allowed", "width",
    "rejected", "first", "verdict",
)  # fmt: skip
Row = dict[str, str]
Floats = np.ndarray


class Drawn(NamedTuple):
    """Of a draw: whether the interval holds the truth, value less truth, its error, width, whether zero is rejected."""

    held: float
    off: float
    se: float
    width: float
    rejected: float


def seen(found: Inference, truth: float) -> Drawn:
    """What an estimate shows of the truth."""
    low, high = found.interval(0.95)
    se = getattr(found, "se", math.nan)
    return Drawn(low <= truth <= high, found.value - truth, se, high - low, found.p < 0.05)


def students(rng: np.random.Generator, kind: str, effect: float) -> tuple[Floats, Floats, Floats]:
    """Outcome, drawn and covariates of a trial of students."""
    n = 300 if kind == "small" else 600
    x = rng.normal(size=(n, 2))
    drawn = rng.permutation(n) < (n // 5 if kind == "realistic" else n // 2)
    if kind != "realistic":
        return effect * drawn + 0.6 * x[:, 0] + 0.8 * rng.normal(size=n), drawn, x
    noise = rng.gamma(2.0, 0.5, n) - 1
    y = effect * drawn + (0.5 + 0.2 * drawn) * x[:, 0] + (0.8 + 0.4 * drawn) * noise
    known = rng.random(n) < 0.9
    return y[known], drawn[known], x[known]


def groups(rng: np.random.Generator, kind: str, effect: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Outcome, drawn, a covariate and the group of students of a trial of groups."""
    number, low, high = {"clean": (40, 20, 21), "realistic": (20, 5, 61), "small": (12, 5, 41)}[kind]
    sizes = rng.integers(low, high, number)
    group = np.repeat(np.arange(number), sizes)
    drawn = (rng.permutation(number) < number // 2)[group]
    x = rng.normal(size=len(group)) + 0.3 * rng.normal(size=number)[group]
    noise = (
        rng.normal(size=len(group)) if kind == "clean" else rng.gamma(2.0, math.sqrt(0.5), len(group)) - math.sqrt(2)
    )
    return (
        effect * drawn + 0.3 * x + math.sqrt(0.1) * rng.normal(size=number)[group] + 0.9 * noise,
        drawn,
        x[:, None],
        group,
    )


def trial_cell(rng: np.random.Generator, kind: str, effect: float, estimator: str) -> Drawn:
    """Students drawn one by one."""
    y, drawn, x = students(rng, kind, effect)
    if estimator == "unadjusted":
        return seen(difference_in_means(y, drawn), effect)
    if estimator == "lin":
        return seen(adjusted_difference(y, drawn, x), effect)
    return seen(permuted_effect(y, drawn, x[:, :0], None, None, SAMPLES, rng), effect)


def group_cell(rng: np.random.Generator, kind: str, effect: float, estimator: str) -> Drawn:
    """Groups drawn."""
    y, drawn, x, group = groups(rng, kind, effect)
    if estimator == "cr2":
        design = np.column_stack([np.ones(len(y)), drawn, x])
        return seen(least_squares(design, y, group).of(np.eye(3)[1]), effect)
    if estimator == "wild":
        return seen(wild_effect(y, drawn, x, group, SAMPLES, rng), effect)
    return seen(permuted_effect(y, drawn, x, group, None, SAMPLES, rng), effect)


def arms_cell(rng: np.random.Generator, kind: str, effect: float, estimator: str) -> Drawn:
    """Two arms against a control: whether both intervals hold."""
    n = 300 if kind == "small" else 900
    x, arm = rng.normal(size=(n, 1)), rng.permutation(np.arange(n) % 3)
    truth = np.array([0.0, effect, effect / 2])
    y = truth[arm] + 0.6 * x[:, 0] + (0.8 + 0.2 * arm) * rng.normal(size=n)
    both = [seen(one, truth[i + 1]) for i, one in enumerate(together(arm_effects(y, arm, x), 2, rng))]
    mean = [float(np.mean([one[j] for one in both])) for j in (1, 3)]
    held, rejected = min(one.held for one in both), max(one.rejected for one in both)
    return Drawn(held, mean[0], math.nan, mean[1], rejected)


def complier_cell(rng: np.random.Generator, kind: str, effect: float, estimator: str) -> Drawn:
    """A draw that not all follow; those who come would have fared better anyway. Widths are of bounded regions."""
    n = 300 if kind == "small" else 1000
    drawn = (rng.permutation(n) < n // 2).astype(float)
    keen = rng.normal(size=n)
    taken = (drawn == 1) & (keen > stats.norm.ppf(0.95 if kind == "weak" else 0.3))
    y = effect * taken + 0.6 * keen + 0.8 * rng.normal(size=n)
    found = complier_effect(y, taken.astype(float), drawn, np.empty((n, 0)))
    region = found.region(0.95)
    held = any(low <= effect <= high for low, high in region)
    width = region[0][1] - region[0][0] if found.bounded(0.95) else math.nan
    off = math.nan if kind == "weak" else found.value - effect
    return Drawn(held, off, math.nan, width, not any(low <= 0 <= high for low, high in region))


def saturation_cell(rng: np.random.Generator, kind: str, effect: float, estimator: str) -> Drawn:
    """Spillover to students not drawn, of groups at one half against groups at none."""
    group = np.repeat(np.arange(40), 20)
    half = (rng.permutation(40) < 20)[group]
    drawn = half & (rng.random(800) < 0.5)
    y = effect * half + 0.4 * drawn + 0.3 * rng.normal(size=40)[group] + rng.normal(size=800)
    inside = np.column_stack([~half, half & ~drawn, drawn]).astype(float)
    return seen(least_squares(inside, y, group).of(np.array([-1.0, 1.0, 0.0])), effect)


Cell = Callable[[np.random.Generator, str, float, str], Drawn]
CELLS: tuple[tuple[Cell, str, tuple[str, ...]], ...] = (
    (trial_cell, "unadjusted", ("clean", "realistic", "small")),
    (trial_cell, "lin", ("clean", "realistic", "small")),
    (trial_cell, "draws", ("clean", "realistic", "small")),
    (group_cell, "cr2", ("clean", "realistic", "small")),
    (group_cell, "permutation", ("clean", "realistic", "small")),
    (group_cell, "wild", ("realistic", "small")),
    (complier_cell, "anderson_rubin", ("clean", "small", "weak")),
    (saturation_cell, "saturation", ("clean",)),
    (arms_cell, "arms", ("clean", "small")),
)
SIZES = {
    trial_cell: (600, 300),
    arms_cell: (900, 300),
    group_cell: (800, 250),
    complier_cell: (1000, 300),
    saturation_cell: (800, 800),
}
"""Students of a cell, about; and of a small one."""
LOWER_ONLY = ("permutation", "draws", "wild", "anderson_rubin")
"""Estimators whose intervals are exact, sets, or by inverting a test: held to the lower limit."""


class Loss(NamedTuple):
    """How answers go missing: share missing without the support and with it, and how far each leans on the outcome."""

    missing: tuple[float, float]
    leaning: tuple[float, float]


GATES = {
    "none missing": Loss((0.0, 0.0), (0, 0)),
    "alike, by chance": Loss((0.25, 0.25), (0, 0)),
    "alike, the unwell": Loss((0.25, 0.25), (0.7, 0.7)),
    "more where drawn, the unwell": Loss((0.10, 0.30), (0.8, 0.8)),
    "only where drawn, the unwell": Loss((0.0, 0.15), (1.5, 1.5)),
    "as many, the unwell where drawn": Loss((0.25, 0.25), (0.0, 0.7)),
    "as many, turned round": Loss((0.20, 0.20), (-0.5, 0.5)),
    "a little more where drawn, by chance": Loss((0.15, 0.17), (0, 0)),
    "more where drawn, by chance": Loss((0.10, 0.20), (0, 0)),
}
"""Cells of the gate; which are bad or sound follows from the bias that the plain difference then has."""


def lost(rng: np.random.Generator, loss: Loss, n: int = 2000, effect: float = 0.3, share: float = 0.6) -> pd.DataFrame:
    """A trial whose answers go missing so; the outcome's SD is 1 in each arm."""
    drawn = rng.permutation(n) < n // 2
    before = rng.normal(size=n)
    own = share * before + math.sqrt(1 - share**2) * rng.normal(size=n)
    lean = np.where(drawn, loss.leaning[1], loss.leaning[0])
    cut = stats.norm.ppf(np.where(drawn, loss.missing[1], loss.missing[0])) * np.sqrt(1 + lean**2)
    missing = rng.normal(size=n) - lean * -own < cut
    y = np.where(missing, np.nan, own + effect * drawn)
    return pd.DataFrame({"outcome": y, "treatment": drawn.astype(float), "before": before, "probability": 0.5})


def bias(loss: Loss) -> float:
    """Of the plain difference, in SDs, in 200,000 students."""
    rows = lost(stream(1, "tests", "bias"), loss, 200_000)
    known = rows.dropna()
    means = known.groupby("treatment")["outcome"].mean()
    return float(means[1.0] - means[0.0] - 0.3)


def gate_draw(rng: np.random.Generator, loss: Loss, *, blank: bool = False) -> tuple[bool, bool]:
    """Whether the gate stops the effect, and whether the adjusted interval would hold the truth."""
    rows = lost(rng, loss)
    sample = Sample(
        rows.drop(columns="before") if blank else rows, () if blank else ("before",), seed=int(rng.integers(2**31))
    )
    asked = Asked(Randomised(kind="randomised"))
    stopped = not Gate(tuple(RANDOMISED.checks(sample.blinded(), asked))).open
    known = rows.dropna()
    found = adjusted_difference(
        known["outcome"].to_numpy(), known["treatment"].to_numpy() == 1, known[["before"]].to_numpy()
    )
    low, high = found.interval(0.95)
    return stopped, low <= 0.3 <= high


def band(count: int, draws: int) -> tuple[float, float]:
    """The exact 99.9 % interval of a share."""
    found = stats.binomtest(count, draws).proportion_ci(LEVEL, "exact")
    return float(found.low), float(found.high)


def made(cell: Cell, estimator: str, kind: str, effect: float, draw: int) -> Drawn:
    """One draw of a cell."""
    return cell(stream(6, "tests", "randomised", estimator, kind, f"{effect:g}", draw), kind, effect, estimator)


def name(estimator: str, kind: str, effect: float) -> str:
    """Of a cell."""
    return f"{estimator} {kind} {effect:g}"


def measured(cell: Cell, estimator: str, kind: str, effect: float, draws: int) -> Row:
    """A cell over so many draws."""
    rows = np.array([made(cell, estimator, kind, effect, draw) for draw in range(draws)], dtype=float)
    held = int(rows[:, 0].sum())
    low, high = band(held, draws)
    off = rows[:, 1][~np.isnan(rows[:, 1])]
    se = float(off.std(ddof=1)) if len(off) else math.nan
    allowed = 0.1 + 3 / math.sqrt(draws)
    lean = float(off.mean()) / se if len(off) else math.nan
    bound = 0.92 if kind == "small" else 0.935
    fine = high >= bound and (estimator in LOWER_ONLY or kind == "small" or low <= 0.97)
    unbiased = math.isnan(lean) or abs(lean) <= allowed
    rejected = float(rows[:, 4].mean())
    if effect == 0:
        fine &= band(int(rows[:, 4].sum()), draws)[0] <= (0.08 if kind == "small" else 0.065)
    numbers = (effect, draws, held, held / draws, low, high, lean, allowed, float(np.nanmedian(rows[:, 3])), rejected)
    first = float(np.nansum(rows[:FIRST, :4]))
    n = SIZES[cell][kind == "small"]
    cells = (name(estimator, kind, effect), estimator, n, *(f"{x:.4g}" for x in numbers), f"{first:.12g}")
    return dict(zip(COLUMNS, map(str, (*cells, "held" if fine and unbiased else "missed")), strict=True))


def gated(label: str, loss: Loss, draws: int, blank: bool, room: str) -> Row:
    """A cell of the gate: in ``held`` and ``share`` what was stopped; in ``rejected`` the coverage among the passed."""
    found = [gate_draw(stream(6, "tests", room, label, str(blank), draw), loss, blank=blank) for draw in range(draws)]
    stopped = sum(one[0] for one in found)
    off = bias(loss)
    kind = "bad" if abs(off) >= 0.15 else "sound" if abs(off) <= 0.03 else "between"
    low, high = band(stopped, draws)
    fine = {"bad": high >= 0.9, "sound": low <= 0.2, "between": True}[kind]
    passed = [one[1] for one in found if not one[0]]
    covered = f"{np.mean(passed):.4g}" if passed else ""
    text = f"gate {kind}: {label}{', no covariate' if blank else ''}"
    numbers = (off, draws, stopped, stopped / draws, low, high, off, 0.15, math.nan)
    first = "".join(str(int(one[0])) for one in found[:FIRST])
    row = (text, "gate", 2000, *(f"{x:.4g}" for x in numbers), covered, f"b{first}", "held" if fine else "missed")
    return dict(zip(COLUMNS, map(str, row), strict=True))


def read_results() -> list[Row]:
    """The rows that were measured."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everything(draws: int, only: str) -> Iterator[Row]:
    """All cells, those that were measured already as they are."""
    there = {row["cell"]: row for row in read_results()}
    for label, loss in GATES.items():
        for blank in (False, *([True] if abs(bias(loss)) >= 0.15 else [])):
            old = [row for text, row in there.items() if text.endswith(f": {label}{', no covariate' if blank else ''}")]
            if old and not (only and only in "gate"):
                yield old[0]
            elif only in "gate":
                yield gated(label, loss, max(draws // 10, 50), blank, "gate")
    for cell, estimator, kinds in CELLS:
        for kind in kinds:
            for effect in (0.0, EFFECT):
                label = name(estimator, kind, effect)
                if label in there and not (only and only in label):
                    yield there[label]
                elif only in label:
                    yield measured(cell, estimator, kind, effect, draws)


def main() -> None:
    """Measure all cells and write them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=int, default=2000)
    asked.add_argument("--only", default="")
    asked.add_argument("--chosen", action="store_true")
    told = asked.parse_args()
    if told.chosen:
        for label, loss in GATES.items():
            print(gated(label, loss, 100, False, "chosen"))
        return
    rows: list[Row] = []
    for row in everything(told.draws, told.only):
        rows.append(row)
        print(row["cell"], row["share"], row["bias"], row["rejected"], row["verdict"], flush=True)
        with RESULTS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows([*rows])


if __name__ == "__main__":
    main()
