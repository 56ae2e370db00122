from pathlib import Path

import pytest

from la_research.errors import ProtocolError, ScenarioError
from la_research.store import find_scenario, load_assurance, load_deviations, load_protocol, load_scenario, read_study

MINIMAL = (Path(__file__).parents[1] / "protocol" / "minimal.yaml").read_text(encoding="utf-8")
DEVIATION = "  - {id: D1, date: 2025-10-31, what: one week left out, why: no feed, effect: none expected}\n"


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "protocols" / "minimal"
    folder.mkdir(parents=True)
    (folder / "protocol.yaml").write_text(MINIMAL)
    return folder


def codes(call, path) -> list[str]:
    with pytest.raises(ProtocolError) as caught:
        call(path)
    return [fault.code.removeprefix("protocol.") for fault in caught.value.faults]


def test_a_study_is_its_folder_or_its_protocol(study):
    assert load_protocol(study) == load_protocol(study / "protocol.yaml")
    assert codes(load_protocol, study / "elsewhere") == ["not_found"]
    (study / "protocol.yaml").write_bytes(b"\xff\xfe")
    assert codes(load_protocol, study) == ["not_text"]


def test_names_of_higher_rooms_are_checked_with_everything_else(study):
    (study / "protocol.yaml").write_text(MINIMAL.replace("weekly_activity", "weekly_activty") + "sead: 1\n")
    assert codes(load_protocol, study) == ["unknown_key", "unknown_indicator"]


def test_a_study_inherits_what_the_institution_answered_and_may_override_it(study):
    text = "format: la_research.institution/1\nroles: {accountable: the registrar, analytics: the planning office}\n"
    (study.parent / "institution.yaml").write_text(text)
    (study / "protocol.yaml").write_text(MINIMAL + "roles: {accountable: the dean}\n")
    roles = load_protocol(study).roles
    assert (roles.accountable, roles.analytics) == ("the dean", "the planning office")
    assert read_study(study).where(("roles", "analytics")).endswith("institution.yaml, line 2, roles.analytics")


def test_the_institution_is_found_from_inside_the_study(study, monkeypatch):
    (study.parent / "institution.yaml").write_text("format: la_research.institution/1\ninstitution: {name: Anyton}\n")
    monkeypatch.chdir(study)
    assert load_protocol("protocol.yaml").institution.name == "Anyton"
    assert load_protocol(".").institution.name == "Anyton"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("format: la_research.institution/1\nseed: 3\n", "unknown_key"),
        ("format: la_research.institution/2\n", "newer_format"),
        ("roles: {}\n", "format"),
        ("format: la_research.institution/1\nroles: {registrar: x}\n", "unknown_key"),
    ],
)
def test_an_institution_answers_only_for_itself(study, text, code):
    (study.parent / "institution.yaml").write_text(text)
    assert codes(load_protocol, study) == [code]


def test_deviations_are_read_and_none_told_is_none(study):
    assert load_deviations(study) == ()
    (study / "deviations.yaml").write_text("format: la_research.deviations/1\ndeviations:\n" + DEVIATION)
    assert [(d.id, d.date, d.effect) for d in load_deviations(study / "protocol.yaml")] == [
        ("D1", "2025-10-31", "none expected")
    ]
    (study / "deviations.yaml").write_text("format: la_research.deviations/1\ndeviations: []\n")
    assert load_deviations(study) == ()


@pytest.mark.parametrize(
    "entry",
    [DEVIATION.replace("2025-10-31", "last week"), DEVIATION.replace(", effect: none expected", ""), "  - just text\n"],
)
def test_a_deviation_without_its_five_answers_or_a_date_is_a_fault(study, entry):
    (study / "deviations.yaml").write_text("format: la_research.deviations/1\ndeviations:\n" + entry)
    assert codes(load_deviations, study) == ["deviation"]


CASES = """\
format: la_research.assurance/1
cases:
  - student: A quiet student
    rows:
      activity:
        - {enrolment_id: "001", week: 2, source: vle, count: 3, active_days: 1, seconds: }
      applicability: [{enrolment_id: "001", source: attendance, applies: false}]
      assessments: [{enrolment_id: "001", assessment_id: a, score: 61.5}]
    expected:
      weekly_activity: {1: 0, 2: 3, 3: not observed}
      rag: {4: amber}
      peer_share: {4: 1/3}
"""


def test_hand_worked_students_are_typed_by_the_schema(study):
    assert load_assurance(study) == []
    (study / "assurance.yaml").write_text(CASES)
    (case,) = load_assurance(study)
    assert case["rows"]["activity"] == [
        {"enrolment_id": "001", "week": 2, "source": "vle", "count": 3, "active_days": 1, "seconds": None}
    ]
    assert case["rows"]["applicability"][0]["applies"] is False
    assert case["rows"]["assessments"][0]["score"] == 61.5
    assert case["expected"] == {
        "weekly_activity": {1: 0.0, 2: 3.0, 3: "not observed"}, "rag": {4: "amber"}, "peer_share": {4: "1/3"},
    }  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        ("count: 3", "count: many"),
        ("count: 3", "clicks: 3"),
        ("activity:", "actions:"),
        ("student: A quiet student", "name: A quiet student"),
        ("applies: false", "applies: perhaps"),
        ("{4: amber}", "amber"),
    ],
)
def test_a_hand_worked_student_with_unknown_keys_or_types_is_a_fault(study, change):
    (study / "assurance.yaml").write_text(CASES.replace(*change))
    assert codes(load_assurance, study) == ["assurance"]


def test_a_scenario_is_found_by_name_or_path(tmp_path, monkeypatch):
    by_name = find_scenario("null")
    assert by_name.name == "null.yaml"
    (tmp_path / "mine.yaml").write_text(by_name.read_text(encoding="utf-8"), encoding="utf-8")
    assert load_scenario(tmp_path / "mine.yaml") == load_scenario("null")
    monkeypatch.chdir(tmp_path)
    assert load_scenario("null").id == "null"
    with pytest.raises(ScenarioError) as caught:
        load_scenario("nowhere")
    assert caught.value.faults[0].code == "scenario.not_found"
    assert "null" in caught.value.faults[0].remedy


def test_a_scenario_beside_the_study_comes_before_the_packages(study, tmp_path):
    (tmp_path / "synthetic").mkdir()
    (tmp_path / "synthetic" / "null.yaml").write_text("mine")
    assert find_scenario("null", beside=study) == (tmp_path / "synthetic" / "null.yaml").resolve()
