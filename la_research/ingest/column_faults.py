"""What can be wrong with a column of a plain table, in words that repeat no value of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from la_research.errors import Fault
from la_research.ingest.plain_table import PlainTable, fault

TWO_VALUES = {
    **dict.fromkeys(("1", "1.0", "true", "yes", "y"), 1.0),
    **dict.fromkeys(("0", "0.0", "false", "no", "n"), 0.0),
}
"""What an outcome or a decision may hold, in letters of any case."""
LARGEST = 1e50
"""Numbers beyond it can not be raised to the fourth power and summed."""
STUDENT = ("student_id", "studentid", "student")
"""Columns that tell students apart, whatever the case of their letters."""


def same_column(named: Sequence[str], path: str | Path) -> Iterator[Fault]:
    """Columns that are named for two things.

    >>> [fault.problem for fault in same_column(["left", "left"], "a.csv")]
    ["column 'left' is named for two things"]
    """
    for name in sorted({name for name in named if named.count(name) > 1}):
        problem = f"column '{name}' is named for two things"
        yield fault("same_column", problem, path, "name another column for one of them")


def two_values(text: pd.DataFrame, name: str, what: str, table: PlainTable) -> Iterator[Fault]:
    """A column, in words the outcome or the decision, that holds something else than 0 and 1, or no and yes."""
    held = text[name].dropna().str.lower()
    if not held.isin(TWO_VALUES).all():
        count = held.nunique()
        problem = f"the {what} must hold two values, and holds {count:,}"
        if count <= 2:
            problem = f"the {what} must hold 0 and 1, and holds other values"
        remedy = "write 0 and 1, or no and yes; leave a cell empty where it is not known"
        yield fault("not_two_values", problem, f"{table.path}, {name}", remedy)


def missing(text: pd.DataFrame, name: str, what: str, table: PlainTable) -> Iterator[Fault]:
    """A column with an empty cell where every row needs a value."""
    empty = int(text[name].isna().sum())
    if empty:
        problem = f"{rows_words(empty)} no {what} in column '{name}'"
        yield fault(f"missing_{what}", problem, f"{table.path}, {name}", f"fill in the {what}, or leave these rows out")


def not_numbers(text: pd.DataFrame, name: str, table: PlainTable) -> Iterator[Fault]:
    """A column whose cells are not all numbers or empty; an endless number is one."""
    wrong = int((pd.to_numeric(text[name], errors="coerce").isna() & text[name].notna()).sum())
    if wrong:
        problem = f"{rows_words(wrong)} something else than a number in column '{name}'"
        yield fault("not_a_number", problem, f"{table.path}, {name}", "write numbers with a decimal point")


def too_large(text: pd.DataFrame, name: str, table: PlainTable) -> Iterator[Fault]:
    """A column with a number that can not be calculated with, an endless one among them."""
    beyond = int((pd.to_numeric(text[name], errors="coerce").abs() > LARGEST).sum())
    if beyond:
        problem = f"{rows_words(beyond)} an endless or far too large number in column '{name}'"
        yield fault("too_large", problem, f"{table.path}, {name}", "correct it, or leave the cell empty")


def student_columns(table: PlainTable, named: Sequence[str]) -> tuple[str, ...]:
    """Columns that seem to tell students apart, and were not named."""
    return tuple(
        name
        for name in table.names
        if name.lower().strip() in STUDENT and table.names.count(name) == 1 and name not in named
    )


def several_rows(text: pd.DataFrame, watched: Sequence[str], table: PlainTable) -> Iterator[Fault]:
    """Columns of students, not named, that hold some student in more rows than one."""
    for name in watched:
        if text[name].dropna().duplicated().any():
            problem = f"column '{name}' holds some students in more rows than one, and was not named"
            remedy = f"name it, so that intervals allow for that: --student '{name}'"
            yield fault("student", problem, f"{table.path}, {name}", remedy)


def rows_words(count: int) -> str:
    """How many rows hold something, as a sentence begins.

    >>> rows_words(1), rows_words(1200)
    ('1 row holds', '1,200 rows hold')
    """
    return "1 row holds" if count == 1 else f"{count:,} rows hold"
