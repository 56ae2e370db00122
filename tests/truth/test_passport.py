"""The passport: how its rows are counted, what may enter it, and that what it says is of the code that is here."""

from __future__ import annotations

from dataclasses import replace

import harness
import pytest

from la_research.report.measured import Measured
from la_research.store.passport import COLUMNS, load_passport


def row(value: float, lower: float, upper: float, verdict: str, hypothesis: str = "H1") -> dict[str, str]:
    return {
        "seed": "1", "hypothesis": hypothesis, "estimand": "size", "value": str(value), "lower": str(lower),
        "upper": str(upper), "alpha": "0.05", "verdict": verdict,
    }  # fmt: skip


DRAWN = [
    row(0.5, 0.3, 0.7, "supported"),
    row(-0.1, -0.3, 0.1, "negligible"),
    row(0.1, -0.1, 0.3, "inconclusive"),
    {**row(0, 0, 0, "not analysed"), "value": "", "lower": "", "upper": ""},
]


def measured(**changes) -> Measured:
    rates = dict.fromkeys(
        ("supported", "contradicted", "negligible", "inconclusive", "not_analysed", "suppressed"), 0.0
    )
    whole = Measured(
        "t", "between", "null", 400, "one wave", 300, None, 0.4, 0.85, 2000, 2000, 0.0, 0.95, 0.94, 0.96, 0.01, 0.02,
        0.03, **rates, source_digest="a", lock_digest="b", stored_digest="c",
    )  # fmt: skip
    return replace(whole, **changes)


def test_rates_are_counted_over_draws_and_coverage_over_intervals():
    found = harness.rates(DRAWN, {"size": 0.0})
    assert (found["draws"], found["estimated"]) == (4, 3)
    assert found["coverage"] == pytest.approx(2 / 3, abs=1e-5)  # the interval from 0.3 to 0.7 misses zero
    assert found["type_1"] == 1 / 4
    assert (found["supported"], found["negligible"], found["not_analysed"]) == (1 / 4, 1 / 4, 1 / 4)
    se = 0.2 / 1.96
    offs = [0.5 / se, -0.1 / se, 0.1 / se]
    assert found["bias"] == pytest.approx(sum(offs) / 3, abs=1e-4)
    spread = (sum((off - sum(offs) / 3) ** 2 for off in offs) / 2) ** 0.5
    assert found["bias_error"] == pytest.approx(spread / 3**0.5, abs=1e-4)


def test_type_one_is_asked_only_where_nothing_is_planted():
    found = harness.rates(DRAWN, {"size": 0.4})
    assert found["type_1"] is None
    assert found["coverage"] == pytest.approx(1 / 3, abs=1e-5)


def test_a_row_on_too_few_draws_does_not_enter(tmp_path):
    file = tmp_path / "passport.csv"
    file.write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(ValueError, match="2,000 draws or more"):
        harness.enter(file, [measured(), measured(draws=1999)])
    assert load_passport(file) == ()


def test_a_cell_measured_again_takes_the_place_of_its_rows_and_of_no_other(tmp_path):
    file = tmp_path / "passport.csv"
    file.write_text(",".join(COLUMNS) + "\n")
    other = measured(students=180, smallest_group=20, type_1=None)
    harness.enter(file, [measured(kind="effect"), measured()])
    harness.enter(file, [other])
    harness.enter(file, [measured(coverage=0.91)])
    assert load_passport(file) == (measured(coverage=0.91), other)


def test_too_few_draws_are_shown_and_not_written_and_are_gone_on_with(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(harness, "HERE", tmp_path)
    monkeypatch.setattr(
        harness, "planted", lambda _: dict.fromkeys(map(harness.estimand, harness.study().hypotheses), 0)
    )
    before = load_passport()
    cell = ["--passport", "null@200", "--jobs", "1", "--draws"]
    assert harness.main([*cell, "2"]) == 0
    said = capsys.readouterr()
    assert said.out.count("2 draws") == 3
    assert "not written" in said.err
    assert load_passport() == before
    drawn = []
    monkeypatch.setattr(harness, "draw", lambda cell, seed, real=harness.draw: drawn.append(seed) or real(cell, seed))
    harness.main([*cell, "3"])
    assert drawn == [harness.FIRST_SEED + 2]
    assert not (tmp_path / "stored").exists()


def test_enough_draws_are_written_with_what_was_measured_and_the_draws_to_replay(tmp_path, monkeypatch):
    from la_research.store import passport

    file = tmp_path / "passport.csv"
    file.write_text(",".join(COLUMNS) + "\n")
    monkeypatch.setattr(passport, "PASSPORT", file)
    monkeypatch.setattr(harness, "HERE", tmp_path)
    monkeypatch.setattr(harness, "LEAST", 3)
    monkeypatch.setattr(
        harness, "planted", lambda _: dict.fromkeys(map(harness.estimand, harness.study().hypotheses), 0)
    )
    assert harness.main(["--passport", "null@200", "--jobs", "1", "--draws", "3"]) == 0
    found = load_passport(file)
    cell = harness.Cell("null", 200)
    assert {(row.method, row.kind) for row in found} == {
        ("mundlak-jackknife-t", "between"), ("mundlak-jackknife-t", "within"), ("lin-hc2", "effect")
    }  # fmt: skip
    for one in found:
        assert (one.scenario, one.students, one.draws) == ("null", 200, 3)
        assert one.stored_digest == harness.file_digest(cell.stored)
        assert one.source_digest == harness.fingerprint(cell)
        assert one.lock_digest == harness.file_digest(harness.ROOT / "constraints.txt")
    seeds = {row["seed"] for row in harness.read_rows(cell.stored)}
    assert seeds == {str(harness.FIRST_SEED + i) for i in range(3)}


def test_the_features_of_a_cell_are_those_that_a_study_of_it_would_show(monkeypatch):
    monkeypatch.setattr(harness, "LOOKED_AT", 1)
    found = {(used.method, used.kind): used.features for used in harness.looked_at(harness.Cell("default", 300))}
    arms = found["lin-hc2", "effect"]
    assert arms.design == "drawn by lot"
    assert 2 * arms.smallest_group <= arms.n < 300
    between = found["mundlak-jackknife-t", "between"]
    assert (between.design, between.smallest_group) == ("several waves", None)
    assert 0.3 < between.missing < 0.5
    assert 0.7 < between.reliability < 1


def test_stored_draws_that_are_alike_stay_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "HERE", tmp_path)
    cell, rows = harness.Cell("null", 400), [{**one, "seed": "10000"} for one in DRAWN]
    first = harness.store(cell, rows)
    assert (
        harness.store(cell, [{**one, "value": one["value"] and f"{float(one['value']) + 1e-8}"} for one in rows])
        == first
    )
    assert (
        harness.store(cell, [{**one, "value": one["value"] and f"{float(one['value']) + 1e-3}"} for one in rows])
        != first
    )


@pytest.mark.parametrize(
    "change", [{"verdict": "supported"}, {"value": "0.5001"}, {"lower": ""}, {"seed": "2"}, {"alpha": "0.1"}]
)
def test_a_draw_that_differs_in_a_word_or_a_number_is_another_draw(change):
    one = row(0.5, 0.3, 0.7, "negligible")
    assert harness.alike([one], [dict(one)])
    assert not harness.alike([one], [{**one, **change}])
    assert not harness.alike([one], [])


def test_a_cell_is_named_by_its_scenario_and_its_students():
    assert harness.Cell.of("null@180") == harness.Cell("null", 180)
    assert harness.Cell.of("default@2000") == harness.Cell.of("default")
    assert [str(harness.Cell.of(name)) for name in ("default@2000", "null@180")] == ["default", "null@180"]


def test_every_row_that_ships_rests_on_enough_draws_and_on_the_draws_that_are_replayed():
    for one in load_passport():
        cell = harness.Cell(one.scenario, one.students)
        assert one.draws >= harness.LEAST, cell
        assert one.stored_digest == harness.file_digest(cell.stored), f"measure again: make passport CELL={cell}"
        assert one.coverage_lower <= one.coverage <= one.coverage_upper
