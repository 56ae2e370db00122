"""Who the students are, what the term holds and who consents: planted shares and odds are found in the tables."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy.special import expit

from tests.synthetic.textbook import (
    Campus,
    Dial,
    Family,
    Found,
    both,
    by_group,
    cases,
    check,
    exactly,
    glm,
    pick,
    share,
)  # fmt: skip

WEEKS = np.arange(1, 41)


def held(campus: Campus, attribute: str) -> np.ndarray:
    vault = campus.table("vault").query("attribute == @attribute").drop_duplicates("who")
    return vault.sort_values("who")["value"].to_numpy()


def is_held(attribute: str, value: str):
    return lambda campus: share(held(campus, attribute) == value)


def classes(attribute: str, dial: str):
    return lambda campus: both(
        *(share(held(campus, attribute) == name) for name in getattr(campus.scenario.people, dial))
    )


def single(campus: Campus) -> np.ndarray:
    """Modules of students on one module."""
    return campus.table("enrolments").drop_duplicates("who", keep=False)["module"].to_numpy()


def modules(*shares: float) -> list[dict[str, object]]:
    return [{"code": f"MOD{i}00", "share": s, "subject": "any"} for i, s in enumerate(shares, start=1)]


PEOPLE = Family(
    [
        Dial("people.female", 0.3, 0.57, is_held("gender", "F")),
        Dial("people.disability", 0.4, 0.17, is_held("disability", "Y")),
        Dial("people.international", 0.5, 0.24, is_held("fee_status", "international")),
        Dial("people.ethnicity", {"White": 0.3, "Asian": 0.3, "Black": 0.2, "Mixed or other": 0.2},
             {"White": 0.73, "Asian": 0.135, "Black": 0.074, "Mixed or other": 0.061},
             classes("ethnicity", "ethnicity"), lambda at: list(at.values())),
        Dial("people.age", {"young": 0.3, "old": 0.7}, {"young": 0.6, "old": 0.4}, classes("age_band", "age"),
             lambda at: list(at.values())),
        Dial("people.religion", {"none": 0.7, "some": 0.3}, {"none": 0.2, "some": 0.8}, classes("religion", "religion"),
             lambda at: list(at.values())),
        Dial("people.orientation", {"heterosexual": 0.7, "LGB or other": 0.3},
             {"heterosexual": 0.88, "LGB or other": 0.12}, classes("orientation", "orientation"),
             lambda at: list(at.values())),
        Dial("people.postgraduate", 0.6, 0.29, lambda c: share(c.table("students")["level"] == "postgraduate")),
        Dial("people.commutes", 0.7, 0.3, lambda c: share(c.table("students")["commutes"])),
        Dial("people.online_only", 0.4, 0.1, lambda c: share(
            c.flags(c.table("applicability").query("source == 'attendance' and not applies")["who"]))),
        Dial("people.second_module", 0.5, 0.0, lambda c: share(c.table("enrolments").groupby("who").size() > 1)),
        Dial("modules.share", modules(0.2, 0.3, 0.5), modules(0.5, 0.4, 0.1),
             lambda c: both(*(share(single(c) == m.code) for m in c.scenario.modules)),
             lambda at: [module["share"] for module in at], sets="modules"),
        Dial("years.count", 4, 1, lambda c: share(
            c.table("enrolments").drop_duplicates("who")["presentation"] == "2025A"), lambda at: 1 / at),
    ],
    cells=3,
)  # fmt: skip


def weeks_of(table: str, **where: str):
    def find(campus: Campus) -> Found:
        rows = campus.table(table)
        for column, value in where.items():
            rows = rows[rows[column] == value]
        return exactly(np.isin(WEEKS, rows["week"]))

    return find


def among_weeks(weeks: list[int]) -> np.ndarray:
    return np.isin(WEEKS, weeks)


def week_of_day(campus: Campus) -> dict[int, int]:
    calendar = campus.table("calendar").dropna(subset=["week"])
    return dict(zip(calendar["day"], calendar["week"], strict=True))


def due(campus: Campus) -> Found:
    return exactly(among_weeks([week_of_day(campus)[day] for day in campus.table("assessments")["due_day"].unique()]))


def busiest(campus: Campus) -> Found:
    by_week = campus.table("activity").query("source == 'vle'").groupby("week")["count"].mean()
    return exactly(among_weeks(by_week.index[by_week > (by_week.max() + by_week.min()) / 2]))


def before_the_break(campus: Campus) -> Found:
    day = campus.table("calendar").query("kind == 'break'")["day"].min()
    return exactly(week_of_day(campus)[day - 1])


TERM = Family(
    [
        Dial("term.weeks", 10, 14, lambda c: exactly(c.table("calendar")["week"].max())),
        Dial("term.break_after", 4, 7, before_the_break),
        Dial("term.hard_weeks", [3, 8, 9], [2, 4], busiest, among_weeks),
        Dial("term.who5_weeks", [2, 5, 9, 10], [3, 6], weeks_of("responses", instrument="WHO-5"), among_weeks),
        Dial("term.phq8_weeks", [4], [5, 7], weeks_of("responses", instrument="PHQ-8"), among_weeks),
        Dial("term.due_weeks", [2, 9], [4, 6, 8], due, among_weeks),
        Dial("term.sessions", 5, 2, lambda c: exactly(np.mean(c.table("attendance")["expected"]))),
    ],
    plain={"engagement.workload": 2, "leaving": 0},
    cells=1,
)


@lru_cache(maxsize=4)
def agreeing(campus: Campus, flag: str) -> Found:
    given = campus.table("consent").query("flag == @flag and from_day == 1").sort_values("who")["given"].to_numpy()
    return glm(given, campus.trait("stable"), campus.groups, link="logit")


def usual_share(flag: str):
    def find(campus: Campus) -> Found:
        b, error = pick(agreeing(campus, flag), 0)
        return expit(b), error * expit(b) * (1 - expit(b))

    return find


def each_flag(where: slice):
    return lambda c: both(*(pick(agreeing(c, flag), where) for flag in ("model_use", "contact", "research")))


def taken_back(campus: Campus) -> Found:
    research = campus.table("consent").query("flag == 'research'")
    given = research.query("from_day == 1 and given")["who"]
    return share(np.isin(given, research.query("from_day > 1 and not given")["who"]))


LAST_DAY = 13 * 7
CONSENT = Family(
    [
        Dial("consent.model_use", 0.5, 0.86, usual_share("model_use")),
        Dial("consent.contact", 0.6, 0.80, usual_share("contact")),
        Dial("consent.research", 0.7, 0.92, usual_share("research")),
        # a consent that is taken back on the very day it was given is no row of its own
        Dial("consent.withdrawn_later", 0.3, 0.0, taken_back, lambda at: at * (1 - 1 / LAST_DAY)),
        Dial("consent.need", 0.7, 0.0, each_flag(slice(1, 2)), lambda at: [at] * 3),
        Dial("consent.groups", {"disabled": -0.8, "ethnic_minority": -0.7, "women": 0.6}, {}, each_flag(slice(2, None)),
             lambda at: by_group(at) * 3),
    ],
    cells=5,
)  # fmt: skip
FAMILIES = (PEOPLE, TERM, CONSENT)


@pytest.mark.parametrize(**cases(FAMILIES))
def test_what_is_planted_in_the_people_is_found(family: Family, dial: Dial) -> None:
    check(family, dial)


def test_an_assessment_is_due_on_the_fifth_day_of_its_week() -> None:
    campus = TERM.campus("at")
    first = campus.table("calendar").groupby("week")["day"].min()
    assert set(campus.table("assessments")["due_day"]) == {first[week] + 4 for week in (2, 9)}
