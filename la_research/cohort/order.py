"""Whether rows stand in the order of their key, which also shows that no key is there twice."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def in_order(table: pa.Table, key: Sequence[str]) -> bool:
    """Whether each row's key comes after that of the row before; False where a part of a key is null.

    Examples
    --------
    >>> rows = pa.table({"student": ["s1", "s1", "s2"], "week": [1, 2, 1]})
    >>> in_order(rows, ["student", "week"]), in_order(rows, ["week"])
    (True, False)
    """
    before, after = table.slice(0, max(table.num_rows - 1, 0)), table.slice(1)
    rises: pa.ChunkedArray | bool = False
    for name in reversed(key):
        first, second = before.column(name), after.column(name)
        rises = pc.or_(pc.less(first, second), pc.and_(pc.equal(first, second), rises))
    return pc.all(rises, skip_nulls=False, min_count=0).as_py() is True
