"""What an advisory group said goes into the study's log once, whole, and as plain text."""

from __future__ import annotations

import datetime
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from la_research.errors import LaResearchError, ProtocolError, SourceError
from la_research.protocol import Protocol
from la_research.report.explorer.comments import FORMAT, checksum
from la_research.store import append_feedback, load_consultation, load_deviations, load_feedback, load_protocol

MINIMAL = Path(__file__).parents[1] / "protocol" / "minimal.yaml"
DAY = datetime.date(2026, 3, 2)
MARKUP = "<script>alert(1)</script> {{ 7 * 7 }} !!python/object:os.system &a *a"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(MINIMAL, folder / "protocol.yaml")
    return folder


@pytest.fixture
def protocol(study: Path) -> Protocol:
    return load_protocol(study)


def document(protocol: Protocol, /, *texts: str, **changed: Any) -> dict[str, Any]:
    comments = [{"topic": "The rule", "about": "week 4", "text": text} for text in texts or ("Too many letters.",)]
    held = {
        "format": FORMAT, "study": protocol.id, "protocol": protocol.digest, "language": "en-GB", "comments": comments,
        **changed,
    }  # fmt: skip
    return {**held, "checksum": checksum(held)}


def saved(folder: Path, held: Any) -> Path:
    file = folder / "comments.json"
    file.write_text(held if isinstance(held, str) else json.dumps(held), encoding="utf-8")
    return file


def codes(error: LaResearchError) -> set[str]:
    return {fault.code for fault in error.faults}


def test_comments_are_appended_with_date_and_source_and_the_digest_stays(study, protocol, tmp_path):
    first = load_feedback(saved(tmp_path, document(protocol, "One.", "Two:\nlines")))
    log = append_feedback(study, protocol, first, DAY)
    append_feedback(study, protocol, load_feedback(saved(tmp_path, document(protocol, "Three."))), DAY)
    assert log == study / "consultation.yaml"
    one, two = load_consultation(study)
    assert (one["date"], one["source"], one["checksum"]) == ("2026-03-02", "advisory explorer", first.checksum)
    assert [comment["text"] for comment in (*one["comments"], *two["comments"])] == ["One.", "Two:\nlines", "Three."]
    assert load_protocol(study).digest == protocol.digest
    assert load_deviations(study) == ()
    seen = sorted(path.name for path in study.iterdir() if path.suffix != ".lock")
    assert seen == ["consultation.yaml", "protocol.yaml"]


def test_writers_at_the_same_time_lose_no_comment(study, protocol, tmp_path):
    held = [load_feedback(saved(tmp_path, document(protocol, f"Comment {i}."))) for i in range(8)]
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(lambda one: append_feedback(study, protocol, one, DAY), held))
    told = {comment["text"] for entry in load_consultation(study) for comment in entry["comments"]}
    assert told == {f"Comment {i}." for i in range(8)}


@pytest.mark.parametrize("text", ["می‌خواهم", "👩‍🎓"])
def test_letters_that_only_join_others_are_taken(text, protocol, tmp_path):
    assert load_feedback(saved(tmp_path, document(protocol, text))).comments[0].text == text


def test_markup_stays_the_text_it_is(study, protocol, tmp_path):
    append_feedback(study, protocol, load_feedback(saved(tmp_path, document(protocol, MARKUP))), DAY)
    (entry,) = load_consultation(study)
    assert entry["comments"][0]["text"] == MARKUP


@pytest.mark.parametrize("text", ["- a: b\n- c", "yes", "2026-03-02", "'", "# x", "a:\tb", " x ", "| x\n  y", "é😀–"])
def test_a_text_that_yaml_could_take_for_something_else_comes_back_as_it_was(text, study, protocol, tmp_path):
    append_feedback(study, protocol, load_feedback(saved(tmp_path, document(protocol, text))), DAY)
    assert load_consultation(study)[0]["comments"][0]["text"] == text


def test_the_same_comments_are_refused_the_second_time(study, protocol, tmp_path):
    held = load_feedback(saved(tmp_path, document(protocol)))
    log = append_feedback(study, protocol, held, DAY)
    before = log.read_bytes()
    with pytest.raises(SourceError, match=r"feedback\.twice"):
        append_feedback(study, protocol, held, DAY)
    assert log.read_bytes() == before


def test_comments_on_another_study_are_refused_and_on_another_version_noted(study, protocol, tmp_path):
    other = load_feedback(saved(tmp_path, document(protocol, study="another")))
    with pytest.raises(SourceError, match=r"feedback\.other_study"):
        append_feedback(study, protocol, other, DAY)
    assert not (study / "consultation.yaml").exists()
    older = load_feedback(saved(tmp_path, document(protocol, protocol="sha256:" + "0" * 64)))
    append_feedback(study, protocol, older, DAY)
    assert load_consultation(study)[0]["note"] == "written beside another version of the protocol"


def test_a_file_that_was_edited_is_refused(protocol, tmp_path):
    held = document(protocol, "Too many letters.")
    held["comments"][0]["text"] = "Just the right number of letters."
    with pytest.raises(SourceError, match=r"feedback\.edited"):
        load_feedback(saved(tmp_path, held))


@pytest.mark.parametrize(
    ("held", "code"),
    [
        (lambda p: "no JSON", "feedback.format"),
        (lambda p: "[" * 100_000, "feedback.format"),
        (lambda p: [], "feedback.format"),
        (lambda p: document(p, format="la_research.feedback/2"), "feedback.format"),
        (lambda p: document(p, more="x"), "feedback.format"),
        (lambda p: document(p, comments=[]), "feedback.format"),
        (lambda p: document(p, comments=[{"topic": "a", "about": "b"}]), "feedback.format"),
        (lambda p: document(p, comments=[{"topic": "a", "about": "b", "text": 5}]), "feedback.format"),
        (lambda p: document(p, comments={"topic": "a"}), "feedback.format"),
        (lambda p: document(p, study=None), "feedback.format"),
        (lambda p: document(p, "   "), "feedback.format"),
        (lambda p: document(p, *["x"] * 21), "feedback.too_many"),
        (lambda p: document(p, "x" * 2001), "feedback.too_long"),
        (lambda p: document(p, study="s" * 301), "feedback.too_long"),
        (lambda p: document(p, *["x" * 20_000] * 20), "feedback.too_large"),
        (lambda p: document(p, "a \x1b[2J b"), "feedback.unseen"),
        (lambda p: document(p, "a \u202e b"), "feedback.unseen"),
        (lambda p: document(p, "a \udc00 b"), "feedback.unseen"),
        (lambda p: document(p, "a \x00 b"), "feedback.unseen"),
        (lambda p: document(p, "a \u00ad b"), "feedback.unseen"),
        (lambda p: document(p, "a \u061c b"), "feedback.unseen"),
        (lambda p: document(p, "a \U000e0041 b"), "feedback.unseen"),
        (lambda p: document(p, comments=[{"topic": "Another", "about": "b", "text": "x"}]), "feedback.format"),
        (lambda p: document(p, comments=[{"topic": "The rule", "about": "b\nc", "text": "x"}]), "feedback.format"),
        (lambda p: document(p, comments=[{"topic": "The rule\n", "about": "b", "text": "x"}]), "feedback.format"),
        (lambda p: document(p, language="good morning"), "feedback.format"),
        (lambda p: document(p, language="en-GB\n"), "feedback.format"),
    ],
)
def test_what_is_no_file_of_comments_is_refused_with_a_code(held, code, protocol, tmp_path):
    with pytest.raises(SourceError) as refused:
        load_feedback(saved(tmp_path, held(protocol)))
    assert code in codes(refused.value)
    assert len(str(refused.value)) < 2000  # no comment is quoted


def test_a_file_that_is_absent_or_no_text_is_refused(tmp_path):
    with pytest.raises(SourceError, match=r"feedback\.not_found"):
        load_feedback(tmp_path / "none.json")
    (tmp_path / "picture").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(SourceError, match=r"feedback\.format"):
        load_feedback(tmp_path / "picture")


@pytest.mark.parametrize(
    "log", ["format: another/1\nentries: []\n", "format: la_research.consultation/1\nentries: [a]\n", "[", "- a\n"]
)
def test_a_log_with_faults_is_left_as_it_is(log, study, protocol, tmp_path):
    (study / "consultation.yaml").write_text(log, encoding="utf-8")
    with pytest.raises(ProtocolError):
        append_feedback(study, protocol, load_feedback(saved(tmp_path, document(protocol))), DAY)
    assert (study / "consultation.yaml").read_text(encoding="utf-8") == log
