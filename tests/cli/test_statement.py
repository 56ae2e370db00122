"""``la-research statement``: one answer for absent and not permitted, every look logged, no id anywhere but in DIR."""

from __future__ import annotations

import io
import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from la_research.cli import main
from la_research.cohort.pseudonym import pseudonym
from la_research.store import load_cohort, save_cohort
from la_research.store.access import access_log, read_accesses

ROOT = Path(__file__).resolve().parents[2]
STUDY = ("--protocol", "protocols/early-engagement")
KEY = bytes(range(32))
NUMBER = "U 123 45"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "synthetic" / "handmade", tmp_path / "campus"))


@pytest.fixture
def ask(cohort: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run(student: str, *words: str | Path, out: str = "one", typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        place = cohort.parent / out
        code = main(["statement", str(cohort), "--student", student, "--out", str(place), *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def restricted(folder: Path, student: str = "fades_a") -> Path:
    """The handmade cohort as if it were of real students, one of whom has a keyed code."""
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8").replace(student, pseudonym(NUMBER, KEY))
        path.write_text(text.replace('"synthetic"', '"restricted"'), encoding="utf-8")
    return folder


def approved(folder: Path) -> Path:
    """The first study, answering for restricted data."""
    shutil.copytree(ROOT / "protocols", folder / "protocols")
    path = folder / "protocols" / "early-engagement" / "protocol.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("data: synthetic", "data: restricted", 1), "utf-8")
    return path.parent


def keyed(folder: Path) -> Path:
    (folder / "key").write_bytes(KEY)
    (folder / "key").chmod(0o600)
    return folder / "key"


def test_it_writes_a_page_a_document_and_a_table_each_for_the_owner_alone(ask: Run, cohort: Path):
    code, out, err = ask("fades_a", *STUDY, "--as-of", "2025-11-01")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "as of 2025-11-01"
    place = cohort.parent / "one"
    assert {path.name for path in place.iterdir()} == {"statement.html", "statement.json", "data", "worked-out"}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in place.rglob("*") if path.is_file()}
    assert modes == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (place, place / "data")} == {0o700}
    assert (place / "data" / "vault.csv").read_text().startswith("enrolment_id,attribute,value\n")
    held = json.loads((place / "statement.json").read_text())
    assert (held["format"], held["made"], held["study"]["id"]) == (
        "la_research.statement/1", "2025-11-01", "early-engagement",
    )  # fmt: skip


def test_as_json_it_names_the_files_and_not_the_student(ask: Run):
    code, out, _ = ask("fades_a", *STUDY, "--json")
    told = json.loads(out)
    assert (code, told["format"], told["withheld"]) == (0, "la_research.stated/1", 0)
    assert "fades_a" not in out
    assert told["files"][0].endswith("/statement.html")


def test_absent_and_not_permitted_get_the_same_bytes_and_the_same_exit(ask: Run, cohort: Path):
    absent = ask("nobody", *STUDY)
    restricted(cohort)
    refused = ask(pseudonym(NUMBER, KEY), *STUDY)
    both = ask("nobody", *STUDY)
    assert absent == refused == both
    assert (absent[0], absent[1], absent[2].splitlines()[0]) == (
        16, "", "error[cohort.no_statement]: no statement is given",
    )  # fmt: skip
    assert not (cohort.parent / "one").exists()


def test_restricted_data_are_given_to_a_role_of_an_approved_study_for_a_reason(ask: Run, cohort: Path):
    place, study, key = restricted(cohort), approved(cohort.parent), keyed(cohort.parent)
    words = ("--protocol", study, "--key-file", key)
    assert ask("-", *words, "--why", "own request", typed=f"{NUMBER}\n")[0] == 16
    assert ask("-", *words, "--by", "stewardship", typed=f"{NUMBER}\n")[0] == 16
    given = ask("-", *words, "--by", "stewardship", "--why", "own request", typed="u12345\n")
    assert (given[0], given[2]) == (0, "")
    assert read_accesses(place).counted("refused") == 2
    assert [e.who for e in read_accesses(place).entries if e.outcome == "given"] == ["stewardship"]
    assert pseudonym(NUMBER, KEY) in (cohort.parent / "one" / "statement.json").read_text()


def test_the_log_never_holds_an_id_nor_a_number_and_the_cohort_stays_as_it_was(ask: Run, cohort: Path):
    before = load_cohort(cohort).digest
    for student in ("fades_a", "nobody"):
        ask(student, *STUDY, "--as-of", "2025-11-01", "--by", "stewardship", "--why", "own request")
    ask("-", "--key-file", keyed(cohort.parent), typed=NUMBER)
    text = access_log(cohort).read_text()
    assert not [word for word in ("fades_a", "nobody", "12345", pseudonym(NUMBER, KEY)) if word in text]
    assert [(e.verb, e.outcome) for e in read_accesses(cohort).entries] == [
        ("statement", "given"), ("statement", "refused"), ("statement", "refused"),
    ]  # fmt: skip
    assert read_accesses(cohort).entries[0].when == "2025-11-01"
    assert load_cohort(cohort).digest == before


def test_at_a_terminal_the_number_is_asked_for_and_not_shown(ask: Run, cohort: Path, monkeypatch: pytest.MonkeyPatch):
    place, key = restricted(cohort), keyed(cohort.parent)
    asked: list[str] = []
    monkeypatch.setattr("la_research.cli.statement.at_terminal", lambda: True)
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or NUMBER)
    assert ask("-", "--key-file", key)[0] == 16  # nobody said who asks
    assert len(asked) == 1
    assert read_accesses(place).counted("refused") == 1


def test_without_a_date_the_clock_is_asked(ask: Run, cohort: Path):
    ask("fades_a")
    assert "T" in read_accesses(cohort).entries[0].when


@pytest.mark.parametrize(
    ("student", "words", "typed", "code_word"),
    [
        ("12345", ("--key-file", "KEY"), "", "statement.number_shown"),
        ("-", (), "", "statement.no_key"),
        ("-", ("--key-file", "KEY"), " \n", "statement.no_number"),
        ("-", ("--key-file", "KEY", "--why", "for u 12345"), NUMBER, "statement.id_in_words"),
        ("fades_a", ("--why", "letter of FADES_A"), "", "statement.id_in_words"),
        ("fades_a", (*STUDY, "--run", "x"), "", "statement.two_studies"),
        ("fades_a", ("--run", "x"), "", "run.not_found"),
    ],
)
def test_what_is_not_understood_exits_2_and_is_not_logged(
    ask: Run, cohort: Path, student: str, words: tuple[str, ...], typed: str, code_word: str
):
    given = [keyed(cohort.parent) if word == "KEY" else word for word in words]
    code, out, err = ask(student, *given, typed=typed)
    assert (code, out, err.splitlines()[0].split(":")[0]) == (2, "", f"error[{code_word}]")
    assert "12345" not in err
    assert not access_log(cohort).exists()


def test_a_folder_that_holds_something_else_is_refused_and_an_earlier_statement_replaced(ask: Run, cohort: Path):
    (cohort.parent / "one").mkdir()
    (cohort.parent / "one" / "thesis.txt").write_text("mine")
    code, _, err = ask("fades_a")
    assert (code, err.splitlines()[0].split(":")[0]) == (21, "error[disk.not_ours]")
    assert ask("fades_a", out="campus/in")[0] == 2
    assert ask("fades_a", out="two")[0] == ask("fades_a", out="two")[0] == 0
    assert [path.name for path in cohort.parent.iterdir() if "partial" in path.name] == []


def test_without_a_study_the_data_alone_are_written_and_the_page_says_so(ask: Run, cohort: Path):
    assert ask("fades_a")[0] == 0
    page = (cohort.parent / "one" / "statement.html").read_text()
    assert "No study was named" in page
    assert not (cohort.parent / "one" / "worked-out").exists()


def test_a_cohort_generated_anew_keeps_its_log(ask: Run, cohort: Path):
    ask("fades_a")
    save_cohort(load_cohort(cohort), cohort)
    assert read_accesses(cohort).counted("given") == 1


def test_a_cohort_that_is_not_there_is_told_before_anything_is_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["statement", str(tmp_path / "no"), "--student", "a", "--out", str(tmp_path / "o")]) == 12
    assert "cohort." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
