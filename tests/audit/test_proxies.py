"""Whether features tell a protected attribute: planted proxies are found and named, and nothing else is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import la_research as lar
from la_research.audit.plan import AuditPlan
from la_research.audit.proxies import proxy_findings
from la_research.finding import Finding
from la_research.seeds import stream
from la_research.synthetic.switch import with_dials, without

PLAN = AuditPlan({"gender": 0.1})


def table(n: int = 600, size: float = 0.0, seed: int = 1, **columns: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    """n students, three features, the second of which is ``size`` SDs higher for women."""
    rng = stream(seed, "tests", "proxies")
    ids = [f"e{i:04d}" for i in range(n)]
    gender = rng.choice(["F", "M"], n, p=[0.4, 0.6])
    rows = pd.DataFrame({"unit_id": ids, "student_id": ids, "fold": rng.permutation(n) % 5 + 1, "gender": gender})
    drawn = rng.normal(size=(n, 3)) + np.array([0, size, 0]) * (gender == "F")[:, None]
    return rows.assign(**columns), pd.DataFrame(drawn, columns=["clicks", "library", "days"], index=ids)


def only(rows: pd.DataFrame, features: pd.DataFrame, plan: AuditPlan = PLAN) -> Finding:
    (finding,) = proxy_findings(plan, rows, features)
    return finding


def carried(finding: Finding) -> list[str]:
    """Features whose interval excludes chance."""
    return [str(row.keys["feature"]) for row in finding.rows if row.estimate and row.estimate.lower > 0.5]


def test_a_planted_proxy_is_told_and_the_feature_that_carries_it_is_named():
    finding = only(*table(size=1.0))
    assert finding.estimate.lower > 0.5
    assert finding.reason == "gender can be told from the features better than by chance"
    assert carried(finding) == ["library"]
    assert not finding.confirmatory


def test_an_interval_wholly_below_chance_is_no_link():
    """In every fold the link is turned round, so that what the other folds teach is wrong."""
    rows, features = table(400)
    rows["fold"] = np.arange(400) % 2 + 1
    turned = np.where(rows["fold"] == 1, 1.0, -1.0) * np.where(rows["gender"] == "F", 2.0, -2.0)
    finding = only(rows, features.assign(library=turned))
    assert finding.estimate.upper < 0.5
    assert finding.reason.startswith("not shown to be better than chance")
    reasons = {str(row.keys["feature"]): row.reason for row in finding.rows}
    assert reasons["library"].startswith("not shown to be better than chance")
    assert carried(finding) == []


def test_the_larger_the_proxy_the_better_the_attribute_is_told():
    told = [only(*table(size=size)).estimate.value for size in (0.0, 0.5, 1.0, 2.0)]
    assert told == sorted(told)


def test_without_a_proxy_chance_is_covered_as_often_as_said():
    draws = 40
    found = [only(*table(300, seed=seed)).estimate for seed in range(draws)]
    missed = sum(not one.lower <= 0.5 <= one.upper for one in found)
    assert missed <= binom.ppf(0.999, draws, 0.05)


def test_the_interval_is_as_wide_as_estimates_scatter_without_a_proxy():
    found = [only(*table(300, seed=100 + seed)).estimate for seed in range(40)]
    scatter = np.std([one.value for one in found], ddof=1)
    stated = np.mean([(one.upper - one.lower) / (2 * 1.96) for one in found])
    assert 0.7 < stated / scatter < 1.4  # 40 draws tell a standard deviation to about 11 %


def test_an_attribute_that_shows_only_in_what_is_missing_is_told():
    rows, features = table()
    features.loc[(rows["gender"] == "F").to_numpy() & (np.arange(len(rows)) % 2 == 0), "days"] = np.nan
    finding = only(rows, features)
    assert finding.estimate.lower > 0.5
    assert carried(finding) == ["days"]


def test_of_several_values_each_stands_against_the_rest():
    rows, features = table(900)
    rows["gender"] = np.array(["A", "B", "C"])[np.arange(900) % 3]
    features["library"] += 3.0 * (np.arange(900) % 3)
    assert only(rows, features).estimate.value > 0.9
    assert carried(only(rows, features)) == ["library"]


def test_order_of_rows_changes_nothing():
    rows, features = table(size=0.5)
    assert only(rows.iloc[::-1].reset_index(drop=True), features).estimate.value == pytest.approx(
        only(rows, features).estimate.value, abs=1e-6
    )


def test_a_value_that_few_hold_is_left_out_and_said():
    rows, features = table()
    rows.loc[:4, "gender"] = "X"
    finding = only(rows, features)
    assert finding.estimate.n == 600 - 5
    assert "Values held by fewer than 10 students are left out." in finding.limitations


def test_rows_of_one_student_do_not_make_the_interval_narrower():
    rows, features = table(size=0.3)
    twice = pd.concat([rows, rows.assign(unit_id=rows["unit_id"] + "b")], ignore_index=True)
    both = pd.concat([features, features.rename(index=lambda name: name + "b")])
    once, doubled = only(rows, features).estimate, only(twice, both).estimate
    assert doubled.n == once.n
    assert doubled.upper - doubled.lower == pytest.approx(once.upper - once.lower, rel=0.03)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gender": None}, "the data hold no gender"),
        ({"gender": "F"}, "fewer than two values are held by 10 students"),
        ({"fold": 1}, "there is one fold only, and nothing to learn from outside it"),
    ],
)
def test_what_can_not_be_asked_says_why(change, reason):
    rows, features = table()
    finding = only(rows.assign(**change), features)
    assert (finding.verdict, finding.reason) == ("not analysed", reason)


def test_features_that_nobody_has_are_said_one_by_one_or_all():
    rows, features = table(size=1.0)
    features["days"] = np.nan
    (row,) = (row for row in only(rows, features).rows if row.keys["feature"] == "days")
    assert (row.verdict, row.reason) == ("not analysed", "it was observed for nobody")
    assert only(rows, features * np.nan).reason == "no feature was observed for anyone"


@pytest.fixture(scope="module")
def campus():
    """By the dial proxy.size of the scenario: how well ethnicity is told from actions on each source."""
    scenario = lar.load_scenario("synthetic/proxy.yaml")
    return {
        name: told(lar.generate_cohort(turned, n=800, seed=3)[0])
        for name, turned in (
            ("without", without(scenario, "proxy")),
            ("half", with_dials(scenario, ["proxy.size=0.45"])),
            ("whole", scenario),
        )
    }


def told(cohort) -> Finding:
    activity = cohort.frame("activity").query("1 <= week <= 6")
    features = activity.pivot_table(index="enrolment_id", columns="source", values="count", aggfunc="sum").astype(float)
    rows = cohort.frame("enrolments").rename(columns={"enrolment_id": "unit_id"})[["unit_id", "student_id"]]
    rows = rows[rows["unit_id"].isin(features.index)].sort_values("unit_id", ignore_index=True)
    rows = rows.join(cohort.vault(("ethnicity",)), on="unit_id")
    return only(rows.assign(fold=pd.factorize(rows["student_id"])[0] % 5), features, AuditPlan({"ethnicity": 0.1}))


def test_on_a_campus_with_a_proxy_the_library_gives_ethnicity_away(campus):
    assert [campus[name].estimate.value for name in ("without", "half", "whole")] == sorted(
        finding.estimate.value for finding in campus.values()
    )
    assert campus["whole"].estimate.lower > 0.5
    assert carried(campus["whole"]) == ["library"]


def test_on_its_twin_without_the_proxy_chance_is_not_excluded(campus):
    assert campus["without"].estimate.lower <= 0.5 <= campus["without"].estimate.upper
    assert carried(campus["without"]) == []
