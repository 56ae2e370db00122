"""Columns of a flat extract: kind and range of each, declared by hand and never read off the data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from la_research.schema import PROTECTED

LEAST = 10
"""Students on whom a category, and either end of a number, has to rest before anything is fitted."""
OTHER = "other"
UNKNOWN = "not recorded"
TABLE = "students"
SHARED = tuple(name for name in PROTECTED if name not in ("religion", "orientation"))
"""Protected attributes that a twin may hold; no audit here asks for the two others, so they are not shared."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A column of the extract: a category, or a number with the range that its instrument or calendar gives it.

    Parameters
    ----------
    name
        Name of the column.
    low, high, step
        Ends of the range and the distance between two values; None for a category.
    """

    name: str
    low: float | None = None
    high: float | None = None
    step: float = 1.0

    @property
    def is_number(self) -> bool:
        """Whether it is a number; a category is text."""
        return self.low is not None

    def as_json(self) -> dict[str, Any]:
        """The declaration, as it travels to the process that fits."""
        return asdict(self)


def metadata(columns: Iterable[Declared]) -> dict[str, Any]:
    """What SDV is told of the extract: kinds and declared ranges; no value and no category of any student.

    Examples
    --------
    >>> metadata([Declared("mood", 0, 100), Declared("level")])["tables"]["students"]["columns"]
    {'mood': {'sdtype': 'numerical', 'range_min': 0, 'range_max': 100}, 'level': {'sdtype': 'categorical'}}
    """
    told = {
        column.name: {"sdtype": "numerical", "range_min": column.low, "range_max": column.high}
        if column.is_number
        else {"sdtype": "categorical"}
        for column in columns
    }
    return {"tables": {TABLE: {"columns": told}}, "relationships": [], "METADATA_SPEC_VERSION": "V2"}


def within(frame: pd.DataFrame, columns: Iterable[Declared]) -> pd.DataFrame:
    """The columns declared, numbers inside their ranges and on their steps.

    >>> within(pd.DataFrame({"mood": [-3.0, 50.7, None]}), [Declared("mood", 0, 100, 4)])["mood"].to_list()
    [0.0, 52.0, nan]
    """
    found = {}
    for column in columns:
        values = frame[column.name]
        if column.low is not None and column.high is not None:
            exact = (values.astype(float).clip(column.low, column.high) - column.low) / column.step
            values = (column.low + column.step * exact.round()).clip(upper=column.high)
        found[column.name] = values
    return pd.DataFrame(found)


def suppressed(values: pd.Series) -> pd.Series:
    """A category without its rare classes: those of fewer than ten students are "other".

    Where "other" would still be fewer than ten, they join the most frequent class. What was
    not recorded is a class of its own.

    Examples
    --------
    >>> suppressed(pd.Series(["arts"] * 12 + ["law"] * 8 + ["music"] * 3)).value_counts().to_dict()
    {'arts': 12, 'other': 11}
    >>> suppressed(pd.Series(["arts"] * 12 + ["law"] * 8)).value_counts().to_dict()
    {'arts': 20}
    """
    held = values.astype(object).where(values.notna(), UNKNOWN).astype(str)
    sizes = held.value_counts()
    rare = held.isin(sizes.index[sizes < LEAST])
    if not rare.any():
        return held
    return held.mask(rare, OTHER if rare.sum() >= LEAST else min(sizes.index, key=lambda c: (-sizes[c], c)))


def bounded(values: pd.Series) -> pd.Series:
    """A number whose extremes are moved inwards until ten students share each end.

    A gap (or a value) that fewer than ten students have is filled with the median (or left
    out), so that neither tells of one of them.

    Examples
    --------
    >>> hours = bounded(pd.Series([*range(30), 4000.0]))
    >>> hours.min().item(), hours.max().item(), int((hours == hours.max()).sum())
    (9.0, 21.0, 10)
    """
    held = values.astype(float)
    known = np.sort(held.dropna().to_numpy())
    if len(known) < LEAST:
        return held * np.nan
    if 0 < held.isna().sum() < LEAST:
        held = held.fillna(float(np.median(known)))
    low, high = known[LEAST - 1], known[-LEAST]
    return held.clip(min(low, high), max(low, high))
