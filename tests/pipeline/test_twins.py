"""A twin from its verb to its refusal: written, loadable, gated, and for rehearsal only."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial
from inspect import signature

import pandas as pd
import pyarrow as pa
import pytest

from la_research.cli import main
from la_research.cohort import Cohort, Provenance
from la_research.cohort.rehearsal import REHEARSAL
from la_research.errors import DisclosureError, UsageError
from la_research.evaluation import evaluate_intervention
from la_research.pipeline import twins
from la_research.pipeline.cohorts import open_cohort
from la_research.pipeline.draws import Drawn
from la_research.pipeline.kept import ENOUGH, causal, inferential
from la_research.pipeline.stages import run_study
from la_research.report import ethics_report, render_html
from la_research.schema import TABLES
from la_research.seeds import stream
from la_research.store import load_cohort, load_protocol, load_scenario, save_cohort
from la_research.synthetic import generate_cohort
from la_research.synthetic.twins import Halves, Sampled, extract
from la_research.wording import lint

SEED, FEW = 3, 4


@pytest.fixture(scope="module")
def campus() -> Cohort:
    """300 students with a strong contact; one is beyond all others, three are of a class of their own."""
    scenario = load_scenario("default")
    strong = scenario.model_copy(update={"contact": scenario.contact.model_copy(update={"effect": 2.6})})
    cohort = generate_cohort(strong, n=300, seed=SEED)[0]
    students, vault, activity = (cohort.frame(name) for name in ("students", "vault", "activity"))
    students.loc[7, ["entry_tariff", "paid_work_hours"]] = [487.0, 163]
    vault.loc[vault.index[vault["attribute"] == "ethnicity"][:3], "value"] = "Islander"
    activity.loc[11, "count"] = 9173
    changed = {"students": students, "vault": vault, "activity": activity}
    tables = {name: cohort.arrow(name) for name in TABLES}
    tables |= {name: pa.Table.from_pandas(frame, preserve_index=False) for name, frame in changed.items()}
    return Cohort(tables, Provenance("restricted", "an extract"), "sha256:campus")


@pytest.fixture(scope="module")
def folder(campus, tmp_path_factory):
    """Where the verb wrote a twin, with what it printed beside it; the analysis is repeated on fewer than asked for."""
    home = tmp_path_factory.mktemp("twin")
    save_cohort(campus, home / "campus")
    with pytest.MonkeyPatch.context() as patch, (home / "said.json").open("w", encoding="utf-8") as said:
        patch.setattr("sys.stdout", said)
        patch.setattr(twins, "make_twin", partial(twins.make_twin, twins=FEW))
        code = main(
            ["twin", str(home / "campus"), "--out", str(home / "twin"), "--seed", str(SEED), "--json", "--quiet"]
        )
    assert code == 0
    return home


@pytest.fixture(scope="module")
def twin(folder) -> Cohort:
    return load_cohort(folder / "twin")


@pytest.fixture(scope="module")
def study():
    return load_protocol("protocols/early-engagement")


def gates_of(document) -> dict[str, str]:
    return {gate["gate"]: gate["verdict"] for gate in document["gates"]}


def test_four_gates_with_number_and_limit_are_shown_written_and_kept(folder, twin):
    shown = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    written = json.loads((folder / "twin" / "gates.json").read_text(encoding="utf-8"))
    assert shown == written
    assert written["format"] == "la_research.twin/1"
    assert {name: written[name] for name in written if name != "format"} == dict(twin.provenance.details)
    assert list(gates_of(written)) == ["fidelity", "privacy", "causal fidelity", "inferential agreement"]
    for gate in written["gates"]:
        for check in gate["checks"]:
            assert check["limit"] is not None
            assert check["estimate"]["value"] is not None
            assert check["estimate"]["n"] > 0


def test_a_twin_is_a_synthetic_cohort_that_says_what_it_is(folder, twin):
    assert twin.provenance.data == "synthetic"
    assert twin.provenance.details["twin_of"] == load_cohort(folder / "campus").digest
    assert twin.provenance.details["seed"] == SEED
    assert twin.provenance.details["twins"] == FEW
    assert signature(twins.make_twin).parameters["twins"].default == ENOUGH == 20
    assert twin.provenance.notes[0] == REHEARSAL
    assert lint(" ".join(twin.provenance.notes)) == []
    assert twin.arrow("students").num_rows == 300


def test_no_extreme_and_no_rare_class_of_a_student_is_in_anything_written(folder, twin):
    students = twin.frame("students")
    assert students["entry_tariff"].max() < 487
    assert students["paid_work_hours"].max() < 163
    assert twin.frame("activity")["count"].max() < 9173
    assert "Islander" not in set(twin.frame("vault")["value"])
    for file in ("gates.json", "datapackage.json"):
        text = (folder / "twin" / file).read_text(encoding="utf-8")
        assert re.findall(r"Islander|\bs\d{7}\b|(?<![\w.])9173(?![\w.])", text) == []


def test_the_gaussian_copula_loses_the_rule_and_the_order_of_time_and_fails(twin):
    checks = {c["check"]: c for gate in twin.provenance.details["gates"] for c in gate["checks"]}
    assert gates_of(twin.provenance.details)["causal fidelity"] == "failed"
    assert checks["chosen against the trial's rule"]["estimate"]["value"] > 0.25
    assert checks["out of order in time"]["verdict"] == "failed"


def test_a_failed_twin_is_refused_as_input_of_an_evaluation(study, twin):
    effect = evaluate_intervention(study, twin)["H3"]
    assert (effect.verdict, effect.estimate) == ("not analysed", None)
    assert effect.reason.startswith("gate: causal fidelity of this twin failed")


def test_a_study_can_be_rehearsed_on_a_twin_and_both_say_so(folder, small_study, tmp_path):
    protocol = load_protocol(small_study(tmp_path))
    rehearsed = run_study(protocol, open_cohort(protocol, folder / "twin"))
    assert all(REHEARSAL in finding.limitations for finding in rehearsed.findings)
    assert REHEARSAL in render_html(ethics_report(rehearsed))


def test_a_twin_that_copies_its_students_is_not_handed_out(campus, monkeypatch, tmp_path):
    flat = extract(campus)
    copied = Halves.of(flat, SEED).fitted
    likeness = {"quality": 1.0, "shapes": 1.0, "pairs": 1.0}
    leak = Sampled((flat.frame,) * 2, copied, {"quality": likeness, "fitted": {}, "control": {}})
    monkeypatch.setattr(twins, "sample_twins", lambda *_, **__: leak)
    steps = []
    with pytest.raises(DisclosureError) as refused:
        twins.make_twin(campus, None, seed=SEED, tell=steps.append)
    assert {fault.code for fault in refused.value.faults} == {"twin.privacy"}
    assert refused.value.exit_code == 15
    assert [(event.step, event.kind) for event in steps][:2] == [("extract", "started"), ("extract", "done")]


def test_one_twin_is_too_few_to_repeat_an_analysis_on(campus):
    with pytest.raises(UsageError) as refused:
        twins.make_twin(campus, None, twins=1)
    assert [fault.code for fault in refused.value.faults] == ["twin.twins"]


def test_without_a_registered_study_the_last_two_gates_are_not_analysed(campus, monkeypatch):
    flat = extract(campus)
    gates = twins.analysed_gates(campus, [campus], None, flat)
    assert [gate.verdict for gate in gates] == ["not analysed", "not analysed"]
    assert "no registered study" in gates[1].checks[0].reason


def test_the_shipped_study_is_taken_only_where_it_fits(campus, study, tmp_path, monkeypatch):
    assert twins.shipped_protocol(campus).id == study.id
    without = Cohort({n: campus.arrow(n) for n in TABLES if n != "assignments"}, campus.provenance, "sha256:x")
    assert twins.shipped_protocol(without) is None


def drawn(value: float, verdict: str, claim: str = "H3") -> tuple[Drawn, ...]:
    return (Drawn(0, claim, "effect", value, value - 2, value + 2, 0.05, verdict),)


def test_agreement_within_the_limits_passes_and_far_off_fails(study):
    same = inferential(study, drawn(9.0, "supported"), [drawn(9.2, "supported")] * ENOUGH)
    assert [check.verdict for check in same.checks] == ["passed", "passed"]
    assert same.checks[0].estimate.value == pytest.approx(1 - 0.2 / 4)
    other = inferential(study, drawn(9.0, "supported"), [drawn(0.1, "negligible")] * ENOUGH)
    assert [check.verdict for check in other.checks] == ["failed", "failed"]


def test_what_a_faithful_twin_shows_by_chance_is_can_not_tell(study):
    generator = stream(4, "tests", "faithful twins")
    truth = 9.0 - 1.5  # the original was 1.5 of its errors too high
    again = [drawn(truth + generator.standard_normal(), "supported") for _ in range(ENOUGH)]
    overlap, verdict = inferential(study, drawn(9.0, "supported"), again).checks
    assert overlap.estimate.value < 0.7
    assert (overlap.verdict, verdict.verdict) == ("can not tell", "passed")


def test_fewer_twins_than_asked_for_pass_nothing(study):
    few = inferential(study, drawn(9.0, "supported"), [drawn(9.0, "supported")] * 5)
    assert {check.verdict for check in few.checks} == {"can not tell"}
    assert "5 twins, and 20 are asked for" in few.checks[0].reason


def test_twins_that_give_no_effect_fail(study, campus):
    nothing = [()] * ENOUGH
    gate = causal(campus, [], study, drawn(9.0, "supported"), nothing, None)
    assert [(check.verdict, check.reason) for check in gate.checks] == [("failed", "0 of 20 twins gave an effect")]
    assert [c.verdict for c in inferential(study, drawn(9.0, "supported"), nothing).checks] == ["failed", "failed"]


def test_a_rule_that_the_extract_itself_does_not_follow_is_not_analysed(campus, study):
    assignments = campus.frame("assignments")
    quiet = set(assignments["student_id"])
    others = campus.frame("students").loc[lambda d: ~d["student_id"].isin(quiet), "student_id"].iloc[:60]
    more = pd.concat(
        [assignments, assignments.iloc[[0]].merge(others, how="cross", suffixes=("_old", ""))[list(assignments)]]
    )
    tables = {name: campus.arrow(name) for name in TABLES}
    fuzzy = Cohort(tables | {"assignments": pa.Table.from_pandas(more, preserve_index=False)}, campus.provenance, "x")
    trial = replace(extract(campus).design.trial)
    gate = causal(fuzzy, [fuzzy], study, (), [()], trial)
    assert {c.name: c.verdict for c in gate.checks}["chosen against the trial's rule"] == "not analysed"
