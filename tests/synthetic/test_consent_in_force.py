"""Consent is effective-dated: once research is taken back nobody is asked, and no look considers the student."""

from __future__ import annotations

import pytest

from la_research.store import load_scenario
from la_research.synthetic import generate_cohort
from la_research.synthetic.switch import with_dials


@pytest.fixture(scope="module")
def cohort():
    return generate_cohort(with_dials(load_scenario("default"), ["consent.withdrawn_later=0.5"]), n=3000, seed=4)[0]


@pytest.fixture(scope="module")
def taken_back(cohort):
    rows = cohort.frame("consent")
    return rows[~rows["given"] & (rows["from_day"] > 1)].set_index("student_id")["from_day"]


def test_no_questionnaire_is_answered_after_research_is_taken_back(cohort, taken_back):
    first = cohort.frame("calendar").dropna(subset=["week"]).groupby("week")["day"].min()
    answers = cohort.frame("responses")
    answers = answers[answers["student_id"].isin(taken_back.index)]
    assert len(answers) > 1000
    assert (first.loc[answers["week"]].to_numpy() < taken_back.loc[answers["student_id"]].to_numpy()).all()


def test_nobody_is_drawn_after_research_is_taken_back(cohort, taken_back):
    drawn = cohort.frame("assignments")
    mine = drawn[drawn["student_id"].isin(taken_back.index)]
    assert len(mine) > 50
    assert (taken_back.loc[mine["student_id"]] > 28).all()
