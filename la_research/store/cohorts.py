"""A cohort on disk: a Frictionless Data Package of Parquet files; a handmade one may be CSV."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from la_research.canonical import digest, pretty_json
from la_research.cohort import ARROW, Cohort, Provenance, check_cohort
from la_research.errors import CohortError, Fault
from la_research.schema import TABLES
from la_research.store.folder import refuse_foreign, write_folder
from la_research.store.package import FILE, described, provenance_of, read_descriptor, resource
from la_research.store.parquet import TableFiles, Written


def check_place(directory: str | Path) -> None:
    """Refuse a place that a cohort could not be written to, before anything is made for it.

    Raises
    ------
    DiskError
        ``disk.not_ours`` where another folder or file stands.
    """
    refuse_foreign(Path(directory), FILE)


def save_cohort(cohort: Cohort, directory: str | Path) -> Path:
    """Write a cohort: the same cohort gives the same bytes, and nothing is left half-written.

    A cohort that stands there is replaced; any other folder is refused. The optional table
    ``events`` is written when it holds something.

    Raises
    ------
    CohortError
        The tables are not what the schema promises.
    DiskError
        The folder can not be written.
    """
    tables = {name: cohort.arrow(name) for name in TABLES}
    tables = {name: table for name, table in tables.items() if table.num_rows or TABLES[name].required}
    CohortError.raise_if(check_cohort(tables))
    with write_folder(directory, mark=FILE) as folder:
        with TableFiles(folder) as files:
            files.write(tables)
        describe(folder, files.written, cohort.provenance)
    return Path(directory)


def describe(folder: Path, written: Mapping[str, Written], provenance: Provenance) -> str:
    """Write the descriptor of a cohort's files; the digest that :func:`load_cohort` will give it."""
    resources = [resource(name, **written[name]._asdict()) for name in TABLES if name in written]
    (folder / FILE).write_bytes(pretty_json(described(resources, provenance)).encode())
    return digest({item["name"]: item["hash"] for item in resources})


def load_cohort(directory: str | Path) -> Cohort:
    """Read a cohort and check it against the schema.

    Its digest covers the SHA-256 of every table's file, so any change of a byte shows.

    Raises
    ------
    CohortError
        All faults at once: of the data package, of its files, of their tables.

    Examples
    --------
    >>> load_cohort("synthetic/handmade").frame("students").shape[0]
    30
    """
    directory = Path(directory)
    descriptor = read_descriptor(directory)
    tables: dict[str, pa.Table] = {}
    hashes: dict[str, str] = {}
    faults: list[Fault] = []
    for item in descriptor["resources"]:
        try:
            content = (directory / item["path"]).read_bytes()
            tables[item["name"]] = _read(content, item)
        except OSError:
            faults.append(_fault("missing_file", "the file can not be read", directory, item))
            continue
        except (pa.ArrowException, UnicodeDecodeError):
            faults.append(_fault("unreadable_table", "the file is no sound table", directory, item))
            continue
        hashes[item["name"]] = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if item.get("hash", hashes[item["name"]]) != hashes[item["name"]]:
            faults.append(_fault("altered", "the file is not the one that was written", directory, item))
    CohortError.raise_if(faults)
    CohortError.raise_if(check_cohort(tables))
    return Cohort(tables, provenance_of(descriptor, directory), digest(hashes))


def _read(content: bytes, item: dict[str, Any]) -> pa.Table:
    if item["path"].endswith(".csv"):
        return _csv(content, item["name"])
    return pq.read_table(io.BytesIO(content))


def _csv(content: bytes, name: str) -> pa.Table:
    """A CSV table, typed by the schema; a column that does not fit stays text for the check to name."""
    names = csv.read_csv(io.BytesIO(content), read_options=csv.ReadOptions(block_size=1 << 24)).column_names
    options = csv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
    )
    table = csv.read_csv(io.BytesIO(content), convert_options=options)
    declared = {column.name: ARROW[column.type] for column in TABLES[name].columns} if name in TABLES else {}
    columns = [_cast(table.column(column), declared.get(column, pa.string())) for column in names]
    return pa.table(columns, names=names)


def _cast(values: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    try:
        return values.cast(kind)
    except pa.ArrowInvalid:
        return values


def _fault(word: str, problem: str, directory: Path, item: dict[str, Any]) -> Fault:
    remedy = "write the cohort again, or mend the file and its entry in datapackage.json"
    return Fault(f"cohort.{word}", f"table '{item['name']}': {problem}", str(directory / item["path"]), remedy)
