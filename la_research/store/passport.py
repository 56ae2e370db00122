"""The passport on disk: one table of measured behaviour, shipped with the package."""

from __future__ import annotations

import csv
from dataclasses import fields
from pathlib import Path

from pydantic import TypeAdapter

from la_research.report.measured import Measured

PASSPORT = Path(__file__).parents[1] / "data" / "passport.csv"
COLUMNS = tuple(field.name for field in fields(Measured))


def load_passport(path: Path = PASSPORT) -> tuple[Measured, ...]:
    """What was measured of each method in each cell, in the order of the file.

    The rows are trusted as they stand: the tests of the package replay stored draws of
    every cell, and a row whose draws come out otherwise does not pass them.

    Raises
    ------
    ValueError
        A cell of the table is no value of its column; an empty one is None.

    Examples
    --------
    >>> all(row.draws >= 2000 for row in load_passport())
    True
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{name: text or None for name, text in row.items()} for row in csv.DictReader(file)]
    return TypeAdapter(tuple[Measured, ...]).validate_python(rows)
