"""How the score moves along an indicator, in bins of students: no mark stands for fewer than the minimum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from la_research.disclosure import stepped, without_few
from la_research.explanation.attribution import shares
from la_research.explanation.ground import Ground
from la_research.explanation.over_refits import SAME_ROWS, held_by, over_refits
from la_research.finding import Finding, Row, not_analysed

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
QUESTION = "How does the score move along the indicators that the model leans on most?"
COLUMNS, BINS = 3, 8
"""Indicators that are told, and the most bins of each."""
LIMITATIONS = (
    "The shape is that of the model, not of wellbeing: it says what a value did to a score.",
    "A bin is the mean over its students; within a bin scores move up for some and down for others.",
    f"{SAME_ROWS}.",
    "Ends of bins are rounded, and the lowest and the highest value are not told, as each is one student's.",
)


def shape_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.shapes``: mean attribution in log-odds by bin of an indicator's value.

    Of the three columns with the largest shares. Rows carry ``indicator``, ``from`` (values are
    above it; not in the lowest bin) and ``to`` (and at most that; not in the highest), or ``what`` =
    "not observed". Bins hold about as many rows each and at least the minimum of students; a value
    that many share makes a bin larger. n counts students.
    """
    if not ground.main:
        return
    name = ground.name("shapes")
    if ground.reason:
        yield not_analysed(name, QUESTION, ground.reason)
        return
    size = shares(ground.whole["interventional"].values)
    told = [column for column in np.argsort(-size, kind="stable")[:COLUMNS] if size[column] > 0]
    rows = tuple(row for column in told for row in _rows(ground, int(column)))
    limits = (*LIMITATIONS, *held_by(ground.protocol.explanation.refits))
    found = Finding(name, QUESTION, "described", rows=rows, limitations=limits)
    yield stepped(found, ground.n, ground.minimum)


def _rows(ground: Ground, column: int) -> list[Row]:
    values, indicator = ground.shown[:, column], ground.columns[column]
    seen = ~np.isnan(values)
    draw = ground.rng("shapes", ground.population, indicator)
    shown = without_few(seen, seen, ground.minimum, draw)
    ends = cut(values[shown], ground.students[shown], ground.minimum)
    keys: list[dict[str, str | int | float]] = []
    masks: list[Mask] = []
    for low, high in zip((-np.inf, *ends), (*ends, np.inf), strict=True):
        if (inside := shown & (values > low) & (values <= high)).any():
            keys.append({"indicator": indicator, **_ends(low, high)})
            masks.append(inside)
    if len(np.unique(ground.students[~seen])) >= ground.minimum:
        keys.append({"indicator": indicator, "what": "not observed"})
        masks.append(~seen)
    if not masks:
        return []
    moved, refits = ground.whole["interventional"].values[:, column], ground.refits["interventional"][:, :, column]
    estimates = over_refits(
        np.array([moved[mask].mean() for mask in masks]),
        np.stack([refits[:, mask].mean(axis=1, dtype=np.float64) for mask in masks], axis=1),
        "log-odds",
        [len(np.unique(ground.students[mask])) for mask in masks],
    )
    return [Row(key, estimate) for key, estimate in zip(keys, estimates, strict=True)]


def _ends(low: float, high: float) -> dict[str, int | float]:
    """Keys of a bin; where it is open there is no end to tell."""
    ends = {"from": low, "to": high}
    return {key: int(end) if end.is_integer() else end for key, end in ends.items() if np.isfinite(end)}


def cut(values: Floats, students: npt.NDArray[np.int64], minimum: int, bins: int = BINS) -> list[float]:
    """Where to cut values into bins of about as many rows, each with at least the minimum of students.

    Ends are rounded to three digits. A bin with too few students goes with the next one up; the last, with the one
    below it.

    Parameters
    ----------
    values, students
        One a row; no value is missing.
    minimum
        Students in a bin.

    Examples
    --------
    >>> cut(np.arange(100.0), np.arange(100), 10, bins=4)
    [24.0, 49.0, 74.0]
    >>> cut(np.repeat([0.0, 1.0, 2.0], [60, 30, 4]), np.arange(94), 10)
    [0.0]
    """
    if not len(values):
        return []
    wanted = np.quantile(values, np.arange(1, bins) / bins, method="inverted_cdf")
    ends = sorted({float(f"{end:.3g}") for end in wanted})
    kept: list[float] = []
    for end in ends:
        below = (values <= end) & (values > (kept[-1] if kept else -np.inf))
        above = values > end
        if min(len(np.unique(students[below])), len(np.unique(students[above]))) >= minimum:
            kept.append(end)
    return kept
