"""The diagnosis that is kept beside a protocol: what the design can find, forecast before any data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from la_research.errors import Fault, ProtocolError
from la_research.finding import Findings, not_analysed
from la_research.protocol import Protocol
from la_research.store.documents import file_of
from la_research.store.folder import write_text
from la_research.store.package import check_format, read_json

DIAGNOSIS = "diagnosis.json"
DIAGNOSIS_FORMAT = "la_research.diagnosis"
OTHER_VERSION = "a forecast was made, but of another version of the protocol; it is not shown"


def load_design(path: str | Path, protocol: Protocol) -> Findings:
    """What the diagnosis beside a protocol found; nothing where there is none.

    Parameters
    ----------
    path
        The study's folder, or its ``protocol.yaml``.
    protocol
        The study. The diagnosis of another version of it is not used: one finding says so.

    Returns
    -------
    Findings
        Of the stage "design" alone.

    Raises
    ------
    ProtocolError
        ``protocol.not_json``, ``protocol.format``, ``protocol.newer_format``,
        ``protocol.diagnosis``: the file is no sound diagnosis.

    Examples
    --------
    >>> from la_research.store import load_protocol
    >>> len(load_design("tests/protocol/minimal.yaml", load_protocol("tests/protocol/minimal.yaml")))
    0
    """
    file = file_of(path, DIAGNOSIS)
    if not file.is_file():
        return Findings()
    document = read_json(file, ProtocolError, "protocol")
    check_format(document, DIAGNOSIS_FORMAT, file, ProtocolError, "protocol")
    digest, findings = _parts(document, file)
    if digest == protocol.digest:
        return findings
    question = "On what was the design tried before any data?"
    return Findings([not_analysed("design.forecast", question, OTHER_VERSION)])


def save_design(path: str | Path, diagnosis: str | Path) -> Path:
    """Keep the ``diagnosis.json`` of a folder beside the protocol, for every later run of the study."""
    file = file_of(path, DIAGNOSIS)
    write_text(file, (Path(diagnosis) / DIAGNOSIS).read_text(encoding="utf-8"))
    return file


def _parts(document: dict[str, Any], file: Path) -> tuple[str, Findings]:
    try:
        findings = Findings.from_json(document["findings"])
        digest = str(document["study"]["protocol_digest"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unsound(file) from error
    if any(finding.stage != "design" or finding.confirmatory for finding in findings):
        raise _unsound(file)
    return digest, findings


def _unsound(file: Path) -> ProtocolError:
    problem = "the file is not what 'la-research diagnose' writes"
    remedy = "make it anew with 'la-research diagnose … --keep', or remove it"
    return ProtocolError(Fault("protocol.diagnosis", problem, str(file), remedy))
