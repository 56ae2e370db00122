"""Columns of a cell's table: labels by number, values where they are known, one value for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from la_research.cohort import arrow_schema
from la_research.schema import TABLES


def made(name: str, /, **columns: Any) -> pa.Table:
    """A table of the schema from Arrow or numpy columns, the ids first; a single value fills its column.

    >>> made("services", student_id=pa.array(["s1", "s2"]), presentation="2025A", week=3, service="x").num_rows
    2
    """
    rows = len(next(iter(columns.values())))
    schema = arrow_schema(TABLES[name])
    return pa.Table.from_arrays([_column(columns[field.name], field.type, rows) for field in schema], schema=schema)


def _column(values: Any, kind: pa.DataType, rows: int) -> pa.Array:
    if isinstance(values, pa.Array):
        return values
    if isinstance(values, np.ndarray):
        return pa.array(values, kind)
    return pa.repeat(pa.scalar(values, kind), rows)


def labelled(labels: Sequence[str], numbers: npt.NDArray[Any]) -> pa.StringArray:
    """The label of each number.

    >>> labelled(["no", "yes"], np.array([1, 0])).to_pylist()
    ['yes', 'no']
    """
    return pa.array(labels, pa.string()).take(pa.array(numbers))


def known(values: npt.NDArray[Any], where: npt.NDArray[np.bool_]) -> pa.Array:
    """The values where they are known, and null elsewhere.

    >>> known(np.array([4, 5]), np.array([True, False])).to_pylist()
    [4, None]
    """
    return pa.array(values, mask=~where)
