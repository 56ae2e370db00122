"""HTML and CSV: one file, the same bytes, and no label that runs."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from la_research.evidence import Evidence
from la_research.finding import Findings
from la_research.report import Document, advisory_report, ethics_report, render_html, tables
from la_research.report.document import Paragraph, Section, Table

VOID = {"meta", "link", "br", "input", "img", "hr"}
CLOSED_BY = {"td": ("td", "th"), "th": ("td", "th"), "tr": ("td", "th", "tr")}
"""What the start of a cell or row ends; the end of a part of a table ends all three."""


class Page(HTMLParser):
    """Tags, attributes and headings; complains about what is left open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.ended(CLOSED_BY.get(tag, ()))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def ended(self, tags: tuple[str, ...]) -> None:
        while self.open and self.open[-1] in tags:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("thead", "tbody"):
            self.ended(CLOSED_BY["tr"])
        assert self.open.pop() == tag, f"</{tag}> closes nothing"


@pytest.fixture(scope="module")
def reports(evidence: Evidence, score: Findings) -> dict[str, Document]:
    return {"ethics": ethics_report(evidence, score), "advisory": advisory_report(evidence)}


@pytest.fixture(scope="module")
def pages(reports: dict[str, Document]) -> dict[str, str]:
    return {name: render_html(report) for name, report in reports.items()}


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


def test_a_report_renders_to_the_same_bytes(evidence: Evidence, score: Findings, pages: dict[str, str]) -> None:
    again = Evidence.from_json(evidence.as_json())
    assert render_html(ethics_report(again, score)) == pages["ethics"]
    assert render_html(advisory_report(again)) == pages["advisory"]


def test_a_report_is_one_file_that_asks_the_network_for_nothing(pages: dict[str, str]) -> None:
    for text in pages.values():
        page = parsed(text)
        assert not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "base", "form"}
        for _, held in page.tags:
            for name in ("src", "href", "action"):
                assert (held.get(name) or "#").startswith(("#", "data:,"))
        assert "url(" not in text.replace("url(#", "")
        assert "@import" not in text


def test_a_script_in_a_label_is_text(pages: dict[str, str]) -> None:
    for text in pages.values():
        assert "<script" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_synthetic_data_is_said_on_the_page_and_on_every_printed_one(pages: dict[str, str]) -> None:
    for text in pages.values():
        assert "<strong>Synthetic data</strong>" in text
        assert "(synthetic data)</title>" in text
        printed = text[text.index("@media print") :]
        assert ".banner { position: fixed" in printed


def test_a_report_on_other_data_has_no_banner(evidence: Evidence) -> None:
    real = replace(evidence, provenance={**evidence.provenance, "data": "restricted"})
    for report in (ethics_report(real), advisory_report(real)):
        text = render_html(report)
        assert "Synthetic data" not in text
        assert "synthetic" not in text.split("<body")[1].split(">")[0]


def test_tables_have_captions_and_scopes_and_can_be_scrolled_by_keyboard(pages: dict[str, str]) -> None:
    for text in pages.values():
        tags = parsed(text).tags
        boxes = [held for tag, held in tags if tag == "div" and held.get("class") == "scroll"]
        count = sum(tag == "table" for tag, _ in tags)
        assert count == sum(tag == "caption" for tag, _ in tags) == len(boxes) > 3
        assert all(held.get("tabindex") == "0" and held.get("aria-label") for held in boxes)
        heads = re.findall(r"<thead>(.*?)</thead>", text, re.DOTALL)
        assert all(head.count("<th") == head.count('scope="col"') > 0 for head in heads)
        bodies = re.findall(r"<tbody>(.*?)</tbody>", text, re.DOTALL)
        rows = [row for body in bodies for row in body.split("<tr>")[1:]]
        assert all(row.startswith("<th>") and row.count("<th>") == 1 for row in rows)  # heads its row by its place


def test_there_is_one_main_heading_and_every_link_leads_to_a_section(pages: dict[str, str]) -> None:
    for text in pages.values():
        tags = parsed(text).tags
        ids = {held["id"] for _, held in tags if "id" in held}
        assert sum(tag == "h1" for tag, _ in tags) == 1 == sum(tag == "main" for tag, _ in tags)
        assert all((held["href"] or "")[1:] in ids for tag, held in tags if tag == "a")
        assert all(held["aria-labelledby"] in ids for _, held in tags if "aria-labelledby" in held)


def test_csv_twins_hold_every_table_and_no_formula(reports: dict[str, Document]) -> None:
    for report in reports.values():
        files = tables(report)
        assert set(files) == {table.name for table in report.tables()}
        for text in files.values():
            rows = list(csv.reader(io.StringIO(text)))
            assert len({len(row) for row in rows}) == 1
            for cell in (cell for row in rows for cell in row):
                assert not cell.startswith(("=", "+", "@", "\t", "-")) or float(cell) < 0
    assert "'=HYPERLINK" in tables(reports["ethics"])["deviations"]


def test_csv_of_an_estimate_holds_value_interval_level_unit_n_and_method(reports: dict[str, Document]) -> None:
    rows = list(csv.DictReader(io.StringIO(tables(reports["ethics"])["hypotheses"])))
    first = rows[0]
    assert [first[key] for key in ("Estimate value", "lower", "upper", "level", "unit", "n", "method")] == [
        "0.14", "0.09", "0.19", "0.975", "SD per SD", "1534", "clustered",
    ]  # fmt: skip


def test_csv_guard_lets_negative_numbers_be_numbers() -> None:
    table = Table("t", "T", ("a",), (("-0.30",), ("-12 %",), ("+1",), ("-1+cmd",), ("\tx",), ("=1",), ("1,200",)))
    report = Document("A", "ethics committee", "open", (Section("s", "S", (table, Paragraph("x"))),))
    cells = [row[0] for row in csv.reader(io.StringIO(tables(report)["t"]))][1:]
    assert cells == ["-0.30", "-12 %", "+1", "'-1+cmd", "'\tx", "'=1", "1,200"]


def test_every_letter_of_the_figures_is_outlined_once_and_all_that_are_used_are_there(pages: dict[str, str]) -> None:
    for page in pages.values():
        outlined = re.findall(r'<path id="(letter[^"]*)"', page)
        assert len(outlined) == len(set(outlined)) > 10
        assert set(re.findall(r'"#(letter[^"]*)"', page)) == set(outlined)
