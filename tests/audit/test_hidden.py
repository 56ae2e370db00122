"""What is hidden can not be had back from what is shown, by whoever subtracts."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from la_research.audit import AuditPlan, audit_rows
from la_research.audit.hidden import Scored, hidden, level_of
from la_research.seeds import stream

MINIMUM = 10


def people(sizes):
    """Rows of groups with so many students with need, without, and without a label."""
    return [
        {"label": label, "decision": i % 3 == 0, "score": 0.001 * i, "gender": gender}
        for gender, counts in sizes.items()
        for label, n in zip((1, 0, None), counts, strict=True)
        for i in range(n)
    ]


def shown(finding):
    rows = [row for row in finding.rows if row.keys["what"] == "group"]
    return {row.keys["gender"]: row.estimate.n for row in rows if row.estimate is not None}


def audit(by_hand, sizes):
    rows = [{**row, "decision": int(row["decision"])} for row in people(sizes)]
    return by_hand(rows).audit()


def test_few_in_need_can_not_be_had_by_subtracting_those_without(by_hand):
    findings = audit(by_hand, {"F": (100, 200, 0), "M": (60, 140, 0), "X": (5, 95, 0)})
    assert shown(findings["audit.selection.gender"]) == {"F": 300, "M": 200, "X": 100}
    for metric, n in (("tpr", 100), ("fnr", 100), ("fpr", 200), ("auc", 300)):
        found = findings[f"audit.{metric}.gender"]
        assert shown(found) == {"F": n}  # X, and M with it: 100 - 95 would be 5
        assert found.estimate is None  # the gap of F and M, beside F, would give M away
        assert "gender M" not in found.reason
        assert found.reason.endswith("the largest gap involves a group that is not shown, and its size is not told")


def test_the_headline_does_not_give_a_small_group_away(by_hand):
    findings = audit(by_hand, {"F": (100, 200, 0), "M": (60, 140, 0), "X": (3, 4, 0)})
    found = findings["audit.selection.gender"]
    assert shown(found) == {"F": 300}
    assert found.estimate is None  # beside the share of F it would tell that of M
    assert found.verdict == "equivalent"
    assert any("counts groups that are shown only" in text for text in found.limitations)
    assert [row for row in found.rows if row.keys["what"] in ("pair", "equivalence", "detectable", "needed")] == []


def test_a_gap_of_shown_groups_is_told_where_no_hidden_one_reaches_further(by_hand, alike):
    rows = [*alike(400, 300, gender="F"), *alike(400, 100, gender="M")]
    rows += [*alike(100, 50, gender="N"), *alike(5, 3, gender="X")]  # X takes N with it
    found = by_hand(rows).audit()["audit.selection.gender"]
    assert set(shown(found)) == {"F", "M"}
    assert found.estimate.value == pytest.approx(300 / 400 - 100 / 400)
    assert found.estimate.n == 800
    assert "gender F than among students recorded as gender M" in found.reason


def test_no_number_anywhere_is_the_gap_of_a_group_that_is_not_shown(by_hand):
    """Of three groups one is small and takes the next smallest with it: nothing but its own counts could tell it."""
    rng = stream(1, "tests", "unshown")
    rows = [
        {"label": int(rng.random() < 0.4), "decision": int(rng.random() < chance), "score": rng.random(),
         "gender": gender, "module": module}
        for gender, n, chance in (("F", 200, 0.5), ("M", 160, 0.4), ("N", 90, 0.1), ("X", 3, 0.5))
        for module in "AB"
        for _ in range(n)
    ]  # fmt: skip
    metrics = "metrics: [selection, tpr, fpr, fnr, equalised_odds], thresholds: [0.1, 0.3]"
    study = by_hand(rows, f"fairness: {{sensitive: {{gender: {{}}}}, {metrics}}}")
    table = pd.DataFrame(rows)
    read = {"selection": table, "tpr": table[table.label == 1], "fpr": table[table.label == 0]}
    for name, part in {**read, "A": table[table.module == "A"], "B": table[table.module == "B"]}.items():
        rate = part.groupby("gender")["decision"].mean()
        gaps = [abs(rate["N"] - rate[other]) for other in "FM"]
        for finding in study.audit():
            told = [e for e in (finding.estimate, *(row.estimate for row in finding.rows)) if e and e.unit == "share"]
            ends = np.array([end for e in told for end in (e.value, e.lower, e.upper) if end is not None])
            for gap in gaps:
                assert not np.isclose(np.abs(ends), gap, atol=1e-9).any(), (name, finding.id)
            assert not {"gender N", "gender X"} & set(re.findall(r"gender \w", finding.reason or "")), finding.id


def test_where_every_group_is_hidden_the_finding_is_suppressed(by_hand):
    findings = audit(by_hand, {"F": (100, 200, 0), "M": (5, 95, 0)})
    assert findings["audit.fpr.gender"].verdict == "suppressed"
    assert "give such a number away" in findings["audit.fpr.gender"].reason
    assert findings["audit.selection.gender"].estimate.n == 400


def test_few_without_a_label_leave_reach_to_be_seen(by_hand):
    findings = audit(by_hand, {"F": (100, 200, 50), "M": (60, 140, 4), "X": (40, 95, 30)})
    assert shown(findings["audit.selection.gender"]) == {"F": 350, "M": 204, "X": 165}
    assert shown(findings["audit.tpr.gender"]) == {"F": 100, "M": 60, "X": 40}
    assert shown(findings["audit.fpr.gender"]) == {"F": 200}  # 204 - 60 - 140 would be 4
    assert shown(findings["audit.auc.gender"]) == {"F": 300}


def test_within_modules_a_hidden_group_is_in_no_count(by_hand):
    rows = [
        {**row, "decision": int(row["decision"]), "module": module}
        for module in "AB"
        for row in people({"F": (100, 200, 0), "M": (60, 140, 0), "X": (2, 2, 0)})
    ]
    findings = by_hand(rows).audit()
    for part in ("within", "difference", "heterogeneity"):
        found = findings[f"audit.selection.gender.{part}"]
        assert found.verdict == "not analysed"
        assert found.reason == "fewer than two of the groups that are compared can be shown"


def test_a_module_with_few_in_need_is_hidden_for_every_metric_that_reads_a_label(by_hand):
    few = {"F": (100, 200, 0), "M": (5, 195, 0)}
    many = {"F": (100, 200, 0), "M": (50, 150, 0)}
    rows = [
        {**row, "decision": int(row["decision"]), "module": module}
        for module, sizes in (("A", few), ("B", many), ("C", many))
        for row in people(sizes)
    ]
    findings = by_hand(rows).audit()
    for metric in ("tpr", "fpr", "auc"):
        verdicts = {row.keys["module"]: row.verdict for row in findings[f"audit.{metric}.gender.within"].rows}
        assert verdicts == {"A": "suppressed", "B": "suppressed", "C": None}
    assert len(findings["audit.selection.gender.within"].rows) == 3


def told(sizes, metrics=("selection", "tpr", "fpr"), lacking=()):
    """Of a table of groups: who is shown, by finding; ``lacking`` rows at the end have no recorded group."""
    rows = people(sizes) + [{**row, "gender": None} for row in people({"none": lacking} if lacking else {})]
    table = pd.DataFrame(rows).assign(fold=1, stratum="all")
    table["student_id"] = table["unit_id"] = [str(i) for i in range(len(table))]
    table["label"], table["decision"] = table["label"].astype(float), table["decision"].astype(int)
    plan = AuditPlan({"gender": 0.1}, metrics=metrics, stratum="", confirmatory=False)
    return {metric: shown(audit_rows(plan, table)[f"audit.{metric}.gender"]) for metric in metrics}


def test_two_tiny_groups_are_not_told_together():
    found = told({"A": (30, 70, 0), "B": (30, 65, 0), "C": (2, 0, 0), "D": (3, 0, 0)})
    assert found["selection"] == {"A": 100}  # 200 - 195 would be 5, all of them in need
    assert found["tpr"] == {"A": 30}


def test_groups_hidden_together_are_as_many_students_as_a_group_that_is_shown():
    few = told({"A": (30, 70, 40), "B": (30, 65, 20), "C": (1, 2, 1), "D": (1, 2, 1)}, ("selection",))
    assert few == {"selection": {"A": 140}}  # 4 + 4 students could be had from the total, so B joins them
    enough = told({"A": (30, 70, 40), "B": (30, 65, 20), "C": (1, 3, 1), "D": (2, 3, 1)}, ("selection",))
    assert enough == {"selection": {"A": 140, "B": 115}}


def test_few_without_a_recorded_group_hide_no_group_that_is_recorded():
    sizes = {"A": (30, 70, 0), "B": (30, 65, 0)}
    assert told(sizes, ("selection",), lacking=(2, 1, 0)) == {"selection": {"A": 100, "B": 95}}


def test_few_selected_are_hidden_for_all_metrics_where_one_reads_those_selected():
    sizes = {"A": (120, 280, 0), "B": (90, 210, 0), "C": (12, 12, 0)}  # every third is selected: 8 of C
    assert len(told(sizes)["selection"]) == 3
    assert told(sizes, ("selection", "tpr", "ppv")) == {"selection": {"A": 400}, "tpr": {"A": 120}, "ppv": {"A": 134}}


counts = st.integers(0, 30)
PARTS = {
    "selection": (1, 1, 1, 1, 1),
    "mean_score": (1, 1, 1, 1, 1),
    "tpr": (1, 1, 0, 0, 0),
    "fnr": (1, 1, 0, 0, 0),
    "fpr": (0, 0, 1, 1, 0),
    "auc": (1, 1, 1, 1, 0),
    "missed_need": (1, 1, 1, 1, 0),
    "ppv": (1, 0, 1, 0, 0),
    "npv": (0, 1, 0, 1, 0),
}
"""Whom the n counts: with need, selected and not; without need, selected and not; without a label."""
NEED, REST, CHOSEN, PASSED, LACKING = PARTS["tpr"], PARTS["fpr"], PARTS["ppv"], PARTS["npv"], (0, 0, 0, 0, 1)


@given(st.lists(st.tuples(counts, counts, counts, counts, counts), min_size=2, max_size=6), st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_small_number_follows_from_what_is_shown_and_the_totals(groups, everyone_answered):
    """Linear algebra in place of a clever reader, who also knows how many have need, are selected, or lack a label."""
    table = np.array([(*known, 0 if everyone_answered else lacking) for *known, lacking in groups])
    table = table[table.sum(axis=1) > 0]
    totals = [table.sum(axis=0) @ part for part in (NEED, REST, CHOSEN, PASSED)]
    if len(table) < 2 or min(totals) == 0:
        return
    k = len(table)
    group, kind = np.repeat(np.arange(k), table.sum(axis=1)), np.tile(np.arange(5), k).repeat(table.ravel())
    label, decision = np.array([1, 1, 0, 0, np.nan])[kind], np.array([1.0, 0, 1, 0, 0])[kind]
    scored = Scored(label, decision, np.arange(len(label)), np.zeros(len(label), dtype=int))
    keys = [{"what": "group", "ethnicity": str(g)} for g in range(k)]
    kept = hidden(scored, keys, scored.tallies(group, k)[:, None], MINIMUM)
    known = [np.tile(part, k) for part in (NEED, REST, CHOSEN, PASSED, LACKING)]
    known += [np.eye(5 * k)[5 * g + 4] for g in range(k) if everyone_answered]
    for metric, part in PARTS.items():
        for g in set(range(k)) - kept[level_of(metric)]:
            known.append(np.kron(np.eye(k)[g], part))
    rank = np.linalg.matrix_rank(np.array(known))
    for g, row in enumerate(table):
        for asked in (NEED, REST, CHOSEN, PASSED, LACKING, PARTS["selection"]):
            n = row @ asked
            if n < MINIMUM and not (n == 0 and asked == LACKING):
                told = np.linalg.matrix_rank(np.array([*known, np.kron(np.eye(k)[g], asked)])) == rank
                assert not told, (asked, g)


@given(st.lists(st.tuples(counts, counts, counts), min_size=3, max_size=8))
@settings(max_examples=100, deadline=None)
def test_what_is_hidden_together_is_large_enough(groups):
    group, kind = np.repeat(np.arange(len(groups)), np.sum(groups, axis=1)), np.tile(range(3), len(groups))
    label = np.array([1, 0, np.nan])[kind.repeat(np.ravel(groups))]
    scored = Scored(label, np.tile([0.0, 1.0], len(label))[: len(label)], np.arange(len(label)), np.zeros_like(group))
    tallies, k = scored.tallies(group, len(groups)), len(groups)
    keys = [{"what": "group", "ethnicity": str(g)} for g in range(k)]
    for kept in hidden(scored, keys, tallies[:, None], MINIMUM, level=2):
        assert not kept or len(kept) == k or (len(kept) > 1 and tallies[list(kept), 0].sum() >= MINIMUM)


@given(st.lists(st.tuples(counts, counts, counts, counts, counts), min_size=2, max_size=6))
@settings(max_examples=100, deadline=None)
def test_groups_are_tallied_by_their_codes_as_by_their_rows(groups):
    k = len(groups)
    group, kind = np.repeat(np.arange(k), np.sum(groups, axis=1)), np.tile(np.arange(5), k).repeat(np.ravel(groups))
    label, decision = np.array([1, 1, 0, 0, np.nan])[kind], np.array([1.0, 0, 1, 0, 0])[kind]
    scored = Scored(label, decision, np.arange(len(label)) // 2, np.zeros(len(label), dtype=int))
    found = scored.tallies(group, k)
    for g in range(k):
        one = scored.tallies(np.where(group == g, 0, -1), 1)
        assert found[g].tolist() == one[0].tolist()
