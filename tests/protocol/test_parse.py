from collections.abc import Callable
from pathlib import Path

import pytest

from la_research.errors import Fault, ProtocolError
from la_research.protocol import Protocol, merged, parse_protocol, read_tree

MINIMAL = (Path(__file__).parent / "minimal.yaml").read_text(encoding="utf-8")
KNOWN = {"indicators": ("weekly_activity", "active_days"), "estimators": ("boosted", "logistic")}


def parsed(text: str) -> Protocol:
    return parse_protocol(read_tree(text, "protocol.yaml"), KNOWN)


def faults(text: str) -> list[Fault]:
    with pytest.raises(ProtocolError) as caught:
        parsed(text)
    return list(caught.value.faults)


def scalars(value: object) -> int:
    """Answers in a document: texts at its leaves."""
    if isinstance(value, dict):
        return sum(scalars(item) for item in value.values())
    return sum(scalars(item) for item in value) if isinstance(value, list) else 1


def test_the_smallest_study_takes_at_most_twenty_answers():
    assert scalars(read_tree(MINIMAL, "minimal.yaml").value) <= 20
    assert parsed(MINIMAL).id == "minimal"


def test_a_default_written_out_leaves_the_digest_as_it_was():
    written = MINIMAL + "seed: 2025\ndisclosure: {minimum_group_size: 10}\npopulation: {index_week: 4, n: 2000}\n"
    assert parsed(written).digest == parsed(MINIMAL).digest
    assert parsed(MINIMAL + "seed: 2026\n").digest != parsed(MINIMAL).digest


def test_the_digest_of_the_smallest_study_stays_what_it_was():
    assert parsed(MINIMAL).digest == "sha256:0efac818b2e9f2b4f2eecad151f75266d5a2f9519c43686597c296cc1261046f"


def test_all_faults_are_told_at_once_with_their_lines():
    text = MINIMAL.replace("data: synthetic", "data: secret").replace("indicators:", "indicatrs:")
    text += "sead: 3\ndisclosure: {minimum_group_size: 3}\n"
    found = {fault.code: fault.where for fault in faults(text)}
    assert found == {
        "protocol.value": "protocol.yaml, line 5, data",
        "protocol.unknown_key": "protocol.yaml, line 13, sead",
        "protocol.missing_key": "protocol.yaml, line 1, indicators",
        "protocol.min_group_size": "protocol.yaml, line 14, disclosure.minimum_group_size",
    }
    assert len(faults(text)) == 5  # 'indicatrs' and 'sead' are both unknown


def test_a_misspelt_key_is_told_the_one_that_was_meant():
    assert faults(MINIMAL + "sead: 3\n")[0].remedy == "did you mean 'seed'?"


def test_words_that_yaml_would_turn_into_something_else_stay_text():
    tree = read_tree("country: NO\nswitch: on\ntime: 12:30\nversion: 1.10\nday: 2025-01-01\n", "x.yaml")
    assert list(tree.value.values()) == ["NO", "on", "12:30", "1.10", "2025-01-01"]
    assert parsed(MINIMAL + "institution: {country: NO}\n").institution.country == "NO"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("seed: 1\nseed: 2\n", "protocol.duplicate_key"),
        ("seed: &a 1\n", "protocol.anchor"),
        ("seed: !!python/object:os.system 1\n", "protocol.tag"),
        ("seed: [1\n", "protocol.not_yaml"),
    ],
)
def test_yaml_that_is_more_than_keys_and_text_is_refused(text, code):
    assert code in [fault.code for fault in faults(MINIMAL + text)]


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just text", "\x00", "[" * 1200])
def test_a_document_that_is_no_mapping_is_one_fault_not_a_crash(text):
    assert faults(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("format: la_research.protocol/2", "protocol.newer_format"),
        ("format: la_research.scenario/1", "protocol.format"),
        ("title: no format", "protocol.format"),
    ],
)
def test_another_format_is_refused_by_its_name(text, code):
    assert code in [fault.code for fault in faults(MINIMAL.replace("format: la_research.protocol/1", text))]


def test_an_unknown_indicator_and_estimator_are_told_with_the_other_faults():
    text = MINIMAL.replace("weekly_activity", "weekly_activty") + "model: {estimator: bosted, top_share: 2}\n"
    codes = [fault.code for fault in faults(text)]
    assert "protocol.unknown_indicator" in codes
    assert "protocol.value" in codes
    found = faults(MINIMAL + "model: {estimator: bosted}\n")
    assert (found[0].code, found[0].remedy.startswith("did you mean 'boosted'?")) == (
        "protocol.unknown_estimator",
        True,
    )


WHO = "instrument: WHO-5, week: 8"


def effect_on_activity(text: str) -> str:
    """The minimal study, asking for an effect on an indicator by a design that compares it."""
    design = "support: {trial: early, design: {kind: did, indicator: weekly_activity}}\n"
    return text.replace(WHO, "indicator: weekly_activity").replace("kind: between", "kind: effect") + design


def test_an_indicator_is_the_outcome_of_an_effect_whose_design_compares_it():
    assert parsed(effect_on_activity(MINIMAL)).outcomes[0].indicator == "weekly_activity"


RULES: list[tuple[str, Callable[[str], str]]] = [
    ("protocol.two_outcomes", lambda s: s.replace("  - {id: wellbeing_8, instrument: WHO-5, week: 8}\n", "")),
    ("protocol.advisory_outcome", lambda s: s.replace(", chosen_by: advisory group", "")),
    ("protocol.outcome_kind", lambda s: s.replace("instrument: PHQ-8,", "")),
    (
        "protocol.outcome_kind",
        lambda s: s.replace("instrument: WHO-5,", "instrument: WHO-5, indicator: weekly_activity,"),
    ),
    ("protocol.indicator_outcome", lambda s: s.replace(WHO, "indicator: weekly_activity")),
    (
        "protocol.indicator_outcome",
        lambda s: effect_on_activity(s).replace("indicator: weekly_activity}}", "starts: {}}}"),
    ),
    ("protocol.indicator_threshold", lambda s: s.replace(WHO, "indicator: weekly_activity, at_least: 2")),
    ("protocol.unknown_column", lambda s: s.replace(WHO, "indicator: rag")),
    ("protocol.outcome_week", lambda s: s.replace("instrument: PHQ-8, week: 8", "instrument: PHQ-8")),
    ("protocol.duplicate_id", lambda s: s.replace("id: low_mood_8", "id: wellbeing_8")),
    ("protocol.unknown_outcome", lambda s: s.replace("outcome: wellbeing_8", "outcome: wellbeing_9")),
    ("protocol.no_trial", lambda s: s.replace("kind: between", "kind: effect")),
    ("protocol.hypothesis_indicator", lambda s: s.replace("indicator: weekly_activity,", "indicator: rag,")),
    ("protocol.label_threshold", lambda s: s + "model: {label: low_mood_8}\n"),
    ("protocol.unknown_column", lambda s: s + "model: {columns: [gender]}\n"),
    ("protocol.risk_item_without_route", lambda s: s.replace("instrument: PHQ-8", "instrument: PHQ-9")),
    ("protocol.outside_calendar", lambda s: s + "calendar: {weeks: 7}\n"),
]


@pytest.mark.parametrize(("code", "change"), RULES, ids=[f"{code}-{i}" for i, (code, _) in enumerate(RULES)])
def test_a_rule_between_sections_names_the_key_that_breaks_it(code, change):
    found = [fault for fault in faults(change(MINIMAL)) if fault.code == code]
    assert found
    assert found[0].where.startswith("protocol.yaml, line ")


def test_phq_9_with_an_escalation_route_is_accepted():
    route = "governance: {escalation: {role: duty adviser, hours: 9 to 17, longest_response_hours: 4}}\n"
    assert parsed(MINIMAL.replace("instrument: PHQ-8", "instrument: PHQ-9") + route).governance.escalation


def test_a_score_aimed_at_wellbeing_can_not_be_denied_to_be_health_data():
    label = MINIMAL.replace(
        "id: low_mood_8, instrument: PHQ-8, week: 8", "id: low_mood_8, instrument: PHQ-8, week: 8, at_least: 10"
    )
    assert parsed(label + "model: {label: low_mood_8}\n").score_is_health_data
    denied = label + "model: {label: low_mood_8, score: {health_data: false}}\n"
    assert [fault.code for fault in faults(denied)] == ["protocol.score_is_health_data"]


def test_what_the_study_says_wins_over_the_institution():
    above = read_tree("roles: {accountable: the registrar, analytics: the planning office}\n", "institution.yaml")
    study = read_tree(MINIMAL + "roles: {accountable: the dean}\n", "protocol.yaml")
    both = merged(above, study)
    roles = parse_protocol(both).roles
    assert (roles.accountable, roles.analytics) == ("the dean", "the planning office")
    assert both.where(("roles", "analytics")) == "institution.yaml, line 1, roles.analytics"


def test_a_value_of_the_document_is_never_run():
    assert (
        parsed(MINIMAL.replace("The smallest study that can be registered", "=HYPERLINK('x')")).title
        == "=HYPERLINK('x')"
    )


def test_a_protocol_can_not_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        parsed(MINIMAL).seed = 3  # type: ignore[misc]
