"""Small groups are suppressed before anything leaves a stage, and what is shown together gives none of them away."""

from la_research.disclosure.hiding import told_groups, told_totals
from la_research.disclosure.recovery import FEWEST, Release, narrowed
from la_research.disclosure.settings import Settings
from la_research.disclosure.small import (
    INVENTED,
    PUBLISHED,
    TELLS_APART,
    column_tells_few,
    covered,
    disclosed,
    some_but_few,
    spaced,
    stepped,
    tables,
    tells_few,
    why_hidden,
    without_few,
)

__all__ = [
    "FEWEST",
    "INVENTED",
    "PUBLISHED",
    "TELLS_APART",
    "Release",
    "Settings",
    "column_tells_few",
    "covered",
    "disclosed",
    "narrowed",
    "some_but_few",
    "spaced",
    "stepped",
    "tables",
    "tells_few",
    "told_groups",
    "told_totals",
    "why_hidden",
    "without_few",
]
