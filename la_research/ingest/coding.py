"""Codes that coders gave to passages of interviews, in a plain table: one row a passage, coder and code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from la_research.errors import CohortError, Fault
from la_research.ingest.column_faults import missing, rows_words, same_column
from la_research.ingest.plain_table import PlainTable, fault, open_table

MOST = 500
"""Different codes beyond which a column holds text, not codes."""


@dataclass(frozen=True, slots=True)
class CodingColumns:
    """What the columns of a coding table hold, by their names.

    Parameters
    ----------
    unit, coder, code
        The passage, who coded it, and the code given; a cell without a code says that none was.
    interview
        From which interview a passage comes; None where that is not told.
    """

    unit: str
    coder: str
    code: str
    interview: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (self.unit, self.coder, self.code, *([self.interview] if self.interview else []))


def read_coding(path: str | Path, columns: CodingColumns) -> tuple[pd.DataFrame, str]:
    """The rows of a CSV or Parquet file as unit, coder, code ("" for none) and interview, and its SHA-256.

    Codes are compared in lower case. Where no interview is named, the column is "".

    Raises
    ------
    CohortError
        Every fault that can be seen at once: those of ``open_table``, ``table.missing_column``,
        ``table.duplicate_column``, ``table.same_column``, ``table.missing_unit``,
        ``table.missing_coder``, ``table.missing_interview``, ``table.two_interviews``,
        ``table.not_codes``. None repeats a cell.

    Examples
    --------
    >>> rows, digest = read_coding("synthetic/coding.csv", CodingColumns("passage", "coder", "code", "interview"))
    >>> rows.columns.to_list(), rows["coder"].nunique()
    (['unit', 'coder', 'code', 'interview'], 2)
    """
    table = open_table(path)
    CohortError.raise_if([*same_column(columns.named, path), *table.faults(tuple(dict.fromkeys(columns.named)))])
    text = table.text(columns.named)
    CohortError.raise_if(_faults(columns, text, table))
    frame = pd.DataFrame({
        "unit": text[columns.unit],
        "coder": text[columns.coder],
        "code": text[columns.code].fillna("").str.lower(),
        "interview": "" if columns.interview is None else text[columns.interview],
    })  # fmt: skip
    return frame.drop_duplicates(ignore_index=True), table.digest


def _faults(columns: CodingColumns, text: pd.DataFrame, table: PlainTable) -> Iterator[Fault]:
    yield from missing(text, columns.unit, "unit", table)
    yield from missing(text, columns.coder, "coder", table)
    count = text[columns.code].nunique()
    if count > MOST:
        problem = f"column '{columns.code}' holds {count:,} different values: it holds text, not codes"
        yield fault("not_codes", problem, f"{table.path}, {columns.code}", "write one short code a row")
    if columns.interview is not None:
        yield from missing(text, columns.interview, "interview", table)
        places = text.dropna().groupby(columns.unit)[columns.interview].nunique()
        torn = int((places > 1).sum())
        if torn:
            problem = f"{rows_words(torn).replace('row', 'passage')} more than one interview"
            remedy = "give passages names of their own in each interview"
            yield fault("two_interviews", problem, f"{table.path}, {columns.interview}", remedy)
