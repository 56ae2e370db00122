"""Areas between ROC curves beside what chance makes of them, and what a score means in each group."""

import numpy as np
import pandas as pd
import pytest

from la_research.audit.calibrated import IN_ERROR, calibration_findings, would_follow
from la_research.audit.curves import curve_findings
from la_research.audit.plan import AuditPlan
from la_research.finding import Findings
from la_research.seeds import stream
from la_research.statistics.abroca import abroca
from la_research.statistics.intervals import wilson
from la_research.wording import lint

PLAN = AuditPlan({"gender": 0.1}, metrics=("abroca",))


@pytest.fixture(scope="module")
def scored():
    """300 women whose scores have an order, 200 men whose have none, on two modules."""
    rng, n = stream(41, "tests", "curves"), 500
    gender = np.repeat(["F", "M"], [300, 200])
    label = (rng.random(n) < np.where(gender == "F", 0.5, 0.3)).astype(float)
    score = 1 / (1 + np.exp(-(2 * label * (gender == "F") + rng.normal(size=n) - 1)))
    columns = {"unit_id": range(n), "student_id": range(n), "fold": 1, "score": score, "label": label}
    frame = pd.DataFrame(columns).assign(gender=gender, stratum=np.where(np.arange(n) % 2, "A", "B"))
    return frame.assign(decision=(score > 0.5).astype(int))


def curves(rows, plan=PLAN):
    return Findings(curve_findings(plan, rows, "audit"))


def values(finding):
    return {row.keys["what"]: row.estimate.value for row in finding.rows}


def test_the_area_stands_beside_its_null_and_has_no_interval(scored):
    found = curves(scored)["audit.abroca.gender"]
    assert found.estimate.value == pytest.approx(abroca(scored["label"], scored["score"], scored["gender"]))
    assert (found.estimate.lower, found.estimate.upper, found.estimate.unit) == (None, None, "ROC area")
    shown = values(found)
    assert shown["excess"] == pytest.approx(shown["area"] - shown["null mean"])
    assert 0 < shown["null mean"] < shown["null 95"] < shown["area"]
    assert found.reason.startswith("larger than 99.9 %")


def test_within_strata_the_area_is_that_of_each_module_averaged(scored):
    found = curves(scored)["audit.abroca.gender.within"]
    columns = (scored[name] for name in ("label", "score", "gender", "stratum"))
    assert found.estimate.value == pytest.approx(abroca(*columns))


def test_the_group_whose_area_is_furthest_above_chance_leads(scored):
    few = scored[scored["gender"] == "F"].iloc[:24].assign(gender="X")
    rows = pd.concat([scored, few], ignore_index=True)
    rows = rows.assign(unit_id=range(len(rows)), student_id=range(len(rows)))
    found = curves(rows)["audit.abroca.gender"]
    assert {row.keys["gender"] for row in found.rows} == {"M", "X"}
    assert "gender M" in found.reason
    assert any("gender F, the largest one" in text for text in found.limitations)


def test_nothing_is_drawn_unless_a_plan_asks_for_it(scored):
    assert curve_findings(AuditPlan({"gender": 0.1}), scored, "audit") == []


def test_one_shown_group_has_no_curve_to_be_compared_with(scored):
    found = curves(scored.assign(gender="F"))
    assert {f.verdict for f in found} == {"not analysed"}
    assert curves(scored.assign(stratum="A"))["audit.abroca.gender.within"].reason == "all students are on one module"


def calibrated(rows):
    return Findings(calibration_findings(PLAN, rows, "audit"))


def test_base_rates_and_what_follows_from_them_are_told_by_group(scored):
    found = calibrated(scored)["audit.calibration.gender"]
    rows = {(row.keys["what"], row.keys["gender"]): row.estimate for row in found.rows}
    need, all_women = int(scored["label"][:300].sum()), 300
    base = rows["base rate", "F"]
    assert (base.value, base.lower, base.upper) == pytest.approx((need / all_women, *wilson(need, all_women)))
    reached = scored["label"].astype(bool) & (scored["decision"] == 1)
    ppv, fnr = reached.sum() / scored["decision"].sum(), 1 - reached.sum() / scored["label"].sum()
    follows = rows[IN_ERROR, "F"]
    assert follows.value == pytest.approx(need / (300 - need) * (1 - ppv) / ppv * (1 - fnr))
    assert follows.lower < follows.value < follows.upper
    assert rows["slope", "F"].value > rows["slope", "M"].value
    rates = scored.groupby("gender")["label"].mean().sort_values()
    few, many = (f"{100 * rate:.0f} in 100 students recorded as gender {group}" for group, rate in rates.items())
    assert found.reason.startswith(f"{many} have the outcome, and {few}: even a rule equally right about both groups")
    assert found.reason.endswith("of the second in error")


def test_folds_are_spoken_of_where_there_are_several(scored):
    for folds in (1, 2):
        limits = calibrated(scored.assign(fold=np.arange(len(scored)) % folds))["audit.calibration.gender"].limitations
        assert any("Each fold" in text for text in limits) == (folds > 1)


def test_a_rule_with_one_base_rate_for_all_keeps_all_three_rates(scored):
    """By hand: 40 with need of 100, 30 reached, 10 others selected."""
    assert would_follow(40 / 100, 30 / 40, 10 / 40) == pytest.approx(10 / 60)


def test_a_group_too_small_to_show_has_no_number(scored):
    rows = pd.concat([scored, scored.iloc[:6].assign(gender="X", unit_id=range(600, 606), student_id=range(600, 606))])
    found = calibrated(rows.reset_index(drop=True))["audit.calibration.gender"]
    assert {row.verdict for row in found.rows if row.keys["gender"] == "X"} == {"suppressed"}
    assert "gender X" not in found.reason


def test_without_either_label_nothing_is_compared(scored):
    found = calibrated(scored.assign(label=np.nan))
    assert [(f.id, f.verdict) for f in found] == [("audit.calibration", "not analysed")]


def test_words_about_curves_are_written_with_respect(scored):
    for finding in (*curves(scored), *calibrated(scored)):
        said = " ".join([finding.question, finding.reason or "", *finding.limitations])
        assert lint(said) == [], finding.id


def test_without_any_label_no_curve_is_drawn(scored):
    (found, within) = curves(scored.assign(label=np.nan))
    assert {(one.verdict, one.reason) for one in (found, within)} == {("not analysed", "no student's label is known")}
