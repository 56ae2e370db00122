"""What an advisory group said, kept beside the protocol: a log to which files of comments are appended."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import yaml

from la_research.errors import DiskError, Fault, ProtocolError, SourceError
from la_research.protocol import Protocol
from la_research.report.explorer import Feedback, read_feedback
from la_research.report.explorer.comments import LARGEST, too_large
from la_research.store.documents import file_of, format_faults, tree_of
from la_research.store.folder import write_text

LOG = "consultation.yaml"
FORMAT = "la_research.consultation/1"
SOURCE = "advisory explorer"
CHANGED = "written beside another version of the protocol"


def load_feedback(path: str | Path) -> Feedback:
    """A file of comments as the explorer saved it.

    Raises
    ------
    SourceError
        ``feedback.not_found``, ``feedback.too_large``, ``feedback.format``; and whatever ``read_feedback`` refuses.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            held = file.read(LARGEST + 1)
    except OSError as cause:
        fault = Fault("feedback.not_found", "the file can not be read", str(path), "check the path")
        raise SourceError(fault) from cause
    if len(held) > LARGEST:
        raise SourceError(too_large(str(path)))
    try:
        return read_feedback(held.decode("utf-8-sig"), str(path))
    except UnicodeDecodeError as cause:
        remedy = "ask for the file as the page saved it"
        raise SourceError(Fault("feedback.format", "the file is not UTF-8 text", str(path), remedy)) from cause


def append_feedback(study: str | Path, protocol: Protocol, feedback: Feedback, date: datetime.date) -> Path:
    """Append comments to the study's log; the log is written whole or not at all, and the protocol's digest stays.

    Parameters
    ----------
    study
        The study's folder, or its ``protocol.yaml``.
    protocol
        What stands there. Comments on another version of it are taken, and the entry says so.
    date
        When the comments came.

    Returns
    -------
    Path
        The log.

    Raises
    ------
    SourceError
        ``feedback.other_study``; ``feedback.twice`` where the log holds these comments.
    ProtocolError
        The log has faults.
    DiskError
        ``feedback.not_logged``: the log, or the lock beside it, can not be written.
    """
    if feedback.study != protocol.id:
        problem = f"the comments are about another study than '{protocol.id}'"
        remedy = "name the study that the page was made of"
        raise SourceError(Fault("feedback.other_study", problem, str(study), remedy))
    from filelock import FileLock

    log = file_of(study, LOG)
    try:
        with FileLock(log.with_name(f".{log.name}.lock"), timeout=30):
            _append(study, log, protocol, feedback, date)
    except (OSError, TimeoutError) as error:
        remedy = "let the study's folder be written, and try again"
        raise DiskError(Fault("feedback.not_logged", "the log can not be written to", str(log), remedy)) from error
    return log


def _append(study: str | Path, log: Path, protocol: Protocol, feedback: Feedback, date: datetime.date) -> None:
    """Read the log, and write it with one entry more; nobody else does so meanwhile."""
    entries = load_consultation(study)
    if any(entry.get("checksum") == feedback.checksum for entry in entries):
        remedy = "nothing is left to do; they stand there once"
        raise SourceError(Fault("feedback.twice", "the log holds these comments", str(log), remedy))
    entry: dict[str, Any] = {
        "date": date.isoformat(),
        "source": SOURCE,
        "checksum": feedback.checksum,
        "protocol": feedback.protocol,
        **({"note": CHANGED} if feedback.protocol != protocol.digest else {}),
        "language": feedback.language,
        "comments": [{"topic": one.topic, "about": one.about, "text": one.text} for one in feedback.comments],
    }
    document = {"format": FORMAT, "entries": [*entries, entry]}
    write_text(log, yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=110))


def load_consultation(study: str | Path) -> list[dict[str, Any]]:
    """Entries of a study's log, oldest first, all their values text; none where there is no log.

    Raises
    ------
    ProtocolError
        The log is no YAML, of another format, or holds an entry that is none.
    """
    file = file_of(study, LOG)
    if not file.is_file():
        return []
    tree = tree_of(file)
    faults = [*tree.faults, *format_faults(tree, "la_research.consultation", {"format", "entries"})]
    entries = tree.value.get("entries") or []
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        remedy = "write a list, each entry with date, source and comments"
        faults.append(Fault("protocol.consultation", "the entries are no list", tree.where(("entries",)), remedy))
    ProtocolError.raise_if(faults)
    return list(entries)
