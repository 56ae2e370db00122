"""The rule over a grid of thresholds, and what contacts cost, joined to the rows that are audited."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.audit.burden import burden
from la_research.audit.groups import with_attributes
from la_research.audit.plan import AuditPlan
from la_research.audit.thresholds import threshold_findings
from la_research.cohort import Cohort
from la_research.models import highest, selected
from la_research.seeds import stream
from la_research.statistics.intervals import wilson

GRID = (0.1, 0.5)


def rows_of(n: int = 400, few: int = 0) -> pd.DataFrame:
    rng = stream(4, "tests", "thresholds")
    names = [f"u{i:04d}" for i in range(n)]
    rows = pd.DataFrame({"unit_id": names, "student_id": names, "fold": np.arange(n) % 2, "stratum": "A"})
    rows["score"], rows["label"] = np.round(rng.random(n), 2), (np.arange(n) // 2 % 2).astype(float)
    rows["gender"] = np.where(np.arange(n) < few, "X", np.where(np.arange(n) // 4 % 2, "F", "M"))
    return rows.assign(decision=0)


def plan(**choices) -> AuditPlan:
    return AuditPlan({"gender": 0.1}, **{"thresholds": GRID, "metrics": ("tpr", "auc", "selection"), **choices})


def test_the_highest_of_each_fold_are_selected_as_the_model_selects_them():
    rows = rows_of()
    for top in (0.05, 0.1, 0.333, 0.9):
        picked = selected(rows, top)
        for fold in (0, 1):
            inside = (rows["fold"] == fold).to_numpy()
            order = np.arange(inside.sum())
            assert picked[inside].tolist() == highest(rows["score"][inside].to_numpy(), top, order).tolist()


def test_every_registered_metric_is_told_at_every_threshold_with_an_interval_for_the_grid():
    rows = rows_of()
    (found,) = threshold_findings(plan(), rows)
    assert (found.id, found.verdict, found.estimate) == ("audit.thresholds.gender", "described", None)
    told = {(row.keys["top"], row.keys["metric"], row.keys["gender"]): row.estimate for row in found.rows
            if row.keys["what"] == "threshold"}  # fmt: skip
    assert set(told) == {(top, metric, g) for top in GRID for metric in ("selection", "tpr") for g in "FM"}
    chosen = selected(rows, 0.1)[(rows["gender"] == "F").to_numpy()]
    shown = told[0.1, "selection", "F"]
    assert shown.value == pytest.approx(chosen.mean())
    level = 1 - 0.05 / (2 * 2 * 2)
    assert (shown.lower, shown.upper) == pytest.approx(wilson(chosen.sum(), len(chosen), level))
    assert (shown.level, shown.n) == (0.95, 200)


def test_the_largest_gap_at_a_threshold_is_wider_told_than_at_the_rule_alone():
    one, several = (threshold_findings(plan(thresholds=grid), rows_of())[0] for grid in ((0.1,), (0.1, 0.2, 0.3, 0.4)))
    gap = [next(r.estimate for r in f.rows if r.keys["what"] == "gap") for f in (one, several)]
    assert gap[0].value == gap[1].value
    assert gap[1].upper > gap[0].upper


def test_a_group_too_small_to_show_is_suppressed_at_every_threshold_with_another():
    rows = rows_of(few=7)
    (found,) = threshold_findings(plan(), rows)
    hidden = {row.keys["gender"] for row in found.rows if row.verdict == "suppressed"}
    assert hidden == {"X", "F"} or hidden == {"X", "M"}
    assert {row.keys["top"] for row in found.rows if row.keys.get("gender") == "X"} == set(GRID)


def test_ties_go_by_unit_whatever_the_order_of_the_rows():
    rows = rows_of()
    one, two = threshold_findings(plan(), rows)[0], threshold_findings(plan(), rows.sample(frac=1, random_state=1))[0]
    assert one.as_json() == two.as_json()


def test_no_threshold_is_no_finding_and_no_metric_is_said():
    assert threshold_findings(plan(thresholds=()), rows_of()) == []
    assert threshold_findings(plan(metrics=("auc",)), rows_of())[0].verdict == "not analysed"


def contacted(study, *steps) -> Cohort:
    table = pd.DataFrame(steps, columns=["student_id", "step"]).assign(presentation="2025A", rule="score", at=30)
    tables = {name: study.cohort.arrow(name) for name in ("enrolments", "calendar", "vault")}
    wanted = study.cohort.arrow("contacts").schema
    return Cohort({**tables, "contacts": pa.Table.from_pandas(table, schema=wanted, preserve_index=False)},
                  study.cohort.provenance, "sha256:0")  # fmt: skip


def test_minutes_of_contacts_are_summed_by_student_and_compared(by_hand, alike):
    asked = (
        "fairness: {sensitive: {gender: {}}, metrics: [contact_minutes, escalations], minutes: {sent: 2, talked: 30}}"
    )
    study = by_hand([*alike(60, 20, gender="F"), *alike(60, 20, gender="M")], asked)
    steps = [(f"e{i:05d}", step) for i in range(30) for step in ("sent", "talked")]
    steps += [(f"e{i:05d}", "sent") for i in range(60, 90)] + [(f"e{i:05d}", "escalated") for i in range(60, 75)]
    findings = replace(study, cohort=contacted(study, *steps)).audit()
    told = {
        (name, row.keys["gender"]): row.estimate.value
        for name in ("contact_minutes", "escalations")
        for row in findings[f"audit.{name}.gender"].rows
        if row.keys["what"] == "group"
    }
    assert told == pytest.approx(
        {("contact_minutes", "F"): 32 / 2, ("contact_minutes", "M"): 2 / 2,
         ("escalations", "F"): 0.0, ("escalations", "M"): 15 / 60}
    )  # fmt: skip
    assert findings["audit.contact_minutes.gender"].verdict == "described"
    assert findings["audit.contact_minutes.gender"].estimate.value == pytest.approx(15)


def test_a_cohort_without_contacts_has_no_column_of_their_cost(by_hand, alike):
    study = by_hand(alike(30, 10, gender="F"))
    rows = with_attributes(study.protocol, study.cohort, study.predictions.frame)
    assert {"minutes", "escalated"}.isdisjoint(rows)


def test_a_student_on_two_modules_has_the_contacts_of_the_presentation_once():
    units = pd.DataFrame({"unit_id": ["s1", "s1"], "student_id": ["s1", "s1"], "presentation": ["A", "A"]})
    contacts = pd.DataFrame({"student_id": ["s1", "s1"], "presentation": ["A", "B"], "step": ["talked", "talked"]})
    assert burden(contacts, units, {"talked": 30.0})["minutes"].to_dict() == {"s1": 30.0}


def test_the_gap_of_sparse_cells_is_named_by_the_method_that_made_it():
    (few,) = threshold_findings(plan(), rows_of(120))
    methods = {row.estimate.method for row in few.rows if row.keys["what"] == "gap" and row.estimate}
    assert methods == {"score-max-t-bonferroni"}
