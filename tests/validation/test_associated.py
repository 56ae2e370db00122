"""A plain table is asked what a study is asked: the same numbers, planted answers found, and a reason where none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import la_research as lar
from la_research.finding import Finding, Findings, Row
from la_research.seeds import stream
from la_research.statistics.patterns import KINDS
from la_research.validation.associated import associate_rows
from la_research.validation.ground import Ground
from la_research.validation.lagged import lagged_findings
from la_research.validation.opposite import opposite_findings
from la_research.validation.table import AssociationPlan

PLAN = AssociationPlan(by_week=True)
FURTHER = ("reliability", "opposite", "lagged", "missing", "choices.between", "choices.within")


def rows(
    students: int = 300, weeks: int = 6, lag: float = 0.0, other: float = 0.0, lacking: float = 0.0
) -> pd.DataFrame:
    """The indicator is half trait, half week; of the outcome the trait, the week and the week before are parts."""
    rng = stream(5, "tests", "associated")
    trait, own = rng.normal(size=(2, students, 1))
    x, noise = rng.normal(size=(2, students, weeks))
    sign = np.where(np.arange(students) < other * students, -1.0, 1.0)[:, None]
    y = 0.5 * trait + own + sign * x + 0.6 * noise if other else 0.5 * trait + own + noise
    y[:, 1:] += lag * x[:, :-1]
    y[rng.random(y.shape) < lacking] = np.nan
    who, week = np.divmod(np.arange(students * weeks), weeks)
    columns = {"student": who, "cluster": who % 2, "week": week + 1.0, "x": (trait + x).ravel(), "y": y.ravel()}
    return pd.DataFrame(columns)


def asked(table: pd.DataFrame, plan: AssociationPlan = PLAN) -> Findings:
    return associate_rows(plan, table, np.empty((len(table), 0)))


def told(finding: Finding) -> dict[str, Row]:
    return {" ".join(map(str, list(row.keys.values())[-1:])): row for row in finding.rows}


def values(finding: Finding) -> list[float | None]:
    return [row.estimate.value if row.estimate else None for row in finding.rows]


def test_weeks_that_are_half_trait_are_half_alike_and_free_the_slope_between_students():
    found = asked(rows())["validation.associate.reliability"]
    mean, week = found.estimate, told(found)["one week, ICC(1,1)"].estimate
    assert mean.lower < 6 / 7 < mean.upper
    assert week.lower < 0.5 < week.upper
    seen, freed = (told(found)[f"between students, {which}"].estimate for which in ("observed", "corrected for it"))
    assert freed.value == pytest.approx(seen.value / mean.value**0.5)
    assert seen.value == asked(rows())["validation.associate.between"].estimate.value


def test_the_slope_within_is_not_corrected_by_a_reliability_that_nobody_knows():
    row = told(asked(rows(lag=0.3))["validation.associate.reliability"])["within student, corrected for it"]
    assert (row.estimate, row.verdict) == (None, "not analysed")


def test_a_planted_lag_comes_from_the_indicator_and_not_from_the_outcome():
    found = asked(rows(lag=0.5))["validation.associate.lagged"]
    back = told(found)["outcome, then indicator"].estimate
    assert found.estimate.lower > 0.2
    assert back.lower < 0 < back.upper


def test_of_many_weeks_the_last_are_used_and_it_is_said():
    long = rows(120, 10)
    found, late = (asked(table)["validation.associate.lagged"] for table in (long, long[long["week"] > 2]))
    assert values(found) == pytest.approx(values(late), abs=1e-4)
    assert "Only the last 8 of 10 weeks are used" in found.limitations[-1]
    assert len(found.limitations) == len(late.limitations) + 1


def test_a_scale_on_which_the_two_go_together_stands_beside_one_on_which_they_hardly_do():
    table = rows(lag=0.0).assign(x=lambda table: np.exp(6 * table["x"]))
    found = asked(table)["validation.associate.choices.between"]
    plain, rank, log = (row.estimate.value for row in found.rows[:3])
    assert plain < 0.6 * min(rank, log)
    assert [row.keys["scale"] for row in found.rows[:3]] == ["as it is", "rank", "log"]
    assert plain == asked(table)["validation.associate.between"].estimate.value
    assert found.estimate.value == sorted((plain, rank, log))[1]
    assert found.rows[-1].estimate.value < 0.05


def test_covariates_double_the_ways_and_an_indicator_below_zero_has_no_logarithm():
    table = rows()
    given = associate_rows(PLAN, table, stream(6, "tests", "associated").normal(size=(len(table), 1)))
    ways = [row.keys for row in given["validation.associate.choices.within"].rows if "scale" in row.keys]
    assert [(way["scale"], way["given"]) for way in ways] == [
        ("as it is", "nothing"), ("rank", "nothing"), ("as it is", "the covariates"), ("rank", "the covariates"),
    ]  # fmt: skip


@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
def test_a_planted_share_of_students_goes_the_other_way_than_asked(up):
    plan = replace(PLAN, smallest=0.1 if up else -0.1)
    found = asked(rows(weeks=10, other=0.2), plan)["validation.associate.opposite"]
    assert found.estimate.lower < (0.2 if up else 0.8) < found.estimate.upper
    assert found.verdict == "described"
    assert ("lower" if up else "higher") in found.question


def test_outcomes_that_are_missing_at_random_leave_the_slopes_where_they_would_be():
    whole, part = asked(rows(lag=0.3)), asked(rows(lag=0.3, lacking=0.3))
    found = part["validation.associate.missing"]
    filled = told(found)["between students, filled in"].estimate
    assert filled.lower < whole["validation.associate.between"].estimate.value < filled.upper
    share = float(rows(lacking=0.3)["y"].isna().mean())
    assert found.estimate.value == pytest.approx(share)
    assert told(found)["between students, information missing"].estimate.value < 0.3
    assert not any(held.holds is False for held in found.assumptions)


def test_kinds_of_missing_outcomes_are_counted_and_an_outcome_of_zero_is_one():
    table = rows()
    table.loc[(table["student"] < 40) & (table["week"] > 3), "y"] = np.nan
    table.loc[table["student"].between(40, 59), "y"] = np.nan
    table.loc[table["student"].between(60, 74) & (table["week"] == 2), "y"] = np.nan
    table.loc[(table["cluster"] == 1) & (table["week"] == 2) & table["y"].notna(), "y"] = 0.0
    kinds = told(asked(table)["validation.associate.missing"])
    told_of = {kind: kinds[kind].estimate.value for kind in KINDS}
    assert told_of == {"every time": 225, "never": 20, "until they stopped": 40, "now and then": 15}


def test_a_row_that_is_not_there_counts_as_an_outcome_that_is_missing():
    table = rows()
    gone = table[~((table["student"] < 30) & (table["week"] == 6))]
    found = asked(gone)["validation.associate.missing"]
    assert told(found)["until they stopped"].estimate.value == 30
    assert "fewer than 10 students have the indicator" in str(told(found)["slopes, filled in"].reason)


def test_a_yes_or_no_outcome_has_patterns_and_no_outcomes_drawn_as_numbers():
    table = rows(lacking=0.2).assign(y=lambda table: (table["y"] > 0).where(table["y"].notna()).astype(float))
    both = asked(table, replace(PLAN, binary=True))
    missing = both["validation.associate.missing"]
    assert "yes or no" in str(told(missing)["slopes, filled in"].reason)
    assert told(missing)["every time"].estimate is not None
    assert all("yes or no" in str(both[f"validation.associate.{name}"].reason) for name in ("lagged", "opposite"))


def few_missing(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(y=table["y"].where((table["student"] > 4) | (table["week"] > 1)))


REASONS: dict[str, tuple[Callable[[], pd.DataFrame], str, str]] = {
    "two waves": (lambda: rows(weeks=2), "lagged", "fewer than 3 waves"),
    "waves apart": (lambda: rows().query("week != 2"), "lagged", "not equally far apart"),
    "60 students": (lambda: rows(60), "lagged", "fewer than 100 students"),
    "five weeks": (lambda: rows(weeks=5), "opposite", "fewer than 6 rows"),
    "nothing missing": (lambda: rows(60), "missing", "every student has an outcome in every week"),
    "five missing": (lambda: few_missing(rows(60)), "missing", "fewer than 10 students"),
    "equal weeks": (
        lambda: rows(60).assign(x=lambda table: table.groupby("student")["x"].transform("mean")),
        "reliability",
        "the same in all of a student's weeks",
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_what_a_table_can_not_tell_is_not_analysed_and_says_why(name):
    table, which, why = REASONS[name]
    found = asked(table())[f"validation.associate.{which}"]
    assert (found.verdict, found.estimate, found.rows) == ("not analysed", None, ())
    assert why in str(found.reason)


def test_without_weeks_only_the_order_free_question_is_answered():
    both = asked(rows().assign(week=0.0), AssociationPlan())
    assert both["validation.associate.opposite"].estimate is not None
    for name in ("reliability", "lagged", "missing"):
        assert both[f"validation.associate.{name}"].reason == "no column of weeks was named"


def test_one_row_a_student_is_asked_nothing_that_needs_several():
    assert not {f"validation.associate.{name}" for name in FURTHER} & {found.id for found in asked(rows(weeks=1))}


def test_a_few_who_never_have_an_outcome_can_not_be_worked_out():
    table = rows()
    table.loc[table["student"] < 3, "y"] = np.nan
    table.loc[(table["student"] >= 250) & (table["week"] == 6), "y"] = np.nan
    kinds = told(asked(table)["validation.associate.missing"])
    assert kinds["never"].verdict == "suppressed"
    assert sum(row.verdict == "suppressed" for row in kinds.values()) > 1


@pytest.fixture(scope="module")
def study() -> Ground:
    protocol = lar.load_protocol("protocols/early-engagement")
    cohort, _ = lar.generate_cohort(lar.load_scenario("default"), n=400, seed=4)
    return Ground(protocol, cohort, lar.compute_indicators(protocol, cohort), None)


def test_a_table_of_a_studys_cells_gives_the_numbers_of_the_study(study):
    claim = next(claim for claim in study.associations if claim.kind == "within")
    panel = study.panel(claim)
    table = pd.DataFrame({
        "student": panel.student, "cluster": panel.group, "week": panel.week.astype(float), "x": panel.x, "y": panel.y,
    })  # fmt: skip
    both = asked(table, replace(PLAN, by_cluster=True, smallest=0.05 if claim.direction == "positive" else -0.05))
    lags = next(iter(lagged_findings(study)))
    assert [lags.estimate.value, *values(lags)[1:]] == pytest.approx(
        [both["validation.associate.lagged"].estimate.value, *values(both["validation.associate.lagged"])], abs=1e-4
    )
    other = next(found for found in opposite_findings(study) if found.hypothesis == claim.id)
    assert other.estimate.value == pytest.approx(both["validation.associate.opposite"].estimate.value, abs=1e-6)
