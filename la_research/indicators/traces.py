"""The tables that indicators read, of the enrolments in the study and of nobody else."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from la_research.cohort import Cohort

Lazy = nw.LazyFrame[Any]

READ = ("calendar", "feeds", "applicability", "activity", "attendance", "assessments")
"""Beside ``enrolments``. The vault and the questionnaires are not among them."""


class Traces:
    """What a cohort recorded of given enrolments, as Narwhals lazy frames on one DuckDB thread.

    Someone who is not in the study does not even enter a mean of peers.

    Parameters
    ----------
    cohort
        The whole cohort.
    enrolments
        Enrolments that are in the study.
    """

    def __init__(self, cohort: Cohort, enrolments: Sequence[str]) -> None:
        rows = cohort.arrow("enrolments")
        inside = pc.is_in(rows["enrolment_id"], pa.array(enrolments, pa.string()))
        self._tables = {name: cohort.arrow(name) for name in READ} | {"enrolments": rows.filter(inside)}
        self._kept: dict[Hashable, pa.Table] = {}
        self._connection = duckdb.connect(config={"threads": 1})

    def table(self, name: str) -> Lazy:
        """One of the tables; join it with ``enrolments`` to stay inside the study."""
        return self._lazy(self._tables[name])

    def kept(self, name: Hashable, make: Callable[[], Lazy]) -> Lazy:
        """What ``make`` returns, worked out once under that name: one study's traces serve one protocol."""
        if name not in self._kept:
            self._kept[name] = make().collect("pyarrow").to_native()
        return self._lazy(self._kept[name])

    def _lazy(self, table: pa.Table) -> Lazy:
        return nw.from_native(self._connection.from_arrow(table))
