"""A learned twin of a cohort and its four gates: what it looks like, gives away, and still says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any

from la_research.canonical import digest, plain, pretty_json
from la_research.cohort import Cohort, Provenance
from la_research.cohort.rehearsal import REHEARSAL
from la_research.errors import DisclosureError, Fault, LaResearchError, UsageError
from la_research.pipeline.draws import Drawn, analysed_draw
from la_research.pipeline.kept import ENOUGH, causal, inferential
from la_research.pipeline.progress import Event, Tell, silent
from la_research.pipeline.stages import one_thread
from la_research.protocol import Protocol
from la_research.schema import TABLES
from la_research.store import load_protocol, save_cohort, write_text
from la_research.synthetic.twins import Extract, Gate, Halves, extract, fidelity, privacy, rebuilt, sample_twins

FORMAT = "la_research.twin/1"
GATES = "gates.json"
SHIPPED = Path("protocols") / "early-engagement"
MAKER = "SDV's Gaussian copula"


@dataclass(frozen=True)
class Twin:
    """A cohort that looks like another, and the gates that say how far; ``gates.json`` is ``as_json``."""

    cohort: Cohort
    gates: tuple[Gate, ...]

    def as_json(self) -> dict[str, Any]:
        """The gates as ``la_research.twin/1``."""
        return {"format": FORMAT, **self.cohort.provenance.details}


def make_twin(
    cohort: Cohort, protocol: Protocol | None = None, *, seed: int = 2025, twins: int = ENOUGH, tell: Tell = silent
) -> Twin:
    """Fit a twin to an extract of a cohort, and put it through the four gates.

    Parameters
    ----------
    cohort
        At least 100 students on courses of 10 or more.
    protocol
        The study whose registered analysis is repeated on the twins; without one the causal
        and inferential gates are "not analysed".
    seed
        The same seed gives the same twin, byte by byte.
    twins
        Twins on which the analysis is repeated; with fewer than 20 nothing is "passed".
    tell
        Told of each step.

    Returns
    -------
    Twin
        The first of the twins as a cohort. Its provenance holds the gates and says "for
        rehearsal only".

    Raises
    ------
    UsageError
        ``twin.twins`` for fewer than 2.
    CohortError
        ``twin.too_few``.
    DisclosureError
        ``twin.privacy``: the privacy gate failed, so there is no twin to hand out.
    MissingError, StageError
        ``twin.no_sdv``, ``twin.child_died``.
    """
    if twins < 2:
        problem = f"{twins} twins were asked for"
        raise UsageError(Fault("twin.twins", problem, "twins", f"ask for 2 or more; the gates ask for {ENOUGH}"))
    with _step(tell, "extract"):
        flat = extract(cohort, trial=protocol.support.trial if protocol else None)
        halves = Halves.of(flat, seed)
    with _step(tell, "fit and sample"):
        sampled = sample_twins(flat, halves, twins=twins, seed=seed)
    with _step(tell, "attacks"):
        gates = [fidelity(sampled, len(flat.frame)), privacy(flat, halves, sampled, seed=seed)]
    refuse_disclosive(gates[1])
    unnamed = Provenance("synthetic", f"one of {twins} twins")
    cohorts = [rebuilt(frame, flat.design, unnamed) for frame in sampled.twins]
    with _step(tell, "analyses"):
        gates += analysed_gates(cohort, cohorts, protocol, flat)
    return Twin(_named(cohorts[0], cohort, protocol, gates, seed, twins), tuple(gates))


def analysed_gates(
    cohort: Cohort, twins: Sequence[Cohort], protocol: Protocol | None, flat: Extract
) -> tuple[Gate, Gate]:
    """The causal and the inferential gate: the registered analysis on the original and on each twin."""
    original: tuple[Drawn, ...] = ()
    again: list[tuple[Drawn, ...]] = []
    if protocol is not None:
        with one_thread():
            original = _analysed(protocol, cohort)
            again = [_analysed(protocol, twin) for twin in twins]
    return (
        causal(cohort, twins, protocol, original, again, flat.design.trial),
        inferential(protocol, original, again),
    )


def shipped_protocol(cohort: Cohort) -> Protocol | None:
    """The shipped study of early engagement, where the cohort holds its trial and its questionnaires.

    Looked for in the working folder and beside the package; None where it is not there, or
    asks for what the cohort does not hold.
    """
    places = (SHIPPED, Path(__file__).parents[2] / SHIPPED)
    found = next((place for place in places if (place / "protocol.yaml").is_file()), None)
    if found is None:
        return None
    protocol = load_protocol(found)
    trials = set(cohort.frame("assignments")["trial"])
    asked = set(cohort.frame("responses")["instrument"])
    return protocol if protocol.support.trial in trials and set(protocol.instruments) <= asked else None


def save_twin(twin: Twin, directory: str | Path) -> Path:
    """Write the twin's cohort, and its gates beside the tables.

    Raises
    ------
    DiskError
        The folder can not be written.
    """
    folder = save_cohort(twin.cohort, directory)
    write_text(folder / GATES, pretty_json(twin.as_json()))
    return folder


def refuse_disclosive(gate: Gate) -> None:
    """Raise ``twin.privacy`` where the gate failed: one fault for each check that did."""
    remedy = "do not share it; take an extract of more students or fewer columns"
    failed = [check for check in gate.checks if check.verdict == "failed"]
    DisclosureError.raise_if(
        Fault("twin.privacy", f"{check.name}: {check.estimate}; {check.sense} {check.limit:g}", "privacy gate", remedy)
        for check in failed
    )


def _analysed(protocol: Protocol, cohort: Cohort) -> tuple[Drawn, ...]:
    """The registered analysis; nothing where the study has no student in the cohort."""
    try:
        return analysed_draw(protocol, cohort, seed=0)
    except LaResearchError:
        return ()


def _named(
    twin: Cohort, cohort: Cohort, protocol: Protocol | None, gates: Sequence[Gate], seed: int, twins: int
) -> Cohort:
    """The twin with a provenance that says what it is."""
    details = {
        "twin_of": cohort.digest,
        "made_by": MAKER,
        "sdv": version("sdv"),
        "seed": seed,
        "students": twin.arrow("students").num_rows,
        "twins": twins,
        "protocol": protocol.id if protocol else None,
        "protocol_digest": protocol.digest if protocol else None,
        "gates": plain([gate.as_json() for gate in gates]),
    }
    verdicts = ", ".join(f"{gate.name} {gate.verdict}" for gate in gates)
    notes = (REHEARSAL, f"It was made with {MAKER}. Its gates: {verdicts}.")
    told = Provenance("synthetic", "a fitted twin of an extract", details, notes)
    return Cohort({name: twin.arrow(name) for name in TABLES}, told, digest(details))


@contextmanager
def _step(tell: Tell, name: str) -> Iterator[None]:
    began = perf_counter()
    tell(Event(name, "started"))
    try:
        yield
    except BaseException:
        tell(Event(name, "failed", perf_counter() - began))
        raise
    tell(Event(name, "done", perf_counter() - began))
