"""Which comes first, asked of a study: its numbers are those of the panel, and waves that do not fit have a reason."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

import la_research as lar
from la_research.cohort import Cohort, arrow_schema
from la_research.models import Predictions
from la_research.schema import TABLES
from la_research.statistics.lagged.cross_lagged import cross_lagged
from la_research.validation.ground import Ground
from la_research.validation.lagged import lagged_findings

NO_MODEL = Predictions(pd.DataFrame(), {}, reason="the study registers no model")
ID = "validation.lagged.weekly_activity.who_5"


@pytest.fixture(scope="module")
def ground():
    """The shipped study with 400 students and its one indicator."""
    study = lar.load_protocol("protocols/early-engagement")
    study = study.model_copy(update={"indicators": {"weekly_activity": study.indicators["weekly_activity"]}})
    cohort, _ = lar.generate_cohort(lar.load_scenario("null"), n=400, seed=3)
    return Ground(study, cohort, lar.compute_indicators(study, cohort), NO_MODEL)


def asked(ground, **changes):
    """The same students, and a validation that registers something else."""
    validation = ground.asked.model_copy(update=changes)
    return replace(ground, protocol=ground.protocol.model_copy(update={"validation": validation}))


def answered(ground, weeks):
    """The same students, whose answers of each week were given in another; weeks left out were not asked."""
    tables = {name: ground.cohort.arrow(name) for name in TABLES}
    rows = tables["responses"].to_pandas()
    rows = rows[(rows["instrument"] == "WHO-5") & rows["week"].isin(list(weeks))]
    rows = rows.assign(week=rows["week"].map(weeks))
    tables["responses"] = pa.Table.from_pandas(rows, arrow_schema(TABLES["responses"]), preserve_index=False)
    return replace(ground, cohort=Cohort(tables, ground.cohort.provenance, ""))


def test_one_finding_for_each_pair_carries_the_lags_of_its_panel(ground):
    (finding,) = lagged_findings(ground)  # two hypotheses, one pair
    expected = cross_lagged(ground.panel(ground.associations[0]))
    assert (finding.id, finding.verdict, finding.confirmatory) == (ID, "described", False)
    assert finding.estimate == expected.x_to_y.estimate("SD per SD", "ri-clpm", 0.95)
    assert {row.keys["what"]: row.estimate.value for row in finding.rows} == {
        "activity, then how students are": expected.x_to_y.value,
        "how students are, then activity": expected.y_to_x.value,
        "the first less the second": expected.x_to_y.value - expected.y_to_x.value,
        "activity, then activity": expected.x_to_x.value,
        "how students are, then how they are": expected.y_to_y.value,
        "both in the same wave": expected.same_wave.value,
        "both over all waves, between students": expected.between.value,
    }
    assert [row.estimate.unit for row in finding.rows] == ["SD per SD"] * 5 + ["correlation"] * 2


def test_what_was_not_asked_gives_no_finding(ground):
    assert list(lagged_findings(asked(ground, lagged=False))) == []


def test_a_break_between_waves_is_an_assumption_that_failed(ground):
    (finding,) = lagged_findings(ground)
    held = {a.statement: a for a in finding.assumptions}["The same time lies between any two waves"]
    assert (held.holds, held.evidence) == (False, "14 to 21 days: weeks of a break lie between some of them")
    (finding,) = lagged_findings(answered(ground, {2: 2, 4: 4, 6: 6}))
    held = {a.statement: a for a in finding.assumptions}["The same time lies between any two waves"]
    assert (held.holds, held.evidence) == (True, "14 days")


def test_a_window_that_is_not_what_the_answers_are_about_is_an_assumption_that_failed(ground):
    (finding,) = lagged_findings(asked(ground, window_weeks=1))
    held = finding.assumptions[0]
    assert held.holds is False
    assert held.evidence.startswith("1 week of activity up to the questionnaire, which asks about the last 2")


@pytest.mark.parametrize(
    "changed, reason",
    [
        pytest.param(
            lambda g: asked(g, window_weeks=3),
            "waves lie 2 teaching weeks apart and 3 weeks of activity belong to each: they overlap",
            id="windows overlap",
        ),
        pytest.param(
            lambda g: asked(answered(g, {2: 2, 4: 3, 6: 4, 8: 5}), window_weeks=1),
            "waves lie 1 teaching week apart and each asks about the last 2: they overlap",
            id="recall overlaps",
        ),
        pytest.param(
            lambda g: answered(g, {2: 2, 4: 4, 6: 6, 8: 9}),
            "the waves are not equally far apart, so that one lag does not stand for all",
            id="unequal waves",
        ),
        pytest.param(
            lambda g: answered(g, {2: 2, 4: 4}),
            "fewer than 3 waves: lags are not told from what a student always has",
            id="two waves",
        ),
        pytest.param(lambda g: answered(g, {}), "the data hold no wellbeing instrument", id="no questionnaire"),
    ],
)
def test_waves_that_do_not_fit_have_a_reason_instead_of_a_number(ground, changed, reason):
    (finding,) = lagged_findings(changed(ground))
    assert (finding.id, finding.verdict, finding.estimate, finding.rows) == (ID, "not analysed", None, ())
    assert finding.reason == reason
