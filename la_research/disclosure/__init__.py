"""Small groups are suppressed before anything leaves a stage, and what is shown together gives none of them away."""

from la_research.disclosure.small import (
    INVENTED,
    PUBLISHED,
    TELLS_APART,
    column_tells_few,
    disclosed,
    spaced,
    stepped,
    tables,
    tells_few,
    why_hidden,
    without_few,
)

__all__ = [
    "INVENTED",
    "PUBLISHED",
    "TELLS_APART",
    "column_tells_few",
    "disclosed",
    "spaced",
    "stepped",
    "tables",
    "tells_few",
    "why_hidden",
    "without_few",
]
