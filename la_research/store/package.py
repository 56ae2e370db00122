"""A cohort's ``datapackage.json``: what a Frictionless Data Package says of its tables, written and read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from la_research.cohort import Provenance
from la_research.errors import CohortError, Fault, LaResearchError
from la_research.schema import TABLES, Column, Table

FORMAT = "la_research.cohort"
FILE = "datapackage.json"
OWNERS = {"student_id": "students", "enrolment_id": "enrolments"}


def described(resources: Iterable[Mapping[str, Any]], provenance: Provenance) -> dict[str, Any]:
    """The descriptor of a cohort's files.

    References
    ----------
    Data Package standard 2.0 (2024), https://datapackage.org/standard/data-package/; ``rows``
    and ``provenance`` are ours.
    """
    return {
        "format": f"{FORMAT}/1",
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "cohort",
        "provenance": {
            "data": provenance.data,
            "source": provenance.source,
            "details": dict(provenance.details),
            "notes": list(provenance.notes),
        },
        "resources": list(resources),
    }


def resource(name: str, *, size: int, sha256: str, rows: int) -> dict[str, Any]:
    """One table's file and schema."""
    table = TABLES[name]
    return {
        "name": name,
        "type": "table",
        "path": f"{name}.parquet",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "description": f"one row per {table.per}",
        "bytes": size,
        "hash": f"sha256:{sha256}",
        "rows": rows,
        "schema": _schema(table),
    }


def read_descriptor(directory: Path) -> dict[str, Any]:
    """The descriptor of a cohort's folder, once its format is known and its paths stay inside.

    Raises
    ------
    CohortError
        ``cohort.not_found``, ``not_json``, ``format``, ``newer_format``, ``unsafe_path``.
    """
    descriptor = read_json(directory / FILE, CohortError, "cohort")
    check_format(descriptor, FORMAT, directory / FILE, CohortError, "cohort")
    resources = descriptor.get("resources")
    if not isinstance(resources, list) or not all(_has_file(item) for item in resources):
        problem = "'resources' is not a list of tables with name and path"
        raise CohortError(Fault("cohort.format", problem, str(directory / FILE), "write name and path of each table"))
    CohortError.raise_if(
        Fault("cohort.unsafe_path", f"the path of '{item['name']}' leads out of the folder", str(directory / FILE),
              "keep the table's file inside the cohort's folder")
        for item in resources
        if not _stays_inside(directory, item["path"])
    )  # fmt: skip
    return descriptor


def provenance_of(descriptor: Mapping[str, Any], directory: Path) -> Provenance:
    """Where the cohort came from, as its maker wrote it."""
    held = descriptor.get("provenance")
    if not isinstance(held, dict) or held.get("data") not in ("synthetic", "open", "restricted"):
        problem = "'provenance' does not say whether the data are synthetic, open or restricted"
        remedy = "write provenance with data, source, details and notes"
        raise CohortError(Fault("cohort.provenance", problem, str(directory / FILE), remedy))
    notes = tuple(str(note) for note in held.get("notes", ()))
    return Provenance(held["data"], str(held.get("source", "")), held.get("details") or {}, notes)


def read_json(file: Path, error: type[LaResearchError], area: str) -> dict[str, Any]:
    """A JSON document that is a mapping."""
    try:
        document = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as cause:
        word = "missing" if area == "truth" else "not_found"
        remedy = {
            "truth": "only a synthetic cohort has a truth; name its folder with --truth",
            "cohort": "name a folder that 'la-research generate' or 'la-research ingest' made",
        }.get(area, "check the folder")
        raise error(Fault(f"{area}.{word}", f"there is no '{file.name}'", str(file), remedy)) from cause
    except (ValueError, RecursionError) as cause:
        raise error(Fault(f"{area}.not_json", f"'{file.name}' is not JSON", str(file), "make it anew")) from cause
    if not isinstance(document, dict):
        raise error(Fault(f"{area}.not_json", f"'{file.name}' is not a JSON object", str(file), "make it anew"))
    return document


def check_format(
    document: Mapping[str, Any], kind: str, file: Path, error: type[LaResearchError], area: str, *, newest: int = 1
) -> int:
    """The version of a document: the newest, or the one before it; another kind and a newer version are refused."""
    found, _, version = str(document.get("format") or "").partition("/")
    if found == kind and version.isdigit() and int(version) > newest:
        problem = f"the document is {kind}/{version}, and this version reads {kind}/{newest}"
        raise error(Fault(f"{area}.newer_format", problem, str(file), "install a newer la_research"))
    if found != kind or version not in (str(newest), str(max(newest - 1, 1))):
        remedy = f'begin with "format": "{kind}/{newest}"'
        raise error(Fault(f"{area}.format", f"the document is no {kind}", str(file), remedy))
    return int(version)


def _has_file(item: Any) -> bool:
    return isinstance(item, dict) and all(isinstance(item.get(key), str) and item[key] for key in ("name", "path"))


def _stays_inside(directory: Path, path: str) -> bool:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or ":" in path:
        return False
    return (directory / path).resolve().is_relative_to(directory.resolve())


def _schema(table: Table) -> dict[str, Any]:
    keys = [(name, owner) for name, owner in OWNERS.items() if name in table.names and owner != table.name]
    foreign = [{"fields": [name], "reference": {"resource": owner, "fields": [name]}} for name, owner in keys]
    return {
        "fields": [_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        **({"foreignKeys": foreign} if foreign else {}),
    }


def _field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    for word, bound in (("minimum", column.minimum), ("maximum", column.maximum)):
        if bound is not None:
            constraints[word] = int(bound) if column.type == "integer" else bound
    if column.values:
        constraints["enum"] = list(column.values)
    shown = {"name": column.name, "type": column.type, "description": column.description}
    return {**shown, **({"constraints": constraints} if constraints else {})}
