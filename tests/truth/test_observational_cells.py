"""What observational_cells.py and hidden_cells.py measured holds, and their first draws come out the same today."""

from __future__ import annotations

import hidden_cells as hidden
import observational_cells as cells
import pytest

ROWS = cells.read_results()
GATE = hidden.read_results()
GOOD = [row for row in GATE if float(row["share"]) >= 0.6 and int(row["controls"]) >= 10]


def test_every_cell_and_estimator_is_there():
    asked = {(cell, name, str(effect)) for cell, effect in cells.CELLS for name in cells.MAKERS[cell][2]}
    assert {(row["cell"], row["estimator"], row["planted"]) for row in ROWS} == asked


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['cell']}-{row['estimator']}-{row['planted']}")
def test_an_interval_holds_what_it_promises(row):
    kind = cells.KINDS.get(row["cell"], "large")
    assert cells.held(kind, float(row["lower"]), float(row["upper"]))
    assert abs(float(row["bias_se"])) <= float(row["bias_allowed"])
    assert row["verdict"] == "held"
    assert int(row["covered"]) / int(row["draws"]) == pytest.approx(float(row["coverage"]), abs=1e-4)


@pytest.mark.parametrize("row", GOOD, ids=lambda row: f"{row['bias']}-{row['share']}-{row['controls']}")
def test_good_controls_stop_nine_of_ten_bad_and_pass_four_of_five_sound(row):
    true = abs(float(row["true_bias"]))
    assert true >= 0.145 if row["kind"] == "bad" else true <= 0.035  # what was planted, by so many draws
    stopped = float(row["stopped_share"])
    assert stopped >= 0.9 if row["kind"] == "bad" else stopped <= 0.2
    assert int(row["sure"]) == 0 if row["kind"] == "bad" else int(row["sure"]) >= 20  # the others can not be supported


def test_poor_controls_let_slip_through_what_is_bad():
    poor = [float(row["stopped_share"]) for row in GATE if row["kind"] == "bad" and row not in GOOD]
    assert len(poor) == 3
    assert max(poor) < 0.5


@pytest.mark.parametrize("cell", list(cells.MAKERS))
def test_the_first_draws_come_out_the_same_today(cell):
    effect = cells.EFFECT
    found = [cells.drawn(cell, effect, draw) for draw in range(cells.FIRST)]
    for row in ROWS:
        if (row["cell"], row["planted"]) == (cell, str(effect)):
            again = sum(one[row["estimator"]].value for one in found if row["estimator"] in one)
            assert again == pytest.approx(float(row["first"]), abs=1e-9)


def test_the_first_studies_with_something_hidden_come_out_the_same_today():
    for cell, row in list(zip(hidden.CELLS, GATE, strict=True))[::6]:
        again = sum(hidden.drawn(cell, draw).estimate for draw in range(hidden.FIRST))
        assert again == pytest.approx(float(row["first"]), abs=1e-9)
