"""Who gains more? Benefit is learnt on some students and tried on others, beside how unwell they would have been."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.statistics.clustered import least_squares
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.doubly_robust import from_influence

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]
SPLITS = 11
"""How often students are split in two halves."""
PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""Of the ridge regressions that learn; each chooses by leaving one out."""
EVERYONE = "everyone"
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

    def part(self, kept: Bools) -> Trial:
        """Some of the students."""
        cluster = np.unique(self.cluster[kept], return_inverse=True)[1]
        return Trial(self.outcome[kept], self.drawn[kept], self.chance[kept], self.covariates[kept], cluster)


@dataclass(frozen=True)
class Learnt:
    """What models that did not see these students expect of them.

    Parameters
    ----------
    trial
        The students.
    without, with_support
        The outcome expected in either arm.
    """

    trial: Trial
    without: Floats
    with_support: Floats

    @property
    def benefit(self) -> Floats:
        """The gain expected."""
        return self.with_support - self.without


def places(score: Floats) -> Floats:
    """The rank of each score, above 0 to 1; equal ones in their order.

    >>> places(np.array([5.0, 1.0, 3.0, 3.0])).tolist()
    [1.0, 0.25, 0.5, 0.75]
    """
    place = np.empty(len(score))
    place[np.argsort(score, kind="stable")] = np.arange(1, len(score) + 1) / len(score)
    return place


def halves(trial: Trial, rng: np.random.Generator) -> Iterator[Learnt]:
    """Each half of the students, as models see them that learnt from the other half.

    Groups that were drawn stay whole, and arms are dealt out evenly.
    """
    first = np.unique(trial.cluster, return_index=True)[1]
    order = rng.permutation(len(first))
    order = order[np.argsort(trial.drawn[first][order], kind="stable")]
    dealt = np.empty(len(first), dtype=bool)
    dealt[order] = np.arange(len(first)) % 2 == 0
    for half in (dealt[trial.cluster], ~dealt[trial.cluster]):
        yield learnt(trial.part(~half), trial.part(half))


def learnt(known: Trial, new: Trial) -> Learnt:
    """A T-learner: a ridge regression in each arm of the known students says what is expected of the new.

    References
    ----------
    Künzel et al. (2019), Metalearners for estimating heterogeneous treatment effects using machine learning,
    doi:10.1073/pnas.1804597116.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 200)[:, None]
    >>> drawn = np.tile([True, False], 100)
    >>> trial = Trial(x[:, 0] * drawn, drawn, np.full(200, 0.5), x, np.arange(200))
    >>> round(float(np.corrcoef(learnt(trial, trial).benefit, x[:, 0])[0, 1]), 2)
    1.0
    """
    from sklearn.linear_model import RidgeCV

    spread = known.covariates.std(axis=0)
    middle, scale = known.covariates.mean(axis=0), np.where(spread > 0, spread, 1.0)
    columns, others = ((one.covariates - middle) / scale for one in (known, new))
    expected = [
        RidgeCV(PENALTIES).fit(columns[known.drawn == arm], known.outcome[known.drawn == arm]).predict(others)
        for arm in (False, True)
    ]
    return Learnt(new, *expected)


def joined(first: Coefficient, second: Coefficient, *, alone: bool = False) -> Coefficient:
    """The mean of two halves, with the error as if both had erred alike; ``alone`` where nothing learnt enters.

    What is learnt from one half and tried on the other is, turned round, nearly the same comparison again: joined as
    if they were two, where nothing was to be learnt, one in eight intervals at 95 % excluded zero.

    Examples
    --------
    >>> halves_ = Coefficient(1.0, 3.0, 90, 100), Coefficient(3.0, 4.0, 90, 100)
    >>> joined(*halves_).se, joined(*halves_, alone=True).se, joined(*halves_).n
    (3.5, 2.5, 200)
    """
    error = float(np.hypot(first.se, second.se)) if alone else first.se + second.se
    return Coefficient((first.value + second.value) / 2, error / 2, min(first.df, second.df), first.n + second.n)


def over_splits(made: Sequence[Coefficient]) -> Coefficient:
    """One number of many splits: the median, and the median of their errors. Source as in ``calibration``, section 4.

    >>> over_splits([Coefficient(value, 3.0, 90, 100) for value in (1.0, 5.0, 9.0)]).value
    5.0
    """
    value, error = (float(np.median([getattr(one, name) for one in made])) for name in ("value", "se"))
    return Coefficient(value, error, min(one.df for one in made), round(float(np.median([one.n for one in made]))))


def calibration(found: Learnt) -> Coefficient:
    """By how much the effect rises for each unit of benefit expected: 1 where it is right, 0 where it says nothing.

    The slope of the best linear predictor, by weighted least squares.

    References
    ----------
    Chernozhukov, Demirer, Duflo and Fernández-Val (2025), Fisher-Schultz Lecture: Generic machine learning inference
    on heterogeneous treatment effects in randomized experiments, doi:10.3982/ECTA19303, equation 3.1.
    """
    shift = found.trial.drawn - found.trial.chance
    columns = np.column_stack([shift * (found.benefit - found.benefit.mean()), shift])
    return _weighted(found, columns, np.array([1.0, 0.0]), len(shift))


def thirds(found: Learnt) -> dict[str, Coefficient]:
    """The effect among the third of students with the lowest, the middle and the highest benefit expected.

    Also the difference of the last and the first, "highest less lowest". Sources as in ``calibration``, section 3.2.
    """
    third = np.clip(np.ceil(3 * places(found.benefit)), 1, 3)
    columns = (third[:, None] == np.array([1, 2, 3])) * (found.trial.drawn - found.trial.chance)[:, None]
    sizes = [int((third == number).sum()) for number in (1, 2, 3)]
    each = {name: _weighted(found, columns, np.eye(3)[i], sizes[i]) for i, name in enumerate(THIRDS)}
    apart = _weighted(found, columns, np.array([-1.0, 0.0, 1.0]), sizes[0] + sizes[2])
    return {**each, "highest less lowest": apart}


def _weighted(found: Learnt, columns: Floats, contrast: Floats, n: int) -> Coefficient:
    """A contrast of the first columns, beside what was expected, weighted by the inverse variance of the draw."""
    trial = found.trial
    root = 1 / np.sqrt(trial.chance * (1 - trial.chance))
    beside = np.column_stack([np.ones(len(root)), found.without, found.benefit])
    beside = beside[:, : int(np.linalg.matrix_rank(beside - beside.mean(axis=0) * [0, 1, 1]))]
    design = np.column_stack([columns, beside]) * root[:, None]
    fit = least_squares(design, trial.outcome * root, trial.cluster if trial.grouped else None)
    one = fit.of(np.concatenate([contrast, np.zeros(design.shape[1] - len(contrast))]))
    return Coefficient(one.value, one.se, one.df, n)


def ranked(found: Learnt, share: float, better: int) -> dict[str, Coefficient]:
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
    >>> found = ranked(learnt(trial, trial), 0.2, 1)
    >>> [round(found[by].value, 1) + 0.0 for by in ("benefit", "risk", "everyone")]
    [1.0, 0.0, 0.5]
    """
    trial = found.trial
    expected = np.where(trial.drawn, found.with_support, found.without)
    weight = (trial.drawn - trial.chance) / (trial.chance * (1 - trial.chance))
    score = found.benefit + weight * (trial.outcome - expected)
    orders = {"benefit": better * found.benefit, "risk": -better * found.without}
    first = {by: places(order) > 1 - share for by, order in orders.items()}
    first[EVERYONE] = np.ones(len(score), dtype=bool)
    parts = {by: _mean_among(score, chosen) for by, chosen in first.items()}
    held = {by: _counted(*part, trial.cluster, int(first[by].sum())) for by, part in parts.items()}
    (more, one), (less, other) = parts["benefit"], parts["risk"]
    either = int((first["benefit"] | first["risk"]).sum())
    return {**held, "benefit less risk": _counted(more - less, one - other, trial.cluster, either)}


def _mean_among(score: Floats, chosen: Bools) -> tuple[float, Floats]:
    value = float(score[chosen].mean())
    return value, chosen * (score - value) / chosen.mean()


def _counted(value: float, influence: Floats, cluster: Codes, n: int) -> Coefficient:
    one = from_influence(value, influence, cluster, 1)
    return Coefficient(one.value, one.se, min(one.df, max(n - 1, 1)), n)


def repeated(
    trial: Trial, rng: np.random.Generator, told: Callable[[Learnt], dict[str, Coefficient]], splits: int = SPLITS
) -> dict[str, Coefficient]:
    """Numbers of each half, joined, over several splits; see ``joined`` and ``over_splits``."""
    made = []
    for _ in range(splits):
        first, second = (told(half) for half in halves(trial, rng))
        made.append({name: joined(first[name], second[name], alone=name == EVERYONE) for name in first})
    return {name: over_splits([one[name] for one in made]) for name in made[0]}
