"""The draws of a diagnosis by number, kept in a file as they are made, so that a killed one can go on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from la_research.errors import DiskError, Fault
from la_research.pipeline.draws import Drawn
from la_research.store import write_text

FILE = "draws.csv"
COLUMNS = ("key", "draw", *(field.name for field in fields(Drawn)))
Rows = tuple[Drawn, ...]


class Book:
    """Draws by number, each with a row for every hypothesis.

    Parameters
    ----------
    file
        Where they are kept; None keeps them in memory alone. What it holds of this key and
        is whole is taken over; draws of another key stay in the file, a line that a kill tore off goes.
    key
        Digest of everything that could change a draw.
    claims
        Ids of the hypotheses, in the order of a draw's rows.

    Raises
    ------
    DiskError
        ``disk.cannot_write``.
    """

    def __init__(self, file: Path | None, key: str, claims: Sequence[str]) -> None:
        self._file, self._key = file, key
        self.draws: dict[int, Rows] = {}
        if file is not None:
            lines = _lines(file)
            self.draws = _whole(lines, key, claims)
            others = [[line[name] for name in COLUMNS] for line in lines if line["key"] != key]
            ours = [line for item in self.draws.items() for line in self._told(*item)]
            write_text(file, _text([COLUMNS, *others, *ours]))

    def add(self, draw: int, rows: Rows) -> None:
        """Keep a draw; it is on disk when this returns."""
        self.draws[draw] = rows
        if self._file is None:
            return
        try:
            with self._file.open("a", encoding="utf-8", newline="") as file:
                file.write(_text(self._told(draw, rows)))
        except OSError as error:
            remedy = "free space and run it again: it goes on with the draw where it stopped"
            raise DiskError(Fault("disk.cannot_write", "a draw can not be kept", str(self._file), remedy)) from error

    def _told(self, draw: int, rows: Rows) -> Iterable[Sequence[object]]:
        return [(self._key, draw, *(_cell(getattr(row, field.name)) for field in fields(Drawn))) for row in rows]


def refuse_other_table(file: Path) -> None:
    """Raise ``disk.not_ours`` where a file of this name is some other table; one that a kill left empty will do."""
    head = _text([COLUMNS]).encode()
    if file.exists() and not head.startswith(file.read_bytes()[: len(head)]):
        remedy = "name another folder with --out, or remove it yourself"
        raise DiskError(Fault("disk.not_ours", "the file is another table than that of a diagnosis", str(file), remedy))


def _lines(file: Path) -> list[dict[str, str]]:
    """Rows of the file but for a last one without its end."""
    if not file.exists():
        return []
    text = file.read_text(encoding="utf-8", errors="replace")
    return list(csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1])))


def _whole(lines: Sequence[Mapping[str, str]], key: str, claims: Sequence[str]) -> dict[int, Rows]:
    """Draws of the key that have a sound row for every hypothesis."""
    found: dict[int, dict[str, Drawn]] = {}
    for line in lines:
        if line["key"] != key:
            continue
        try:
            found.setdefault(int(line["draw"]), {})[line["hypothesis"]] = _drawn(line)
        except (TypeError, ValueError):
            continue
    return {
        draw: tuple(rows[claim] for claim in claims)
        for draw, rows in sorted(found.items())
        if all(claim in rows for claim in claims)
    }


def _drawn(line: Mapping[str, str]) -> Drawn:
    value, lower, upper = (float(line[name]) if line[name] else None for name in ("value", "lower", "upper"))
    asked = int(line["seed"]), line["hypothesis"], line["estimand"]
    return Drawn(*asked, value, lower, upper, float(line["alpha"]), line["verdict"], int(line["n"]), line["unit"])


def _cell(value: object) -> object:
    """Every digit of a number, so that what is read again is what was made."""
    return "" if value is None else repr(float(value)) if isinstance(value, float) else value


def _text(lines: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()
