"""What simplicity costs: as good where it is, not where it loses, by student, and silent where nothing can be told."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, Provenance
from la_research.disclosure import disclosed
from la_research.explanation import explain
from la_research.explanation.ground import Ground
from la_research.explanation.simpler import RECOMMENDATIONS, card_findings, compare, recommendation, simpler_findings
from la_research.explanation.simpler.boosting_machine import bags, fit_machine, installed
from la_research.explanation.simpler.compare import REGISTERED, loss_of
from la_research.finding import VERDICTS, Estimate, Finding, Findings, number
from la_research.models import fold_splits, out_of_fold, student_folds
from la_research.protocol import Protocol
from la_research.statistics.intervals import z_value
from la_research.statistics.prediction import auc_difference

COLUMNS = ["weekly_activity", "active_days", "late_or_missing", "rag"]
needs_extra = pytest.mark.skipif(not installed(), reason="the extra glassbox is not installed")


def study(kinds: tuple[str, ...] = ("points",), margin: float = 0.02) -> Protocol:
    return Protocol.model_validate(
        {
            "format": "la_research.protocol/1",
            "id": "simpler",
            "title": "Simpler",
            "question": "At what price?",
            "data": "synthetic",
            "sources": {"vle": {}},
            "indicators": {name: {} for name in COLUMNS},
            "outcomes": [{"id": "left", "event": ["withdrawn"]}],
            "model": {"label": "left"},
            "explanation": {"refits": 5, "simpler": {"kinds": list(kinds), "margin": margin}},
        }
    )


def ground(
    protocol: Protocol, n: int = 900, crossed: float = 0.0, rows: int = 1, seed: int = 6, strength: float = 1.0
) -> Ground:
    """A label in steps of two indicators, and crossed between the other two; the registered model's scores in folds."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, len(COLUMNS))).astype(np.float32).astype(np.float64)
    log_odds = strength * (1.5 * (x[:, 0] < -0.5) + 1.2 * (x[:, 1] < 0)) - 1.5
    log_odds += crossed * np.sign(x[:, 2]) * np.sign(x[:, 3])
    label = pd.Series((draw.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float))
    x[draw.random(x.shape) < 0.05] = np.nan
    who = pd.Series([f"s{i // rows:04d}" for i in range(n)])
    units = pd.Index([f"u{i:04d}" for i in range(n)], name="unit_id")
    features = pd.DataFrame(x, columns=COLUMNS, index=units)
    fold = student_folds(who, label, 5, draw)
    score = out_of_fold(protocol, features, label, fold_splits(fold, who), "all")
    frame = pd.DataFrame({"unit_id": units, "student_id": who, "week": 4, "fold": fold, "score": score, "label": label})
    empty = Cohort({}, Provenance("synthetic", "test"), "")
    return Ground(protocol, empty, pa.table({}), "all", frame.assign(population="all", decision=0), features)


def changed(given: Ground, **columns: Any) -> Ground:
    return Ground(given.protocol, given.cohort, given.indicators, "all", given.rows.assign(**columns), given.features)


def row(finding: Finding, **keys: Any) -> Estimate:
    (found,) = [row.estimate for row in finding.rows if row.keys == keys]
    assert found is not None
    return found


@pytest.fixture(scope="module")
def steps() -> Ground:
    return ground(study())


def test_points_are_as_good_where_ranges_add_up_and_are_recommended(steps: Ground) -> None:
    (found,) = simpler_findings(steps)
    assert (found.id, found.verdict) == ("explanation.simpler", "equivalent")
    assert found.estimate == row(found, model="points", what="loss")
    assert found.estimate.upper < 0.02
    assert (found.estimate.level, found.estimate.unit) == (0.9, "AUC")
    assert recommendation(found) == RECOMMENDATIONS["equivalent"]
    aucs = [row(found, model=model, what="auc").value for model in ("registered", "points")]
    assert aucs[0] - aucs[1] == pytest.approx(found.estimate.value)
    told = {(r.keys["model"], r.keys["what"]) for r in found.rows} - {("points", "loss")}
    whats = ("auc", "brier", "intercept", "slope")
    assert told == {(model, what) for model in ("registered", "points") for what in whats}


def test_points_that_lose_more_than_the_margin_are_told_so_and_not_recommended() -> None:
    (found,) = simpler_findings(ground(study(), crossed=2.0))
    assert found.verdict == "described"
    assert found.estimate.lower > 0.02
    assert "Every simpler model is shown to lose more than the margin of 0.02 AUC." in found.limitations
    assert recommendation(found) == RECOMMENDATIONS["described"]


def test_a_loss_that_may_or_may_not_matter_is_inconclusive_with_its_interval() -> None:
    (found,) = simpler_findings(ground(study(), n=300, crossed=0.8))
    assert found.verdict == "inconclusive"
    assert found.estimate.lower < 0.02 < found.estimate.upper
    assert f"{found.estimate.upper:.3f} AUC, and less than 0.02 would not matter" in found.reason


def test_as_good_as_a_coin_is_not_recommended() -> None:
    (found,) = simpler_findings(ground(study(margin=0.2), strength=0.0))
    assert found.verdict == "equivalent"
    assert row(found, model="points", what="auc").lower < 0.5
    assert recommendation(found) == RECOMMENDATIONS["equivalent, of no shown worth"]


def test_a_study_asks_both_questions() -> None:
    assert {simpler_findings, card_findings} <= set(explain.QUESTIONS)


def test_every_verdict_that_can_be_read_has_its_sentence() -> None:
    assert {name for name in RECOMMENDATIONS if name in VERDICTS} == {
        "equivalent", "inconclusive", "described", "not analysed", "suppressed",
    }  # fmt: skip


def test_in_one_fold_with_a_row_a_student_the_loss_is_delongs() -> None:
    draw = np.random.default_rng(1)
    label = (np.arange(200) % 3 == 0).astype(int)
    a, b = label + draw.normal(size=200), label + 2 * draw.normal(size=200)
    rows = pd.DataFrame({"label": label, "fold": 1, "student_id": range(200), REGISTERED: a, "points": b})
    value, error = auc_difference(label, a, b)
    found = loss_of(rows, "points", 0.9)
    assert found.value == pytest.approx(value)
    assert found.upper == pytest.approx(value + z_value(0.9) * error)


def test_in_folds_the_interval_is_wider_as_models_are_fitted_to_shared_students() -> None:
    draw = np.random.default_rng(1)
    label = (np.arange(200) % 4 == 0).astype(int)
    a, b = label + draw.normal(size=200), label + 2 * draw.normal(size=200)
    rows = pd.DataFrame({"label": label, "fold": np.arange(200) // 100, "student_id": range(200)})
    found = loss_of(rows.assign(registered=a, points=b), "points", 0.9)
    parts = [auc_difference(label[part], a[part], b[part]) for part in (slice(100), slice(100, 200))]
    assert found.value == pytest.approx(sum(value for value, _ in parts) / 2)
    error = (sum(error**2 for _, error in parts) / 4) ** 0.5
    assert found.upper - found.value == pytest.approx(z_value(0.9) * error * (1 + 2 / 1) ** 0.5)


def test_rows_that_are_given_twice_do_not_make_it_surer() -> None:
    draw = np.random.default_rng(1)
    label = (np.arange(200) % 3 == 0).astype(int)
    rows = pd.DataFrame({"label": label, "fold": 1, "student_id": range(200)})
    rows = rows.assign(registered=label + draw.normal(size=200), points=label + draw.normal(size=200))
    once, twice = loss_of(rows, "points", 0.9), loss_of(pd.concat([rows, rows]), "points", 0.9)
    assert (twice.lower, twice.upper) == (pytest.approx(once.lower), pytest.approx(once.upper))


def test_two_scores_that_agree_on_few_students_are_not_called_as_good() -> None:
    label = np.array([0, 1] * 12)
    rows = pd.DataFrame({"label": label, "fold": 1, "student_id": range(24), REGISTERED: label, "points": label / 2})
    found = loss_of(rows, "points", 0.9)
    assert found.value == 0
    assert found.upper > 0.1  # 12 of the rarer label: Wilson's upper end for none of them


def test_students_with_several_rows_stay_in_one_fold_and_are_compared() -> None:
    given = ground(study(), rows=3)
    found, card = (next(iter(ask(given))) for ask in (simpler_findings, card_findings))
    assert found.verdict in ("equivalent", "inconclusive")
    assert max(r.estimate.n for r in card.rows if "indicator" in r.keys) <= 300  # students, of 900 rows


def test_a_fold_that_leaves_one_label_is_left_out_and_two_folds_apart_say_so(steps: Ground) -> None:
    label = steps.rows["label"]
    apart = changed(steps, fold=np.where(label == 1, 1, 2))
    (found,) = simpler_findings(apart)
    assert (found.verdict, found.reason) == ("not analysed", compare.ONE_LABEL)
    some = label.where(steps.rows["fold"] != 2)  # a fold in which nobody's outcome is known
    (found,) = simpler_findings(changed(steps, label=some))
    assert found.estimate.n == int(some.notna().sum())


def test_constant_columns_and_columns_never_observed_do_no_harm(steps: Ground) -> None:
    features = steps.features.assign(active_days=1.0, rag=np.nan)
    given = Ground(steps.protocol, steps.cohort, steps.indicators, "all", steps.rows, features)
    (found,), (card,) = simpler_findings(given), card_findings(given)
    assert found.verdict in ("described", "inconclusive", "equivalent")
    for name in ("active_days", "rag"):
        assert row(card, **{"indicator": name, "from": "lowest", "to": "highest"}).value == 0


def test_fewer_than_ten_of_a_label_are_not_analysed(steps: Ground) -> None:
    few = steps.rows["label"].where(steps.rows["label"].cumsum() < 10, 0.0)
    for ask in (simpler_findings, card_findings):
        (found,) = ask(changed(steps, label=few))
        assert (found.verdict, found.reason) == (
            "not analysed", "fewer than 10 students with either value of the label",
        )  # fmt: skip


def test_nothing_is_asked_of_a_subset_or_where_it_is_not_registered(steps: Ground) -> None:
    subset = Ground(steps.protocol, steps.cohort, steps.indicators, "clicks", steps.rows, steps.features)
    without = steps.protocol.model_copy(update={"explanation": steps.protocol.explanation.model_copy()})
    without = without.model_copy(update={"explanation": without.explanation.model_copy(update={"simpler": None})})
    plain = Ground(without, steps.cohort, steps.indicators, "all", steps.rows, steps.features)
    other = Ground(study(("boosting_machine",)), steps.cohort, steps.indicators, "all", steps.rows, steps.features)
    assert [list(ask(given)) for given in (subset, plain) for ask in (simpler_findings, card_findings)] == [[]] * 4
    assert list(card_findings(other)) == []


def test_without_the_extra_the_boosting_machine_says_how_to_get_it(
    steps: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "installed", lambda: False)
    both = Ground(
        study(("boosting_machine", "points")), steps.cohort, steps.indicators, "all", steps.rows, steps.features
    )
    (found,) = simpler_findings(both)
    assert found.estimate == row(found, model="points", what="loss")
    assert found.estimate.level == 0.95  # two kinds were registered, whatever is installed
    missed = found.rows[-1]
    assert (missed.keys, missed.verdict) == ({"model": "boosting machine", "what": "loss"}, "not analysed")
    assert "pip install -e '.[glassbox]' -c constraints-all.txt" in str(missed.reason)
    alone = Ground(study(("boosting_machine",)), steps.cohort, steps.indicators, "all", steps.rows, steps.features)
    (found,) = simpler_findings(alone)
    assert (found.verdict, found.reason) == ("not analysed", missed.reason)


@needs_extra
def test_the_boosting_machine_is_compared_in_the_same_folds_the_same_twice(steps: Ground) -> None:
    features = steps.features.assign(late_or_missing=np.nan, rag=2.0)
    given = Ground(study(("boosting_machine",)), steps.cohort, steps.indicators, "all", steps.rows, features)
    (found,) = simpler_findings(given)
    assert (found.verdict, recommendation(found)) == ("equivalent", RECOMMENDATIONS["equivalent"])
    assert row(found, model="boosting machine", what="auc").value > 0.7
    assert list(simpler_findings(given)) == [found]


@needs_extra
def test_the_boosting_machine_has_no_pairs_and_keeps_whole_students_back(steps: Ground) -> None:
    label, who = steps.rows["label"], np.arange(900) // 3
    machine = fit_machine(steps.features, label, pd.Series(who), 1)
    assert [len(term) for term in machine.term_features_] == [1, 1, 1, 1]
    drawn = bags(who, label.to_numpy(), 1)
    kept = (drawn == -1).reshape(8, 300, 3)  # three rows a student
    assert (kept.all(axis=2) == kept.any(axis=2)).all()
    assert kept.any(axis=2).mean() == pytest.approx(0.15, abs=0.01)


def test_the_card_is_the_one_that_the_rows_tell(steps: Ground) -> None:
    (found,) = card_findings(steps)
    assert (found.id, found.verdict) == ("explanation.points", "described")
    lines = [r for r in found.rows if "indicator" in r.keys]
    assert [r.keys["indicator"] for r in lines] == sorted([r.keys["indicator"] for r in lines], key=COLUMNS.index)
    ranges = [r for r in lines if r.keys["from"] != "not observed"]
    assert all(r.estimate.unit == "points of the card" for r in lines)
    assert number(ranges[0].estimate.value, "points of the card") == f"{ranges[0].estimate.value:.0f}"
    for name in COLUMNS:
        assert sum(r.estimate.n for r in lines if r.keys["indicator"] == name) == 900
    chances = {r.keys["total"]: r.estimate.value for r in found.rows if "total" in r.keys}
    assert list(chances) == list(range(min(chances), max(chances) + 1))


def test_shares_are_those_of_all_students_in_bands_of_totals_that_hide_nobody(steps: Ground) -> None:
    (found,) = card_findings(steps)
    bands = [r for r in found.rows if "total from" in r.keys]
    assert 2 <= len(bands) <= 6
    assert all(one.keys["to"] + 1 == other.keys["total from"] for one, other in pairwise(bands))
    assert (bands[0].keys["total from"], bands[-1].keys["to"]) == ("lowest", "highest")
    assert sum(r.estimate.n for r in bands) == 900
    hits = [r.estimate.value * r.estimate.n for r in bands]
    assert sum(hits) == pytest.approx(steps.rows["label"].sum())
    assert all(10 <= hit <= r.estimate.n - 10 for hit, r in zip(hits, bands, strict=True))
    values = [r.estimate.value for r in bands]
    assert values[0] < 0.3 < 0.5 < values[-1]
    assert disclosed(Findings([found]), 10)["explanation.points"] == found  # nothing is left to hide


def test_a_small_study_has_a_card_of_few_ranges_and_hides_what_it_must() -> None:
    given = ground(study(), n=60, strength=3.0)
    (found,) = card_findings(given)
    assert min(r.estimate.n for r in found.rows) >= 10
    assert disclosed(Findings([found]), 10)["explanation.points"] == found
