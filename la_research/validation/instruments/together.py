"""Questionnaires beside each other, and beside who used a support service: do they go together as they should?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from la_research.disclosure import why_hidden
from la_research.finding import Estimate, Finding, Key, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES
from la_research.statistics.correlation import correlation
from la_research.statistics.standardised import standardised_difference
from la_research.validation.ground import Ground
from la_research.validation.instruments.asked import Asked
from la_research.validation.scale.consistency import of_rows
from la_research.validation.scale.plan import ScalePlan
from la_research.validation.scale.structure import apart

DISTINCT, KNOWN = "validation.instruments.distinct", "validation.instruments.known_groups"
TOLD_APART = "Do the questionnaires measure related things that can be told apart?"
USED = "Do students who used a support service in the term report to be worse off than those who did not?"
NEVER_TOGETHER = "no two questionnaires were answered in the same week"
NO_SERVICE = "the data hold no use of a support service"
BOUNDS = (
    "near 1 two questionnaires can hardly be told apart; no single limit is right",
    "both were asked on the same day of the same students, which alone makes answers go together",
)
WHO_USES = (
    "who uses a service differs in more than how they are, such as knowing of it or trusting it",
    "a service may have been used before the questionnaire or after it, and may have helped by then",
)


def distinct_finding(ground: Ground, every: list[Asked]) -> Finding:
    """HTMT, and the correlation of scores as they are and of the factors behind them, in every week in common."""
    rows = [
        row
        for first, second in combinations(every, 2)
        for week in sorted(set(first.weeks) & set(second.weeks))
        for row in _pair(ground, first, second, week)
    ]
    if not rows:
        return not_analysed(DISTINCT, TOLD_APART, NEVER_TOGETHER)
    headline = next((row.estimate for row in rows if row.estimate), None)
    return replace(of_rows(DISTINCT, TOLD_APART, rows, *BOUNDS), estimate=headline)


def _pair(ground: Ground, first: Asked, second: Asked, week: int) -> Iterator[Row]:
    """Both questionnaires in a week, of students who answered both in full."""
    keys: dict[str, Key] = {"instrument": first.name, "other": second.name, "week": week}
    sides = [asked.answers[:, asked.weeks.index(week)] for asked in (first, second)]
    held = np.hstack(sides)
    whole = held[~np.isnan(held).any(axis=1)]
    if len(whole) < ground.minimum:
        yield Row(keys, None, "suppressed", why_hidden(ground.minimum))
        return
    names = [tuple(f"{asked.name} {item}" for item in asked.plan.items) for asked in (first, second)]
    plan = ScalePlan(
        (*names[0], *names[1]),
        {first.name: names[0], second.name: names[1]},
        minimum=ground.minimum,
        level=ground.asked.level,
    )
    for row in apart(plan, whole, whole, ground.protocol.seed).rows:
        what = "correlation without error" if row.keys.get("what") == "correlation" else "HTMT"
        yield replace(row, keys={**keys, "what": what})
    count = sides[0].shape[1]
    plain = correlation(whole[:, :count].sum(axis=1), whole[:, count:].sum(axis=1), None, np.zeros(len(whole)))
    if plain is not None:
        yield Row({**keys, "what": "correlation of scores"}, plain.estimate("r", "pearson-fisher", ground.asked.level))


def known_groups_finding(ground: Ground, every: list[Asked]) -> Finding:
    """Difference in mean score between students who used a service in the term and those who did not, in SD."""
    pairs = ground.cohort.frame("services")[["student_id", "presentation"]].drop_duplicates()
    if pairs.empty:
        return not_analysed(KNOWN, USED, NO_SERVICE)
    used = pd.MultiIndex.from_frame(ground.students[["student_id", "presentation"]]).isin(
        pd.MultiIndex.from_frame(pairs)
    )
    rows = [_difference(asked, used) for asked in every]
    if all(row.verdict == "suppressed" for row in rows):
        return Finding(KNOWN, USED, "suppressed", reason=why_hidden(ground.minimum))
    signs = ", ".join(f"{asked.name} {_expected(asked.name)} 0" for asked in every)
    return of_rows(KNOWN, USED, rows, f"worse off is {signs}", *WHO_USES)


def _difference(asked: Asked, used: np.ndarray) -> Row:
    inside = asked.inside(asked.wave)
    score = asked.answers[:, asked.wave].sum(axis=1)
    keys: dict[str, Key] = {"instrument": asked.name, "week": asked.week}
    if min((inside & used).sum(), (inside & ~used).sum()) < asked.ground.minimum:
        return Row(keys, None, "suppressed", why_hidden(asked.ground.minimum))
    value, lower, upper = standardised_difference(score[inside & used], score[inside & ~used], asked.level)
    if np.isnan(value):
        return Row(keys, None, "not analysed", "every student has the same score")
    return Row(keys, Estimate(value, lower, upper, asked.level, "SD", int(inside.sum()), "hedges-g"))


def _expected(name: str) -> str:
    return "below" if QUESTIONNAIRES[name].positive else "above"
