"""Weights take away what module does to who is there, and say how sure that leaves us."""

import numpy as np
import pandas as pd
from scipy.stats import binom

from la_research.seeds import stream
from la_research.statistics.intervals import wilson
from la_research.statistics.weighting import chance_of_inclusion, inverse_weights, weighted_share

DRAWS = 150
MODULES = {"A": (0.9, 0.7), "B": (0.6, 0.4), "C": (0.3, 0.2)}
"""Chance to be there, and rate."""


def draw(generator, n=900):
    module = generator.choice(list(MODULES), n)
    there = generator.random(n) < np.array([MODULES[m][0] for m in module])
    value = generator.random(n) < np.array([MODULES[m][1] for m in module])
    return pd.DataFrame({"module": module}), there, value.astype(float)


def test_a_share_of_all_is_held_as_often_as_said_and_one_of_those_there_is_not():
    truth = np.mean([rate for _, rate in MODULES.values()])
    held, plain = 0, 0
    for seed in range(DRAWS):
        columns, there, value = draw(stream(seed, "tests", "weighting"))
        weights = inverse_weights(there, chance_of_inclusion(there, columns))
        share, n = weighted_share(value[there], weights, np.flatnonzero(there))
        lower, upper = wilson(share * n, n)
        held += lower <= truth <= upper
        lower, upper = wilson(value[there].sum(), there.sum())
        plain += lower <= truth <= upper
    assert held >= binom.ppf(0.001, DRAWS, 0.95)
    assert plain < binom.ppf(0.001, DRAWS, 0.95)


def test_a_module_that_is_always_there_gets_a_finite_chance():
    columns = pd.DataFrame({"module": list("AAAABBBB")})
    there = np.array([True] * 4 + [True, False, False, False])
    chance = chance_of_inclusion(there, columns)
    assert (chance[:4] > 0.999).all()
    assert (chance < 1).all()


def test_what_is_not_recorded_is_a_category_of_its_own():
    columns = pd.DataFrame({"gender": ["F", "F", None, None]})
    chance = chance_of_inclusion(np.array([True, True, True, False]), columns)
    assert np.round(chance, 3).tolist() == [1.0, 1.0, 0.5, 0.5]


def test_where_all_are_there_everyone_weighs_the_same():
    there = np.ones(5, dtype=bool)
    assert inverse_weights(there, chance_of_inclusion(there, pd.DataFrame({"m": list("ABABA")}))).tolist() == [1.0] * 5


def test_several_rows_of_a_student_are_not_several_students():
    values, weights = np.tile([1.0, 0.0, 1.0], 20), np.tile([1.0, 2.0, 1.5], 20)
    once = weighted_share(values, weights, np.arange(60))
    twice = weighted_share(np.tile(values, 2), np.tile(weights, 2), np.tile(np.arange(60), 2))
    assert twice[0] == once[0]
    assert abs(twice[1] - once[1]) < 1e-9
