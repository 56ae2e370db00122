"""A plain table whose columns play the roles of a design: read, or all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from la_research.errors import CohortError, Fault
from la_research.ingest.column_faults import (
    TWO_VALUES,
    missing,
    not_numbers,
    rows_words,
    same_column,
    several_rows,
    student_columns,
    too_large,
    two_values,
)
from la_research.ingest.plain_table import PlainTable, fault, open_table

MANY = 20
"""Different words of a covariate beyond which it names persons, not groups."""
OTHERS = "other words"
"""What words of a covariate are joined to that fewer than the minimum hold."""
YES_NO = ("treatment", "assigned", "available")
NUMBERS = ("time", "first", "running", "probability", "saturation", "exposure", "error")
WORDS = ("unit", "cluster", "stratum", "arm")
FILLED = ("unit", "time", "cluster", "running", "treatment", "assigned", "arm", "stratum", "saturation")
"""Roles of which every row needs a value."""


@dataclass(frozen=True, slots=True)
class EffectColumns:
    """What the columns of a table hold.

    Parameters
    ----------
    roles
        Column of each role, e.g. ``{"outcome": "who5", "treatment": "drawn"}``.
    covariates
        Numbers, or words of up to 20 different values; a cell may be empty.
    text
        Roles whose column may hold words although others would hold 0 and 1: several arms.
    durations
        Whether times count from each row's own start: none is negative, and a ``first`` of 0 is that start.
    minimum
        Units that have to hold a word of a covariate; rarer words are read as one.
    """

    roles: Mapping[str, str]
    covariates: tuple[str, ...] = ()
    text: tuple[str, ...] = field(default=())
    durations: bool = False
    minimum: int = 10

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (*self.roles.values(), *self.covariates)


@dataclass(frozen=True, slots=True)
class EffectRows:
    """The rows of a table as a design reads them.

    Parameters
    ----------
    frame
        One column a role; ``first`` is infinite where the unit never starts. Covariates by
        their names, words as a column for each but the first, "COLUMN: WORD".
    covariates
        Their names in ``frame``.
    binary
        Whether the outcome holds nothing but 0 and 1.
    digest
        SHA-256 of the file.
    """

    frame: pd.DataFrame
    covariates: tuple[str, ...]
    binary: bool
    digest: str


def read_effect(path: str | Path, columns: EffectColumns) -> EffectRows:
    """The named columns of a CSV or Parquet file.

    A treatment that holds words, or more numbers than 0 and 1, is read as the name of an arm
    where ``columns.text`` allows it. An empty ``first`` says never, and so does 0 where times are no durations.

    Raises
    ------
    CohortError
        Every fault that can be seen at once: those of ``open_table``, ``table.missing_column``,
        ``table.duplicate_column``, ``table.same_column``, ``table.empty``, ``table.not_a_number``,
        ``table.too_large``, ``table.not_two_values``, ``table.missing_unit`` (``_time``, ``_cluster`` …),
        ``table.repeated_time``, ``table.negative_time``, ``table.ambiguous_first``,
        ``table.negative_error``, ``table.probability``, ``table.student``,
        ``table.identifier``. None repeats a value.

    Examples
    --------
    >>> rows = read_effect("synthetic/predictions.csv", EffectColumns({"outcome": "left", "running": "score"}))
    >>> sorted(rows.frame), rows.binary
    (['outcome', 'running'], True)
    """
    table = open_table(path)
    named = [*dict.fromkeys(columns.roles.values()), *columns.covariates]
    CohortError.raise_if([*same_column(named, path), *table.faults(tuple(dict.fromkeys(named)))])
    watched = () if "unit" in columns.roles else student_columns(table, named)
    text = table.text((*named, *watched))
    roles = dict(columns.roles)
    for role in columns.text:
        if role in roles and not _is_binary(text[roles[role]]):
            roles["arm"] = roles.pop(role)
    CohortError.raise_if([*_faults(roles, columns, text, table), *several_rows(text, watched, table)])
    held = {role: _read(role, text[name]) for role, name in roles.items()}
    if "first" in held and not columns.durations:
        held["first"] = np.where(held["first"] == 0, np.inf, held["first"])
    unit = text[columns.roles["unit"]] if "unit" in columns.roles else pd.Series(text.index, text.index)
    words = {name: _common(text[name], unit, columns.minimum) for name in columns.covariates}
    given = {label: values for name, column in words.items() for label, values in _given(name, column)}
    outcome = text[roles["outcome"]].dropna() if "outcome" in roles else pd.Series(dtype=object)
    binary = bool(len(outcome)) and _is_binary(outcome)
    return EffectRows(pd.DataFrame({**held, **given}), tuple(given), binary, table.digest)


def _faults(roles: Mapping[str, str], columns: EffectColumns, text: pd.DataFrame, table: PlainTable) -> Iterator[Fault]:
    for role, name in roles.items():
        if role in YES_NO:
            yield from two_values(text, name, role, table)
        elif role not in WORDS and not (role == "outcome" and _is_binary(text[name].dropna())):
            yield from not_numbers(text, name, table)
            yield from too_large(text, name, table)
        if role in FILLED:
            yield from missing(text, name, role, table)
    for name in columns.covariates:
        if _is_number(text[name]):
            yield from too_large(text, name, table)
        elif (count := text[name].nunique()) > MANY:
            problem = f"covariate '{name}' holds {count:,} different words: it names persons, not groups"
            yield fault("identifier", problem, f"{table.path}, {name}", "join its values to groups, or write numbers")
    yield from _impossible(roles, text, table)
    if columns.durations:
        yield from _negative(roles, text, table)
    elif {"time", "first"} <= set(roles):
        yield from _ambiguous(roles, text, table)


def _ambiguous(roles: Mapping[str, str], text: pd.DataFrame, table: PlainTable) -> Iterator[Fault]:
    """A first time of 0 says never, unless time itself runs through 0."""
    time, first = (pd.to_numeric(text[roles[role]], errors="coerce") for role in ("time", "first"))
    nought = int((first == 0).sum())
    if nought and time.min() <= 0:
        problem = f"{rows_words(nought)} a start of 0, which can mean never or the time 0"
        remedy = "leave the cell empty for never, and count times from 1"
        yield fault("ambiguous_first", problem, f"{table.path}, {roles['first']}", remedy)


def _negative(roles: Mapping[str, str], text: pd.DataFrame, table: PlainTable) -> Iterator[Fault]:
    for role in ("time", "first"):
        if role in roles:
            below = int((pd.to_numeric(text[roles[role]], errors="coerce") < 0).sum())
            if below:
                where = f"{table.path}, {roles[role]}"
                remedy = "count the time from when a student could first leave"
                yield fault("negative_time", f"{rows_words(below)} a negative time", where, remedy)


def _impossible(roles: Mapping[str, str], text: pd.DataFrame, table: PlainTable) -> Iterator[Fault]:
    """A unit that stands twice at one time; a negative error; a probability outside 0 and 1."""
    if {"unit", "time"} <= set(roles):
        keys = [roles["unit"], roles["time"]]
        again = int(text.dropna(subset=keys).duplicated(keys).sum())
        if again:
            problem = f"{rows_words(again).replace('hold', 'repeat')} a unit and time"
            yield fault("repeated_time", problem, f"{table.path}, {roles['time']}", "keep one row a unit and time")
    if "error" in roles:
        below = int((pd.to_numeric(text[roles["error"]], errors="coerce") < 0).sum())
        if below:
            where = f"{table.path}, {roles['error']}"
            yield fault("negative_error", f"{rows_words(below)} a negative error", where, "write standard errors")
    if "probability" in roles:
        chance = pd.to_numeric(text[roles["probability"]], errors="coerce")
        outside = int(((chance <= 0) | (chance > 1)).sum())
        if outside:
            problem = f"{rows_words(outside)} a probability that is not above 0 and at most 1"
            where = f"{table.path}, {roles['probability']}"
            yield fault("probability", problem, where, "write the chance of what was drawn for the row")


def _read(role: str, text: pd.Series) -> np.ndarray | pd.Series:
    if role in WORDS:
        return text
    if _is_binary(text.dropna()) and role not in NUMBERS:
        return text.str.lower().map(TWO_VALUES).to_numpy(dtype=float)
    values = pd.to_numeric(text).to_numpy(dtype=float)
    if role == "first":
        return np.where(np.isnan(values), np.inf, values)
    return values


def _is_binary(text: pd.Series) -> bool:
    return bool(text.dropna().str.lower().isin(TWO_VALUES).all())


def _is_number(text: pd.Series) -> bool:
    return bool(pd.to_numeric(text.dropna(), errors="coerce").notna().all())


def _common(text: pd.Series, unit: pd.Series, minimum: int) -> pd.Series:
    """A covariate with its rare words joined, so that no column of it is that of a few; numbers as they are."""
    if _is_number(text):
        return text
    sizes = unit.groupby(text).nunique().sort_values(kind="stable")
    rare = (sizes < minimum).to_numpy()
    while 0 < sizes[rare].sum() < minimum and not rare.all():
        rare[rare.sum()] = True
    return text.where(~text.isin(sizes.index[rare]), OTHERS)


def _given(name: str, text: pd.Series) -> Iterator[tuple[str, np.ndarray]]:
    """A covariate as columns: itself, or one for each of its words but the first."""
    if _is_number(text):
        yield name, pd.to_numeric(text).to_numpy(dtype=float)
        return
    for word in sorted(text.dropna().unique())[1:]:
        yield f"{name}: {word}", np.where(text.isna(), np.nan, text == word).astype(float)
