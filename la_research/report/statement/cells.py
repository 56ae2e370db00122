"""Values as a student reads them."""

from __future__ import annotations

from typing import Any

from la_research.report.catalogue import SOURCES, attribute_name, capital, source_name

EMPTY = "empty"
HEADINGS = {
    "flag": "Choice",
    "at": "Day",
    "student_id": "Your code",
    "enrolment_id": "Your enrolment",
    "commutes": "Long way",
    "score": "Mark",
}
"""Columns whose name would not be read as it is meant."""


def shown(value: Any, digits: int = 4) -> str:
    """A value of a row: numbers without needless digits, yes or no, "empty" where nothing was recorded.

    >>> shown(3), shown(0.25), shown(1 / 3), shown(True), shown(None), shown("a"), shown(72.0), shown(123456.7)
    ('3', '0.25', '0.3333', 'yes', 'empty', 'a', '72', '123,457')
    >>> shown(1 / 3, 6)
    '0.333333'
    """
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 10 ** (digits - 1) else f"{value:.{digits}g}"
    return str(value)


def heading(column: str) -> str:
    """The name of a column as a heading.

    >>> heading("active_days"), heading("flag"), heading("imd_band")
    ('Active days', 'Choice', 'Area deprivation (IMD band)')
    """
    return HEADINGS.get(column) or capital(attribute_name(column))


def cell(column: str, value: Any) -> str:
    """A value under its column; a source by its label.

    >>> cell("source", "vle") == SOURCES["vle"][0], cell("count", 3)
    (True, '3')
    """
    return source_name(value) if column == "source" and value in SOURCES else shown(value)
