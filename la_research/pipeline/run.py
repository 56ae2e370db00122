"""A study as a run: its notebooks executed as far as anything changed, then the reports."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from time import perf_counter

from la_research.canonical import pretty_json
from la_research.errors import Fault, StageError, UsageError
from la_research.pipeline.cohorts import check_open
from la_research.pipeline.finish import finish
from la_research.pipeline.folder import locked, notebook_file, read_document, stage_folder
from la_research.pipeline.notebooks import APART, Failure, execute, notebook_folder, notebook_path
from la_research.pipeline.progress import Event, Log, Tell, silent
from la_research.pipeline.saved import mark
from la_research.pipeline.stages import NEEDS
from la_research.pipeline.study import Study, open_study
from la_research.store import load_protocol, write_text

LONG_FIRST = (
    "03_indicators", "06_explanation", "05_audit", "07_evaluation", "04_validation", "02_cohort", "01_protocol",
    "08_evidence",
)  # fmt: skip
"""In which order stages are started that could start together; it changes the time and nothing else."""


def run(
    protocol: str | Path,
    *,
    cohort: str | Path | None = None,
    scenario: str | Path | None = None,
    out: str | Path | None = None,
    jobs: int | None = None,
    force: bool = False,
    tell: Tell = silent,
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
        A scenario instead of the protocol's, by name or file.
    out
        The run folder; ``reports/PROTOCOL_ID`` when left out.
    jobs
        Kernels side by side; the smaller of 4 and the machine's processors when left out.
        Changes no byte.
    force
        Redo every stage.
    tell
        Is given an Event as each step begins and ends.

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
    registered = load_protocol(protocol)
    check_open(registered, named=cohort is not None)
    folder = Path(out) if out is not None else Path("reports") / registered.id
    with locked(folder):
        log = Log(folder, tell)
        place = Path(cohort) if cohort is not None else None
        study = open_study(registered, Path(protocol), folder, cohort=place, scenario=scenario, log=log)
        keys = study.keys()
        todo = [name for name in NEEDS if force or not _is_done(folder, name, keys[name])]
        if todo or not _is_whole(folder, keys):
            study.describe(keys)
            _tell_kept([name for name in NEEDS if name not in todo], log)
            _redo(study, todo, keys, jobs or min(4, os.cpu_count() or 1), log)
            log.began("reports")
            finish(folder, study.evidence(), study.truth)
            log.ended("reports")
        else:
            _tell_kept((*NEEDS, "reports"), log)
        log.close()
    return folder


def run_notebook(
    name: str, protocol: str | Path, *, cohort: str | Path | None = None, out: str | Path | None = None,
    tell: Tell = silent,
) -> Path:  # fmt: skip
    """Execute one notebook alone, into a run folder or, without one, into the working folder.

    In a run its stage is made again and marked done. Where the run told of another protocol
    or cohort, what was made of its stages goes, and the next ``run`` makes it anew.

    Returns
    -------
    Path
        The executed notebook.

    Raises
    ------
    UsageError
        ``notebook.unknown``; ``notebook.no_stage`` for one that has no place in a run.
    StageError
        ``stage.failed``; the notebook is kept as ``NAME.failed.ipynb``.
    """
    path = notebook_path(name)
    registered = load_protocol(protocol)
    check_open(registered, named=cohort is not None)
    if out is None:
        return _alone(path, Path(protocol), cohort, tell)
    if path.stem in APART:
        problem, remedy = f"notebook {path.stem} is no stage of a run", "leave --run out"
        raise UsageError(Fault("notebook.no_stage", problem, str(out), remedy))
    folder = Path(out)
    with locked(folder):
        log = Log(folder, tell)
        place = Path(cohort) if cohort is not None else None
        study = open_study(registered, Path(protocol), folder, cohort=place, scenario=None, log=log)
        keys = study.keys()
        if (read_document(folder / "run.json") or {}).get("keys") != keys:
            study.describe(keys)
        _redo(study, [path.stem], keys, 1, log)
    return notebook_file(folder, path.stem)


def _alone(path: Path, protocol: Path, cohort: str | Path | None, tell: Tell) -> Path:
    began = perf_counter()
    tell(Event(path.stem, "started"))
    parameters = {"protocol": str(protocol.resolve())} | ({"cohort": str(Path(cohort).resolve())} if cohort else {})
    done = execute(path.stem, path.read_text(encoding="utf-8"), parameters, folder=path.parent)
    written = Path(f"{path.stem}{'.failed' if done.failure else ''}.ipynb")
    write_text(written, done.text)
    tell(Event(path.stem, "failed" if done.failure else "done", perf_counter() - began))
    if done.failure:
        raise _failed(path.stem, done.failure, written)
    return written


def _is_done(run: Path, name: str, key: str) -> bool:
    done = read_document(stage_folder(run, name) / "key.json") or {}
    return done.get("key") == key and notebook_file(run, name).is_file()


def _is_whole(run: Path, keys: Mapping[str, str]) -> bool:
    """Whether the reports were made of these very stages; the manifest is written last."""
    return (run / "MANIFEST.sha256").is_file() and (read_document(run / "run.json") or {}).get("keys") == keys


def _tell_kept(names: Sequence[str], log: Log) -> None:
    for name in names:
        log.kept(name)


def _redo(study: Study, todo: Sequence[str], keys: Mapping[str, str], jobs: int, log: Log) -> None:
    """Execute each notebook as soon as what it needs is done, ``jobs`` at a time; after a failure start no more."""
    waiting = list(todo)
    running: dict[Future[Failure | None], str] = {}
    failed: dict[str, Failure] = {}
    with ThreadPoolExecutor(jobs) as pool:
        while running or (waiting and not failed):
            for name in _ready(waiting, running.values(), jobs) if not failed else ():
                waiting.remove(name)
                log.began(name)
                running[pool.submit(_stage, study, name, keys[name])] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name, failure = running.pop(future), future.result()
                log.ended(name, "failed" if failure else "done")
                if failure:
                    failed[name] = failure
    for name in sorted(failed)[:1]:
        raise _failed(name, failed[name], notebook_file(study.run, name, failed=True))


def _ready(waiting: Sequence[str], running: Collection[str], jobs: int) -> list[str]:
    """Stages that can start now, the long ones first: what they need is done, and a place is free."""
    unmade = {*waiting, *running}
    free = [name for name in LONG_FIRST if name in waiting and not unmade & set(NEEDS[name])]
    return free[: jobs - len(running)]


def _stage(study: Study, name: str, key: str) -> Failure | None:
    """One notebook: executed, kept, and only then its stage marked done."""
    places = {"protocol": study.places["protocol"], "cohort": study.places["cohort"], "run": study.run}
    parameters = {kind: str(place.resolve()) for kind, place in places.items()} | {"jobs": 1}
    done_mark = stage_folder(study.run, name) / "key.json"
    done_mark.unlink(missing_ok=True)
    done = execute(name, notebook_path(name).read_text(encoding="utf-8"), parameters, folder=notebook_folder())
    for failed in (True, False):
        notebook_file(study.run, name, failed=failed).unlink(missing_ok=True)
    write_text(notebook_file(study.run, name, failed=done.failure is not None), done.text)
    if done.failure is None:
        write_text(done_mark, pretty_json(mark(key, study.protocol.digest, study.cohort.digest)))
    return done.failure


def _failed(name: str, failure: Failure, kept: Path) -> StageError:
    cell = f", cell {failure.cell}" if failure.cell else ""
    problem = f"notebook {name}{cell}: {failure.cause}"
    return StageError(Fault("stage.failed", problem, str(kept), "read the notebook that was kept, mend, and run again"))
