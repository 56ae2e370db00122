"""Tables and a JSON header as one message, for a pipe between two processes; nothing is pickled."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import pandas as pd
import pyarrow as pa

from la_research.canonical import plain


def packed(header: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> bytes:
    """The header on the first line, then each table as an Arrow stream, in order.

    Examples
    --------
    >>> told, held = unpacked(packed({"seed": 1}, {"people": pd.DataFrame({"x": [1.0, None], "y": ["a", "b"]})}))
    >>> told, held["people"]["x"].to_list()
    ({'seed': 1}, [1.0, nan])
    """
    streams = {name: _stream(frame) for name, frame in frames.items()}
    sizes = {name: len(content) for name, content in streams.items()}
    first = json.dumps({"header": plain(dict(header)), "sizes": sizes})
    return first.encode() + b"\n" + b"".join(streams.values())


def unpacked(message: bytes) -> tuple[dict[str, Any], dict[str, pd.DataFrame]]:
    """What ``packed`` wrote.

    Raises
    ------
    ValueError
        The message was cut off, or is none.
    """
    line, _, rest = message.partition(b"\n")
    first = json.loads(line)
    if len(rest) != sum(first["sizes"].values()):
        raise ValueError("the message was cut off")
    frames, start = {}, 0
    for name, size in first["sizes"].items():
        with pa.ipc.open_stream(rest[start : start + size]) as stream:
            frames[name] = stream.read_pandas()
        start += size
    return first["header"], frames


def _stream(frame: pd.DataFrame) -> bytes:
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()
