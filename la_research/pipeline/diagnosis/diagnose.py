"""The registered analysis on many synthetic cohorts, and what that says of the design."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from la_research.errors import Fault, ProtocolError, UsageError
from la_research.finding import Findings
from la_research.pipeline.diagnosis.book import FILE, Book, Rows, refuse_other_table
from la_research.pipeline.diagnosis.design import Design, about, judged
from la_research.pipeline.diagnosis.detectable import detectable_disparity
from la_research.pipeline.diagnosis.workers import Backend, check_backend, each_in_a_worker
from la_research.pipeline.diagnosis.written import write_diagnosis
from la_research.pipeline.folder import locked
from la_research.pipeline.progress import Advance, TellAdvance, silent
from la_research.pipeline.stages import one_thread
from la_research.protocol import Protocol
from la_research.synthetic import Scenario, generate_cohort

STEP = "draws"


def diagnose_design(
    protocol: Protocol,
    scenario: Scenario,
    *,
    draws: int,
    n: int | None = None,
    seed: int | None = None,
    claims: Collection[str] | None = None,
    jobs: int = 1,
    backend: Backend = "loky",
    scheduler: str | None = None,
    out: str | Path | None = None,
    tell: TellAdvance = silent,
) -> Findings:
    """What a study could find, and how often it would be misled, before any data.

    The registered analysis is run on many cohorts of the scenario. Which workers made a draw,
    how many, and in which order, changes no number; neither does a stop in between.

    Parameters
    ----------
    protocol, scenario
        The registered study, and the campus that it is tried on.
    draws
        Cohorts, 1 or more; with 1,000 a rate near one half is known to 3 percentage points.
    n
        Students of a cohort; the protocol's when left out.
    seed
        What the seeds of all draws come from; the protocol's when left out.
    claims
        Ids of the hypotheses to try, in families of their own; all when left out.
    jobs
        Processes on this machine.
    backend, scheduler
        "loky" for this machine; "dask" for the cluster at the address of its scheduler.
    out
        A folder that keeps every draw as it is made (``draws.csv``), so that a diagnosis
        which was stopped goes on there, and at the end ``diagnosis.json``, ``table.csv`` and
        ``verdicts.svg``. Nothing is written when left out.
    tell
        Is given an Advance after each draw.

    Returns
    -------
    Findings
        ``design.forecast`` (on what it was tried); for each hypothesis ``design.h1`` …
        (bias, errors, coverage; power, type S and type M, or false findings) and ``design.verdicts.h1`` …;
        ``design.detectable.effect`` and ``design.detectable.disparity``.

    Raises
    ------
    UsageError
        ``diagnosis.draws``, ``diagnosis.unknown_hypothesis``, ``diagnosis.backend``.
    ProtocolError
        ``diagnosis.no_hypothesis``.
    ScenarioError
        ``scenario.n``.
    StageError
        ``diagnosis.worker_died`` where dead workers were replaced in vain.
    MissingError
        ``extra.missing``, ``diagnosis.no_scheduler``.
    DiskError
        ``disk.not_ours`` where something else stands at ``out``; ``disk.cannot_write``.
    StaleError
        ``run.locked`` while another diagnosis works in ``out``.

    References
    ----------
    Blair, Cooper, Coppock and Humphreys (2019), Declaring and diagnosing research designs,
    doi:10.1017/S0003055419000194. Morris, White and Crowther (2019), doi:10.1002/sim.8086.

    Examples
    --------
    >>> import la_research as lar
    >>> study, campus = lar.load_protocol("protocols/early-engagement"), lar.load_scenario("null")
    >>> found = diagnose_design(study, campus, draws=2, n=300, claims=["H3"])
    >>> found["design.h3"].estimate.n, found["design.verdicts.h3"].rows[0].keys
    (2, {'verdict': 'supported'})
    """
    _check(protocol, draws, claims)
    check_backend(backend, scheduler)
    tried = tuple(claim.id for claim in protocol.hypotheses if claims is None or claim.id in claims)
    size, start = protocol.population.n if n is None else n, protocol.seed if seed is None else seed
    design = Design(protocol, scenario, size, start, tried)
    with _folder(out) as folder:
        with one_thread():
            one, truth = generate_cohort(scenario, n=size, seed=design.seed_of("groups"))
        book = Book(folder / FILE if folder else None, design.key, tried)
        missing = [number for number in range(1, draws + 1) if number not in book.draws]
        _keep(
            each_in_a_worker(design.draw, missing, jobs=jobs, backend=backend, scheduler=scheduler), book, draws, tell
        )
        made = {number: book.draws[number] for number in range(1, draws + 1)}
        with one_thread():
            found = [about(design, draws), *judged(design, made, truth), detectable_disparity(protocol, one)]
        findings = Findings(found).as_kept()
        if folder:
            write_diagnosis(folder, protocol, scenario, n=size, draws=draws, findings=findings)
    return findings


def _check(protocol: Protocol, draws: int, claims: Collection[str] | None) -> None:
    known = [claim.id for claim in protocol.hypotheses]
    if not known:
        problem, remedy = "the protocol registers no hypothesis, so there is nothing to find", "register one"
        raise ProtocolError(Fault("diagnosis.no_hypothesis", problem, f"study {protocol.id}, hypotheses", remedy))
    faults = [
        Fault(
            "diagnosis.unknown_hypothesis", f"there is no hypothesis '{name}'", "claims", f"known: {', '.join(known)}"
        )
        for name in sorted(set(claims or ()) - set(known))
    ]
    if draws < 1:
        faults.append(Fault("diagnosis.draws", f"{draws} draws were asked for", "draws", "ask for 1 or more"))
    UsageError.raise_if(faults)


@contextmanager
def _folder(out: str | Path | None) -> Iterator[Path | None]:
    """The folder for one diagnosis alone, or None."""
    if out is None:
        yield None
        return
    folder = Path(out)
    refuse_other_table(folder / FILE)
    with locked(folder, mark=FILE):
        yield folder


def _keep(work: Iterator[tuple[int, Rows]], book: Book, draws: int, tell: TellAdvance) -> None:
    """Keep each draw as it is made, and tell how long the rest will take."""
    began, kept = perf_counter(), len([number for number in book.draws if number <= draws])
    for number, rows in work:
        book.add(number, rows)
        seconds, done = perf_counter() - began, len([number for number in book.draws if number <= draws])
        tell(Advance(STEP, done, draws, seconds, seconds / (done - kept) * (draws - done)))
