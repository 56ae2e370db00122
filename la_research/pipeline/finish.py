"""The end of a run: evidence, score, reports, their tables and the manifest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from la_research.canonical import pretty_json
from la_research.disclosure import disclosed
from la_research.evidence import Evidence
from la_research.finding import Findings
from la_research.indicators.fictional import FICTIONAL
from la_research.models import Predictions
from la_research.pipeline.cohorts import scenario_behind
from la_research.pipeline.folder import cohort_of, load_evidence, load_score, locked, write_manifest
from la_research.pipeline.saved import saved_predictions
from la_research.pipeline.score import score_evidence
from la_research.pipeline.score.counterfactual import counterfactuals
from la_research.pipeline.score.parts import decompose
from la_research.store import write_folder, write_text
from la_research.store.access import read_accesses
from la_research.store.truth import load_truth, truth_beside
from la_research.synthetic import Truth

if TYPE_CHECKING:
    from la_research.report import Document

AUDIENCES = ("ethics", "advisory")
"""Readers of every study."""
EXPLORER = "explorer"
"""The page of an advisory group, where the study registers one."""


def readers(evidence: Evidence) -> tuple[str, ...]:
    """For whom the study has something to read: the explorer only where it and contact rules are registered."""
    registered = evidence.protocol.validation.triggers and evidence.protocol.explanation.explorer
    return (*AUDIENCES, EXPLORER) if registered else AUDIENCES


def finish(run: Path, evidence: Evidence, truth: Path | None) -> None:
    """Write what a finished study leaves; the manifest comes last and says that it is whole.

    Parameters
    ----------
    run
        The run folder; the caller holds its lock.
    evidence
        What was found; it is written before the truth is opened, and not changed by it.
    truth
        Folder of the truth, or None.
    """
    write_text(run / "evidence.json", str(evidence))
    score = score_evidence(evidence, load_truth(truth), saved_predictions(run)) if truth else None
    if score is not None:
        write_text(run / "score.json", _score_document(evidence, score))
    write_reports(run, evidence, score)
    write_manifest(run)


def write_reports(
    run: Path, evidence: Evidence, score: Findings | None, audiences: Sequence[str] = (), out: Path | None = None
) -> list[Path]:
    """The reports as single HTML files, and every table in them as CSV; of no audience named: all that there are.

    Returns
    -------
    list of Path
        The reports, in the order of ``audiences``. Without ``out`` they stand in the run's
        ``reports`` and its ``tables``; with it, in that folder, beside nothing else.

    Raises
    ------
    ProtocolError
        ``explorer.not_registered`` where the explorer is asked of a study that registers none.
    """
    from la_research.report import (
        advisory_report,
        ethics_report,
        explorer_report,
        render_explorer,
        render_html,
        tables,
    )
    from la_research.store.checklists import load_checklist
    from la_research.store.passport import load_passport

    protocol = evidence.protocol
    asked = any(hypothesis.kind == "effect" for hypothesis in protocol.hypotheses)
    items = load_checklist(protocol.support.design.kind) if asked else ()
    audiences = audiences or readers(evidence)
    folder = out or run / "reports"
    documents: dict[str, Document] = {}
    pages: dict[str, str] = {}
    if "ethics" in audiences:
        documents["ethics"] = ethics_report(evidence, score, load_passport(), items, read_accesses(cohort_of(run)))
    if "advisory" in audiences:
        documents["advisory"] = advisory_report(evidence)
    pages |= {audience: render_html(document) for audience, document in documents.items()}
    if EXPLORER in audiences:
        explorer = explorer_report(evidence, FICTIONAL)
        documents[EXPLORER], pages[EXPLORER] = explorer.document, render_explorer(explorer)
    for audience, page in pages.items():
        write_text(folder / f"{audience}.html", page)
    if out is None:
        with write_folder(run / "tables") as place:
            for audience, document in documents.items():
                for name, text in tables(document).items():
                    (place / f"{audience}-{Path(name).stem}.csv").write_bytes(text.encode())
    return [folder / f"{audience}.html" for audience in documents]


def report_run(run: Path, audiences: Sequence[str] = (), out: Path | None = None) -> list[Path]:
    """Write the reports of a finished run anew, from its evidence; of no audience named, all that there are.

    Raises
    ------
    ProtocolError
        ``explorer.not_registered`` where the explorer is asked of a study that registers none.
    StaleError
        The run is unfinished, or its protocol or cohort has changed.
    """
    from la_research.report.explorer import tried

    evidence = load_evidence(run)
    audiences = audiences or readers(evidence)
    if EXPLORER in audiences:
        tried(evidence.protocol)
    if out is not None:
        return write_reports(run, evidence, load_score(run), audiences, out)
    with locked(run):
        write_reports(run, evidence, load_score(run))
        write_manifest(run)
    return [run / "reports" / f"{audience}.html" for audience in audiences]


def score_run(
    run: Path,
    truth: Path | None = None,
    *,
    parts: bool = False,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Findings:
    """Score a finished run against the truth beside its cohort, or against another one.

    ``score.json``, the ethics report and the manifest are written anew; the evidence is not.

    Parameters
    ----------
    parts
        Whether gaps are also shared out among their parts, and each student is scored as a member of
        another group too: both generate the cohort anew, some twenty times.
    tell
        Called with the cohorts generated, and to be generated, for the parts.

    Raises
    ------
    StaleError
        The run is unfinished, or its protocol or cohort has changed.
    TruthError
        The truth is missing or was altered.
    ScenarioError
        With ``parts``, the scenario is not there or has changed.
    """
    evidence = load_evidence(run)
    planted = load_truth(truth or truth_beside(cohort_of(run) or run))
    predictions = saved_predictions(run)
    score = score_evidence(evidence, planted, predictions)
    if parts:
        score += _parts(run, evidence, planted, predictions, tell)
    with locked(run):
        write_text(run / "score.json", _score_document(evidence, score))
        write_reports(run, evidence, score)
        write_manifest(run)
    return score


def _parts(
    run: Path, evidence: Evidence, truth: Truth, predictions: Predictions | None, tell: Callable[[int, int], None]
) -> Findings:
    """What only twins of the run's cohort can tell, with the digits that a run keeps."""
    protocol = evidence.protocol
    campus = scenario_behind(dict(evidence.provenance.get("details") or {}), run)
    found = decompose(protocol, campus, n=truth.n, seed=truth.seed, tell=tell)
    found += counterfactuals(protocol, campus, predictions, n=truth.n, seed=truth.seed)
    return disclosed(found, protocol.disclosure.minimum_group_size).as_kept()


def _score_document(evidence: Evidence, score: Findings) -> str:
    whole: dict[str, Any] = evidence.as_json()
    head = {"format": "la_research.findings/1", "study": whole["study"], "findings": score.as_json()}
    return pretty_json({**head, "deviations": whole["deviations"], "versions": whole["versions"]})
