"""The registered model: a label, columns and an estimator's name; nobody is scored by a model that saw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort
from la_research.cohort.feeds import with_feeds
from la_research.cohort.flow import eligible
from la_research.cohort.outcomes import outcome_values
from la_research.indicators.registry import summarised
from la_research.protocol import Protocol
from la_research.seeds import stream

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin

ALL = "all"
"""The main population; others carry the id of their subset."""
COLUMNS = ("population", "unit_id", "student_id", "week", "fold", "score", "decision", "label")
MINIMUM_LABELS = 10
"""Rows of either label below which no model is fitted."""
MINIMUM_PRESENTATIONS = 3
Split = tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]
"""Rows to test, and rows to fit to."""


@dataclass(frozen=True)
class Predictions:
    """Scores out of fold, and the columns they were made from.

    Parameters
    ----------
    frame
        One row per population and eligible unit: population, unit_id, student_id, week
        (the index week), fold (from 1), score (0 to 1), decision (1: among the highest of
        the fold), label (0, 1, or NaN where it is not known); sorted by population (the main
        one first) and unit_id.
    features
        By population: one row per unit of the frame (index unit_id), one float column per
        indicator; NaN where it is not observed.
    reason
        Why there are no scores, or why a population has none; "" where all is there.
    """

    frame: pd.DataFrame
    features: Mapping[str, pd.DataFrame]
    reason: str = ""

    def parts(self) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
        """Population, its rows of the frame, and its features, in the same order of units."""
        for population, features in self.features.items():
            rows = self.frame[self.frame["population"] == population].reset_index(drop=True)
            yield population, rows, features.loc[rows["unit_id"]]


@dataclass(frozen=True)
class _Sample:
    """The rows of a population: ``rows`` (unit_id, student_id, presentation, label) and their features."""

    population: str
    rows: pd.DataFrame
    features: pd.DataFrame = field(repr=False)


def boosted(seed: int) -> ClassifierMixin:
    """Gradient-boosted trees: 100 trees of at most 8 leaves; a missing value takes a branch of its own."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=100, max_leaf_nodes=8, learning_rate=0.1, min_samples_leaf=20, early_stopping=False, random_state=seed
    )


def logistic(seed: int) -> ClassifierMixin:
    """Logistic regression on standardised columns; a missing value is the median and a column that says so."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    impute = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return make_pipeline(impute, StandardScaler(), LogisticRegression(C=1.0, max_iter=1000, random_state=seed))


ESTIMATORS: dict[str, Callable[[int], ClassifierMixin]] = {"boosted": boosted, "logistic": logistic}
"""Factories by the name the protocol uses; each takes a seed."""


def fit_model(protocol: Protocol, cohort: Cohort, indicators: pa.Table) -> Predictions:
    """Score every eligible student by a model that was fitted without them.

    Features are the indicators through the index week as their cards sum them up; no
    protected attribute is among them. Who has no label (not answered) is scored and decided
    on like everyone, and no model is fitted to them. Folds go by student, with equal shares
    of the label, or by presentation (a module's run: 2013J of two modules are two), where a
    test presentation's students leave the training set altogether. The decision is the
    highest ``top_share`` of the scores in a fold (rounded half up, at least one); students
    with the same score are put in a seeded order.

    Parameters
    ----------
    indicators
        As ``compute_indicators`` returns them.

    Returns
    -------
    Predictions
        Also for each registered subset, with its own columns and the students whose feeds
        run from day 1 to the end of the index week. Where a label is not registered or not
        recorded, or has fewer than 10 rows of either value, the frame is empty and
        ``reason`` says why.

    References
    ----------
    Friedman (2001), Greedy function approximation, doi:10.1214/aos/1013203451, as in
    scikit-learn's HistGradientBoostingClassifier.

    Examples
    --------
    >>> import la_research as lar
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> predictions = fit_model(protocol, cohort, lar.compute_indicators(protocol, cohort))
    >>> len(predictions.frame), int(predictions.frame["label"].isna().sum())  # who did not answer is scored too
    (28, 4)
    """
    if protocol.model.label is None:
        return _nothing("the protocol registers no label for a model")
    outcome = protocol.outcome(protocol.model.label)
    if outcome.instrument is not None and cohort.arrow("responses").num_rows == 0:
        return _nothing("the data hold no wellbeing instrument")
    units = eligible(protocol, cohort)
    labels = outcome_values(cohort, outcome, units)
    reasons, frames, features = [], [], {}
    for population, inside, columns in _populations(protocol, cohort, units):
        sample = _sample(population, inside, labels, summarised(protocol, indicators, columns))
        reason = _too_little(protocol, sample)
        if reason:
            reasons.append(reason if population == ALL else f"population {population}: {reason}")
            continue
        frames.append(_scored(protocol, sample))
        features[population] = sample.features
    if not frames:
        return _nothing("; ".join(reasons))
    return Predictions(pd.concat(frames, ignore_index=True), features, "; ".join(reasons))


def _nothing(reason: str) -> Predictions:
    return Predictions(pd.DataFrame({column: [] for column in COLUMNS}), {}, reason)


def _populations(
    protocol: Protocol, cohort: Cohort, units: pd.DataFrame
) -> Iterator[tuple[str, pd.DataFrame, Sequence[str]]]:
    yield ALL, units, protocol.columns
    for subset in protocol.population.subsets:
        yield subset.id, with_feeds(protocol, cohort, units, subset.requires_feed), subset.columns


def _sample(population: str, units: pd.DataFrame, labels: pd.Series, features: pd.DataFrame) -> _Sample:
    """All units, with a label or without. Features are rounded to single precision, so that a value at a tree's cut
    falls on the same side of it on every machine, and in SHAP, which compares in single precision.
    """
    runs = units.assign(presentation=units["module"] + "-" + units["presentation"])
    rows = runs.groupby("unit_id", sort=True)[["student_id", "presentation"]].first()
    rows = rows.assign(label=labels.reindex(rows.index).astype(np.float64))
    rounded = features.reindex(rows.index).astype(np.float32).astype(np.float64)
    return _Sample(population, rows.reset_index(), rounded)


def _too_little(protocol: Protocol, sample: _Sample) -> str:
    """Why this sample can not be modelled; "" where it can."""
    counts = [int((sample.rows["label"] == value).sum()) for value in (0, 1)]
    if min(counts) < MINIMUM_LABELS:
        return f"fewer than {MINIMUM_LABELS} students with either value of the label"
    if protocol.model.folds == "presentation":
        if sample.rows["presentation"].nunique() < MINIMUM_PRESENTATIONS:
            return f"folds go by presentation, and there are fewer than {MINIMUM_PRESENTATIONS}"
        folds = _folds(protocol, sample)
        splits = fold_splits(folds, sample.rows["student_id"])
        if any(sample.rows["label"][train].nunique() < 2 for _, train in splits):
            return "without one of the presentations, the label has a single value"
    return ""


def _folds(protocol: Protocol, sample: _Sample) -> npt.NDArray[np.int64]:
    """The fold in which each row is tested, from 1."""
    if protocol.model.folds == "presentation":
        return np.asarray(pd.factorize(sample.rows["presentation"], sort=True)[0], dtype=np.int64) + 1
    rng = stream(protocol.seed, "models", "folds", sample.population)
    return student_folds(sample.rows["student_id"], sample.rows["label"], protocol.model.number_of_folds, rng)


def student_folds(
    students: pd.Series, label: pd.Series, number: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Folds by student, with equal shares of the label and of those whose label is not known.

    Parameters
    ----------
    students, label
        Whose row it is, and 0, 1 or NaN; one a row.
    number
        How many folds.

    Returns
    -------
    numpy.ndarray
        The fold of each row, from 1; all rows of a student are in one.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> who, label = pd.Series(["a", "a", "b", "c", "d"]), pd.Series([1.0, 0.0, 1.0, 0.0, 0.0])
    >>> folds = student_folds(who, label, 2, stream(1, "models", "example"))
    >>> bool(folds[0] == folds[1]), bool(folds[0] != folds[2]), bool(folds[3] != folds[4])
    (True, True, True)
    """
    most = label.groupby(students, sort=True).max().fillna(-1)  # -1: no label
    order = rng.permutation(len(most))
    dealt = order[np.argsort(most.to_numpy()[order], kind="stable")]  # shuffled, then one label after the other
    fold = np.zeros(len(most), dtype=np.int64)
    fold[dealt] = np.arange(len(dealt)) % number + 1
    return fold[most.index.get_indexer(pd.Index(students))]


def fold_splits(folds: npt.ArrayLike, students: pd.Series) -> list[Split]:
    """Each fold in turn to test in; fitted to the rest, without the rows of a student who has one in the fold.

    >>> [(test.tolist(), train.tolist()) for test, train in fold_splits([1, 2, 2], pd.Series(["a", "a", "b"]))]
    [([True, False, False], [False, False, True]), ([False, True, True], [False, False, False])]
    """
    fold = np.asarray(folds)
    tests = [fold == name for name in np.unique(fold)]
    return [(test, ~students.isin(students[test]).to_numpy()) for test in tests]


def out_of_fold(
    protocol: Protocol, features: pd.DataFrame, label: pd.Series, splits: Sequence[Split], *names: str | int
) -> npt.NDArray[np.float64]:
    """Scores of the protocol's estimator, each by a model that was fitted to the training rows of its split.

    Parameters
    ----------
    features, label
        One a row; rows whose label is NaN are scored and not fitted to.
    splits
        Rows to test and rows to fit to, as masks.
    names
        Names of the random numbers; the number of the split, from 1, is added.

    Returns
    -------
    numpy.ndarray
        0 to 1; NaN where a row is in no test, or where the training rows of its split have one label only.
    """
    columns, score = features.to_numpy(dtype=np.float64), np.full(len(features), np.nan)
    for number, (test, train) in enumerate(splits, 1):
        if label[train].nunique() == 2:
            model = fitted(protocol, features[train], label[train], *names, number)
            score[test] = model.predict_proba(columns[test])[:, 1]
    return score


def _scored(protocol: Protocol, sample: _Sample) -> pd.DataFrame:
    rows, folds = sample.rows, _folds(protocol, sample)
    splits = fold_splits(folds, rows["student_id"])
    score = out_of_fold(protocol, sample.features, rows["label"], splits, sample.population)
    decision = np.zeros(len(folds), dtype=np.int64)
    for number, (test, _) in enumerate(splits, 1):
        order = stream(protocol.seed, "models", "ties", sample.population, number).permutation(int(test.sum()))
        decision[test] = highest(score[test], protocol.model.top_share, order)
    rows = rows.assign(population=sample.population, week=protocol.population.index_week)
    return rows.assign(fold=folds, score=score, decision=decision)[list(COLUMNS)]


def fold_model(protocol: Protocol, population: str, rows: pd.DataFrame, features: pd.DataFrame, fold: int) -> Any:
    """The model that scored the rows of a fold, fitted again: to the others, without any of their students.

    Parameters
    ----------
    population, rows, features
        As ``Predictions.parts`` gives them.
    fold
        One of the folds of the rows.
    """
    folds = rows["fold"].to_numpy()
    number = int(np.searchsorted(np.unique(folds), fold))
    _, train = fold_splits(folds, rows["student_id"])[number]
    return fitted(protocol, features[train], rows["label"].set_axis(features.index)[train], population, number + 1)


def fitted(protocol: Protocol, features: pd.DataFrame, label: pd.Series, *names: str | int) -> Any:
    """The protocol's estimator fitted to the rows with a label, on one thread, seeded by name."""
    from threadpoolctl import threadpool_limits

    seed = int(stream(protocol.seed, "models", "fit", *names).integers(2**31))
    known = label.notna().to_numpy()
    with threadpool_limits(1):
        estimator = ESTIMATORS[protocol.model.estimator](seed)
        return estimator.fit(_filled(features[known]), label[known].to_numpy(dtype=np.int64))


def _filled(features: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The columns to fit on; one that was observed for nobody is a constant, on which nothing can lean."""
    columns = features.to_numpy(dtype=np.float64)
    return np.where(np.isnan(columns).all(axis=0), 0.0, columns)


def highest(score: npt.NDArray[np.float64], share: float, order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """1 for the highest share of scores, ties in the order given.

    >>> highest(np.array([0.2, 0.9, 0.9, 0.1, 0.3]), 0.2, np.array([2, 1, 0, 3, 4])).tolist()
    [0, 0, 1, 0, 0]
    """
    k = max(1, math.floor(round(share * len(score), 9) + 0.5))
    ranked = order[np.argsort(-score[order], kind="stable")]
    decision = np.zeros(len(score), dtype=np.int64)
    decision[ranked[:k]] = 1
    return decision


def selected(rows: pd.DataFrame, top: float) -> npt.NDArray[np.float64]:
    """1 for the highest share of the scores in each fold, at least one; equal scores in the order of the rows.

    It is what the decision would have been at another share, but for ties: those of the decision are seeded.

    >>> rows = pd.DataFrame({"fold": [1, 1, 1, 1, 2], "score": [0.1, 0.9, 0.9, 0.3, 0.2]})
    >>> selected(rows, 0.25).tolist()
    [0.0, 1.0, 0.0, 0.0, 1.0]
    """
    folds = rows.groupby("fold")["score"]
    places, sizes = folds.rank(method="first", ascending=False), folds.transform("size")
    most = np.maximum(1, np.floor(np.round(top * sizes, 9) + 0.5))
    return np.asarray(places <= most, dtype=float)
