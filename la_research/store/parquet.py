"""Parquet files that grow block after block and hold the same bytes however the rows were cut into blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

ROWS_IN_A_GROUP = 65_536


class Written(NamedTuple):
    """A file that was written: bytes, SHA-256, rows."""

    size: int
    sha256: str
    rows: int


class TableFiles:
    """The files of a folder's tables, ``NAME.parquet`` each; used as a context manager.

    Rows are held back until a group of 65,536 is full, so that the bytes do not depend on the
    blocks in which they came. ``written`` tells of every file once the block has ended.

    Raises
    ------
    OSError
        The disk refuses.
    """

    def __init__(self, folder: Path) -> None:
        self.written: dict[str, Written] = {}
        self._folder = folder
        self._growing: dict[str, tuple[IO[bytes], _Growing]] = {}

    def write(self, block: Mapping[str, pa.Table]) -> None:
        """Add rows to the tables of a block; a table is new when it comes for the first time."""
        for name, table in block.items():
            if name not in self._growing:
                file = (self._folder / f"{name}.parquet").open("wb")
                self._growing[name] = file, _Growing(file, table.schema)
            self._growing[name][1].write(table)

    def __enter__(self) -> TableFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for name, (file, growing) in self._growing.items() if kind is None else ():
                growing.close()
                file.close()
                self.written[name] = _written(self._folder / f"{name}.parquet", growing.rows)
        finally:
            for file, growing in self._growing.values():
                growing.abandon()
                with suppress(OSError):
                    file.close()


class _Growing:
    """One table's file, row group after row group."""

    def __init__(self, sink: IO[bytes], schema: pa.Schema) -> None:
        self.rows = 0
        self._schema = schema.remove_metadata()
        self._held: list[pa.Table] = []
        self._waiting = 0
        self._writer = pq.ParquetWriter(sink, self._schema, compression="zstd", store_schema=False)

    def write(self, table: pa.Table) -> None:
        self._held.append(table.replace_schema_metadata(None))
        self._waiting += table.num_rows
        if self._waiting >= ROWS_IN_A_GROUP:
            self._flush(self._waiting - self._waiting % ROWS_IN_A_GROUP)

    def close(self) -> None:
        """Write what is left; a table without a row is written as one."""
        if self._waiting or not self.rows:
            self._flush(self._waiting)
        self._writer.close()

    def abandon(self) -> None:
        """Let go of the file after a failure; nothing where it was closed before."""
        with suppress(OSError, pa.ArrowException):
            self._writer.close()

    def _flush(self, rows: int) -> None:
        whole = pa.concat_tables(self._held or [self._schema.empty_table()])
        for start in range(0, max(rows, 1), ROWS_IN_A_GROUP):
            group = whole.slice(start, min(ROWS_IN_A_GROUP, rows - start))
            self._writer.write_table(group.combine_chunks())
        self._held, self._waiting, self.rows = [whole.slice(rows)], self._waiting - rows, self.rows + rows


def _written(path: Path, rows: int) -> Written:
    with path.open("rb") as file:
        return Written(path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest(), rows)
