"""Outcomes of a table that are not there: of whom, and the associations with them filled in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.seeds import stream
from la_research.statistics.association import associations
from la_research.statistics.imputation import pooled
from la_research.validation.absent.filled import completed, unfilled
from la_research.validation.absent.imputed import RUBIN
from la_research.validation.absent.pattern import at_random, odds_rows, pattern_rows
from la_research.validation.associated.rows import LEVEL, NO_WEEKS, YES_OR_NO, Asked
from la_research.validation.validity import UNIT

NAME = "validation.associate.missing"
QUESTION = "Whose outcomes are not there, and would the associations be others with them filled in?"
FILLINGS = 20
READABLE = 8
"""Weeks beyond which single patterns say little: there are too many of them."""
NOTHING_MISSING = "every student has an outcome in every week"
ODDS = "the indicator", "the last outcome before"
LIMITATIONS = (
    "A week without a row counts as one without an outcome; filled in is only what has a row with the indicator.",
    "Filling in adds no information: it shows what is expected where an outcome's absence depends on what is known.",
    "Outcomes are filled in as normal numbers, which may lie a little outside the scale, and are used nowhere else.",
)
EXPECTED = Assumption(
    "Who lacks an outcome is as others of the same module, week, indicator and earlier and later outcomes",
    None,
    "the outcomes that would show it are the ones that are missing",
)


def missing_finding(asked: Asked, why: str) -> Finding:
    """``validation.associate.missing``: how outcomes are missing, what that goes with, and both slopes filled in.

    The headline is the share of students' weeks without an outcome.

    Parameters
    ----------
    why
        Why the table answers nothing; empty where it may.
    """
    why = why or ("" if asked.plan.by_week else NO_WEEKS)
    if why:
        return not_analysed(NAME, QUESTION, why)
    weekly = asked.wide("y")
    held = weekly.notna()
    answered = (held | ~held.groupby("cluster").transform("any")).to_numpy(dtype=bool)
    lacking = len(np.unique(weekly.index.get_level_values("student").to_numpy()[~answered.all(axis=1)]))
    if lacking < asked.plan.minimum:
        few = f"outcomes are missing of fewer than {asked.plan.minimum} students"
        return not_analysed(NAME, QUESTION, few if lacking else NOTHING_MISSING)
    odds = list(odds_rows(asked.panel(), LEVEL, ODDS, {}))
    weeks = [float(week) for week in weekly.columns]
    rows = (
        *pattern_rows(answered, weeks, asked.plan.minimum, LEVEL, {}, 6 if len(weeks) <= READABLE else 0, asked.units),
        *(row for row, _ in odds),
        *_filled_in(asked),
    )
    n = int(asked.rows["student"].nunique())
    share = Estimate(1 - answered.mean(), None, None, None, "share", n, "count")
    random = at_random([found for _, found in odds if found is not None], LEVEL)
    return Finding(NAME, QUESTION, "described", share, rows, (*random, EXPECTED), LIMITATIONS)


def _filled_in(asked: Asked) -> Iterator[Row]:
    """Both slopes with missing outcomes filled in, and how much of what they would tell is not known."""
    panel, what = asked.panel(), "filled in"
    lacking = len(np.unique(panel.student[np.isnan(panel.y)]))
    few = f"fewer than {asked.plan.minimum} students have the indicator in a week without an outcome"
    why = YES_OR_NO if asked.plan.binary else few if lacking < asked.plan.minimum else unfilled(panel)
    if why:
        yield Row({"what": f"slopes, {what}"}, None, "not analysed", why)
        return
    fit = associations(panel, squared=False)
    whole, again = completed(panel, fit, FILLINGS, stream(0, "validation", "imputation", "table"))
    for kind, slopes in again.slopes(whole).items():
        found = pooled(slopes)
        where = "between students" if kind == "between" else "within student"
        yield Row({"what": f"{where}, {what}"}, found.slope.estimate(UNIT, RUBIN, LEVEL))
        missing = Estimate(found.missing, None, None, None, "share", found.slope.n, RUBIN)
        yield Row({"what": f"{where}, information missing"}, missing)
