"""The forecast that is kept beside a protocol."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from la_research.errors import ProtocolError
from la_research.finding import Finding, Findings
from la_research.store import load_design, load_protocol, save_design

MINIMAL = Path(__file__).resolve().parents[1] / "protocol" / "minimal.yaml"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "protocols" / "minimal"
    folder.mkdir(parents=True)
    (folder / "protocol.yaml").write_text(MINIMAL.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def document(folder: Path, **changes: object) -> dict[str, object]:
    found = Finding("design.forecast", "On what?", "described", limitations=("A forecast.",))
    about = {"id": "minimal", "protocol_digest": load_protocol(folder).digest}
    return {
        "format": "la_research.diagnosis/1", "study": about, "findings": Findings([found]).as_json(), **changes
    }  # fmt: skip


def test_without_a_file_there_is_nothing(study):
    assert len(load_design(study, load_protocol(study))) == 0


def test_what_a_diagnosis_left_is_kept_beside_the_protocol_and_read_again(study, tmp_path):
    (tmp_path / "diagnosis.json").write_text(json.dumps(document(study)))
    for path in (study, study / "protocol.yaml"):
        assert save_design(path, tmp_path) == study / "diagnosis.json"
        assert load_design(path, load_protocol(study))["design.forecast"].limitations == ("A forecast.",)


def test_a_forecast_of_another_version_says_so_and_shows_nothing(study):
    held = document(study, study={"id": "minimal", "protocol_digest": "sha256:0"})
    (study / "diagnosis.json").write_text(json.dumps(held))
    (finding,) = load_design(study, load_protocol(study))
    assert (finding.id, finding.verdict) == ("design.forecast", "not analysed")
    assert finding.reason == "a forecast was made, but of another version of the protocol; it is not shown"


CONFIRMED = {"id": "design.h1", "stage": "design", "question": "?", "hypothesis": "H1", "confirmatory": True,
             "verdict": "supported", "reason": None, "estimate": None, "rows": [], "assumptions": [],
             "limitations": []}  # fmt: skip


@pytest.mark.parametrize(
    "text, word",
    [
        ("{", "not_json"),
        ('{"format": "la_research.diagnosis/2"}', "newer_format"),
        ('{"format": "la_research.run/1"}', "format"),
        ('{"format": "la_research.diagnosis/1"}', "diagnosis"),
        (json.dumps({"findings": [{**CONFIRMED, "id": "audit.fnr.gender"}]}), "diagnosis"),
        (json.dumps({"findings": [CONFIRMED]}), "diagnosis"),
    ],
)
def test_a_file_that_is_no_sound_diagnosis_is_a_fault_of_the_study(study, text, word):
    held = {**document(study), **json.loads(text)} if text.startswith('{"findings"') else None
    (study / "diagnosis.json").write_text(json.dumps(held) if held else text)
    with pytest.raises(ProtocolError) as refused:
        load_design(study, load_protocol(study))
    assert [fault.code for fault in refused.value.faults] == [f"protocol.{word}"]
