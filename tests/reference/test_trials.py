"""The job training trial of LaLonde as Dehejia and Wahba printed it, and Dunnett's critical values."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from scipy.special import stdtrit

from la_research.pipeline.effect import table_effect
from la_research.statistics.arms import arm_effects, together

DATA = Path(os.environ.get("LA_RESEARCH_DATA") or Path(__file__).parents[2] / "../shared/data")
NUMBERS = DATA.parent / "reference/reference_numbers.json"


def published(name: str) -> dict:
    if not NUMBERS.exists():
        pytest.skip(f"not run: {NUMBERS.name} is not there")
    (row,) = (row for row in json.loads(NUMBERS.read_text(encoding="utf-8")) if row["id"] == name)
    return row


def test_the_difference_and_its_three_errors_are_those_of_the_training_trial():
    row = published("nsw.diff")
    path = DATA / row["data"]
    found = table_effect(path, "randomised", {"outcome": "re78", "treatment": "treat"}).findings["evaluation.effect"]
    errors = {r.keys["what"]: r.estimate for r in found.rows}
    reach = float(stdtrit(445 - 2, 0.975))
    names = ("difference, least squares error", "difference, HC2", "difference, HC3")
    held = [(errors[name].upper - errors[name].lower) / 2 / reach for name in names]
    assert [found.estimate.value, *held] == pytest.approx(row["value"], abs=row["tol"])


def test_intervals_of_three_arms_at_once_are_as_wide_as_dunnett_printed():
    """Dunnett (1955), two-sided 5 %, two arms beside a control and many degrees of freedom: 2.21."""
    arm = np.repeat([0, 1, 2], 2000)
    outcome = np.random.default_rng(1).normal(size=arm.size)
    fit = arm_effects(outcome, arm, np.empty((arm.size, 0)))
    first = together(fit, 2, np.random.default_rng(2))[0]
    assert (first.interval(0.95)[1] - first.value) / fit.of(np.array([0.0, 1.0, 0.0])).se == pytest.approx(
        2.21, abs=0.02
    )
