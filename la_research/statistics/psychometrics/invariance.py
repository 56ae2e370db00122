"""Does an instrument measure the same in every group? The same factors, loadings, intercepts and residuals, in turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.confirmatory import Solution, asked, codes_of, solved
from la_research.statistics.psychometrics.departure import Departure, expected_departure
from la_research.statistics.psychometrics.likelihood import blocks_of
from la_research.statistics.psychometrics.measurement import SHARED, measurement_model
from la_research.statistics.psychometrics.unfit import Unfit, checked

STEPS: Mapping[str, tuple[str, ...]] = {
    "configural": (),
    "metric": SHARED[:1],
    "scalar": SHARED[:2],
    "strict": SHARED,
}
"""What each level of invariance lets the groups share; factor means can be compared from "scalar" on."""
NEEDED = {"metric": "loading", "scalar": "intercept"}
"""Levels that a comparison of means, or a change within a student, leans on, and the parameter that each shares."""


@dataclass(frozen=True, slots=True)
class Step:
    """One level of invariance, beside the one before it.

    Parameters
    ----------
    name
        "configural", "metric", "scalar" or "strict".
    solution
        The fitted model, or None.
    reason
        Why there is none; empty where there is one.
    delta_chisq, delta_df, delta_p
        Difference to the level before, as a likelihood-ratio test; None where either is absent.
    delta_cfi, delta_rmsea, delta_srmr
        Change of the indices: what the shared parameters cost.
    """

    name: str
    solution: Solution | None
    reason: str = ""
    delta_chisq: float | None = None
    delta_df: int | None = None
    delta_p: float | None = None
    delta_cfi: float | None = None
    delta_rmsea: float | None = None
    delta_srmr: float | None = None


def fitted_groups(
    items: ArrayLike,
    factors: Sequence[Sequence[int]],
    groups: ArrayLike,
    *,
    equal: Collection[str] = (),
    apart: Mapping[str, Collection[int]] | None = None,
    names: Sequence[str] | None = None,
) -> Solution:
    """One model in several groups by maximum likelihood, some of its parameters shared.

    Parameters
    ----------
    items
        Rows x items; not a number where missing (their rows stay in).
    factors
        Columns of each factor's items.
    groups
        Group of each row; ordered by name, the first one sets the scale of the factors.
    equal, apart
        What is shared, and for which items it is free all the same, as ``measurement_model`` takes them.

    Raises
    ------
    Unfit
        What ``confirmatory`` raises; ``few_rows`` where a group has no more rows than items, ``few_items`` with
        one group.

    References
    ----------
    Jöreskog (1971), doi:10.1007/BF02291366; partial: Byrne, Shavelson & Muthén (1989), doi:10.1037/0033-2909.105.3.456.
    """
    raw = np.asarray(items, dtype=float)
    answered = ~np.isnan(raw).all(axis=1)
    codes, labels = codes_of(np.asarray(groups)[answered])
    if len(labels) < 2:
        raise Unfit("few_items", "one group alone can not be compared")
    held = asked(raw, factors, names)
    for code in range(len(labels)):
        checked(held[codes == code], names=names)
    model = measurement_model(factors, held.shape[1], len(labels), means=True, equal=equal, apart=apart)
    return solved(model, blocks_of(held, codes), held, names=names)


def measurement_invariance(
    items: ArrayLike,
    factors: Sequence[Sequence[int]],
    groups: ArrayLike,
    *,
    apart: Mapping[str, Collection[int]] | None = None,
    names: Sequence[str] | None = None,
) -> list[Step]:
    """The four levels of invariance, each with what it costs against the one before.

    Waves of the same students are not groups: rows have to be independent.

    Parameters
    ----------
    apart
        Items whose loading, intercept or residual stays free at every level (partial invariance).

    Returns
    -------
    list of Step
        In the order of ``STEPS``. One that can not be fitted says why, and so does every later one.

    References
    ----------
    Meredith (1993), doi:10.1007/BF02294825; Vandenberg & Lance (2000), doi:10.1177/109442810031002; what changes of
    CFI and RMSEA are common under small departures: Chen (2007), doi:10.1080/10705510701301834.

    Examples
    --------
    >>> draw = np.random.Generator(np.random.Philox(5))
    >>> items = draw.normal(size=(600, 1)) + draw.normal(size=(600, 4))
    >>> steps = measurement_invariance(items, [(0, 1, 2, 3)], np.repeat(["a", "b"], 300))
    >>> [(step.name, step.delta_df) for step in steps]
    [('configural', None), ('metric', 3), ('scalar', 3), ('strict', 4)]
    """
    found: list[Step] = []
    for name, equal in STEPS.items():
        if found and found[-1].solution is None:
            found.append(Step(name, None, found[-1].reason))
            continue
        try:
            solution = fitted_groups(items, factors, groups, equal=equal, apart=apart, names=names)
        except Unfit as unfit:
            found.append(Step(name, None, str(unfit)))
            continue
        found.append(beside(name, solution, found[-1].solution if found else None))
    return found


def beside(name: str, here: Solution, before: Solution | None) -> Step:
    """A level of invariance with what it costs against the one before; nothing is compared where that is absent."""
    if before is None:
        return Step(name, here)
    chisq, df = max(here.fit.chisq - before.fit.chisq, 0.0), here.fit.df - before.fit.df
    return Step(
        name,
        here,
        "",
        chisq,
        df,
        float(chdtrc(df, chisq)) if df else 1.0,
        here.fit.cfi - before.fit.cfi,
        here.fit.rmsea - before.fit.rmsea,
        here.fit.srmr - before.fit.srmr,
    )


def least_alike(items: ArrayLike, factors: Sequence[Sequence[int]], groups: ArrayLike, what: str) -> Floats:
    """By how much chi-square falls when one item's loading or intercept is freed, for every item in turn.

    Parameters
    ----------
    what
        "loading" (in the metric model) or "intercept" (in the scalar one).
    """
    equal = SHARED[: SHARED.index(what) + 1]
    shared = fitted_groups(items, factors, groups, equal=equal).fit.chisq
    count = np.asarray(items).shape[1]
    freed = [fitted_groups(items, factors, groups, equal=equal, apart={what: (item,)}) for item in range(count)]
    return shared - np.array([one.fit.chisq for one in freed])


def group_departures(
    items: ArrayLike, factors: Sequence[Sequence[int]], groups: ArrayLike, steps: Sequence[Step], level: float = 0.95
) -> list[Departure]:
    """How far every item's loading, and intercept, may lie apart between two of the groups, one item at a time.

    Parameters
    ----------
    factors
        As of ``measurement_invariance``; an item belongs to one of them.
    steps
        What it found of these items; levels without a solution are left out.
    """
    raw = np.asarray(items, dtype=float)
    answered = ~np.isnan(raw).all(axis=1)
    codes, labels = codes_of(np.asarray(groups)[answered])
    blocks, found = blocks_of(raw[answered], codes), list[Departure]()
    for step in steps:
        if step.solution is None or step.name not in NEEDED:
            continue
        what, model, values = NEEDED[step.name], step.solution.model, step.solution.values
        implied = [np.diag(model.implied(values, group).cov) for group in range(len(labels))]
        spread = np.sqrt(np.mean(implied, axis=0))
        for item in range(raw.shape[1]):
            freed = measurement_model(
                factors, raw.shape[1], len(labels), means=True, equal=STEPS[step.name], apart={what: (item,)}
            )
            cells = np.array([np.max(getattr(own, what)[item]) for own in freed.groups])
            apart = expected_departure(model, values, freed, cells, spread[item], blocks, level)
            found.append(Departure(what, item, *apart))
    return found
