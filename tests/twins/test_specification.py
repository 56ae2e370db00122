"""The whole curve against none, beside a bootstrap that draws students anew and estimates every specification again."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.specification import joint_test

STUDENTS, DRAWS = 300, 4000


def means(values: np.ndarray) -> tuple[list[Coefficient], np.ndarray]:
    """The mean of every column as a specification, and what each student adds to it."""
    added = (values - values.mean(axis=0)) / len(values)
    errors = np.sqrt((added**2).sum(axis=0))
    return [Coefficient(*one, STUDENTS - 1, STUDENTS) for one in zip(values.mean(axis=0), errors, strict=True)], added


def columns(shift: float) -> np.ndarray:
    rng = stream(4, "twins", "specification")
    shared = rng.normal(size=(STUDENTS, 1))
    return shift + shared + rng.normal(size=(STUDENTS, 5)) * np.array([0.2, 0.5, 1, 1, 2])


@pytest.mark.parametrize("shift", [0.0, 0.06, 0.12])
def test_draws_as_extreme_are_as_many_as_in_a_bootstrap_of_students(shift):
    values, rng = columns(shift), stream(4, "twins", "specification", "bootstrap")
    found, added = means(values)
    errors = np.array([one.se for one in found])
    centred = values - values.mean(axis=0)
    drawn = np.array([centred[rng.integers(0, STUDENTS, STUDENTS)].mean(axis=0) for _ in range(DRAWS)])
    far = (np.abs(np.median(drawn, axis=1)) >= abs(np.median(values.mean(axis=0)))).mean()
    t = drawn / errors
    most = max((values.mean(axis=0) / errors > 1.96).sum(), (values.mean(axis=0) / errors < -1.96).sum())
    many = (np.maximum((t > 1.96).sum(axis=1), (t < -1.96).sum(axis=1)) >= most).mean()
    test = joint_test(found, added, stream(4, "twins", "specification", "multipliers"))
    for bootstrap, multipliers in ((far, test.median), (many, test.excluding)):
        band = 4 * np.sqrt(max(bootstrap * (1 - bootstrap), 0.002) * (1 / test.draws + 1 / DRAWS))
        assert abs(multipliers / test.draws - bootstrap) <= band


def test_one_specification_many_times_is_that_specification():
    (one, *_), added = means(columns(0.1))
    test = joint_test([one] * 7, np.repeat(added[:, :1], 7, axis=1), stream(4, "twins", "specification", "one"))
    assert test.median / test.draws == pytest.approx(one.p, abs=4 * np.sqrt(one.p * (1 - one.p) / test.draws))
