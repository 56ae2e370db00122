"""The effect of support that nobody drew, on 10,000 students: both models, and double learning beside DoubleML's.

The promise: ahead of the peer in the same run (time of the processor), with the same learners, folds and splits; with
trees, where both spend their time inside scikit-learn, at most a tenth behind. The peer is no dependency:
``pip install doubleml`` to see it beside.
"""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np
from scipy.special import expit

from la_research.seeds import stream
from la_research.statistics.double_learning import double_learning, trees
from la_research.statistics.doubly_robust import Comparison, outcomes
from la_research.statistics.propensity import propensity

STUDENTS, COVARIATES, FOLDS, SPLITS = 10_000, 10, 5, 3
Data = tuple[np.ndarray, np.ndarray, np.ndarray]


def study() -> Data:
    """Outcome, who had the support, covariates; the effect is 0.3."""
    rng = stream(6, "benchmarks", "observational")
    x = rng.normal(size=(STUDENTS, COVARIATES))
    treated = rng.random(STUDENTS) < expit(0.5 * x[:, 0] - 0.3 * x[:, 1])
    return x[:, 0] + 0.5 * x[:, 1] + 0.3 * treated + rng.normal(size=STUDENTS), treated, x


def both_models(data: Data) -> float:
    """By weights and regression."""
    outcome, treated, x = data
    model = outcomes(outcome, treated, x, np.ones(COVARIATES, dtype=bool), binary=False)
    return Comparison(outcome, propensity(treated, x), model, np.arange(STUDENTS)).aipw.value


def peer(data: Data, learner: str) -> float | None:
    """The same by DoubleML; None where it is not installed."""
    try:
        import doubleml
    except ImportError:
        return None
    from sklearn.linear_model import LinearRegression, LogisticRegression

    lines: tuple[Any, Any] = (LinearRegression(), LogisticRegression(C=1e6, max_iter=200))
    models = lines if learner == "linear" else (trees(logistic=False), trees(logistic=True))
    outcome, treated, x = data
    held = doubleml.DoubleMLData.from_arrays(x, outcome, treated.astype(float))
    np.random.seed(6)  # noqa: NPY002  it draws its folds from there
    found = doubleml.DoubleMLIRM(held, *models, n_folds=FOLDS, n_rep=SPLITS)
    return float(found.fit().coef[0])


def main() -> int:
    """Print the times; 1 where the peer is ahead."""
    data, behind = study(), False
    both_models(data)  # what is imported once is not timed
    double_learning(*data, stream(6, "benchmarks", "folds"), repeats=1)
    start = process_time()
    value = both_models(data)
    print(f"both models                {1000 * (process_time() - start):8.1f} ms   {value:.4f}")
    for learner in ("linear", "boosting"):
        rng = stream(6, "benchmarks", "folds")
        start = process_time()
        ours = double_learning(*data, rng, learner=learner, folds=FOLDS, repeats=SPLITS).value  # type: ignore[arg-type]
        middle = process_time()
        theirs = peer(data, learner)
        took, beside = middle - start, process_time() - middle
        print(f"double learning, {learner:<10}{1000 * took:8.1f} ms   {ours:.4f}")
        if theirs is not None:
            print(f"  DoubleML                 {1000 * beside:8.1f} ms   {theirs:.4f}")
            behind |= took > beside * (1.1 if learner == "boosting" else 1.0)
    return int(behind)
