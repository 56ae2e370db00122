"""An indicator and an outcome in a plain table, one row a student or one a student and week."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from la_research.errors import CohortError, Fault
from la_research.ingest.column_faults import (
    TWO_VALUES,
    missing,
    not_numbers,
    same_column,
    several_rows,
    student_columns,
    too_large,
)
from la_research.ingest.plain_table import PlainTable, fault, open_table

MANY = 20
"""Different words of a covariate beyond which it names persons, not groups."""


@dataclass(frozen=True, slots=True)
class AssociationColumns:
    """What the columns of a table hold, by their names.

    Parameters
    ----------
    indicator, outcome
        Numbers, or 0/1, no/yes, false/true; a cell may be empty.
    student
        Whose row it is; None where every row is a student of its own.
    week
        Number of the week; needs ``student``.
    cluster
        The module, within which students are compared.
    covariates
        Numbers, or words of up to 20 different values; a cell may be empty.
    """

    indicator: str
    outcome: str
    student: str | None = None
    week: str | None = None
    cluster: str | None = None
    covariates: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is read."""
        single = (self.indicator, self.outcome, self.student, self.week, self.cluster)
        return (*(name for name in single if name is not None), *self.covariates)


@dataclass(frozen=True, slots=True)
class AssociationRows:
    """The rows of a table as an association reads them.

    Parameters
    ----------
    frame
        student, cluster and week (0 where none was named), x, y (not a number where missing).
    covariates
        (rows, k) numbers; words are a column for each but the first. Not a number where missing.
    binary
        Whether the outcome holds nothing but 0 and 1.
    digest
        SHA-256 of the file.
    """

    frame: pd.DataFrame
    covariates: np.ndarray
    binary: bool
    digest: str


def read_association(path: str | Path, columns: AssociationColumns) -> AssociationRows:
    """The named columns of a CSV or Parquet file.

    Raises
    ------
    CohortError
        Every fault that can be seen at once: those of ``open_table``, ``table.missing_column``,
        ``table.duplicate_column``, ``table.same_column``, ``table.empty``,
        ``table.not_a_number``, ``table.too_large``, ``table.missing_student``,
        ``table.missing_week``, ``table.missing_cluster``, ``table.repeated_week``,
        ``table.student``, ``table.identifier``. None repeats a value.

    Examples
    --------
    >>> rows = read_association("synthetic/predictions.csv", AssociationColumns("score", "left", "student_id"))
    >>> len(rows.frame), rows.binary
    (800, True)
    """
    table = open_table(path)
    CohortError.raise_if([*same_column(columns.named, path), *table.faults(tuple(dict.fromkeys(columns.named)))])
    watched = () if columns.student else student_columns(table, columns.named)
    text = table.text((*columns.named, *watched))
    CohortError.raise_if([*_faults(columns, text, table), *several_rows(text, watched, table)])
    held = text[columns.outcome].dropna()
    whole = np.arange(len(text))
    frame = pd.DataFrame({
        "student": whole if columns.student is None else pd.factorize(text[columns.student])[0],
        "cluster": 0 if columns.cluster is None else pd.factorize(text[columns.cluster], sort=True)[0],
        "week": 0.0 if columns.week is None else _numbers(text[columns.week]),
        "x": _numbers(text[columns.indicator]),
        "y": _numbers(text[columns.outcome]),
    })  # fmt: skip
    given = [column for name in columns.covariates for column in _given(text[name])]
    covariates = np.column_stack(given) if given else np.empty((len(text), 0))
    return AssociationRows(frame, covariates, bool(len(held)) and _is_binary(held), table.digest)


def _faults(columns: AssociationColumns, text: pd.DataFrame, table: PlainTable) -> Iterator[Fault]:
    for name in (columns.indicator, columns.outcome):
        if not _is_binary(text[name].dropna()):
            yield from _not_numeric(text, name, table)
    if columns.week is not None:
        yield from missing(text, columns.week, "week", table)
        yield from _not_numeric(text, columns.week, table)
    for what, column in (("student", columns.student), ("cluster", columns.cluster)):
        if column is not None:
            yield from missing(text, column, what, table)
    for name in columns.covariates:
        if _is_number(text[name]):
            yield from _not_numeric(text, name, table)
        elif (count := text[name].nunique()) > MANY:
            problem = f"covariate '{name}' holds {count:,} different words: it names persons, not groups"
            yield fault("identifier", problem, f"{table.path}, {name}", "join its values to groups, or write numbers")
    yield from _repeated(columns, text, table)


def _not_numeric(text: pd.DataFrame, name: str, table: PlainTable) -> Iterator[Fault]:
    yield from not_numbers(text, name, table)
    yield from too_large(text, name, table)


def _repeated(columns: AssociationColumns, text: pd.DataFrame, table: PlainTable) -> Iterator[Fault]:
    if columns.student is None or columns.week is None:
        return
    keys = [name for name in (columns.student, columns.week, columns.cluster) if name is not None]
    again = int(text.dropna(subset=keys).duplicated(keys).sum())
    if again:
        problem = f"{again:,} row{'s' if again > 1 else ''} repeat{'' if again > 1 else 's'} a student and week"
        remedy = "keep one row a student and week" + ("" if columns.cluster else ", or name the module with --cluster")
        yield fault("repeated_week", problem, f"{table.path}, {columns.week}", remedy)


def _is_binary(text: pd.Series) -> bool:
    return bool(text.str.lower().isin(TWO_VALUES).all())


def _is_number(text: pd.Series) -> bool:
    return bool(pd.to_numeric(text.dropna(), errors="coerce").notna().all())


def _numbers(text: pd.Series) -> np.ndarray:
    words = text.dropna().str.lower()
    if len(words) and words.isin(TWO_VALUES).all():
        return text.str.lower().map(TWO_VALUES).to_numpy(dtype=float)
    return pd.to_numeric(text).to_numpy(dtype=float)


def _given(text: pd.Series) -> list[np.ndarray]:
    """A covariate as columns: itself, or one for each of its words but the first."""
    if _is_number(text):
        return [pd.to_numeric(text).to_numpy(dtype=float)]
    words = sorted(text.dropna().unique())
    return [np.where(text.isna(), np.nan, text == word).astype(float) for word in words[1:]]
