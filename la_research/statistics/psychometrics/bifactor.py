"""One general factor beside one for each part: how much of what items share is general."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.psychometrics.confirmatory import Solution, asked, solved
from la_research.statistics.psychometrics.likelihood import blocks_of
from la_research.statistics.psychometrics.measurement import measurement_model
from la_research.statistics.psychometrics.unfit import Unfit


class Bifactor(NamedTuple):
    """A fitted bifactor model.

    ``common`` is the explained common variance, the share of the items' common variance that is general; ``general``
    is omega hierarchical, the share of the sum's variance that the general factor explains.
    """

    solution: Solution
    common: float
    general: float


def bifactor(items: ArrayLike, parts: Sequence[Sequence[int]], names: Sequence[str] | None = None) -> Bifactor:
    """A general factor of all items and one of each part, none of them correlated, by maximum likelihood.

    Parameters
    ----------
    parts
        Columns of the items of each part, three or more each.

    Raises
    ------
    Unfit
        What ``confirmatory`` raises. Often ``heywood`` or ``not_identified``: that few items settle so many
        loadings is an answer, too.

    References
    ----------
    Reise (2012), doi:10.1080/00273171.2012.715555; Rodriguez, Reise & Haviland (2016), doi:10.1037/met0000045.

    Examples
    --------
    Each item is the general factor, its part's and noise in equal measure, so half of what is common is general.

    >>> draw = np.random.Generator(np.random.Philox(1))
    >>> part = np.repeat(draw.normal(size=(4000, 3)), 4, axis=1)
    >>> found = bifactor(draw.normal(size=(4000, 1)) + part + draw.normal(size=(4000, 12)), np.arange(12).reshape(3, 4))
    >>> abs(found.common - 1 / 2) < 0.05
    True
    """
    held = asked(items, parts, names)
    if min(len(part) for part in parts) < 3 or len(parts) < 2:
        raise Unfit("few_items", "a bifactor model needs two parts or more, of three items or more each")
    missing = bool(np.isnan(held).any())
    every = [tuple(range(held.shape[1])), *(tuple(part) for part in parts)]
    model = measurement_model(every, held.shape[1], means=missing, correlated=False)
    found = solved(model, blocks_of(held, means=missing), held, names=names)
    loading, moments = found.loadings()[0], found.moments()
    common = float(np.sum(loading[:, 0] ** 2) / np.sum(loading**2))
    general = float(moments.loading[:, 0].sum() ** 2 / moments.cov.sum())
    return Bifactor(found, common, general)
