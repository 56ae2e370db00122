"""A document as plain text: for snapshots, for the word lint, for a reader without a browser."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.report.document import (
    Answer,
    Block,
    Bullets,
    Definitions,
    Details,
    Document,
    Figure,
    Heading,
    Notice,
    Paragraph,
    Section,
    Table,
)


def plain_text(document: Document) -> str:
    """All that a document says, one block after the other.

    Examples
    --------
    >>> page = Document("A study", "ethics committee", "open", (Section("one", "One", (Paragraph("Yes."),)),))
    >>> print(plain_text(page))
    A study
    <BLANKLINE>
    ## One
    <BLANKLINE>
    Yes.
    <BLANKLINE>
    """
    lines = [document.title]
    lines += [document.subtitle] if document.subtitle else []
    lines += [": ".join(document.banner)] if document.banner else []
    lines += [f"{term}: {text}" for term, text in document.facts]
    for section in document.sections:
        lines += ["", f"## {section.title}"]
        for block in section.blocks:
            lines += ["", *_lines(block)]
    lines += ["", *document.footer]
    return "\n".join(lines) + ("\n" if document.footer else "")


def words_at_first_sight(section: Section) -> int:
    """Words that a reader meets without opening anything: no details, of figures the title alone."""
    lines: list[str] = [section.title]
    for block in section.blocks:
        if isinstance(block, Figure):
            lines.append(block.title)
        elif isinstance(block, Details):
            lines.append(block.summary)
        else:
            lines += _lines(block)
    return sum(len(line.replace(" | ", " ").split()) for line in lines)


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text=text):
            yield text
        case Heading(text=text):
            yield f"### {text}"
        case Bullets(items=items, title=title):
            yield from ([title] if title else [])
            yield from (f"- {item}" for item in items)
        case Definitions(items=items):
            yield from (f"{term}: {text}" for term, text in items)
        case Notice(title=title, text=text):
            yield from (title, text)
        case Answer():
            yield from _answer(block)
        case Table():
            yield from _table(block)
        case Figure(title=title, alt=alt, table=table, note=note):
            yield f"[Figure] {title}"
            yield f"[Alt] {alt}"
            yield from ([note] if note else [])
            yield from _table(table)
        case Details(summary=summary, blocks=blocks):
            yield f"> {summary}"
            for inner in blocks:
                yield from _lines(inner)


def _answer(answer: Answer) -> Iterator[str]:
    yield f"{answer.label} {answer.question}".strip()
    yield f"[{answer.verdict}] {answer.answer}".rstrip()
    if answer.estimate is not None:
        yield str(answer.estimate)
    if answer.reason:
        yield answer.reason


def _table(table: Table) -> Iterator[str]:
    yield f"[Table {table.name}] {table.title}"
    yield " | ".join(table.columns)
    yield from (" | ".join(str(cell) for cell in row) for row in table.rows)
    yield from table.notes
