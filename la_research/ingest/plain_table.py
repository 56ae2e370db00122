"""A plain table, CSV or Parquet, whose columns are named one by one: read as text, or all that is wrong with it."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from la_research.errors import CohortError, Fault, SourceError
from la_research.ingest.csv_table import CsvTable, header, read_table

MISSING = ("", "NA", "N/A", "NaN", "nan", "<NA>", "null", "NULL")
"""Cells that hold nothing; "None" may be a group's name, and "?" too."""
SEPARATORS = {";": "';'", "\t": "tabs", "|": "'|'"}
"""What may stand between columns in place of commas, and what a fault calls it."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What would break a line of a terminal or a report."""


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A file whose columns have names, opened and not yet read.

    Parameters
    ----------
    path
        Where it stands.
    names
        Its columns in order, as they are written; a name may stand there twice.
    content
        Its bytes.
    """

    path: Path
    names: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"

    def faults(self, wanted: Sequence[str]) -> list[Fault]:
        """Columns that are wanted and absent, with the name that was perhaps meant, or there twice.

        A file without names, or separated by something else than commas, is one fault.
        """
        absent = [name for name in wanted if name not in self.names]
        if absent and len(absent) == len(wanted) and any(map(_is_number, self.names)):
            problem = "the first line holds numbers where the names of the columns should stand"
            return [fault("no_header", problem, self.path, "write the names of the columns into the first line")]
        if absent and len(self.names) == 1 and (mark := re.search(r"[;\t|]", self.names[0])):
            problem = f"the file seems to be separated by {SEPARATORS[mark[0]]}"
            return [fault("separator", problem, self.path, "save it as CSV with commas between the columns")]
        return [self._absent(name) for name in absent] + [
            fault("duplicate_column", f"column '{name}' is given twice", self.path, "keep one of them")
            for name in wanted
            if self.names.count(name) > 1
        ]

    def _absent(self, name: str) -> Fault:
        lowered = {known.lower().strip(): known for known in reversed(self.names)}
        close = difflib.get_close_matches(name.lower(), lowered, n=1)
        remedy = f"did you mean '{lowered[close[0]]}'?" if close else f"its columns are: {', '.join(self.names[:20])}"
        return fault("missing_column", f"there is no column '{name}'", self.path, remedy)

    def text(self, wanted: Sequence[str]) -> pd.DataFrame:
        """Columns as text without white space around it, None where a cell holds nothing.

        Booleans read "true" and "false". A control character reads as a blank.

        Raises
        ------
        CohortError
            ``table.not_utf8``, ``table.ragged_row``, ``table.column_type``, ``table.empty``.
        """
        columns = tuple(dict.fromkeys(wanted))
        held = self._parquet(columns) if _is_parquet(self.content) else self._csv(columns)
        if not held.num_rows:
            raise CohortError(fault("empty", "the table holds no row", self.path, "give it one row a student"))
        return pd.DataFrame({name: _cleaned(held.column(name)) for name in columns})

    def _csv(self, columns: tuple[str, ...]) -> pa.Table:
        table = CsvTable(self.path.name, dict.fromkeys(columns, "text"))
        return _told(lambda: read_table(self.content, str(self.path), table, MISSING))

    def _parquet(self, columns: tuple[str, ...]) -> pa.Table:
        whole = _parquet(self.path, self.content).read()
        read, faults = {}, []
        for name in columns:
            try:
                read[name] = pc.cast(whole.column(name), pa.string())
            except pa.ArrowException:
                kind = f"column '{name}' holds values that are no plain text, number or truth value"
                faults.append(fault("column_type", kind, f"{self.path}, {name}", "write one plain value a cell"))
        CohortError.raise_if(faults)
        return pa.table(read)


def open_table(path: str | Path) -> PlainTable:
    """A CSV or Parquet file and the names of its columns; a byte-order mark is read silently.

    Raises
    ------
    CohortError
        ``table.not_found``, ``table.unreadable``, ``table.not_utf8``, ``table.no_header``.

    Examples
    --------
    >>> open_table("synthetic/predictions.csv").names[:2]
    ('student_id', 'course')
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise CohortError(fault("not_found", "there is no such file", path, "name a CSV or Parquet file")) from None
    except OSError as error:
        problem = f"it can not be read: {(error.strerror or 'the disk refused').lower()}"
        raise CohortError(fault("unreadable", problem, path, "name a CSV or Parquet file that can be read")) from None
    if _is_parquet(content):
        names = _parquet(path, content).schema_arrow.names
    else:
        names = _told(lambda: header(content, str(path)))
    if not any(name.strip() for name in names):
        problem = "the first line names no column"
        raise CohortError(fault("no_header", problem, path, "write the names of the columns into the first line"))
    return PlainTable(path, tuple(names), content)


def fault(word: str, problem: str, where: object, remedy: str) -> Fault:
    """A fault of a plain table."""
    return Fault(f"table.{word}", problem, str(where), remedy)


def _is_parquet(content: bytes) -> bool:
    return content[:4] == b"PAR1"


def _parquet(path: Path, content: bytes) -> Any:
    try:
        return pq.ParquetFile(pa.BufferReader(content))
    except (pa.ArrowException, OSError):
        problem = "it begins like a Parquet file and is none"
        raise CohortError(fault("unreadable", problem, path, "write it anew, or as CSV")) from None


def _told(read: Any) -> Any:
    """What a reader of sources gives; its faults are faults of a table here."""
    try:
        return read()
    except SourceError as error:
        raise CohortError(
            *(fault(f.code.partition(".")[2], f.problem, f.where, f.remedy) for f in error.faults)
        ) from None


def _cleaned(column: Any) -> pd.Series:
    text = column.to_pandas().astype(object)
    known = text.notna()
    cleaned = text.where(known, "").astype(str).str.replace(CONTROL, " ", regex=True).str.strip()
    held: pd.Series = cleaned.astype(object).where(known & ~cleaned.isin(MISSING), None)
    return held


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", text) is not None
