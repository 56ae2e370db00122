"""What a stage leaves in a run folder, and how a later one finds it or makes it when alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from la_research.canonical import pretty_json
from la_research.cohort import Cohort
from la_research.evidence import Evidence
from la_research.finding import Findings
from la_research.models import Predictions
from la_research.pipeline.cohorts import open_cohort
from la_research.pipeline.folder import read_document, read_run, stage_folder
from la_research.pipeline.keys import source_digest
from la_research.pipeline.stages import Made, make_stages, run_study
from la_research.protocol import Protocol
from la_research.store import write_folder

FORMAT = "la_research.findings/1"


def save_stage(name: str, *values: Findings | Evidence | pa.Table | Predictions, run: str | Path) -> None:
    """Write what a stage made into a run folder; with ``run`` "" nothing is written.

    Parameters
    ----------
    name
        The stage, e.g. "04_validation".
    *values
        Its findings or the evidence; 03_indicators adds its table and the predictions.
    run
        The run folder; it holds a ``run.json``.

    Raises
    ------
    UsageError
        ``run.not_found`` when the folder holds no run.
    """
    if not run:
        return
    study = read_run(run)["study"]
    with write_folder(stage_folder(run, name)) as folder:
        found: Findings | Evidence = Findings()
        for value in values:
            if isinstance(value, pa.Table):
                _write_table(value, folder / "indicators.parquet")
            elif isinstance(value, Predictions):
                _write_predictions(value, folder)
            else:
                found = value
        (folder / "findings.json").write_text(_document(found, study), encoding="utf-8")


def load_stage(name: str, protocol: Protocol, *, cohort: str | Path | Cohort = "", run: str | Path = "") -> Made:
    """What a stage made: read from a run folder, or made now when it is not there.

    Parameters
    ----------
    name
        The stage, e.g. "03_indicators".
    protocol
        The registered study.
    cohort
        A cohort or its folder; "" generates the scenario of a synthetic study in memory.
    run
        A run folder, or "". What it holds of another protocol, cohort or version of this
        package is not used.

    Returns
    -------
    Made
        findings; indicators and predictions after 03_indicators.

    Examples
    --------
    >>> import la_research as lar
    >>> protocol, cohort = lar.load_protocol("protocols/early-engagement"), lar.load_cohort("synthetic/handmade")
    >>> load_stage("02_cohort", protocol, cohort=cohort).findings["cohort.flow"].estimate.value
    28.0
    """
    opened = open_cohort(protocol, cohort)
    saved = saved_stages(protocol, opened, run, (name,))
    if name in saved:
        return saved[name]
    if name == "08_evidence":
        return Made(run_study(protocol, opened, run=str(run)).findings)
    return make_stages((name,), protocol, opened, saved_stages(protocol, opened, run)).get(name, Made())


def saved_stages(
    protocol: Protocol, cohort: Cohort, run: str | Path, names: Sequence[str] | None = None
) -> dict[str, Made]:
    """The finished stages of a run folder that tell of this very study and cohort."""
    if not run:
        return {}
    folders = [stage_folder(run, name) for name in names] if names else sorted(Path(run, "stages").glob("*"))
    now = mark("", protocol.digest, cohort.digest)
    found = {}
    for folder in folders:
        done = read_document(folder / "key.json") or {}
        if all(done.get(part) == now[part] for part in ("format", "protocol", "cohort", "sources")):
            found[folder.name] = _read(folder)
    return found


def saved_predictions(run: str | Path) -> Predictions | None:
    """The scores and decisions that a run keeps, whatever it was made by; None where it keeps none."""
    folder = stage_folder(run, "03_indicators")
    return _read_predictions(folder) if (folder / "predictions.parquet").is_file() else None


def mark(key: str, protocol_digest: str, cohort_digest: str) -> dict[str, str]:
    """The document ``key.json``: written last, it says that a stage is done, and of what."""
    parts = {"protocol": protocol_digest, "cohort": cohort_digest, "sources": source_digest()}
    return {"format": "la_research.stage/1", "key": key, **parts}


def _document(value: Findings | Evidence, study: dict[str, Any]) -> str:
    found = value.findings if isinstance(value, Evidence) else value
    deviations = [vars(told) for told in value.deviations] if isinstance(value, Evidence) else []
    versions = dict(value.versions) if isinstance(value, Evidence) else {}
    tail = {"deviations": deviations, "versions": versions}
    return pretty_json({"format": FORMAT, "study": study, "findings": found.as_json(), **tail})


def _read(folder: Path) -> Made:
    findings = Findings.from_json(json.loads((folder / "findings.json").read_text(encoding="utf-8"))["findings"])
    if not (folder / "indicators.parquet").is_file():
        return Made(findings)
    return Made(findings, pq.read_table(folder / "indicators.parquet"), _read_predictions(folder))


def _write_table(table: pa.Table, file: Path) -> None:
    pq.write_table(table.combine_chunks(), file, compression="zstd", store_schema=True)


def _write_predictions(predictions: Predictions, folder: Path) -> None:
    about = {"reason": predictions.reason, "populations": list(predictions.features)}
    frame = pa.Table.from_pandas(predictions.frame, preserve_index=False)
    _write_table(frame.replace_schema_metadata({"la_research": json.dumps(about)}), folder / "predictions.parquet")
    for population, features in predictions.features.items():
        table = pa.Table.from_pandas(features.reset_index(names="unit_id"), preserve_index=False)
        _write_table(table.replace_schema_metadata(None), folder / f"features_{population}.parquet")


def _read_predictions(folder: Path) -> Predictions:
    frame = pq.read_table(folder / "predictions.parquet")
    about = json.loads((frame.schema.metadata or {})[b"la_research"])
    features = {
        population: pq.read_table(folder / f"features_{population}.parquet").to_pandas().set_index("unit_id")
        for population in about["populations"]
    }
    return replace(Predictions(frame.to_pandas(), features), reason=about["reason"])
