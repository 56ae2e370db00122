"""Gaps by presentation and by week: one band for all periods, and one sentence where there is one period only."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from la_research.audit.fairness import compared
from la_research.audit.plan import AuditPlan
from la_research.finding import Findings
from la_research.seeds import stream

PLAN = AuditPlan({"gender": 0.1}, metrics=("selection",))
NAME = "audit.time.selection.gender"


def scored(rows):
    """A table as an audit reads it: group, presentation, week, students and how many were chosen."""
    told = [
        {"gender": g, "presentation": p, "week": w, "decision": int(i < chosen), "who": i}
        for g, p, w, n, chosen in rows
        for i in range(n)
    ]
    table = pd.DataFrame(told)
    table["student_id"] = table["gender"] + table["presentation"] + table["who"].astype(str)
    n = len(table)
    return table.assign(unit_id=range(n), fold=1, score=0.5, label=np.arange(n) % 2, stratum="A")


def audit(rows, plan=PLAN):
    return Findings(compared(plan, scored(rows)))


def test_one_period_is_one_finding_that_says_so(by_hand, alike):
    findings = by_hand([*alike(100, 50, gender="F"), *alike(100, 60, gender="M")]).audit()
    assert [f.id for f in findings if "time" in f.id] == ["audit.time"]
    assert findings["audit.time"].verdict == "not analysed"


def test_the_gap_of_each_presentation_has_the_direction_of_the_pooled_one():
    rows = [
        ("F", "2024", 4, 200, 120),
        ("M", "2024", 4, 200, 60),
        ("F", "2025", 4, 200, 90),
        ("M", "2025", 4, 200, 100),
    ]
    found = audit(rows)[NAME]
    assert {row.keys["presentation"]: round(row.estimate.value, 12) for row in found.rows} == {
        "2024": 0.30,
        "2025": -0.05,
    }
    assert found.estimate.value == pytest.approx(0.35)
    assert found.estimate.lower > 0
    assert "the gap changed between presentations more than chance explains (p < 0.001)" in found.reason
    assert "changes its direction" not in found.reason


def test_a_gap_that_turns_round_is_told_where_both_directions_are_supported():
    rows = [
        ("F", "2024", 4, 300, 200),
        ("M", "2024", 4, 300, 80),
        ("F", "2025", 4, 300, 90),
        ("M", "2025", 4, 300, 150),
    ]
    assert audit(rows)[NAME].reason.endswith("the gap changes its direction, and both are supported")


def test_weeks_of_the_same_students_are_not_taken_for_more_students():
    """All are scored in three weeks; whom the rule selects stays the same, so the gap of weeks can not differ."""
    rows = [(g, "2024", week, 200, chosen) for week in (4, 5, 6) for g, chosen in (("F", 120), ("M", 80))]
    found = audit(rows)[NAME]
    assert [row.keys["week"] for row in found.rows] == [4, 5, 6]
    assert {row.estimate.n for row in found.rows} == {400}
    assert found.estimate.n == 400
    assert found.estimate.value == pytest.approx(0, abs=1e-12)


def test_a_band_over_more_periods_is_wider():
    def width(presentations):
        rows = [(g, p, 4, 200, chosen) for p in presentations for g, chosen in (("F", 120), ("M", 80))]
        first = audit(rows)[NAME].rows[0].estimate
        return first.upper - first.lower

    assert width("ABCDEF") > width("AB")


def test_the_band_holds_for_all_presentations_at_once():
    """Three presentations with gaps of their own; the whole band covers all in 95 of 100 draws."""
    rng, draws, n = stream(12, "tests", "band"), 60, 150
    rates = {"2023": (0.5, 0.3), "2024": (0.4, 0.4), "2025": (0.3, 0.2)}
    covered = 0
    for _ in range(draws):
        rows = [(g, p, 4, n, rng.binomial(n, r)) for p, pair in rates.items() for g, r in zip("FM", pair, strict=True)]
        found = audit(rows)[NAME]
        sign = 1 if "that of students recorded as gender F, less" in found.limitations[0] else -1
        gaps = {p: sign * (a - b) for p, (a, b) in rates.items()}
        covered += all(r.estimate.lower <= gaps[r.keys["presentation"]] <= r.estimate.upper for r in found.rows)
    assert covered >= binom.ppf(0.001, draws, 0.95)
