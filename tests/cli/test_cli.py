import json
import subprocess
import sys
from pathlib import Path

import pytest

from la_research.cli import VERBS, main
from la_research.cli.flow import next_step
from la_research.store import load_cohort

MINIMAL = Path(__file__).parents[1] / "protocol" / "minimal.yaml"
BUILT = [verb.name for verb in VERBS if not verb.planned]
PLANNED = [verb.name for verb in VERBS if verb.planned]
HEAVY = ("numpy", "pandas", "duckdb", "pyarrow", "statsmodels", "sklearn", "matplotlib", "papermill", "jinja2")


@pytest.fixture
def run(capsys):
    """Runs a command: exit code, result, messages."""

    def command(*words) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return command


def test_the_verbs_are_those_that_were_agreed():
    assert BUILT == [
        "check",
        "assure",
        "generate",
        "ingest",
        "run",
        "report",
        "notebook",
        "score",
        "diagnose",
        "twin",
        "audit",
        "associate",
        "scale",
        "agree",
        "effect",
        "statement",
        "feedback",
    ]
    assert PLANNED == [
        "register", "init", "drill",
        "clauses", "verify", "expire", "release", "review", "site",
    ]  # fmt: skip


def test_alone_it_shows_the_flow_and_the_next_step(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    assert "protocol ─┐" in out
    assert out.splitlines()[-1].startswith("next: ")
    assert all(f"\n  {name} " in out for name in BUILT)


def test_the_next_step_follows_from_what_is_there(tmp_path):
    (tmp_path / "protocols" / "a").mkdir(parents=True)
    (tmp_path / "protocols" / "a" / "protocol.yaml").touch()
    assert next_step(tmp_path) == f"la-research run {tmp_path.as_posix()}/protocols/a"
    (tmp_path / "reports" / "a" / "reports").mkdir(parents=True)
    (tmp_path / "reports" / "a" / "reports" / "ethics.html").touch()
    assert next_step(tmp_path).startswith("read ")


@pytest.mark.parametrize("name", BUILT + PLANNED)
def test_every_verb_explains_itself_with_an_example(run, name):
    code, out, _ = run(name, "--help")
    assert code == 0
    assert f"Example:\n    la-research {name}" in out
    assert all(option in out for option in ("--json", "--quiet", "--debug", "--as-of"))


def test_help_reads_nothing_heavy():
    script = f"""
import sys
from la_research.cli import main
for words in ([], ["--help"], ["run", "--help"], ["audit", "x"]):
    main(words)
print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", PLANNED)
def test_a_planned_verb_takes_anything_and_says_it_is_not_there(run, name):
    code, out, err = run(name, "data.csv", "--label", "x", "--top", "10%", "--json")
    (told,) = json.loads(err)
    assert (code, out, told["code"], told["exit"]) == (20, "", "verb.not_built", 20)


@pytest.mark.parametrize(
    ("words", "code_word"),
    [
        (("report", "x", "--format", "html,pdf"), "option.not_built"),
        (("ingest", "oulad", "x", "--out", "y", "--key-file", "k"), "option.not_built"),
        (("ingest", "moodle", "x", "--out", "y"), "source.not_built"),
        (("run", "x", "--engine", "pyspark"), "option.not_built"),
    ],
)
def test_a_planned_option_exits_20_before_anything_is_read(run, tmp_path, monkeypatch, words, code_word):
    monkeypatch.chdir(tmp_path)
    code, _, err = run(*words)
    assert (code, err.splitlines()[0].split(":")[0]) == (20, f"error[{code_word}]")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-verb",),
        ("check",),
        ("check", "a", "b"),
        ("check", "a", "--no-such-option"),
        ("check", "a", "--for", "secret"),
        ("check", "a", "--as-of", "yesterday"),
        ("generate", "default", "--out", "x", "--n", "few"),
        ("report", "x", "--for", "everybody"),
    ],
)
def test_a_command_that_is_not_understood_is_three_lines_and_exit_2(run, words):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert [line.split(":")[0] for line in err.splitlines()] == ["error[usage]", "  where", "  remedy"]


def test_a_usage_error_is_json_when_json_was_asked(run):
    code, _, err = run("check", "--json")
    assert (code, json.loads(err)[0]["format"]) == (2, "la_research.error/1")


def test_check_tells_what_a_sound_study_owes(run):
    code, out, err = run("check", MINIMAL)
    assert (code, err) == (0, "")
    assert "owed for synthetic data: nothing" in out
    code, out, err = run("check", MINIMAL, "--for", "restricted")
    assert code == 10
    assert "approval.id" in out
    assert err.startswith("error[protocol.owed]")


def test_check_as_json_lists_what_is_owed_and_prints_the_date_it_was_given(run):
    code, out, _ = run("check", MINIMAL, "--for", "open", "--json", "--as-of", "2025-11-01")
    document = json.loads(out)
    assert code == 10
    assert (document["format"], document["as_of"], document["for"]) == ("la_research.check/1", "2025-11-01", "open")
    assert {item["code"] for item in document["owed"]} == {"protocol.owed"}


def test_a_malformed_protocol_tells_all_faults_in_three_lines_each(run, tmp_path):
    (tmp_path / "protocol.yaml").write_text(MINIMAL.read_text() + "sead: 1\nseed: x\n")
    code, out, err = run("check", tmp_path)
    assert (code, out) == (10, "")
    assert len(err.splitlines()) == 2 * 3
    assert "protocol.yaml, line 13, sead" in err
    code, _, err = run("check", tmp_path, "--json")
    assert [(item["exit"], item["format"]) for item in json.loads(err)] == 2 * [(10, "la_research.error/1")]


def test_check_reads_what_stands_beside_the_protocol_too(run, tmp_path):
    (tmp_path / "protocol.yaml").write_text(MINIMAL.read_text())
    (tmp_path / "deviations.yaml").write_text("format: la_research.deviations/2\n")
    code, _, err = run("check", tmp_path)
    assert (code, err.splitlines()[0].split(":")[0]) == (10, "error[protocol.newer_format]")


def test_generate_writes_a_cohort_and_its_truth_the_same_for_any_number_of_workers(run, tmp_path):
    for name, jobs in (("a", 1), ("b", 2)):
        code, out, _ = run(
            "generate", "null", "--out", tmp_path / name, "--n", 30, "--seed", 5, "--jobs", jobs, "--json"
        )
        assert (code, json.loads(out)["n"]) == (0, 30)
    folders = {path.name for path in tmp_path.iterdir()}
    assert folders == {"a", "a.truth", "b", "b.truth"}
    for end in ("", ".truth"):
        first, second = tmp_path / f"a{end}", tmp_path / f"b{end}"
        assert {p.name: p.read_bytes() for p in first.iterdir()} == {p.name: p.read_bytes() for p in second.iterdir()}


def test_generate_turns_dials_and_switches_mechanisms_off_and_says_so_in_the_cohort(run, tmp_path):
    words = ("--set", "link.between=0.2", "--set", "contact.looks=[3, 5]", "--without", "harm", "--without", "effect")
    code, out, _ = run("generate", "default", "--out", tmp_path / "a", "--n", 30, "--events", *words, "--json")
    assert code == 0
    described = json.loads((tmp_path / "a" / "datapackage.json").read_text())
    details = described["provenance"]["details"]
    assert details["set"] == {"link.between": "0.2", "contact.looks": ["3", "5"]}
    assert details["without"] == ["effect", "harm"]
    assert details["scenario_digest"] == json.loads(out)["scenario_digest"]
    assert "events" in {item["name"] for item in described["resources"]}


def test_generate_makes_as_many_students_as_the_scenario_says_where_nobody_else_does(run, tmp_path):
    code, out, _ = run("generate", "null", "--out", tmp_path / "a", "--set", "n=40", "--json")
    assert (code, json.loads(out)["n"]) == (0, 40)


def test_generate_makes_a_cohort_for_each_value_of_a_dial(run, tmp_path):
    words = ("--set", "leaving=0|0.1", "--set", "term.weeks=13", "--n", 20)
    code, out, err = run("generate", "null", "--out", tmp_path / "sweep", *words, "--json")
    assert code == 0
    assert err.startswith("generating 40 students of scenario 'null' in 2 cohorts")
    folders = {path.name for path in (tmp_path / "sweep").iterdir()}
    assert folders == {"leaving=0", "leaving=0.truth", "leaving=0.1", "leaving=0.1.truth", "sweep.json"}
    index = json.loads((tmp_path / "sweep" / "sweep.json").read_text())
    assert [cohort["dials"] for cohort in index["cohorts"]] == [
        {"leaving": "0", "term.weeks": "13"}, {"leaving": "0.1", "term.weeks": "13"},
    ]  # fmt: skip
    for cohort in index["cohorts"]:
        assert load_cohort(tmp_path / "sweep" / cohort["folder"]).digest == cohort["cohort_digest"]
    assert json.loads(out)["cohorts"] == index["cohorts"]


@pytest.mark.parametrize(
    ("words", "exit_code", "code_word"),
    [
        (("generate", "nowhere", "--out", "x"), 11, "scenario.not_found"),
        (("generate", "null", "--out", "x", "--set", "link.between"), 11, "scenario.set"),
        (("generate", "null", "--out", "x", "--set", "link.between=99|0"), 11, "scenario.value"),
        (("generate", "null", "--out", "x", "--set", "links=1"), 11, "scenario.unknown_dial"),
        (("generate", "null", "--out", "x", "--without", "everything"), 11, "scenario.unknown_mechanism"),
        (("generate", "null", "--out", "x", "--n", "0"), 11, "scenario.n"),
        (("assure", "nowhere"), 10, "protocol.not_found"),
        (("report", "nowhere"), 2, "run.not_found"),
        (("score", "nowhere"), 2, "run.not_found"),
        (("ingest", "oulad", "nowhere.zip", "--out", "x"), 13, "source."),
    ],
)
def test_what_is_not_there_ends_with_its_class_of_exit(run, tmp_path, monkeypatch, words, exit_code, code_word):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*words)
    assert (code, out) == (exit_code, "")
    assert f"error[{code_word}" in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_else_is_exit_21(run, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    code, _, err = run("generate", "null", "--out", tmp_path, "--n", 20)
    assert (code, "error[disk.not_ours]" in err, "generating" in err) == (21, True, False)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_generate_remarks_on_a_mechanism_at_rest_and_on_a_cohort_that_it_replaces(run, tmp_path):
    asked = ("generate", "default", "--out", tmp_path / "a", "--n", 20, "--without", "effect", "--without", "spillover")
    first, second = run(*asked)[2], run(*asked)[2]
    assert "'spillover' is at rest in this scenario: nothing was switched off" in first
    assert "'effect' is at rest" not in first
    assert "replaces the cohort that stood there" not in first
    assert "replaces the cohort that stood there" in second


def test_a_value_that_was_not_as_worked_out_by_hand_is_exit_14(run, tmp_path):
    (tmp_path / "protocol.yaml").write_text(MINIMAL.read_text())
    expected = "{student: A silent student, rows: {}, expected: {weekly_activity: {3: %s}}}"
    case = f"format: la_research.assurance/1\ncases:\n  - {expected}\n"
    assert run("assure", tmp_path)[0] == 14
    (tmp_path / "assurance.yaml").write_text(case % "0")
    code, out, err = run("assure", tmp_path)
    assert (code, err) == (0, "")
    assert "A silent student: weekly activity in week 3 should be 0 and is 0." in out
    assert "Invented students, the same in every study:\nAda (invented): weekly activity in week 1 should be 22" in out
    assert out.splitlines()[-1] == "12 of 12 values are as worked out by hand."
    (tmp_path / "assurance.yaml").write_text(case % "2")
    code, out, err = run("assure", tmp_path)
    assert (code, err.splitlines()[0].split(":")[0]) == (14, "error[assurance.unexpected_value]")


def test_a_bug_is_exit_1_without_a_traceback_unless_it_is_asked_for(run, monkeypatch):
    def broken(path):
        raise ZeroDivisionError("secret value")

    monkeypatch.setattr("la_research.store.read_study", broken)
    code, _, err = run("check", MINIMAL)
    assert (code, len(err.splitlines())) == (1, 3)
    assert "please report it" in err
    assert "secret value" not in err
    code, _, err = run("check", MINIMAL, "--debug")
    assert code == 1
    assert "Traceback" in err


def test_an_interrupt_is_exit_130(run, monkeypatch):
    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("la_research.store.read_study", interrupted)
    code, _, err = run("check", MINIMAL)
    assert (code, err.startswith("error[interrupted]")) == (130, True)


def test_an_error_of_a_study_shows_its_lines_of_code_only_with_debug(run):
    assert "Traceback" not in run("check", "nowhere")[2]
    assert "Traceback" in run("check", "nowhere", "--debug")[2]


def test_quiet_prints_nothing_but_the_result(run, tmp_path):
    loud = run("generate", "null", "--out", tmp_path / "a", "--n", 20)
    quiet = run("generate", "null", "--out", tmp_path / "a", "--n", 20, "--quiet")
    assert loud[2].startswith("generating 20 students")
    assert quiet[2] == ""
    assert quiet[1] == loud[1]


def test_the_module_and_the_program_are_the_same(run):
    done = subprocess.run(
        [sys.executable, "-m", "la_research", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == run("--version")[1]
