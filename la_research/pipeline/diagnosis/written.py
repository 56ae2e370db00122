"""What a diagnosis leaves in its folder: findings as JSON, a table and a figure."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from la_research.canonical import pretty_json
from la_research.finding import Estimate, Findings
from la_research.pipeline.stages import versions
from la_research.protocol import Protocol
from la_research.store import DIAGNOSIS, DIAGNOSIS_FORMAT, write_text
from la_research.synthetic import Scenario

TABLE = "table.csv"
FIGURE = "verdicts.svg"
COLUMNS = ("finding", "row", "value", "lower", "upper", "level", "unit", "n", "method", "verdict", "reason")


def write_diagnosis(
    folder: Path, protocol: Protocol, scenario: Scenario, *, n: int, draws: int, findings: Findings
) -> None:
    """Write ``table.csv``, ``verdicts.svg`` and, last, ``diagnosis.json``; the same findings give the same bytes."""
    from la_research.report import draw_verdicts

    write_text(folder / TABLE, _table(findings))
    write_text(folder / FIGURE, draw_verdicts(findings))
    write_text(folder / DIAGNOSIS, pretty_json(_document(protocol, scenario, n, draws, findings)))


def _document(protocol: Protocol, scenario: Scenario, n: int, draws: int, findings: Findings) -> dict[str, Any]:
    return {
        "format": f"{DIAGNOSIS_FORMAT}/1",
        "study": {"id": protocol.id, "protocol_digest": protocol.digest},
        "scenario": {"id": scenario.id, "scenario_digest": scenario.digest},
        "n": n,
        "draws": draws,
        "findings": findings.as_json(),
        "versions": versions(),
    }


def _table(findings: Findings) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in findings:
        writer.writerow([finding.id, "", *_numbers(finding.estimate), finding.verdict, finding.reason or ""])
        for row in finding.rows:
            named = ", ".join(f"{key} {value}" for key, value in row.keys.items())
            writer.writerow([finding.id, named, *_numbers(row.estimate), row.verdict or "", row.reason or ""])
    return out.getvalue()


def _numbers(estimate: Estimate | None) -> list[object]:
    names = ("value", "lower", "upper", "level", "unit", "n", "method")
    return [getattr(estimate, name, None) for name in names]
