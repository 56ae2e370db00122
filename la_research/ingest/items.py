"""Answers to the items of an instrument in a plain table: one row a student, numbers in named columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from la_research.errors import CohortError, Fault
from la_research.ingest.column_faults import STUDENT, not_numbers, too_large
from la_research.ingest.plain_table import PlainTable, fault, open_table
from la_research.ingest.predictions import FEW, MANY
from la_research.statistics.intervals import Floats


@dataclass(frozen=True, slots=True)
class ItemRows:
    """Answers as an instrument is examined by.

    Parameters
    ----------
    answers
        Rows x items; not a number where an item was not answered.
    group
        Group of each row, "" where it is not recorded; None where no column was named.
    digest
        SHA-256 of the file.
    """

    answers: Floats
    group: np.ndarray | None
    digest: str


def read_items(
    path: str | Path, items: Sequence[str], *, reversed_items: Sequence[str] = (), group: str | None = None
) -> ItemRows:
    """The named columns of a CSV or Parquet file as answers to items.

    Reversed items are turned about the middle of the lowest and highest answer to any item.

    Raises
    ------
    CohortError
        Every fault that can be seen at once: what ``open_table`` raises; ``table.missing_column``,
        ``table.duplicate_column``, ``table.not_a_number``, ``table.too_large``, ``table.no_answer``,
        ``table.student``, ``table.identifier``. None repeats a value.

    Examples
    --------
    >>> rows = read_items("synthetic/items.csv", ("cheerful", "calm"), group="gender")
    >>> rows.answers.shape
    (600, 2)
    """
    table = open_table(path)
    named = (*items, *([group] if group else []))
    CohortError.raise_if(table.faults(named))
    watched = [name for name in table.names if name.lower().strip() in STUDENT and table.names.count(name) == 1]
    text = table.text((*named, *watched))
    CohortError.raise_if(_faults(text, items, group, watched, table))
    numbers = [pd.to_numeric(text[name]).to_numpy(dtype=float) for name in items]
    answers = np.column_stack(numbers)
    turned = [list(items).index(name) for name in reversed_items]
    answers[:, turned] = np.nanmin(answers) + np.nanmax(answers) - answers[:, turned]
    return ItemRows(answers, None if group is None else text[group].fillna("").to_numpy(dtype=str), table.digest)


def _faults(
    text: pd.DataFrame, items: Sequence[str], group: str | None, watched: Sequence[str], table: PlainTable
) -> Iterator[Fault]:
    for name in items:
        yield from not_numbers(text, name, table)
        yield from too_large(text, name, table)
        if text[name].isna().all():
            yield fault("no_answer", f"nobody answered item '{name}'", f"{table.path}, {name}", "leave the item out")
    for name in watched:
        if name not in items and text[name].dropna().duplicated().any():
            problem = f"column '{name}' holds some students in more rows than one"
            yield fault("student", problem, f"{table.path}, {name}", "keep one row a student, e.g. one wave")
    if group is not None:
        held = text[group].dropna()
        count = held.nunique()
        if count > MANY or (count > FEW and count > len(held) / 2):
            problem = f"column '{group}' holds {count:,} different values: it names persons, not groups"
            yield fault("identifier", problem, f"{table.path}, {group}", "name a column of groups")
