"""Whether tables are what the schema promises: every fault at once, in counts and column names only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from la_research.cohort.cohort import ARROW
from la_research.errors import Fault
from la_research.protocol import QUESTIONNAIRES
from la_research.schema import TABLES, Column, Table


def check_cohort(tables: Mapping[str, pa.Table | pd.DataFrame]) -> list[Fault]:
    """All that is wrong with the tables of a cohort.

    A fault says how many rows are concerned and in which column; it never holds an id or a
    value of a student. Tables whose columns or types are wrong are not compared with others.

    Parameters
    ----------
    tables
        Arrow or pandas tables by name.

    Returns
    -------
    list of Fault
        Empty for a sound cohort. Codes: ``cohort.missing_table``, ``unknown_table``,
        ``missing_column``, ``unknown_column``, ``wrong_type``, ``null``,
        ``duplicate_student``, ``duplicate_enrolment``, ``duplicate_key``, ``value``,
        ``unknown_student``, ``unknown_enrolment``, ``unknown_presentation``,
        ``outside_calendar``, ``attended_above_expected``, ``answer_above_top``.

    Examples
    --------
    >>> faults = check_cohort({})
    >>> faults[0].code, faults[0].problem
    ('cohort.missing_table', "there is no table 'students'")
    """
    faults = [_unknown_table(name) for name in sorted(tables) if name not in TABLES]
    sound: dict[str, pa.Table] = {}
    for name, declared in TABLES.items():
        if name not in tables:
            faults += [_missing_table(name)] if declared.required else []
            continue
        given = tables[name]
        held = pa.Table.from_pandas(given, preserve_index=False) if isinstance(given, pd.DataFrame) else given
        shape = list(_shape_faults(held, declared))
        faults += shape
        if not shape:
            sound[name] = held.select(list(declared.names)).cast(_schema(declared))
            faults += _value_faults(sound[name], declared)
    return [*faults, *_between(sound)]


def _unknown_table(name: str) -> Fault:
    return Fault("cohort.unknown_table", f"table '{name}' is not in the schema", f"table '{name}'", "leave it out")


def _missing_table(name: str) -> Fault:
    remedy = "add it; a table that holds nothing is present and empty"
    return Fault("cohort.missing_table", f"there is no table '{name}'", f"table '{name}'", remedy)


def _shape_faults(held: pa.Table, declared: Table) -> Iterator[Fault]:
    for name in held.column_names:
        if name not in declared.names:
            yield _fault("unknown_column", f"column '{name}' is not in the schema", declared.name, name, "leave it out")
    for column in declared.columns:
        if column.name not in held.column_names:
            problem = f"there is no column '{column.name}'"
            yield _fault("missing_column", problem, declared.name, column.name, f"add it: {column.description}")
        elif not _fits(held.column(column.name), column):
            problem = f"column '{column.name}' holds {held.schema.field(column.name).type}, not {column.type}"
            yield _fault("wrong_type", problem, declared.name, column.name, f"write it as {column.type}")


def _fits(values: pa.ChunkedArray, column: Column) -> bool:
    kind = values.type
    allowed = {
        "string": pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind),
        "integer": pa.types.is_integer(kind) or pa.types.is_floating(kind),
        "number": pa.types.is_integer(kind) or pa.types.is_floating(kind),
        "boolean": pa.types.is_boolean(kind),
    }
    if not (allowed[column.type] or pa.types.is_null(kind)):
        return False
    try:
        values.cast(ARROW[column.type])
    except pa.ArrowInvalid:
        return False  # e.g. a fraction where an integer is promised
    return True


def _schema(declared: Table) -> pa.Schema:
    return pa.schema([pa.field(column.name, ARROW[column.type]) for column in declared.columns])


def _value_faults(table: pa.Table, declared: Table) -> Iterator[Fault]:
    for column in declared.columns:
        values = table.column(column.name)
        if values.null_count and not column.nullable:
            problem = f"{_rows(values.null_count)} of '{column.name}' without a value"
            yield _fault("null", problem, declared.name, column.name, "fill it in, or leave the row out")
        outside = _count(_outside(values, column))
        if outside:
            yield _fault(
                "value",
                f"{_rows(outside)} of '{column.name}' outside what the schema allows",
                declared.name,
                column.name,
                f"allowed: {_allowed(column)}",
            )
    again = table.num_rows - table.group_by(list(declared.key)).aggregate([]).num_rows
    if again:
        word = {"students": "duplicate_student", "enrolments": "duplicate_enrolment"}
        yield _duplicate(word.get(declared.name, "duplicate_key"), again, declared.name, declared.key)


def _duplicate(code: str, again: int, table: str, key: tuple[str, ...]) -> Fault:
    problem = f"{_rows(again)} repeat the key {' + '.join(key)} of another"
    return _fault(code, problem, table, " + ".join(key), "keep one row for each key")


def _outside(values: pa.ChunkedArray, column: Column) -> Any:
    """True where a value is not one of the closed list, or not a finite number between minimum and maximum."""
    values = pc.drop_null(values)
    if column.type == "string":
        return pc.invert(pc.is_in(values, value_set=pa.array(column.values))) if column.values else pa.array([False])
    if column.type == "boolean":
        return pa.array([False])
    outside = pc.invert(pc.is_finite(values))
    if column.minimum is not None:
        outside = pc.or_(outside, pc.less(values, column.minimum))
    if column.maximum is not None:
        outside = pc.or_(outside, pc.greater(values, column.maximum))
    return outside


def _allowed(column: Column) -> str:
    if column.values:
        return ", ".join(column.values)
    low = f"{column.minimum:g} or more" if column.minimum is not None else ""
    high = f"{column.minimum or 0:g} to {column.maximum:g}" if column.maximum is not None else low
    return high or "a finite number"


def _between(sound: Mapping[str, pa.Table]) -> Iterator[Fault]:
    """Faults of tables that are sound by themselves and do not fit together."""
    for name, table in sound.items():
        for owner, key in (("students", "student_id"), ("enrolments", "enrolment_id")):
            if owner != name and owner in sound and key in table.column_names:
                known = pc.is_in(pc.drop_null(table.column(key)), value_set=sound[owner].column(key).combine_chunks())
                if absent := _count(pc.invert(known)):
                    problem = f"{_rows(absent)} whose {key} is not in '{owner}'"
                    remedy = f"add the row to '{owner}', or leave these out"
                    yield _fault(f"unknown_{owner[:-1]}", problem, name, key, remedy)
    if "enrolments" in sound:
        yield from _enrolled_twice(sound["enrolments"])
        if "calendar" in sound:
            yield from _calendar(sound)
    if "attendance" in sound:
        above = _count(pc.greater(sound["attendance"].column("attended"), sound["attendance"].column("expected")))
        if above:
            problem = f"{_rows(above)} with more sessions attended than expected"
            yield _fault("attended_above_expected", problem, "attendance", "attended", "correct one of the two")
    if "responses" in sound:
        yield from _answers(sound["responses"])


def _enrolled_twice(enrolments: pa.Table) -> Iterator[Fault]:
    key = ("student_id", "module", "presentation")
    once = enrolments.group_by(["enrolment_id"]).aggregate([(name, "min") for name in key])
    again = once.num_rows - once.group_by([f"{name}_min" for name in key]).aggregate([]).num_rows
    if again:
        yield _duplicate("duplicate_enrolment", again, "enrolments", key)


def _calendar(sound: Mapping[str, pa.Table]) -> Iterator[Fault]:
    """Presentations without a calendar, and weeks that their presentation does not have."""
    calendar = sound["calendar"].select(["presentation", "week"]).group_by(["presentation", "week"]).aggregate([])
    known = calendar.column("presentation").combine_chunks()
    presentation_of = sound["enrolments"].select(["enrolment_id", "presentation"])
    presentation_of = presentation_of.group_by("enrolment_id").aggregate([("presentation", "min")])
    presentation_of = presentation_of.rename_columns(["enrolment_id", "presentation"])
    for name, table in sound.items():
        if name == "calendar":
            continue
        if "presentation" in table.column_names:
            inside = pc.is_in(pc.drop_null(table.column("presentation")), value_set=known)
            if absent := _count(pc.invert(inside)):
                problem = f"{_rows(absent)} in a presentation that 'calendar' does not hold"
                yield _fault("unknown_presentation", problem, name, "presentation", "add its days to 'calendar'")
        if "week" not in table.column_names:
            continue
        if "presentation" not in table.column_names:
            table = table.select(["enrolment_id", "week"]).join(presentation_of, "enrolment_id", join_type="inner")
        rows = table.select(["presentation", "week"]).drop_null()
        rows = rows.filter(pc.is_in(rows.column("presentation"), value_set=known))
        outside = rows.join(calendar, ["presentation", "week"], join_type="left anti").num_rows
        if outside:
            problem = f"{_rows(outside)} in a week that the presentation's calendar does not have"
            yield _fault("outside_calendar", problem, name, "week", "correct the week, or add its days to 'calendar'")


def _answers(responses: pa.Table) -> Iterator[Fault]:
    for name, known in QUESTIONNAIRES.items():
        rows = responses.filter(pc.equal(responses.column("instrument"), name))
        for column, most in (("item", known.items), ("value", known.top)):
            if above := _count(pc.greater(rows.column(column), most)):
                problem = f"{_rows(above)} of {name} with '{column}' above {most}"
                remedy = f"{name} has items 1 to {known.items}, answered 0 to {known.top}"
                yield _fault("answer_above_top", problem, "responses", column, remedy)


def _count(mask: Any) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _rows(n: int) -> str:
    return f"{n:,} row{'s' if n != 1 else ''}"


def _fault(word: str, problem: str, table: str, column: str, remedy: str) -> Fault:
    return Fault(f"cohort.{word}", problem, f"table '{table}', column '{column}'", remedy)
