"""One student's statement from the cohort to its folder: who asks, what is held, what was worked out, and the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from la_research.canonical import pretty_json
from la_research.cohort import Cohort
from la_research.cohort.flow import EXCLUSIONS, eligible, judged
from la_research.cohort.person import enrolments_of, known, rows_of
from la_research.errors import CohortError, Fault, GovernanceError, UsageError
from la_research.explanation.ground import Ground
from la_research.explanation.trace import margins_of, trace_student, tried_of, unknown_of
from la_research.governance import Access, permitted, telling
from la_research.indicators.registry import compute_indicators
from la_research.models import ALL, fold_model
from la_research.pipeline.basis import Basis, basis_of, named_run
from la_research.pipeline.reasoned import reasoned
from la_research.pipeline.stages import one_thread
from la_research.protocol import Protocol
from la_research.report import render_html
from la_research.report.statement import (
    Explained,
    InStudy,
    Reasoned,
    Scored,
    Statement,
    Weekly,
    as_json,
    sheets,
    statement_page,
)
from la_research.store import load_cohort, write_folder
from la_research.store.access import log_access
from la_research.store.folder import refuse_foreign

MARK = "statement.json"
"""What a statement's folder always holds."""
PAGE = "statement.html"
Explain = Callable[[Protocol, Cohort, str, Any], Explained]
"""From a study, its cohort, a unit of it and the model that scored that, or None, to how the numbers came about."""
HIDDEN = Explained(reason="it is held back")
SAME = 1e-6
"""How far the calculation may be from the score that the run kept, which has twelve digits."""
NO_LINES = "a model of this kind can not be written down in lines"
OFF = "worked out again, it does not come to the same number; ask the people named above"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a statement, when, and why.

    >>> Asker("2025-11-01").by
    'not given'
    """

    when: str
    by: str = "not given"
    why: str = "not given"


def traced(protocol: Protocol, cohort: Cohort, unit: str, model: Any) -> Explained:
    """How the numbers of a unit came about, over all weeks of the study; the score where a model is given."""
    units = eligible(protocol, cohort)
    trace = trace_student(protocol, cohort, unit, model, weeks=range(1, protocol.calendar.weeks + 1), units=units)
    unknown = unknown_of(protocol, cohort, unit, units=units)
    return Explained(trace, unknown, margins_of(protocol, trace), tried=tried_of(protocol, trace))


def write_statement(
    cohort: str | Path,
    student: str,
    out: str | Path,
    asker: Asker,
    *,
    run: str | Path | None = None,
    protocol: str | Path | None = None,
    explain: Explain = traced,
) -> tuple[list[Path], int]:
    """Write everything that is held and was worked out about one person, and log that somebody looked.

    Parameters
    ----------
    cohort
        Folder of the cohort.
    student
        The pseudonym.
    out
        Folder to write; whole or absent, for its owner only.
    asker
        Who asks, when, and why; never the student's own id.
    run, protocol
        The run that scored the student, or the study without scores; without either, the run beside the cohort
        where there is one that tells of it, else the data alone.
    explain
        How numbers came about.

    Returns
    -------
    list of Path, int
        The page, the document and every table; how many items were held back.

    Raises
    ------
    GovernanceError
        ``cohort.no_statement``: the same whether the student is not in the cohort or the asker may not be told.
    UsageError
        ``statement.id_in_words``, ``statement.place``, and faults of the run.
    DiskError
        ``disk.not_ours``, ``access.not_logged``, ``disk.cannot_write``.
    """
    _check_words(student, asker)
    _check_place(Path(out), Path(cohort), named_run(cohort, run))
    held = load_cohort(cohort)
    basis = basis_of(held, cohort, run=run, protocol=protocol)
    allowed = permitted(basis.protocol, held.provenance.data, asker.by, asker.why)
    there = known(held, student)
    if not (allowed and there):
        log_access(cohort, Access(asker.when, asker.by, asker.why, "statement", "refused"))
        raise no_statement()
    with one_thread():
        statement = state(held, student, basis, asker.when[:10], explain)
    back = len(statement.withheld)
    with write_folder(out, mark=MARK, private=True) as folder:
        names = _write(statement, folder)
        log_access(cohort, Access(asker.when, asker.by, asker.why, "statement", "given", back))
    return [Path(out) / name for name in names], back


def no_statement() -> GovernanceError:
    """The one answer for a student who is not there and for an asker who may not be told."""
    remedy = (
        "check the code, and on restricted data who asks (--by), why (--why) and that the study was approved; "
        "a student can always write to the people the study names"
    )
    return GovernanceError(
        Fault("cohort.no_statement", "no statement is given", "la-research statement --student", remedy)
    )


def state(cohort: Cohort, student: str, basis: Basis, made: str, explain: Explain = traced) -> Statement:
    """The statement of a student who is in the cohort, as a value; items held back are not in it.

    Parameters
    ----------
    basis
        The study, and what it worked out; it may be empty.
    made
        The day that the page shows.
    explain
        How numbers came about.
    """
    p = basis.protocol
    withheld = tuple((item.what, item.policy) for item in p.governance.withheld) if p else ()
    items = {what for what, _ in withheld}
    rows = {name: table for name, table in rows_of(cohort, student).items() if name not in items}
    plain = Statement(student, made, p, cohort.provenance, cohort.digest, rows, withheld=withheld)
    if p is None:
        return plain
    hidden = telling(items)
    units = {student} if p.population.unit == "student" else set(enrolments_of(cohort, student))
    enrolled = _enrolled(p, cohort, student)
    mine = [one.enrolment_id for one in enrolled if not one.reason]
    inside = [student] if mine and p.population.unit == "student" else mine
    told = (lambda *asked: HIDDEN) if "calculation" in hidden else explain
    scores = _scores(p, cohort, units, basis, told)
    of_weeks = {one.unit_id: one.explained for one in scores if one.population == ALL and one.explained.trace}
    reason = "" if scores else next((one.reason for one in enrolled if one.reason), "") or basis.reason
    return replace(
        plain,
        enrolled=() if "enrolments" in items else enrolled,
        weekly=() if "indicators" in hidden else _weekly(p, cohort, units, basis.indicators),
        explained={unit: of_weeks.get(unit) or told(p, cohort, unit, None) for unit in inside},
        scores=() if "score" in hidden else tuple(_shown(score, hidden) for score in scores),
        reason=reason,
        hidden=hidden,
    )


def _enrolled(protocol: Protocol, cohort: Cohort, student: str) -> tuple[InStudy, ...]:
    rows = judged(protocol, cohort)
    rows = rows[rows["student_id"] == student]
    columns = zip(*(rows[name].tolist() for name in ("enrolment_id", "module", "presentation", "reason")), strict=True)
    return tuple(InStudy(own, module, when, EXCLUSIONS.get(reason, "")) for own, module, when, reason in columns)


def _weekly(protocol: Protocol, cohort: Cohort, units: set[str], made: pa.Table | None) -> tuple[Weekly, ...]:
    if made is None:
        try:
            made = compute_indicators(protocol, cohort)
        except CohortError:  # nobody at all is in the study
            return ()
    own = made.filter(pc.is_in(made["unit_id"], pa.array(sorted(units), pa.string()))).to_pylist()
    order = list(protocol.indicators)
    own.sort(key=lambda row: (order.index(row["indicator"]), row["unit_id"], row["week"]))
    return tuple(
        Weekly(row["unit_id"], row["indicator"], row["week"], row["value"], row["reason"] or "") for row in own
    )


def _scores(protocol: Protocol, cohort: Cohort, units: set[str], basis: Basis, explain: Explain) -> tuple[Scored, ...]:
    found = []
    for population, rows, features in basis.predictions.parts() if basis.predictions is not None else ():
        made = basis.indicators
        ground = None if made is None else Ground(protocol, cohort, made, population, rows, features)
        for place in rows.index[rows["unit_id"].isin(units)]:
            row = rows.loc[place]
            model = fold_model(protocol, population, rows, features, int(row["fold"]))
            explained = _agreeing(explain(_read_by(protocol, population), cohort, row["unit_id"], model), row["score"])
            scored = _scored(population, row, features.loc[row["unit_id"]], explained)
            found.append(scored if ground is None else replace(scored, reasoned=reasoned(ground, scored.unit_id)))
    return tuple(found)


def _read_by(protocol: Protocol, population: str) -> Protocol:
    """The protocol with the columns that the model of a population reads."""
    if population == ALL:
        return protocol
    columns = next(subset.columns for subset in protocol.population.subsets if subset.id == population)
    return protocol.model_copy(update={"model": protocol.model.model_copy(update={"columns": columns})})


def _agreeing(explained: Explained, score: float) -> Explained:
    """The calculation, where it comes to the score that the run kept."""
    trace = explained.trace
    if trace is None or (trace.score is not None and abs(trace.score - score) <= SAME):
        return explained
    return replace(explained, trace=None, margins=(), tried=(), reason=NO_LINES if trace.score is None else OFF)


def _scored(population: str, row: pd.Series, features: pd.Series, explained: Explained) -> Scored:
    label = None if pd.isna(row["label"]) else int(row["label"])
    read = {str(name): None if pd.isna(value) else float(value) for name, value in features.items()}
    return Scored(
        population, str(row["unit_id"]), int(row["week"]), float(row["score"]), bool(row["decision"]), label, read,
        explained,
    )  # fmt: skip


def _shown(score: Scored, hidden: frozenset[str]) -> Scored:
    """The score without the parts that are held back."""
    label = None if "label" in hidden else score.label
    told = Reasoned() if "calculation" in hidden else score.reasoned
    return replace(score, label=label, features={} if "indicators" in hidden else score.features, reasoned=told)


def _write(statement: Statement, folder: Path) -> list[str]:
    texts = {
        PAGE: render_html(statement_page(statement)),
        MARK: pretty_json(as_json(statement)),
        **sheets(statement),
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return list(texts)


def _check_words(student: str, asker: Asker) -> None:
    held = re.compile(rf"(?<!\w){re.escape(student)}(?!\w)", re.IGNORECASE)
    for option, text in (("--by", asker.by), ("--why", asker.why)):
        if student and held.search(text):
            problem = f"'{option}' holds the student's id, and the access log must never hold one"
            raise UsageError(
                Fault("statement.id_in_words", problem, f"la-research statement {option}", "say it without the id")
            )


def _check_place(out: Path, cohort: Path, run: Path | None) -> None:
    """Refuse a folder that holds something else, and one inside what the study keeps."""
    refuse_foreign(out, MARK)
    inside = [place for place in (cohort, run) if place is not None and out.resolve().is_relative_to(place.resolve())]
    if inside:
        problem, remedy = "a statement does not belong among the study's own files", "name a folder elsewhere"
        raise UsageError(Fault("statement.place", problem, "la-research statement --out", remedy))
