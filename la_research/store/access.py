"""The log of who looked at one person's data: beside the cohort, one line a look, only ever added to."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, fields
from pathlib import Path

from la_research.errors import DiskError, Fault
from la_research.governance import Access, Accesses

FORMAT = "la_research.access/1"


def access_log(cohort: str | Path) -> Path:
    """The log that belongs to a cohort's folder: ``DIR.access.jsonl`` beside ``DIR``, never in it.

    >>> access_log("synthetic/small").name
    'small.access.jsonl'
    """
    folder = Path(cohort).resolve()
    return folder.with_name(f"{folder.name}.access.jsonl")


def log_access(cohort: str | Path, access: Access) -> None:
    """Add a line to the log, whole or not at all, one writer at a time; only its owner may read it.

    Raises
    ------
    DiskError
        ``access.not_logged``: who can not be written down is not let in.
    """
    from filelock import FileLock

    log = access_log(cohort)
    line = json.dumps({"format": FORMAT, **asdict(access)}) + "\n"
    try:
        with FileLock(log.with_name(f".{log.name}.lock"), timeout=30):
            held = log.read_bytes() if log.exists() else b""
            whole = (
                b"" if held.endswith(b"\n") or not held else b"\n"
            )  # what a killed writer cut stays a line of its own
            place = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(place, whole + line.encode())
                os.fsync(place)
            finally:
                os.close(place)
    except (OSError, TimeoutError) as error:
        problem = "the access could not be written to the log, so nothing is given"
        remedy = "let the log beside the cohort be written, and ask again"
        raise DiskError(Fault("access.not_logged", problem, str(log), remedy)) from error


def read_accesses(cohort: str | Path | None) -> Accesses:
    """What the log beside a cohort says; nothing where there is no cohort, or nobody looked."""
    log = access_log(cohort) if cohort is not None else None
    if log is None or not log.is_file():
        return Accesses()
    read = [_entry(line) for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    entries = tuple(entry for entry in read if entry is not None)
    return Accesses(entries, len(read) - len(entries))


def _entry(line: str) -> Access | None:
    """A line as it was written; None where it is another."""
    names = [field.name for field in fields(Access)]
    try:
        found = json.loads(line)
        texts = [found[name] for name in names if name != "withheld"]
        sound = found["format"] == FORMAT and all(isinstance(text, str) for text in texts)
        sound = sound and isinstance(found["withheld"], int) and found["outcome"] in ("given", "refused")
        return Access(**{name: found[name] for name in names}) if sound else None
    except (ValueError, KeyError, TypeError):
        return None
