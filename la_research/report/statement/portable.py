"""A statement as data: one JSON document, and one CSV file a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

from la_research.explanation.trace import FIRST, Step
from la_research.indicators.registry import INDICATORS
from la_research.report.render import guarded
from la_research.report.statement.page import ADD, CAN_NOT_KNOW, unknown
from la_research.report.statement.tables import about
from la_research.report.statement.told import Scored, Statement
from la_research.schema import TABLES

FORMAT = "la_research.statement/1"


def as_json(statement: Statement) -> dict[str, Any]:
    """The document ``la_research.statement/1``: all that the page says, every row with its types kept.

    Returns
    -------
    dict
        format, student, made, study, cohort, held (a table each: what, why, kept, seen, columns, rows), worked_out
        (in_study, indicators, scores, reason), withheld, unknown, rights.
    """
    p = statement.protocol
    study = {"id": p.id, "version": p.version, "title": p.title, "protocol_digest": p.digest} if p else None
    level, source = statement.provenance.data, statement.provenance.source
    return {
        "format": FORMAT,
        "student": statement.student,
        "made": statement.made,
        "study": study,
        "cohort": {"data": level, "source": source, "digest": statement.digest},
        "held": [_table(name, statement) for name in statement.rows],
        "worked_out": _worked_out(statement),
        "withheld": [{"what": what, "policy": policy} for what, policy in statement.withheld],
        "unknown": {"data": unknown(statement), "model": CAN_NOT_KNOW if p else ()},
        "rights": _rights(statement),
    }


def sheets(statement: Statement) -> dict[str, str]:
    """Every table as CSV by the name of its file; no cell of them is run by a spreadsheet.

    Returns
    -------
    dict of str to str
        ``data/TABLE.csv`` for each table that is shown, then ``worked-out/`` indicators, model-read, scores and
        calculation, as far as they are shown. Lines end with a line feed; a cell that was not recorded is empty.
    """
    found = {f"data/{name}.csv": _csv(table.column_names, (row.values() for row in table.to_pylist()))
             for name, table in statement.rows.items()}  # fmt: skip
    if statement.protocol is None:
        return found
    if "indicators" not in statement.hidden:
        weekly = ((w.unit_id, w.indicator, w.week, w.value, w.reason) for w in statement.weekly)
        found["worked-out/indicators.csv"] = _csv(("unit_id", "indicator", "week", "value", "reason"), weekly)
        read = ((s.population, s.unit_id, n, v) for s in statement.scores for n, v in s.features.items())
        found["worked-out/model-read.csv"] = _csv(("population", "unit_id", "indicator", "value"), read)
    if "score" not in statement.hidden:
        scores = ((s.population, s.unit_id, s.week, s.score, s.decision, s.label) for s in statement.scores)
        found["worked-out/scores.csv"] = _csv(("population", "unit_id", "week", "score", "decision", "label"), scores)
    if "calculation" not in statement.hidden:
        heads = ("population", "unit_id", *(field.name for field in fields(Step)))
        found["worked-out/calculation.csv"] = _csv(heads, _lines(statement))
    return found


def _table(name: str, statement: Statement) -> dict[str, Any]:
    said = about(name, statement.protocol)
    columns = [{"name": c.name, "type": c.type, "description": c.description} for c in TABLES[name].columns]
    return {"table": name, **asdict(said), "columns": columns, "rows": statement.rows[name].to_pylist()}


def _worked_out(statement: Statement) -> dict[str, Any]:
    cards = {
        name: {"label": INDICATORS[name].label, "plain": INDICATORS[name].plain, "unit": INDICATORS[name].unit}
        for name in (statement.protocol.indicators if statement.protocol else ())
    }
    return {
        "in_study": [asdict(one) for one in statement.enrolled],
        "cards": cards,
        "indicators": [asdict(one) for one in statement.weekly],
        "calculation": {
            unit: [asdict(step) for step in explained.steps("record", "indicator")]
            for unit, explained in statement.explained.items()
        },
        "margins": {unit: explained.margins for unit, explained in statement.explained.items()},
        "rules_tried": {unit: explained.tried for unit, explained in statement.explained.items()},
        "scores": [_scored(one) for one in statement.scores],
        "reason": statement.reason,
        "hidden": sorted(statement.hidden),
    }


def _scored(one: Scored) -> dict[str, Any]:
    explained = one.explained
    return {
        "population": one.population,
        "unit_id": one.unit_id,
        "week": one.week,
        "score": one.score,
        "decision": one.decision,
        "label": one.label,
        "read": dict(one.features),
        "calculation": [asdict(step) for step in explained.steps("feature", "score")],
        "not_calculated": explained.reason,
        "main_reason": asdict(one.reasoned),
    }


def _rights(statement: Statement) -> dict[str, Any]:
    p = statement.protocol
    if p is None:
        return {}
    g, i = p.governance, p.institution
    return {
        "first": FIRST,
        "correct": g.correction,
        "add": f"{ADD} {i.contact}" if i.contact else None,
        "decline": g.refusal,
        "withdraw": p.consent.withdrawal,
        "talk": i.contact,
        "complain": g.complaint,
        "support_day": i.support_day,
        "support_night": i.support_night,
        "grade_or_visa": g.grade_or_visa,
        "who_sees_what": [{"who": item.who, "what": item.what} for item in g.access],
        "kept_where": g.location,
        "kept_for": g.retention,
    }


def _lines(statement: Statement) -> Iterable[Sequence[Any]]:
    """Every line of every calculation once: those of the weeks, then those of each score."""
    for unit, explained in statement.explained.items():
        for step in explained.steps("record", "indicator"):
            yield ("", unit, *asdict(step).values())
    for one in statement.scores:
        for step in one.explained.steps("feature", "score"):
            yield (one.population, one.unit_id, *asdict(step).values())


def _csv(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return guarded(value) if isinstance(value, str) else repr(value)
