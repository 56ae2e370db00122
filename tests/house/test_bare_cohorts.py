"""A sound cohort in which something is absent or does not vary ends in named findings, never in an exception."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from la_research.cohort import Cohort
from la_research.evidence import Evidence
from la_research.finding import NEEDS_REASON
from la_research.pipeline import run_study
from la_research.protocol import Protocol
from la_research.report import advisory_report, ethics_report, render_html
from la_research.schema import TABLES
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import generate_cohort

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[dict[str, pa.Table]], dict[str, pa.Table]]


@pytest.fixture(scope="module")
def protocol(asked_less, tmp_path_factory) -> Protocol:
    study = tmp_path_factory.mktemp("less") / "early-engagement"
    shutil.copytree(ROOT / "protocols" / "early-engagement", study)
    shutil.copy(ROOT / "protocols" / "institution.yaml", study.parent)
    text = asked_less((study / "protocol.yaml").read_text(encoding="utf-8"))
    (study / "protocol.yaml").write_text(text, encoding="utf-8")
    return load_protocol(study)


@pytest.fixture(scope="module")
def campus() -> Cohort:
    return generate_cohort(load_scenario(ROOT / "synthetic" / "default.yaml"), n=240, seed=2)[0]


def without(name: str) -> Change:
    return lambda tables: {name: tables[name].slice(0, 0)}


def always(name: str, column: str, value: object) -> Change:
    def changed(tables: dict[str, pa.Table]) -> dict[str, pa.Table]:
        table = tables[name]
        place = table.column_names.index(column)
        same = pa.array([value] * len(table), table.schema.field(column).type)
        return {name: table.set_column(place, table.schema.field(column), same)}

    return changed


CASES: dict[str, tuple[Change, str]] = {
    "no feed": (without("feeds"), "validation.between.h1"),
    "nobody answered": (without("responses"), "validation.wellbeing"),
    "nothing in the vault": (without("vault"), "audit.fnr.gender"),
    "nobody was drawn": (without("assignments"), "evaluation.contact.h3"),
    "everyone in one arm": (always("assignments", "arm", "contact"), "evaluation.contact.h3"),
    "everyone low": (always("responses", "value", 3), "validation.discrimination"),
    "everyone as active": (always("activity", "count", 5), ""),
    "nothing is ever due": (always("assessments", "due_day", None), ""),
}


@pytest.mark.parametrize("change, silent", CASES.values(), ids=CASES.keys())
def test_what_can_not_be_analysed_says_why_and_the_rest_goes_on(
    protocol: Protocol, campus: Cohort, change: Change, silent: str
) -> None:
    tables = {name: campus.arrow(name) for name in TABLES}
    evidence = run_study(protocol, Cohort(tables | change(tables), campus.provenance, "sha256:0"))
    for finding in evidence.findings:
        assert finding.reason or finding.verdict not in NEEDS_REASON
    if silent:
        assert evidence.findings[silent].verdict == "not analysed"
    assert json.loads(str(evidence))["findings"] == Evidence.from_json(json.loads(str(evidence))).findings.as_json()
    for document in (ethics_report(evidence), advisory_report(evidence)):
        assert "nan" not in render_html(document).lower().split()
