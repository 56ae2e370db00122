"""Activity beside that of others, beside cut-offs, and beside the student's own weeks, worked out on paper."""

from __future__ import annotations

import math
from fractions import Fraction

from la_research.explanation.trace.desk import Desk, Line
from la_research.explanation.trace.record import Record
from la_research.explanation.trace.seen import counted, seen_weeks, unseen
from la_research.explanation.trace.steps import added, mean_of, paper, term
from la_research.indicators.relative import (
    ATTENDANCE,
    LOOK_BACK_DAYS,
    MINIMUM_HISTORY,
    ONLINE,
    PEERS,
    SCALE,
    SD_FLOOR,
)
from la_research.protocol import IndicatorSettings, Light

FEW_PEERS = f"Fewer than {PEERS} students of the module were seen in this week."
ALL_SILENT = "Nobody on the module was active in this week."
NO_ATTENDANCE = "No record of classes covers this week."
HISTORY = "Fewer than {n} of your earlier weeks were seen."
COLOURS = ("green", "amber", "red")
OWN, MEAN = "your actions", "mean of the module"
RECENT, CLASSES = "actions a week in the last 14 days", "share of your classes"
"""Lines that others read by these words."""


def peer_share(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """The student's actions divided by the module's mean, of which only the number and the sum are known."""
    unit, sources = "times the module's mean", counted(desk.protocol, settings)
    if reason := unseen(record, sources, week):
        return [Line("", None, unit, reason)]
    peers, total = desk.sums(record, sources, week)
    if peers < PEERS or total == 0:
        return [Line("", None, unit, FEW_PEERS if peers < PEERS else ALL_SILENT)]
    actions = record.actions(sources, week)
    own, mean = sum(actions), f"{total} / {peers}"
    return [
        Line(added(actions), own, "actions a week", what=OWN),
        Line(mean, total / peers, "actions a week", what=MEAN),
        Line(f"{own} / ({mean})", own * peers / total, unit, what="your actions beside the mean"),
    ]


def rag(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """The worse of a light for activity and a light for classes."""
    unit, sources = "light (0 green, 1 amber, 2 red)", counted(desk.protocol, settings)
    used = "attendance" in desk.protocol.sources and "attendance" not in record.exempt
    reason = unseen(record, sources, week)
    if not reason and used and unseen(record, ("attendance",), week):
        reason = NO_ATTENDANCE
    if reason:
        return [Line("", None, unit, reason)]
    totals = [sum(record.actions(sources, one)) for one in _recent(record, sources, week)]
    online = sum(totals) / len(totals)
    lines = [Line(mean_of(totals), online, "actions a week", what=RECENT)]
    lines.append(_lit(online, settings.online or ONLINE, "light for activity", unit))
    classes = record.attendance.get(week)
    if not used or classes is None or classes["expected"] == 0:
        return [*lines, Line(paper(lines[-1].value or 0), lines[-1].value, unit, what="no class counts in this week")]
    share = classes["attended"] / classes["expected"]
    lines.append(Line(f"{classes['attended']} / {classes['expected']}", share, "share", what=CLASSES))
    lines.append(_lit(share, settings.attendance or ATTENDANCE, "light for classes", unit))
    both = [int(line.value or 0) for line in (lines[1], lines[3])]
    return [*lines, Line(f"max({both[0]}, {both[1]})", max(both), unit, what="the worse of the two lights")]


def _recent(record: Record, sources: tuple[str, ...], week: int) -> list[int]:
    """The week, and the teaching week before it where that was seen and began within the 14 days."""
    before = [one for one in record.registered if one < week][-1:]
    near = record.weeks[week][1] - LOOK_BACK_DAYS
    return [one for one in before if record.weeks[one][0] > near and not unseen(record, sources, one)] + [week]


def _lit(value: float, cuts: Light, name: str, unit: str) -> Line:
    light = 2 if value < cuts.red else 1 if value < cuts.amber else 0
    told = f"{name}: red under {paper(cuts.red)}, amber under {paper(cuts.amber)}; {paper(value)} is {COLOURS[light]}"
    return Line("", light, unit, what=told)


def baseline_departure(desk: Desk, settings: IndicatorSettings, record: Record, week: int) -> list[Line]:
    """How far the week's log lies from the mean of earlier ones, in their spread; logs are kept to six decimals."""
    unit, sources = "SD of own weeks", counted(desk.protocol, settings)
    if reason := unseen(record, sources, week):
        return [Line("", None, unit, reason)]
    actions = sum(record.actions(sources, week))
    now, past = _log(actions), seen_weeks(record, sources, week)[:-1]
    log = Line(f"log({actions} + 1)", float(now), "log of actions", what="logarithm of your actions and 1")
    history = settings.minimum_history or MINIMUM_HISTORY
    if len(past) < history:
        return [log, Line("", None, unit, HISTORY.format(n=history))]
    logs = [_log(sum(record.actions(sources, one))) for one in past]
    mean = sum(logs, Fraction()) / len(logs)
    variance = sum(((one - mean) ** 2 for one in logs), Fraction()) / (len(logs) - 1)
    spread = max(math.sqrt(variance), SD_FLOOR)
    written = [float(one) for one in logs]
    apart = [f"({paper(one)} - {term(float(mean))})" for one in written]
    squares = " + ".join(f"{one} * {one}" for one in apart)
    high, low = max(now, mean), min(now, mean)
    return [
        log,
        Line(mean_of(written), float(mean), "log of actions", what="mean of your earlier weeks"),
        Line(
            f"max({paper(SD_FLOOR)}, sqrt(({squares}) / ({len(logs)} - 1)))",
            spread,
            "log of actions",
            what=f"swing of your earlier weeks, at least {paper(SD_FLOOR)}",
        ),
        Line(
            f"({paper(float(high))} - {paper(float(low))}) / {paper(spread)}",
            float(high - low) / spread,
            unit,
            what="how far this week is from the mean, in swings",
        ),
    ]


def _log(actions: int) -> Fraction:
    return Fraction(round(math.log(actions + 1) * SCALE), SCALE)
