"""The jump at a cut-off against the authors' own program: the Senate, and simulated students with awkward cases.

discontinuity_oracle.csv holds what rdrobust 2.1.1 for Python (``pip install rdrobust``) printed for the students that
``students`` below draws:

    rdrobust(y, x, p=…, kernel=…, bwselect=…, h=…, b=…, fuzzy=…, covs=…, cluster=…)

with all else at its defaults: conventional and bias-corrected value, conventional and robust error, bandwidths.
Twelve digits of each.
"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from la_research.pipeline.effect import table_effect
from la_research.seeds import stream
from la_research.statistics.discontinuity.combination import Combine
from la_research.statistics.discontinuity.robust import Options, jump_at_cutoff

STORED = Path(__file__).resolve().parent / "discontinuity_oracle.csv"
CASES = list(csv.DictReader(STORED.read_text(encoding="utf-8").splitlines()))


def students(case: str) -> dict[str, np.ndarray]:
    """500 students: a running variable, what stands beside it, and an outcome that jumps by 2."""
    rng = stream(7, "tests", "discontinuity", case)
    x = rng.gamma(3, size=500) - 2
    if "ties" in case:
        x = np.round(4 * x) / 4
    above = x >= 0
    had = (rng.random(500) < np.where(above, 0.8, 0.1)).astype(float)
    given = np.column_stack([x + rng.normal(size=500), rng.normal(size=500)])
    group = rng.integers(0, 60, 500)
    y = 2 * had + np.sin(x) + given @ [0.5, 1.0] + rng.normal(size=60)[group] / 2 + rng.normal(size=500) * np.exp(x / 4)
    return {"x": x, "y": y, "had": had, "given": given, "group": group}


def options(row: dict[str, str]) -> Options:
    widths = [float(row[name]) if row[name] else None for name in ("set_h", "set_b")]
    return Options(int(row["order"]), row["kernel"], row["select"], *widths)


@pytest.mark.parametrize("row", CASES, ids=[row["case"] for row in CASES])
def test_every_number_is_that_of_the_authors_program(row):
    drawn, case = students(row["case"]), row["case"]
    fuzzy, given = "fuzzy" in case, "given" in case
    columns = np.column_stack([drawn["y"], *([drawn["had"]] if fuzzy else []), *([drawn["given"]] if given else [])])
    combine, cluster = Combine(fuzzy, 2 * given), drawn["group"] if "groups" in case else None
    jump = jump_at_cutoff(drawn["x"], columns, drawn["x"] >= 0, combine, options(row), cluster)
    numbers = {
        "value": jump.conventional.value, "corrected": jump.robust.value, "se": jump.conventional.se,
        "robust_se": jump.robust.se, "h_below": jump.bandwidths.h[0], "h_above": jump.bandwidths.h[1],
        "b_below": jump.bandwidths.b[0], "b_above": jump.bandwidths.b[1],
    }  # fmt: skip
    assert numbers == pytest.approx({name: float(row[name]) for name in numbers}, rel=2e-6, abs=1e-6)
    assert jump.inside == (int(row["n_below"]), int(row["n_above"]))


@pytest.mark.real_data
def test_the_senate_is_that_of_the_published_tables(real_data: Path):
    file = real_data / "causal" / "rdrobust_senate.csv"
    numbers = real_data.parent / "reference" / "reference_numbers.json"
    if not file.exists() or not numbers.exists():
        pytest.skip(f"not run: {file.name} or {numbers.name} is not there")
    published = {row["id"]: row["value"] for row in json.loads(numbers.read_text(encoding="utf-8"))}
    found = table_effect(file, "rdd", {"outcome": "vote", "running": "margin"}, settings={"cutoff": "0"}).findings
    effect = found["evaluation.effect"]
    plain, _, h, b, *counts = [row.estimate for row in effect.rows]
    inside, everybody = [row.value for row in counts[:2]], [row.value for row in counts[2:]]
    error = (plain.upper - plain.value) / 1.959964
    assert [plain.value, error, h.value, b.value, *everybody, *inside] == pytest.approx(
        published["senate.rd"], abs=5e-4
    )
    robust = (effect.estimate.upper - effect.estimate.value) / 1.959964
    shown = [effect.estimate.value, robust, effect.estimate.lower, effect.estimate.upper]
    assert shown == pytest.approx(published["senate.rd.robust"], abs=5e-4)
