"""All that a study found, in one value that both reports read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from la_research.canonical import plain, pretty_json
from la_research.cohort import Provenance
from la_research.cohort.rehearsal import REHEARSAL, is_twin
from la_research.disclosure import disclosed
from la_research.finding import Finding, Findings, not_analysed
from la_research.protocol import Protocol

FORMAT = "la_research.evidence/1"


@dataclass(frozen=True)
class Deviation:
    """A departure from the registered protocol, told by the researcher."""

    id: str
    date: str
    what: str
    why: str
    effect: str


@dataclass(frozen=True)
class Evidence:
    """Protocol, provenance, findings, deviations and versions; frozen when it is made.

    ``provenance`` holds data, cohort_digest, source, details and notes of the cohort.
    """

    protocol: Protocol
    provenance: Mapping[str, Any]
    findings: Findings
    deviations: tuple[Deviation, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The evidence as ``la_research.evidence/1``."""
        return {
            "format": FORMAT,
            "study": {
                "id": self.protocol.id,
                "protocol_digest": self.protocol.digest,
                "cohort_digest": self.provenance.get("cohort_digest"),
                "data": self.provenance.get("data", self.protocol.data),
            },
            "findings": self.findings.as_json(),
            "deviations": [vars(deviation) for deviation in self.deviations],
            "versions": dict(self.versions),
            "protocol": self.protocol.model_dump(mode="json", exclude_defaults=True),
            "provenance": dict(self.provenance),
        }

    def __str__(self) -> str:
        return pretty_json(self.as_json())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        """The evidence that ``as_json`` wrote."""
        return cls(
            protocol=Protocol.model_validate(data["protocol"]),
            provenance=data["provenance"],
            findings=Findings.from_json(data["findings"]),
            deviations=tuple(Deviation(**item) for item in data["deviations"]),
            versions=data["versions"],
        )


def collect_evidence(
    protocol: Protocol,
    *findings: Findings,
    provenance: Mapping[str, Any] | Provenance,
    deviations: Sequence[Deviation] = (),
    versions: Mapping[str, str] | None = None,
) -> Evidence:
    """Join findings; what was registered and not answered appears as "not analysed".

    Counts under the protocol's minimum group size are suppressed here once more, so that
    nothing below it can enter a report whatever a stage returned. On a fitted twin every
    finding carries the limitation that it is for rehearsal only.

    Parameters
    ----------
    protocol
        The registered study.
    *findings
        What the stages returned, in any order.
    provenance
        Where the cohort came from; see ``Evidence``. ``cohort.provenance`` will do: it lacks the digest alone.

    Examples
    --------
    >>> import la_research as lar
    >>> study = lar.load_protocol("tests/protocol/minimal.yaml")
    >>> evidence = collect_evidence(study, provenance={"data": "synthetic"})
    >>> evidence.findings["H1"].verdict  # registered, and no stage answered it
    'not analysed'
    """
    told = _told(provenance)
    together = Findings(finding for part in findings for finding in part)
    absent = [
        _absent(hypothesis.id, hypothesis.kind)
        for hypothesis in protocol.hypotheses
        if not any(f.hypothesis == hypothesis.id and f.confirmatory for f in together)
    ]
    whole = disclosed(together + Findings(absent), protocol.disclosure.minimum_group_size)
    if is_twin(told.get("details") or {}):
        whole = Findings(replace(finding, limitations=(REHEARSAL, *finding.limitations)) for finding in whole)
    return Evidence(protocol, told, whole, tuple(deviations), dict(versions or {}))


def _told(provenance: Mapping[str, Any] | Provenance) -> dict[str, Any]:
    if isinstance(provenance, Provenance):
        return {**vars(provenance), "details": plain(dict(provenance.details)), "notes": list(provenance.notes)}
    return dict(provenance)


def _absent(hypothesis: str, kind: str) -> Finding:
    stage = "evaluation" if kind == "effect" else "validation"
    return not_analysed(
        f"{stage}.hypothesis.{hypothesis.lower()}",
        f"What does the study say about {hypothesis}?",
        "no stage returned a finding for this registered hypothesis",
        hypothesis=hypothesis,
        confirmatory=True,
    )
