"""Which study a statement tells of: the run that scored the student, a protocol, or none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from la_research.cohort import Cohort
from la_research.errors import Fault, StaleError, UsageError
from la_research.models import Predictions
from la_research.pipeline.folder import read_document, read_run, stage_folder
from la_research.pipeline.saved import saved_predictions
from la_research.protocol import Protocol
from la_research.store import load_protocol

NO_RUN = "no run of the study was named"
OF_RUN = ".cohort"
"""What a run's folder is called with, where its own cohort lies beside it."""


@dataclass(frozen=True)
class Basis:
    """A study and what it worked out of a cohort.

    Parameters
    ----------
    protocol
        None where no study is named.
    indicators, predictions
        As the run kept them; None where no run is named.
    reason
        Why there are no scores; "" where there are.
    """

    protocol: Protocol | None = None
    indicators: pa.Table | None = None
    predictions: Predictions | None = None
    reason: str = NO_RUN


def basis_of(
    cohort: Cohort, place: str | Path, *, run: str | Path | None = None, protocol: str | Path | None = None
) -> Basis:
    """The study of a statement: the run that is named, the protocol, or the run beside the cohort.

    Parameters
    ----------
    cohort, place
        The cohort, and where it lies: ``RUN.cohort`` lies beside ``RUN``.

    Raises
    ------
    UsageError
        ``statement.two_studies`` for a run and a protocol at once; ``run.not_found``.
    StaleError
        ``run.unfinished``; ``run.stale`` where a run that is named tells of another cohort, or was changed.
    """
    if run is not None and protocol is not None:
        problem, remedy = "a run and a protocol are both named", "name one: a run holds its own protocol"
        raise UsageError(Fault("statement.two_studies", problem, "la-research statement", remedy))
    if protocol is not None:
        return Basis(load_protocol(protocol))
    beside = named_run(place, run)
    if beside is None:
        return Basis()
    if run is None and not _tells_of(beside, cohort):
        return Basis()
    return _of_run(beside, cohort)


def named_run(cohort: str | Path, run: str | Path | None) -> Path | None:
    """The run that is named, else the one beside the cohort's folder; None where there is none."""
    if run is not None:
        return Path(run)
    folder = Path(cohort).resolve()
    beside = folder.with_name(folder.name.removesuffix(OF_RUN))
    return beside if beside != folder and (beside / "run.json").is_file() else None


def _tells_of(run: Path, cohort: Cohort) -> bool:
    """Whether a run came to its end with this very cohort."""
    study = (read_document(run / "run.json") or {}).get("study") or {}
    return study.get("cohort_digest") == cohort.digest and (run / "MANIFEST.sha256").is_file()


def _of_run(run: Path, cohort: Cohort) -> Basis:
    study = read_run(run)["study"]
    again = "run the study again, or name the run of this cohort"
    if study["cohort_digest"] != cohort.digest:
        raise StaleError(Fault("run.stale", "the run tells of another cohort", str(run), again))
    kept = stage_folder(run, "03_indicators") / "indicators.parquet"
    predictions = saved_predictions(run)
    if predictions is None or not kept.is_file() or not (run / "MANIFEST.sha256").is_file():
        raise StaleError(Fault("run.unfinished", "the run did not come to its end", str(run), again))
    protocol = load_protocol(run / "protocol.yaml")
    if protocol.digest != study["protocol_digest"]:
        raise StaleError(Fault("run.stale", "the protocol that the run keeps was changed", str(run), again))
    return Basis(protocol, pq.read_table(kept), predictions, predictions.reason or "you are in no part that was scored")
