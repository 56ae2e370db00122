"""The parts of a report as frozen values: what is said and in which order, without a markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from la_research.finding import Estimate
from la_research.report.chart import Chart

Audience = Literal["ethics committee", "student advisory group", "one student"]
BANNERS = {
    "synthetic": ("Synthetic data", "no real student is in this report."),
    "twin": ("Rehearsal only", "look-alikes fitted to records of students; nothing here holds for real students."),
}
"""What is shown on every page of a report on data of a level, in two parts."""
Tone = Literal["yes", "no", "alert", "open", "none"]
"""What a verdict means for a reader: settled for, settled against, a gap or harm, can not tell, no answer."""


@dataclass(frozen=True, slots=True)
class Links:
    """Ids of findings, each a link to its row among all findings.

    >>> str(Links(("evaluation.flow", "evaluation.path")))
    'evaluation.flow, evaluation.path'
    """

    ids: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.ids)


Cell = str | Estimate | Links


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One thought in running text; ``lead`` marks the one to read if only one is read."""

    text: str
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of a part of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short statements of equal rank, under a title where they need one."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Definitions:
    """Terms and what is said of each; an answer that nobody gave reads "not answered"."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """A few words set apart from the text."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, the verdict in plain words, and the number behind it.

    ``answer`` says it in a sentence; ``estimate`` is printed with its interval and n;
    ``reason`` stands where there is none or where it can not decide.
    """

    label: str
    question: str
    verdict: str
    tone: Tone
    answer: str = ""
    estimate: Estimate | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first column names the row.

    ``name`` is unique in a document and names the CSV file; a cell is text or an estimate,
    which is printed whole: value, interval, unit and n.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.title or any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.name!r} needs a title and as many cells a row as columns")


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing that can be read three ways: title (the finding), alt text, and a table of its numbers."""

    title: str
    alt: str
    chart: Chart
    table: Table
    note: str = ""

    def __post_init__(self) -> None:
        if not (self.title and self.alt and self.table.rows):
            raise ValueError(f"figure {self.table.name!r} needs a title, alt text and a table")


@dataclass(frozen=True, slots=True)
class Details:
    """What a reader opens on demand; in print it is open."""

    summary: str
    blocks: tuple[Block, ...]


Block = Paragraph | Heading | Bullets | Definitions | Notice | Answer | Table | Figure | Details


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its blocks; ``appendix`` sections stand after the main text."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    appendix: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A report for one audience.

    ``data`` is the level of the data behind it: ``BANNERS`` holds what is shown on every page.
    ``facts`` are the few lines under the title; ``footer`` says how to check the report.

    Examples
    --------
    >>> page = Document("A study", "ethics committee", "synthetic", (Section("one", "One", (Paragraph("Yes."),)),))
    >>> page.section("one").title
    'One'
    """

    title: str
    audience: Audience
    data: str
    sections: tuple[Section, ...]
    subtitle: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    footer: tuple[str, ...] = ()
    language: str = "en-GB"

    def __post_init__(self) -> None:
        twice: set[str] = set()
        for names in ([section.id for section in self.sections], [table.name for table in self.tables()]):
            twice |= {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"names are given twice in a document: {', '.join(sorted(twice))}")

    @property
    def banner(self) -> tuple[str, str] | None:
        """What is shown on every page: the kind of data, and what it means; None for records of students."""
        return BANNERS.get(self.data)

    def section(self, section_id: str) -> Section:
        """The section of that id."""
        return next(section for section in self.sections if section.id == section_id)

    def blocks(self) -> Iterator[Block]:
        """Every block in reading order, those inside ``Details`` too."""
        for section in self.sections:
            yield from walk(section.blocks)

    def tables(self) -> Iterator[Table]:
        """Every table in reading order, the twins of figures too."""
        for block in self.blocks():
            if isinstance(block, Table):
                yield block
            elif isinstance(block, Figure):
                yield block.table


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks in reading order, those inside ``Details`` after it."""
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from walk(block.blocks)


def slug(text: str) -> str:
    """A name for ids and files: lower case letters, digits and hyphens.

    >>> slug("Missed need, by <Gender>")
    'missed-need-by-gender'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "part"
