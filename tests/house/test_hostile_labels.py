"""Markup and formulas in any label come out as text: in both reports, their figures and their tables."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from la_research.cohort import Cohort, Provenance
from la_research.evidence import Deviation, Evidence
from la_research.pipeline import run_study
from la_research.protocol import merged, parse_protocol, read_tree
from la_research.report import Document, advisory_report, ethics_report, plot, render_html, tables
from la_research.schema import TABLES
from la_research.store import load_scenario
from la_research.synthetic import generate_cohort

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=x onerror=alert(1)>'
FORMULA = '=HYPERLINK("http://example.invalid","x")'
AT, PLUS = "@SUM(1)", "+1+cmd"

HOSTILE = f"""
format: la_research.protocol/1
id: hostile
title: '{SCRIPT}'
question: '{FORMULA}'
objectives: ['{IMAGE}', '{PLUS}']
out_of_scope: ['{AT}']
data: synthetic
population: {{unit: enrolment, description: '{SCRIPT}'}}
sources: {{vle: {{purpose: '{SCRIPT}', why_needed: '{FORMULA}', retention: '{IMAGE}'}}, assessments: {{}}}}
consent: {{how_asked: '{SCRIPT}'}}
indicators: {{weekly_activity: {{}}, active_days: {{}}, late_or_missing: {{}}}}
outcomes:
  - {{id: wellbeing_10, instrument: WHO-5, week: 10, label: '{SCRIPT}', chosen_by: advisory group}}
  - {{id: low_mood_8, instrument: PHQ-8, week: 8, at_least: 10, label: '{FORMULA}'}}
hypotheses:
  - {{id: H1, kind: between, indicator: weekly_activity, outcome: wellbeing_10, direction: positive,
      smallest_effect: 0.05, statement: '{SCRIPT}', estimand: {{population: '{IMAGE}', contrast: '{FORMULA}'}}}}
model: {{label: low_mood_8, estimator: logistic, score: {{purpose: '{SCRIPT}', holds: [health]}}}}
fairness: {{sensitive: {{gender: {{why: '{SCRIPT}'}}}}, metrics: [selection, fnr]}}
explanation: {{refits: 5, background_rows: 20}}
governance:
  decision_asked: '{SCRIPT}'
  next_step: '{IMAGE}'
  access: [{{who: '{FORMULA}', what: '{SCRIPT}'}}]
  safeguards: ['{SCRIPT}', '{PLUS}']
  can_be_changed: ['{AT}']
roles: {{accountable: '{SCRIPT}'}}
institution: {{name: '{IMAGE}', contact: 'javascript:alert(1)'}}
"""


class Page(HTMLParser):
    """What a browser would run or follow, and what it would show."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.active: list[str] = []
        self._within: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._within.append(tag)
        if tag in ("iframe", "object", "embed", "form", "base", "img"):
            self.active.append(tag)
        self.active += [f"{tag} {name}" for name, _ in attrs if name.startswith("on")]
        for name, value in attrs:
            if name in ("href", "src", "xlink:href") and value != "data:," and not (value or "").startswith("#"):
                self.active.append(f"{name}={value}")

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.shown.append(data)
        elif self._within[-1] == "script" and "alert(" in data:
            self.active.append(data)


def _labelled(cohort: Cohort) -> Cohort:
    """The same cohort with a hostile gender, a hostile module, and a hostile maker."""
    held: dict[str, pa.Table] = {name: cohort.arrow(name) for name in TABLES}
    module = held["enrolments"].column("module")[0].as_py()
    for name, column, old, new in (
        ("vault", "value", "F", SCRIPT),
        ("vault", "value", "M", FORMULA),
        ("enrolments", "module", module, IMAGE),
        ("feeds", "module", module, IMAGE),
    ):
        values = held[name].column(column)
        changed = pc.if_else(pc.fill_null(pc.equal(values, old), False), new, values)
        held[name] = held[name].set_column(held[name].column_names.index(column), column, changed)
    return Cohort(held, Provenance("synthetic", SCRIPT, {"scenario": IMAGE}, (SCRIPT, FORMULA)), "sha256:0")


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    protocol = parse_protocol(merged(read_tree("seed: 3", "above"), read_tree(HOSTILE, "protocol.yaml")))
    cohort, _ = generate_cohort(load_scenario(ROOT / "synthetic" / "default.yaml"), n=400, seed=3)
    told = (Deviation("D1", "2025-10-31", SCRIPT, FORMULA, IMAGE),)
    return run_study(protocol, _labelled(cohort), deviations=told)


@pytest.fixture(scope="module")
def documents(evidence: Evidence) -> Mapping[str, Document]:
    return {"ethics": ethics_report(evidence), "advisory": advisory_report(evidence)}


def test_the_hostile_labels_reach_the_findings(evidence: Evidence) -> None:
    groups = {value for finding in evidence.findings for row in finding.rows for value in row.keys.values()}
    assert {SCRIPT, FORMULA} <= groups, "otherwise the tests below show nothing"


@pytest.mark.parametrize("name", ["ethics", "advisory"])
def test_markup_in_a_label_is_shown_and_not_obeyed(documents: Mapping[str, Document], name: str) -> None:
    html = render_html(documents[name])
    page = Page(html)
    assert page.active == []
    assert SCRIPT in "".join(page.shown)
    assert html.count("<title") == html.count("</title")


def test_markup_in_a_group_is_text_in_a_figure(evidence: Evidence) -> None:
    drawn = plot(evidence.findings["audit.selection.gender"])
    assert SCRIPT in drawn.alt, "the alternative text names the group as it was recorded"
    assert Page(drawn._repr_html_()).active == []
    assert "<script" not in drawn.svg


def test_markup_in_a_finding_is_text_in_a_notebook(evidence: Evidence) -> None:
    assert Page(evidence.findings._repr_html_()).active == []


@pytest.mark.parametrize("name", ["ethics", "advisory"])
def test_no_cell_of_a_table_is_a_formula_for_a_spreadsheet(documents: Mapping[str, Document], name: str) -> None:
    cells = [cell for text in tables(documents[name]).values() for row in csv.reader(StringIO(text)) for cell in row]
    begun = [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not _number(cell)]
    assert begun == []
    if name == "ethics":
        assert any("HYPERLINK" in cell for cell in cells), "otherwise this test shows nothing"


@pytest.mark.parametrize("name", ["ethics", "advisory"])
def test_the_names_of_tables_are_plain_file_names(documents: Mapping[str, Document], name: str) -> None:
    assert all(table.replace("-", "").isalnum() for table in tables(documents[name]))


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
