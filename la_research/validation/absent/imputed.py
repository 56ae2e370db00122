"""The registered associations with unanswered questionnaires filled in from what is known of the student."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.protocol import Hypothesis
from la_research.validation.absent.filled import Filled
from la_research.validation.ground import Ground, slug
from la_research.validation.validity import METHOD, UNIT

RUBIN = "multilevel-imputation-rubin"
LIMITATIONS = (
    "Filling in adds no information: it shows what is expected where answering depends on what is known alone.",
    "Students who never answered are filled in too; the registered slope rests on those who answered at least once.",
    "Answers are filled in as normal numbers, which may lie a little outside the scale, and are used nowhere else.",
)
EXPECTED = Assumption(
    "Who does not answer is as well as others of the same module, week, activity and earlier and later answers",
    None,
    "the answers that would show it are the ones that are missing; validation.tipping moves them",
)


def imputed_findings(ground: Ground, held: Sequence[Filled]) -> Iterator[Finding]:
    """``validation.imputed.HID``: the slope with unanswered questionnaires filled in, beside that of complete cases.

    Rows: complete cases; share of questionnaires filled in; fraction of missing information; relative efficiency;
    Monte Carlo error as a share of the standard error. The n of the share filled in is of students who were asked,
    all others of those who answered at least once.

    Parameters
    ----------
    held
        What ``fill`` returned.
    """
    for filled in held:
        name = f"validation.imputed.{slug(filled.claim.id)}"
        told = question(
            ground, filled.claim, "Had every questionnaire been answered, would {0} go together as they do, {1}?"
        )
        if filled.reason:
            yield not_analysed(name, told, filled.reason)
        else:
            yield _finding(ground, filled, name, told)


def question(ground: Ground, claim: Hypothesis, text: str) -> str:
    """A question about an association in plain words: {0} is for the two things it is about, {1} for between whom."""
    indicator, instrument = str(claim.indicator).replace("_", " "), ground.protocol.outcome(claim.outcome).instrument
    where = "between students" if claim.kind == "between" else "within students"
    return text.format(f"{indicator} and {instrument}", where)


def _finding(ground: Ground, filled: Filled, name: str, told: str) -> Finding:
    level, found = ground.asked.level, filled.pooled()
    n, asked = found.slope.n, len(filled.panel.y)
    share, students = np.count_nonzero(filled.missing) / asked, len(np.unique(filled.panel.student))
    complete = filled.complete.of(filled.claim.kind)
    rows = [
        Row({"what": "complete cases"}, complete.estimate(UNIT, METHOD, level)),
        Row({"what": "questionnaires filled in"}, _plain(share, students, "count")),
        Row({"what": "fraction of missing information"}, _plain(found.missing, n, RUBIN)),
        Row({"what": "efficiency of so many fillings"}, _plain(found.efficiency, n, RUBIN)),
        Row({"what": "Monte Carlo error beside the standard error"}, _plain(found.chance / found.slope.se, n, RUBIN)),
    ]
    left = np.count_nonzero(np.isnan(filled.panel.y)) - np.count_nonzero(filled.missing)
    unfilled = (
        (f"{100 * left / asked:.1f} % are of a module and week without any answer and stay empty.",) if left else ()
    )
    return Finding(
        name,
        told,
        "described",
        found.slope.estimate(UNIT, RUBIN, level),
        tuple(rows),
        (EXPECTED,),
        (*LIMITATIONS, *unfilled),
    )


def _plain(share: float, n: int, method: str) -> Estimate:
    return Estimate(share, None, None, None, "share", n, method)
