"""Groups drawn for a share of their students, then students drawn inside them: what spills over to those not drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from la_research.disclosure import why_hidden
from la_research.evaluation.design import Asked
from la_research.evaluation.sample import Floats, Sample
from la_research.finding import Finding, Row
from la_research.statistics.clustered import Fit, least_squares

QUESTION = "What does the support change for students drawn, and for students of the same group who were not?"
NO_ZERO = "no group had a saturation of zero, so there is nobody whom nothing can have reached"
LIMITATIONS = (
    "Direct: students drawn against others of groups at that saturation.",
    "Spillover, total, overall: students not drawn there, those drawn there, and all, against groups where nobody was.",
    "What happens in one group is taken not to reach another.",
)


def spillover_finding(sample: Sample, asked: Asked) -> Finding:
    """Hudgens and Halloran's effects at each saturation, rows ``{"what": …, "saturation": …}``, errors by CR2.

    Parameters
    ----------
    sample
        Rows whose outcome is known, with ``saturation`` (share of the group planned for the support, 0 to 1),
        ``treatment`` (of the student) and ``cluster``.

    References
    ----------
    Hudgens and Halloran (2008), Toward causal inference with interference, doi:10.1198/016214508000000292; Baird,
    Bohren, McIntosh and Özler (2018), doi:10.1162/rest_a_00716.
    """
    share, drawn = sample["saturation"], sample["treatment"] == 1
    cells = np.unique(np.column_stack([share, drawn]), axis=0)
    inside = (share[:, None] == cells[:, 0]) & (drawn[:, None] == (cells[:, 1] == 1))
    cluster = np.unique(sample.codes("cluster"), return_inverse=True)[1]
    fit = least_squares(inside.astype(float), sample["outcome"], cluster)
    sizes = inside.sum(axis=0)
    rows = tuple(row for level in np.unique(share[share > 0]) for row in _rows(fit, cells, sizes, level, sample, asked))
    return Finding(asked.id("spillover"), QUESTION, "described", None, rows, limitations=LIMITATIONS)


def _rows(fit: Fit, cells: Floats, sizes: Floats, level: float, sample: Sample, asked: Asked) -> Iterator[Row]:
    """The effects at one saturation; "not analysed" where nobody is there to compare with."""
    here = {bool(had): np.flatnonzero((cells[:, 0] == level) & (cells[:, 1] == had)) for had in (0, 1)}
    zero = np.flatnonzero((cells[:, 0] == 0) & (cells[:, 1] == 0))
    one, other, none = (_weights(at, sizes) for at in (here[True], here[False], zero))
    every = _weights(np.concatenate([here[True], here[False]]), sizes)
    for what, left, right in (
        ("direct", one, other), ("spillover", other, none), ("total", one, none), ("overall", every, none)
    ):  # fmt: skip
        keys = {"what": what, "saturation": f"{100 * level:g} %"}
        if left is None or right is None:
            lacking = NO_ZERO if none is None else "all students of these groups had the support, or none had it"
            yield Row(keys, None, "not analysed", lacking)
            continue
        least = min(sizes[side > 0].sum() for side in (left, right))
        if least < sample.minimum:
            yield Row(keys, None, "suppressed", why_hidden(sample.minimum))
            continue
        found = replace(fit.of(left - right), n=int(sizes[(left > 0) | (right > 0)].sum()))
        yield Row(keys, found.estimate(sample.unit, "cr2-satterthwaite", asked.level))


def _weights(cells: np.ndarray, sizes: Floats) -> Floats | None:
    """The mean of some cells as weights of all; None where none of them is there."""
    if not len(cells):
        return None
    weights = np.zeros(len(sizes))
    weights[cells] = sizes[cells] / sizes[cells].sum()
    return weights
