"""The truth beside a synthetic cohort: only ``generate`` writes it and only the score reads it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from la_research.canonical import digest, pretty_json
from la_research.errors import Fault, TruthError
from la_research.store.folder import write_folder
from la_research.store.package import check_format, read_json
from la_research.store.parquet import TableFiles, Written
from la_research.synthetic.truth import Told, Truth

FORMAT = "la_research.truth"
VERSION = 2
FILE = "truth.json"
DIGEST = "digest"


def truth_beside(cohort: str | Path) -> Path:
    """The folder of the truth that belongs to a cohort's folder: ``DIR.truth`` beside ``DIR``.

    >>> truth_beside("synthetic/small").as_posix()
    'synthetic/small.truth'
    """
    cohort = Path(cohort)
    return cohort.with_name(f"{cohort.name}.truth")


def save_truth(truth: Truth, directory: str | Path) -> Path:
    """Write what was planted: its tables, and the envelope ``truth.json``.

    The envelope holds the planted numbers, the SHA-256 of each table, and the SHA-256 of its
    own canonical JSON without that field. Tables are written block by block.

    Raises
    ------
    DiskError
        The folder can not be written.
    """
    with write_folder(directory, mark=FILE) as folder:
        with TableFiles(folder) as files:
            for block in _blocks(truth):
                files.write(block)
        seal(folder, files.written, truth)
    return Path(directory)


def seal(folder: Path, written: Mapping[str, Written], truth: Truth) -> None:
    """Write ``truth.json`` beside the tables that were written."""
    envelope = {
        "format": f"{FORMAT}/{VERSION}",
        "scenario": truth.scenario,
        "scenario_digest": truth.scenario_digest,
        "seed": truth.seed,
        "n": truth.n,
        "estimands": dict(sorted(truth.estimands.items())),
        "files": {f"{name}.parquet": f"sha256:{file.sha256}" for name, file in sorted(written.items())},
    }
    (folder / FILE).write_bytes(pretty_json({**envelope, DIGEST: digest(envelope)}).encode())


def load_truth(directory: str | Path) -> Truth:
    """Read what was planted, of this format or the one before.

    Raises
    ------
    TruthError
        ``truth.missing``, ``truth.altered`` (a table, or any field of the envelope),
        ``truth.format``, ``truth.newer_format``, ``truth.not_json``.
    """
    directory = Path(directory)
    envelope = read_json(directory / FILE, TruthError, "truth")
    if check_format(envelope, FORMAT, directory / FILE, TruthError, "truth", newest=VERSION) == 1:
        envelope = migrate(envelope)
    held = {name: value for name, value in envelope.items() if name != DIGEST}
    if envelope.get(DIGEST) != digest(held):
        raise _altered(directory / FILE)
    try:
        tables = {
            Path(name).stem: _table(directory / Path(name).name, hashed) for name, hashed in envelope["files"].items()
        }
        return Truth(
            scenario=envelope["scenario"],
            scenario_digest=envelope["scenario_digest"],
            seed=int(envelope["seed"]),
            n=int(envelope["n"]),
            estimands={name: float(value) for name, value in envelope["estimands"].items()},
            tables=tables,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _altered(directory / FILE) from error


def migrate(envelope: dict[str, Any]) -> dict[str, Any]:
    """An envelope of format 1 as one of format 2: the first had no digest of itself.

    One that has a digest was never of format 1; it stays as it is, and is found altered.
    """
    if DIGEST in envelope:
        return envelope
    newer = {**envelope, "format": f"{FORMAT}/{VERSION}"}
    return {**newer, DIGEST: digest(newer)}


def _blocks(truth: Truth) -> Iterator[dict[str, pa.Table]]:
    return truth.tables.blocks() if isinstance(truth.tables, Told) else iter([dict(truth.tables)])


def _table(file: Path, hashed: str) -> pa.Table:
    try:
        content = file.read_bytes()
    except OSError as error:
        problem = "a table of the truth is missing"
        raise TruthError(Fault("truth.missing", problem, str(file), "generate the cohort again")) from error
    if _hash(content) != hashed:
        raise _altered(file)
    return pq.read_table(io.BytesIO(content))


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _altered(file: Path) -> TruthError:
    problem = "the truth is not the one that was written"
    return TruthError(Fault("truth.altered", problem, str(file), "generate the cohort again"))
