"""Values as a student reads them."""

from __future__ import annotations

from typing import Any

EMPTY = "empty"


def shown(value: Any) -> str:
    """A value of a row: numbers without needless digits, yes or no, "empty" where nothing was recorded.

    >>> shown(3), shown(0.25), shown(1 / 3), shown(True), shown(None), shown("a"), shown(72.0)
    ('3', '0.25', '0.333333', 'yes', 'empty', 'a', '72')
    """
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def heading(column: str) -> str:
    """The name of a column as a heading.

    >>> heading("active_days")
    'Active days'
    """
    return column.replace("_", " ").capitalize()
