"""Whether rows stand in the order of their key."""

from __future__ import annotations

import pyarrow as pa
import pytest

from la_research.cohort import in_order


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], True),
        ([("a", 1)], True),
        ([("a", 1), ("a", 2), ("b", 1)], True),
        ([("a", 1), ("a", 1)], False),
        ([("a", 2), ("a", 1)], False),
        ([("b", 1), ("a", 2)], False),
        ([("a", 1), ("b", None)], False),
        ([("a", 1), ("a", None)], False),
        ([(None, 1), ("a", 1)], False),
    ],
)
def test_each_key_comes_after_the_one_before(rows, expected):
    schema = pa.schema([("student", pa.string()), ("week", pa.int64())])
    table = pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)
    assert in_order(table, ["student", "week"]) is expected


def test_parts_of_a_table_are_one_order():
    part = pa.table({"student": ["a", "b"]})
    assert in_order(pa.concat_tables([part, pa.table({"student": ["c"]})]), ["student"])
    assert not in_order(pa.concat_tables([part, part]), ["student"])
