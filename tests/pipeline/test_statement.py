"""One student's statement: everything of one person, nothing of another, and numbers that are those of the run."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from la_research.cohort import Cohort, Provenance
from la_research.cohort.person import PERSONAL, rows_of
from la_research.errors import LaResearchError
from la_research.evidence import collect_evidence
from la_research.explanation.ground import Ground
from la_research.explanation.trace import Step, Trace
from la_research.finding import Findings, not_analysed
from la_research.governance import Access
from la_research.indicators.registry import compute_indicators
from la_research.models import fit_model
from la_research.pipeline import save_stage
from la_research.pipeline.basis import Basis, basis_of
from la_research.pipeline.finish import write_reports
from la_research.pipeline.folder import describe_run, write_manifest
from la_research.pipeline.reasoned import reasoned
from la_research.pipeline.statement import Asker, state, traced, write_statement
from la_research.pipeline.study import Study, resolved
from la_research.protocol import Protocol
from la_research.protocol.governance import Withheld
from la_research.report import render_html
from la_research.report.plain import plain_text
from la_research.report.statement import Explained, as_json, sheets, statement_page
from la_research.schema import TABLES
from la_research.store import load_cohort, load_protocol, load_scenario, save_cohort, write_text
from la_research.store.access import access_log, log_access
from la_research.synthetic import generate_cohort
from tests.explanation.grounds import COLUMNS, ground, study

ROOT = Path(__file__).resolve().parents[2]
ID = re.compile(r"\bs\d{7}\b")
SCRIPT, FORMULA = "<script>alert(1)</script>", '=HYPERLINK("http://x.example","y")'


def protocol() -> Protocol:
    return load_protocol(ROOT / "protocols" / "early-engagement")


@pytest.fixture(scope="module")
def made() -> tuple[Cohort, Basis]:
    cohort, _ = generate_cohort(load_scenario("default"), n=300, seed=2025)
    indicators = compute_indicators(protocol(), cohort)
    return cohort, Basis(protocol(), indicators, fit_model(protocol(), cohort, indicators), "not scored")


@pytest.fixture(scope="module")
def hand() -> Cohort:
    return load_cohort(ROOT / "synthetic" / "handmade")


def scored_student(made: tuple[Cohort, Basis], *, below: bool = True) -> str:
    """Somebody who was scored and to whom somebody wrote; under the line of the rule, or not by this number."""
    cohort, basis = made
    sent = cohort.frame("contacts").query("step == 'sent'")["student_id"]
    rows = basis.indicators.to_pandas().query("indicator == 'peer_share' and week == 4")
    side = rows["unit_id"][(rows["value"] < 0.45) == below]
    known = basis.predictions.frame["student_id"]
    return str(known[known.isin(sent) & known.isin(side)].iloc[0])


def on_two_modules(made: tuple[Cohort, Basis]) -> str:
    rows = made[0].frame("enrolments")["student_id"]
    inside = made[1].predictions.frame["student_id"]
    return str(rows[rows.duplicated() & rows.isin(inside)].iloc[0])


def texts(statement: Any) -> dict[str, str]:
    page = statement_page(statement)
    return {"page": render_html(page), "json": json.dumps(as_json(statement)), **sheets(statement)}


def test_every_row_of_the_person_is_held_and_no_other(made):
    cohort, _ = made
    student = on_two_modules(made)
    own = set(cohort.frame("enrolments").query("student_id == @student")["enrolment_id"])
    assert len(own) == 2
    found = rows_of(cohort, student)
    for name in PERSONAL:
        frame = cohort.frame(name)
        mine = frame["student_id"] == student if "student_id" in frame else frame["enrolment_id"].isin(own)
        assert found[name].to_pylist() == cohort.arrow(name).filter(pa.array(mine)).to_pylist(), name
    assert set(TABLES) - set(found) == {"feeds", "calendar"}


def test_the_score_decision_and_label_are_those_of_the_run_and_the_calculation_comes_to_the_score(made):
    cohort, basis = made
    student = scored_student(made)
    row = basis.predictions.frame.set_index("student_id").loc[student]
    statement = state(cohort, student, basis, "2025-11-01")
    (score,) = statement.scores
    assert (score.score, score.decision, score.week) == (row["score"], bool(row["decision"]), 4)
    assert score.label == (None if row["label"] != row["label"] else int(row["label"]))
    assert score.explained.trace is not None
    assert score.explained.trace.score == pytest.approx(row["score"], abs=1e-6)
    values = {(w.indicator, w.week): w.value for w in statement.weekly}
    for step in statement.explained[student].steps("indicator"):
        last = statement.explained[student].trace.last("indicator", step.name, step.week)
        if (step.name, step.week) in values and last is step:
            assert step.value == pytest.approx(values[step.name, step.week]), step
    lines = list(csv.reader(io.StringIO(sheets(statement)["worked-out/calculation.csv"])))
    assert {line[2] for line in lines[1:]} == {"record", "indicator", "feature", "score"}


def test_why_somebody_wrote_is_told_as_what_the_rule_did(made):
    statement = state(made[0], scored_student(made), made[1], "2025-11-01")
    said = plain_text(statement_page(statement))
    assert re.search(r"In week 4 your number for ‘activity beside the module’ was 0\.\d+\.", said)
    assert "so by this number you were under the line. Chance then drew ‘contact’ for you in week 4." in said
    assert "So we wrote to you." in said


def test_somebody_drawn_who_was_not_under_the_line_by_this_number_is_told_to_ask(made):
    statement = state(made[0], scored_student(made, below=False), made[1], "2025-11-01")
    said = plain_text(statement_page(statement))
    assert "you were not under the line. You can ask why you were in the draw. Chance then drew" in said


def test_no_other_student_is_anywhere_in_a_statement(made):
    student = on_two_modules(made)
    for name, text in texts(state(made[0], student, made[1], "2025-11-01")).items():
        assert set(ID.findall(text)) <= {student}, name


def test_a_calculation_that_does_not_come_to_the_score_is_not_shown(made):
    def wrong(*asked: Any) -> Explained:
        return Explained(Trace((Step("score", "score", None, "1 / 2", 0.5, "share"),), 0.5), ("Unknown.",), ("Line.",))

    def unwritten(*asked: Any) -> Explained:
        return replace(wrong(), trace=Trace((), None))

    for explain, reason in ((wrong, "does not come to the same number"), (unwritten, "can not be written down")):
        (score,) = state(made[0], scored_student(made), made[1], "2025-11-01", explain).scores
        assert score.explained.trace is None
        assert score.explained.margins == ()
        assert reason in score.explained.reason


def test_what_would_have_changed_the_number_is_told_as_arithmetic(made):
    said = plain_text(statement_page(state(made[0], scored_student(made), made[1], "2025-11-01")))
    told = said.partition("> What would have changed the number\n")[2]
    assert told.startswith("This is arithmetic. It is not advice")
    used, _, tried = told.partition("Rules that the study also tried")
    assert "The line was 45 % of it" in used
    assert "Your score is" in used
    assert "The line was 30 % of it" in tried
    assert "your light was" not in used
    assert "abstains" not in said
    assert "log-odds" not in said
    assert not re.search(r"\b1 (?:classes|actions|days)\b", said)
    assert "The rule writes to students for whom this holds: The student said yes" in said


def test_a_study_of_enrolments_gives_a_score_for_each_module_and_refits_the_model_once(made, monkeypatch):
    cohort, basis = made
    by_module = basis.protocol.model_copy(
        update={"population": basis.protocol.population.model_copy(update={"unit": "enrolment"})}
    )
    indicators = compute_indicators(by_module, cohort)
    told = Basis(by_module, indicators, fit_model(by_module, cohort, indicators))
    grounds = []
    monkeypatch.setattr("la_research.pipeline.statement.Ground", lambda *of: grounds.append(Ground(*of)) or grounds[-1])
    statement = state(cohort, on_two_modules(made), told, "2025-11-01")
    assert len(statement.scores) == len(statement.explained) == 2
    assert all(score.reasoned.why for score in statement.scores)
    assert len(grounds) == 1  # and its refits with it
    assert all(score.explained.trace for score in statement.scores)
    assert len({table.name for table in statement_page(statement).tables()}) > 20


def test_a_subset_with_columns_of_its_own_is_scored_and_worked_out_too(made):
    cohort, basis = made
    subset = {"id": "clicks", "requires_feed": ("vle",), "columns": ("weekly_activity", "active_days")}
    population = type(basis.protocol.population)(**{**basis.protocol.population.model_dump(), "subsets": (subset,)})
    with_subset = basis.protocol.model_copy(update={"population": population})
    told = Basis(with_subset, basis.indicators, fit_model(with_subset, cohort, basis.indicators))
    scores = state(cohort, scored_student(made), told, "2025-11-01").scores
    assert [(score.population, list(score.features)) for score in scores][1] == (
        "clicks", ["weekly_activity", "active_days"],
    )  # fmt: skip
    assert all(score.explained.trace for score in scores), [score.explained.reason for score in scores]


def test_where_the_model_can_not_be_explained_the_silence_is_still_told() -> None:
    n = 200
    silent, label = np.where(np.arange(n) == 0, 4, 0), (np.arange(n) % 3 == 0).astype(float)
    alike = np.zeros((n, len(COLUMNS)))
    told = reasoned(ground(study(abstaining={}), np.full(n, "F"), alike, label, silent=silent), "u00000")
    assert (told.reason, told.why) == ("", "")
    assert told.silent.startswith("There were fewer than 3 weeks with data up to week 4.")


def without(cohort: Cohort, name: str, student: str) -> Cohort:
    held = {table: cohort.arrow(table) for table in TABLES}
    own = rows_of(cohort, student)[name]["enrolment_id"]
    held[name] = held[name].filter(pc.invert(pc.is_in(held[name]["enrolment_id"], own.combine_chunks())))
    return Cohort(held, cohort.provenance, cohort.digest)


def test_a_student_with_no_activity_is_told_zeros_and_empty_tables(hand):
    silent = without(hand, "activity", "fades_a")
    statement = state(silent, "fades_a", Basis(protocol()), "2025-11-01")
    assert {w.value for w in statement.weekly if w.indicator == "weekly_activity"} == {0.0}
    assert "These tables hold no row about you" in plain_text(statement_page(statement))
    assert sheets(statement)["data/activity.csv"] == "enrolment_id,week,source,count,active_days,seconds\n"


def again(cohort: Cohort, student: str, run: str) -> Cohort:
    """The same student on a module of another presentation too, with answers there."""
    held = {table: cohort.arrow(table) for table in TABLES}
    for name in ("enrolments", "responses"):
        rows = rows_of(cohort, student)[name].to_pylist()
        new = [{**row, "presentation": run} | ({"enrolment_id": f"{row['enrolment_id']}-{run}"} if name == "enrolments"
               else {}) for row in rows]  # fmt: skip
        held[name] = pa.concat_tables([held[name], pa.Table.from_pylist(new, schema=held[name].schema)])
    return Cohort(held, cohort.provenance, cohort.digest)


def test_rows_of_every_presentation_are_held_and_one_outside_the_study_says_why(hand):
    twice = again(hand, "fades_a", "HAND2")
    statement = state(twice, "fades_a", Basis(protocol()), "2025-11-01")
    assert statement.rows["enrolments"]["presentation"].to_pylist() == ["HAND1", "HAND2"]
    assert set(statement.rows["responses"]["presentation"].to_pylist()) == {"HAND1", "HAND2"}
    assert [one.reason for one in statement.enrolled] == ["", "in a presentation without the index week"]


def test_a_student_who_is_not_in_the_study_is_told_why_and_has_rows_all_the_same(made):
    cohort, basis = made
    no = cohort.frame("consent").query("flag == 'research' and not given")["student_id"]
    student = next(one for one in no if one not in set(basis.predictions.frame["student_id"]))
    statement = state(cohort, str(student), basis, "2025-11-01")
    assert statement.held > 0
    assert (statement.scores, statement.weekly, statement.explained) == ((), (), {})
    assert "you are not in the study: no consent" in plain_text(statement_page(statement))


def held_back(protocol: Protocol, *items: str) -> Protocol:
    back = tuple(Withheld(what=item, policy=f"Policy on {item}") for item in items)
    return protocol.model_copy(update={"governance": protocol.governance.model_copy(update={"withheld": back})})


def test_items_held_back_are_named_with_their_policy_and_their_values_stand_nowhere(made):
    cohort, basis = made
    student = scored_student(made)
    told = replace(basis, protocol=held_back(basis.protocol, "services", "vault", "score"))
    statement = state(cohort, student, told, "2025-11-01")
    whole = texts(statement)
    score = basis.predictions.frame.set_index("student_id").loc[student, "score"]
    for name, text in whole.items():
        assert repr(float(score))[:8] not in text, name
        assert "heterosexual" not in text, name
    assert not {"data/vault.csv", "data/services.csv", "worked-out/scores.csv", "worked-out/calculation.csv"} & set(
        whole
    )
    assert as_json(statement)["withheld"] == [
        {"what": item, "policy": f"Policy on {item}"} for item in ("services", "vault", "score")
    ]
    assert "Policy on vault" in whole["page"]
    assert "3 items are held back." in whole["page"]


def test_what_could_tell_of_an_item_is_held_back_with_it(made):
    cohort, basis = made
    told = replace(basis, protocol=held_back(basis.protocol, "activity", "responses"))
    statement = state(cohort, scored_student(made), told, "2025-11-01")
    assert (statement.weekly, statement.scores[0].label, statement.scores[0].features) == ((), None, {})
    assert statement.scores[0].explained.trace is None
    assert "tree 1" not in texts(statement)["json"]


def test_hostile_words_in_the_data_are_shown_and_not_obeyed(hand):
    held = {table: hand.arrow(table) for table in TABLES}
    students = held["students"].to_pandas()
    students.loc[students["student_id"] == "fades_a", ["level", "subject"]] = [SCRIPT, FORMULA]
    held["students"] = pa.Table.from_pandas(students, schema=held["students"].schema, preserve_index=False)
    cohort = Cohort(held, Provenance("synthetic", SCRIPT), "sha256:0")
    whole = texts(state(cohort, "fades_a", Basis(protocol()), "2025-11-01"))
    assert SCRIPT not in whole["page"]
    assert "&lt;script&gt;alert(1)" in whole["page"]
    rows = list(csv.DictReader(io.StringIO(whole["data/students.csv"])))
    assert (rows[0]["level"], rows[0]["subject"]) == (SCRIPT, "'" + FORMULA)


@pytest.fixture(scope="module")
def run(made: tuple[Cohort, Basis], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run keeps that a statement reads, with its cohort beside it."""
    cohort, basis = made
    folder = tmp_path_factory.mktemp("runs") / "study"
    place = save_cohort(cohort, folder.with_name("study.cohort"))
    digest = load_cohort(place).digest
    about = {"id": "x", "protocol_digest": basis.protocol.digest, "cohort_digest": digest, "data": "synthetic"}
    describe_run(folder, about, {}, {"cohort": place})
    write_text(folder / "protocol.yaml", resolved(basis.protocol))
    save_stage("03_indicators", basis.indicators, basis.predictions, run=folder)
    write_manifest(folder)
    return folder


def test_the_run_beside_the_cohort_is_found_and_one_of_another_cohort_is_refused(run, hand, tmp_path):
    place = run.with_name("study.cohort")
    cohort = load_cohort(place)
    assert basis_of(cohort, place).protocol.id == "early-engagement"
    assert basis_of(cohort, tmp_path / "study.cohort").protocol is None
    with pytest.raises(LaResearchError, match="another cohort"):
        basis_of(hand, place, run=run)
    assert basis_of(hand, place).protocol is None


def test_a_statement_from_a_run_is_written_whole_and_a_log_that_can_not_be_written_gives_nothing(run, made, tmp_path):
    place, student = run.with_name("study.cohort"), scored_student(made)
    files, back = write_statement(place, student, tmp_path / "one", Asker("2025-11-01"))
    assert back == 0
    assert all(file.is_file() for file in files)
    kept = json.loads((tmp_path / "one" / "statement.json").read_text())
    frame = made[1].predictions.frame.set_index("student_id")
    assert kept["worked_out"]["scores"][0]["score"] == pytest.approx(frame.loc[student, "score"], abs=1e-11)
    access_log(place).unlink()
    access_log(place).mkdir()
    with pytest.raises(LaResearchError, match="could not be written to the log"):
        write_statement(place, student, tmp_path / "two", Asker("2025-11-01"))
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_the_trace_speaks_of_the_unit_that_was_asked(made):
    found = traced(made[1].protocol, made[0], scored_student(made), None)
    assert {step.part for step in found.trace.steps} == {"record", "indicator", "feature"}
    assert found.unknown


def test_the_ethics_report_counts_looks_and_no_new_look_changes_no_byte(run, tmp_path):
    none = not_analysed("cohort.responses", "Who answered?", "nobody was asked")
    evidence = collect_evidence(protocol(), Findings([none]), provenance={"data": "synthetic"})

    def report() -> str:
        (file,) = write_reports(run, evidence, None, ("ethics",), tmp_path)
        return file.read_text()

    shutil.rmtree(access_log(run.with_name("study.cohort")), ignore_errors=True)
    access_log(run.with_name("study.cohort")).unlink(missing_ok=True)
    assert ">none yet<" in report()
    for outcome in ("given", "given", "refused"):
        look = Access("2025-11-01", "stewardship", "for Ada Lovelace", "statement", outcome)
        log_access(run.with_name("study.cohort"), look)
    page = report()
    assert "given: 2, refused: 1" in page
    assert "Ada Lovelace" not in page
    assert report() == page


def test_a_run_writes_its_reports_again_after_a_new_look_and_only_then(made, tmp_path):
    places = {"protocol": tmp_path, "cohort": tmp_path / "study.cohort"}
    study = Study(protocol(), made[0], (), Findings(), places, tmp_path / "study", None)
    before = study.keys()
    assert study.keys() == before
    log_access(places["cohort"], Access("2025-11-01", "stewardship", "check", "statement", "given"))
    assert {name for name, key in study.keys().items() if before[name] != key} == {"reports"}
