"""A design tried on many synthetic cohorts: the measures, the workers, and a stop in between."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from la_research import Findings, diagnose_design, load_protocol, load_scenario
from la_research.errors import DiskError, LaResearchError, MissingError, StageError
from la_research.evaluation import evaluate_intervention, registered_effects
from la_research.pipeline.diagnosis import workers
from la_research.pipeline.diagnosis.book import Book
from la_research.pipeline.diagnosis.design import Design
from la_research.pipeline.diagnosis.detectable import detectable_disparity
from la_research.pipeline.diagnosis.measured import measured
from la_research.pipeline.diagnosis.workers import each_in_a_worker
from la_research.pipeline.draws import Drawn, one_draw
from la_research.synthetic import generate_cohort

ROOT = Path(__file__).resolve().parents[2]
STUDY = load_protocol(ROOT / "protocols" / "early-engagement")
NULL = load_scenario("null")
H3 = next(claim for claim in STUDY.hypotheses if claim.id == "H3")
KEY = "effect.contact_week_4.WHO-5.week_10"
TYPE_I = "type I of the plain 95 % interval"
FEW = {"draws": 4, "n": 200, "claims": ["H3"]}


def drawn(value: float, half: float, verdict: str = "inconclusive") -> Drawn:
    return Drawn(1, "H3", KEY, value, value - half, value + half, 0.05, verdict, 10_000, "WHO-5 points")


SEEN = [
    drawn(3.0, 2.0, "supported"),
    drawn(5.0, 2.0, "supported"),
    drawn(1.0, 2.0),
    drawn(-3.0, 2.0, "contradicted"),
    replace(drawn(0, 0), value=None, lower=None, upper=None, verdict="not analysed", n=0, unit=""),
]


def rows_of(rows: list[Drawn], planted: dict[str, float]) -> dict[str, object]:
    found = measured(H3, rows, planted)[0]
    return {str(row.keys["measure"]): row.estimate.value if row.estimate else row.reason for row in found.rows}


def test_measures_are_those_that_can_be_worked_by_hand():
    told = rows_of(SEEN, {KEY: 2.0})
    assert told["analysed"] == 4 / 5
    assert told["supported"] == 2 / 5
    assert told["power"] == 2 / 5
    assert told["wrong sign"] == 1 / 5
    assert told["type S"] == 1 / 3
    assert told["type M"] == pytest.approx((3 + 5 + 3) / 3 / 2)
    assert told["coverage"] == 2 / 4  # 1 to 5 and -1 to 3
    assert told["bias"] == (3 + 5 + 1 - 3) / 4 - 2
    assert told["RMSE"] == pytest.approx(((1 + 9 + 1 + 25) / 4) ** 0.5)
    assert told["empirical SE"] == pytest.approx(np.std([3, 5, 1, -3], ddof=1))
    assert told["model SE"] == pytest.approx(2 / 1.96, rel=1e-3)
    assert told[TYPE_I] == told["false finding"] == "the scenario plants an effect here"


def test_where_nothing_is_planted_an_interval_without_zero_is_an_error_of_type_one():
    told = rows_of(SEEN, {KEY: 0.0})
    assert told[TYPE_I] == 3 / 4
    assert told["false finding"] == 3 / 5  # of all draws, by the verdict that the study would print
    for name in ("power", "wrong sign", "type S", "type M"):
        assert told[name] == "the scenario plants no effect here"


def test_a_small_study_looks_no_safer_for_finding_little():
    few = [drawn(-3.0, 2.0, "contradicted"), *[drawn(0.5, 2.0)] * 19]
    told = measured(H3, few, {KEY: 2.0})[0].rows
    held = {str(row.keys["measure"]): row.estimate for row in told}
    assert held["wrong sign"].value == 1 / 20
    assert (held["type S"].value, held["type S"].n) == (1.0, 1)
    assert held["type S"].lower == pytest.approx(1 / (1 + 1.959964**2))  # Wilson (1927), one of one
    assert (held["type M"].value, held["type M"].lower) == (1.5, None)
    assert held["power"].value == 0.0


def test_the_power_for_a_negative_size_counts_the_intervals_below_zero():
    told = rows_of(SEEN, {KEY: -2.0})
    assert (told["power"], told["wrong sign"], told["type S"]) == (1 / 5, 2 / 5, 2 / 3)


def test_where_no_draw_excludes_zero_there_is_no_sign_to_be_wrong():
    told = rows_of([drawn(0.5, 2.0)] * 3, {KEY: 2.0})
    assert told["power"] == told["wrong sign"] == 0.0
    assert told["type S"] == told["type M"] == "no draw excludes zero"


def test_an_association_within_the_error_of_the_truth_is_claimed_neither_to_be_there_nor_not():
    between = next(claim for claim in STUDY.hypotheses if claim.kind == "between")
    for planted, untold in ((0.005, True), (-0.005, True), (0.006, False), (0.0, False)):
        found = measured(between, SEEN, {KEY: planted})[0]
        held = {str(row.keys["measure"]): row.reason for row in found.rows}
        words = "the planted size is not told from zero by the truth's own Monte Carlo error"
        signs = ("power", "wrong sign", "type S", "type M", TYPE_I, "false finding")
        assert all((held[name] == words) == untold for name in signs)
        assert held["coverage"] is None
    assert rows_of(SEEN, {KEY: 0.005})["power"] == 2 / 5  # an effect is worked out with the same chance in both courses


def test_without_a_planted_size_what_needs_it_is_not_analysed_and_the_rest_is():
    finding = measured(H3, SEEN, {})[0]
    held = {str(row.keys["measure"]): row for row in finding.rows}
    for name in (
        "planted",
        "power",
        TYPE_I,
        "false finding",
        "type S",
        "type M",
        "wrong sign",
        "coverage",
        "bias",
        "RMSE",
    ):
        assert held[name].verdict == "not analysed"
        assert KEY in held[name].reason
    assert held["empirical SE"].estimate is not None
    assert finding.estimate.value == 2 / 5


def test_without_an_estimate_in_any_draw_there_is_no_measure_but_there_are_verdicts():
    found, verdicts = measured(H3, SEEN[-1:] * 3, {KEY: 2.0})
    assert (found.verdict, found.reason) == ("not analysed", "none of 3 draws gave an estimate")
    assert {str(row.keys["verdict"]): row.estimate.value for row in verdicts.rows}["not analysed"] == 1.0


def test_every_verdict_of_a_hypothesis_has_its_rate_also_where_it_never_occurred():
    rates = {str(row.keys["verdict"]): row.estimate.value for row in measured(H3, SEEN, {})[1].rows}
    assert rates == {"supported": 0.4, "contradicted": 0.2, "negligible": 0.0, "inconclusive": 0.2, "not analysed": 0.2}


@pytest.mark.parametrize("scenario", ["default", "null"])
def test_the_registered_effect_alone_is_the_one_of_the_whole_stage(scenario):
    for seed in (1, 2):
        cohort, _ = generate_cohort(load_scenario(scenario), n=500, seed=seed)
        whole, alone = evaluate_intervention(STUDY, cohort), registered_effects(STUDY, cohort)
        others = [finding.id for finding in whole if finding not in tuple(alone)]
        drawn = [f"evaluation.contact.{part}" for part in ("permutation", "lee_bounds", "tipping")]
        assert others[:5] == [*drawn, "evaluation.prepost", "evaluation.path"]
        assert not any(name.startswith("evaluation.contact") for name in others[3:])
        assert all(finding == whole[finding.id] for finding in alone)


def test_the_registered_effect_alone_reads_the_indicators_that_it_adjusts_for():
    support = STUDY.support.model_copy(update={"covariates": ("baseline", "active_days")})
    study = STUDY.model_copy(update={"support": support})
    cohort, _ = generate_cohort(load_scenario("default"), n=500, seed=3)
    assert registered_effects(study, cohort)["H3"] == evaluate_intervention(study, cohort)["H3"]


def test_a_draw_in_which_nobody_is_eligible_is_a_draw_that_is_not_analysed():
    nobody = STUDY.model_copy(update={"population": STUDY.population.model_copy(update={"modules": ("NOWHERE1",)})})
    (row,) = one_draw(nobody, NULL, n=20, seed=1, claims=["H3"])
    assert (row.verdict, row.value) == ("not analysed", None)


def test_the_seed_of_a_draw_depends_on_its_number_alone():
    design = Design(STUDY, NULL, 200, 7, ("H3",))
    seeds = [design.seed_of(number) for number in range(50)]
    assert len(set(seeds)) == 50
    assert seeds[3] == replace(design, n=900, claims=("H1", "H3")).seed_of(3)
    assert seeds[3] != replace(design, seed=8).seed_of(3)


def test_what_was_kept_and_what_is_made_anew_are_the_same_to_the_last_digit(tmp_path):
    told = []
    whole = diagnose_design(STUDY, NULL, **FEW, out=tmp_path / "whole", tell=told.append)
    assert diagnose_design(STUDY, NULL, **FEW) == whole
    assert [(step.done, step.of) for step in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert told[-1].left == 0
    assert told[0].left > 0
    assert whole["design.h3"].estimate.n == 4
    saved = json.loads((tmp_path / "whole" / "diagnosis.json").read_text())
    assert Findings.from_json(saved["findings"]) == whole
    assert (saved["format"], saved["n"], saved["draws"]) == ("la_research.diagnosis/1", 200, 4)
    assert (tmp_path / "whole" / "verdicts.svg").read_text().startswith("<?xml")
    assert "design.verdicts.h3,verdict supported," in (tmp_path / "whole" / "table.csv").read_text()


def test_a_diagnosis_goes_on_where_a_torn_file_ends_and_makes_no_draw_twice(tmp_path, monkeypatch):
    whole = diagnose_design(STUDY, NULL, **FEW, out=tmp_path)
    file = tmp_path / "draws.csv"
    lines = file.read_text().splitlines(keepends=True)
    other = lines[1].replace(lines[1][:16], "0" * 16)
    torn = lines[0] + lines[1] + other + lines[2] + lines[3][:-9]
    file.write_text(torn)
    made = []

    def counted(design: Design, number: int):
        made.append(number)
        return real(design, number)

    real = Design.draw
    monkeypatch.setattr(Design, "draw", counted)
    assert diagnose_design(STUDY, NULL, **FEW, out=tmp_path) == whole
    assert made == [3, 4]
    assert file.read_text() == "".join([lines[0], other, *lines[1:]])


def test_draws_of_another_size_or_study_are_not_gone_on_with_and_stay(tmp_path):
    diagnose_design(STUDY, NULL, draws=1, n=200, claims=["H3"], out=tmp_path)
    first = (tmp_path / "draws.csv").read_text()
    assert len(first.splitlines()) == 2
    diagnose_design(STUDY, NULL, draws=1, n=201, claims=["H3"], out=tmp_path)
    both = (tmp_path / "draws.csv").read_text()
    assert both.startswith(first)
    assert len(both.splitlines()) == 3


def test_a_killed_diagnosis_keeps_its_draws_and_comes_to_the_same_end(tmp_path, start):
    study = ROOT / "protocols" / "early-engagement"
    asked = ("diagnose", study, "--scenario", "null", "--draws", "12", "--n", "150", "--out", tmp_path / "killed")
    process = start(*asked, cwd=tmp_path)
    file, began = tmp_path / "killed" / "draws.csv", time.monotonic()
    while time.monotonic() - began < 90 and (not file.exists() or file.read_text().count("\n") < 4):
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    kept = file.read_text().splitlines()
    assert 4 <= len(kept) < 1 + 12 * 3
    assert not (tmp_path / "killed" / "diagnosis.json").exists()
    found = diagnose_design(STUDY, NULL, draws=12, n=150, out=tmp_path / "killed")
    assert file.read_text().splitlines()[: len(kept) - 1] == kept[:-1]
    assert found == diagnose_design(STUDY, NULL, draws=12, n=150)


def test_two_workers_make_the_same_draws_as_one(tmp_path):
    alone = diagnose_design(STUDY, NULL, **FEW)
    assert diagnose_design(STUDY, NULL, **FEW, jobs=2, out=tmp_path) == alone


def dies_once(mark: Path, number: int) -> int:
    """Kills the worker that makes number 2 for the first time."""
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def dies_always(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_the_draw_of_a_worker_that_died_is_made_by_another(tmp_path):
    made = each_in_a_worker(partial(dies_once, tmp_path / "died"), range(6), jobs=2)
    assert sorted(made) == [n * n for n in range(6)]
    assert (tmp_path / "died").exists()


def test_workers_that_die_again_and_again_are_an_error_and_what_was_made_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "REPLACED", 1)
    with pytest.raises(StageError) as failed:
        list(each_in_a_worker(dies_always, range(4), jobs=2))
    assert [fault.code for fault in failed.value.faults] == ["diagnosis.worker_died"]
    assert failed.value.exit_code == 18


def test_the_smallest_gap_follows_the_sizes_of_the_groups_and_an_audit_that_can_not_tell_says_so():
    cohort, _ = generate_cohort(load_scenario("default"), n=2500, seed=1)
    rows = detectable_disparity(STUDY, cohort).rows
    selected = {row.keys["gender"]: row for row in rows if dict(row.keys).keys() == {"metric", "gender"}
                and row.keys["metric"] == "selection"}  # fmt: skip
    assert selected["M"].estimate.n < selected["F"].estimate.n
    for row in selected.values():
        assert (
            STUDY.fairness.sensitive["gender"].margin < row.estimate.lower <= row.estimate.value <= row.estimate.upper
        )
    crossed = [row for row in rows if {"gender", "ethnicity"} <= set(row.keys) and row.keys["metric"] == "fnr"]
    assert {row.verdict for row in crossed} == {"not analysed"}


def test_without_a_model_or_a_sensitive_feature_no_gap_is_forecast():
    cohort, _ = generate_cohort(NULL, n=100, seed=1)
    for part, word in (("model", "no model"), ("fairness", "no sensitive feature")):
        study = STUDY.model_copy(update={part: type(getattr(STUDY, part))()})
        found = detectable_disparity(study, cohort)
        assert found.verdict == "not analysed"
        assert word in found.reason


def test_a_foreign_table_of_the_same_name_is_not_touched(tmp_path):
    for text in ("seed,value\n1,2\n", "key,draw,other\n"):
        (tmp_path / "draws.csv").write_text(text)
        (tmp_path / "notes.old").write_text("mine")
        with pytest.raises(DiskError, match=r"disk\.not_ours"):
            diagnose_design(STUDY, NULL, **FEW, out=tmp_path)
        assert (tmp_path / "draws.csv").read_text() == text
        assert (tmp_path / "notes.old").exists()


def test_a_full_disk_is_an_error_that_says_that_the_draws_stay(tmp_path, monkeypatch):
    book = Book(tmp_path / "draws.csv", "0" * 16, ("H3",))
    book.add(1, (SEEN[0],))
    monkeypatch.setattr(Path, "open", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "no space left")))
    with pytest.raises(DiskError, match=r"disk\.cannot_write"):
        book.add(2, (SEEN[1],))


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"draws": 0}, "diagnosis.draws"),
        ({"claims": ["H9"]}, "diagnosis.unknown_hypothesis"),
        ({"n": 0}, "scenario.n"),
        ({"backend": "ray"}, "diagnosis.backend"),
        ({"backend": "dask"}, "diagnosis.backend"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "diagnosis.backend"),
    ],
)
def test_what_can_not_be_asked_for_is_refused_before_a_draw_is_made(tmp_path, changes, code):
    with pytest.raises(LaResearchError) as refused:
        diagnose_design(STUDY, NULL, **{**FEW, **changes}, out=tmp_path / "out")
    assert [fault.code for fault in refused.value.faults] == [code]
    assert not (tmp_path / "out").exists()


def test_a_protocol_without_hypotheses_has_nothing_to_find():
    with pytest.raises(LaResearchError) as refused:
        diagnose_design(STUDY.model_copy(update={"hypotheses": ()}), NULL, draws=1)
    assert (refused.value.exit_code, refused.value.faults[0].code) == (10, "diagnosis.no_hypothesis")


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(MissingError) as missing:
        list(each_in_a_worker(abs, [1], backend="dask", scheduler="tcp://127.0.0.1:1"))
    assert (missing.value.exit_code, missing.value.faults[0].code) == (20, "extra.missing")
    assert "la-research[dask]" in missing.value.faults[0].remedy
