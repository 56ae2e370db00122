"""What `make truth` measured holds, and the code that is here today still draws what was measured."""

from __future__ import annotations

import harness
import pytest


def test_stored_draws_are_drawn_again_to_a_millionth(cell, batch):
    stored = harness.read_rows(cell.stored)
    seeds = sorted({int(row["seed"]) for row in stored})
    assert len(seeds) == harness.STORED
    for seed in seeds[batch]:
        expected = [row for row in stored if int(row["seed"]) == seed]
        again = harness.draw(cell, seed)
        assert harness.alike(again, expected), f"measure again: make passport CELL={cell}, and make truth\n{again}"


def test_every_scenario_and_hypothesis_was_measured_often_enough():
    results = harness.read_rows(harness.HERE / "results.csv")
    asked = {(scenario, claim.id) for scenario in harness.SCENARIOS for claim in harness.study().hypotheses}
    assert {(row["scenario"], row["hypothesis"]) for row in results} == asked
    assert min(int(row["draws"]) for row in results) >= harness.DRAWS


def test_null_hypotheses_stay_quiet_and_planted_effects_are_covered():
    for row in harness.read_rows(harness.HERE / "results.csv"):
        again = harness.bands(row)
        assert again["verdict"] == row["verdict"] == "pass", row
        assert again["supported_at_most"] == row["supported_at_most"]


def test_results_are_those_of_the_scenarios_and_stored_draws_that_are_here():
    for row in harness.read_rows(harness.HERE / "results.csv"):
        assert row["scenario_digest"] == harness.campus(row["scenario"]).digest
        assert row["stored_digest"] == harness.file_digest(harness.Cell(row["scenario"]).stored)
        claim = next(claim for claim in harness.study().hypotheses if claim.id == row["hypothesis"])
        assert (row["estimand"], row["alpha"]) == (harness.estimand(claim), f"{claim.alpha:g}")


def row_of(**changes: str) -> dict[str, str]:
    return {"draws": "300", "alpha": "0.05", "planted": "0", "supported": "5", "covered": "285", **changes}


@pytest.mark.parametrize(
    "changes, verdict",
    [
        ({}, "pass"),
        ({"covered": "260"}, "miss"),
        ({"covered": "300"}, "miss"),
        ({"supported": "40"}, "miss"),
        ({"supported": "40", "planted": "0.1"}, "pass"),
    ],
)
def test_a_rate_outside_its_band_is_a_miss(changes, verdict):
    assert harness.bands(row_of(**changes))["verdict"] == verdict


def test_a_draw_that_was_cut_off_is_made_again():
    whole = [{"seed": "1", "verdict": "supported"}] * 3
    cut = [{"seed": "2", "verdict": "supported"}, {"seed": "2", "verdict": ""}, {"seed": "2", "verdict": "supported"}]
    assert harness._whole([*whole, *cut], 3) == whole
