"""Predictions of any origin, one row a decision: scores, decisions, labels and groups by the names of their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from la_research.disclosure import TELLS_APART
from la_research.errors import CohortError, Fault
from la_research.ingest.column_faults import (
    TWO_VALUES,
    missing,
    not_numbers,
    rows_words,
    same_column,
    several_rows,
    student_columns,
    two_values,
)
from la_research.ingest.plain_table import PlainTable, fault, open_table
from la_research.models import highest
from la_research.seeds import stream

MANY = 200
"""Groups of one column beyond which it names persons, not groups."""
FEW = 10
"""Different values up to which a short table's column may still hold groups."""
BANDS = 12
"""Different numbers beyond which a column of groups should be put into bands."""
STUDENTS = 20
"""Students below whom no two groups of ten can be compared."""
OFTEN, TOO_OFTEN = 5, 100
"""Rows a value on average, beyond which fewer values than ``STUDENTS``, and any number of them, name no students."""
TAKEN = (
    "unit_id", "student_id", "fold", "score", "decision", "label", "group", "within", "difference", *TELLS_APART,
)  # fmt: skip
"""What an attribute can not be called: a column of the rows, or a word of an id."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a table hold, by their names, and how the decision comes about.

    Parameters
    ----------
    label
        Whether the outcome came: 0 or 1, true or false, yes or no, Y or N; may be missing.
    groups
        Attributes that sort students into groups.
    score
        0 to 1; None where there is none.
    decision, threshold, top
        Exactly one: a column of decisions; the score from which on a student is chosen; the
        share of rows with the highest scores, ties in a seeded order.
    stratum
        Within which groups are compared too, e.g. a module.
    student
        Whose row it is, where a student may have several.
    """

    label: str
    groups: tuple[str, ...]
    score: str | None = None
    decision: str | None = None
    threshold: float | None = None
    top: float | None = None
    stratum: str | None = None
    student: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Every column that is read."""
        single = (self.label, self.score, self.decision, self.stratum, self.student)
        return (*(name for name in single if name is not None), *self.groups)


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table as an audit reads them.

    Parameters
    ----------
    frame
        unit_id (number of the row), student_id, fold (1), score, decision, label (not a number
        where it is missing), stratum, and a column an attribute (None where it is missing).
    attributes
        The attribute, lower snake case, of each group column.
    stratum
        What a sentence calls a stratum; empty where there is none.
    digest
        SHA-256 of the file.
    remarks
        What a reader has to know of its columns, as sentences.
    """

    frame: pd.DataFrame
    attributes: Mapping[str, str]
    stratum: str
    digest: str
    remarks: tuple[str, ...] = ()


def read_predictions(path: str | Path, columns: Columns, seed: int = 0) -> TableRows:
    """The named columns of a CSV or Parquet file as rows to be audited.

    A row without a label is kept: it is scored and decided on. A row without a group is in no
    group. A row without a score, or without a decision, is a fault: nobody knows what the
    system would have done.

    Parameters
    ----------
    columns
        What each column holds.
    seed
        Of the order in which rows with the same score are taken.

    Raises
    ------
    CohortError
        Every fault that can be seen at once: ``table.not_found``, ``table.unreadable``,
        ``table.not_utf8``, ``table.no_header``, ``table.missing_column``,
        ``table.duplicate_column``, ``table.same_column``, ``table.separator``,
        ``table.ragged_row``, ``table.column_type``, ``table.empty``, ``table.not_two_values``,
        ``table.not_a_number``, ``table.score_range``, ``table.missing_score``,
        ``table.missing_decision``, ``table.missing_student``, ``table.student``,
        ``table.identifier``. None repeats a value.

    Examples
    --------
    >>> columns = Columns("left", ("gender", "entry_route"), score="score", top=0.25)
    >>> rows = read_predictions("synthetic/predictions.csv", columns)
    >>> len(rows.frame), int(rows.frame["decision"].sum())
    (800, 200)
    """
    table = open_table(path)
    CohortError.raise_if([*same_column(columns.named, path), *table.faults(tuple(dict.fromkeys(columns.named)))])
    watched = () if columns.student else student_columns(table, columns.named)
    text = table.text((*columns.named, *watched))
    CohortError.raise_if([*_faults(columns, text, table), *several_rows(text, watched, table)])
    named = attribute_names((*columns.groups, *([columns.stratum] if columns.stratum else [])))
    attributes = {column: named[column] for column in columns.groups}
    stratum = named[columns.stratum].replace("_", " ") if columns.stratum else ""
    remarks = tuple(_numbers(columns, text))
    return TableRows(_rows(columns, text, attributes, seed), attributes, stratum, table.digest, remarks)


def attribute_names(columns: Sequence[str]) -> dict[str, str]:
    """Columns as attributes: lower snake case, no two alike, none that is a word of the audit.

    >>> attribute_names(["Gender", "IMD band (2019)", "Source", "gender "])
    {'Gender': 'gender', 'IMD band (2019)': 'imd_band_2019', 'Source': 'source_group', 'gender ': 'gender_2'}
    """
    given: dict[str, str] = {}
    for column in columns:
        bare = re.sub(r"\W+", "_", column.lower()).strip("_")
        name = re.sub(r"_x(?=_)", "", re.sub(r"_+", "_", bare)) or "group"
        name = f"{name}_group" if name in TAKEN else name
        number, free = 2, name
        while free in given.values():
            number, free = number + 1, f"{name}_{number}"
        given[column] = free
    return given


def _faults(columns: Columns, text: pd.DataFrame, table: PlainTable) -> Iterator[Fault]:
    yield from two_values(text, columns.label, "outcome", table)
    if columns.decision is not None:
        yield from two_values(text, columns.decision, "decision", table)
        yield from missing(text, columns.decision, "decision", table)
    if columns.score is not None:
        yield from _score(text, columns.score, table)
    if columns.student is not None:
        yield from missing(text, columns.student, "student", table)
        yield from _no_students(text, columns.student, table)
    for name in (*columns.groups, *([columns.stratum] if columns.stratum else [])):
        yield from _identifier(text, name, table)


def _no_students(text: pd.DataFrame, name: str, table: PlainTable) -> Iterator[Fault]:
    held = text[name].dropna()
    count = held.nunique()
    if len(held) > (OFTEN if count < STUDENTS else TOO_OFTEN) * count:
        problem = f"column '{name}' holds {count:,} different value{'s' if count > 1 else ''}: it names no students"
        remedy = "name the column that tells students apart, or leave --student out where each has one row"
        yield fault("student", problem, f"{table.path}, {name}", remedy)


def _score(text: pd.DataFrame, name: str, table: PlainTable) -> Iterator[Fault]:
    yield from missing(text, name, "score", table)
    yield from not_numbers(text, name, table)
    numbers = pd.to_numeric(text[name], errors="coerce")
    beyond = int(((numbers < 0) | (numbers > 1)).sum())
    if beyond:
        problem = f"{rows_words(beyond)} a score outside 0 to 1 in column '{name}'"
        yield fault(
            "score_range",
            problem,
            f"{table.path}, {name}",
            "bring the scores to 0 to 1, or name the decision and no score",
        )


def _identifier(text: pd.DataFrame, name: str, table: PlainTable) -> Iterator[Fault]:
    held = text[name].dropna()
    count = held.nunique()
    if count > MANY or (count > FEW and count > len(held) / 2):
        problem = (
            f"column '{name}' holds {count:,} different values in {len(held):,} rows: it names persons, not groups"
        )
        yield fault(
            "identifier", problem, f"{table.path}, {name}", "name a column of groups, or join its values to groups"
        )


def _numbers(columns: Columns, text: pd.DataFrame) -> Iterator[str]:
    for name in columns.groups:
        held = text[name].dropna()
        if held.nunique() > BANDS and pd.to_numeric(held, errors="coerce").notna().all():
            yield (
                f"Column '{name}' holds {held.nunique():,} different numbers, and each is a group: "
                "put numbers into bands."
            )


def _rows(columns: Columns, text: pd.DataFrame, attributes: Mapping[str, str], seed: int) -> pd.DataFrame:
    n = len(text)
    unit = [f"{i + 1:0{len(str(n))}d}" for i in range(n)]
    score = np.full(n, np.nan) if columns.score is None else pd.to_numeric(text[columns.score]).to_numpy(dtype=float)
    frame = pd.DataFrame({
        "unit_id": unit,
        "student_id": unit if columns.student is None else text[columns.student].to_numpy(),
        "fold": 1,
        "score": score,
        "decision": _decision(columns, text, score, seed),
        "label": _binary(text[columns.label]),
        "stratum": "all" if columns.stratum is None else text[columns.stratum].fillna("not recorded").to_numpy(),
    })  # fmt: skip
    return frame.assign(**{name: text[column].to_numpy() for column, name in attributes.items()})


def _decision(columns: Columns, text: pd.DataFrame, score: np.ndarray, seed: int) -> np.ndarray:
    if columns.decision is not None:
        return _binary(text[columns.decision]).astype(np.int64)
    if columns.threshold is not None:
        return (score >= columns.threshold).astype(np.int64)
    assert columns.top is not None
    return highest(score, columns.top, stream(seed, "ingest", "ties").permutation(len(score)))


def _binary(text: pd.Series) -> np.ndarray:
    return text.str.lower().map(TWO_VALUES).to_numpy(dtype=float)
