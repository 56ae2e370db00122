"""The regression-to-the-mean meter: a rise without any help is expected, and is never called an effect."""

from __future__ import annotations

import numpy as np
import pytest

import la_research as lar
from la_research.cohort import Cohort
from la_research.evaluation.ground import Ground
from la_research.evaluation.meter import meter_findings
from la_research.protocol.support import Meter
from la_research.schema import TABLES
from la_research.statistics.regression_to_mean import Looks, gain_by_earlier_weeks, gain_by_process
from la_research.synthetic.tables import REQUIRED

RULE = Meter(indicator="peer_share", below=0.45)


@pytest.fixture(scope="module")
def study():
    shipped = lar.load_protocol("protocols/early-engagement")
    return shipped.model_copy(update={"support": shipped.support.model_copy(update={"meter": RULE})})


@pytest.fixture(scope="module")
def nothing_helps():
    unread = {"responses", "services", "assessments", "attendance"}
    return lar.generate_cohort(lar.load_scenario("null"), n=1500, seed=5, tables=set(REQUIRED) - unread)[0]


def test_it_is_asked_only_where_the_rule_is_registered(study, nothing_helps):
    without = study.model_copy(update={"support": study.support.model_copy(update={"meter": None})})
    assert meter_findings(Ground(without, nothing_helps)) == []


def test_where_nothing_helps_the_rise_seen_is_the_rise_expected(study, nothing_helps):
    (found,) = meter_findings(Ground(study, nothing_helps))
    rows = {row.keys["what"]: row.estimate for row in found.rows}
    seen, expected = rows["seen in those contacted"], rows["expected with no help"]
    assert found.estimate == expected
    assert expected.lower > 0.1  # a rise of itself
    assert seen.lower < expected.upper
    assert expected.lower < seen.upper
    assert any("never read as an effect" in text for text in found.limitations)


def test_a_record_without_contacts_says_so(study, nothing_helps):
    tables = {name: nothing_helps.arrow(name) for name in TABLES if name not in ("contacts", "assignments")}
    silent = Cohort(tables, nothing_helps.provenance, "sha256:0")
    (found,) = meter_findings(Ground(study, silent))
    assert (found.verdict, found.estimate) == ("not analysed", None)
    assert "no contact" in found.reason


def test_without_a_week_before_the_first_look_there_is_no_number():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(300, 4))
    assert gain_by_earlier_weeks(Looks(values, values, (2,), -1.0), rng) is None
    assert gain_by_process(Looks(values, values, (2,), -1.0), rng) is None


def test_nobody_below_the_line_gives_no_number():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(300, 6))
    assert gain_by_earlier_weeks(Looks(values, values, (4,), -99.0), rng) is None
