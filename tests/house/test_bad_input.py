"""Bad input ends in three lines, a code word and its class's exit code, and leaves nothing half-written."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from la_research.cli import main

HERE = Path(__file__).resolve()
MINIMAL = (HERE.parents[1] / "protocol" / "minimal.yaml").read_text(encoding="utf-8")
HANDMADE = HERE.parents[2] / "synthetic" / "handmade"
THREE_LINES = re.compile(r"error\[([a-z_]+(?:\.[a-z_0-9]+)?)\]: [^\n]+\n  where:  [^\n]+\n  remedy: [^\n]+\n")

Study = Callable[[str], Path]
Change = Callable[[Path], None]


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., tuple[int, list[str]]]:
    """Runs a command; gives its exit code and code words, once errors and disk are as they should be."""

    def run(*arguments: str | Path) -> tuple[int, list[str]]:
        before = {path: path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))}
        code = main([*map(str, arguments), "--quiet"])
        said = capsys.readouterr()
        assert said.out == ""
        assert THREE_LINES.sub("", said.err) == "", f"more than three lines an error: {said.err!r}"
        after = {path: path.stat().st_mtime_ns for path in sorted(tmp_path.rglob("*"))}
        assert after == before, "something was left on disk"
        return code, THREE_LINES.findall(said.err)

    return run


@pytest.fixture
def study(tmp_path: Path) -> Study:
    def write(text: str) -> Path:
        folder = tmp_path / "protocols" / "minimal"
        folder.mkdir(parents=True)
        (folder / "protocol.yaml").write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HANDMADE, tmp_path / "cohort"))


PROTOCOLS = {
    "not YAML": ("a: [1", "not_yaml"),
    "indented with tabs": ("population:\n\tunit: student", "not_yaml"),
    "control characters": ("title: a\x00b", "not_yaml"),
    "empty": ("", "not_a_mapping"),
    "a list": ("- a\n- b", "not_a_mapping"),
    "nested without end": ("[" * 20_000, "not_yaml"),
    "an anchor that multiplies": (MINIMAL + "language: &a [en]\nseed: *a\n", "anchor"),
    "a tag that runs code": (MINIMAL + "seed: !!python/object/apply:os.getcwd []\n", "value"),
    "no format": (MINIMAL.replace("format: la_research.protocol/1", ""), "format"),
    "a newer format": (MINIMAL.replace("protocol/1", "protocol/2"), "newer_format"),
    "an unknown key": (MINIMAL + "sede: 4\n", "unknown_key"),
    "a key that breaks the line": (MINIMAL + '"a\\nb\\e[31m": 4\n', "unknown_key"),
    "a value that breaks the line": (MINIMAL + 'seed: "a\\nb\\e[31m"\n', "value"),
    "a key that is a list": (MINIMAL + "? [a, b]\n: 4\n", "unknown_key"),
    "a key given twice": (MINIMAL + "id: again\n", "duplicate_key"),
    "a group of three": (MINIMAL + "disclosure: {minimum_group_size: 3}\n", "min_group_size"),
    "a number without end": (MINIMAL + "seed: 99999999999999999999999\n", "value"),
    "not a number": (MINIMAL + "validation: {level: nan}\n", "value"),
    "infinity": (MINIMAL + "fairness: {sensitive: {gender: {margin: .inf}}}\n", "value"),
    "a text for a section": (MINIMAL + "population: all of them\n", "value"),
    "a missing key": (MINIMAL.replace("data: synthetic\n", ""), "missing_key"),
    "an unknown indicator": (MINIMAL.replace("{weekly_activity: {}}", "{weekly_activty: {}}"), "unknown_indicator"),
    "an unknown estimator": (MINIMAL + "model: {label: low_mood_8, estimator: oracle}\n", "unknown_estimator"),
    "markup for an id": (MINIMAL.replace("id: minimal", "id: <script>"), "value"),
    "a path for an id": (MINIMAL.replace("id: minimal", "id: ../../etc"), "value"),
}


@pytest.mark.parametrize("text, word", PROTOCOLS.values(), ids=PROTOCOLS.keys())
def test_a_malformed_protocol_is_refused(
    refused: Callable[..., tuple[int, list[str]]], study: Study, text: str, word: str
) -> None:
    code, words = refused("check", study(text))
    assert code == 10
    assert f"protocol.{word}" in words


def test_a_protocol_that_is_no_text_or_not_there_is_refused(
    refused: Callable[..., tuple[int, list[str]]], study: Study, tmp_path: Path
) -> None:
    folder = study("")
    (folder / "protocol.yaml").write_bytes(b"\xff\xfe\x00")
    assert refused("check", folder) == (10, ["protocol.not_text"])
    assert refused("check", tmp_path / "nowhere") == (10, ["protocol.not_found"])


def test_a_refused_protocol_starts_no_run(
    refused: Callable[..., tuple[int, list[str]]], study: Study, tmp_path: Path
) -> None:
    folder = study(MINIMAL + "sede: 4\n")
    assert refused("run", folder, "--out", tmp_path / "run") == (10, ["protocol.unknown_key"])


def _lines(table: str, change: Callable[[list[str]], list[str]]) -> Change:
    def broken(cohort: Path) -> None:
        file = cohort / f"{table}.csv"
        file.write_text("\n".join(change(file.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")

    return broken


def _described(change: Callable[[dict], None]) -> Change:
    def broken(cohort: Path) -> None:
        file = cohort / "datapackage.json"
        document = json.loads(file.read_text(encoding="utf-8"))
        change(document)
        file.write_text(json.dumps(document), encoding="utf-8")

    return broken


def _leads_out(document: dict) -> None:
    document["resources"][0]["path"] = "../../etc/passwd"


def _without_activity(document: dict) -> None:
    document["resources"] = [item for item in document["resources"] if item["name"] != "activity"]


COHORTS: dict[str, tuple[Change, str]] = {
    "a missing table": (_described(_without_activity), "missing_table"),
    "a missing file": (lambda cohort: (cohort / "activity.csv").unlink(), "missing_file"),
    "no description": (lambda cohort: (cohort / "datapackage.json").unlink(), "not_found"),
    "a description cut short": (
        lambda cohort: (cohort / "datapackage.json").write_text('{"format": "la_re', encoding="utf-8"),
        "not_json",
    ),
    "a newer format": (_described(lambda it: it.update(format="la_research.cohort/2")), "newer_format"),
    "a path that leads out": (_described(_leads_out), "unsafe_path"),
    "no data level": (_described(lambda it: it["provenance"].update(data="secret")), "provenance"),
    "the same enrolment twice": (_lines("enrolments", lambda rows: [*rows, rows[1]]), "duplicate_enrolment"),
    "the same module twice": (
        _lines("enrolments", lambda rows: [*rows, rows[1].replace("fades_a-ART101,", "other,", 1)]),
        "duplicate_enrolment",
    ),
    "the same student twice": (_lines("students", lambda rows: [*rows, rows[1]]), "duplicate_student"),
    "activity outside the calendar": (
        _lines("activity", lambda rows: [*rows, rows[1].replace(",1,vle", ",99,vle")]),
        "outside_calendar",
    ),
    "a negative count": (_lines("activity", lambda rows: [*rows[:-1], "fades_a-ART101,2,quizzes,-4,1,60"]), "value"),
    "words for a number": (
        _lines("activity", lambda rows: [*rows, "fades_a-ART101,2,quizzes,many,1,60"]),
        "wrong_type",
    ),
    "a column too few": (_lines("activity", lambda rows: [row.rpartition(",")[0] for row in rows]), "missing_column"),
    "a ragged row": (_lines("activity", lambda rows: [*rows, "fades_a-ART101,2"]), "unreadable_table"),
    "an empty file": (lambda cohort: (cohort / "activity.csv").write_bytes(b""), "unreadable_table"),
    "a stranger": (_lines("activity", lambda rows: [*rows, "nobody-ART101,2,vle,4,1,60"]), "unknown_enrolment"),
}


@pytest.mark.parametrize("broken, word", COHORTS.values(), ids=COHORTS.keys())
def test_a_broken_cohort_is_refused_before_a_run_begins(
    refused: Callable[..., tuple[int, list[str]]], study: Study, cohort: Path, tmp_path: Path, broken: Change, word: str
) -> None:
    folder = study(MINIMAL)
    broken(cohort)
    code, words = refused("run", folder, "--cohort", cohort, "--out", tmp_path / "run")
    assert code == 12
    assert f"cohort.{word}" in words


def test_no_message_about_a_cohort_holds_an_id_or_a_value(
    study: Study, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = study(MINIMAL)
    for name, row in (("activity", "nobody-ART101,2,vle,-987654,1,60"), ("students", "fades_a,,,,,")):
        with (cohort / f"{name}.csv").open("a", encoding="utf-8") as file:
            file.write(f"{row}\n")
    assert main(["run", str(folder), "--cohort", str(cohort), "--out", str(tmp_path / "run")]) == 12
    said = "".join(capsys.readouterr())
    assert not any(secret in said for secret in ("nobody", "987654", "fades_a"))


def test_a_study_in_which_no_student_is_left_is_refused(
    refused: Callable[..., tuple[int, list[str]]], study: Study, cohort: Path, tmp_path: Path
) -> None:
    folder = study(MINIMAL + "population: {modules: [NOWHERE1]}\n")
    code, words = refused("run", folder, "--cohort", cohort, "--out", tmp_path / "run")
    assert (code, words) == (12, ["cohort.no_student_left"])


def test_restricted_data_and_open_data_without_a_cohort_are_refused(
    refused: Callable[..., tuple[int, list[str]]], tmp_path: Path
) -> None:
    oulad = HERE.parents[2] / "protocols" / "oulad-withdrawal"
    assert refused("run", oulad, "--out", tmp_path / "run") == (12, ["cohort.needed"])


def test_archives_that_are_cut_short_or_point_outside_are_refused(
    refused: Callable[..., tuple[int, list[str]]], tmp_path: Path
) -> None:
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../courses.csv", "a\n")
    assert refused("ingest", "oulad", path, "--out", tmp_path / "cohort") == (13, ["source.unsafe_path"])
    path.write_bytes(path.read_bytes()[:40])
    assert refused("ingest", "oulad", path, "--out", tmp_path / "cohort") == (13, ["source.truncated_zip"])
    assert refused("ingest", "oulad", tmp_path / "no.zip", "--out", tmp_path / "x") == (13, ["source.no_such_file"])


def test_a_folder_of_somebody_else_is_not_replaced(
    refused: Callable[..., tuple[int, list[str]]], tmp_path: Path
) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("years of work", encoding="utf-8")
    code, words = refused("generate", "default", "--n", "60", "--out", tmp_path / "precious")
    assert (code, words) == (21, ["disk.not_ours"])


def test_a_run_does_not_replace_a_file_nor_a_folder_of_somebody_else(
    refused: Callable[..., tuple[int, list[str]]], study: Study, cohort: Path, tmp_path: Path
) -> None:
    folder = study(MINIMAL)
    (tmp_path / "thesis").write_text("years of work", encoding="utf-8")
    for place, word in (("thesis", "not_ours"), ("thesis/run", "cannot_write"), ("cohort", "not_ours")):
        assert refused("run", folder, "--cohort", cohort, "--out", tmp_path / place) == (21, [f"disk.{word}"])


@pytest.mark.parametrize("name", ["nowhere", "../secrets"])
def test_an_unknown_scenario_is_refused(
    refused: Callable[..., tuple[int, list[str]]], tmp_path: Path, name: str
) -> None:
    assert refused("generate", name, "--out", tmp_path / "made")[0] == 11


def test_an_error_asked_for_as_json_is_json(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(study(MINIMAL + 'sede: 4\n"a\\nb": 5\n')), "--json"]) == 10
    said = capsys.readouterr()
    assert said.out == ""
    faults = json.loads(said.err)
    assert [set(fault) for fault in faults] == [{"format", "code", "exit", "problem", "where", "remedy"}] * 2
    assert {fault["exit"] for fault in faults} == {10}
