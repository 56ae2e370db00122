"""Whether tables that come block after block are sound, at little cost: types, nulls, and the order of the keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pyarrow as pa

from la_research.cohort.cohort import arrow_schema
from la_research.cohort.order import in_order
from la_research.errors import CohortError, Fault
from la_research.schema import TABLES


class Follows:
    """Lets through blocks each of whose rows comes after the row before, in this block and the last.

    That shows as well that no key is there twice. What :func:`check_cohort` says of values and
    of tables that do not fit together is left to who reads the whole cohort.
    """

    def __init__(self) -> None:
        self._last: dict[str, pa.Table] = {}

    def __call__(self, block: Mapping[str, pa.Table]) -> Mapping[str, pa.Table]:
        """The block.

        Raises
        ------
        CohortError
            ``cohort.wrong_type``, ``cohort.null``, ``cohort.order``.

        Examples
        --------
        >>> feeds = pa.table({"module": ["A", "A"], "presentation": ["p", "p"], "source": ["vle", "library"],
        ...     "first_day": [1, 1], "last_day": [9, 9]}, schema=arrow_schema(TABLES["feeds"]))
        >>> Follows()({"feeds": feeds[:1]})["feeds"].num_rows
        1
        """
        CohortError.raise_if(fault for name, table in block.items() for fault in self._faults(name, table))
        return block

    def _faults(self, name: str, table: pa.Table) -> Iterator[Fault]:
        declared, where, remedy = TABLES[name], f"table '{name}'", "please report it: the generator made unsound rows"
        if table.schema != arrow_schema(declared):
            yield Fault("cohort.wrong_type", "the columns are not those of the schema", where, remedy)
            return
        for column in declared.columns:
            if not column.nullable and table.column(column.name).null_count:
                yield Fault("cohort.null", f"'{column.name}' is without a value in some rows", where, remedy)
        keys = table.select(list(declared.key))
        before = self._last.get(name, keys.slice(0, 0))
        if not in_order(pa.concat_tables([before, keys]), declared.key):
            problem = f"rows do not come in the order of {', '.join(declared.key)}"
            yield Fault("cohort.order", problem, where, remedy)
        self._last[name] = keys.slice(keys.num_rows - 1) if keys.num_rows else before
