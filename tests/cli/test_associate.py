"""``la-research associate``: planted associations are found, faults are told at once, and bad columns have a reason."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from la_research.cli import main
from la_research.errors import CohortError
from la_research.finding import Findings
from la_research.ingest.association_table import AssociationColumns
from la_research.pipeline.associate import associate_table
from la_research.seeds import stream

SECRET = "Ada Lovelace"
PANEL = ("--student", "who", "--week", "week", "--cluster", "module")


def weeks(students: int = 120, between: float = 0.8, within: float = 0.0, calendar: float = 0.0) -> pd.DataFrame:
    """Six weeks a student: the outcome follows the student's mean by ``between`` and the week by ``within``."""
    rng = stream(3, "tests", "associate")
    who, week = np.repeat(np.arange(students), 6), np.tile(np.arange(1, 7), students)
    trait, noise, own = rng.normal(size=students), rng.normal(size=who.size), rng.normal(size=students)
    mood = between * trait[who] + within * noise + own[who] + rng.normal(size=who.size) + calendar * week
    return pd.DataFrame({
        "who": [f"{SECRET} {i}" for i in who], "week": week, "module": np.array(["A", "B"])[who % 2],
        "clicks": trait[who] + noise + calendar * week, "mood": mood, "age": who % 7, "low": (mood > 0).astype(int),
    })  # fmt: skip


def once(students: int = 120) -> pd.DataFrame:
    return weeks(students).query("week == 3")


@pytest.fixture
def table(tmp_path: Path) -> Callable[[pd.DataFrame], Path]:
    def write(rows: pd.DataFrame) -> Path:
        rows.to_csv(tmp_path / "data.csv", index=False)
        return tmp_path / "data.csv"

    return write


@pytest.fixture
def associate(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(path: Path, *words: str, indicator: str = "clicks", outcome: str = "mood") -> tuple[int, str, str]:
        code = main(["associate", str(path), "--indicator", indicator, "--outcome", outcome, *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def found(path: Path, outcome: str = "mood", smallest: float | None = None, **named: Any) -> Findings:
    named = {"student": "who", "week": "week", "cluster": "module"} | named
    return associate_table(path, AssociationColumns("clicks", outcome, **named), smallest).findings


def test_an_association_between_students_alone_is_found_between_and_not_within(table):
    both = found(table(weeks()), smallest=0.1)
    assert both["validation.associate.between"].verdict == "supported"
    assert both["validation.associate.within"].verdict != "supported"
    assert {finding.id for finding in both} == {
        "cohort.table", "validation.associate.between", "validation.associate.between.placebo",
        "validation.associate.within", "validation.associate.within.placebo", "validation.associate.reliability",
        "validation.associate.opposite", "validation.associate.lagged", "validation.associate.missing",
        "validation.associate.choices.between", "validation.associate.choices.within",
    }  # fmt: skip
    assert not any(finding.confirmatory for finding in both)


def test_an_association_within_students_alone_is_found_within(table):
    both = found(table(weeks(between=0.0, within=0.5)), smallest=0.1)
    assert both["validation.associate.within"].verdict == "supported"
    assert both["validation.associate.between"].verdict != "supported"


def test_a_common_calendar_is_no_association_once_weeks_are_named(table):
    path = table(weeks(between=0.0, calendar=2.0))
    naive = found(path, week=None)["validation.associate.within"].estimate
    taken = found(path)["validation.associate.within"].estimate
    assert naive.lower > 0.5
    assert taken.lower < 0 < taken.upper


def test_a_negative_size_asks_for_the_other_direction_and_without_one_no_verdict_is_given(table):
    path = table(weeks())
    assert found(path, smallest=-0.1)["validation.associate.between"].verdict == "contradicted"
    assert not {finding.verdict for finding in found(path)} & {"supported", "contradicted", "negligible"}


def test_chance_holds_zero_and_seldom_reaches_what_is_planted(table):
    placebo = found(table(weeks()))["validation.associate.between.placebo"]
    assert placebo.estimate.lower < 0 < placebo.estimate.upper
    assert placebo.rows[0].estimate.value == pytest.approx(1 / 200)


def test_one_row_a_student_gives_a_correlation_and_what_is_left_of_it_given_covariates(table):
    rows = once().assign(same=lambda rows: rows["clicks"] + 0.01 * rows["age"], sort="x")
    one = found(table(rows), week=None, cluster=None, covariates=("same", "sort"))["validation.associate.correlation"]
    whole, given = one.estimate, next(row for row in one.rows if row.keys["what"] == "given the covariates")
    assert whole.value == pytest.approx(np.corrcoef(rows["clicks"], rows["mood"])[0, 1])
    assert given.estimate.lower < 0 < given.estimate.upper


@pytest.mark.parametrize(
    "named, method",
    [({"week": None, "cluster": None}, "obuchowski"), ({}, "delong-within-module-weeks")],
    ids=["no weeks", "weeks"],
)
def test_an_outcome_of_two_values_gives_an_auc_by_student(table, named, method):
    auc = found(table(weeks()), outcome="low", **named)["validation.associate.discrimination"]
    assert (auc.estimate.method, auc.estimate.n) == (method, 120)
    assert auc.estimate.lower > 0.5
    assert any("Calibration is not asked" in text for text in auc.limitations)


def test_one_row_a_student_gives_delongs_auc_and_the_change_of_the_share(table):
    one = found(table(once()), outcome="low", week=None, cluster=None)
    assert one["validation.associate.discrimination"].estimate.method == "delong"
    slope = next(r for r in one["validation.associate.correlation"].rows if r.keys["what"] == "change of the share")
    assert slope.estimate.unit == "share per SD"


def three_positives(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(mood=np.where(rows["who"].isin(rows["who"].unique()[:3]), 1, 0))


REASONS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "a constant indicator": (lambda rows: rows.assign(clicks=4), "the indicator is the same in every row"),
    "a constant outcome": (lambda rows: rows.assign(mood=1), "the outcome is the same in every row"),
    "no indicator": (lambda rows: rows.assign(clicks=np.nan), "no row holds the indicator"),
    "no outcome": (lambda rows: rows.assign(mood=np.nan), "no row holds the outcome"),
    "three with the outcome": (three_positives, "fewer than 10 students have the outcome"),
    "perfect separation": (
        lambda rows: rows.assign(mood=(rows["clicks"] > 0.2).astype(int)),
        "the indicator separates",
    ),
    "the outcome is the indicator": (lambda rows: rows.assign(mood=3 - 2 * rows["clicks"]), "one straight line"),
    "few students": (lambda rows: rows[rows["who"].isin(rows["who"].unique()[:9])], "fewer than"),
}


@pytest.mark.parametrize("name", REASONS)
@pytest.mark.parametrize("rows", [weeks, once], ids=["weeks", "once"])
def test_what_can_not_be_answered_is_not_analysed_and_says_why(name, rows, table):
    change, why = REASONS[name]
    answers = found(table(change(rows()))).of_stage("validation")
    assert {finding.verdict for finding in answers} == {"not analysed"}
    assert all(why in str(finding.reason) for finding in answers)


def test_an_indicator_that_never_changes_in_a_student_still_compares_students(table):
    rows = weeks().assign(clicks=lambda rows: rows.groupby("who")["clicks"].transform("mean"))
    both = found(table(rows))
    assert both["validation.associate.between"].estimate is not None
    assert "does not vary within students" in str(both["validation.associate.within"].reason)


FAULTS: dict[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], list[str]]] = {
    "words and gaps": (
        lambda rows: rows.assign(clicks="many", mood=SECRET, who=None),
        ["not_a_number", "not_a_number", "missing_student"],
    ),
    "a column that is not there": (lambda rows: rows.drop(columns="mood"), ["missing_column"]),
    "an endless number": (lambda rows: rows.assign(clicks="inf"), ["too_large"]),
    "a week twice": (lambda rows: pd.concat([rows, rows[:2]]), ["repeated_week"]),
    "a week without a number": (lambda rows: rows.assign(week=rows["week"].where(rows["week"] > 1)), ["missing_week"]),
    "a module that is missing": (lambda rows: rows.assign(module=None), ["missing_cluster"]),
    "no row": (lambda rows: rows[:0], ["empty"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_faults_of_the_table_are_told_at_once_and_show_nothing_of_anyone(name, associate, table):
    change, words = FAULTS[name]
    code, out, err = associate(table(change(weeks())), *PANEL, "--json")
    assert (code, out) == (12, "")
    assert [fault["code"] for fault in json.loads(err)] == [f"table.{word}" for word in words]
    assert SECRET not in err


def test_a_covariate_that_names_persons_and_students_who_were_not_named_are_faults(associate, table):
    path = table(once())
    assert "[table.identifier]" in associate(path, "--covariates", "who")[2]
    assert "[table.student]" in associate(table(weeks().rename(columns={"who": "student_id"})))[2]
    assert "[table.same_column]" in associate(path, outcome="clicks")[2]


@pytest.mark.parametrize("words", [("--week", "week"), ("--smallest", "0"), ("--smallest", "nan"), ("--smallest", "1")])
def test_weeks_without_students_and_sizes_that_are_none_are_a_usage_error(words, associate, table):
    code, _, err = associate(table(weeks()), *words)
    assert (code, err[:12]) == (2, "error[usage]")


def test_the_screen_shows_verdicts_and_limits_and_json_is_the_document_of_findings(associate, table):
    path = table(weeks())
    code, out, _ = associate(path, *PANEL, "--covariates", "age", "--smallest", "0.1")
    assert code == 0
    assert "data.csv: 120 students with 'clicks' and 'mood'" in out
    assert "supported" in out
    assert "given the covariates" in out
    assert "read every line as exploratory" in out
    assert "odd and even weeks alike" in out
    assert "why: every student has an outcome in every week" in out
    assert SECRET not in out
    document = json.loads(associate(path, *PANEL, "--json")[1])
    assert (document["format"], document["study"]["data"]) == ("la_research.findings/1", "table")
    assert Findings.from_json(document["findings"]) == found(path)


CELL = st.sampled_from(
    ["", "0", "1", "2", "yes", "no", "NaN", "0.5", "-3", "1e99", "1e300", "1e-300", "inf", "é", "\x00"]
)
NUMBER = st.sampled_from(["", "0", "1", "1e9", "0.25", "-2"])


def ends_well(path: Path, columns: AssociationColumns) -> Findings | None:
    """The findings; None where the table is refused by its code words."""
    try:
        return associate_table(path, columns, 0.1).findings
    except CohortError as refused:
        codes = {fault.code.partition(".")[0] for fault in refused.faults}
    assert codes == {"table"}
    return None


@settings(
    deadline=None, derandomize=True, phases=[Phase.generate], max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(cells=st.lists(st.tuples(CELL, CELL, CELL, CELL, CELL), max_size=30), panel=st.booleans())
def test_whatever_a_table_holds_ends_in_findings_or_in_a_fault(tmp_path, cells, panel):
    out = io.StringIO()
    csv.writer(out).writerows([("x", "y", "who", "week", "age"), *cells])
    (tmp_path / "any.csv").write_text(out.getvalue(), encoding="utf-8")
    named = ("who", "week") if panel else (None, None)
    ends_well(tmp_path / "any.csv", AssociationColumns("x", "y", *named, covariates=("age",)))


@settings(
    deadline=None, derandomize=True, phases=[Phase.generate], max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    seed=st.integers(0, 10**6), students=st.sampled_from([5, 12, 60]), each=st.integers(1, 3), values=st.integers(1, 4)
)
def test_a_sound_table_of_any_size_ends_in_findings_on_ten_students_or_more(tmp_path, seed, students, each, values):
    rng, n = np.random.default_rng(seed), students * each
    rows = pd.DataFrame({
        "x": rng.integers(0, values, n), "y": rng.integers(0, values, n), "who": np.arange(n) // each,
        "week": np.arange(n) % each, "module": rng.integers(0, 3, n), "age": rng.integers(0, values, n),
    })  # fmt: skip
    rows.loc[rng.random(n) < 0.2, ["x", "age"]] = np.nan
    rows.to_csv(tmp_path / "any.csv", index=False)
    columns = AssociationColumns("x", "y", "who", "week", ("module", None)[seed % 2], ("age",))
    answers = ends_well(tmp_path / "any.csv", columns)
    assert answers is not None
    every = [one.estimate for one in answers] + [row.estimate for one in answers for row in one.rows]
    assert all(estimate.n >= 10 for estimate in every if estimate is not None)
