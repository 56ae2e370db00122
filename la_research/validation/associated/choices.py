"""Would an association in a table have come out otherwise on other scales, or given the covariates?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from la_research.finding import Finding, Key, Row, not_analysed
from la_research.seeds import stream
from la_research.statistics.association import KINDS, Associations, Panel, associations
from la_research.statistics.intervals import Floats
from la_research.statistics.weeks import log_scale
from la_research.validation.associated.rows import LEVEL, Asked, on_a_line
from la_research.validation.choices import NOT_MANY, as_a_whole, middle_of
from la_research.validation.specifications import NOTHING, placed
from la_research.validation.validity import LEAST_STUDENTS, METHOD, UNIT

QUESTIONS = {
    "between": "Between students, would the association have come out otherwise, analysed in other sensible ways?",
    "within": "Within a student, would the association have come out otherwise, analysed in other sensible ways?",
}
LIMITATIONS = (
    NOT_MANY,
    "Nothing was registered: which of these ways is right was not said before they were seen.",
)
Way = tuple[dict[str, Key], Panel, Associations]
"""What was chosen, the cells, and their slopes."""


def choice_findings(asked: Asked, why: str) -> Iterator[Finding]:
    """``validation.associate.choices.between`` and ``.within``: every scale, with and without the covariates.

    The indicator as it is, as ranks among students of the same module and week, and the logarithm of one plus it
    where nothing lies below zero. The headline is the specification in the middle, with its own interval.

    Parameters
    ----------
    why
        Why the table answers nothing; empty where it may.
    """
    ways = [] if why else list(_ways(asked))
    for kind in KINDS:
        known = [way for way in ways if kind in way[2].slopes]
        if len(known) > 1:
            yield _described(asked, kind, known)
        else:
            reason = why or "on fewer than two scales there is a slope"
            yield not_analysed(f"validation.associate.choices.{kind}", QUESTIONS[kind], reason)


def _ways(asked: Asked) -> Iterator[Way]:
    """Every way that enough students allow, as it is and given nothing first."""
    for given in (False, True) if asked.covariates.shape[1] else (False,):
        for scale, x in _scales(asked).items():
            panel = replace(asked, rows=asked.rows.assign(x=x)).panel(given=given)
            if panel.students >= LEAST_STUDENTS and not on_a_line(panel):
                keys: dict[str, Key] = {"what": "specification", "scale": scale}
                yield (
                    keys | {"given": "the covariates" if given else NOTHING},
                    panel,
                    associations(panel, squared=False),
                )


def _scales(asked: Asked) -> dict[str, Floats]:
    """The indicator of every row by scale."""
    x, raw = asked.rows["x"], asked.rows["raw"].to_numpy(dtype=float)
    found = {"as it is": x.to_numpy(dtype=float), "rank": x.groupby(asked.stratum).rank(pct=True).to_numpy(dtype=float)}
    return found if (raw < 0).any() else found | {"log": log_scale(raw)}


def _described(asked: Asked, kind: str, known: Sequence[Way]) -> Finding:
    students = int(asked.rows["student"].max()) + 1
    found = [both.of(kind) for _, _, both in known]
    added = np.column_stack([placed(both.influence[kind], panel, students) for _, panel, both in known])
    in_order = sorted(found, key=lambda slope: slope.value)
    rows = (
        *(Row(keys, slope.estimate(UNIT, METHOD, LEVEL)) for (keys, *_), slope in zip(known, found, strict=True)),
        *as_a_whole(found, added, stream(0, "validation", "choices", "table", kind)),
    )
    return Finding(
        f"validation.associate.choices.{kind}", QUESTIONS[kind], "described", middle_of(in_order), rows,
        limitations=LIMITATIONS,
    )  # fmt: skip
