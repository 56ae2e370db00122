"""A CSV file as a typed table, or all that is wrong with it, without repeating a value of anyone."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Literal

import pyarrow as pa
from pyarrow import csv as arrow_csv

from la_research.errors import Fault, SourceError

Kind = Literal["text", "integer", "number"]
ARROW: dict[Kind, pa.DataType] = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64()}


@dataclass(frozen=True, slots=True)
class CsvTable:
    """What a source promises about one of its files.

    ``columns`` that are not named here are left alone. ``key`` is unique and never missing;
    ``filled`` columns are never missing either.
    """

    name: str
    columns: Mapping[str, Kind]
    key: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()


def read_table(data: bytes, where: str, table: CsvTable, missing: tuple[str, ...] = ("", "?")) -> pa.Table:
    """The declared columns of a CSV file with their types.

    A byte-order mark is read silently. Cells that hold one of ``missing``, quoted or not,
    are empty.

    Raises
    ------
    SourceError
        ``source.not_utf8``, ``source.missing_column`` (one fault each),
        ``source.duplicate_column``, ``source.not_a_number``, ``source.ragged_row``.
    """
    names = header(data, where)
    SourceError.raise_if(_header_faults(names, table, where))
    convert = arrow_csv.ConvertOptions(
        column_types={name: ARROW[kind] for name, kind in table.columns.items()},
        include_columns=list(table.columns),
        null_values=list(missing),
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(data if data.endswith(b"\n") or len(data) > 2**16 else data + b"\n"),
            arrow_csv.ReadOptions(use_threads=False),
            arrow_csv.ParseOptions(newlines_in_values=True),
            convert,
        )
    except pa.ArrowInvalid as error:
        raise SourceError(_arrow_fault(str(error), names, where)) from None


def header(data: bytes, where: str) -> list[str]:
    """The names in the first line of a CSV file, none where it is empty.

    Raises
    ------
    SourceError
        ``source.not_utf8``.
    """
    line = re.match(rb"[^\r\n]*", data)
    assert line is not None  # it matches nothing at least
    try:
        return next(csv.reader(StringIO(line.group().decode("utf-8-sig"))), [])
    except (UnicodeDecodeError, csv.Error):
        raise SourceError(_not_utf8(where)) from None


def _header_faults(names: list[str], table: CsvTable, where: str) -> list[Fault]:
    absent = [
        Fault("source.missing_column", f"there is no column '{name}'", f"{where}, line 1", "add the column")
        for name in table.columns
        if name not in names
    ]
    twice = [
        Fault("source.duplicate_column", f"column '{name}' is given twice", f"{where}, line 1", "keep one of them")
        for name in table.columns
        if names.count(name) > 1
    ]
    return absent + twice


def _arrow_fault(message: str, names: list[str], where: str) -> Fault:
    """The parser's message quotes the cell; ours names line and column only."""
    at = re.search(r"Row #(\d+)", message)
    where = f"{where}, line {at.group(1)}" if at else where
    column = re.search(r"In CSV column #(\d+)", message)
    if "UTF8" in message:
        return _not_utf8(where)
    if column and "conversion error" in message:
        name = names[int(column.group(1))]
        problem = f"a cell of column '{name}' is not a number"
        return Fault("source.not_a_number", problem, f"{where}, {name}", "write a number, or leave the cell empty")
    return Fault("source.ragged_row", "a row has more or fewer cells than the first line", where, "mend the row")


def _not_utf8(where: str) -> Fault:
    return Fault("source.not_utf8", "the file is not UTF-8 text", where, "save it as UTF-8")
