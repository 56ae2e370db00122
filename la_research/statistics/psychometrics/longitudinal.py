"""Does a questionnaire mean the same in every wave? One factor a wave, and residuals of an item that go together."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.confirmatory import Solution, ends, proper, start_values
from la_research.statistics.psychometrics.departure import Departure, expected_departure
from la_research.statistics.psychometrics.fit import Chisq, fit_indices, residual_root
from la_research.statistics.psychometrics.invariance import NEEDED, STEPS, Step, beside
from la_research.statistics.psychometrics.likelihood import (
    NOT_IDENTIFIED,
    Block,
    blocks_of,
    climb,
    model_log_likelihood,
    score_and_information,
)
from la_research.statistics.psychometrics.measurement import ONE, SHARED, ZERO, Cells, Ints, Model, carried
from la_research.statistics.psychometrics.saturated import saturated_moments
from la_research.statistics.psychometrics.unfit import Unfit, checked

SETTLED = 1e-5
"""Change at which moments without a model count as found: the likelihood is flat there, so chi-square hardly moves."""


def wave_model(
    items: int,
    waves: int,
    *,
    equal: Collection[str] = (),
    apart: Mapping[str, Collection[int]] | None = None,
) -> Model:
    """One factor in every wave; factors correlate, and so do the residuals of the same item between waves.

    Columns are the items of the first wave, then those of the second, and so on. The factor of the first wave has mean
    0 and variance 1; the variances of the others are free where loadings are shared, their means where intercepts are.

    Parameters
    ----------
    equal
        What waves have in common, some of ``SHARED``.
    apart
        Items whose parameter of that name is free in every wave all the same (partial invariance).

    Examples
    --------
    >>> wave_model(4, 3).free == 3 * (4 + 4 + 4) + 3 + 4 * 3  # loadings, residuals, intercepts; factors; residual pairs
    True
    >>> wave_model(4, 3, equal=("loading", "intercept")).free == 4 + 3 * 4 + 4 + 3 + 2 + 2 + 4 * 3
    True
    """
    taken = 0

    def fresh(count: int) -> Ints:
        nonlocal taken
        taken += count
        return np.arange(taken - count, taken, dtype=np.intp)

    def of_items(what: str) -> Ints:
        """Positions of an item's parameter, waves x items."""
        held = np.tile(fresh(items), (waves, 1))
        alone = np.ones(items, dtype=bool) if what not in equal else np.zeros(items, dtype=bool)
        alone[list((apart or {}).get(what, ()))] = True
        for wave in range(1, waves):
            held[wave, alone] = fresh(int(alone.sum()))
        return held

    loading = np.full((waves * items, waves), ZERO, dtype=np.intp)
    loading[np.arange(waves * items), np.repeat(np.arange(waves), items)] = of_items("loading").ravel()
    residual, intercept = of_items("residual").ravel(), of_items("intercept").ravel()
    factor = np.full((waves, waves), ONE, dtype=np.intp)
    below = np.tril_indices(waves, -1)
    factor[below] = factor.T[below] = fresh(len(below[0]))
    later = np.arange(1, waves)
    if "loading" in equal:
        factor[later, later] = fresh(waves - 1)
    mean = np.full(waves, ZERO, dtype=np.intp)
    if "intercept" in equal:
        mean[1:] = fresh(waves - 1)
    first, second = (np.add.outer(side * items, np.arange(items)).ravel() for side in below)
    crossed = np.stack([first, second, fresh(len(first))])
    return Model((Cells(loading, residual, factor, intercept, mean, crossed),), taken, means=True)


@dataclass(frozen=True)
class _Waves:
    """Answers in all waves as blocks of students with the same waves, and what no model has to say of them."""

    items: int
    waves: int
    blocks: Sequence[Block]
    mean: Floats
    cov: Floats
    top: float
    bottom: float

    @classmethod
    def of(cls, answers: ArrayLike, names: Sequence[str] | None) -> _Waves:
        raw = np.asarray(answers, dtype=float)
        _, waves, items = raw.shape
        if waves < 2:
            raise Unfit("few_items", "one wave alone can not be compared")
        whole = ~np.isnan(raw).any(axis=2)
        for wave in range(waves):
            checked(raw[whole[:, wave], wave], least=3, names=names)
        if (whole.T.astype(int) @ whole).min() <= 2 * items:
            raise Unfit("few_rows", "too few students answered both of two waves: more are needed than both have items")
        blocks = _blocks(raw)
        mean, cov = saturated_moments(blocks, waves * items, SETTLED)
        return cls(items, waves, blocks, mean, cov, *ends([blocks], [(mean, cov)], waves * items))

    def fitted(
        self,
        equal: Collection[str],
        apart: Mapping[str, Collection[int]] | None = None,
        near: Solution | None = None,
    ) -> Solution:
        """The model with some of its parameters shared; errors are those of the expected information.

        ``near`` is a solution that it is likely to lie close to, to begin there.
        """
        model = wave_model(self.items, self.waves, equal=equal, apart=apart)
        p, n = self.items * self.waves, sum(block.n for block in self.blocks)
        try:
            values, information = climb(
                lambda at: model_log_likelihood(model, at, self.blocks),
                lambda at: score_and_information(model, at, self.blocks),
                carried(near.model, near.values, model) if near else start_values(model, [self.cov], [self.mean]),
            )
        except np.linalg.LinAlgError:
            raise Unfit("not_identified", NOT_IDENTIFIED) from None
        proper(model, values)
        height, held = model_log_likelihood(model, values, self.blocks), model.implied(values)
        if np.linalg.eigvalsh(held.cov - held.loading @ held.factor @ held.loading.T)[0] <= 0:
            raise Unfit("heywood", "residuals of an item came out correlated by 1 or more between waves")
        test = Chisq(max(2 * (self.top - height), 0.0), p * (p + 3) // 2 - model.free)
        baseline = Chisq(2 * (self.top - self.bottom), p * (p - 1) // 2)
        srmr = residual_root(self.cov, held.cov, self.mean, held.mean)
        fit = fit_indices(test, baseline, n=n, srmr=srmr, rows=n)
        estimator = "FIML" if len(self.blocks) > 1 else "ML"
        return Solution(estimator, model, values, np.asarray(np.linalg.inv(information)), fit, height, n)


def _blocks(answers: Floats) -> Sequence[Block]:
    """Students with the same whole waves; one answered in part counts as missed."""
    whole = np.asarray(~np.isnan(answers).any(axis=2))
    return blocks_of(np.where(whole[:, :, None], answers, np.nan).reshape(len(answers), -1)[whole.any(axis=1)])


def wave_invariance(
    answers: ArrayLike,
    *,
    apart: Mapping[str, Collection[int]] | None = None,
    names: Sequence[str] | None = None,
) -> list[Step]:
    """The four levels of invariance between waves of the same students, each with what it costs.

    By full-information maximum likelihood: who missed a wave stays in with the others (missing at random). A wave
    answered in part counts as missed. Answers are taken as numbers.

    Parameters
    ----------
    answers
        Students x waves x items, reversed items turned; not a number where not answered.
    apart
        Items whose loading, intercept or residual is free in every wave at every level.
    names
        What a reason calls the items.

    Returns
    -------
    list of Step
        In the order of ``STEPS``. One that can not be fitted says why.

    Raises
    ------
    Unfit
        What ``checked`` raises of a wave, and ``saturated_moments`` of all; ``few_items`` with one wave; ``few_rows``
        where two waves have hardly a student in common.

    References
    ----------
    Meredith & Horn (2001) in New methods for the analysis of change, 203-240; residuals of an item that go together:
    Sörbom (1975), doi:10.1111/j.2044-8317.1975.tb00531.x; steps: Widaman, Ferrer & Conger (2010),
    doi:10.1111/j.1750-8606.2009.00110.x.

    Examples
    --------
    >>> draw = np.random.Generator(np.random.Philox(5))
    >>> true = draw.normal(size=(400, 1, 1)) + draw.normal(size=(400, 3, 1))
    >>> steps = wave_invariance(true + draw.normal(size=(400, 3, 4)))
    >>> [(step.name, step.delta_df) for step in steps]
    [('configural', None), ('metric', 6), ('scalar', 6), ('strict', 8)]
    """
    held, found = _Waves.of(answers, names), list[Step]()
    for name, equal in STEPS.items():
        if found and found[-1].solution is None:
            found.append(Step(name, None, found[-1].reason))
            continue
        try:
            solution = held.fitted(equal, apart, found[-1].solution if found else None)
        except Unfit as unfit:
            found.append(Step(name, None, str(unfit)))
            continue
        found.append(beside(name, solution, found[-1].solution if found else None))
    return found


def least_alike_waves(answers: ArrayLike, what: str, names: Sequence[str] | None = None) -> Floats:
    """By how much chi-square falls when one item's parameter is freed in every wave, for every item in turn.

    Parameters
    ----------
    what
        One of ``SHARED``; those before it are shared too.
    """
    held, equal = _Waves.of(answers, names), SHARED[: SHARED.index(what) + 1]
    shared = held.fitted(equal)
    freed = [held.fitted(equal, {what: (item,)}, shared) for item in range(held.items)]
    return shared.fit.chisq - np.array([one.fit.chisq for one in freed])


def wave_departures(answers: ArrayLike, steps: Sequence[Step], level: float = 0.95) -> list[Departure]:
    """How far every item's loading, and intercept, may lie apart between two of the waves, one item at a time.

    Parameters
    ----------
    steps
        What ``wave_invariance`` found of these answers; levels without a solution are left out.

    Examples
    --------
    >>> draw = np.random.Generator(np.random.Philox(5))
    >>> lasting, now = draw.normal(size=(900, 1, 1)), draw.normal(size=(900, 2, 1))
    >>> answers = lasting + now + draw.normal(size=(900, 2, 4))
    >>> answers[:, 1, 2] += 0.6
    >>> found = wave_departures(answers, wave_invariance(answers))
    >>> [(one.what, one.item) for one in found if one.least > 0.25]
    [('intercept', 2)]
    """
    raw = np.asarray(answers, dtype=float)
    _, waves, items = raw.shape
    blocks, found = _blocks(raw), list[Departure]()
    for step in steps:
        if step.solution is None or step.name not in NEEDED:
            continue
        what, model, values = NEEDED[step.name], step.solution.model, step.solution.values
        spread = np.sqrt(np.diag(model.implied(values).cov).reshape(waves, items).mean(axis=0))
        for item in range(items):
            freed = wave_model(items, waves, equal=STEPS[step.name], apart={what: (item,)})
            cells = getattr(freed.groups[0], what).reshape(waves, items, -1)[:, item].max(axis=1)
            apart = expected_departure(model, values, freed, cells, spread[item], blocks, level)
            found.append(Departure(what, item, *apart))
    return found
