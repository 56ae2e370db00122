"""The studies that ship: they load, answer what they owe, and can be read by a committee."""

from __future__ import annotations

from pathlib import Path

import pytest

from la_research.protocol import owed
from la_research.store import load_protocol

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent for path in (ROOT / "protocols").glob("*/protocol.yaml"))
FIRST = ROOT / "protocols" / "early-engagement"


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_shipped_study_is_complete(study):
    protocol = load_protocol(study)
    assert protocol.id == study.name
    assert owed(protocol, protocol.data) == []
    for name in ("rationale.md", "assurance.yaml", "deviations.yaml"):
        assert (study / name).is_file(), f"{name} is missing"


def test_the_first_study_answers_everything_that_restricted_data_would_owe():
    assert owed(load_protocol(FIRST), "restricted") == []


def test_the_first_study_is_the_one_that_was_registered():
    protocol = load_protocol(FIRST)
    label = protocol.outcome(protocol.model.label)
    assert (label.instrument, label.week, label.at_least) == ("PHQ-8", 8, 10)
    assert (protocol.population.index_week, protocol.model.top_share, protocol.model.number_of_folds) == (4, 0.10, 5)
    assert protocol.model.estimator == "boosted"
    assert [(h.id, h.kind, h.family) for h in protocol.hypotheses] == [
        ("H1", "between", "validity"),
        ("H2", "within", "validity"),
        ("H3", "effect", "support"),
    ]
    chosen = [outcome for outcome in protocol.outcomes if outcome.chosen_by == "advisory group"]
    assert [(outcome.instrument, outcome.week) for outcome in chosen] == [("WHO-5", 10)]
    assert protocol.hypotheses[2].outcome == chosen[0].id


def test_no_protected_attribute_is_a_feature_of_the_first_study():
    protocol = load_protocol(FIRST)
    assert not set(protocol.columns) & set(protocol.fairness.sensitive)
    assert set(protocol.columns) == set(protocol.indicators)


def test_a_hypothesis_names_all_five_attributes_of_its_estimand():
    for hypothesis in load_protocol(FIRST).hypotheses:
        assert all(hypothesis.estimand.model_dump().values()), hypothesis.id
