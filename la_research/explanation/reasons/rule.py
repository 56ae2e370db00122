"""The stable-reason rule: a reason is told only where other students' data would be expected to tell the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from la_research.explanation.attribution import Floats, Perturbation, summed

NONE = -1
"""No single main reason."""
Sums = Mapping[Perturbation, Floats]
"""What the columns of each group moved a score by, together; by way: (refits, rows, groups)."""


@dataclass(frozen=True)
class Reasons:
    """The reason of each row.

    Parameters
    ----------
    group
        Shape (rows,): which group of columns moved the score up the most; -1 where no single main reason is told.
    share
        Shape (rows,): share of refits in which the group that leads came first, told or not; the lowest over the ways.
    expected
        Shape (rows,): share of refits to other students in which it would be expected to; the lowest over the ways.
    """

    group: npt.NDArray[np.int64]
    share: Floats
    expected: Floats


def by_group(
    refits: Mapping[Perturbation, npt.NDArray[np.floating[Any]]], groups: Sequence[int]
) -> dict[Perturbation, Floats]:
    """SHAP values summed over the columns of each group.

    Parameters
    ----------
    refits
        By way: (refits, rows, columns), in log-odds.
    groups
        The group of each column, from 0, in the order in which groups are first met.

    Examples
    --------
    >>> by_group({"path": np.array([[[1.0, 2.0, -4.0]]])}, [0, 0, 1])["path"].tolist()
    [[[3.0, -4.0]]]
    """
    return {way: summed(values.astype(np.float64), groups)[1] for way, values in refits.items()}


def leads(sums: Floats, group: npt.NDArray[np.int64]) -> Floats:
    """How far a group of each row lies above all others and above zero, shape (refits, rows); below zero where not.

    >>> leads(np.array([[[3.0, 1.0], [-1.0, -2.0]]]), np.array([0, 0])).tolist()
    [[2.0, -1.0]]
    """
    rows = np.arange(sums.shape[1])
    others = sums.copy()
    others[:, rows, group] = 0
    return np.asarray(sums[:, rows, group] - others.max(axis=2, initial=0))


def leading(sums: Sums) -> npt.NDArray[np.int64]:
    """The group that moves each row up the most, on average over refits and ways; of equals the first."""
    return np.asarray(np.mean([held.mean(axis=0) for held in sums.values()], axis=0).argmax(axis=1))


def kept(sums: Sums) -> dict[Perturbation, float]:
    """How much of the leads is there again in other data: 1 less the share of their mean square that is noise.

    Noise is the variance of a row's lead over refits. Where all leads are zero nothing is kept.

    References
    ----------
    Efron and Morris (1973), Stein's estimation rule and its competitors, doi:10.1080/01621459.1973.10481350.

    Examples
    --------
    >>> {way: round(share, 2) for way, share in kept({"path": np.array([[[1.0], [4.0]], [[3.0], [4.0]]])}).items()}
    {'path': 0.9}
    """
    first, found = leading(sums), {}
    for way, held in sums.items():
        lead = leads(held, first)
        size, noise = float((lead.mean(axis=0) ** 2).mean()), float(lead.var(axis=0, ddof=1).mean())
        found[way] = max(0.0, 1 - noise / size) if size > 0 else 0.0
    return found


def stable_reasons(sums: Sums, stable: float, keep: Mapping[Perturbation, float] | None = None) -> Reasons:
    """The reason of each row, told only where it holds by every way of leaving a column out.

    The reason is the group of columns that moves the score up the most, on average over
    refits and ways. It is told where, by each way, it leads in at least ``stable`` of the
    refits, and would be expected to lead in as many refits to other students. For that its
    mean lead is taken back towards zero, by the share of leads that is noise, and held against
    the noise of this sample and of another: with k kept and z the mean lead in SDs over
    refits, the normal probability of k z / sqrt(1 + k). A tie is no lead. A group that moves the score
    down, or not at all, is no reason.

    Parameters
    ----------
    sums
        As ``by_group`` returns them, of at least two refits.
    stable
        Share of refits, over 0.5 to 1.
    keep
        What ``kept`` returned for the rows of a study; of these rows themselves where left out.

    Examples
    --------
    >>> twice = np.array([[[3.0, 1.0], [1.0, 1.5]], [[3.2, 1.0], [1.0, 0.5]]])  # 2 refits, 2 rows, 2 groups
    >>> stable_reasons({"interventional": twice}, 0.9).group.tolist()
    [0, -1]
    """
    keep = kept(sums) if keep is None else keep
    first = leading(sums)
    share, expected = np.ones(len(first)), np.ones(len(first))
    for way, held in sums.items():
        lead = leads(held, first)
        share = np.minimum(share, (lead > 0).mean(axis=0))
        expected = np.minimum(expected, _again(lead, keep[way]))
    told = (share >= stable) & (expected >= stable)
    return Reasons(np.where(told, first, NONE), share, expected)


def _again(lead: Floats, keep: float) -> Floats:
    """Probability that a row's lead is above zero in other data."""
    from scipy.special import ndtr

    mean, noise = lead.mean(axis=0), lead.std(axis=0, ddof=1)
    ends = np.where(mean > 0, np.inf, -np.inf)
    z = np.divide(mean, noise, out=ends, where=noise > 0)
    return np.asarray(ndtr(z * keep / np.sqrt(1 + keep))) if keep > 0 else np.zeros(len(mean))
