"""A study as a run: its notebooks executed as far as anything changed, then the reports."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Literal

from la_research.canonical import digest, pretty_json
from la_research.cohort import Cohort, eligible
from la_research.errors import Fault, StageError
from la_research.evidence import Evidence
from la_research.finding import Findings
from la_research.pipeline.cohorts import check_open, generated, open_cohort, scenario_of
from la_research.pipeline.finish import finish
from la_research.pipeline.folder import (
    describe_run,
    forget_results,
    locked,
    notebook_file,
    read_document,
    stage_folder,
)
from la_research.pipeline.keys import source_digest, stage_keys
from la_research.pipeline.notebooks import Failure, execute, notebook_folder, notebook_path
from la_research.pipeline.saved import mark
from la_research.pipeline.stages import NEEDS, provenance, versions
from la_research.protocol import Protocol
from la_research.store import load_deviations, load_protocol, write_text

Kind = Literal["started", "done", "kept", "failed"]


@dataclass(frozen=True, slots=True)
class Event:
    """A step of a run began, ended, failed, or did not have to be redone."""

    stage: str
    kind: Kind
    seconds: float = 0.0


Tell = Callable[[Event], None]


@dataclass(frozen=True)
class Study:
    """What a run works on: the protocol and cohort with their places, and its own folder."""

    protocol: Protocol
    cohort: Cohort
    places: Mapping[str, Path]
    """protocol and cohort."""
    run: Path
    truth: Path | None
    deviations: tuple[Any, ...]

    @property
    def about(self) -> dict[str, Any]:
        """The head of every document of the run."""
        return {
            "id": self.protocol.id,
            "protocol_digest": self.protocol.digest,
            "cohort_digest": self.cohort.digest,
            "data": self.cohort.provenance.data,
        }

    def keys(self) -> dict[str, str]:
        """The key of every stage, and of the reports that close the run."""
        told = digest([asdict(deviation) for deviation in self.deviations])
        keys = stage_keys(self.protocol.digest, self.cohort.digest, {"08_evidence": told})
        planted = (self.truth / "truth.json").read_text(encoding="utf-8") if self.truth else ""
        return keys | {"reports": digest([keys["08_evidence"], planted, source_digest()])}


def run(
    protocol: str | Path,
    *,
    cohort: str | Path | None = None,
    scenario: str | Path | None = None,
    out: str | Path | None = None,
    jobs: int | None = None,
    force: bool = False,
    tell: Tell = lambda event: None,
) -> Path:
    """Run a study: every notebook whose key differs, then score, reports and manifest.

    Parameters
    ----------
    protocol
        The study's folder.
    cohort
        The cohort's folder. Left out, a synthetic study generates its scenario into
        ``RUN.cohort`` and ``RUN.cohort.truth``, and uses them again next time.
    scenario
        A scenario file instead of the protocol's.
    out
        The run folder; ``reports/PROTOCOL_ID`` when left out.
    jobs
        Kernels side by side; the smaller of 4 and the machine's processors when left out.
        Changes no byte.
    force
        Redo every stage.
    tell
        Is given an Event for each step as it begins and ends.

    Returns
    -------
    Path
        The run folder.

    Raises
    ------
    StageError
        ``stage.failed``: a notebook failed; it is kept as ``notebooks/NAME.failed.ipynb``.
    StaleError
        ``run.locked``.
    CohortError
        ``cohort.needed``, ``cohort.no_student_left``, and every fault of the cohort's files.
    GovernanceError
        ``governance.release_gate`` for restricted data.
    """
    began = perf_counter()
    registered = load_protocol(protocol)
    check_open(registered, named=cohort is not None)
    folder = Path(out) if out is not None else Path("reports") / registered.id
    with locked(folder):
        log = _Log(folder, tell)
        study = _study(registered, Path(protocol), folder, cohort, scenario, log)
        keys = study.keys()
        todo = [name for name in NEEDS if force or not _is_done(folder, name, keys[name])]
        closed = (read_document(folder / "run.json") or {}).get("keys", {}).get("reports") == keys["reports"]
        if not todo and closed and (folder / "MANIFEST.sha256").is_file():
            log.kept("reports")
        else:
            forget_results(folder)
            describe_run(folder, study.about, keys, study.places)
            write_text(folder / "protocol.yaml", _resolved(registered))
            _redo(study, todo, keys, jobs or min(4, os.cpu_count() or 1), log)
            with log.step("reports"):
                finish(folder, _evidence(study), study.truth)
        log.close(perf_counter() - began)
    return folder


def run_notebook(
    name: str,
    protocol: str | Path,
    *,
    cohort: str | Path | None = None,
    out: str | Path | None = None,
    tell: Tell = lambda event: None,
) -> Path:
    """Execute one notebook alone, into a run folder or, without one, into the working folder.

    In a run its stage is made again and marked done; what is made of the stages (evidence,
    reports) goes when anything could have changed, and the next ``run`` makes it anew.

    Returns
    -------
    Path
        The executed notebook.
    """
    path = notebook_path(name)
    registered = load_protocol(protocol)
    check_open(registered, named=cohort is not None)
    if out is None:
        return _alone(path, Path(protocol), cohort, tell)
    folder = Path(out)
    with locked(folder):
        log = _Log(folder, tell)
        study = _study(registered, Path(protocol), folder, cohort, None, log)
        keys = study.keys()
        if (read_document(folder / "run.json") or {}).get("keys") != keys:
            forget_results(folder)
            describe_run(folder, study.about, keys, study.places)
            write_text(folder / "protocol.yaml", _resolved(registered))
        _redo(study, [path.stem], keys, 1, log)
    return notebook_file(folder, path.stem)


def _alone(path: Path, protocol: Path, cohort: str | Path | None, tell: Tell) -> Path:
    began = perf_counter()
    tell(Event(path.stem, "started"))
    parameters = {"protocol": str(protocol.resolve()), "cohort": str(Path(cohort).resolve()) if cohort else ""}
    done = execute(path.stem, path.read_text(encoding="utf-8"), parameters, folder=path.parent)
    written = Path(f"{path.stem}{'.failed' if done.failure else ''}.ipynb")
    write_text(written, done.text)
    tell(Event(path.stem, "failed" if done.failure else "done", perf_counter() - began))
    if done.failure:
        raise _failed(path.stem, done.failure, written)
    return written


def _study(
    protocol: Protocol,
    path: Path,
    run: Path,
    cohort: str | Path | None,
    scenario: str | Path | None,
    log: _Log,
) -> Study:
    from la_research.store.truth import truth_beside

    place = Path(cohort) if cohort is not None else run.with_name(f"{run.name}.cohort")
    if cohort is None:
        log.began("cohort")
        made = generated(protocol, scenario_of(protocol, path, scenario), place)
        log.ended("cohort", "done" if made else "kept")
    opened = open_cohort(protocol, place)
    eligible(protocol, opened)  # nobody left is told before a kernel starts
    truth = truth_beside(place)
    places = {"protocol": path, "cohort": place}
    return Study(protocol, opened, places, run, truth if truth.is_dir() else None, load_deviations(path))


def _is_done(run: Path, name: str, key: str) -> bool:
    done = read_document(stage_folder(run, name) / "key.json") or {}
    return done.get("key") == key and notebook_file(run, name).is_file()


def _redo(study: Study, todo: list[str], keys: Mapping[str, str], jobs: int, log: _Log) -> None:
    """Execute notebooks as soon as what they need is done, ``jobs`` at a time; stop starting when one fails."""
    for name in (name for name in NEEDS if name not in todo):
        log.kept(name)
    waiting, running, failed = list(todo), {}, {}
    with ThreadPoolExecutor(jobs) as pool:
        while running or (waiting and not failed):
            unmade = {*waiting, *running.values()}
            for name in [] if failed else [name for name in waiting if not unmade & set(NEEDS[name])]:
                if len(running) < jobs:
                    log.began(name)
                    running[pool.submit(_stage, study, name, keys[name])] = name
                    waiting.remove(name)
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                failure = _outcome(future)
                log.ended(name, "failed" if failure else "done")
                if failure:
                    failed[name] = failure
    if failed:
        name = min(failed)
        raise _failed(name, failed[name], notebook_file(study.run, name, failed=True))


def _outcome(future: Future[Failure | None]) -> Failure | None:
    return future.result()


def _stage(study: Study, name: str, key: str) -> Failure | None:
    """One notebook: executed, kept, and only then marked done."""
    path = notebook_path(name)
    places = {"protocol": study.places["protocol"], "cohort": study.places["cohort"], "run": study.run}
    parameters = {kind: str(place.resolve()) for kind, place in places.items()} | {"jobs": 1}
    (stage_folder(study.run, name) / "key.json").unlink(missing_ok=True)
    done = execute(name, path.read_text(encoding="utf-8"), parameters, folder=notebook_folder())
    for failed in (True, False):
        notebook_file(study.run, name, failed=failed).unlink(missing_ok=True)
    write_text(notebook_file(study.run, name, failed=done.failure is not None), done.text)
    if done.failure is None:
        done_mark = mark(key, study.protocol.digest, study.cohort.digest)
        write_text(stage_folder(study.run, name) / "key.json", pretty_json(done_mark))
    return done.failure


def _failed(name: str, failure: Failure, kept: Path) -> StageError:
    cell = f", cell {failure.cell}" if failure.cell else ""
    problem = f"notebook {name}{cell}: {failure.cause}"
    return StageError(Fault("stage.failed", problem, str(kept), "read the notebook that was kept, mend, and run again"))


def _evidence(study: Study) -> Evidence:
    document = read_document(stage_folder(study.run, "08_evidence") / "findings.json") or {}
    findings = Findings.from_json(document["findings"])
    return Evidence(study.protocol, provenance(study.cohort), findings, study.deviations, versions())


def _resolved(protocol: Protocol) -> str:
    """The protocol with every default filled in, as it was run."""
    import yaml

    return yaml.safe_dump(protocol.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)


class _Log:
    """Tells of each step, and keeps the times: in ``log.jsonl`` all of them, in ``timing.json`` the last."""

    def __init__(self, run: Path, tell: Tell) -> None:
        self._run, self._tell = run, tell
        self._began: dict[str, float] = {}
        self._seconds: dict[str, float] = (read_document(run / "timing.json") or {}).get("seconds", {})

    def began(self, stage: str) -> None:
        self._began[stage] = perf_counter()
        self._say(Event(stage, "started"))

    def ended(self, stage: str, kind: Kind) -> None:
        seconds = perf_counter() - self._began[stage]
        if kind == "done":
            self._seconds[stage] = round(seconds, 3)
        self._say(Event(stage, kind, seconds))

    def kept(self, stage: str) -> None:
        self._say(Event(stage, "kept"))

    def close(self, seconds: float) -> None:
        document = {"format": "la_research.timing/1", "seconds": self._seconds, "total": round(seconds, 3)}
        write_text(self._run / "timing.json", pretty_json(document))

    def _say(self, event: Event) -> None:
        with (self._run / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(event) | {"seconds": round(event.seconds, 3)}) + "\n")
        self._tell(event)
