"""What reason_cells.py measured holds: shown reasons come out again, and nearly all are of what truly has an effect."""

from __future__ import annotations

import numpy as np
import pytest
import reason_cells as cells

ROWS = cells.read_results()
SHAPES = ("lines 0.9 0.0", "lines 0.9 0.3", "bent 0.9 0.3", "interaction 0.9 0.3")
BAR = [f"boosted@5000 {shape}" for shape in SHAPES]
FIRM = [name for name, cell in cells.CELLS.items() if cell.n >= 2000 and cell.shape != "alike"]


@pytest.mark.parametrize("cell", BAR)
def test_with_5000_students_reasons_come_out_again_and_most_who_have_one_are_told(cell):
    found = cells.measured(ROWS, cell, cells.DEFAULT)
    assert found.again - 2 * found.error >= 0.95
    assert found.error <= 0.01
    assert found.no_effect <= 0.02
    assert found.driven_shown >= 0.80
    assert found.shown >= 0.40


@pytest.mark.parametrize("cell", FIRM)
def test_from_2000_students_on_shown_reasons_come_out_again_where_effects_differ(cell):
    assert cells.measured(ROWS, cell, cells.DEFAULT).again >= 0.95


@pytest.mark.parametrize("cell", list(cells.CELLS))
def test_with_few_students_or_effects_alike_fewer_are_shown_and_nine_of_ten_come_out_again(cell):
    found = cells.measured(ROWS, cell, cells.DEFAULT)
    assert found.shown < 0.01 or found.again >= 0.91
    assert not found.no_effect > 0.02


@pytest.mark.parametrize("cell", BAR)
def test_the_single_column_that_comes_first_is_another_one_in_most_refits(cell):
    column, construct, rule = (cells.measured(ROWS, cell, limit).again for limit in ("column", "construct", "0.9"))
    assert column < 0.5 < construct < rule


@pytest.mark.parametrize("cell", list(cells.CELLS))
def test_a_stricter_limit_shows_fewer(cell):
    shown = [cells.measured(ROWS, cell, limit).shown for limit in cells.CURVE]
    assert shown == sorted(shown, reverse=True)


def test_true_parts_are_the_shapley_values_of_the_true_log_odds():
    cell = cells.CELLS["boosted@500 interaction 0.9 0.3"]
    columns, parts, _ = cells.students(cell, 100_000, np.random.default_rng(1))
    mean = columns.reshape(-1, 5, 4).mean(axis=2) / np.sqrt((1 + 3 * 0.9) / 4)

    def level(first, third):
        return first + 0.3 * third + 0.5 * first * third

    one, three, other1, other3 = mean[0, 0], mean[0, 2], mean[:, 0], mean[:, 2]  # the first student, beside all
    first = (level(one, other3) - level(other1, other3) + level(one, three) - level(other1, three)).mean() / 2
    assert parts[0, 0] == pytest.approx(first, abs=0.02)
    assert np.abs(parts.mean(axis=0)).max() < 0.02


@pytest.mark.parametrize("cell", ["boosted@500 lines 0.9 0.3", "logistic@500 lines 0.9 0.3"])
def test_the_first_draw_comes_out_the_same_today(cell):
    again = cells.counted(cells.CELLS[cell], 0)
    assert again == [row for row in ROWS if (row["cell"], row["draw"]) == (cell, "0")]


def test_the_figure_is_drawn_from_these_results():
    assert cells.digest(ROWS) in cells.FIGURE.read_text(encoding="utf-8")
