"""What the score is worth, on a small campus: what is planted is found, and what can not be told says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import la_research as lar
from la_research.models import ALL, Predictions
from la_research.seeds import stream
from la_research.validation.ground import Ground
from la_research.validation.worth import worth_findings
from la_research.validation.worth.benefit import benefit_finding
from la_research.validation.worth.corrected import corrected_finding
from la_research.validation.worth.early import early_finding
from la_research.validation.worth.increment import background_columns, increment_finding, marks_by_then
from la_research.validation.worth.precision import precision_finding
from la_research.validation.worth.procedure import procedure_finding
from la_research.validation.worth.refits import Refits
from la_research.validation.worth.sources import sources_finding
from la_research.validation.worth.transport import transport_finding

IDS = ("net_benefit", "average_precision", "procedure", "transport", "corrected", "increment", "sources.value", "early")


@pytest.fixture(scope="module")
def study():
    """The shipped protocol with the quicker estimator, five splits and two sources; 600 students, their indicators."""
    protocol = lar.load_protocol("protocols/early-engagement")
    model = protocol.model.model_copy(update={"estimator": "logistic"})
    asked = protocol.validation.model_copy(update={"splits": 5})
    sources = {name: protocol.sources[name] for name in ("vle", "assessments")}
    protocol = protocol.model_copy(update={"model": model, "validation": asked, "sources": sources})
    cohort, _ = lar.generate_cohort(lar.load_scenario("default"), n=600, seed=3)
    return protocol, cohort, lar.compute_indicators(protocol, cohort)


@pytest.fixture(scope="module")
def ground(study):
    return Ground(*study, lar.fit_model(*study))


def planted(ground: Ground, column: str, noise: float, indicators: bool = False) -> Ground:
    """The same study, where a column of the score is the label and noise."""
    everyone = ground.predictions.frame
    label = everyone.set_index("unit_id")["label"]
    told = label.fillna(0.5) + noise * stream(1, "tests", "worth").normal(size=len(label))
    features = ground.features.assign(**{column: told.reindex(ground.features.index)})
    refits = Refits(Ground(ground.protocol, ground.cohort, ground.indicators, Predictions(everyone, {ALL: features})))
    splits = refits.registered_splits()
    scored = everyone["label"].notna().to_numpy()
    score = np.full(len(everyone), 0.5)
    score[scored] = refits.scores("planted", splits=splits)
    table = ground.indicators
    if indicators:
        frame = table.to_pandas()
        here = frame["indicator"] == column
        frame.loc[here, "value"] = told.reindex(frame.loc[here, "unit_id"]).to_numpy()
        table = type(table).from_pandas(frame, schema=table.schema, preserve_index=False)
    return Ground(ground.protocol, ground.cohort, table, Predictions(everyone.assign(score=score), {ALL: features}))


def asking(ground: Ground, **changes: object) -> Ground:
    asked = ground.asked.model_copy(update=changes)
    return replace(ground, protocol=ground.protocol.model_copy(update={"validation": asked}))


def row(finding, **keys):
    return next(r for r in finding.rows if all(r.keys.get(k) == v for k, v in keys.items()))


def test_every_question_has_one_finding_and_a_key_left_out_none(ground):
    left_out = {"thresholds": (), "splits": 0, "instrument_error": None, "beforehand": (), "collect": None}
    assert [f.id for f in worth_findings(ground)] == [f"validation.{name}" for name in IDS]
    assert list(worth_findings(asking(ground, early=None, **left_out))) == []


def test_net_benefit_is_chosen_rightly_less_chosen_in_error_at_their_price(ground):
    rows = ground.scored
    chosen, has = rows["score"] >= 0.3, rows["label"] == 1
    worth = has.sum() - (~has).sum() * 0.3 / 0.7
    net = ((chosen & has).sum() - (chosen & ~has).sum() * 0.3 / 0.7) / len(rows)
    found = benefit_finding(Refits(ground))
    assert row(found, threshold=0.3, what="against nobody").estimate.value == pytest.approx(100 * net)
    everyone = row(found, threshold=0.3, what="against everyone").estimate
    assert everyone.value == pytest.approx(100 * (net - worth / len(rows)))
    assert everyone.lower < everyone.value < everyone.upper
    assert row(found, what="prevalence").estimate.value == pytest.approx(has.mean())


def test_a_threshold_that_nobody_reaches_is_not_analysed(ground):
    found = benefit_finding(Refits(asking(ground, thresholds=(0.99,))))
    assert row(found, threshold=0.99, what="against nobody").reason == "fewer than 10 students are chosen"


def test_average_precision_is_that_of_each_fold_by_its_share_of_those_with_the_outcome(ground):
    from sklearn.metrics import average_precision_score

    parts = [part for _, part in ground.scored.groupby("fold")]
    by_hand = sum(average_precision_score(p["label"], p["score"]) * p["label"].sum() for p in parts)
    found = precision_finding(Refits(ground))
    assert found.estimate.value == pytest.approx(by_hand / ground.scored["label"].sum())
    assert found.estimate.lower < found.estimate.value < found.estimate.upper


def test_the_procedure_has_a_wider_interval_than_one_split(ground):
    found = procedure_finding(Refits(planted(ground, "active_days", 1.0)))
    whole, once = found.estimate, row(found, what="one split, as registered").estimate
    assert whole.upper - whole.lower > once.upper - once.lower
    assert abs(whole.value - once.value) < 0.05
    between = row(found, what="SD between repetitions").estimate
    assert between.lower < between.value < between.upper < whole.upper - whole.lower


def test_a_score_that_holds_anywhere_does_not_drop_and_one_term_says_nothing_of_others(ground):
    found = transport_finding(Refits(planted(ground, "active_days", 1.0)))
    assert found.estimate.lower < 0.02
    assert abs(found.estimate.value) < 0.03
    assert row(found, folds="earlier presentations only").reason == "there is only one presentation"


def test_few_without_a_score_follow_from_no_other_number(ground, monkeypatch):
    scores = Refits.scores

    def few_missing(self, *names, **given):
        found = scores(self, *names, **given).copy()
        found[:5] = np.nan if names[0] == "left out" else found[:5]
        return found

    monkeypatch.setattr(Refits, "scores", few_missing)
    whole = len(ground.scored)
    found = transport_finding(Refits(ground))
    assert {r.estimate.n for r in found.rows if r.estimate} == {whole, whole - 10}


def test_what_tells_only_on_some_modules_drops_on_those_left_out(ground):
    strong = planted(ground, "active_days", 0.5)
    modules = ground.units["group"].str.split(" ").str[0]
    sign = modules.map({name: (-1) ** i for i, name in enumerate(sorted(set(modules)))}).reindex(strong.features.index)
    boosted = ground.protocol.model_copy(
        update={"model": ground.protocol.model.model_copy(update={"estimator": "boosted"})}
    )
    features = strong.features[["active_days"]].assign(module=modules.factorize()[0].astype(float))
    features["active_days"] = (features["active_days"] - 0.5) * sign  # it means the opposite on every other module
    held = replace(strong, protocol=boosted, predictions=replace(strong.predictions, features={ALL: features}))
    assert transport_finding(Refits(held)).estimate.lower > 0.1


def test_no_one_is_fitted_to_who_has_a_row_on_the_module_left_out(ground):
    from la_research.validation.worth.transport import _left_out

    refits = Refits(ground)
    left = _left_out(refits, "a module left out", "module", earlier=False)
    for name, (test, train) in zip(np.unique(left.home), left.splits, strict=True):
        there = set(ground.enrolments.loc[ground.enrolments["module"] == name, "student_id"])
        assert not there & set(refits.everyone.loc[train, "student_id"])
        assert set(refits.everyone.loc[test, "student_id"]) <= there


def test_earlier_terms_alone_are_fitted_to_when_looking_forward(ground):
    from la_research.validation.worth.transport import _left_out

    runs = ground.enrolments.assign(presentation=np.where(ground.enrolments["module"] < "HIS", "2024A", "2025A"))
    moved = Ground(ground.protocol, ground.cohort, ground.indicators, ground.predictions)
    moved.__dict__["enrolments"] = runs  # in place of what the cached property would read
    left = _left_out(Refits(moved), "earlier presentations only", "presentation", earlier=True)
    ((test, train),) = left.splits
    assert set(left.home[test]) == {"2025A"}
    assert set(left.home[train]) == {"2024A"}


def test_a_corrected_range_holds_the_number_as_recorded_where_the_instrument_may_be_exact(ground):
    exact = ground.asked.instrument_error.model_copy(update={"sensitivity": (0.8, 1.0), "specificity": (0.9, 1.0)})
    found = corrected_finding(Refits(asking(ground, instrument_error=exact)))
    for what in ("prevalence", "sensitivity", "false positive rate", "AUC"):
        seen, need = (row(found, what=what, **{"as": how}).estimate for how in ("recorded", "corrected"))
        assert need.lower <= seen.value <= need.upper
        assert need.value is None


def test_an_instrument_that_may_find_as_many_by_error_alone_is_not_corrected_for(ground):
    loose = ground.asked.instrument_error.model_copy(update={"sensitivity": (0.2, 0.9), "specificity": (0.3, 0.9)})
    found = corrected_finding(Refits(asking(ground, instrument_error=loose)))
    assert row(found, what="prevalence", **{"as": "corrected"}).verdict == "not analysed"


def test_an_indicator_that_tells_adds_to_background_and_the_score_alone_reads_no_marks(ground):
    found = increment_finding(Refits(planted(ground, "active_days", 0.5)))
    gain = row(found, what="gain of AUC", model="indicators over background").estimate
    assert found.estimate == gain
    assert gain.lower > 0.2
    assert row(found, what="fall of Brier score", model="indicators over background").estimate.lower > 0


def test_marks_of_work_due_or_handed_in_after_the_index_week_are_not_read(ground):
    days = ground.cohort.frame("assessments").merge(ground.enrolments, on="enrolment_id")
    soon = days[(days["due_day"] <= 28) & (days["submitted_day"] <= 28)]  # the index week ends on day 28
    by_hand = soon.groupby("unit_id")["score"].mean().dropna()
    pd.testing.assert_series_equal(marks_by_then(ground).dropna(), by_hand, check_names=False)


def test_background_is_numbers_and_one_column_a_word(ground):
    columns = background_columns(ground)
    students = ground.cohort.frame("students").set_index("student_id").reindex(ground.units["student_id"])
    assert columns["entry_tariff"].to_numpy() == pytest.approx(students["entry_tariff"].astype(float), nan_ok=True)
    words = [name for name in columns if name.startswith("subject ")]
    assert (columns[words].dropna().sum(axis=1) == 1).all()
    assert set(columns.index) == set(ground.units.index)


def test_the_source_of_what_tells_is_supported_and_that_of_what_does_not_is_negligible(ground):
    found = sources_finding(Refits(planted(ground, "late_or_missing", 0.5)))
    assert {r.keys["source"]: r.verdict for r in found.rows} == {"assessments": "supported", "vle": "negligible"}
    assert row(found, source="assessments").estimate.lower > 0.02
    assert row(found, source="vle").estimate.upper < 0.02
    assert found.assumptions[0].holds


def test_a_source_that_no_column_reads_loses_nothing_and_says_so(ground):
    model = ground.protocol.model.model_copy(update={"columns": ("late_or_missing",)})
    fewer = replace(ground, protocol=ground.protocol.model_copy(update={"model": model}))
    assert "no column" in row(sources_finding(Refits(fewer)), source="vle").reason


def test_weeks_that_the_questionnaire_asks_about_are_never_called_before(ground):
    found = early_finding(Refits(ground))
    windows = {r.keys["week"]: r.keys["window"].split()[0] for r in found.rows}
    assert windows == dict.fromkeys(range(1, 7), "before") | {7: "overlaps", 8: "overlaps"}  # week 8 asks of 7 and 8
    assert {r.keys["what"] for r in found.rows} >= {"AUC", "loss against week 6"}


def test_early_weeks_are_enough_where_they_tell_as_much_as_the_last(ground):
    from la_research.validation.worth import early

    held = planted(ground, "weekly_activity", 0.3, indicators=True)
    found = early_finding(Refits(held))
    assert found.verdict == "supported"
    claimed = [r for r in found.rows if r.keys["what"] == "loss against week 8, the last tried"]
    assert [r.keys["week"] for r in claimed] == [4, 5, 6]
    assert all(r.estimate.upper < held.asked.early.margin for r in claimed)
    assert all(r.estimate.level == pytest.approx(0.90) for r in claimed)
    assert early.recall_begins(held) == 7


def test_where_only_later_weeks_tell_the_claim_is_contradicted(ground):
    held = planted(ground, "weekly_activity", 0.3, indicators=True)
    frame = held.indicators.to_pandas()
    early = (frame["week"] < 8) & (frame["indicator"] == "weekly_activity")
    frame.loc[early, "value"] = 0.0
    table = type(held.indicators).from_pandas(frame, schema=held.indicators.schema, preserve_index=False)
    dull = replace(ground, indicators=table)
    assert early_finding(Refits(dull)).verdict == "contradicted"


def test_no_week_is_enough_where_nothing_is_known_in_any(ground):
    found = early_finding(Refits(ground))
    assert found.verdict == "inconclusive"
    assert "coin" in found.reason


def test_without_a_model_every_question_says_why(study):
    protocol, cohort, indicators = study
    protocol = protocol.model_copy(update={"model": protocol.model.model_copy(update={"label": None})})
    found = list(worth_findings(Ground(protocol, cohort, indicators, lar.fit_model(protocol, cohort, indicators))))
    assert [f.id for f in found] == [f"validation.{name}" for name in IDS]
    assert {(f.verdict, f.reason) for f in found} == {("not analysed", "the protocol registers no label for a model")}


def test_three_students_with_the_outcome_are_too_few(ground):
    frame = ground.predictions.frame
    label = frame["label"].where(frame["label"] != 1, 0.0)
    label.iloc[:3] = 1.0
    few = replace(ground, predictions=replace(ground.predictions, frame=frame.assign(label=label)))
    found = list(worth_findings(few))
    assert {f.verdict for f in found} == {"not analysed"}
    assert "fewer than 10" in found[0].reason


def test_a_score_that_separates_perfectly_gives_no_difference_that_looks_exact(ground):
    perfect = planted(ground, "active_days", 0.0)
    found = {f.id: f for f in worth_findings(perfect)}
    assert found["validation.average_precision"].verdict == "not analysed"
    assert found["validation.procedure"].verdict == "not analysed"
    shown = [r.estimate for f in found.values() for r in f.rows if r.estimate and "paired" in r.estimate.method]
    assert all(estimate.lower < estimate.upper for estimate in shown)


def test_columns_that_never_vary_lose_and_gain_nothing_that_looks_exact(ground):
    flat = ground.features * 0.0
    frame = ground.predictions.frame.assign(score=0.3)
    found = {f.id: f for f in worth_findings(replace(ground, predictions=Predictions(frame, {ALL: flat})))}
    assert found["validation.procedure"].verdict == "not analysed"
    assert row(found["validation.transport"], folds="a module left out", what="drop of AUC").verdict == "not analysed"
