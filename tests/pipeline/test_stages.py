from __future__ import annotations

import json

import pytest

from la_research import load_stage, save_stage
from la_research.canonical import pretty_json
from la_research.errors import UsageError
from la_research.finding import Finding, Findings
from la_research.pipeline.keys import stage_keys
from la_research.pipeline.saved import mark, saved_stages
from la_research.pipeline.stages import ANSWERS, NEEDS, make_stage, make_stages, one_thread
from la_research.store import load_cohort, load_protocol

STUDENTS = 300


@pytest.fixture(scope="module")
def study(finished):
    return load_protocol(finished.parent / "protocols" / "early-engagement")


@pytest.fixture(scope="module")
def cohort(finished):
    return load_cohort(finished.with_name("run.cohort"))


def test_every_stage_comes_after_what_it_needs():
    order = list(NEEDS)
    assert all(order.index(need) < order.index(name) for name, needs in NEEDS.items() for need in needs)


def test_stages_side_by_side_in_processes_find_the_same(finished, study, cohort):
    saved = saved_stages(study, cohort, finished, ("03_indicators",))
    found = make_stages(("04_validation", "07_evaluation"), study, cohort, saved, jobs=2)
    for name in ("04_validation", "07_evaluation"):
        assert found[name].findings == load_stage(name, study, cohort=cohort, run=finished).findings


def test_tables_come_back_from_a_run_as_they_were_made(finished, study, cohort):
    saved = load_stage("03_indicators", study, cohort=cohort, run=finished)
    made = make_stage("03_indicators", study, cohort, {})
    assert saved.indicators.equals(made.indicators)
    assert saved.predictions.frame.equals(made.predictions.frame)
    assert saved.predictions.reason == made.predictions.reason
    assert list(saved.predictions.features) == list(made.predictions.features)
    for population, features in made.predictions.features.items():
        assert saved.predictions.features[population].equals(features)


def test_what_a_run_holds_of_another_protocol_is_not_used(finished, study, cohort):
    other = study.model_copy(update={"seed": study.seed + 1})
    assert sorted(saved_stages(study, cohort, finished)) == list(NEEDS)
    assert saved_stages(other, cohort, finished) == {}


def test_a_stage_alone_is_made_in_memory_from_the_scenario(study):
    alone = load_stage("02_cohort", study)
    assert alone.findings["cohort.flow"].rows[0].estimate.value == STUDENTS


def test_a_saved_stage_is_loaded_again_once_it_is_marked_done(tmp_path, study, cohort):
    told = Findings([Finding("audit.any", "Is it so?", "described")])
    with pytest.raises(UsageError, match=r"run\.not_found"):
        save_stage("05_audit", told, run=tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"study": {"id": "any"}}))
    save_stage("05_audit", told, run=tmp_path)
    assert saved_stages(study, cohort, tmp_path) == {}
    key = tmp_path / "stages" / "05_audit" / "key.json"
    key.write_text(pretty_json(mark("sha256:any", study.digest, cohort.digest)))
    assert load_stage("05_audit", study, cohort=cohort, run=tmp_path).findings == told


def test_without_a_run_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_stage("05_audit", Findings(), run="")
    assert list(tmp_path.iterdir()) == []


def test_another_cohort_changes_every_key_and_another_deviation_only_the_last():
    plain, cohort, told = (
        stage_keys("sha256:p", digest, extra)
        for digest, extra in (("sha256:a", {}), ("sha256:b", {}), ("sha256:a", {"08_evidence": "D1"}))
    )
    assert [name for name in plain if plain[name] == cohort[name]] == []
    assert [name for name in plain if plain[name] != told[name]] == ["08_evidence"]


def test_inside_a_stage_every_library_has_one_thread():
    from threadpoolctl import threadpool_info

    with one_thread():
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}


PRINTED = """
import sys
from la_research import load_cohort, load_protocol, run_study
found = run_study(load_protocol(sys.argv[1]), load_cohort(sys.argv[2])).findings
for finding in found:
    print(finding.id, finding.verdict, finding.estimate, *(f"{dict(row.keys)} {row.estimate}" for row in finding.rows))
"""


def test_other_processor_code_gives_the_same_verdicts_and_printed_numbers(finished, fresh_python):
    """Nehalem's BLAS kernels add in another order than those that this machine would choose."""
    places = (str(finished.parent / "protocols" / "early-engagement"), str(finished.with_name("run.cohort")))
    processes = [fresh_python(PRINTED, *places), fresh_python(PRINTED, *places, OPENBLAS_CORETYPE="Nehalem")]
    first, second = (process.communicate()[0] for process in processes)
    assert len(first.splitlines()) > len(ANSWERS)
    assert first == second
