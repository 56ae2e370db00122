"""Estimators of an effect that nobody drew against plain textbook formulas: stacked equations, loops, added columns."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize
from scipy.special import expit

from la_research.seeds import stream
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.double_learning import double_learning
from la_research.statistics.doubly_robust import Comparison, outcomes
from la_research.statistics.propensity import propensity
from la_research.statistics.sensitivity.attrition import lee_bounds, shifted, tipping_point
from la_research.statistics.sensitivity.robustness import Regression, robustness_value


def drawn(n: int = 300, binary: bool = False):
    rng = stream(6, "twins", "observational", n)
    x = rng.normal(size=(n, 2))
    treated = rng.random(n) < expit(x @ [0.8, -0.5])
    outcome = x @ [1.0, 0.5] + treated * (1 + 0.5 * x[:, 0]) + rng.normal(size=n)
    return ((outcome > 0.5).astype(float) if binary else outcome), treated, x


def comparison(whom: str, binary: bool) -> Comparison:
    outcome, treated, x = drawn(binary=binary)
    model = outcomes(outcome, treated, x, np.array([True, True]), binary=binary)
    return Comparison(outcome, propensity(treated, x, whom=whom), model, np.arange(len(outcome)))


def equations(whom: str, binary: bool, name: str):
    """The estimating functions, one row a student: both models, and what the estimator asks of either mean."""
    outcome, treated, x = drawn(binary=binary)
    design = np.column_stack([np.ones(len(x)), x])
    t = treated.astype(float)
    among = t if whom == "att" else np.ones(len(t))
    link = expit if binary else (lambda line: line)

    def stacked(q):
        chance, means = expit(design @ q[:3]), [link(design @ q[3:6]), link(design @ q[6:9])]
        weights = [(1 - t) * (chance if whom == "att" else 1) / (1 - chance), t if whom == "att" else t / chance]
        rows = [design * (t - chance)[:, None]]
        rows += [design * (side * (outcome - mean))[:, None] for side, mean in ((1 - t, means[0]), (t, means[1]))]
        for arm in (0, 1):
            mean, error = q[9 + 2 * arm], q[10 + 2 * arm]
            none = error - np.zeros(len(t))
            if name == "ipw":
                asked = (weights[arm] * (outcome - mean), none)
            else:
                left = weights[arm] * (outcome - means[arm]) - among * error
                asked = (among * (means[arm] - mean), left if name == "aipw" else none)
            rows += [column[:, None] for column in asked]
        return np.hstack(rows)

    return stacked


@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("whom", ["ate", "att"])
@pytest.mark.parametrize("name", ["regression", "ipw", "aipw"])
def test_value_and_error_are_those_of_the_stacked_equations(name, whom, binary):
    stacked = equations(whom, binary, name)
    solved = optimize.root(lambda q: stacked(q).mean(axis=0), np.zeros(13), tol=1e-12).x
    slope = optimize.approx_fprime(solved, lambda q: stacked(q).mean(axis=0), 1e-6)
    held = stacked(solved)
    spread = np.linalg.solve(slope, np.linalg.solve(slope, held.T @ held / len(held)).T) / len(held)
    pick = np.zeros(13)
    pick[9:] = (-1, -1, 1, 1)
    found = getattr(comparison(whom, binary), name)
    spent = 4 if name == "ipw" else 6
    assert found.value == pytest.approx(pick @ solved, abs=1e-5)
    assert found.se == pytest.approx(np.sqrt(pick @ spread @ pick * len(held) / (len(held) - spent)), rel=1e-4)


def test_clusters_of_two_equal_rows_give_the_error_of_one():
    outcome, treated, x = drawn()
    twice = [np.repeat(part, 2, axis=0) for part in (outcome, treated, x)]
    model = outcomes(*twice, np.array([True, True]), binary=False)
    pairs = Comparison(twice[0], propensity(twice[1], twice[2]), model, np.repeat(np.arange(len(outcome)), 2))
    n, found = len(outcome), comparison("ate", False).aipw
    assert pairs.aipw.se == pytest.approx(found.se * np.sqrt((n - 6) / n * n / (n - 1)), rel=1e-6)


@pytest.mark.parametrize("whom", ["ate", "att"])
def test_double_learning_by_lines_is_close_to_both_models_on_the_same_students(whom):
    outcome, treated, x = drawn(1000)
    model = outcomes(outcome, treated, x, np.array([True, True]), binary=False)
    plain = Comparison(outcome, propensity(treated, x, whom=whom), model, np.arange(1000)).aipw
    found = double_learning(outcome, treated, x, stream(6, "twins", "double"), whom=whom, learner="linear")
    assert abs(found.value - plain.value) < 0.3 * plain.se
    assert found.se == pytest.approx(plain.se, rel=0.15)


def test_trees_find_what_lines_can_not():
    rng = stream(6, "twins", "trees")
    x = rng.normal(size=(1500, 3))
    treated = rng.random(1500) < expit(x[:, 0] ** 2 - 1)
    outcome = 2 * x[:, 0] ** 2 + treated + 0.5 * rng.normal(size=1500)
    lines, trees = (
        double_learning(outcome, treated, x, stream(6, "twins", "same"), learner=learner, repeats=1)
        for learner in ("linear", "boosting")
    )
    assert abs(trees.value - 1) < 0.15 < 0.5 < abs(lines.value - 1)


def test_lee_bounds_are_means_of_whoever_is_left_after_trimming():
    rng = stream(6, "twins", "lee")
    outcome, treated = rng.normal(size=120), np.arange(120) < 60
    known = np.r_[np.arange(60) < 54, np.arange(60) < 45]  # 54 of 60, 45 of 60: 9 of 54 are left out
    ordered, other = np.sort(outcome[treated & known]), outcome[~treated & known].mean()
    found = lee_bounds(outcome, known, treated)
    assert (found.least, found.most) == pytest.approx((ordered[:45].mean() - other, ordered[9:].mean() - other))
    assert found.lower < found.least < found.most < found.upper
    turned = lee_bounds(outcome, known, ~treated)
    assert (turned.least, turned.most) == pytest.approx((-found.most, -found.least))


def test_without_missing_outcomes_lee_bounds_are_the_plain_difference():
    outcome, treated, _ = drawn()
    found = lee_bounds(outcome, np.ones(len(outcome), dtype=bool), treated)
    gap = outcome[treated].mean() - outcome[~treated].mean()
    assert (found.least, found.most) == pytest.approx((gap, gap))
    half = (found.upper - found.lower) / 2
    arms = [outcome[side] for side in (treated, ~treated)]
    assert half == pytest.approx(1.959964 * np.sqrt(sum(a.var(ddof=1) / len(a) for a in arms)), rel=0.01)


@pytest.mark.parametrize(("value", "share"), [(2.0, 0.2), (-2.0, 0.2), (2.0, -0.3), (1.2, 0.5)])
def test_the_tipping_point_is_the_first_shift_of_a_grid_whose_interval_holds_zero(value, share):
    found = Coefficient(value, 0.5, 98, 100)
    grid = -np.sign(value * share) * np.arange(0, 60, 0.01)
    tips = [s for s in grid if np.prod(shifted(found, share, 50, s).interval(0.95)) <= 0]
    assert tipping_point(found, share, 50) == pytest.approx(tips[0], abs=0.011)


def test_no_shift_of_a_few_may_tip_the_answer():
    assert tipping_point(Coefficient(2.0, 0.5, 98, 100), 0.0, 50) is None
    assert tipping_point(Coefficient(0.5, 0.5, 98, 100), 0.2, 50) == 0


def test_what_is_left_of_an_effect_is_what_adding_the_hidden_column_gives():
    outcome, treated, x = drawn()
    rng = stream(6, "twins", "hidden")
    hidden = treated + 0.5 * outcome + rng.normal(size=len(outcome))
    short = sm.add_constant(np.column_stack([treated, x]))
    asked = ((hidden, [0, 2, 3]), (1.0 * treated, [0, 2, 3]), (hidden, [0, 1, 2, 3]), (outcome, [0, 1, 2, 3]))
    left = [sm.OLS(column, short[:, rest]).fit().resid for column, rest in asked]
    support, explained = np.corrcoef(left[:2])[0, 1] ** 2, np.corrcoef(left[2:])[0, 1] ** 2
    long = sm.OLS(outcome, np.column_stack([short, hidden])).fit()
    found = Regression.of(outcome, treated, x).adjusted(support, explained)
    assert found.value == pytest.approx(long.params[1])
    assert found.se == pytest.approx(long.bse[1])


def test_the_robustness_value_is_what_brings_the_effect_to_zero():
    fit = Regression.of(*drawn())
    found = fit.found
    strength = robustness_value(found.value / found.se, found.df)
    assert fit.adjusted(strength, strength).value == pytest.approx(0, abs=1e-9)
    almost = robustness_value(found.value / found.se, found.df, 0.05)
    assert fit.adjusted(almost, almost).interval(0.95)[0] == pytest.approx(0, abs=1e-6)


def test_something_as_strong_as_a_covariate_leaves_about_what_leaving_that_covariate_out_changes():
    rng = stream(6, "twins", "benchmark")
    x = rng.normal(size=(20_000, 2))
    treated = rng.random(20_000) < expit(0.5 * x[:, 0] + 0.5 * x[:, 1])
    outcome = x @ [0.5, 0.5] + treated + rng.normal(size=20_000)
    alone, both = (Regression.of(outcome, treated, x[:, :k]) for k in (1, 2))
    assert alone.as_strong_as([0]).adjusted.value == pytest.approx(both.found.value, abs=0.05)
