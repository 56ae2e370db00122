"""Published numbers of comparisons without a draw: What If, Darfur, the E-value, lead in children's blood."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from la_research.pipeline.effect import table_effect
from la_research.statistics.sensitivity.e_value import e_value
from la_research.statistics.sensitivity.robustness import robustness_value
from la_research.statistics.sensitivity.rosenbaum import largest_p

GIVEN = ("sex", "race", "age", "education", "smokeintensity", "smokeyrs", "exercise", "active", "wt71")
BOOK = {
    "squares": ["age", "smokeintensity", "smokeyrs", "wt71"],
    "factors": ["education", "exercise", "active"],
    "interactions": ["smokeintensity"],
}
EXPOSED = (38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15, 10, 45, 39, 22, 35, 49, 48, 44, 35, 43,
           39, 34, 13, 73, 25, 27)  # fmt: skip
OTHERS = (16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24, 13, 9, 14, 21, 19, 7, 18, 19, 12, 11, 22,
          25, 16, 13, 11, 13)  # fmt: skip
"""Lead in the blood of 33 children whose parents worked with it, and of their neighbours: Morton et al. (1982)."""


@pytest.fixture(scope="module")
def rows(real_data: Path):
    held = json.loads((real_data.parent / "reference" / "reference_numbers.json").read_text(encoding="utf-8"))
    return {row["id"]: row for row in held}


@pytest.fixture(scope="module")
def found(real_data: Path):
    settings = {**BOOK, "estimator": "ipw"}
    columns = {"outcome": "wt82_71", "treatment": "qsmk"}
    table = table_effect(real_data / "causal" / "nhefs_complete.csv", "observational", columns, GIVEN, settings)
    return {row.keys["what"]: row.estimate for row in table.findings["evaluation.effect.estimators"].rows}


@pytest.mark.real_data
@pytest.mark.parametrize(("what", "number"), [("crude", "nhefs.crude"), ("regression", "nhefs.gformula")])
def test_the_crude_and_the_standardised_difference_are_those_of_the_book(rows, found, what, number):
    assert found[what].value == pytest.approx(rows[number]["value"], abs=rows[number]["tol"])


@pytest.mark.real_data
def test_the_weighted_difference_and_its_robust_interval_are_those_of_the_book(rows, found):
    robust = found["ipw, weights taken as known"]
    row = rows["nhefs.ipw"]
    assert (robust.value, robust.lower, robust.upper) == pytest.approx(row["value"], abs=row["tol"])
    assert found["ipw"].value == robust.value
    assert robust.lower < found["ipw"].lower < found["ipw"].upper < robust.upper  # knowing less would tell more


@pytest.mark.real_data
def test_e_values_are_those_that_were_published(rows):
    assert [e_value(ratio) for ratio in (3.9, 1.8, 0.8)] == pytest.approx(rows["evalue"]["value"], abs=0.001)


def test_robustness_values_are_those_of_sensemakr():
    t = 0.09731582 / 0.02325654  # Darfur: Cinelli & Hazlett (2020), table 1
    assert robustness_value(t, 783) == pytest.approx(0.13878, abs=5e-5)
    assert robustness_value(t, 783, 0.05) == pytest.approx(0.07626, abs=5e-5)


def test_bounds_of_the_signed_rank_test_are_those_of_rosenbaum_2002():
    differences = np.array(EXPOSED, dtype=float) - np.array(OTHERS)
    found = [largest_p(differences, gamma) for gamma in (2, 3, 4, 4.25, 5)]  # table 4.2
    assert found == pytest.approx([0.0018, 0.0136, 0.0388, 0.0468, 0.0740], abs=5e-5)
