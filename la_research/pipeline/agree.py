"""A coding table from its file to its findings."""

from __future__ import annotations

from pathlib import Path

from la_research.ingest.coding import CodingColumns, read_coding
from la_research.pipeline.stages import one_thread, versions
from la_research.validation.coded import CodingExamined, examine_coding


def examine_codes(path: str | Path, columns: CodingColumns) -> CodingExamined:
    """Read the codes in a CSV or Parquet file, and ask whether coders agree and whether codes were exhausted.

    Raises
    ------
    CohortError
        What ``read_coding`` raises.

    Examples
    --------
    >>> found = examine_codes("synthetic/coding.csv", CodingColumns("passage", "coder", "code", "interview"))
    >>> found.findings["validation.coding.agreement"].verdict
    'described'
    """
    rows, digest = read_coding(path, columns)
    with one_thread():
        found = examine_coding(rows)
    held = {"unit": columns.unit, "coder": columns.coder, "code": columns.code, "interview": columns.interview}
    named = {role: name for role, name in held.items() if name is not None}
    return CodingExamined(Path(path).name, digest, named, found.as_kept(), versions())
