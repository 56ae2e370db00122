"""Who is drawn for the support, when it starts and what it adds to activity are found in the tables."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from la_research.synthetic.graph import GROUPS
from tests.synthetic.test_dials_contact import ALL_ASKED, CALM, among, step
from tests.synthetic.textbook import (
    Campus,
    Dial,
    Family,
    Found,
    both,
    by_group,
    cases,
    check,
    difference,
    exactly,
    glm,
    mean,
    ols,
    pick,
    share,
)  # fmt: skip

BUSY_MODULE = {
    "engagement.silent_first": 0, "engagement.silent_last": 0,
    "modules": [{"code": "BUSY100", "share": 1, "subject": "any", "activity": 2}],
}  # fmt: skip
"""A module with so many actions that rounding down does not matter."""
EVERYONE = {**ALL_ASKED, "contact.cutoff": 500}
TWO_ARMS = {"email": {"share": 0.3, "talked": 0.2}, "phone": {"share": 0.5, "talked": 0.8}}


def drawn_for(campus: Campus, arm: str) -> np.ndarray:
    rows = campus.table("assignments")
    return campus.flags(rows.loc[rows["arm"] == arm, "who"])


def shares_of_arms(campus: Campus) -> Found:
    rows = campus.table("assignments")
    return both(*(share(rows["arm"] == arm) for arm in TWO_ARMS))


def talked_of_arms(campus: Campus) -> Found:
    """Where there is one kind of contact, the same number twice."""
    arms = TWO_ARMS if drawn_for(campus, "email").any() else ["contact", "contact"]
    return both(*(share(step(campus, "talked")[drawn_for(campus, arm)]) for arm in arms))


ARMS = Family(
    [
        Dial("contact.arms.share", TWO_ARMS, {}, shares_of_arms, sets="contact.arms",
             expect=lambda at: [at[arm]["share"] if at else 0 for arm in TWO_ARMS]),
        Dial("contact.arms.talked", TWO_ARMS, {}, talked_of_arms, sets="contact.arms",
             expect=lambda at: [at[arm]["talked"] if at else 0.6 for arm in TWO_ARMS]),
    ],
    EVERYONE,
    cells=3,
)  # fmt: skip


def of_one_mind(campus: Campus) -> Found:
    """Whether each tutor group of 16 has one arm."""
    rows = campus.table("assignments")
    arms = rows["arm"].groupby(rows["who"] // 16).nunique()
    return exactly(float((arms == 1).all()))


WHOLE = Family([Dial("contact.by", "group", "student", of_one_mind, lambda at: at == "group")], EVERYONE, cells=2)


def by_dose(campus: Campus) -> Found:
    """Share contacted in the groups with the lowest and with the highest chance of it."""
    rows = campus.table("assignments")
    contact = (rows["arm"] == "contact").to_numpy()
    dose = np.where(contact, rows["probability"], 1 - rows["probability"])
    ends = (dose.min(), dose.max())
    return both(*(share(contact[np.isclose(dose, end)]) for end in ends))


STAGES = Family(
    [Dial("contact.saturations", [0.1, 0.4, 0.8], [], by_dose, lambda at: [min(at or [0.5]), max(at or [0.5])])],
    EVERYONE, cells=3,
)  # fmt: skip
PREFERRED = {"women": 0.8, "commuting": 0.6, "paid_work": 0.5, "tariff": -0.7}


def preferred(campus: Campus) -> Found:
    """Logit of a contact on what is recorded of each student considered."""
    who = campus.lived("look") > 0
    columns = (
        campus.groups[:, GROUPS.index("women")], campus.trait("commutes"), (campus.trait("work_hours") - 8) / 9,
        (campus.trait("tariff") - 120) / 25,
    )  # fmt: skip
    return pick(glm(step(campus, "sent")[who], *(c[who] for c in columns), link="logit"), slice(1, None))


CHOSEN = Family(
    [Dial("contact.prefers", PREFERRED, {}, preferred, lambda at: [at.get(name, 0.0) for name in PREFERRED])],
    EVERYONE, cells=6,
)  # fmt: skip


def never(campus: Campus) -> Found:
    start = campus.lived("start")[::16, 0]
    return share(start == 0)


def panel(campus: Campus) -> Found:
    """Log actions on having started, and on time in groups that start some time; students and weeks removed."""
    start, weeks = campus.lived("start")[:, :1], np.arange(1, 13)[None, :]
    columns = (campus.logs(), (start > 0) & (weeks > start), (start > 0) * (weeks - 1))
    inside = [c - c.mean(axis=1, keepdims=True) - c.mean(axis=0) + c.mean() for c in columns]
    student = np.repeat(np.arange(campus.n), weeks.size)
    return ols(*(c.ravel() for c in inside), cluster=student)


WEDGE = Family(
    [
        Dial("rollout.weeks", [3, 7], [5], lambda c: exactly(among(np.unique(c.lived("start")[c.lived("start") > 0]))),
             among),
        Dial("rollout.never", 0.4, 0.1, never),
        Dial("rollout.activity", 0.5, 0.0, lambda c: pick(panel(c), 1)),
        Dial("rollout.trend", 0.08, 0.0, lambda c: pick(panel(c), 2)),
    ],
    {**CALM, **BUSY_MODULE},
    cells=8,
)  # fmt: skip
STARTS = {"BIO110": 4, "CSC120": 7}


def decided(campus: Campus) -> Found:
    """Whether there is a roll-out that nobody drew."""
    rules = set(campus.table("contacts")["rule"])
    return exactly(float(rules == {"rollout"} and len(campus.table("assignments")) == 0))


def starts(campus: Campus) -> Found:
    rows = campus.table("contacts").query("step == 'suggested' and rule == 'rollout'")
    module = campus.table("enrolments").drop_duplicates("who").set_index("who")["module"]
    day = rows["at"].groupby(rows["who"].map(module)).agg(["min", "max"])
    week = {7 * w + 7 * (w > 6): w for w in range(1, 13)}
    found = [[week[int(day.loc[m, end])] for end in ("min", "max")] if m in day.index else [0, 0] for m in STARTS]
    return exactly(np.array(found, dtype=float).ravel())


MODULES = Family(
    [
        Dial("rollout.by", "module", "group", decided, lambda at: at == "module"),
        Dial("rollout.starts", STARTS, {}, starts, lambda at: np.repeat([at.get(m, 0) for m in STARTS], 2)),
    ],
    {**ALL_ASKED, "people.second_module": 0},
    cells=1,
)


def all_quiet(campus: Campus) -> Found:
    """Whether everyone drawn had fewer log actions in that week than in the mean week before."""
    rows = campus.table("activity").query("source in ['vle', 'library', 'lecture_capture', 'quizzes']")
    logs = np.log1p(rows.pivot_table(index="who", columns="week", values="count", aggfunc="sum"))
    logs = logs.reindex(index=range(campus.n), columns=range(1, 13)).fillna(0.0).to_numpy()
    drawn = campus.table("assignments")
    each = zip(drawn["who"], drawn["week"], strict=True)
    return exactly(float(all(logs[who, week - 1] < logs[who, : week - 1].mean() for who, week in each)))


def by_nudge(campus: Campus, week: int, among: np.ndarray | None = None) -> Found:
    """Log actions in the week after one in which students were drawn, nudged against not."""
    rows = campus.table("assignments").query("week == @week")
    rows = rows if among is None else rows[among[rows["who"]]]
    return pick(ols(campus.logs()[rows["who"], week], rows["arm"] == "nudge"), 1)


def opted_out(campus: Campus) -> Found:
    steps = campus.table("contacts")["step"]
    asked, sent = int((steps == "opt_out").sum()), int((steps == "sent").sum())
    return share(np.arange(sent) < asked)


NUDGES = Family(
    [
        Dial("nudges.weeks", [3, 6, 9], [5], lambda c: exactly(among(c.table("assignments")["week"])), among),
        Dial("nudges.probability", 0.7, 0.4, lambda c: share(c.table("assignments")["arm"] == "nudge")),
        Dial("nudges.available", "quiet", "always", all_quiet, lambda at: at == "quiet"),
        Dial("nudges.effect", 0.6, 0.0, lambda c: by_nudge(c, int(c.table("assignments")["week"].min()))),
        Dial("nudges.opt_out", 0.3, 0.0, opted_out),
    ],
    {**CALM, **BUSY_MODULE},
    cells=6,
)  # fmt: skip
FADING = Family(
    [
        Dial("nudges.fading", 0.2, 1.0, lambda c: by_nudge(c, 5, c.flags(c.table("assignments").query(
            "week == 3 and arm == 'nudge'")["who"])), lambda at: 0.9 * at),
    ],
    {**CALM, **BUSY_MODULE, "nudges.weeks": [3, 5], "nudges.effect": 0.9},
    cells=6,
)  # fmt: skip


def climate(campus: Campus) -> Found:
    """Variance among tutor groups, by the mean squares among them and within (a one-way analysis of variance)."""
    well = campus.lived("alone").mean(axis=1).reshape(-1, 16)
    among_, within = 16 * well.mean(axis=1).var(ddof=1), well.var(axis=1, ddof=1).mean()
    return (among_ - within) / 16, np.sqrt(2 / (len(well) - 1)) * among_ / 16


CLIMATE = Family([Dial("peers.climate", 0.6, 0.0, climate, lambda at: at**2)], cells=8)


def silent_afterwards(campus: Campus) -> Found:
    """Of the contacted, those who answer no WHO-5 after the look; everyone else answers."""
    later = campus.flags(campus.table("responses").query("instrument == 'WHO-5' and week > 4")["who"])
    sent = step(campus, "sent")
    assert later[~sent].all()
    return share(~later[sent])


REFUSED = Family(
    [Dial("chilling.refused", 0.3, 0.0, silent_afterwards)],
    {**EVERYONE, "survey.response": 1, "survey.item_missing": 0}, cells=1,
)  # fmt: skip


def rating(latent: float) -> float:
    """Mean of a rating from 0 to 4 that rounds a normal value about a mean: chances of reaching each step."""
    return float(sum(ndtr(latent - reached) for reached in (0.5, 1.5, 2.5, 3.5)))


def ratings(campus: Campus, item: int) -> tuple[np.ndarray, np.ndarray]:
    rows = campus.table("responses").query("instrument == 'AFH' and item == @item")
    last = rows[rows["week"] == rows["week"].max()]
    return last["who"].to_numpy(), last["value"].to_numpy(dtype=float)


def rated(item: int):
    return lambda campus: mean(ratings(campus, item)[1])


RATED = Family(
    [
        Dial("feedback.weeks", [2, 9], [3], lambda c: exactly(among(
            c.table("responses").query("instrument == 'AFH'")["week"])), among),
        *(Dial(f"feedback.{name}", 3.0, 1.0, rated(item), rating)
          for item, name in enumerate(("acceptable", "feasible", "helpful", "intrusive", "trust"), start=1)),
    ],
    {**ALL_ASKED, "contact.cutoff": 1e-6},
    cells=2,
)  # fmt: skip


def after_notice(campus: Campus) -> Found:
    """Intrusive and trust after the look, contacted against not, by lot."""
    sent = step(campus, "sent")
    return both(*(difference(value, sent[who]) for who, value in (ratings(campus, item) for item in (4, 5))))


def of_women(campus: Campus) -> Found:
    who, value = ratings(campus, 1)
    return difference(value, campus.groups[who, GROUPS.index("women")])


def shifted(size: float) -> float:
    return rating(2 + size) - rating(2)


MOVED = Family(
    [
        Dial("feedback.notice", 0.8, 0.0, after_notice, lambda at: [shifted(at), shifted(-at)]),
        Dial("feedback.groups", {"women": 0.6}, {}, of_women, lambda at: shifted(by_group(at)[0])),
    ],
    {**EVERYONE, "feedback.weeks": [8], "survey.response": 1, "wellbeing.groups": {}, **{
        f"feedback.{name}": 2 for name in ("acceptable", "feasible", "helpful", "intrusive", "trust")}},
    cells=4,
)  # fmt: skip
FAMILIES = (ARMS, WHOLE, STAGES, CHOSEN, WEDGE, MODULES, NUDGES, FADING, CLIMATE, REFUSED, RATED, MOVED)


@pytest.mark.parametrize(**cases(FAMILIES))
def test_what_is_planted_in_the_support_is_found(family: Family, dial: Dial) -> None:
    check(family, dial)
