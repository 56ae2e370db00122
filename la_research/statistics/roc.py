"""ROC curves exactly, ties as slanting segments, and the exact area between two of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from la_research.statistics.intervals import Floats

Codes = NDArray[np.int64]
Curve = tuple[Floats, Floats]
"""A curve turned by 45 degrees: at each corner, false plus true positive rate, and true less false."""


def segments(truth: Codes, score: Floats, stratum: Codes) -> tuple[Codes, Codes]:
    """The straight piece of the curve each row lies on, and the stratum of each piece.

    Pieces are counted from 0 through all strata, in each from the highest score. Rows with one
    score share a piece; so do rows of one label with no other label between them.

    >>> zeros = np.zeros(4, dtype=np.int64)
    >>> segments(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8]), zeros)[0].tolist()
    [2, 1, 1, 0]
    """
    order = np.lexsort((-score, stratum))
    new = np.diff(score[order], prepend=np.nan) != 0
    new |= np.diff(stratum[order], prepend=-1) != 0
    value = np.cumsum(new) - 1
    kind = np.bincount(value, weights=truth[order]) / np.bincount(value)
    starts = (np.diff(kind, prepend=-1) != 0) | (kind % 1 > 0) | (np.diff(stratum[order][new], prepend=-1) != 0)
    segment = np.empty(len(score), dtype=np.int64)
    segment[order] = (np.cumsum(starts) - 1)[value]
    return segment, stratum[order][new][starts]


def turned(counts: Codes) -> Curve:
    """The curve of controls (first row) and cases counted in each piece, highest scores first.

    Pieces without a row are passed over. Both rows need one somewhere.
    """
    held = np.flatnonzero(counts[0] + counts[1])
    rates = np.zeros((2, len(held) + 1))
    for rate, count in zip(rates, counts, strict=True):
        np.cumsum(count[held], out=rate[1:])
        rate /= rate[-1]
    return rates[0] + rates[1], rates[1] - rates[0]


def area_between(a: Curve, b: Curve) -> float:
    """The area between two curves: half of that between them turned, on the union of their corners.

    Turned, a curve is continuous and piecewise linear, without a vertical step; where two cross,
    the area is that of the triangles on either side.

    >>> area_between(turned(np.array([[0, 2], [2, 0]])), turned(np.array([[2], [2]])))
    0.5
    """
    along = np.sort(np.concatenate([a[0], b[0]]), kind="stable")
    gap = np.interp(along, *a) - np.interp(along, *b)
    width, size = np.diff(along), np.abs(gap)
    ends = size[:-1] + size[1:]
    cross = np.flatnonzero(gap[:-1] * gap[1:] < 0)
    spared = width[cross] * size[cross] * size[cross + 1] / ends[cross]
    return float((width * ends).sum() / 2 - spared.sum()) / 2
