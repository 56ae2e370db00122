"""The run folder: what stands in it, one run at a time, and whether it still tells of its study."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from la_research.canonical import pretty_json
from la_research.errors import DiskError, Fault, LaResearchError, StaleError, UsageError
from la_research.evidence import Evidence
from la_research.finding import Findings
from la_research.store import load_cohort, load_protocol, write_text

FORMAT = "la_research.run/1"
INPUTS = ".inputs.json"
"""Where protocol and cohort lie, seen from the run: it differs between machines, so no promise covers it."""
CHANGING = ("log.jsonl", "timing.json", "MANIFEST.sha256")
MADE_LAST = ("MANIFEST.sha256", "evidence.json", "score.json", "reports", "tables")
"""What is made of the stages; it goes before a stage is redone."""


def stage_folder(run: str | Path, name: str) -> Path:
    """Where a stage keeps its findings and tables."""
    return Path(run) / "stages" / name


def notebook_file(run: str | Path, name: str, *, failed: bool = False) -> Path:
    """Where an executed notebook stands; one that failed is kept beside its place."""
    return Path(run) / "notebooks" / f"{name}{'.failed' if failed else ''}.ipynb"


@contextmanager
def locked(run: Path, *, mark: str = "run.json") -> Iterator[None]:
    """The folder for one run alone; what a killed run left half-written is removed first.

    A folder that holds something without a file called ``mark`` is somebody else's.

    Raises
    ------
    StaleError
        ``run.locked`` while another run works in it.
    DiskError
        ``disk.not_ours`` when something else than a run stands there.
    """
    from filelock import FileLock, Timeout

    _refuse_foreign(run, mark)
    try:
        run.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem, remedy = "the folder can not be made", "free space, mend the permissions, or name another with --out"
        raise DiskError(Fault("disk.cannot_write", problem, str(run), remedy)) from error
    try:
        with FileLock(run / ".lock", timeout=0):
            _sweep(run)
            try:
                yield
            finally:
                if [item.name for item in run.iterdir()] == [".lock"]:
                    shutil.rmtree(run)  # it was refused before it began
    except Timeout as error:
        problem = "another run is at work in this folder"
        raise StaleError(Fault("run.locked", problem, str(run), "wait for it, or run into another folder")) from error


def describe_run(run: Path, study: Mapping[str, Any], keys: Mapping[str, str], inputs: Mapping[str, Path]) -> None:
    """Write ``run.json`` (the study and the key of each step) and where the inputs lie."""
    write_text(run / "run.json", pretty_json({"format": FORMAT, "study": study, "keys": keys}))
    places = {name: Path(os.path.relpath(path, run)).as_posix() for name, path in inputs.items()}
    write_text(run / INPUTS, pretty_json(places))


def read_run(run: str | Path) -> dict[str, Any]:
    """What ``run.json`` says.

    Raises
    ------
    UsageError
        ``run.not_found`` when the folder holds no run.
    """
    found = read_document(Path(run) / "run.json")
    if found is None:
        remedy = "name a folder that 'la-research run' made"
        raise UsageError(Fault("run.not_found", "the folder holds no run", str(run), remedy))
    return found


def read_document(file: Path) -> dict[str, Any] | None:
    """A JSON document of the run; None where there is none or it is broken."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def check_fresh(run: str | Path) -> None:
    """Refuse a run that is unfinished, or whose protocol or cohort is not what it was.

    An input that is no longer there can not be compared and is not held against the run.

    Raises
    ------
    UsageError
        ``run.not_found``.
    StaleError
        ``run.unfinished``, ``run.stale``.
    """
    run = Path(run)
    study = read_run(run)["study"]
    again = "run the study again: it redoes what changed and nothing else"
    if not (run / "evidence.json").is_file() or not (run / "MANIFEST.sha256").is_file():
        raise StaleError(Fault("run.unfinished", "the run did not come to its end", str(run), again))
    places = {name: run / place for name, place in (read_document(run / INPUTS) or {}).items()}
    for name, digest_of in (("protocol", _protocol_digest), ("cohort", _cohort_digest)):
        place = places.get(name)
        if place is not None and place.exists() and digest_of(place) != study[f"{name}_digest"]:
            raise StaleError(Fault("run.stale", f"the {name} has changed since the run", str(run), again))


def load_evidence(run: str | Path) -> Evidence:
    """The evidence of a finished run, once it is known to be fresh."""
    check_fresh(run)
    return Evidence.from_json(json.loads((Path(run) / "evidence.json").read_text(encoding="utf-8")))


def load_score(run: str | Path) -> Findings | None:
    """Found against planted, where the run was scored."""
    found = read_document(Path(run) / "score.json")
    return Findings.from_json(found["findings"]) if found else None


def cohort_of(run: str | Path) -> Path | None:
    """The folder of the run's cohort, where it still stands."""
    place = (read_document(Path(run) / INPUTS) or {}).get("cohort")
    return Path(run) / place if place and (Path(run) / place).is_dir() else None


def forget_results(run: Path) -> None:
    """Remove what was made of the stages, so that a half-renewed run can not be read."""
    for name in MADE_LAST:
        if (run / name).is_dir():
            shutil.rmtree(run / name)
        else:
            (run / name).unlink(missing_ok=True)


def write_manifest(run: Path) -> None:
    """SHA-256 of every file that a second run makes again byte for byte, as ``sha256sum -c`` reads it."""
    files = sorted(file.relative_to(run).as_posix() for file in run.rglob("*") if file.is_file())
    kept = [name for name in files if name not in CHANGING and not name.startswith(".")]
    lines = (f"{hashlib.sha256((run / name).read_bytes()).hexdigest()}  {name}\n" for name in kept)
    write_text(run / "MANIFEST.sha256", "".join(lines))


def _refuse_foreign(run: Path, mark: str) -> None:
    """A folder that holds something, and no run, is somebody else's: nothing in it is touched."""
    begun = {".lock", "log.jsonl", f"{mark}.partial"}
    held = {path.name for path in run.iterdir()} if run.is_dir() else {run.name} if run.exists() else set()
    if mark not in held and held - begun:
        remedy = "name another folder with --out, or remove it yourself"
        raise DiskError(Fault("disk.not_ours", "something else than a run stands there", str(run), remedy))


def _sweep(run: Path) -> None:
    for left in (*run.rglob("*.partial"), *run.rglob("*.old")):
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def _protocol_digest(place: Path) -> str | None:
    try:
        return load_protocol(place).digest
    except LaResearchError:
        return None


def _cohort_digest(place: Path) -> str | None:
    try:
        return load_cohort(place).digest
    except LaResearchError:
        return None
