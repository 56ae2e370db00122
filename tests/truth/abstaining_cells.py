"""Does each group have its label among those possible as often as promised, and do reasons differ only where they do?

Arrays, not campuses, but for one cell. Three groups, of 60, 25 and 15 %, and a second attribute of 30 and 70 % that
means nothing; a score out of five folds, fitted to three columns; thresholds as in a study
(``explanation.abstaining.possible``). Worlds:

- alike: the groups differ in nothing;
- unlike: 15, 25 and 40 % have the label, and the columns say much, something and almost nothing of it;
- twice: as unlike, and every student stands on two rows, which have the label together;
- drift: as unlike, and in the later of two presentations the columns say nothing;
- boosted: as unlike, scored by the registered trees;
- campus: cohorts of the default scenario, the registered model, and the groups of its students.

Asked is the share of labels that lie among those possible, by calibration and group (mean over draws; in a draw, over
students), at a level of 90 %; and the share without a suggestion, of all and of the tenth with the highest scores.

Of reasons: explained rows with four aspects of a linear score. In ``none`` the group hangs on the score alone, so
reasons are the same at the same score; in ``half`` and ``whole`` the group moves one aspect by .5 or 1 SD. Asked is how
often p is .05 or less, whether the interval of the distance holds it, and whether those of the parts of the gap do.

    python tests/truth/abstaining_cells.py [--draws 1.0]

Writes tests/truth/abstaining_results.csv. `make test` reads it, and makes its first draws anew.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from la_research.explanation.abstaining.possible import CALIBRATIONS, thresholds
from la_research.explanation.by_group.proxies import less
from la_research.models import ESTIMATORS, fold_splits, highest, student_folds
from la_research.seeds import stream
from la_research.statistics.conformal import label_sets
from la_research.statistics.intervals import mean_interval, wilson
from la_research.statistics.neighbours import neighbour_strata, pairs
from la_research.statistics.same_top import kinds_apart

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "abstaining_results.csv"
LEVEL, TOP, FIRST = 0.90, 0.10, 2
SHARES, NAMES = (0.60, 0.25, 0.15), ("first", "second", "third")
BASE, SAYS = (0.15, 0.25, 0.40), (2.0, 1.0, 0.2)
WORLDS = ("alike", "unlike", "twice", "drift")
DRAWS = {500: 300, 2_000: 200, 5_000: 100}
FEWER = {"boosted": 40, "campus": 20}
REASONS = {(world, n): 1_000 for world in ("none", "half", "whole") for n in (200, 1_000)}
MOVED = {"none": 0.0, "half": 0.5, "whole": 1.0}
COLUMNS = ("what", "world", "n", "calibration", "group", "draws", "value", "lower", "upper", "first")
Row = dict[str, str]
Measures = dict[tuple[str, str, str], float]
"""By what is measured, calibration and group."""


class Students(NamedTuple):
    """A campus as arrays: rows (student_id, label), their columns, the two attributes, and the presentation."""

    rows: pd.DataFrame
    columns: np.ndarray
    groups: list[np.ndarray]
    presentation: np.ndarray


def drawn(world: str, n: int, draw: int) -> Students:
    """Students of a world."""
    rng = stream(7, "tests", "abstaining", world, n, draw)
    each = 2 if world == "twice" else 1
    group = np.repeat(rng.choice(3, n // each, p=SHARES), each)
    second = np.repeat((rng.random(n // each) < 0.7).astype(np.int64), each)
    base = np.full(n, 0.25) if world == "alike" else np.array(BASE)[group]
    says = np.full(n, 1.0) if world == "alike" else np.array(SAYS)[group]
    label = np.repeat((rng.random(n // each) < base[::each]).astype(float), each)
    later = np.repeat(rng.random(n // each) < 0.4, each)
    if world == "drift":
        says = np.where(later, 0.0, says)
    columns = rng.normal(size=(n, 3)) + (says * label)[:, None] * np.array([1.0, 0.5, 0.0])
    known = np.repeat(rng.random(n // each) < 0.8, each)
    who = np.repeat(np.arange(n // each), each)
    rows = pd.DataFrame({"student_id": who, "label": np.where(known, label, np.nan), "truth": label})
    return Students(rows, columns, [group.astype(np.int64), second], later.astype(np.int64))


def scored(students: Students, estimator: str, rng: np.random.Generator) -> pd.DataFrame:
    """The rows with fold and score out of fold."""
    rows = students.rows
    fold = student_folds(rows["student_id"], rows["label"], 5, rng)
    score = np.zeros(len(rows))
    for test, train in fold_splits(fold, rows["student_id"]):
        fit = train & rows["label"].notna().to_numpy()
        model = ESTIMATORS[estimator](1).fit(students.columns[fit], rows["label"][fit].to_numpy(dtype=np.int64))
        score[test] = model.predict_proba(students.columns[test])[:, 1]
    return rows.assign(fold=fold, score=score)


def sets(world: str, n: int, draw: int) -> Measures:
    """What one draw of a world comes to; labels that the study does not know are looked up here."""
    students = drawn(world, n, draw)
    rng = stream(7, "tests", "abstaining", "folds", world, n, draw)
    rows = scored(students, "boosted" if world == "boosted" else "logistic", rng)
    one = np.zeros(len(rows), dtype=np.int64)
    found = thresholds(rows, students.groups, one, students.presentation, LEVEL, rng)
    score, truth = rows["score"].to_numpy(), rows["truth"].to_numpy(dtype=np.int64)
    top = highest(score, TOP, rng.permutation(len(score))) == 1
    measured: Measures = {}
    for name in CALIBRATIONS:
        possible = label_sets(score, found[name])
        hit, open_ = possible[np.arange(len(score)), truth], possible.sum(axis=1) != 1
        seen = ~np.isnan(found[name]).any(axis=1)
        for group, words in enumerate(NAMES):
            with_label = seen & (students.groups[0] == group) & (truth == 1)
            measured["coverage, with the label", name, words] = (
                float(hit[with_label].mean()) if with_label.any() else np.nan
            )
        for group, words in enumerate((*NAMES, "all")):
            inside = seen & ((students.groups[0] == group) | (words == "all"))
            measured["coverage", name, words] = float(hit[inside].mean())
            measured["no suggestion", name, words] = float(open_[inside].mean())
            measured["no suggestion, of the top tenth", name, words] = float(
                open_[inside & top].mean() if (inside & top).any() else np.nan
            )
    return measured


@cache
def campus(draw: int) -> Measures:
    """One cohort of the default scenario: coverage by registered group among those whose label is known."""
    from la_research import compute_indicators, fit_model, generate_cohort, load_protocol, load_scenario
    from la_research.explanation.abstaining.coverage import Coverage
    from la_research.explanation.abstaining.decided import abstained
    from la_research.explanation.ground import Ground

    protocol = load_protocol("protocols/early-engagement")
    cohort, _ = generate_cohort(load_scenario("default"), n=2_000, seed=100 + draw)
    indicators = compute_indicators(protocol, cohort)
    (part,) = [part for part in fit_model(protocol, cohort, indicators).parts() if part[0] == "all"]
    ground = Ground(protocol, cohort, indicators, *part)
    table = Coverage(ground, held := abstained(ground))
    measured: Measures = {}
    for name in CALIBRATIONS[:-1]:
        open_ = held.possible(name).sum(axis=1) != 1
        for groups in table.groups:
            for group, words in enumerate(groups.names):
                inside = table.known & groups.inside(group)
                measured["coverage", name, f"{groups.attribute} {words}"] = float(table.hit[name][inside].mean())
        top = ground.rows["decision"].to_numpy() == 1
        measured["no suggestion", name, "all"] = float(open_.mean())
        measured["no suggestion, of the top tenth", name, "all"] = float(open_[top].mean())
    return measured


class Explained(NamedTuple):
    """Parts of a score by aspect, and the group of each row."""

    parts: np.ndarray
    group: np.ndarray


def explained(world: str, n: int, draw: int) -> Explained:
    """Rows whose parts are Laplace, so that first aspects change with the score; a third are in the smaller group."""
    rng = stream(7, "tests", "abstaining", "reasons", world, n, draw)
    parts = rng.laplace(size=(n, 4)) * np.array([1.0, 0.8, 0.6, 0.4])
    if world == "none":
        return Explained(parts, (rng.random(n) < 1 / (1 + np.exp(0.8 - 0.5 * parts.sum(axis=1)))).astype(np.int64))
    group = (rng.random(n) < 1 / 3).astype(np.int64)
    parts[:, 1] += MOVED[world] * 0.8 * np.sqrt(2) * group
    return Explained(parts, group)


@cache
def true_distance(world: str) -> float:
    """The distance at the same score of a very large number of rows."""
    if world == "none":
        return 0.0
    parts, group = explained(world, 400_000, 0)
    first = np.eye(4)[parts.argmax(axis=1)]
    stratum = neighbour_strata(parts.sum(axis=1), 400)
    (pair,) = pairs(stratum, group)
    return float(np.abs(pair.difference(stratum, group, first)).sum() / 2)


def reasons(world: str, n: int, draw: int) -> Measures:
    """Whether one set of rows is told apart, and whether intervals hold what is planted."""
    parts, group = explained(world, n, draw)
    stratum = neighbour_strata(parts.sum(axis=1))
    first = np.eye(4)[parts.argmax(axis=1)]
    rng = stream(7, "tests", "abstaining", "shuffled", world, n, draw)
    apart = kinds_apart(stratum, group, first, pairs(stratum, group), 0.95, rng)
    measured: Measures = {
        ("told apart", "", ""): float(apart.p <= 0.05),
        ("distance held", "", ""): float(apart.lower <= true_distance(world) <= apart.upper),
        ("distance less the truth", "", ""): apart.value - true_distance(world),
    }
    if world != "none":
        for aspect in range(4):
            part = less(parts[:, aspect], group, 1, 0)
            truth = MOVED[world] * 0.8 * np.sqrt(2) * (aspect == 1)
            measured["part held", "", f"aspect {aspect + 1}"] = float((part.lower or 0) <= truth <= (part.upper or 0))
    return measured


def cells(share: float) -> Iterator[tuple[str, int, int]]:
    """World, size and draws of each cell."""
    yield from ((world, n, max(2, round(share * many))) for world in WORLDS for n, many in DRAWS.items())
    yield from ((world, 2_000, max(2, round(share * many))) for world, many in FEWER.items())
    yield from ((world, n, max(2, round(share * many))) for (world, n), many in REASONS.items())


def once(world: str, n: int, draw: int) -> Measures:
    """One draw of a cell."""
    if world in MOVED:
        return reasons(world, n, draw)
    return campus(draw) if world == "campus" else sets(world, n, draw)


def measured(world: str, n: int, draws: int) -> Iterator[Row]:
    """A cell over its draws: means with t intervals; how often something is so, with Wilson's."""
    found = [once(world, n, draw) for draw in range(draws)]
    for what, calibration, group in found[0]:
        values = np.array([one.get((what, calibration, group), np.nan) for one in found])
        if np.isnan(values).all():
            continue
        if world in MOVED and what != "distance less the truth":
            numbers = (values.mean(), *wilson(values.sum(), draws))
        else:
            numbers = mean_interval(values)
        first = " ".join(format(value, ".4f") for value in values[:FIRST])
        told = (what, world, n, calibration, group, draws, *(format(number, ".4f") for number in numbers), first)
        yield dict(zip(COLUMNS, map(str, told), strict=True))


def read_results() -> list[Row]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all cells and write them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--draws", type=float, default=1.0, help="share of the draws")
    rows = [row for cell in cells(asked.parse_args().draws) for row in measured(*cell)]
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
