"""The key of a stage: a digest of everything that could change what it makes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from la_research.canonical import digest
from la_research.pipeline.notebooks import code_cells, notebook_path
from la_research.pipeline.stages import NEEDS, THREADS, versions

FORMAT = "la_research.stage/1"


def stage_keys(protocol_digest: str, cohort_digest: str, extra: Mapping[str, str]) -> dict[str, str]:
    """The key of every stage; what makes one differ makes all that read it differ.

    Parameters
    ----------
    protocol_digest, cohort_digest
        The study and its students.
    extra
        Further text that a single stage reads, by the stage's name; the deviations, for one.

    Examples
    --------
    >>> a, b = (stage_keys("sha256:1", "sha256:2", {"05_audit": text}) for text in ("", "told"))
    >>> [name for name in a if a[name] != b[name]]
    ['05_audit', '08_evidence']
    """
    keys: dict[str, str] = {}
    for name, needs in NEEDS.items():
        keys[name] = digest(
            {
                "format": FORMAT,
                "stage": name,
                "protocol": protocol_digest,
                "cohort": cohort_digest,
                "upstream": {need: keys[need] for need in needs},
                "notebook": code_cells(notebook_path(name).read_text(encoding="utf-8")),
                "sources": source_digest(),
                "versions": versions(),
                "threads": THREADS,
                "extra": extra.get(name, ""),
            }
        )
    return keys


@cache
def source_digest() -> str:
    """SHA-256 over the package's sources and the data it ships, in the order of their names."""
    package = Path(__file__).resolve().parents[1]
    whole = sha256()
    for file in sorted(package.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            whole.update(f"{file.relative_to(package).as_posix()}\0{sha256(file.read_bytes()).hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()}"
