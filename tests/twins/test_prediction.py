"""AUC, DeLong, Obuchowski and calibration once more, pair by pair from the textbook."""

import math

import numpy as np
import pytest
import statsmodels.api as sm

from la_research.seeds import stream
from la_research.statistics.prediction import auc, auc_error, brier, calibration, placements


def wins(case, control):
    return 1.0 if case > control else 0.5 if case == control else 0.0


def clusters(n, students):
    rng = stream(11, "twins", n, students)
    who = np.sort(rng.integers(0, students, size=n))
    level = rng.normal(size=students)
    label = (rng.random(n) < 1 / (1 + np.exp(-level[who]))).astype(int)
    return label, np.round(label + level[who] + rng.normal(size=n), 1), who


def test_auc_is_the_share_of_pairs_won():
    label, score, _ = clusters(80, 80)
    pairs = [wins(a, b) for a in score[label == 1] for b in score[label == 0]]
    assert auc(label, score) == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)


def test_delongs_error_from_its_components():
    label, score, _ = clusters(70, 70)
    cases, controls = score[label == 1], score[label == 0]
    v10 = [sum(wins(x, y) for y in controls) / len(controls) for x in cases]
    v01 = [sum(wins(x, y) for x in cases) / len(cases) for y in controls]
    expected = np.var(v10, ddof=1) / len(cases) + np.var(v01, ddof=1) / len(controls)
    assert auc_error(label, placements(label, score)) ** 2 == pytest.approx(expected, rel=1e-12)


def test_obuchowskis_error_student_by_student():
    label, score, who = clusters(90, 35)
    m, n = int(label.sum()), int((1 - label).sum())
    theta = auc(label, score)
    cases, controls = {}, {}
    for i, student in enumerate(who):
        others = score[label != label[i]]
        won = sum(wins(score[i], y) if label[i] else wins(x, score[i]) for x, y in zip(others, others, strict=True))
        side = cases if label[i] else controls
        side.setdefault(student, []).append(won / len(others))
    students = sorted({*cases, *controls})
    ten = {s: sum(cases.get(s, [])) - len(cases.get(s, [])) * theta for s in students}
    one = {s: sum(controls.get(s, [])) - len(controls.get(s, [])) * theta for s in students}
    s10 = len(cases) / ((len(cases) - 1) * m) * sum(ten[s] ** 2 for s in cases)
    s01 = len(controls) / ((len(controls) - 1) * n) * sum(one[s] ** 2 for s in controls)
    s11 = len(students) / (len(students) - 1) * sum(ten[s] * one[s] for s in students)
    expected = math.sqrt(s10 / m + s01 / n + 2 * s11 / (m * n))
    assert auc_error(label, placements(label, score), who) == pytest.approx(expected, rel=1e-12)


def test_calibration_is_the_logistic_regression_of_statsmodels():
    label, score, who = clusters(400, 150)
    probability = 1 / (1 + np.exp(-(0.6 * score - 0.5)))
    x = np.log(probability / (1 - probability))
    cluster = {"cov_type": "cluster", "cov_kwds": {"groups": who, "use_correction": False}}
    slope = sm.Logit(label, sm.add_constant(x)).fit(disp=0, tol=1e-12, **cluster)
    shift = sm.GLM(label, np.ones(400), family=sm.families.Binomial(), offset=x).fit(tol=1e-12, **cluster)
    small = math.sqrt(len(set(who)) / (len(set(who)) - 1))
    found = calibration(label, probability, who)
    assert (found.slope, found.intercept) == pytest.approx((slope.params[1], shift.params[0]), abs=1e-8)
    assert found.slope_error == pytest.approx(slope.bse[1] * small, rel=1e-6)
    assert found.intercept_error == pytest.approx(shift.bse[0] * small, rel=1e-6)


def test_calibration_within_folds_is_the_logistic_regression_with_dummies():
    label, score, who = clusters(400, 150)
    probability, fold = 1 / (1 + np.exp(-(0.6 * score - 0.5))), who % 3
    dummies = (fold[:, None] == np.arange(3)).astype(float)
    design = np.column_stack([dummies, np.log(probability / (1 - probability))])
    slope = sm.Logit(label, design).fit(
        disp=0, tol=1e-12, cov_type="cluster", cov_kwds={"groups": who, "use_correction": False}
    )
    found = calibration(label, probability, who, fold)
    small = math.sqrt(len(set(who)) / (len(set(who)) - 1))
    assert (found.slope, found.slope_error) == pytest.approx((slope.params[-1], slope.bse[-1] * small), rel=1e-6)


def test_brier_error_is_that_of_a_mean():
    label, score, _ = clusters(60, 60)
    probability = 1 / (1 + np.exp(-score))
    losses = [(p - y) ** 2 for p, y in zip(probability, label, strict=True)]
    assert brier(label, probability) == pytest.approx((np.mean(losses), np.std(losses, ddof=1) / math.sqrt(60)))
