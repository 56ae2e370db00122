"""Looks at one student's data, counted for the committee: how many, by whom and why; never whose."""

from __future__ import annotations

from la_research.governance import Accesses, tallied
from la_research.protocol import Protocol
from la_research.report.document import Block, Definitions, Table

COLUMNS = ("What was asked for", "Who asked", "Why", "Given", "Refused")
NOTE = (
    "Each is a line of the access log beside the cohort. A role that the protocol does not name reads “another "
    "person”, and a reason of one's own “another reason”: free words may name somebody."
)


def looks(protocol: Protocol, accesses: Accesses | None) -> list[Block]:
    """How many statements were given to students, and refused; "none yet" where nobody asked, nothing where not known.

    Examples
    --------
    >>> import la_research as lar
    >>> protocol = lar.load_protocol("protocols/early-engagement")
    >>> looks(protocol, Accesses())[0].items
    (('Statements for students', 'none yet'),)
    """
    if accesses is None:
        return []
    if not accesses.entries and not accesses.unreadable:
        return [Definitions((("Statements for students", "none yet"),))]
    said = f"given: {accesses.counted('given')}, refused: {accesses.counted('refused')}"
    back = sum(entry.withheld for entry in accesses.entries)
    said += f", items held back: {back}" if back else ""
    said += f", lines of the log that can not be read: {accesses.unreadable}" if accesses.unreadable else ""
    rows = tuple((*words, str(given), str(refused)) for *words, given, refused in tallied(protocol, accesses))
    blocks: list[Block] = [Definitions((("Statements for students", said),))]
    return blocks + (
        [Table("looks", "Who asked for what is held about one student", COLUMNS, rows, (NOTE,))] if rows else []
    )
