"""The registered study on the real Open University files, beside a plain recount of the CSVs."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from la_research.audit import audit_fairness
from la_research.cohort import Cohort, describe_cohort
from la_research.indicators.registry import compute_indicators
from la_research.ingest import ingest_oulad
from la_research.models import fit_model
from la_research.protocol import Protocol
from la_research.store import load_protocol

pytestmark = pytest.mark.real_data
COURSE = ["code_module", "code_presentation"]
LAST = 27
"""OULAD's date of the last day of week 4."""


@pytest.fixture(scope="module")
def archive(real_data: Path) -> Path:
    path = real_data / "oulad" / "anonymisedData-part.zip"
    if not path.exists():
        pytest.skip(f"not run: there is no Open University archive at {path}")
    return path


@pytest.fixture(scope="module")
def raw(archive: Path) -> Callable[[str], pd.DataFrame]:
    def read(name: str) -> pd.DataFrame:
        with zipfile.ZipFile(archive) as file, file.open(f"{name}.csv") as table:
            return pd.read_csv(table, na_values=["?"])

    return read


@pytest.fixture(scope="module")
def cohort(archive: Path) -> Cohort:
    return ingest_oulad([archive])


@pytest.fixture(scope="module")
def protocol(root: Path) -> Protocol:
    return load_protocol(root / "protocols" / "oulad-withdrawal")


def registered(raw: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    rows = raw("studentRegistration")
    late, left = rows["date_registration"] > LAST, rows["date_unregistration"] <= LAST
    return rows[~late & ~left]


def test_who_is_still_registered_is_what_a_plain_recount_finds(
    protocol: Protocol, cohort: Cohort, raw: Callable[[str], pd.DataFrame]
) -> None:
    findings = describe_cohort(protocol, cohort)
    still = registered(raw)
    analysed = findings["cohort.flow"].estimate
    assert analysed is not None
    assert analysed.value == len(still)
    clicks = findings["cohort.clicks.population"]
    assert clicks.limitations[0] == "It covers 3 of 22 presentations, of 2 of 7 modules: AAA, BBB."
    sizes = still.groupby(COURSE).size()
    expected = {("AAA", "2013J"), ("AAA", "2014J"), ("BBB", "2013J")}
    assert {tuple(row.keys.values()): row.estimate and row.estimate.value for row in clicks.rows} == {
        run: sizes[run] for run in expected
    }


def test_late_or_missing_work_is_what_a_plain_recount_finds(
    protocol: Protocol, cohort: Cohort, raw: Callable[[str], pd.DataFrame]
) -> None:
    only = protocol.model_copy(update={"indicators": {"late_or_missing": protocol.indicators["late_or_missing"]}})
    values = compute_indicators(only, cohort).to_pandas()
    values = values[(values["week"] == 4) & values["unit_id"].str.startswith("DDD-2013B")].set_index("unit_id")["value"]

    due = raw("assessments").query("code_module == 'DDD' and code_presentation == '2013B' and date <= @LAST")
    assert due["date"].tolist() == [23, 25]
    students = registered(raw).query("code_module == 'DDD' and code_presentation == '2013B'")
    pairs = students.merge(due, on=COURSE).merge(raw("studentAssessment"), how="left")
    pairs = pairs[~(pairs["date"] < pairs["date_registration"])]
    late = ~(pairs["date_submitted"] <= pairs["date"])
    expected = late.groupby("DDD-2013B-" + pairs["id_student"].astype(str)).mean()
    pd.testing.assert_series_equal(values.dropna(), expected, check_names=False, check_exact=False)


def test_weekly_clicks_are_what_a_plain_recount_finds(
    protocol: Protocol, cohort: Cohort, raw: Callable[[str], pd.DataFrame]
) -> None:
    only = protocol.model_copy(update={"indicators": {"weekly_activity": protocol.indicators["weekly_activity"]}})
    values = compute_indicators(only, cohort).to_pandas().query("week == 4").set_index("unit_id")["value"].dropna()
    clicks = raw("studentVle").query("21 <= date <= 27")
    whole_week = registered(raw)[lambda rows: ~(rows["date_registration"] > 21)]  # who came later saw a part of it
    assert values.sum() == clicks.merge(whole_week)["sum_click"].sum()
    assert (values == 0).sum() > 100, "silent and observed is a zero"


def test_the_audit_shows_pooled_and_within_module_gaps_and_their_difference(protocol: Protocol, cohort: Cohort) -> None:
    two = protocol.population.model_copy(update={"modules": ("AAA", "BBB", "GGG")})
    quick = protocol.model_copy(update={"population": two})
    indicators = compute_indicators(quick, cohort)
    predictions = fit_model(quick, cohort, indicators)
    assert predictions.reason == ""
    late = predictions.features["all"]["late_or_missing"]
    assert late[late.index.str.startswith("GGG")].isna().all(), "nothing is due in GGG by week 4, and the rows are kept"
    findings = audit_fairness(quick, cohort, predictions)
    for attribute in ("gender", "disability", "imd_band", "age_band"):
        for ending in ("", ".within", ".difference"):
            finding = findings[f"audit.auc.{attribute}{ending}"]
            assert finding.estimate is not None, finding.reason
            assert finding.estimate.lower is not None
    pooled, within = findings["audit.auc.gender.difference"].rows[:2]
    assert pooled.estimate is not None
    assert within.estimate is not None
    difference = findings["audit.auc.gender.difference"].estimate
    assert difference is not None
    assert difference.value == pytest.approx((pooled.estimate.value or 0) - (within.estimate.value or 0))
