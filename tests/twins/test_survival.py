"""Time until an event, worked again student by student and by the formulas as they stand in textbooks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.survival import free_interval, incidence_at, log_rank, risk_set, time_free


@pytest.fixture(scope="module")
def followed():
    """120 students in whole weeks: times with ties, three outcomes, two groups."""
    rng = stream(1, "tests", "survival")
    return np.ceil(rng.exponential(8, 120)), rng.integers(0, 3, 120), rng.random(120) < 0.4


def steps(times, codes):
    """At each time of an event: time, at risk, events, others; counted one by one."""
    for time in sorted({t for t, c in zip(times, codes, strict=True) if c > 0}):
        here = [c for t, c in zip(times, codes, strict=True) if t == time]
        yield time, sum(t >= time for t in times), here.count(1), sum(c > 1 for c in here)


def free(times, codes, until):
    """The product-limit estimate just after a time."""
    share = 1.0
    for time, n, d, o in steps(times, codes):
        share *= 1 - (d + o) / n if time <= until else 1
    return share


def test_the_product_limit_curve_is_that_of_statsmodels(followed):
    from statsmodels.duration.survfunc import SurvfuncRight

    times, codes, _ = followed
    other, found = SurvfuncRight(times, codes > 0), risk_set(times, codes > 0)
    assert found.times == pytest.approx(other.surv_times)
    assert found.free == pytest.approx(other.surv_prob)
    assert found.at_risk == pytest.approx(other.n_risk)
    lower, upper = free_interval(found)
    for i in (3, 8):
        theta = math.exp(
            1.959963984540054 * other.surv_prob_se[i] / (other.surv_prob[i] * math.log(other.surv_prob[i]))
        )
        assert sorted((other.surv_prob[i] ** theta, other.surv_prob[i] ** (1 / theta))) == pytest.approx(
            [lower[i], upper[i]], abs=1e-6
        )


def test_mean_time_is_the_area_under_the_curve_with_greenwoods_error(followed):
    times, codes, _ = followed
    held = (codes == 1).astype(int)
    moments = [0.0, *[m for m, *_ in steps(times, held) if m <= 12]]
    ends = [*moments[1:], 12.0]

    def area(start):
        return sum(free(times, held, a) * (b - max(a, start)) for a, b in zip(moments, ends, strict=True) if b > start)

    variance = sum(area(m) ** 2 * d / (n * (n - d)) for m, n, d, _ in steps(times, held) if m <= 12)
    found = time_free(risk_set(times, held), 12)
    assert (found.value, found.se) == pytest.approx((area(0), math.sqrt(variance)), rel=1e-9)


def test_incidence_with_another_outcome_has_the_variance_of_marubini_and_valsecchi(followed):
    times, codes, _ = followed
    held = [(m, n, d, o) for m, n, d, o in steps(times, codes) if m <= 9]
    before = [free(times, codes, m - 0.5) for m, *_ in held]
    grown = np.cumsum([s * d / n for s, (_, n, d, _) in zip(before, held, strict=True)])
    variance = 0.0
    for s, i, (_, n, d, o) in zip(before, grown, held, strict=True):
        left, out = grown[-1] - i, d + o
        variance += left**2 * out / (n * (n - out))
        variance += s**2 * (n - d) / n * d / n**2
        variance -= 2 * left * s * d / n**2
    found = incidence_at(risk_set(times, codes), 9)
    assert (found.value, found.se) == pytest.approx((grown[-1], math.sqrt(variance)), rel=1e-9)


def test_mean_time_with_another_outcome_is_the_horizon_less_the_time_lost(followed):
    times, codes, _ = followed
    found = risk_set(times, codes)
    lost = sum(incidence_at(found, week + 0.5).value for week in range(12))
    assert time_free(found, 12).value == pytest.approx(12 - lost)


def test_its_error_is_that_of_leaving_out_one_student_at_a_time(followed):
    times, codes, _ = followed
    everybody = np.arange(len(times))
    without = [time_free(risk_set(times[everybody != i], codes[everybody != i]), 12).value for i in everybody]
    jackknife = math.sqrt((len(times) - 1) * np.var(without))
    assert time_free(risk_set(times, codes), 12).se == pytest.approx(jackknife, rel=0.02)


def test_the_log_rank_p_value_is_that_of_statsmodels(followed):
    from statsmodels.duration.survfunc import survdiff

    times, codes, drawn = followed
    _, p = survdiff(times, (codes == 1).astype(int), drawn.astype(int))
    assert log_rank(times, codes, drawn).p == pytest.approx(p, rel=1e-6)
