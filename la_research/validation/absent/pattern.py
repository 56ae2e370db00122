"""Who answers which questionnaires, and whether answering goes with activity or with the last answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from la_research.disclosure import why_hidden
from la_research.finding import Assumption, Estimate, Finding, Key, Row
from la_research.protocol import QUESTIONNAIRES
from la_research.statistics.cells import Cells, Panel
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import wilson
from la_research.statistics.patterns import KINDS, Bools, answered_patterns, answering_odds
from la_research.validation.ground import Ground
from la_research.validation.panel import panel_of

QUESTION = "Who answers the questionnaires, and does answering go with how students do or say they are?"
ODDS = "logistic-cluster-robust"
LIMITATIONS = (
    "Answered means in full. A student who has left the module counts as not answering.",
    "Where answering goes with nothing measured, it may still go with how students were when they did not answer.",
    "Odds ratios are for one standard deviation, among students of the same module in the same week.",
)
LEAST = 50
"""Students below whom no odds are worked out."""
FEW = "too few students who answered, or who did not, or nothing that varies, to work out odds"


def pattern_finding(ground: Ground) -> Finding:
    """``validation.missing.pattern``: waves answered, kinds and patterns of answering, and what answering goes with.

    Rows by questionnaire: "answered", the share of students by week; "kind", students who answered every time,
    never, until they stopped (monotone), or now and then (intermittent); "pattern", students by the weeks they
    answered in, the most frequent and all others, as ``answered_patterns`` tells them; "goes with", the odds ratio
    of answering for one SD more activity of the weeks up to it, and more of the last score given, beside the
    activity. No protected attribute is read.
    """
    rows: list[Row] = []
    odds: list[Coefficient] = []
    for instrument in ground.instruments:
        if instrument in QUESTIONNAIRES:
            rows += _waves(ground, instrument)
            of_odds = list(_odds(ground, instrument))
            rows += [row for row, _ in of_odds]
            odds += [found for _, found in of_odds if found is not None]
    return Finding(
        "validation.missing.pattern", QUESTION, "described", None, tuple(rows), at_random(odds, ground.asked.level),
        LIMITATIONS,
    )  # fmt: skip


def _waves(ground: Ground, instrument: str) -> Iterator[Row]:
    scores = ground.scores(instrument).loc[ground.students.index]
    answered, weeks = scores.notna().to_numpy(), [int(week) for week in scores.columns]
    yield from pattern_rows(answered, weeks, ground.minimum, ground.asked.level, {"instrument": instrument})


def pattern_rows(
    answered: Bools,
    weeks: Sequence[float],
    minimum: int,
    level: float,
    named: Mapping[str, Key],
    most: int = 6,
    unit: str = "students",
) -> Iterator[Row]:
    """Students by wave, by kind and by pattern of answering, as ``answered_patterns`` tells them.

    Parameters
    ----------
    answered
        (students, weeks).
    named
        Keys that every row has.
    most
        Patterns shown at most.
    unit
        What is counted.
    """
    told, why, n = answered_patterns(answered, minimum, most), why_hidden(minimum), len(answered)

    def count(size: int) -> Estimate:
        return Estimate(size, None, None, None, unit, n, "count")

    for week, size in zip(weeks, told.waves, strict=True):
        keys: dict[str, Key] = {"what": "answered", **named, "week": week}
        if size is None:
            yield Row(keys, None, "suppressed", why)
        else:
            yield Row(keys, Estimate(size / n, *wilson(size, n, level), level, "share", n, "wilson"))
    for kind, size in zip(KINDS, told.kinds, strict=True):
        keys = {"what": "kind", **named, "answered": kind}
        yield Row(keys, None, "suppressed", why) if size is None else Row(keys, count(size))
    for pattern, size in told.shown:
        those = ", ".join(f"{week:g}" for week, there in zip(weeks, pattern, strict=True) if there)
        yield Row({"what": "pattern", **named, "answered in weeks": those or "none"}, count(size))
    if told.others and told.shown:
        yield Row({"what": "pattern", **named, "answered in weeks": "any others"}, count(told.others))


def _odds(ground: Ground, instrument: str) -> Iterator[tuple[Row, Coefficient | None]]:
    """Odds of answering by activity, then by the last score given."""
    if not ground.associations:
        return
    indicator = str(ground.associations[0].indicator)
    panel = panel_of(ground.protocol, ground.cohort, ground.indicators, indicator, instrument)
    names = f"{indicator.replace('_', ' ')} up to that week", "last score given"
    yield from odds_rows(panel, ground.asked.level, names, {"instrument": instrument})


def odds_rows(
    panel: Panel, level: float, names: tuple[str, str], named: Mapping[str, Key]
) -> Iterator[tuple[Row, Coefficient | None]]:
    """Odds ratios of answering for one SD more of the indicator, and of the last score given beside it.

    Parameters
    ----------
    names
        What the two are called.
    named
        Keys that every row has.
    """
    last = last_score(panel)
    after = ~np.isnan(last)
    whole = _fitted(panel, np.ones(len(after), bool), panel.x[:, None])
    given = _fitted(panel, after, np.column_stack([panel.x, last]))
    for what, found in zip(names, (whole[:1], given[1:]), strict=True):
        keys = {"what": "goes with", **named, "with": what}
        if not found:
            yield Row(keys, None, "not analysed", FEW), None
            continue
        low, high = np.exp(found[0].interval(level))
        yield Row(keys, Estimate(np.exp(found[0].value), low, high, level, "odds ratio", found[0].n, ODDS)), found[0]


def _fitted(panel: Panel, read: np.ndarray, columns: np.ndarray) -> list[Coefficient]:
    if len(np.unique(panel.student[read])) < LEAST:
        return []
    stratum = Cells.of(panel).stratum[read]
    return answering_odds(~np.isnan(panel.y[read]), columns[read], stratum, panel.student[read])


def last_score(panel: Panel) -> np.ndarray:
    """The score that the unit gave last before each cell, (cells,); not a number where it gave none.

    >>> one = np.ones(3)
    >>> last_score(Panel(one, one, one, np.array([2, 4, 6]), one, np.array([50.0, np.nan, 60.0]))).tolist()
    [nan, 50.0, 50.0]
    """
    rows = pd.DataFrame({"unit": panel.unit, "week": panel.week, "y": panel.y}).sort_values(["unit", "week"])
    rows["held"] = rows.groupby("unit")["y"].ffill()
    return rows.groupby("unit")["held"].shift().sort_index().to_numpy(dtype=float)


def at_random(odds: Sequence[Coefficient], level: float) -> tuple[Assumption, ...]:
    """Whether answers look missing completely at random, where odds were worked out."""
    if not odds:
        return ()
    against = sum(found.p < (1 - level) / len(odds) for found in odds)
    return (
        Assumption(
            "Answers are missing completely at random",
            False if against else None,
            f"{against} of {len(odds)} odds ratios differ from 1 at {100 * (1 - level):g} % shared between them",
        ),
    )
