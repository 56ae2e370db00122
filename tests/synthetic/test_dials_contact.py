"""Looks, contacts, gains and harms, and who is offered a contact, are found in the trial that the tables hold."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from la_research.synthetic.graph import GROUPS
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
    mean,
    ols,
    pick,
    share,
)  # fmt: skip

WEEKS = np.arange(1, 41)
ALL_ASKED = {"consent.research": 1, "consent.contact": 1, "consent.withdrawn_later": 0, "leaving": 0}
CALM = {
    **ALL_ASKED, "wellbeing.stable": 0.95, "wellbeing.episodes": 0, "wellbeing.drift": 0, "wellbeing.stress": 0,
    "coping.reduces": 0, "coping.works_more": 0,
}  # fmt: skip
"""Wellbeing hardly moves by itself, so that what a contact adds stands out."""


def among(weeks: list[int]) -> np.ndarray:
    return np.isin(WEEKS, weeks)


def step(campus: Campus, name: str) -> np.ndarray:
    return campus.flags(campus.table("contacts").query("step == @name")["who"])


def of_those(name: str, of: str):
    """Share of the students at one step of a contact who reach another."""
    return lambda c: share(step(c, name)[step(c, of)])


def opened(campus: Campus) -> Found:
    """Of the contacted who did not talk; who talked had opened the letter."""
    return share(step(campus, "opened")[step(campus, "sent") & ~step(campus, "talked")])


def boundary(campus: Campus) -> Found:
    """Between the busiest student considered and the least busy who was not; the error is the gap between them."""
    value, below = campus.lived("running"), campus.lived("look") > 0
    return (value[below].max() + value[~below].min()) / 2, value[~below].min() - value[below].max()


@lru_cache(maxsize=4)
def gain(campus: Campus) -> Found:
    """Change from the week of the look to the last, of who would talk: arm, groups, and arm by group."""
    trial = campus.table("assignments")
    who = trial["who"].to_numpy()
    talks = campus.lived("talked")[who]
    who, look = who[talks], trial["week"].to_numpy()[talks]
    contact = (trial["arm"] == "contact").to_numpy()[talks]
    lived = campus.lived("wellbeing")[who]
    members = campus.groups[who]
    return ols(lived[:, -1] - lived[np.arange(len(who)), look - 1], contact, members, contact[:, None] * members)


CONTACT = Family(
    [
        Dial("contact.looks", [3, 6], [4], lambda c: exactly(among(c.table("assignments")["week"])), among),
        Dial("contact.cutoff", 0.8, 0.3, boundary),
        Dial("contact.probability", 0.7, 0.3, lambda c: share(c.table("assignments")["arm"] == "contact")),
        Dial("contact.opened", 0.5, 0.9, opened),
        Dial("contact.talked", 0.4, 0.7, of_those("talked", "sent")),
        Dial("contact.escalated", 0.4, 0.0, of_those("escalated", "talked")),
        Dial("contact.complaint", 0.2, 0.0, of_those("complaint", "sent")),
        Dial("contact.opt_out", 0.3, 0.0, of_those("opt_out", "sent")),
        Dial("contact.effect", 1.0, 0.0, lambda c: pick(gain(c), 1)),
        Dial("contact.groups", {"women": -1.0, "mature": 1.2}, {}, lambda c: pick(gain(c), slice(10, None)), by_group),
    ],
    plain=CALM,
    cells=8,
)


def odds(campus: Campus) -> Found:
    """Logit of a contact on wellbeing in the week of the look, among the students considered."""
    look = campus.lived("look")
    who = np.nonzero(look > 0)[0]
    return glm(step(campus, "sent")[who], -campus.lived("wellbeing")[who, look[who] - 1], link="logit")


SELECTION = Family(
    [Dial("contact.selection", 1.0, 0.0, lambda c: pick(odds(c), 1))], {**ALL_ASKED, "contact.cutoff": 7}, cells=2
)


def reads_days(campus: Campus) -> Found:
    """Whether days with an action part the students considered from all others."""
    table = campus.table("activity").query("week == 4 and source in ['vle', 'library', 'lecture_capture', 'quizzes']")
    days = np.zeros(campus.n)
    first = table.groupby("who")["active_days"].max()
    days[first.index] = first
    considered = campus.flags(campus.table("assignments")["who"])
    return exactly(float(days[considered].max() < days[~considered].min()))


RUNNING = Family(
    [Dial("contact.running", "active_days", "actions", reads_days, lambda at: at == "active_days")],
    {**ALL_ASKED, "contact.cutoff": 2, "people.second_module": 0},
    cells=1,
)


def offered(campus: Campus) -> Found:
    """Change of everyone offered a contact against everyone who was not: the effect of the offer."""
    trial = campus.table("assignments")
    lived = campus.lived("wellbeing")[trial["who"]]
    return pick(ols(lived[:, -1] - lived[:, 3], trial["arm"] == "contact"), 1)


HARMED = Family(
    [Dial("contact.harmed", 0.4, 0.0, offered, lambda at: -at)],
    {**CALM, "contact.effect": 0, "contact.harm": 1, "contact.cutoff": 7},
)
HARM = Family(
    [Dial("contact.harm", 1.5, 0.0, offered, lambda at: -at)],
    {**CALM, "contact.effect": 0, "contact.harmed": 1, "contact.cutoff": 7},
    cells=1,
)


def hazard(campus: Campus) -> Found:
    """Leavers by week at risk: the estimate of a constant hazard."""
    calendar = campus.table("calendar").dropna(subset=["week"])
    week = calendar.set_index("day")["week"].astype(int)
    end = campus.table("enrolments").drop_duplicates("who")["end"]
    left = end.dropna().astype(int).map(week)
    at_risk = left.sum() + 12 * end.isna().sum()
    p = len(left) / at_risk
    return p, np.sqrt(p * (1 - p) / at_risk)


LEAVING = Family([Dial("leaving", 0.05, 0.0, hazard)], cells=2)


def soon_gone(campus: Campus) -> Found:
    """Leaves within two weeks of the look: contacted students; nobody else leaves here."""
    end = campus.table("enrolments").drop_duplicates("who").set_index("who")["end"]
    sent = step(campus, "sent")
    day = 7 * 4
    soon = campus.flags(end[(end > day) & (end <= day + 14)].index)
    assert not soon[~sent].any()
    return share(soon[sent])


def told(campus: Campus) -> Found:
    """Log actions after the look, contacted against not, by lot."""
    trial = campus.table("assignments")
    return pick(ols(campus.logs()[trial["who"], 4:].mean(axis=1), trial["arm"] == "contact"), 1)


AFTERMATH = Family(
    [
        Dial("attrition.leaves", 0.3, 0.0, soon_gone),
        Dial("chilling.told", -0.6, 0.0, told),
    ],
    {
        **CALM, "contact.cutoff": 7, "engagement.silent_first": 0, "engagement.silent_last": 0,
        "modules": [{"code": "BUSY100", "share": 1, "subject": "any", "activity": 2}],
    },
    cells=3,
)  # fmt: skip
FAMILIES = (CONTACT, SELECTION, RUNNING, HARMED, HARM, LEAVING, AFTERMATH)


@pytest.mark.parametrize(**cases(FAMILIES))
def test_what_is_planted_in_contacts_is_found(family: Family, dial: Dial) -> None:
    check(family, dial)


def test_a_gain_comes_two_weeks_after_the_look_and_stays() -> None:
    """By the Wald estimator: the difference between the arms over the share who talked, week by week."""
    plain = {**CALM, "contact.cutoff": 7}
    campus = Family([Dial("contact.effect", 1.0, 0.0, offered)], plain, cells=2).campus("at")
    trial, lived = campus.table("assignments"), campus.lived("wellbeing")
    contact = (trial["arm"] == "contact").to_numpy()
    talked = step(campus, "talked")[trial["who"]][contact].mean()
    for week, planted in enumerate([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1], start=1):
        change = lived[trial["who"], week - 1] - lived[trial["who"], 0]
        estimate, error = pick(ols(change, contact), 1, 1 / talked)
        assert abs(estimate - planted) < 4 * error + 1e-9, week
        assert error < 0.1


def test_a_contact_that_follows_need_is_no_trial() -> None:
    assert len(SELECTION.campus("at").table("assignments")) == 0
    assert len(SELECTION.campus("off").table("assignments")) > 1000
    assert len(SELECTION.campus("at").table("contacts")) > 1000


def test_arms_are_alike_before_the_look() -> None:
    campus = CONTACT.campus("at")
    trial = campus.table("assignments")
    contact = (trial["arm"] == "contact").to_numpy()
    for known in (campus.trait("stable"), campus.trait("engagement"), *campus.groups.T):
        estimate, error = pick(ols(known[trial["who"]], contact), 1)
        assert abs(estimate) < 4 * error


def test_who_talks_is_chance_alone() -> None:
    campus = CONTACT.campus("at")
    talked, error = mean(campus.groups[campus.lived("talked")])
    assert (np.abs(talked - campus.groups.mean(axis=0)) < 4 * error).all()
    assert len(GROUPS) == 8


def test_steps_of_a_contact_come_in_their_order() -> None:
    campus = CONTACT.campus("at")
    assert not (step(campus, "talked") & ~step(campus, "opened")).any()
    assert not (step(campus, "declined") & step(campus, "talked")).any()
    assert both(of_those("sent", "suggested")(campus))[0][0] == 1
