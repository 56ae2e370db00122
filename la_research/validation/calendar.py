"""The calendar of strain: in which weeks of the term students report most of it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES
from la_research.statistics.intervals import mean_interval
from la_research.statistics.term import WeeklyChange, weekly_change
from la_research.validation.ground import Ground

NAME = "validation.calendar"
QUESTION = "In which weeks of the term do students report most strain?"
LEAST_WEEKS = 3
CHANGE, MOST = "change within students", "share of draws in which it is the week of most strain"
LIMITATIONS = (
    "It is about the term, not about any student: in every week some report little strain and others much.",
    "It says when, not why: deadlines, the season and the questionnaire itself fall in the same weeks.",
    "The week named is the one that looked hardest, so its change is told a little too large, the more so in a module.",
    "Only weeks in which the questionnaire was asked can be seen, and each answer speaks of its recall period.",
)
ON_SEVERAL = "No module is shown apart: their sum would tell of fewer than {minimum} students, as on several of them."
BY_MODULE = "No module is shown apart: in one of them, fewer than {minimum} students answered in a week."


def calendar_findings(ground: Ground) -> list[Finding]:
    """``validation.calendar``; nothing where no questionnaire was asked in three weeks or more.

    The questionnaire asked in most weeks is read. Rows are the plain mean by week; the change
    within students, against the mean of the weeks asked, with intervals that hold for all
    weeks at once; how sure it is that a week is the one of most strain; and the same of that
    week by module, where every week of every module has the minimum of answers.
    """
    tables = [(name, table) for name in ground.instruments if (table := ground.scores(name)).shape[1] >= LEAST_WEEKS]
    if not tables:
        return []
    instrument, table = max(tables, key=lambda pair: pair[1].shape[1])
    once = ~ground.units.duplicated(["student_id", "presentation"])  # an answer counts once, on however many modules
    shown = table.loc[:, table[once].notna().sum() >= ground.minimum]
    students = ground.units.loc[once, "student_id"]
    change = weekly_change(shown[once], students) if shown.shape[1] >= LEAST_WEEKS else None
    if change is None or change.students < ground.minimum:
        reason = f"too few students answered {instrument} in several weeks, or none of their answers differ"
        return [not_analysed(NAME, QUESTION, reason, limitations=LIMITATIONS)]
    return [_finding(ground, instrument, shown, students, change)]


def _finding(
    ground: Ground, instrument: str, table: pd.DataFrame, students: pd.Series, change: WeeklyChange
) -> Finding:
    card, level = QUESTIONNAIRES[instrument], ground.asked.level
    changes = _changes(ground, table, change, card.unit, level, "term")
    sure = change.extreme(ground.rng("calendar", "most", "term"), lowest=card.positive)
    rows = [
        *_means(table.loc[students.index], students, card.unit, level),
        *(Row({"what": CHANGE, "week": w}, e) for w, e in changes.items()),
    ]
    rows += [Row({"what": MOST, "week": w}, _share(s, change)) for w, s in zip(changes, sure, strict=True)]
    modules = list(_modules(ground, table))
    small = any((part.notna().sum() < ground.minimum).any() for _, part in modules)
    apart = [] if small or len(modules) < 2 else list(_by_module(ground, modules, card.unit, card.positive))
    twice = sum(row.estimate.n for row in apart if row.estimate and row.keys["what"] != MOST) - change.students
    few = 0 < abs(twice) < ground.minimum
    rows += [] if few else apart
    worst = list(changes)[_most(change, card.positive)]
    lower = "lower" if card.positive else "higher"
    return Finding(
        NAME,
        QUESTION,
        "described",
        changes[worst],
        tuple(rows),
        (
            Assumption(
                "Whether a student answers in a week does not depend on how that week is for them",
                None,
                "students are compared with themselves, so it may depend on how they usually are",
            ),
        ),
        (
            f"A {lower} score of {instrument} is more strain. The first number is the change in week {worst}.",
            *LIMITATIONS,
            *((BY_MODULE.format(minimum=ground.minimum),) if small and len(modules) > 1 else ()),
            *((ON_SEVERAL.format(minimum=ground.minimum),) if few and apart else ()),
        ),
    )


def _most(change: WeeklyChange, lowest: bool) -> int:
    return int(change.value.argmin() if lowest else change.value.argmax())


def _means(table: pd.DataFrame, students: pd.Series, unit: str, level: float) -> Iterator[Row]:
    """Plain means of who answered."""
    for week in map(int, table.columns):
        value, lower, upper = mean_interval(table[week], level, students)
        answered = students[table[week].notna()].nunique()
        yield Row({"what": "mean score", "week": week}, Estimate(value, lower, upper, level, unit, answered, "mean-t"))


def _changes(
    ground: Ground, table: pd.DataFrame, change: WeeklyChange, unit: str, level: float, part: str
) -> dict[int, Estimate]:
    """By week, with intervals that hold for all weeks at once."""
    reach = change.critical(level, ground.rng("calendar", "critical", part)) * change.error
    found = zip(map(int, table.columns), change.value, reach, strict=True)
    return {
        week: Estimate(value, value - half, value + half, level, unit, change.students, "within-students-max-t")
        for week, value, half in found
    }


def _share(share: float, change: WeeklyChange) -> Estimate:
    return Estimate(share, None, None, None, "share", change.students, "share of draws")


def _modules(ground: Ground, table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Scores of the students of each module's run; who is on several modules stands in each of them."""
    rows = ground.enrolments
    several = rows["presentation"].nunique() > 1
    names = rows["module"] + " " + rows["presentation"] if several else rows["module"]
    for name, part in rows.groupby(names, sort=True):
        found = table.loc[part["unit_id"].unique()]
        yield str(name), found.loc[:, found.notna().any()]


def _by_module(ground: Ground, modules: list[tuple[str, pd.DataFrame]], unit: str, lowest: bool) -> Iterator[Row]:
    """The week of most strain of each module; its interval holds for all weeks of all modules."""
    level = ground.asked.level ** (1 / len(modules))
    for name, part in modules:
        keys = {"what": "change in the week of most strain", "module": name}
        change = weekly_change(part, ground.units["student_id"].loc[part.index]) if part.shape[1] > 1 else None
        if change is None or change.students < ground.minimum:
            yield Row(keys, None, "not analysed", "too few students answered in several weeks")
            continue
        place = _most(change, lowest)
        week = int(part.columns[place])
        yield Row({**keys, "week": week}, _changes(ground, part, change, unit, level, name)[week])
        sure = change.extreme(ground.rng("calendar", "most", name), lowest=lowest)
        yield Row({"what": MOST, "module": name, "week": week}, _share(float(np.asarray(sure)[place]), change))
