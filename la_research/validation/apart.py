"""Whether the weeks of an indicator are measured apart, so that how alike they are says how reliable it is."""

from __future__ import annotations

from la_research.finding import Assumption
from la_research.indicators import INDICATORS

SHARED = "its weeks share their windows, so how alike they are comes from how it is made"


def apart(indicator: str) -> Assumption:
    """Held where each week's value is made of that week alone, failed elsewhere.

    Examples
    --------
    >>> apart("weekly_activity").holds, apart("regularity").holds
    (True, False)
    """
    window = INDICATORS[indicator].window
    alone = window == "the week itself"
    said = "each week's value is made of that week alone" if alone else f"its window is: {window}"
    return Assumption("Weeks are measured apart from one another", alone, said)
