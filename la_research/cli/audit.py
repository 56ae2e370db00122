"""``la-research audit``: a vendor's predictions in a table, compared by group, and two reports of it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from la_research.cli.frame import FLOOR, Terminal, listed, patient, too_small, verb, wrong
from la_research.errors import Fault, UsageError

if TYPE_CHECKING:
    from la_research.audit import TableAudit
    from la_research.finding import Finding

LEVELS = ("synthetic", "open", "restricted")


@verb(
    "audit",
    examples=(
        "la-research audit predictions.csv --label left --score score --top 25% --group gender,entry_route",
        "la-research audit predictions.csv --label left --decision chosen --group 'gender*disability' --report audited",
    ),
)
def audit(
    say: Terminal,
    predictions: Annotated[Path, typer.Argument(metavar="PREDICTIONS", help="CSV or Parquet, one row a decision.")],
    label: Annotated[str, typer.Option("--label", metavar="COL", help="Whether the outcome came: 0/1, no/yes, N/Y.")],
    group: Annotated[str, typer.Option("--group", metavar="A,B", help="Columns of groups; 'a*b' crosses two.")],
    score: Annotated[str | None, typer.Option("--score", metavar="COL", help="Scores from 0 to 1.")] = None,
    decision: Annotated[str | None, typer.Option("--decision", metavar="COL", help="Who was selected.")] = None,
    threshold: Annotated[float | None, typer.Option("--threshold", help="Selected from this score on.")] = None,
    top: Annotated[str | None, typer.Option("--top", metavar="10%", help="Selected: the highest scores.")] = None,
    stratum: Annotated[str | None, typer.Option("--stratum", metavar="COL", help="Compare within these too.")] = None,
    student: Annotated[str | None, typer.Option("--student", metavar="COL", help="Whose row it is.")] = None,
    margin: Annotated[float, typer.Option("--margin", help="The gap that would matter, 0 to 1.")] = 0.10,
    metrics: Annotated[str, typer.Option("--metrics", metavar="A,B", help="What is tested.")] = "selection,tpr,fpr",
    alpha: Annotated[float, typer.Option("--alpha", help="Chance of any false gap, over all comparisons.")] = 0.05,
    minimum: Annotated[int, typer.Option("--minimum", help="Smallest group shown, 10 or more.")] = FLOOR,
    data: Annotated[str, typer.Option("--data", help="synthetic, open or restricted.")] = "restricted",
    approval: Annotated[str | None, typer.Option("--approval", metavar="ID", help="Approval of the use.")] = None,
    report: Annotated[Path | None, typer.Option("--report", metavar="DIR", help="Write both reports here.")] = None,
) -> None:
    """Compare a table of predictions by group; nothing was registered, so every line is exploratory.

    Name one of --decision, --threshold and --top. Groups of fewer students than --minimum are
    suppressed, on screen and with --json too. A report on restricted data needs --approval.
    """
    alone, crossed = _groups(group)
    UsageError.raise_if(_faults(score, decision, threshold, top, margin, alpha, minimum, data))
    from la_research.ingest.predictions import Columns
    from la_research.pipeline.table import (
        audit_predictions,
        check_metrics,
        check_report_place,
        refuse_report,
        save_table_audit,
    )

    asked = tuple(dict.fromkeys(listed(metrics)))
    check_metrics(asked, scored=score is not None)
    if report is not None:
        refuse_report(data, approval)
        check_report_place(report)
    share = None if top is None else _share(top)
    columns = Columns(label, alone, score, decision, threshold, share, stratum, student)
    with patient(say, predictions, "comparing groups"):
        found = audit_predictions(
            predictions, columns, crossed=crossed, metrics=asked, margin=margin, alpha=alpha, minimum=minimum,
            data=data, approval=approval,
        )  # fmt: skip
        files = save_table_audit(found, report) if report is not None else []
    say.result("\n".join(shown(found)), found.as_json())
    for file in files:
        say.remark(f"report: {file}")


def shown(audit: TableAudit) -> list[str]:
    """The findings as lines: a verdict in words, the gap, its groups, why it reads so, and what limits it."""
    from la_research.report.catalogue import attribute_name, metric_name, verdict_words
    from la_research.report.claims import sentence
    from la_research.report.gap import points
    from la_research.report.reading import audits
    from la_research.report.table import views

    who, found = audit.findings["cohort.table"], audits(audit.findings)
    uses = Counter(text for one in found for text in one.finding.limitations)
    lines = [
        f"{audit.file}: {who.estimate or who.reason}",
        *([sentence(who.reason)] if who.estimate and who.reason else []),
        f"{sentence(audit.rule)} A gap of {100 * audit.margin:g} percentage points would matter.",
        "Nothing was registered: read every line as exploratory.",
    ]
    for one in found:
        if one.view:
            held = one.finding.estimate
            lines.append(f"  {views(audit)[one.view]}: {points(held) if held else one.finding.reason}")
            continue
        verdict = verdict_words(one.finding.verdict)[0]
        lines += ["", f"{metric_name(one.metric)} by {attribute_name(one.attribute)}: {verdict}"]
        lines += _told(one.finding)
        lines += [f"  note: {text}" for text in one.finding.limitations if uses[text] == 1]
    for finding in audit.findings:
        if finding.id.startswith("audit.abroca."):
            lines += ["", f"{finding.question} {verdict_words(finding.verdict)[0]}", *_told(finding)]
            lines += [f"  note: {text}" for text in finding.limitations]
    limits = dict.fromkeys(text for one in found if not one.view for text in one.finding.limitations if uses[text] > 1)
    label = dict.fromkeys(sentence(str(a)) for one in found for a in one.finding.assumptions if a.holds is None)
    return [*lines, "", "What limits this:", *(f"  - {text}" for text in (*label, *who.limitations, *limits))]


def _told(finding: Finding) -> Iterator[str]:
    from la_research.report.gap import points
    from la_research.report.labels import group_label, row_label

    if finding.estimate:
        yield f"  largest gap: {points(finding.estimate)}"
    for row in finding.rows:
        is_group = row.keys.get("what") == "group"
        held = row.estimate and (row.estimate if is_group else points(row.estimate))
        yield f"  {group_label(row) if is_group else row_label(row)}: {held or row.verdict}"
    if finding.reason:
        yield f"  why: {finding.reason}"


def _groups(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns alone, and those to be crossed, which are compared alone as well.

    >>> _groups("gender, age*gender")
    (('gender', 'age'), (('age', 'gender'),))
    """
    parts = [tuple(name.strip() for name in item.split("*")) for item in dict.fromkeys(listed(text))]
    if not parts or any("" in part or len(set(part)) < len(part) for part in parts):
        raise UsageError(
            wrong("audit", "--group", f"'{text}' names no groups", "name columns: --group gender,'gender*age'")
        )
    alone = tuple(dict.fromkeys(name for part in sorted(parts, key=len) for name in part))
    return alone, tuple(dict.fromkeys(part for part in parts if len(part) > 1))


def _share(text: str) -> float:
    """A share written as per cent, or as a number from 0 to 1; not a number where it is neither.

    >>> _share("10%"), _share("0.25"), _share("12.5 %")
    (0.1, 0.25, 0.125)
    """
    if not re.fullmatch(r"\d+(?:\.\d*)?\s*%|\d*\.?\d+", text.strip()):
        return math.nan
    return float(text.rstrip(" %")) / 100 if "%" in text else float(text)


def _faults(
    score: str | None,
    decision: str | None,
    threshold: float | None,
    top: str | None,
    margin: float,
    alpha: float,
    minimum: int,
    data: str,
) -> Iterator[Fault]:
    rules = [
        name
        for name, given in (("--decision", decision), ("--threshold", threshold), ("--top", top))
        if given is not None
    ]
    if len(rules) != 1:
        problem = "no rule says who is selected" if not rules else f"{' and '.join(rules)} are two rules"
        yield wrong("audit", "--decision", problem, "name one of --decision COL, --threshold T and --top 10%")
    if decision is None and score is None and rules:
        yield wrong("audit", "--score", f"{rules[0]} needs the scores", "name their column with --score")
    for name, held, least, most in (
        ("--threshold", threshold, 0.0, 1.0),
        ("--margin", margin, 0.0, 0.99),
        ("--alpha", alpha, 0.0001, 0.2),
        ("--top", None if top is None else _share(top), 0.0001, 0.9999),
    ):
        if name == "--top" and held is not None and 1 <= held < 100:
            yield wrong("audit", name, f"'{held:g}' is no share", f"write {held:g}% or {held / 100:g}")
        elif held is not None and not least <= held <= most:
            yield wrong("audit", name, f"'{name}' is no number from {least:g} to {most:g}", "give a share, e.g. 0.1")
    yield from too_small("audit", minimum)
    if data not in LEVELS:
        yield wrong("audit", "--data", f"'{data}' is no level of data", f"name one of: {', '.join(LEVELS)}")
