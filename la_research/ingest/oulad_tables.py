"""What the seven files of the Open University data set promise, and all the ways they can break it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import duckdb
import pyarrow as pa

from la_research.errors import Fault
from la_research.ingest.archive import File
from la_research.ingest.csv_table import CsvTable

_Rows = Callable[[str], int]
"""Runs a query that counts rows."""

COURSE = ("code_module", "code_presentation")
REGISTRATION = (*COURSE, "id_student")

TABLES: tuple[CsvTable, ...] = (
    CsvTable(
        "courses",
        {"code_module": "text", "code_presentation": "text", "module_presentation_length": "integer"},
        COURSE,
        ("module_presentation_length",),
    ),
    CsvTable(
        "assessments",
        {"code_module": "text", "code_presentation": "text", "id_assessment": "text", "date": "integer"},
        ("id_assessment",),
        COURSE,
    ),
    CsvTable(
        "studentInfo",
        {
            "code_module": "text", "code_presentation": "text", "id_student": "text", "gender": "text",
            "region": "text", "imd_band": "text", "age_band": "text", "num_of_prev_attempts": "integer",
            "studied_credits": "integer", "disability": "text", "final_result": "text",
        },
        REGISTRATION,
        ("final_result",),
    ),
    CsvTable(
        "studentRegistration",
        {
            "code_module": "text", "code_presentation": "text", "id_student": "text",
            "date_registration": "integer", "date_unregistration": "integer",
        },
        REGISTRATION,
    ),
    CsvTable(
        "studentAssessment",
        {"id_assessment": "text", "id_student": "text", "date_submitted": "integer", "score": "number"},
        ("id_assessment", "id_student"),
        ("date_submitted",),
    ),
    CsvTable(
        "studentVle",
        {
            "code_module": "text", "code_presentation": "text", "id_student": "text", "date": "integer",
            "sum_click": "integer",
        },
        (),
        (*REGISTRATION, "date", "sum_click"),
    ),
)  # fmt: skip
"""``vle.csv``, the catalogue of pages, is not needed."""

REFERENCES = (
    ("assessments", COURSE, "courses"),
    ("studentInfo", COURSE, "courses"),
    ("studentInfo", REGISTRATION, "studentRegistration"),
    ("studentRegistration", REGISTRATION, "studentInfo"),
    ("studentAssessment", ("id_assessment",), "assessments"),
    ("studentVle", REGISTRATION, "studentInfo"),
)
"""Rows of the first table name, by these columns, a row of the last."""

RANGES = (
    ("courses", "module_presentation_length", 1, 420),
    ("assessments", "date", -1_000, 1_000),
    ("studentInfo", "num_of_prev_attempts", 0, 100),
    ("studentInfo", "studied_credits", 0, 10_000),
    ("studentRegistration", "date_registration", -10_000, 10_000),
    ("studentRegistration", "date_unregistration", -10_000, 10_000),
    ("studentAssessment", "date_submitted", -10_000, 10_000),
    ("studentAssessment", "score", 0, 100),
    ("studentVle", "date", -10_000, 10_000),
    ("studentVle", "sum_click", 0, 1_000_000),
)

RESULTS = {"Withdrawn": "withdrawn", "Fail": "failed", "Pass": "passed", "Distinction": "distinction"}
"""Words of ``final_result`` and the outcome each becomes."""


def faults(tables: Mapping[str, pa.Table], files: Mapping[str, File]) -> Iterator[Fault]:
    """Every broken promise of the tables, counted in rows and never quoting one.

    Codes: ``source.missing_value``, ``source.duplicate_row`` (the same registration, course,
    assessment or submission twice), ``source.unknown_key``, ``source.out_of_range``,
    ``source.unknown_word``.
    """
    connection = duckdb.connect()
    for name, table in tables.items():
        connection.register(name, table)

    def rows(query: str) -> int:
        return int(connection.execute(query).fetchall()[0][0])

    for table in TABLES:
        where = files[table.name].where
        yield from _missing(table, where, rows)
        yield from _duplicate(table, where, rows)
    for name, columns, target in REFERENCES:
        yield from _dangling(name, columns, target, files[name].where, rows)
    yield from _strangers(files["studentAssessment"].where, rows)
    for name, column, low, high in RANGES:
        if found := rows(f"select count(*) from {name} where {column} not between {low} and {high}"):
            problem = f"{_rows(found)} of '{column}' lie outside {low:,} to {high:,}"
            yield Fault("source.out_of_range", problem, f"{files[name].where}, {column}", "correct or empty the cells")
    words = ", ".join(f"'{word}'" for word in RESULTS)
    if found := rows(f"select count(*) from studentInfo where final_result not in ({words})"):
        problem = f"{_rows(found)} of 'final_result' hold an unknown word"
        yield Fault("source.unknown_word", problem, f"{files['studentInfo'].where}, final_result", f"known: {words}")


def _missing(table: CsvTable, where: str, rows: _Rows) -> Iterator[Fault]:
    for column in dict.fromkeys((*table.key, *table.filled)):
        if found := rows(f"select count(*) from {table.name} where {column} is null"):
            problem = f"{_rows(found)} of '{column}' are empty"
            yield Fault("source.missing_value", problem, f"{where}, {column}", "fill the cells, or remove the rows")


def _duplicate(table: CsvTable, where: str, rows: _Rows) -> Iterator[Fault]:
    if not table.key:
        return
    key = ", ".join(table.key)
    if found := rows(f"select count(*) - count(distinct ({key})) from {table.name}"):
        problem = f"{_rows(found)} of '{table.name}' repeat another row's {key}"
        yield Fault("source.duplicate_row", problem, where, "keep one row of each")


def _dangling(name: str, columns: tuple[str, ...], target: str, where: str, rows: _Rows) -> Iterator[Fault]:
    if found := rows(f"select count(*) from {name} anti join {target} using ({', '.join(columns)})"):
        problem = f"{_rows(found)} of '{name}' name what '{target}' does not hold"
        yield Fault("source.unknown_key", problem, where, f"add the rows to '{target}', or remove these")


def _strangers(where: str, rows: _Rows) -> Iterator[Fault]:
    submitted = "select * from studentAssessment join assessments using (id_assessment)"
    registration = ", ".join(REGISTRATION)
    if found := rows(f"select count(*) from ({submitted}) anti join studentInfo using ({registration})"):
        problem = f"{_rows(found)} of 'studentAssessment' belong to a student who is not registered there"
        yield Fault("source.unknown_key", problem, where, "add the rows to 'studentInfo', or remove these")


def _rows(number: int) -> str:
    return f"{number:,} row" + ("" if number == 1 else "s")
