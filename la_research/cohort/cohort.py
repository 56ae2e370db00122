"""A cohort: the tables of the schema as Narwhals lazy frames, and where they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import pyarrow as pa

from la_research.cohort.order import in_order
from la_research.schema import TABLES, Table

ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
}


def arrow_schema(table: Table) -> pa.Schema:
    """The table's columns as an Arrow schema."""
    return pa.schema([pa.field(c.name, ARROW[c.type], nullable=c.nullable) for c in table.columns])


@dataclass(frozen=True)
class Provenance:
    """Where a cohort came from: its data level, its maker, and what the maker has to say.

    ``notes`` are sentences that the reports print, e.g. which presentations lack a feed.
    """

    data: str
    source: str
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Cohort:
    """Students and what was recorded of them; a value: nothing in it changes.

    Parameters
    ----------
    tables
        An Arrow table for each table of ``la_research.schema.TABLES``; one that is left
        out is empty.
    provenance
        Where it came from.
    digest
        SHA-256 over the files or the tables, set by who made or read it.

    Examples
    --------
    >>> empty = Cohort({}, Provenance("synthetic", "by hand"), "sha256:0")
    >>> empty.frame("students").shape[0]
    0
    """

    def __init__(self, tables: Mapping[str, pa.Table], provenance: Provenance, digest: str) -> None:
        self.provenance = provenance
        self.digest = digest
        self._tables = {name: _typed(tables.get(name), TABLES[name]) for name in TABLES}

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(config={"threads": 1})

    def arrow(self, name: str) -> pa.Table:
        """The table in key order, as Arrow."""
        return self._tables[name]

    def table(self, name: str) -> nw.LazyFrame[Any]:
        """The table as a Narwhals lazy frame on DuckDB; rows come in no order."""
        return nw.from_native(self._connection.from_arrow(self._tables[name]))

    def frame(self, name: str) -> pd.DataFrame:
        """The table in key order, as pandas."""
        frame: pd.DataFrame = self._tables[name].to_pandas()
        return frame

    def vault(self, attributes: tuple[str, ...]) -> pd.DataFrame:
        """Protected attributes by enrolment (index), one column each; for audit and registered covariates only."""
        rows = self.frame("vault")
        rows = rows[rows["attribute"].isin(attributes)]
        wide = rows.pivot(index="enrolment_id", columns="attribute", values="value")
        return wide.reindex(columns=list(attributes))


def _typed(table: pa.Table | None, declared: Table) -> pa.Table:
    schema = arrow_schema(declared)
    if table is None:
        return schema.empty_table()
    typed = table.select(list(declared.names)).cast(schema)
    return typed if in_order(typed, declared.key) else typed.sort_by([(name, "ascending") for name in declared.key])
