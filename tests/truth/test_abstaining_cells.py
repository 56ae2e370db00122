"""What abstaining_cells.py measured holds: every group has the level, and reasons differ where they are made to."""

from __future__ import annotations

import abstaining_cells as cells
import pytest


@pytest.fixture(scope="module")
def rows():
    return {(r["what"], r["world"], int(r["n"]), r["calibration"], r["group"]): r for r in cells.read_results()}


def of(rows, **keys):
    names = ("what", "world", "n", "calibration", "group")
    return [
        row for key, row in rows.items() if all(dict(zip(names, key, strict=True))[k] == v for k, v in keys.items())
    ]


def test_in_every_group_labels_lie_among_those_possible_as_often_as_promised_less_two_points(rows):
    told = of(rows, what="coverage", calibration="in every group")
    assert {row["world"] for row in told} == {*cells.WORLDS, *cells.FEWER}
    assert {int(row["n"]) for row in told} == {500, 2_000, 5_000}
    assert all(float(row["lower"]) >= cells.LEVEL - 0.02 for row in told)
    assert min(float(row["value"]) for row in told) >= 0.90


def test_calibrated_by_student_a_group_of_whom_the_data_say_little_falls_short(rows):
    third = of(rows, what="coverage", world="unlike", calibration="by student", group="third")
    whole = of(rows, what="coverage", world="unlike", calibration="by student", group="all")
    assert all(float(row["upper"]) < 0.88 for row in third)
    assert all(abs(float(row["value"]) - 0.9) < 0.01 for row in whole)


def test_forward_in_time_holds_where_nothing_changes_and_falls_short_where_the_data_do(rows):
    for n in cells.DRAWS:
        held, drifted = (rows["coverage", world, n, "forward in time", "all"] for world in ("unlike", "drift"))
        assert float(held["lower"]) >= 0.89
        assert float(drifted["upper"]) < 0.87


def test_without_a_difference_reasons_are_told_apart_in_five_of_a_hundred_draws_at_most_but_for_chance(rows):
    for n in (200, 1_000):
        quiet = rows["told apart", "none", n, "", ""]
        assert int(quiet["draws"]) >= 1_000
        assert float(quiet["lower"]) <= 0.05


def test_a_moved_aspect_is_found_and_intervals_hold(rows):
    assert float(rows["told apart", "whole", 1_000, "", ""]["lower"]) >= 0.95
    assert float(rows["told apart", "whole", 200, "", ""]["lower"]) >= 0.55
    for row in of(rows, what="distance held"):
        assert float(row["upper"]) >= 0.95
    parts = of(rows, what="part held")
    assert len(parts) == 2 * 2 * 4
    assert all(float(row["lower"]) <= 0.96 and float(row["upper"]) >= 0.94 for row in parts)


@pytest.mark.parametrize(
    ("world", "n"), [("unlike", 500), ("twice", 500), ("drift", 2_000), ("none", 200), ("whole", 200)]
)
def test_the_first_draws_come_out_the_same_today(rows, world, n):
    for draw in range(cells.FIRST):
        for (what, calibration, group), value in cells.once(world, n, draw).items():
            if what != "distance held" and "less the truth" not in what:
                assert rows[what, world, n, calibration, group]["first"].split()[draw] == format(value, ".4f")
