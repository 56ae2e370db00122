"""What a run works on: the registered study, its cohort and truth, and where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from la_research.canonical import digest
from la_research.cohort import Cohort, eligible
from la_research.evidence import Deviation, Evidence
from la_research.finding import Findings
from la_research.pipeline.cohorts import generated, open_cohort, scenario_of
from la_research.pipeline.folder import describe_run, forget_results, read_document, stage_folder
from la_research.pipeline.keys import source_digest, stage_keys
from la_research.pipeline.progress import Log
from la_research.pipeline.stages import provenance, versions
from la_research.protocol import Protocol
from la_research.store import load_design, load_deviations, write_text
from la_research.store.access import read_accesses
from la_research.store.truth import truth_beside


@dataclass(frozen=True)
class Study:
    """A study that is about to run.

    Parameters
    ----------
    protocol, cohort, deviations, design
        As they were read; ``design`` is what was forecast before any data.
    places
        Where ``protocol`` and ``cohort`` lie.
    run
        The run folder.
    truth
        The truth beside the cohort, or None.
    """

    protocol: Protocol
    cohort: Cohort
    deviations: tuple[Deviation, ...]
    design: Findings
    places: Mapping[str, Path]
    run: Path
    truth: Path | None

    def keys(self) -> dict[str, str]:
        """The key of every stage, and of the reports that close the run."""
        told = digest([asdict(deviation) for deviation in self.deviations])
        forecast = digest(self.design.as_json())
        extra = {"01_protocol": forecast, "08_evidence": told + forecast}
        keys = stage_keys(self.protocol.digest, self.cohort.digest, extra)
        planted = (self.truth / "truth.json").read_text(encoding="utf-8") if self.truth else ""
        looks = asdict(read_accesses(self.places["cohort"]))
        return keys | {"reports": digest([keys["08_evidence"], planted, source_digest(), looks])}

    def describe(self, keys: Mapping[str, str]) -> None:
        """Say in the run folder what it is about to hold; what was made of earlier stages goes."""
        forget_results(self.run)
        about = {
            "id": self.protocol.id,
            "protocol_digest": self.protocol.digest,
            "cohort_digest": self.cohort.digest,
            "data": self.cohort.provenance.data,
        }
        describe_run(self.run, about, keys, self.places)
        write_text(self.run / "protocol.yaml", resolved(self.protocol))

    def evidence(self) -> Evidence:
        """What the last stage left, with the study it tells of."""
        found = read_document(stage_folder(self.run, "08_evidence") / "findings.json")
        assert found is not None
        findings = Findings.from_json(found["findings"])
        return Evidence(self.protocol, provenance(self.cohort), findings, self.deviations, versions())


def open_study(
    protocol: Protocol, path: Path, run: Path, *, cohort: Path | None, scenario: str | Path | None, log: Log
) -> Study:
    """Read or generate the cohort, and refuse a study in which no student is left.

    Without a cohort, a synthetic one is generated into ``RUN.cohort`` or found there.
    """
    place = cohort if cohort is not None else run.with_name(f"{run.name}.cohort")
    if cohort is None:
        log.began("cohort")
        made = generated(protocol, scenario_of(protocol, path, scenario), place)
        log.ended("cohort", "done" if made else "kept")
    opened = open_cohort(protocol, place)
    eligible(protocol, opened)  # that nobody is left is told before a kernel starts
    truth = truth_beside(place)
    places = {"protocol": path, "cohort": place}
    told = load_deviations(path), load_design(path, protocol)
    return Study(protocol, opened, *told, places, run, truth if truth.is_dir() else None)


def resolved(protocol: Protocol) -> str:
    """The protocol as YAML with every default filled in, as it was run."""
    import yaml

    tree: Any = protocol.model_dump(mode="json")
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=100)
