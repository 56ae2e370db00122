"""Ways to narrow a gap: held-out, as many selected, what is planted is narrowed, and the law stays a question."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from la_research.audit.groups import grouping
from la_research.audit.mitigation import mitigation_findings
from la_research.audit.mitigation.methods import METHODS, decided
from la_research.audit.mitigation.sample import sample_of
from la_research.audit.plan import AuditPlan
from la_research.finding import Finding
from la_research.models import Predictions
from la_research.protocol import Mitigation
from la_research.seeds import stream
from la_research.wording import lint

REGISTERED = "audit.mitigation.registered"


def plan(constraint: str = "tpr", *methods: str) -> AuditPlan:
    asked = Mitigation(attribute="gender", constraint=constraint, methods=methods or tuple(METHODS))
    return AuditPlan({"gender": 0.1}, mitigation=asked)


def unequal(n: int, seed: int = 1, share: float = 0.2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Clicks that tell the outcome of men well and of women badly; the rule takes the highest share by them."""
    rng = stream(seed, "tests", "mitigation")
    ids = [f"e{i:05d}" for i in range(n)]
    women, label = rng.random(n) < 0.5, (rng.random(n) < 0.3).astype(float)
    features = pd.DataFrame(rng.normal(size=(n, 3)), columns=["clicks", "days", "library"], index=ids)
    features["clicks"] += label * np.where(women, 0.2, 1.4)
    features["days"] += 0.5 * label
    features["library"] -= 0.7 * women
    features.iloc[: n // 10, 1] = np.nan
    score, fold = 1 / (1 + np.exp(-features["clicks"].to_numpy())), np.arange(n) % 5 + 1
    decision = np.zeros(n, dtype=int)
    for held in range(1, 6):
        inside = np.flatnonzero(fold == held)
        decision[inside[np.argsort(-score[inside])[: round(share * len(inside))]]] = 1
    label[rng.random(n) < 0.1] = np.nan
    columns = {"unit_id": ids, "student_id": ids, "fold": fold, "score": score, "decision": decision, "label": label}
    return pd.DataFrame({**columns, "gender": np.where(women, "F", "M"), "stratum": "A"}), features


def two_folds(n: int = 300):
    rows, features = unequal(n)
    rows = rows.assign(fold=np.arange(n) % 2 + 1)
    return sample_of(rows, features, grouping(("gender",), rows, 0.1), [0, 1])


def group(finding: Finding, metric: str, value: str, what: str = "group"):
    wanted = {"what": what, "metric": metric, "gender": value}
    (row,) = (row for row in finding.rows if row.keys == wanted)
    return row


@pytest.fixture(scope="module")
def planted() -> dict[str, Finding]:
    """By method, on 1,600 students of whom women with the outcome are found far less often."""
    return {finding.id: finding for finding in mitigation_findings(plan(), *unequal(1600))}


def test_every_way_is_compared_and_the_registered_rule_stands_first(planted):
    names = ("registered", "thresholds", "reductions", "grid", "correlation")
    assert list(planted) == [f"audit.mitigation.{name}" for name in names]
    assert {finding.verdict for finding in planted.values()} == {"described"}


@pytest.mark.parametrize("method", ["thresholds", "reductions", "grid"])
def test_a_planted_gap_is_narrower_on_held_out_students(planted, method):
    assert planted[REGISTERED].estimate.lower > 0.1
    assert planted[f"audit.mitigation.{method}"].estimate.upper < 0
    assert "the largest gap is narrower by" in planted[f"audit.mitigation.{method}"].reason


def test_what_a_way_gives_to_some_it_takes_from_others_and_says_from_whom(planted):
    finding = planted["audit.mitigation.thresholds"]
    assert group(finding, "tpr", "M", "change").estimate.upper < 0
    assert "students with the outcome recorded as gender M are found less often" in finding.reason


def test_changes_are_the_rates_less_the_registered_ones(planted):
    finding = planted["audit.mitigation.reductions"]
    for value in ("F", "M"):
        before, after = (group(f, "tpr", value).estimate.value for f in (planted[REGISTERED], finding))
        assert group(finding, "tpr", value, "change").estimate.value == pytest.approx(after - before, abs=1e-12)
        missed = group(finding, "missed", value).estimate.value
        assert missed == pytest.approx(1 - after, abs=1e-12)
    gaps = [
        abs(group(f, "tpr", "F").estimate.value - group(f, "tpr", "M").estimate.value)
        for f in (planted[REGISTERED], finding)
    ]
    assert finding.estimate.value == pytest.approx(gaps[1] - gaps[0], abs=1e-12)


def test_the_committee_is_asked_about_the_law_where_a_students_group_is_read_when_they_are_scored(planted):
    asked = {name.rpartition(".")[2] for name, f in planted.items() if any("lawful" in text for text in f.limitations)}
    assert asked == {"thresholds", "correlation"}


def test_nothing_is_called_fair_and_no_word_about_students_is_wrong(planted):
    for finding in planted.values():
        text = " ".join((finding.question, finding.reason, *finding.limitations))
        assert "fair" not in text
        assert lint(text) == []


def test_the_registered_rule_has_the_very_numbers_of_the_audit(by_hand):
    rows, features = unequal(600)
    fairness = (
        "fairness: {sensitive: {gender: {margin: 0.1}}, metrics: [selection, tpr, fpr, fnr], "
        "mitigation: {attribute: gender, methods: [thresholds]}}"
    )
    study = by_hand(rows.drop(columns=["unit_id", "student_id", "stratum"]).to_dict("records"), fairness)
    features = {"all": features.set_axis(study.predictions.frame["unit_id"])}
    audit = replace(study, predictions=Predictions(study.predictions.frame, features)).audit()
    for shown, metric in (("selection", "selection"), ("tpr", "tpr"), ("fpr", "fpr"), ("missed", "fnr")):
        for row in (row for row in audit[f"audit.{metric}.gender"].rows if row.keys["what"] == "group"):
            told = group(audit[REGISTERED], shown, str(row.keys["gender"])).estimate
            assert told.as_json() | {"method": ""} == pytest.approx(row.estimate.as_json() | {"method": ""})
    gap = audit["audit.tpr.gender"].estimate
    assert audit[REGISTERED].estimate.as_json() | {"method": ""} == pytest.approx(gap.as_json() | {"method": ""})
    assert audit["audit.mitigation.thresholds"].confirmatory


@pytest.mark.parametrize("constraint", ["selection", "equalised_odds"])
@pytest.mark.parametrize("method", METHODS)
def test_in_every_fold_as_many_are_selected_as_by_the_registered_rule(method, constraint):
    held = two_folds()
    chosen = decided(method, held, constraint, 1)
    for fold in (1, 2):
        assert chosen[held.fold == fold].sum() == held.decision[held.fold == fold].sum()


@pytest.mark.parametrize("method", METHODS)
def test_a_fold_is_decided_by_no_label_of_its_own_and_by_nobody_without_one(method):
    held = two_folds()
    second, unknown = held.fold == 2, np.isnan(held.label)
    turned = replace(
        held,
        label=np.where(second, 1 - held.label, held.label),
        features=np.where((unknown & ~second)[:, None], held.features + 5, held.features),
    )
    before, after = (decided(method, one, "tpr", 1)[second] for one in (held, turned))
    assert (before == after).all()
    assert before[unknown[second]].any()  # who has no label is scored, and selected like others


def test_the_same_seed_gives_the_same_findings():
    rows, features = unequal(300)
    once, again = (mitigation_findings(plan("equalised_odds", "thresholds"), rows, features) for _ in range(2))
    assert [f.as_json() for f in once] == [f.as_json() for f in again]


def test_with_selection_to_be_alike_thresholds_select_the_same_share_of_each_group():
    (_, finding) = mitigation_findings(plan("selection", "thresholds"), *unequal(1000))
    shares = [group(finding, "selection", value).estimate.value for value in ("F", "M")]
    assert shares[0] == pytest.approx(shares[1], abs=0.02)


def test_too_few_of_a_label_in_a_group_is_said_of_every_way():
    rows, features = unequal(300)
    rows.loc[(rows["gender"] == "F") & (rows.index > 60), "label"] = 0.0
    findings = mitigation_findings(plan(), rows, features)
    assert len(findings) == 5
    assert {f.verdict for f in findings} == {"not analysed"}
    assert len({f.reason for f in findings}) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gender": None}, "the data hold no gender"),
        ({"gender": "F"}, "fewer than two groups are large enough to show"),
        ({"fold": 1}, "some group has fewer than 10 students with either value of the label to fit to"),
    ],
)
def test_what_can_not_be_tried_says_why(change, reason):
    rows, features = unequal(300)
    assert {f.reason for f in mitigation_findings(plan(), rows.assign(**change), features)} == {reason}


def test_a_group_that_is_not_shown_does_not_enter_and_is_suppressed():
    rows, features = unequal(600)
    rows.loc[:7, "gender"] = "X"
    rows.loc[8:79, "gender"] = "Y"  # not small, but X alone could be had from the total
    _, finding = mitigation_findings(plan("tpr", "thresholds"), rows, features)
    assert {group(finding, "tpr", value).verdict for value in ("X", "Y")} == {"suppressed"}
    (cost,) = (row.estimate for row in finding.rows if row.keys == {"what": "cost", "metric": "found"})
    assert cost.n == 600 - 80
    assert "Groups too small to show do not enter the comparison." in finding.limitations


def test_nothing_registered_is_nothing_compared():
    assert mitigation_findings(AuditPlan({"gender": 0.1}), *unequal(100)) == []
