"""What is said of the model's scores: described, within folds, in bins that hide nobody."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.models import Predictions
from la_research.seeds import stream
from la_research.validation.performance import describe_performance


def scored(n: int = 200, population: str = "all") -> pd.DataFrame:
    generator = stream(8, "tests", "performance")
    score = np.round(generator.beta(2, 4, size=n), 3)
    label = (generator.random(n) < score).astype(float)
    who = [f"s{i:03d}" for i in range(n)]
    return pd.DataFrame(
        {"population": population, "unit_id": who, "student_id": who, "week": 2, "fold": np.arange(n) % 5 + 1,
         "score": score, "decision": 0, "label": label}
    )  # fmt: skip


def predictions(*frames: pd.DataFrame) -> Predictions:
    features = {frame["population"].iloc[0]: pd.DataFrame(index=frame["unit_id"]) for frame in frames}
    return Predictions(pd.concat(frames, ignore_index=True), features)


def by_id(protocol, given) -> dict:
    return {finding.id: finding for finding in describe_performance(protocol, given)}


def test_everything_is_described_and_nothing_confirmatory(protocol):
    found = by_id(protocol(), predictions(scored()))
    assert list(found) == [
        "validation.discrimination", "validation.decision", "validation.calibration", "validation.calibration_curve",
        "validation.prevalence",
    ]  # fmt: skip
    assert {(finding.verdict, finding.confirmatory) for finding in found.values()} == {("described", False)}


def test_prevalence_and_brier_are_plain_means(protocol):
    frame = scored()
    found = by_id(protocol(), predictions(frame))
    assert found["validation.prevalence"].estimate.value == frame["label"].sum() / 200
    brier = found["validation.calibration"].rows[2]
    assert brier.keys == {"what": "brier"}
    assert brier.estimate.value == pytest.approx(((frame["label"] - frame["score"]) ** 2).sum() / 200)


def decided(*cells: int) -> pd.DataFrame:
    """So many students with the outcome who were chosen, with it and not chosen, without it and chosen, and neither."""
    return scored(sum(cells)).assign(label=np.repeat([1.0, 1, 0, 0], cells), decision=np.repeat([1, 0, 1, 0], cells))


def test_the_decision_is_counted_by_hand(protocol):
    rows = by_id(protocol(), predictions(decided(20, 60, 30, 90)))["validation.decision"].rows
    assert {row.keys["what"]: (row.estimate.value, row.estimate.n) for row in rows} == {
        "reached": (20 / 80, 80), "chosen in error": (30 / 120, 120), "right when chosen": (20 / 50, 50),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ((0, 24, 4, 37), ["reached"]),
        ((12, 12, 20, 5), ["reached"]),
        ((5, 19, 20, 21), ["chosen in error"]),
        ((0, 24, 12, 29), ["reached", "chosen in error", "right when chosen"]),
    ],
)
def test_few_who_were_chosen_follow_from_no_share_that_is_shown(protocol, cells, told):
    finding = by_id(protocol(), predictions(decided(*cells)))["validation.decision"]
    assert [row.keys["what"] for row in finding.rows if row.estimate] == told
    assert (finding.estimate is not None) == ("reached" in told)


def test_few_with_the_outcome_are_told_by_no_prevalence(protocol):
    found = by_id(protocol(), predictions(decided(0, 6, 20, 40)))
    for topic in ("prevalence", "decision", "calibration_curve"):
        assert (found[f"validation.{topic}"].verdict, found[f"validation.{topic}"].estimate) == ("suppressed", None)


def test_scores_that_are_true_chances_have_a_slope_near_one(protocol):
    slope = by_id(protocol(), predictions(scored(2000)))["validation.calibration"].estimate
    assert slope.lower < 1 < slope.upper


@pytest.mark.parametrize(("n", "bins"), [(45, 1), (200, 3)])
def test_no_bin_holds_few_with_the_outcome_or_without(protocol, n, bins):
    rows = by_id(protocol(), predictions(scored(n)))["validation.calibration_curve"].rows
    seen = [row.estimate for row in rows if row.keys["what"] == "observed"]
    assert all(10 <= one.value * one.n <= one.n - 10 for one in seen)
    assert sum(one.n for one in seen) == n
    assert len(seen) == bins
    assert [row.keys for row in rows[:2]] == [{"what": "observed", "bin": 1}, {"what": "predicted", "bin": 1}]


def test_a_subset_carries_its_name(protocol):
    study = protocol(("{index_week: 2}", "{index_week: 2, subsets: [{id: clicks, columns: [active_days]}]}"))
    found = by_id(study, predictions(scored(), scored(population="clicks")))
    assert "validation.clicks.calibration_curve" in found
    assert found["validation.clicks.discrimination"].estimate == found["validation.discrimination"].estimate


def test_a_subset_without_scores_says_why(protocol):
    study = protocol(("{index_week: 2}", "{index_week: 2, subsets: [{id: clicks, columns: [active_days]}]}"))
    given = predictions(scored())
    missing = by_id(study, Predictions(given.frame, given.features, "clicks: no feed runs to the index week"))
    assert missing["validation.clicks.discrimination"].reason == "clicks: no feed runs to the index week"


def test_without_a_model_the_reason_is_passed_on(protocol):
    found = by_id(protocol(), Predictions(pd.DataFrame(), {}, "the study registers no model"))
    assert {name: finding.reason for name, finding in found.items()} == {
        "validation.discrimination": "the study registers no model"
    }


def test_students_whose_outcome_is_not_known_are_scored_and_not_counted(protocol):
    frame = scored()
    silent = frame.assign(
        label=np.nan, decision=1, unit_id="t" + frame["unit_id"], student_id="t" + frame["student_id"]
    )
    everyone = pd.concat([frame, silent], ignore_index=True)
    assert by_id(protocol(), predictions(everyone)) == by_id(protocol(), predictions(frame))
    found = by_id(protocol(), predictions(silent))
    assert found["validation.discrimination"].reason == "no student who was scored has a known outcome"


def test_one_score_a_fold_says_nothing_of_a_slope(protocol):
    frame = scored()
    found = by_id(protocol(), predictions(frame.assign(score=frame["fold"] / 10)))["validation.calibration"]
    assert (found.verdict, found.reason) == ("not analysed", "within each fold, every student has the same score")


def test_one_label_only_is_named_instead_of_a_number(protocol):
    found = by_id(protocol(), predictions(scored().assign(label=0.0)))
    assert found["validation.discrimination"].verdict == "not analysed"
    assert found["validation.calibration"].verdict == "not analysed"
    assert found["validation.prevalence"].estimate.value == 0.0
