"""Four ways to narrow a gap, by fairlearn: each scores a held-out fold, and the highest are selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from la_research.audit.groups import Codes
from la_research.audit.mitigation.rates import widest
from la_research.audit.mitigation.sample import Sample
from la_research.seeds import stream
from la_research.statistics.intervals import Floats

Train = NDArray[np.bool_]
COSTS = 32
"""Costs of a wrong contact that are tried against those of a missed student, until about as many are selected."""
ROUNDS = 10
GRID = 12
SLACK = 0.01
"""How far groups may differ on training folds."""


def decided(method: str, sample: Sample, constraint: str, seed: int) -> Codes:
    """1 for every row that a method selects: in each fold as many as the registered rule does.

    The method is fitted to labelled rows of students outside the fold; the rows of the fold
    with the highest scores are selected, those with the same score in a seeded order.

    Parameters
    ----------
    method
        A key of ``METHODS``, or "registered".
    constraint
        What is to be alike: "selection", "tpr" or "equalised_odds".
    """
    if method == "registered":
        return sample.decision
    from threadpoolctl import threadpool_limits

    chosen = np.zeros(len(sample.label), dtype=np.int64)
    with threadpool_limits(1):
        for fold in np.unique(sample.fold):
            test, names = sample.fold == fold, (method, int(fold))
            generator = stream(seed, "audit", "mitigation", *names)
            score = METHODS[method](sample, sample.training(int(fold)), test, constraint, generator)
            chosen[test] = highest(score, int(sample.decision[test].sum()), generator.permutation(int(test.sum())))
    return chosen


def highest(score: Floats, k: int, order: Codes) -> Codes:
    """1 for the k highest scores, ties in the order given.

    >>> highest(np.array([0.2, 0.9, 0.9, 0.1]), 1, np.array([2, 1, 0, 3])).tolist()
    [0, 0, 1, 0]
    """
    chosen = np.zeros(len(score), dtype=np.int64)
    chosen[order[np.argsort(-score[order], kind="stable")][:k]] = 1
    return chosen


def thresholds(sample: Sample, train: Train, test: Train, constraint: str, generator: np.random.Generator) -> Floats:
    """Registered scores against a threshold of each group's own: 1 where it is passed.

    The optimiser knows no number of contacts: the cost of a wrong contact is sought, among 32,
    at which it selects nearest to the registered number in training folds, where each
    student's score comes from a model that did not see them. What it then selects too many, or
    too few, is cut or filled by lot, which keeps groups alike. Where selection is to be alike
    and the number is given there is one solution, the highest of each group, and nothing to
    optimise.

    References
    ----------
    Hardt, Price & Srebro (2016), Equality of opportunity in supervised learning, arXiv:1610.02413.
    """
    if constraint == "selection":
        return _place_in_group(sample.place[test], sample.group[test])
    lot, wanted = int(generator.integers(2**31)), sample.decision[train].mean()
    few, many, found = 1, COSTS - 1, {}
    while few <= many:
        cost = (few + many) // 2
        optimiser = _optimiser(sample.part(train), constraint, cost)
        rate = _passed(optimiser, sample.part(train), lot).mean()
        found[abs(rate - wanted)] = optimiser
        few, many = (cost + 1, many) if rate > wanted else (few, cost - 1)
    return _passed(found[min(found)], sample.part(test), lot)


def reductions(sample: Sample, train: Train, test: Train, constraint: str, generator: np.random.Generator) -> Floats:
    """The mean probability of logistic models that exponentiated gradient mixes under the constraint.

    Missing and wrong contacts cost what makes the registered number the best one for a plain
    logistic model. The mean is ranked, where fairlearn draws one of the models by lot for each student.

    References
    ----------
    Agarwal et al. (2018), A reductions approach to fair classification, arXiv:1803.02453.
    """
    from fairlearn.reductions import ErrorRate, ExponentiatedGradient

    read, held = _columns(sample, train, test)
    label = sample.label[train].astype(np.int64)
    plain = _logistic().fit(read, label).predict_proba(read)[:, 1]
    limit = float(np.quantile(plain, 1 - sample.decision[train].mean()))
    model = ExponentiatedGradient(
        _logistic(),
        _moment(constraint, difference_bound=SLACK),
        objective=ErrorRate(costs={"fp": limit, "fn": 1 - limit}),
        max_iter=ROUNDS,
    ).fit(read, label, sensitive_features=sample.group[train])
    kept = [i for i, weight in model.weights_.items() if weight > 0]
    return np.asarray(sum(model.weights_[i] * _chance(model.predictors_[i], held) for i in kept), dtype=np.float64)


def grid(sample: Sample, train: Train, test: Train, constraint: str, generator: np.random.Generator) -> Floats:
    """The logistic model of a grid that misses few and differs little in training, at the registered number.

    fairlearn fits the grid; of its models the one counts whose share of students missed and
    largest gap between groups have the smallest sum.

    References
    ----------
    Agarwal et al. (2018), arXiv:1803.02453, section 3.4.
    """
    from fairlearn.reductions import GridSearch

    read, held = _columns(sample, train, test)
    seen = sample.part(train)
    label = seen.label.astype(np.int64)
    search = GridSearch(_logistic(), _moment(constraint), grid_size=GRID)
    search.fit(read, label, sensitive_features=seen.group)
    k, order = int(seen.decision.sum()), generator.permutation(len(label))
    told = [model for model in search.predictors_ if len(model.classes_) == 2] or search.predictors_
    loss = []
    for model in told:
        chosen = highest(_chance(model, read), k, order)
        loss.append(1 - chosen[label == 1].mean() + widest(seen, chosen, constraint))
    return _chance(told[int(np.argmin(loss))], held)


def correlation(sample: Sample, train: Train, test: Train, constraint: str, generator: np.random.Generator) -> Floats:
    """A logistic model on features from which the linear correlation with the group is taken; no constraint is met.

    Each student's group is read, in training and when they are scored.

    References
    ----------
    fairlearn's CorrelationRemover: least squares on the centred attribute.
    """
    from fairlearn.preprocessing import CorrelationRemover

    read, held = _columns(sample, train, test)
    names = np.unique(sample.group)[1:]
    mark = sample.group[:, None] == names[None, :]
    own = list(range(read.shape[1], read.shape[1] + len(names)))
    remover = CorrelationRemover(sensitive_feature_ids=own).fit(np.column_stack([read, mark[train]]))
    model = _logistic().fit(
        remover.transform(np.column_stack([read, mark[train]])), sample.label[train].astype(np.int64)
    )
    return _chance(model, remover.transform(np.column_stack([held, mark[test]])))


METHODS: dict[str, Callable[[Sample, Train, Train, str, np.random.Generator], Floats]] = {
    "thresholds": thresholds,
    "reductions": reductions,
    "grid": grid,
    "correlation": correlation,
}
"""Scores of held-out rows, by a method fitted to training rows."""


def _place_in_group(place: Floats, group: Codes) -> Floats:
    found = np.zeros(len(place))
    for name in np.unique(group):
        own = place[group == name]
        found[group == name] = (rankdata(own) - 0.5) / len(own)
    return found


def _optimiser(sample: Sample, constraint: str, cost: int) -> Any:
    """The optimiser of fairlearn on places, with rows repeated by what it costs to get them wrong."""
    from fairlearn.postprocessing import ThresholdOptimizer
    from sklearn.linear_model import LinearRegression

    times = np.repeat(np.arange(len(sample.label)), np.where(sample.label == 1, COSTS - cost, cost))
    optimiser = ThresholdOptimizer(
        estimator=LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]),  # the place as it is
        constraints="true_positive_rate_parity" if constraint == "tpr" else "equalized_odds",
        prefit=True,
        predict_method="predict",
    )
    label = sample.label.astype(np.int64)
    return optimiser.fit(sample.place[times, None], label[times], sensitive_features=sample.group[times])


def _passed(optimiser: Any, sample: Sample, lot: int) -> Floats:
    chosen = optimiser.predict(sample.place[:, None], sensitive_features=sample.group, random_state=lot)
    return np.asarray(chosen, dtype=np.float64)


def _columns(sample: Sample, train: Train, test: Train) -> tuple[Floats, Floats]:
    """Features of training and held-out rows, standardised; a missing value is the median and a column that says so."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seen = sample.features[:, ~np.isnan(sample.features[train]).all(axis=0)]
    prepare = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()).fit(seen[train])
    return prepare.transform(seen[train]), prepare.transform(seen[test])


def _logistic() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=1000)


def _moment(constraint: str, **bound: float) -> Any:
    from fairlearn.reductions import DemographicParity, EqualizedOdds, TruePositiveRateParity

    kinds = {"selection": DemographicParity, "tpr": TruePositiveRateParity, "equalised_odds": EqualizedOdds}
    return kinds[constraint](**bound)


def _chance(model: Any, columns: Floats) -> Floats:
    """Probability of the outcome; of a model that was given one label only, that label."""
    if len(model.classes_) == 1:
        return np.full(len(columns), float(model.classes_[0]))
    return np.asarray(model.predict_proba(columns)[:, 1])
