from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest

from la_research import diagnose_design, load_stage
from la_research.cli import main
from la_research.cohort import Cohort, Provenance
from la_research.errors import CohortError, DiskError, GovernanceError, StaleError, UsageError
from la_research.finding import Findings
from la_research.pipeline.cohorts import check_open, open_cohort
from la_research.pipeline.finish import report_run, score_run
from la_research.pipeline.folder import check_fresh, cohort_of, load_evidence, load_score, locked
from la_research.pipeline.progress import Event
from la_research.pipeline.run import run
from la_research.pipeline.stages import NEEDS, run_study
from la_research.store import load_cohort, load_deviations, load_protocol, load_scenario, save_design

ROOT = Path(__file__).resolve().parents[2]
STUDENTS = 300


def same_bytes_promised(folder: Path) -> dict[str, str]:
    """SHA-256 of every file that a second run has to make again."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.name not in ("log.jsonl", "timing.json")
    }


def test_a_run_ends_by_naming_both_reports_and_shows_each_step_with_its_time(finished):
    out, told = ((finished.parent / name).read_text() for name in ("stdout", "stderr"))
    named = [line.split(":")[1].strip() for line in out.splitlines()]
    assert [Path(name).name for name in named][:2] == ["ethics.html", "advisory.html"]
    assert all(Path(name).is_file() for name in named)
    assert all(f"{name} " in told for name in (*NEEDS, "cohort", "reports"))
    assert all(line.endswith(("s done", "unchanged")) for line in told.splitlines())


def test_a_run_holds_what_the_interface_promises(finished):
    for name in NEEDS:
        assert (finished / "stages" / name / "key.json").is_file()
        assert (
            json.loads((finished / "stages" / name / "findings.json").read_text())["format"] == "la_research.findings/1"
        )
        assert (finished / "notebooks" / f"{name}.ipynb").is_file()
    assert json.loads((finished / "evidence.json").read_text())["format"] == "la_research.evidence/1"
    assert list((finished / "tables").glob("*.csv"))
    assert not [path for path in finished.rglob("*") if path.name.endswith((".partial", ".old", ".failed.ipynb"))]


def test_the_manifest_holds_the_digest_of_every_file_that_repeats(finished):
    lines = (finished / "MANIFEST.sha256").read_text().splitlines()
    listed = {line[66:]: line[:64] for line in lines}
    assert listed == {k: v for k, v in same_bytes_promised(finished).items() if k != "MANIFEST.sha256"}


def test_a_run_that_was_killed_resumes_and_ends_in_the_bytes_of_one_that_was_not(
    finished, tmp_path, small_study, start
):
    study = small_study(tmp_path)
    first = start("run", study, "--out", tmp_path / "again", cwd=tmp_path)
    mark = tmp_path / "again" / "stages" / "03_indicators" / "key.json"
    while not mark.is_file() and first.poll() is None:
        time.sleep(0.05)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    with pytest.raises(StaleError, match=r"run\.unfinished"):
        check_fresh(tmp_path / "again")
    second = start("run", study, "--out", tmp_path / "again", "--jobs", "1", cwd=tmp_path)
    told = second.communicate()[1]
    assert second.returncode == 0, told
    assert "03_indicators          - unchanged" in told
    assert same_bytes_promised(tmp_path / "again") == same_bytes_promised(finished)


def test_the_notebooks_find_what_the_study_in_one_process_finds(finished):
    study = finished.parent / "protocols" / "early-engagement"
    cohort = load_cohort(finished.with_name("run.cohort"))
    evidence = run_study(load_protocol(study), cohort, deviations=load_deviations(study))
    assert evidence.findings == load_evidence(finished).findings
    assert str(evidence) == (finished / "evidence.json").read_text()


def test_every_finding_stands_in_the_notebook_of_its_stage_and_in_the_last_one(finished):
    last = outputs(finished / "notebooks" / "08_evidence.ipynb")
    stages = {name.partition("_")[2]: outputs(finished / "notebooks" / f"{name}.ipynb") for name in NEEDS}
    for finding in load_evidence(finished).findings:
        assert f"<td>{finding.id}</td>" in stages[finding.stage], f"{finding.id} is in no notebook of its stage"
        assert f"<td>{finding.id}</td>" in last


def outputs(notebook: Path) -> str:
    cells = [cell for cell in json.loads(notebook.read_text())["cells"] if cell["cell_type"] == "code"]
    shown = [output for cell in cells for output in cell["outputs"]]
    return "\n".join(
        "".join(text) for output in shown for text in [output.get("text", ""), *output.get("data", {}).values()]
    )


def test_no_student_stands_in_a_notebook_a_report_or_a_table(finished):
    cohort = load_cohort(finished.with_name("run.cohort"))
    ids = {*cohort.frame("students")["student_id"], *cohort.frame("enrolments")["enrolment_id"]}
    assert len(ids) > STUDENTS
    told = [
        path for path in finished.rglob("*") if path.suffix in (".ipynb", ".html", ".csv", ".json", ".jsonl", ".yaml")
    ]
    assert [path.name for path in told if any(name in path.read_text() for name in ids)] == []


def test_no_place_of_this_machine_stands_in_a_file_that_repeats(finished):
    places = (str(finished.parent), str(ROOT), str(Path.home()))
    repeated = [finished / name for name in same_bytes_promised(finished) if not name.endswith(".parquet")]
    assert [path.name for path in repeated if any(place in path.read_text() for place in places)] == []


def test_running_again_redoes_nothing(own_run):
    before = same_bytes_promised(own_run)
    events: list[Event] = []
    run(own_run.parent / "protocols" / "early-engagement", out=own_run, tell=events.append)
    assert {event.step: event.kind for event in events if event.kind != "started"} == dict.fromkeys(
        ("cohort", *NEEDS, "reports"), "kept"
    )
    assert same_bytes_promised(own_run) == before


def test_a_new_deviation_redoes_the_evidence_and_the_reports_and_nothing_else(own_run):
    study = own_run.parent / "protocols" / "early-engagement"
    (study / "deviations.yaml").write_text(
        "format: la_research.deviations/1\ndeviations:\n"
        "  - {id: D1, date: 2025-11-01, what: A questionnaire went out late, why: A holiday, effect: None known}\n"
    )
    events: list[Event] = []
    run(study, out=own_run, tell=events.append)
    assert [event.step for event in events if event.kind == "done"] == ["08_evidence", "reports"]
    assert [told.id for told in load_evidence(own_run).deviations] == ["D1"]


def test_a_run_whose_protocol_changed_is_refused(own_run):
    check_fresh(own_run)
    protocol = own_run.parent / "protocols" / "early-engagement" / "protocol.yaml"
    protocol.write_text(protocol.read_text() + "\nseed: 7\n")
    with pytest.raises(StaleError, match="the protocol has changed"):
        report_run(own_run)


def test_a_run_whose_cohort_changed_is_refused(own_run):
    (own_run.with_name("run.cohort") / "consent.parquet").unlink()
    with pytest.raises(StaleError, match="the cohort has changed"):
        score_run(own_run)


def test_a_folder_without_a_run_is_not_read(tmp_path):
    with pytest.raises(UsageError, match=r"run\.not_found"):
        report_run(tmp_path)


def test_a_folder_of_somebody_else_is_not_touched(tmp_path, small_study):
    (tmp_path / "mine" / "reports").mkdir(parents=True)
    (tmp_path / "mine" / "reports" / "thesis.txt").write_text("years of work")
    with pytest.raises(DiskError, match=r"disk\.not_ours"):
        run(small_study(tmp_path), out=tmp_path / "mine")
    assert (tmp_path / "mine" / "reports" / "thesis.txt").read_text() == "years of work"


def test_two_runs_do_not_share_a_folder(own_run):
    with locked(own_run), pytest.raises(StaleError, match=r"run\.locked") as refused:
        run(own_run.parent / "protocols" / "early-engagement", out=own_run)
    assert refused.value.exit_code == 19


def test_reports_and_score_are_written_anew_with_the_same_bytes(own_run):
    before = same_bytes_promised(own_run)
    score = load_score(own_run)
    shutil.rmtree(own_run / "reports")
    (own_run / "score.json").unlink()
    assert isinstance(score, Findings)
    assert score_run(own_run).as_json() == score.as_json()
    assert [path.name for path in report_run(own_run)][:2] == ["ethics.html", "advisory.html"]
    assert same_bytes_promised(own_run) == before


def test_no_id_of_a_student_stands_in_a_report_or_a_table(finished):
    students = set(load_cohort(cohort_of(finished)).frame("enrolments")["student_id"].astype(str))
    pages = [*(finished / "reports").glob("*.html"), *(finished / "tables").glob("*.csv")]
    assert len(students) == STUDENTS
    words = {word for page in pages for word in re.findall(r"[\w-]+", page.read_text(encoding="utf-8"))}
    assert students & words == set()


def test_the_advisory_report_does_not_know_the_score(finished):
    assert "planted" in (finished / "reports" / "ethics.html").read_text()
    assert "planted" not in (finished / "reports" / "advisory.html").read_text()


def test_open_data_need_a_cohort_and_restricted_data_a_release_gate(tmp_path, small_study):
    study = load_protocol(small_study(tmp_path))
    with pytest.raises(CohortError, match=r"cohort\.needed") as needed:
        check_open(study.model_copy(update={"data": "open"}), named=False)
    with pytest.raises(GovernanceError, match=r"governance\.release_gate") as gate:
        check_open(study.model_copy(update={"data": "restricted"}), named=True)
    assert (needed.value.exit_code, gate.value.exit_code) == (12, 16)


def test_a_cohort_more_confidential_than_the_protocol_answers_for_is_refused(tmp_path, small_study):
    study = load_protocol(small_study(tmp_path))
    with pytest.raises(GovernanceError, match=r"governance\.data_level"):
        open_cohort(study, Cohort({}, Provenance("restricted", "by hand"), "sha256:0"))


def test_what_is_planned_and_what_contradicts_itself_is_refused_before_anything_is_read(capsys):
    assert main(["run", "no-such-study", "--engine", "pyspark"]) == 20
    assert main(["run", "no-such-study", "--cohort", "a", "--scenario", "b"]) == 2
    assert main(["notebook", "05_audits", "--protocol", "no-such-study"]) == 2
    assert "did you mean '05_audit'?" in capsys.readouterr().err


def test_a_study_with_no_student_left_ends_before_a_kernel_starts(tmp_path, small_study, start):
    study = small_study(tmp_path, ("index_week: 4", "index_week: 4\n  modules: [NONE]"))
    process = start("run", study, "--out", tmp_path / "run", cwd=tmp_path)
    told = process.communicate()[1]
    assert process.returncode == 12
    assert "error[cohort.no_student_left]" in told
    assert not (tmp_path / "run" / "notebooks").exists()


def test_a_forecast_kept_beside_the_protocol_enters_the_next_run_and_redoes_what_tells_of_it_alone(own_run, start):
    study = own_run.parent / "protocols" / "early-engagement"
    found = diagnose_design(load_protocol(study), load_scenario("null"), draws=2, n=150, out=own_run.parent / "tried")
    save_design(study, own_run.parent / "tried")
    made = finished_in(start("run", study, "--out", own_run, cwd=own_run.parent))
    assert {"01_protocol", "08_evidence"} == {line.split()[0] for line in made if line.endswith("done")} - {"reports"}
    evidence = load_evidence(own_run)
    assert evidence.findings.of_stage("design") == found
    saved = load_stage("01_protocol", evidence.protocol, cohort=own_run.with_name("run.cohort"), run=own_run)
    assert saved.findings == found
    page = (own_run / "reports" / "ethics.html").read_text(encoding="utf-8")
    assert "2 studies of 150 students each" in page
    assert "studies of 150" not in (own_run / "reports" / "advisory.html").read_text(encoding="utf-8")


def finished_in(process) -> list[str]:
    """What a run that ends well told on stderr, line by line."""
    _, told = process.communicate()
    assert process.returncode == 0, told
    return told.splitlines()
