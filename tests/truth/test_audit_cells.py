"""What audit_cells.py measured holds, and the rule that is here today judges the first of its draws as it did then."""

from __future__ import annotations

import audit_cells
import numpy as np
import pytest

from la_research.statistics.simultaneous import gap_inference

REPLAYED = (
    *(str(cell) for cell in audit_cells.cells()[:371:16]),
    "boundary:large:2:80:0.02", "clustered:same:12:20:0.5", "mean_score:same:12:12:0.1",
    "average_precision:same:2:50:0.17",
)  # fmt: skip
WIDE = 20


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, str]]:
    return {row["cell"]: row for row in audit_cells.read_rows()}


def test_every_cell_was_measured_often_enough(rows):
    assert set(rows) == {str(cell) for cell in audit_cells.cells()}
    for name, row in rows.items():
        assert int(row["draws"]) >= (500 if audit_cells.Cell.of(name).by_student else 2000), name


def test_no_verdict_is_false_too_often_and_every_planned_chance_is_met(rows):
    for name, row in rows.items():
        low, high = audit_cells.bounds(audit_cells.Cell.of(name), int(row["draws"]))
        assert (low or 0) <= int(row["found"]) <= high, name


def test_the_true_largest_gap_is_covered(rows):
    assert [name for name, row in rows.items() if int(row["covered"]) < int(row["covered_from"])] == []


def test_a_wider_interval_than_the_bootstraps_is_kept_as_a_miss(rows):
    sized = {name: row for name, row in rows.items() if row["width_ratio"]}
    for name, row in sized.items():
        assert ("width" in row["misses"].split()) == (float(row["width_ratio"]) > audit_cells.WIDER), name
        held = int(row["covered_max_t_bootstrap"]), int(row["width_draws"])
        assert row["bootstrap_holds"] == audit_cells.holds(*held), name


def test_rules_without_correction_raise_the_alarms_that_this_one_does_not(rows):
    equal = [row for row in rows.values() if row["two_proportions"]]
    many = [row for row in equal if row["cell"].split(":")[2] in ("6", "12")]
    assert max(int(row["two_proportions"]) / int(row["draws"]) for row in many) > 0.6
    asked = [row for row in equal if row["fairlearn"]]
    assert asked
    assert all(row["fairlearn"] == row["fairlearn_draws"] for row in asked)


@pytest.mark.parametrize("name", REPLAYED)
def test_the_first_draws_are_judged_as_they_were(rows, name):
    cell = audit_cells.Cell.of(name)
    if cell.by_student:
        found, covered = audit_cells.judged_by_student(cell, audit_cells.FIRST)
    else:
        found, covered = audit_cells.judged(cell, audit_cells.drawn(cell, 2 * audit_cells.FIRST)[: audit_cells.FIRST])
    counted = {"first_found": str(found.sum()), "first_covered": str(covered.sum())}
    assert counted == {column: rows[name][column] for column in counted}


@pytest.mark.parametrize("name", ["equal:same:6:20:0.5", "apart:large:3:100:0.1", "spread:same:3:500:0.3"])
def test_draws_by_the_hundred_are_judged_as_the_audit_judges_one(name):
    cell = audit_cells.Cell.of(name)
    counts = audit_cells.drawn(cell, WIDE)
    (found, covered), widths = audit_cells.judged(cell, counts), audit_cells.width(cell, counts)
    for i, row in enumerate(counts):
        one = gap_inference(row / cell.sizes, cell.sizes)
        gap = one.gap(0.05)
        assert found[i] == (one.pvalue(cell.margin) <= 0.05)
        assert covered[i] == (gap.lower <= cell.gap <= gap.upper)
        assert widths[i] == pytest.approx(gap.upper - gap.lower, abs=1e-9)


def test_planned_groups_are_called_equivalent_as_the_audit_does():
    cell = audit_cells.Cell.of("planned-equivalence:same:4:242:0.1")
    counts = audit_cells.drawn(cell, WIDE)
    said = [gap_inference(row / cell.sizes, cell.sizes).equivalent(cell.margin, 0.05) for row in counts]
    assert np.array_equal(audit_cells.judged(cell, counts)[0], said)
    assert 0 < sum(said) < WIDE
