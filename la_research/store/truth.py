"""The truth beside a synthetic cohort: only ``generate`` writes it and only the score reads it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from la_research.canonical import pretty_json
from la_research.errors import Fault, TruthError
from la_research.store.folder import write_folder
from la_research.store.package import check_format, read_json
from la_research.store.parquet import TableFiles, Written
from la_research.synthetic.truth import Truth

FORMAT = "la_research.truth"
FILE = "truth.json"


def truth_beside(cohort: str | Path) -> Path:
    """The folder of the truth that belongs to a cohort's folder: ``DIR.truth`` beside ``DIR``.

    >>> truth_beside("synthetic/small").as_posix()
    'synthetic/small.truth'
    """
    cohort = Path(cohort)
    return cohort.with_name(f"{cohort.name}.truth")


def save_truth(truth: Truth, directory: str | Path) -> Path:
    """Write what was planted: ``truth.json`` with its numbers and the SHA-256 of its tables.

    Raises
    ------
    DiskError
        The folder can not be written.
    """
    with write_folder(directory, mark=FILE) as folder:
        with TableFiles(folder) as files:
            files.write(truth.tables)
        seal(folder, files.written, truth)
    return Path(directory)


def seal(folder: Path, written: Mapping[str, Written], truth: Truth) -> None:
    """Write ``truth.json`` beside the tables that were written."""
    envelope = {
        "format": f"{FORMAT}/1",
        "scenario": truth.scenario,
        "scenario_digest": truth.scenario_digest,
        "seed": truth.seed,
        "n": truth.n,
        "estimands": dict(sorted(truth.estimands.items())),
        "files": {f"{name}.parquet": f"sha256:{file.sha256}" for name, file in sorted(written.items())},
    }
    (folder / FILE).write_bytes(pretty_json(envelope).encode())


def load_truth(directory: str | Path) -> Truth:
    """Read what was planted.

    Raises
    ------
    TruthError
        ``truth.missing``, ``truth.altered``, ``truth.format``, ``truth.newer_format``.
    """
    directory = Path(directory)
    envelope = read_json(directory / FILE, TruthError, "truth")
    check_format(envelope, FORMAT, directory / FILE, TruthError, "truth")
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


def _table(file: Path, hashed: str) -> pa.Table:
    try:
        content = file.read_bytes()
    except OSError as error:
        problem = "a table of the truth is missing"
        raise TruthError(Fault("truth.missing", problem, str(file), "generate the cohort again")) from error
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != hashed:
        raise _altered(file)
    return pq.read_table(io.BytesIO(content))


def _altered(file: Path) -> TruthError:
    problem = "the truth is not the one that was written"
    return TruthError(Fault("truth.altered", problem, str(file), "generate the cohort again"))
