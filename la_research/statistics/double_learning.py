"""The effect of support that nobody drew, where both models are learnt on other students than they are used on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.doubly_robust import from_influence
from la_research.statistics.fitted import fitted
from la_research.statistics.propensity import Whom

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]
Learner = Literal["linear", "boosting"]
REPEATS = 3
"""Splits into folds; the median of their effects is given."""


def double_learning(
    outcome: Floats,
    treated: Bools,
    covariates: Floats,
    rng: np.random.Generator,
    *,
    whom: Whom = "ate",
    learner: Learner = "boosting",
    folds: int = 5,
    trim: float = 0.01,
    binary: bool = False,
    clusters: Codes | None = None,
    repeats: int = REPEATS,
) -> Coefficient:
    """Cross-fitted double machine learning of the interactive regression model.

    In each fold the chance of the support, and the outcome in either arm, are what models say that
    saw only the other folds. The effect is the median over splits; its variance is the median of
    each split's own, plus the squared distance of that split from the median.

    Parameters
    ----------
    outcome, treated, covariates
        As in ``doubly_robust.outcomes``.
    learner
        Straight lines (logistic for chances), or boosted trees.
    folds
        Into how many students, or clusters, are split; arms are spread evenly where there are no clusters.
    trim
        Chances below it, or above 1 less it, are held there.

    References
    ----------
    Chernozhukov et al. (2018), doi:10.1111/ectj.12097, sections 3.4 and 5.1.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(400, 1))
    >>> had = rng.random(400) < 1 / (1 + np.exp(-x[:, 0]))
    >>> y = x[:, 0] + had + 0.1 * rng.normal(size=400)
    >>> round(double_learning(y, had, x, rng, learner="linear").value, 1)
    1.0
    """
    groups = np.arange(len(outcome)) if clusters is None else clusters
    splits = []
    for _ in range(repeats):
        fold = _folds(treated, groups, folds, rng)
        chance, without, with_support = _learnt(outcome, treated, covariates, fold, learner, binary, trim)
        score, weight = _scores(outcome, treated, chance, without, with_support, whom)
        value = float(score.mean() / weight.mean())
        splits.append(from_influence(value, (score - weight * value) / weight.mean(), groups))
    value = float(np.median([one.value for one in splits]))
    variance = float(np.median([one.se**2 + (one.value - value) ** 2 for one in splits]))
    return Coefficient(value, float(np.sqrt(variance)), splits[0].df, len(outcome))


def _folds(treated: Bools, groups: Codes, folds: int, rng: np.random.Generator) -> Codes:
    """A fold for each student; clusters stay whole, and single students are dealt out arm by arm."""
    count = int(groups.max()) + 1
    if count < len(groups):
        dealt = np.empty(count, dtype=np.intp)
        dealt[rng.permutation(count)] = np.arange(count) % folds
        return dealt[groups]
    order = rng.permutation(len(groups))
    order = order[np.argsort(treated[order], kind="stable")]
    fold = np.empty(len(groups), dtype=np.intp)
    fold[order] = np.arange(len(groups)) % folds
    return fold


def _learnt(
    outcome: Floats, treated: Bools, covariates: Floats, fold: Codes, learner: Learner, binary: bool, trim: float
) -> tuple[Floats, Floats, Floats]:
    """Chance of the support, and the outcome expected without and with it, by models that did not see the student."""
    chance, without, with_support = (np.empty(len(outcome)) for _ in range(3))
    for number in range(int(fold.max()) + 1):
        held = fold == number
        for filled, among, target, logistic in (
            (chance, ~held, treated.astype(float), True),
            (without, ~held & ~treated, outcome, binary),
            (with_support, ~held & treated, outcome, binary),
        ):
            filled[held] = _predicted(target[among], covariates[among], covariates[held], learner, logistic)
    return np.clip(chance, trim, 1 - trim), without, with_support


def _predicted(target: Floats, known: Floats, new: Floats, learner: Learner, logistic: bool) -> Floats:
    if len(set(target)) < 2:
        return np.full(len(new), target[0])
    if learner == "linear":
        columns, others = (np.column_stack([np.ones(len(rows)), rows]) for rows in (known, new))
        return fitted(target, columns, logistic=logistic).at(others)
    model = trees(logistic).fit(known, target)
    return np.asarray(model.predict_proba(new)[:, 1] if logistic else model.predict(new), dtype=float)


def trees(logistic: bool) -> Any:
    """What double learning learns by: small boosted trees, of chances or of numbers."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if logistic else HistGradientBoostingRegressor
    return kind(max_iter=50, learning_rate=0.1, max_leaf_nodes=6, min_samples_leaf=15, early_stopping=False,
                random_state=0)  # fmt: skip


def _scores(
    outcome: Floats, treated: Bools, chance: Floats, without: Floats, with_support: Floats, whom: Whom
) -> tuple[Floats, Floats]:
    """What each student says of the effect, and how much they count."""
    odds = chance / (1 - chance)
    if whom == "att":
        return np.where(treated, outcome - without, -odds * (outcome - without)), treated.astype(float)
    corrected = np.where(treated, (outcome - with_support) / chance, -(outcome - without) / (1 - chance))
    return with_support - without + corrected, np.ones(len(outcome))
