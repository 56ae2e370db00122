"""Who gains more? Benefit is learnt on some students and tried on others, beside how unwell they would have been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.statistics.clustered import least_squares
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.doubly_robust import from_influence

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]
FOLDS, SPLITS = 5, 11
"""Parts that students are split into, and how often anew."""
PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""Of the ridge regressions that learn; each chooses by leaving one out."""
THIRDS = ("lowest", "middle", "highest")


@dataclass(frozen=True)
class Trial:
    """Students drawn by lot, in arrays.

    Parameters
    ----------
    outcome, drawn
        One a student, no outcome missing.
    chance
        Chance of having been drawn, strictly between 0 and 1.
    covariates
        What was known before, shape (students, k), none missing.
    cluster
        Whom the lot drew as one, codes from 0; a code each where students were drawn one by one.
    """

    outcome: Floats
    drawn: Bools
    chance: Floats
    covariates: Floats
    cluster: Codes

    @property
    def grouped(self) -> bool:
        """Whether groups were drawn."""
        return int(self.cluster.max()) + 1 < len(self.cluster)


@dataclass(frozen=True)
class Learnt:
    """What models that did not see a student expect of them.

    Parameters
    ----------
    fold
        In which part each student was.
    without, with_support
        The outcome expected in either arm.
    """

    fold: Codes
    without: Floats
    with_support: Floats

    @property
    def benefit(self) -> Floats:
        """The gain expected."""
        return self.with_support - self.without

    def place(self, score: Floats) -> Floats:
        """The rank of each student's score within their part, above 0 to 1; equal scores by their order."""
        place = np.empty(len(score))
        for part in np.unique(self.fold):
            here = np.flatnonzero(self.fold == part)
            place[here[np.argsort(score[here], kind="stable")]] = np.arange(1, len(here) + 1) / len(here)
        return place

    def centred(self, score: Floats) -> Floats:
        """The score less its mean within each part."""
        means = np.bincount(self.fold, score) / np.bincount(self.fold)
        return np.asarray(score - means[self.fold])


def learnt(trial: Trial, rng: np.random.Generator) -> Learnt:
    """A T-learner: a ridge regression in each arm, each student judged by those of the other parts.

    References
    ----------
    Künzel et al. (2019), Metalearners for estimating heterogeneous treatment effects using machine learning,
    doi:10.1073/pnas.1804597116.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 200)[:, None]
    >>> drawn = np.tile([True, False], 100)
    >>> trial = Trial(x[:, 0] * drawn, drawn, np.full(200, 0.5), x, np.arange(200))
    >>> found = learnt(trial, np.random.default_rng(1))
    >>> round(float(np.corrcoef(found.benefit, x[:, 0])[0, 1]), 2)
    1.0
    """
    from sklearn.linear_model import RidgeCV

    groups = int(trial.cluster.max()) + 1
    dealt = np.empty(groups, dtype=np.intp)
    dealt[rng.permutation(groups)] = np.arange(groups) % min(FOLDS, groups)
    fold = dealt[trial.cluster]
    spread = trial.covariates.std(axis=0)
    columns = (trial.covariates - trial.covariates.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    found = np.empty((2, len(fold)))
    for part in range(int(fold.max()) + 1):
        for arm in (False, True):
            known = (fold != part) & (trial.drawn == arm)
            model = RidgeCV(PENALTIES).fit(columns[known], trial.outcome[known])
            found[int(arm), fold == part] = model.predict(columns[fold == part])
    return Learnt(fold, found[0], found[1])


def over_splits(made: Sequence[Coefficient]) -> Coefficient:
    """One number of many splits: the median, its error the median of each split's with its distance from it.

    References
    ----------
    Chernozhukov et al. (2018), doi:10.1111/ectj.12097, definition 3.3.

    Examples
    --------
    >>> found = over_splits([Coefficient(value, 3.0, 90, 100) for value in (1.0, 5.0, 9.0)])
    >>> found.value, found.se
    (5.0, 5.0)
    """
    value = float(np.median([one.value for one in made]))
    error = float(np.sqrt(np.median([one.se**2 + (one.value - value) ** 2 for one in made])))
    return Coefficient(value, error, min(one.df for one in made), made[0].n)


def calibration(trial: Trial, found: Learnt) -> Coefficient:
    """By how much the effect rises for each unit of benefit expected: 1 where it is right, 0 where it says nothing.

    The slope of the best linear predictor, by weighted least squares.

    References
    ----------
    Chernozhukov, Demirer, Duflo and Fernández-Val (2025), Fisher-Schultz Lecture: Generic machine learning inference
    on heterogeneous treatment effects in randomized experiments, doi:10.3982/ECTA19303, equation 3.1.
    """
    shift = trial.drawn - trial.chance
    return _weighted(trial, found, np.column_stack([shift * found.centred(found.benefit), shift]), np.array([1.0, 0.0]))


def thirds(trial: Trial, found: Learnt) -> dict[str, Coefficient]:
    """The effect among the third of students with the lowest, the middle and the highest benefit expected.

    Also the difference of the last and the first, "highest less lowest". Sources as in ``calibration``, section 3.2.
    """
    third = np.clip(np.ceil(3 * found.place(found.benefit)), 1, 3)
    columns = (third[:, None] == np.array([1, 2, 3])) * (trial.drawn - trial.chance)[:, None]
    sizes = [int((third == number).sum()) for number in (1, 2, 3)]
    each = {name: _weighted(trial, found, columns, np.eye(3)[i], sizes[i]) for i, name in enumerate(THIRDS)}
    apart = _weighted(trial, found, columns, np.array([-1.0, 0.0, 1.0]), sizes[0] + sizes[2])
    return {**each, "highest less lowest": apart}


def _weighted(trial: Trial, found: Learnt, columns: Floats, contrast: Floats, n: int | None = None) -> Coefficient:
    """A contrast of the first columns, beside what was expected, weighted by the inverse variance of the draw."""
    root = 1 / np.sqrt(trial.chance * (1 - trial.chance))
    beside = [one for one in (found.centred(found.without), found.centred(found.benefit)) if np.ptp(one) > 1e-9]
    design = np.column_stack([columns, np.ones(len(columns)), *beside]) * root[:, None]
    fit = least_squares(design, trial.outcome * root, trial.cluster if trial.grouped else None)
    one = fit.of(np.concatenate([contrast, np.zeros(design.shape[1] - len(contrast))]))
    return Coefficient(one.value, one.se, one.df, one.n if n is None else n)


def ranked(trial: Trial, found: Learnt, share: float, better: int) -> dict[str, Coefficient]:
    """The mean effect among the share that comes first by benefit, by risk, and among everyone.

    Also "benefit less risk". Each student's effect is the doubly robust score, with chances that are known.

    Parameters
    ----------
    share
        How many would be contacted, between 0 and 1.
    better
        1 where more of the outcome is better, -1 where less is; risk is a poor outcome expected without the support.

    References
    ----------
    Athey and Wager (2021), Policy learning with observational data, doi:10.3982/ECTA15732; Yadlowsky et al. (2025),
    Evaluating treatment prioritization rules via rank-weighted average treatment effects,
    doi:10.1080/01621459.2024.2393466.

    Examples
    --------
    The support adds 1 to students in the upper half, who would have been better without it too.

    >>> x = np.tile([0.0, 1.0], 200)
    >>> drawn = np.tile([True, True, False, False], 100)
    >>> trial = Trial(x + x * drawn, drawn, np.full(400, 0.5), x[:, None], np.arange(400))
    >>> found = ranked(trial, learnt(trial, np.random.default_rng(1)), 0.2, 1)
    >>> [round(found[by].value, 1) + 0.0 for by in ("benefit", "risk", "everyone")]
    [1.0, 0.0, 0.5]
    """
    expected = np.where(trial.drawn, found.with_support, found.without)
    weight = (trial.drawn - trial.chance) / (trial.chance * (1 - trial.chance))
    score = found.benefit + weight * (trial.outcome - expected)
    first = {by: found.place(value) > 1 - share for by, value in _orders(found, better).items()}
    first["everyone"] = np.ones(len(score), dtype=bool)
    parts = {by: _mean_among(score, chosen) for by, chosen in first.items()}
    held = {
        by: _counted(value, influence, trial.cluster, int(first[by].sum())) for by, (value, influence) in parts.items()
    }
    (more, one), (less, other) = parts["benefit"], parts["risk"]
    either = int((first["benefit"] | first["risk"]).sum())
    return {**held, "benefit less risk": _counted(more - less, one - other, trial.cluster, either)}


def _orders(found: Learnt, better: int) -> dict[str, Floats]:
    return {"benefit": better * found.benefit, "risk": -better * found.without}


def _mean_among(score: Floats, chosen: Bools) -> tuple[float, Floats]:
    value = float(score[chosen].mean())
    return value, chosen * (score - value) / chosen.mean()


def _counted(value: float, influence: Floats, cluster: Codes, n: int) -> Coefficient:
    one = from_influence(value, influence, cluster, 1)
    return Coefficient(one.value, one.se, min(one.df, max(n - 1, 1)), n)


def repeated(
    trial: Trial, rng: np.random.Generator, told: Callable[[Learnt], dict[str, Coefficient]], splits: int = SPLITS
) -> dict[str, Coefficient]:
    """Numbers of a split, over several; see ``over_splits``."""
    made = [told(learnt(trial, rng)) for _ in range(splits)]
    return {name: over_splits([one[name] for one in made]) for name in made[0]}
