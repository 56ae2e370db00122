"""What label_cells.py measured holds: the score judges rightly where the recorded label accuses or clears wrongly."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def cells() -> ModuleType:
    path = Path(__file__).parent / "label_cells.py"
    spec = importlib.util.spec_from_file_location("label_cells", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def total(rows, column):
    return sum(int(row[column]) for row in rows)


@pytest.mark.parametrize("case", ["accused", "cleared"])
@pytest.mark.parametrize(("kind", "draws"), [("cohort", 40), ("counts", 2000)])
def test_the_score_is_right_in_95_of_100_where_the_recorded_label_misleads(cells, kind, case, draws):
    rows = [row for row in cells.read_results() if (row["kind"], row["case"]) == (kind, case)]
    assert total(rows, "draws") == draws
    assert total(rows, "right") >= 0.95 * draws
    wrong = {"accused": "label_disparity", "cleared": "label_equivalent"}[case]
    assert total(rows, wrong) > 0.5 * draws  # the record says the opposite more often than not


@pytest.mark.parametrize("case", ["accused", "cleared"])
def test_a_cohort_that_was_measured_comes_out_the_same_today(cells, case):
    first = next(row for row in cells.read_results() if (row["kind"], row["case"]) == ("cohort", case))
    assert cells.row("cohort", case, int(first["seed"])) == first


def test_a_block_of_counts_that_was_measured_comes_out_the_same_today(cells):
    first = next(row for row in cells.read_results() if row["kind"] == "counts")
    assert cells.row("counts", first["case"], int(first["seed"])) == first
