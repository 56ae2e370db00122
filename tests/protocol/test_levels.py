from pathlib import Path

import pytest

from la_research.errors import ProtocolError
from la_research.protocol import owed, parse_protocol, read_tree

MINIMAL = (Path(__file__).parent / "minimal.yaml").read_text(encoding="utf-8")


def owed_keys(level: str) -> set[str]:
    tree = read_tree(MINIMAL, "minimal.yaml")
    return {fault.where.rpartition(", ")[2] for fault in owed(parse_protocol(tree), level, tree)}


def test_synthetic_data_owe_nothing_beyond_the_smallest_study():
    assert owed_keys("synthetic") == set()


def test_each_level_owes_all_that_the_level_below_owes_and_more():
    assert owed_keys("synthetic") < owed_keys("open") < owed_keys("restricted")


def test_open_data_owe_purpose_retention_and_basis_of_each_source_and_of_the_score():
    keys = owed_keys("open")
    for of in ("sources.vle", "model.score"):
        assert {f"{of}.purpose", f"{of}.retention", f"{of}.article6"} <= keys
    assert "hypotheses.H1.estimand.intercurrent_events" in keys


def test_restricted_data_owe_approval_an_impact_assessment_and_roles():
    keys = owed_keys("restricted")
    assert {"approval.id", "approval", "roles.accountable", "governance.safeguards"} <= keys
    assert "approval.id" not in owed_keys("open")


def test_a_study_that_names_open_data_is_stopped_by_what_it_owes():
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(read_tree(MINIMAL.replace("data: synthetic", "data: open"), "minimal.yaml"))
    assert {fault.code for fault in caught.value.faults} == {"protocol.owed"}


@pytest.mark.parametrize("special", ["sources: {vle: {holds: [religion]}}", "sources: {vle: {holds: [health]}}"])
def test_special_categories_need_an_article_9_condition_above_synthetic_data(special):
    text = MINIMAL.replace("sources: {vle: {}}", special)
    parse_protocol(read_tree(text, "minimal.yaml"))
    with pytest.raises(ProtocolError) as caught:
        parse_protocol(read_tree(text.replace("data: synthetic", "data: open"), "minimal.yaml"))
    assert "protocol.article9" in {fault.code for fault in caught.value.faults}


def test_a_score_aimed_at_wellbeing_owes_an_article_9_condition_though_it_says_nothing_of_health():
    text = MINIMAL.replace("week: 8, chosen_by", "week: 8, at_least: 10, chosen_by") + "model: {label: low_mood_8}\n"
    tree = read_tree(text, "minimal.yaml")
    found = owed(parse_protocol(tree), "open", tree)
    assert [fault.where for fault in found if fault.code == "protocol.article9"] == [
        "minimal.yaml, line 13, model.score"
    ]
