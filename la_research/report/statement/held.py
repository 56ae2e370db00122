"""What is held: every row of one student, table by table, each with what it is for."""

from __future__ import annotations

import pyarrow as pa

from la_research.protocol import Protocol
from la_research.report.catalogue import capital
from la_research.report.document import Block, Bullets, Definitions, Details, Paragraph, Table
from la_research.report.statement.cells import cell, heading
from la_research.report.statement.tables import TITLES, about
from la_research.report.statement.told import Statement
from la_research.schema import TABLES

MOST = 400
"""Rows of a table that the page shows; all of them stand in its CSV file."""
OPEN = "Open a table to see its rows, why we hold it, how long, and who sees it."


def held(statement: Statement) -> list[Block]:
    """Each table that holds something, to be opened, and the names of those that hold nothing."""
    full = {name: table for name, table in statement.rows.items() if table.num_rows}
    empty = [TITLES[name][0] for name in statement.rows if name not in full]
    blocks: list[Block] = [Paragraph(OPEN)] if full else []
    several = "enrolments" not in full or full["enrolments"].num_rows > 1
    blocks += [_opened(name, table, statement.protocol, several=several) for name, table in full.items()]
    return blocks + ([Bullets(tuple(empty), "These tables hold no row about you")] if empty else [])


def _opened(name: str, table: pa.Table, protocol: Protocol | None, *, several: bool) -> Details:
    """``several``: whether the student has more than one enrolment, so that a row has to say whose it is."""
    said = about(name, protocol)
    why = tuple(map(_ended, said.why))
    told = (
        ("What it is", said.what),
        *((("Why we hold it", why[0]),) if len(why) == 1 else ()),
        ("How long", " ".join(map(_ended, said.kept))),
        ("Who sees it", said.seen),
    )
    left = {"student_id"} if several or name == "enrolments" else {"student_id", "enrolment_id"}
    columns = [column for column in TABLES[name].columns if column.name not in left]
    rows = table.select([column.name for column in columns]).slice(0, MOST).to_pylist()
    cells = tuple(tuple(cell(name, value) for name, value in row.items()) for row in rows)
    more = (f"The first {MOST} rows. The others stand in data/{name}.csv.",) if table.num_rows > MOST else ()
    meaning = tuple((heading(column.name), _ended(capital(column.description))) for column in columns)
    size = f"{table.num_rows:,} {'row' if table.num_rows == 1 else 'rows'}"
    return Details(
        f"{said.title} ({size})",
        (
            Definitions(told),
            *((Bullets(why, "Why we hold it"),) if len(why) > 1 else ()),
            Table(f"rows-{name}", f"{said.title}: all rows", tuple(heading(c.name) for c in columns), cells, more),
            Paragraph("What the columns hold:"),
            Definitions(meaning),
        ),
    )


def _ended(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
