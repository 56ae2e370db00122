"""A roll-out of a study read as a panel: students or modules by week, each with the start of its module."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.evaluation.designed import designed_effects
from la_research.evaluation.ground import Ground
from la_research.evaluation.samples import SAMPLES
from la_research.finding import Findings
from la_research.protocol.designs.did import Differences
from la_research.protocol.designs.synthetic_control import SyntheticControl
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import generate_cohort


@pytest.fixture(scope="module")
def study():
    return load_protocol("protocols/staggered-rollout")


@pytest.fixture(scope="module")
def campus(study):
    return generate_cohort(load_scenario(study.population.scenario), n=400, seed=5)[0]


def sample(study, campus, design):
    support = study.support.model_copy(update={"design": design})
    ground = Ground(study.model_copy(update={"support": support}), campus)
    return ground, SAMPLES[design.kind](ground, ground.claims[0])


def test_each_student_has_a_row_a_week_and_starts_with_the_module(study, campus):
    ground, made = sample(study, campus, study.support.design)
    assert len(made.rows) == 12 * len(ground.students)
    starts = made.rows.groupby("cluster")["first"].unique()
    assert starts["ART101"].tolist() == [5.0]
    assert starts["PSY150"].tolist() == [np.inf]
    assert (made.unit, made.words["outcome"]) == ("log actions", "weekly activity in each week")
    first = ground.students.index[0]
    held = made.rows[made.rows["unit"] == first]["outcome"].to_numpy()
    assert held == pytest.approx(ground.weekly("weekly_activity").loc[first].to_numpy(), nan_ok=True)


def test_without_an_indicator_the_questionnaire_is_read_in_its_waves(study, campus):
    design = Differences(kind="did", starts={"ART101": 5})
    asked = study.hypotheses[0].model_copy(update={"outcome": "wellbeing_10"})
    _, made = sample(study.model_copy(update={"hypotheses": (asked,)}), campus, design)
    assert sorted(set(made.rows["time"])) == [2, 4, 6, 8, 10, 12]
    assert made.unit == "WHO-5 points"


def test_modules_are_means_of_their_students(study, campus):
    design = SyntheticControl(kind="synthetic_control", starts={"ART101": 7}, indicator="weekly_activity")
    ground, made = sample(study, campus, design)
    weekly, module = ground.weekly("weekly_activity"), ground.students["module"]
    row = made.rows[(made.rows["unit"] == "PSY150") & (made.rows["time"] == 3)]
    assert row["outcome"].item() == pytest.approx(weekly.loc[module == "PSY150", 3].mean())
    assert made.units == 12


@pytest.mark.parametrize("kind", [Differences, SyntheticControl])
def test_a_study_without_starts_is_told_so(study, campus, kind):
    name = "did" if kind is Differences else "synthetic_control"
    _, made = sample(study, campus, kind(kind=name))
    assert made == "the protocol registers no week in which the support starts ('starts')"


def test_an_outcome_that_is_known_once_makes_no_panel(study, campus):
    left = study.hypotheses[0].model_copy(update={"outcome": "left"})
    design = study.support.design.model_copy(update={"indicator": None})
    support = study.support.model_copy(update={"design": design})
    ground = Ground(study.model_copy(update={"support": support, "hypotheses": (left,)}), campus)
    found = Findings(designed_effects(ground, ""))["H1"]
    assert (found.verdict, found.reason.split(":")[0]) == ("not analysed", "the outcome is known once for each student")
