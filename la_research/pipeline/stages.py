"""The stages of a study by name: what each needs, and all of them in one process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from la_research.canonical import plain
from la_research.cohort import Cohort
from la_research.evidence import Deviation, Evidence, collect_evidence
from la_research.finding import Findings
from la_research.protocol import Protocol
from la_research.schema import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

    from la_research.models import Predictions

NEEDS: dict[str, tuple[str, ...]] = {
    "01_protocol": (),
    "02_cohort": (),
    "03_indicators": (),
    "04_validation": ("03_indicators",),
    "05_audit": ("03_indicators",),
    "06_explanation": ("03_indicators",),
    "07_evaluation": (),
    "08_evidence": (
        "02_cohort", "03_indicators", "04_validation", "05_audit", "06_explanation", "07_evaluation",
    ),
}  # fmt: skip
"""Each stage, in the order of the flow, and the stages whose values it reads."""
ANSWERS = NEEDS["08_evidence"]
"""Stages that return findings."""
THREADS = 1
"""BLAS and OpenMP threads of a process; a study runs faster side by side than inside."""


@dataclass(frozen=True)
class Made:
    """What a stage leaves: its findings, and from 03_indicators the tables that later stages read."""

    findings: Findings = field(default_factory=Findings)
    indicators: pa.Table | None = None
    predictions: Predictions | None = None


Maker = Callable[[Protocol, Cohort, Mapping[str, Made]], Made]


def make_stage(name: str, protocol: Protocol, cohort: Cohort, made: Mapping[str, Made]) -> Made:
    """One stage, from a study, its cohort and what the stages it needs left; on one thread.

    Its findings have the digits that a run keeps, so that they equal those read back from one.
    """
    with one_thread():
        left = MAKERS[name](protocol, cohort, made)
    return replace(left, findings=left.findings.as_kept())


def make_stages(
    names: Sequence[str], protocol: Protocol, cohort: Cohort, made: Mapping[str, Made], *, jobs: int = 1
) -> dict[str, Made]:
    """The named stages and whatever they need, beside what is already made.

    With ``jobs`` above 1 the stages from 04 on run side by side in processes of their own
    and are joined in the order of their names; the numbers are the same.
    """
    known = dict(made)
    wanted = [name for name in NEEDS if name in names or any(name in NEEDS[asked] for asked in names)]
    todo = [name for name in wanted if name not in known and name in MAKERS]
    together = [name for name in todo if name >= "04"] if jobs > 1 else []
    for name in todo:
        if name not in together:
            known[name] = make_stage(name, protocol, cohort, known)
    return known | _side_by_side(together, protocol, cohort, known, jobs)


def run_study(
    protocol: Protocol,
    cohort: Cohort,
    *,
    jobs: int = 1,
    deviations: Sequence[Deviation] = (),
    design: Findings | None = None,
    run: str = "",
) -> Evidence:
    """A whole study in this process: from a protocol and a cohort to the evidence.

    Parameters
    ----------
    protocol, cohort
        The registered study and its students.
    jobs
        Processes for validation, audit, explanation and evaluation; changes no number. Above
        1, a script needs the usual ``if __name__ == "__main__":``.
    deviations
        Departures from the protocol, to be told in the reports.
    design
        What was forecast of the design before any data, as ``diagnose_design`` returns it.
    run
        A run folder; findings that it holds for this very study and cohort are not made again.

    Returns
    -------
    Evidence
        All findings; a registered hypothesis without one reads "not analysed".

    Raises
    ------
    CohortError
        ``cohort.no_student_left`` when eligibility leaves nobody.

    Examples
    --------
    >>> from la_research import generate_cohort
    >>> from la_research.protocol import parse_protocol, read_tree
    >>> from la_research.synthetic import parse_scenario
    >>> campus = "{format: la_research.scenario/1, id: small, title: small, resembles: none, cannot: much}"
    >>> study = "{format: la_research.protocol/1, id: small, title: Small, question: Who is in, data: synthetic, "
    >>> study += "sources: {vle: {}}, indicators: {active_days: {}}, outcomes: [{id: left, event: [withdrawn]},"
    >>> study += "{id: mood, instrument: PHQ-8, week: 8, chosen_by: advisory group}]}"
    >>> cohort, truth = generate_cohort(parse_scenario(read_tree(campus, "small.yaml")), n=60, seed=1)
    >>> evidence = run_study(parse_protocol(read_tree(study, "protocol.yaml")), cohort)
    >>> print(evidence.findings["cohort.flow"].rows[0].estimate)  # some of the 60 students take two modules
    63 enrolments
    """
    from la_research.pipeline.saved import saved_stages

    made = make_stages(ANSWERS, protocol, cohort, saved_stages(protocol, cohort, run), jobs=jobs)
    findings = [design or Findings(), *(made[name].findings for name in ANSWERS)]
    return collect_evidence(
        protocol, *findings, provenance=provenance(cohort), deviations=deviations, versions=versions()
    )


def provenance(cohort: Cohort) -> dict[str, Any]:
    """Where a cohort came from, as the evidence keeps it."""
    told = cohort.provenance
    return {
        "data": told.data,
        "cohort_digest": cohort.digest,
        "source": told.source,
        "details": plain(dict(told.details)),
        "notes": list(told.notes),
    }


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of the libraries that make numbers."""
    import platform
    from importlib.metadata import version

    from la_research import __version__

    return {"la_research": __version__, "python": platform.python_version()} | {name: version(name) for name in NUMERIC}


NUMERIC = (
    "duckdb",
    "fairlearn",
    "narwhals",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "shap",
    "statsmodels",
)


@contextmanager
def one_thread() -> Iterator[None]:
    """One BLAS and one OpenMP thread inside the block, so that sums are taken in one order."""
    import sklearn.ensemble  # noqa: F401  (brings scipy's BLAS too: a library has to be loaded to be limited)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=THREADS):
        yield


def _cohort(protocol: Protocol, cohort: Cohort, made: Mapping[str, Made]) -> Made:
    from la_research.cohort import describe_cohort

    return Made(describe_cohort(protocol, cohort))


def _indicators(protocol: Protocol, cohort: Cohort, made: Mapping[str, Made]) -> Made:
    from la_research.indicators import compute_indicators, describe_indicators
    from la_research.models import fit_model

    indicators = compute_indicators(protocol, cohort)
    predictions = fit_model(protocol, cohort, indicators)
    return Made(describe_indicators(protocol, indicators), indicators, predictions)


def _validation(protocol: Protocol, cohort: Cohort, made: Mapping[str, Made]) -> Made:
    from la_research.validation import validate_indicators

    return Made(validate_indicators(protocol, cohort, *_tables(made)))


def _audit(protocol: Protocol, cohort: Cohort, made: Mapping[str, Made]) -> Made:
    from la_research.audit import audit_fairness

    return Made(audit_fairness(protocol, cohort, _tables(made)[1]))


def _explanation(protocol: Protocol, cohort: Cohort, made: Mapping[str, Made]) -> Made:
    from la_research.explanation import explain_model

    return Made(explain_model(protocol, cohort, *_tables(made)))


def _evaluation(protocol: Protocol, cohort: Cohort, made: Mapping[str, Made]) -> Made:
    from la_research.evaluation import evaluate_intervention

    return Made(evaluate_intervention(protocol, cohort))


def _tables(made: Mapping[str, Made]) -> tuple[pa.Table, Predictions]:
    left = made["03_indicators"]
    assert left.indicators is not None
    assert left.predictions is not None
    return left.indicators, left.predictions


MAKERS: dict[str, Maker] = {
    "02_cohort": _cohort,
    "03_indicators": _indicators,
    "04_validation": _validation,
    "05_audit": _audit,
    "06_explanation": _explanation,
    "07_evaluation": _evaluation,
}


def _side_by_side(
    names: Sequence[str], protocol: Protocol, cohort: Cohort, made: Mapping[str, Made], jobs: int
) -> dict[str, Made]:
    if not names:
        return {}
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    parts = ({name: cohort.arrow(name) for name in TABLES}, cohort.provenance, cohort.digest)
    with ProcessPoolExecutor(min(jobs, len(names)), mp_context=get_context("spawn")) as pool:
        running = {name: pool.submit(_apart, name, protocol, parts, dict(made)) for name in names}
        return {name: running[name].result() for name in names}


def _apart(name: str, protocol: Protocol, parts: tuple[Any, ...], made: Mapping[str, Made]) -> Made:
    """One stage in a process of its own; a cohort travels as its tables."""
    return make_stage(name, protocol, Cohort(*parts), made)
