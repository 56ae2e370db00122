"""The stopping rule: what each interim look at the harms would have said, with alpha spent from look to look."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd
from scipy.special import ndtr

from la_research.evaluation.ground import Ground
from la_research.evaluation.harms.ledger import measured_among
from la_research.evaluation.shares import few
from la_research.finding import Assumption, Finding, Row, not_analysed
from la_research.protocol.support import Harm
from la_research.statistics.spending import boundaries

NAME, QUESTION = "evaluation.stopping", "Would the trial have been stopped for harm at a look before its end?"
NO_HARM = "the protocol registers no harm that could be looked at"
ORDER = (
    "A look holds the students drawn first, with all that became of them; those drawn in one week are taken by their "
    "pseudonym. Planned are as many as were drawn."
)
ASIDE = "The looks are worked out afterwards from the whole record; who decided then may have known less, or more."


def stopping_findings(ground: Ground) -> list[Finding]:
    """``evaluation.stopping``: each harm at each look, beside the boundary that its alpha leaves for that look.

    Rows have "look", "share" (of the students drawn) and "harm"; the interval is the one that the boundary allows, 1
    - 2 times the alpha of that look alone, and "harm shown" says that it lies on the side of harm. The last look is
    that of the whole trial and is in the rows too.
    """
    stopping = ground.support.stopping
    if stopping is None:
        return []
    if not ground.support.harms:
        return [not_analysed(NAME, QUESTION, NO_HARM)]
    students = ground.assignments.sort_values(["week", "student_id"])["student_id"].drop_duplicates()
    if len(students) < ground.minimum:
        return [not_analysed(NAME, QUESTION, f"fewer than {ground.minimum} students were drawn")]
    rows = tuple(row for harm in ground.support.harms for row in _looks(ground, harm, students))
    crossed = any(row.verdict == "harm shown" for row in rows)
    who = stopping.who or "The protocol does not say who decides."
    return [
        Finding(
            NAME,
            QUESTION,
            "harm shown" if crossed else "described",
            rows=rows,
            assumptions=(Assumption("No look crossed its boundary", not crossed, "each look and harm is in the rows"),),
            limitations=(f"Who decides: {who}", *((stopping.rule,) if stopping.rule else ()), ORDER, ASIDE),
            confirmatory=True,
        )
    ]


def _looks(ground: Ground, harm: Harm, students: pd.Series) -> Iterator[Row]:
    """One harm at each look and at the end."""
    stopping = ground.support.stopping
    assert stopping is not None
    shares = (*sorted(stopping.looks), 1.0)
    for look, (share, z) in enumerate(zip(shares, boundaries(shares, harm.alpha, stopping.spending), strict=True), 1):
        alone = float(ndtr(-z))
        keys = {"look": look, "share": share, "harm": harm.what}
        found = measured_among(ground, harm, pd.Index(students.iloc[: math.ceil(share * len(students))]))
        limit = f"the boundary is z = {z:.2f}, an alpha of {alone:.2g} for this look"
        if isinstance(found, str):
            yield Row(keys, None, "not analysed", found)
        elif found.shown(alone):
            yield Row(keys, None if found.few else found.estimate(alone), "harm shown", limit)
        elif found.few:
            yield Row(keys, None, "described", f"{limit}, and was not reached; {few(ground.minimum)}")
        else:
            yield Row(keys, found.estimate(alone), "described", limit)
