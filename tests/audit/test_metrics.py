"""Every metric by group: equal to fairlearn's, with an interval that is right, or a named reason for having none."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from la_research.audit.fairness import compared
from la_research.audit.groups import Grouping
from la_research.audit.measured import measured
from la_research.audit.metrics import METRICS
from la_research.audit.plan import AuditPlan
from la_research.audit.task import tasks_of
from la_research.audit.values import point_values
from la_research.finding import Findings
from la_research.protocol.analysis import Metric
from la_research.report.catalogue import METRICS as NAMES
from la_research.seeds import stream
from la_research.statistics.influence import average_precision, clustered_error, logit_interval
from la_research.wording import lint

EVERY = tuple(METRICS)


def drawn(n: int, *, groups: int = 3, seed: int = 0, students: int | None = None) -> pd.DataFrame:
    """Rows of as many students, in groups, some without a label; scores with some order."""
    rng = stream(seed, "tests", "metrics")
    label = (rng.random(n) < 0.4).astype(float)
    score = np.round(1 / (1 + np.exp(-(label - 0.5 + rng.normal(size=n)))), 6)
    escalated = (rng.random(n) < 0.2).astype(float)
    who = (
        np.arange(n)
        if students is None
        else np.concatenate([np.arange(students), rng.integers(0, students, n - students)])
    )
    return pd.DataFrame(
        {
            "unit_id": [f"u{i:05d}" for i in range(n)],
            "student_id": [f"s{i:05d}" for i in who],
            "fold": 1 + np.arange(n) % 2,
            "score": score,
            "decision": (score > 0.6).astype(int),
            "label": np.where(rng.random(n) < 0.1, np.nan, label),
            "stratum": rng.choice(["A", "B"], n),
            "gender": rng.choice([f"g{i}" for i in range(groups)], n),
            "escalated": escalated,
            "minutes": 30 * escalated + rng.exponential(5, n),
        }
    )


def audit(rows: pd.DataFrame, metrics: tuple[str, ...] = EVERY, **choices: object) -> Findings:
    return Findings(compared(AuditPlan({"gender": 0.1}, metrics=metrics, **choices), rows))  # type: ignore[arg-type]


def told(findings: Findings, metric: str, attribute: str = "gender") -> dict[str, object]:
    rows = findings[f"audit.{metric}.{attribute}"].rows
    return {row.keys[attribute]: row.estimate for row in rows if row.keys["what"] == "group"}


def by_fairlearn(
    rows: pd.DataFrame, function: Callable[..., float], guess: str, read: "pd.Series[bool]"
) -> dict[str, float]:
    from fairlearn.metrics import MetricFrame

    kept = rows[read]
    truth = kept["label"].fillna(0).astype(int)
    return MetricFrame(
        metrics=function, y_true=truth, y_pred=kept[guess], sensitive_features=kept["gender"]
    ).by_group.to_dict()


def expected(rows: pd.DataFrame) -> dict[str, dict[str, float]]:
    from fairlearn import metrics as fl
    from sklearn import metrics as sk

    rows = rows.assign(place=rows.groupby("fold")["score"].transform(lambda part: part.rank() / len(part)))
    everyone, known = rows["label"].isin([0, 1]) | True, rows["label"].notna()
    error = {"false_contacts": "decision == 1 and label == 0", "missed_need": "decision == 0 and label == 1"}
    for name, condition in error.items():
        rows[name] = rows.eval(condition).astype(int)
    found = {
        "selection": by_fairlearn(rows, fl.selection_rate, "decision", everyone),
        "tpr": by_fairlearn(rows, fl.true_positive_rate, "decision", known),
        "fpr": by_fairlearn(rows, fl.false_positive_rate, "decision", known),
        "fnr": by_fairlearn(rows, fl.false_negative_rate, "decision", known),
        "ppv": by_fairlearn(rows, sk.precision_score, "decision", known),
        "npv": by_fairlearn(
            rows.assign(label=1 - rows["label"], decision=1 - rows["decision"]), sk.precision_score, "decision", known
        ),
        "balanced_accuracy": by_fairlearn(rows, sk.balanced_accuracy_score, "decision", known),
        "auc": by_fairlearn(rows, sk.roc_auc_score, "place", known),
        "average_precision": by_fairlearn(rows, sk.average_precision_score, "place", known),
        "brier": by_fairlearn(rows, sk.brier_score_loss, "score", known),
        "mean_score": by_fairlearn(rows, fl.mean_prediction, "score", everyone),
        "contact_minutes": by_fairlearn(rows, fl.mean_prediction, "minutes", everyone),
        "escalations": by_fairlearn(rows, fl.mean_prediction, "escalated", everyone),
        **{name: by_fairlearn(rows, fl.mean_prediction, name, known) for name in error},
    }
    return {**found, "fdr": {name: 1 - value for name, value in found["ppv"].items()}}


def test_every_metric_of_a_protocol_has_a_card_and_a_name_in_reports_or_findings_of_its_own():
    assert set(get_args(Metric)) - set(METRICS) == {"abroca"}
    assert set(METRICS) <= set(NAMES)


@pytest.mark.parametrize("students", [None, 900], ids=["one row a student", "several rows"])
def test_values_are_those_that_fairlearn_gives_row_by_row(students):
    rows = drawn(1200, students=students)
    findings = audit(rows)
    for metric, values in expected(rows).items():
        found = told(findings, metric)
        assert {group: e.value for group, e in found.items()} == pytest.approx(values, abs=1e-12), metric


def test_equalised_odds_is_fairlearns_difference_with_both_rates_under_it():
    from fairlearn.metrics import equalized_odds_difference

    rows = drawn(1200)
    known = rows[rows["label"].notna()]
    found = audit(rows, ("equalised_odds",))["audit.equalised_odds.gender"]
    difference = equalized_odds_difference(known["label"], known["decision"], sensitive_features=known["gender"])
    assert found.estimate.value == pytest.approx(difference, abs=1e-12)
    rates = {(row.keys["metric"], row.keys["gender"]) for row in found.rows if row.keys["what"] == "group"}
    assert rates == {(rate, group) for rate in ("tpr", "fpr") for group in ("g0", "g1", "g2")}
    alone = audit(rows, ("tpr", "fpr"))
    for rate in ("tpr", "fpr"):
        assert found.estimate.upper > alone[f"audit.{rate}.gender"].estimate.value
    assert "among students recorded as gender" in found.reason


def test_equalised_odds_fails_where_one_rate_does():
    rows = drawn(4000, groups=2)
    worse = rows.assign(decision=np.where(rows["gender"].eq("g0") & rows["label"].eq(0), 1, rows["decision"]))
    assert audit(worse, ("equalised_odds",))["audit.equalised_odds.gender"].verdict == "disparity"
    few = rows[~(rows["gender"].eq("g0") & rows["label"].eq(1)) | (np.arange(len(rows)) < 20)]
    found = audit(few, ("equalised_odds",))["audit.equalised_odds.gender"]
    assert found.verdict in ("inconclusive", "not analysed")


@pytest.mark.parametrize("metric", ["balanced_accuracy", "average_precision", "brier", "calibration_intercept",
                                    "calibration_slope", "mean_score", "contact_minutes"])  # fmt: skip
def test_an_interval_is_as_wide_as_draws_of_students_say(metric):
    """Standard deviation over 60 draws of whole students, against the error behind the interval: 35 %, 4 SE of it."""
    rows = drawn(800, groups=1, students=650)
    shown = told(audit(rows, (metric,)), metric)["g0"]
    rng, held = stream(1, "tests", "bootstrap"), list(rows.groupby("student_id").indices.values())
    values = []
    for _ in range(60):
        picked = np.concatenate([held[i] for i in rng.integers(0, len(held), len(held))])
        table = rows.iloc[picked].reset_index(drop=True)
        (value,) = point_values(
            measured(metric, table), [Grouping(("gender",), (("g0",),), np.zeros(len(table), int), 0.1)]
        )
        values.append(value[0])
    half = (shown.upper - shown.lower) / 2
    assert half / (1.96 * np.std(values, ddof=1)) == pytest.approx(1, abs=0.35)


def test_what_is_no_share_is_described_and_no_other_metric_pays_for_it():
    rows = drawn(3000, groups=2)
    findings = audit(rows)
    open_ended = [metric for metric, card in METRICS.items() if not card.judged]
    assert {findings[f"audit.{metric}.gender"].verdict for metric in open_ended} == {"described"}
    units = {metric: findings[f"audit.{metric}.gender"].estimate.unit for metric in open_ended}
    assert units == {"brier": "squared error", "calibration_intercept": "log odds", "calibration_slope": "slope",
                     "contact_minutes": "minutes"}  # fmt: skip
    alone = audit(rows, ("selection", "tpr"))
    among = audit(rows, ("selection", "tpr", *open_ended))
    for metric in ("selection", "tpr"):
        assert alone[f"audit.{metric}.gender"].as_json() == among[f"audit.{metric}.gender"].as_json()


def test_a_gap_in_minutes_may_be_longer_than_one():
    rows = drawn(400, groups=2)
    found = audit(rows.assign(minutes=rows["minutes"] + 60 * rows["gender"].eq("g0")), ("contact_minutes",))
    gap = found["audit.contact_minutes.gender"].estimate
    assert 50 < gap.lower < gap.value < gap.upper < 70


def test_pairs_are_ranked_with_intervals_that_hold_together():
    rows = drawn(3000, groups=5)
    found = audit(rows, ("tpr",))["audit.tpr.gender"]
    pairs = [row for row in found.rows if row.keys["what"] == "pair"]
    values = {group: e.value for group, e in told(audit(rows, ("tpr",)), "tpr").items()}
    assert len(pairs) == 6
    gaps = [row.estimate.value for row in pairs]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] == pytest.approx(found.estimate.value)
    for row in pairs:
        high, low = (row.keys[side].removeprefix("gender ") for side in ("higher", "lower"))
        assert row.estimate.value == pytest.approx(values[high] - values[low])
        assert row.estimate.lower <= found.estimate.lower or row.estimate.lower <= row.estimate.value


def test_beside_a_verdict_stand_the_gap_that_could_be_shown_and_the_students_needed():
    rows = {row.keys["what"]: row.estimate for row in audit(drawn(3000), ("tpr",))["audit.tpr.gender"].rows}
    assert rows["detectable"].method == rows["needed"].method == "planner-80"
    assert 0.1 < rows["detectable"].value < 0.5
    assert (rows["needed"].unit, rows["needed"].value > 300) == ("students", True)


def test_no_pair_names_a_hidden_group():
    rows = drawn(1500, groups=4)
    few = rows[rows["gender"].ne("g3") | (np.arange(len(rows)) < 30)]
    for finding in audit(few):
        hidden = {row.keys["gender"] for row in finding.rows if row.verdict == "suppressed"}
        named = {
            str(row.keys.get(side)).removeprefix("gender ") for row in finding.rows for side in ("higher", "lower")
        }
        assert not hidden & named
        assert not finding.id.endswith("tpr.gender") or "g3" in hidden


@pytest.mark.parametrize("metric", EVERY)
def test_a_label_missing_in_a_group_is_an_open_verdict_that_gives_nothing_away(metric):
    rows = drawn(1200)
    rows.loc[rows["gender"].eq("g0") & rows["label"].notna(), "label"] = 0.0
    found = audit(rows, (metric,))[f"audit.{metric}.gender"]
    first = next(row for row in found.rows if row.keys.get("gender") == "g0")
    if METRICS[metric].unlabelled:
        assert first.estimate is not None
    else:
        assert first.verdict == "suppressed"
    if METRICS[metric].reads in ("students with the outcome", "students with and without the outcome"):
        assert found.verdict in (("inconclusive",) if METRICS[metric].judged else ("described",))
        assert "gender g0" in found.reason


@pytest.mark.parametrize("metric", EVERY)
def test_scores_that_are_all_equal_have_a_named_reason_or_a_share(metric):
    found = audit(drawn(600).assign(score=0.5, minutes=3.0), (metric,))[f"audit.{metric}.gender"]
    if metric in ("auc", "average_precision", "calibration_intercept", "calibration_slope"):
        assert "the same score" in found.reason
        assert found.verdict == "not analysed"
    elif METRICS[metric].column in ("score", "minutes"):
        assert {row.reason for row in found.rows} == {"all of its rows are alike, so no error can be seen"}
    else:
        assert found.verdict not in ("not analysed", "suppressed")


@pytest.mark.parametrize("metric", ["escalations", "contact_minutes"])
def test_without_contacts_what_they_cost_is_not_analysed(metric):
    found = audit(drawn(300).drop(columns=["minutes", "escalated"]), (metric,))[f"audit.{metric}.gender"]
    assert found.verdict == "not analysed"
    assert found.reason.startswith("the data hold no")


@pytest.mark.parametrize("metric", ["brier", "mean_score", "calibration_slope"])
def test_scores_that_are_no_probabilities_are_not_read_as_such(metric):
    rows = drawn(900).assign(score=lambda table: 100 * table["score"])
    assert "outside 0 to 1" in audit(rows, (metric, "auc"))[f"audit.{metric}.gender"].reason
    assert audit(rows, ("auc",))["audit.auc.gender"].estimate is not None


def test_two_hundred_groups_are_compared_and_the_small_ones_counted():
    rows = drawn(1800, groups=1)
    rows["gender"] = [f"g{i % 190}" if i < 950 else f"h{i % 10}" for i in range(len(rows))]
    findings = audit(rows, ("selection", "auc"))
    assert [len(told(findings, metric)) for metric in ("selection", "auc")] == [200, 200]
    for metric in ("selection", "auc"):
        found = findings[f"audit.{metric}.gender"]
        assert found.verdict == "inconclusive"
        assert "190 groups of fewer than 10 students do not enter the gap." in found.limitations
        assert sum(row.verdict == "suppressed" for row in found.rows) >= 190  # of the rest, who has few in need


def test_students_in_no_group_change_no_number():
    rows = drawn(900)
    others = drawn(300, seed=1)
    others = others.assign(gender=None, unit_id="x" + others["unit_id"], student_id="x" + others["student_id"], fold=3)
    more = pd.concat([rows, others], ignore_index=True)
    for metric in EVERY:
        one, two = audit(rows, (metric,)), audit(more, (metric,))
        assert {g: e.value for g, e in told(one, metric).items()} == {g: e.value for g, e in told(two, metric).items()}


@given(st.integers(0, 10_000), st.sampled_from(EVERY), st.booleans())
@settings(max_examples=40, deadline=None)
def test_names_of_groups_and_the_order_of_rows_change_nothing(seed, metric, several):
    rows = drawn(300, seed=seed, students=220 if several else None)
    names = {"g0": "a0", "g1": "a1", "g2": "a2"}
    moved = rows.sample(frac=1, random_state=seed).assign(gender=lambda table: table["gender"].map(names))
    one, two = (audit(table, (metric,))[f"audit.{metric}.gender"] for table in (rows, moved))
    assert (one.verdict, len(one.rows)) == (two.verdict, len(two.rows))
    for left, right in zip((one, *one.rows), (two, *two.rows), strict=True):
        ends = [
            [getattr(e.estimate, part) for part in ("value", "lower", "upper", "n")] if e.estimate else None
            for e in (left, right)
        ]
        assert ends[0] == pytest.approx(ends[1], abs=1e-8) if ends[0] else ends[1] is None


@given(st.integers(0, 10_000), st.sampled_from([m for m in EVERY if METRICS[m].judged]), st.integers(0, 50))
@settings(max_examples=40, deadline=None)
def test_disparity_and_equivalent_are_never_both_to_be_had(seed, metric, margin):
    plan = AuditPlan({"gender": margin / 100}, metrics=(metric,))
    comparison = tasks_of(plan, drawn(400, seed=seed), "audit")[0].comparison
    assert not (comparison.p <= plan.alpha and comparison.equivalent)


def test_every_sentence_is_about_the_system():
    texts = [
        text
        for finding in audit(drawn(900), thresholds=(0.1, 0.3))
        for text in (finding.question, finding.reason or "", *finding.limitations, *map(str, finding.assumptions))
    ]
    assert [lint(text) for text in texts if lint(text)] == []


def test_the_margin_of_a_plan_is_all_that_a_verdict_asks_of_it():
    rows, plan = drawn(2000, groups=2), AuditPlan({"gender": 0.4}, metrics=("selection",))
    assert compared(plan, rows)[0].verdict == "equivalent"
    assert compared(replace(plan, attributes={"gender": 0.0}), rows)[0].verdict != "equivalent"


def test_average_precision_of_a_group_has_the_interval_that_covers():
    """On the logit scale with the cases less one as degrees of freedom; its gaps stay Wald's."""
    rows = drawn(600, groups=1)
    known = rows[rows["label"].notna()]
    place = rows.groupby("fold")["score"].rank() / rows.groupby("fold")["score"].transform("size")
    value, added = average_precision(known["label"], place[rows["label"].notna()])
    cases = int(known["label"].sum())
    expected = logit_interval(value, clustered_error(added), 0.95, cases - 1)
    shown = told(audit(rows, ("average_precision",)), "average_precision")["g0"]
    assert (shown.value, shown.lower, shown.upper) == pytest.approx((value, *expected))
    assert shown.upper - shown.value < shown.value - shown.lower or shown.value < 0.5
