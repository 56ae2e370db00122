"""The audit of a plain table from its file to its reports: read, compared, written whole or not at all."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from la_research.audit import METRICS, AuditPlan, TableAudit, audit_rows
from la_research.audit.curves import CURVES
from la_research.audit.table import OUTCOME
from la_research.canonical import pretty_json
from la_research.errors import CohortError, Fault, GovernanceError, UsageError
from la_research.ingest.predictions import MANY, Columns, TableRows, read_predictions
from la_research.pipeline.stages import one_thread, versions
from la_research.store import write_folder
from la_research.store.folder import refuse_foreign

if TYPE_CHECKING:
    from la_research.report import Document

MARK = "audit.json"
"""What a folder of reports on a table always holds."""
MEASURED_ON = ("decision", "place", "score")
"""What a metric may look at beside the label, in a table."""


def audit_predictions(
    path: str | Path,
    columns: Columns,
    *,
    crossed: Sequence[tuple[str, ...]] = (),
    metrics: Sequence[str] = ("selection", "tpr", "fpr"),
    margin: float = 0.10,
    alpha: float = 0.05,
    minimum: int = 10,
    data: str = "restricted",
    approval: str | None = None,
) -> TableAudit:
    """Compare the groups of a table of predictions; nothing was registered, so all of it is exploratory.

    Parameters
    ----------
    path
        A CSV or Parquet file, one row a decision.
    columns
        What its columns hold, and how the decision comes about.
    crossed
        Group columns to be crossed; each is among ``columns.groups``.
    metrics
        What is compared, and nothing else is tested.
    margin, alpha
        The gap that would matter; the chance of any false gap over all comparisons.
    minimum
        Students below whom no group is shown, 10 or more.
    data, approval
        The level of the data, and under which approval they are used.

    Raises
    ------
    UsageError
        ``audit.unknown_metric``, ``audit.needs_score``.
    CohortError
        What ``read_predictions`` raises; ``table.too_many_groups``.

    Examples
    --------
    >>> columns = Columns("left", ("entry_route",), score="score", top=0.25, student="student_id")
    >>> audit = audit_predictions("synthetic/predictions.csv", columns, data="synthetic")
    >>> audit.findings["audit.tpr.entry_route"].verdict
    'disparity'
    """
    check_metrics(metrics, scored=columns.score is not None)
    read = read_predictions(path, columns)
    names = read.attributes
    plan = AuditPlan(
        attributes={names[column]: margin for column in columns.groups},
        intersections=tuple(tuple(names[column] for column in part) for part in crossed),
        metrics=tuple(metrics),
        alpha=alpha,
        stratum=read.stratum,
        minimum=minimum,
        confirmatory=False,
    )
    CohortError.raise_if(_crowded(plan, read, path))
    with one_thread():
        found = audit_rows(plan, read.frame, read.remarks)
    return TableAudit(
        Path(path).name,
        read.digest,
        data,
        plan,
        _roles(columns),
        {name: column for column, name in names.items()},
        _rule(columns),
        found.as_kept(),
        approval,
        versions(),
    )


def check_metrics(metrics: Sequence[str], *, scored: bool) -> None:
    """Refuse a metric that is not known, and one that a table without scores can not be asked for.

    >>> check_metrics(["selection", "auk"], scored=True)
    Traceback (most recent call last):
    ...
    la_research.errors.UsageError: error[audit.unknown_metric]: there is no metric 'auk'
      where:  metrics
      remedy: did you mean 'auc'? known: selection, tpr, fpr, fnr, ppv, fdr, npv, false_contacts, ...
    """
    known = {name: card.column for name, card in METRICS.items() if card.column in MEASURED_ON} | {CURVES: "score"}
    faults = []
    for name in metrics:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            remedy = (f"did you mean '{close[0]}'? " if close else "") + f"known: {', '.join(known)}"
            faults.append(Fault("audit.unknown_metric", f"there is no metric '{name}'", "metrics", remedy))
        elif not scored and known[name] != "decision":
            problem = f"metric '{name}' reads scores, and no column of scores is named"
            faults.append(Fault("audit.needs_score", problem, "metrics", "name it (--score), or leave the metric out"))
    UsageError.raise_if(faults)


def refuse_report(data: str, approval: str | None, verb: str = "audit") -> None:
    """Refuse a report of a verb on restricted data that nobody approved.

    Raises
    ------
    GovernanceError
        ``governance.no_approval``.
    """
    if data == "restricted" and not approval:
        problem = "a report on restricted data needs an approval, and none is named"
        remedy = "name it with --approval ID, or leave out --report: the findings are shown on screen"
        raise GovernanceError(Fault("governance.no_approval", problem, f"la-research {verb} --report", remedy))


def check_report_place(out: str | Path, mark: str = MARK) -> None:
    """Refuse a folder that holds something else than an earlier report on a table, known by the file ``mark``.

    Raises
    ------
    DiskError
        ``disk.not_ours``.
    """
    refuse_foreign(Path(out), mark)


def save_table_audit(audit: TableAudit, out: str | Path) -> list[Path]:
    """Write ``audit.json``, both reports, and every table in them as CSV; the folder is whole or absent.

    Returns
    -------
    list of Path
        Both reports, the committee's first.

    Raises
    ------
    GovernanceError, DiskError
        As ``refuse_report`` and ``check_report_place`` do; ``disk.cannot_write``.
    """
    from la_research.report import table_advisory_report, table_ethics_report

    refuse_report(audit.data, audit.approval)
    documents = {"ethics": table_ethics_report(audit), "advisory": table_advisory_report(audit)}
    return save_reports(out, MARK, audit.as_json(), documents)


def save_reports(out: str | Path, mark: str, kept: Mapping[str, Any], documents: Mapping[str, Document]) -> list[Path]:
    """Write ``kept`` to the file named ``mark``, each document, and its tables as CSV; the folder is whole or absent.

    Returns
    -------
    list of Path
        The documents, in the order given.
    """
    from la_research.report import render_html, tables

    with write_folder(out, mark=mark) as folder:
        (folder / mark).write_bytes(pretty_json(kept).encode())
        (folder / "tables").mkdir()
        for audience, document in documents.items():
            (folder / f"{audience}.html").write_bytes(render_html(document).encode())
            for name, text in tables(document).items():
                (folder / "tables" / f"{audience}-{name}.csv").write_bytes(text.encode())
    return [Path(out) / f"{audience}.html" for audience in documents]


def _crowded(plan: AuditPlan, read: TableRows, path: str | Path) -> list[Fault]:
    faults = []
    for names in plan.intersections:
        count = len(read.frame[list(names)].dropna().drop_duplicates())
        if count > MANY:
            problem = f"crossing {' and '.join(names)} makes {count:,} groups, more than {MANY}"
            faults.append(
                Fault("table.too_many_groups", problem, str(path), "cross fewer columns, or join values to groups")
            )
    return faults


def _roles(columns: Columns) -> dict[str, str]:
    """What each column that was read holds, and its name."""
    held = {
        OUTCOME: columns.label,
        "score": columns.score,
        "decision": columns.decision,
        "groups": ", ".join(columns.groups),
        "compared within": columns.stratum,
        "student": columns.student,
    }
    return {role: name for role, name in held.items() if name is not None}


def _rule(columns: Columns) -> str:
    """How a student comes to be selected.

    >>> _rule(Columns("left", ("gender",), score="risk", top=0.1))
    "the 10 % of rows with the highest values in column 'risk' are selected"
    """
    if columns.decision is not None:
        return f"a row is selected where column '{columns.decision}' says so"
    if columns.threshold is not None:
        return f"a row is selected where column '{columns.score}' is {columns.threshold:g} or more"
    return (
        f"the {100 * (columns.top or 0):g} % of rows with the highest values in column '{columns.score}' are selected"
    )
