"""The points score as a card: points of each range, the chance of each total, and how many had the outcome."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from la_research.disclosure import tells_few
from la_research.explanation.ground import Ground
from la_research.explanation.simpler.points import PointsCard, fit_points
from la_research.finding import Estimate, Finding, Key, Row, not_analysed
from la_research.models import MINIMUM_LABELS
from la_research.statistics.intervals import effective_n, wilson

CARD = "How would a score come about that a student can work out on paper?"
TOO_FEW = f"fewer than {MINIMUM_LABELS} students with either value of the label"
LOWEST, HIGHEST, UNSEEN = "lowest", "highest", "not observed"
"""In place of a number: what is open below, or above; and points where an indicator is not observed."""
UNIT = "points of the card"
BANDS = 6
"""Most bands of totals for which the share with the outcome is shown."""
LIMITATIONS = (
    "Points say what goes with the outcome among these students, not what causes it.",
    "The card is fitted to all students with a label. What it is worth for others stands beside the registered model.",
    "Shares with the outcome are those of the same students, and so a little steeper than they would be for others.",
    "The first chance holds for lower totals too, and the last for higher ones.",
    "A range goes from its first number to under its second. Neighbours with the same points are one range.",
    "Where an indicator is not observed for too few students to say more, that has 0 points.",
)


def card_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.points``: nothing for a subset, or where no points score is registered.

    Rows by ``indicator``, ``from`` and ``to`` hold points; by ``total`` the chance that the card's table gives; by
    ``total from`` and ``to`` (included) the share of students who had the outcome, in bands of totals that tell of no
    few students with it or without. Outermost totals are told as "lowest" and "highest", which nobody's is. n counts
    students.
    """
    asked = ground.protocol.explanation.simpler
    if asked is None or "points" not in asked.kinds or not ground.main:
        return
    if too_few(ground.rows["label"]):
        yield not_analysed(ground.name("points"), CARD, TOO_FEW)
        return
    known = ground.rows["label"].notna().to_numpy()
    rows, features = ground.rows[known].reset_index(drop=True), ground.features[known]
    card = fit_points(features, rows["label"], rows["student_id"], ground.minimum)
    rows = rows.assign(total=card.points(features))
    held = (*_points(card), *_chances(card, rows["student_id"].nunique()), *_shares(rows, ground.minimum))
    yield Finding(ground.name("points"), CARD, "described", rows=held, limitations=LIMITATIONS)


def too_few(label: pd.Series) -> bool:
    """Whether there are too few rows of either label to fit a model."""
    return min(int((label == value).sum()) for value in (0, 1)) < MINIMUM_LABELS


def _points(card: PointsCard) -> Iterator[Row]:
    def row(indicator: str, low: Key, high: Key, points: int, students: int) -> Row:
        given = Estimate(points, None, None, None, UNIT, students, "points-card")
        return Row({"indicator": indicator, "from": low, "to": high}, given)

    for line in card.lines:
        for one in line.ranges:
            low, high = LOWEST if one.low is None else one.low, HIGHEST if one.high is None else one.high
            yield row(line.indicator, low, high, one.points, one.students)
        if line.unseen_students:
            yield row(line.indicator, UNSEEN, UNSEEN, line.unseen, line.unseen_students)


def _chances(card: PointsCard, n: int) -> Iterator[Row]:
    for total, chance in card.table:
        yield Row({"total": total}, Estimate(chance, None, None, None, "share", n, "points-table"))


def _shares(rows: pd.DataFrame, minimum: int) -> Iterator[Row]:
    bands = _bands(rows, minimum)
    for i, (first, last) in enumerate(bands):
        part = rows[rows["total"].between(first, last)]
        rate, n = float(part["label"].mean()), effective_n(part["label"], part["student_id"])
        share = Estimate(rate, *wilson(rate * n, n), 0.95, "share", part["student_id"].nunique(), "wilson")
        low, high = first if i else LOWEST, last if i + 1 < len(bands) else HIGHEST
        yield Row({"total from": low, "to": high}, share)


def _bands(rows: pd.DataFrame, minimum: int) -> list[tuple[int, int]]:
    """Totals in a row, of about as many students each, none of which tells of few with the outcome or without."""
    totals = np.unique(rows["total"])
    found: list[tuple[int, int]] = []
    first = int(totals[0])
    for total in totals:
        here, rest = rows[rows["total"].between(first, total)], rows[rows["total"] > total]
        if len(here) >= len(rows) / BANDS and _tells(here, minimum) and _tells(rest, minimum):
            found.append((first, int(total)))
            first = int(total) + 1
    return [*found, (first, int(totals[-1]))]


def _tells(part: pd.DataFrame, minimum: int) -> bool:
    """Whether there are enough students with the outcome and without to say so."""
    held, others = (part.loc[part["label"] == side, "student_id"].nunique() for side in (1, 0))
    return min(held, others) > 0 and not tells_few(held, held + others, minimum)
