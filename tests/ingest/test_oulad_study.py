"""The registered study of Open University data, whole, on the invented archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from la_research.cohort import Cohort
from la_research.evidence import Evidence
from la_research.indicators.assurance import assure
from la_research.indicators.registry import compute_indicators
from la_research.ingest import ingest_oulad
from la_research.models import Predictions, fit_model
from la_research.pipeline import run_study
from la_research.protocol import Protocol
from la_research.store import load_assurance, load_cohort, load_deviations, load_protocol, save_cohort

STUDY = Path(__file__).parents[2] / "protocols" / "oulad-withdrawal"


@pytest.fixture(scope="module")
def protocol() -> Protocol:
    registered = load_protocol(STUDY)
    few = registered.explanation.model_copy(update={"refits": 5})
    return registered.model_copy(update={"explanation": few})


@pytest.fixture(scope="module")
def cohort(invented: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    folder = tmp_path_factory.mktemp("study")
    for name, text in invented.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    save_cohort(ingest_oulad([folder]), folder / "cohort")
    return load_cohort(folder / "cohort")


@pytest.fixture(scope="module")
def evidence(protocol: Protocol, cohort: Cohort) -> Evidence:
    return run_study(protocol, cohort, deviations=load_deviations(STUDY))


@pytest.fixture(scope="module")
def predictions(protocol: Protocol, cohort: Cohort) -> Predictions:
    return fit_model(protocol, cohort, compute_indicators(protocol, cohort))


def test_the_registered_study_owes_nothing_that_open_data_need() -> None:
    assert list(load_protocol(STUDY).unanswered("open")) == []


def test_every_hand_worked_student_gets_the_value_worked_by_hand() -> None:
    results = assure(load_protocol(STUDY), load_assurance(STUDY))
    assert [str(result) for result in results if not result.held] == []
    assert len(results) >= 30


def test_wellbeing_questions_read_not_analysed(evidence: Evidence) -> None:
    for hypothesis in ("H1", "H2"):
        finding = evidence.findings[hypothesis]
        assert (finding.verdict, finding.reason) == ("not analysed", "the data hold no wellbeing instrument")
        assert finding.confirmatory


def test_clicks_are_studied_in_the_presentations_that_have_them_and_the_result_says_which(evidence: Evidence) -> None:
    who = evidence.findings["cohort.clicks.population"]
    assert who.limitations[0] == "It covers 3 of 5 presentations, of 2 of 3 modules: AAA, BBB."
    assert [tuple(row.keys.values()) for row in who.rows] == [("AAA", "2013J"), ("AAA", "2014J"), ("BBB", "2013J")]
    assert evidence.findings["validation.clicks.discrimination"].estimate is not None


def test_a_fold_is_one_run_of_one_module(predictions: Predictions) -> None:
    frame = predictions.frame
    run = frame["unit_id"].str.rsplit("-", n=1).str[0]
    assert run.groupby([frame["population"], frame["fold"]]).nunique().max() == 1
    assert frame.groupby("population")["fold"].nunique().to_dict() == {"all": 5, "clicks": 3}


def test_a_row_without_an_assessment_due_is_kept(predictions: Predictions) -> None:
    late = predictions.features["all"]["late_or_missing"]
    of_eee = late[late.index.str.startswith("EEE")]
    assert len(of_eee) > 0
    assert of_eee.isna().all(), "the first assessment of EEE is due on day 34, after week 4"
    assert set(of_eee.index) <= set(predictions.frame["unit_id"])


def test_gaps_are_shown_pooled_within_modules_and_as_their_difference(evidence: Evidence) -> None:
    for ending in ("", ".within", ".difference"):
        finding = evidence.findings[f"audit.auc.gender{ending}"]
        assert finding.estimate is not None, finding.reason
        assert finding.estimate.lower is not None


def test_where_the_data_come_from_and_what_they_lack_travels_with_the_evidence(evidence: Evidence) -> None:
    assert evidence.provenance["data"] == "open"
    assert "doi:10.1038/sdata.2017.171" in evidence.provenance["source"]
    assert any("are not observed" in note or "is not observed" in note for note in evidence.provenance["notes"])
    assert [deviation.id for deviation in evidence.deviations] == ["D1", "D2"]
