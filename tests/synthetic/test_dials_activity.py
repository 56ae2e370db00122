"""What students do: links, spreads, silence, workload, habits, years and marks are found in counts and marks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from tests.synthetic.textbook import (
    Campus,
    Dial,
    Family,
    Found,
    both,
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

NO_GAPS = {
    "wellbeing.groups": {}, "wellbeing.level": 0, "engagement.groups": {}, "engagement.level": 0, "contact.effect": 0,
}  # fmt: skip
BUSY = [{"code": "BUSY100", "share": 1, "subject": "any", "activity": 2}]
"""So many actions that rounding down hides nothing."""
AWAKE = {"engagement.silent_first": 0, "engagement.silent_last": 0}
STEADY = {**NO_GAPS, **AWAKE, "modules": BUSY, "engagement.trait_sd": 0.3, "engagement.week_sd": 0.2,
          "engagement.source_sd": 0.2, "engagement.workload": 0}  # fmt: skip
NEVER_MIND = {"coping.reduces": 0, "coping.works_more": 0}


def weekly(values: np.ndarray) -> np.ndarray:
    """Departures from the mean of the week, student after student."""
    return (values - values.mean(axis=0)).ravel()


def parts(campus: Campus, who: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lasting and the moving part of wellbeing, week by week, of some students."""
    lasting = np.sqrt(campus.scenario.wellbeing.stable) * campus.trait("stable")[:, None]
    lived = campus.lived("wellbeing")
    return weekly((lasting + 0 * lived)[who]), weekly((lived - lasting)[who])


@lru_cache(maxsize=8)
def link(campus: Campus, style: int) -> Found:
    who = campus.trait("coping") == style
    student = np.repeat(np.arange(who.sum()), campus.scenario.term.weeks)
    return ols(weekly(campus.logs()[who]), *parts(campus, who), cluster=student)


def by_style(where: int):
    """The slope of who reduces, who works more, and who does neither."""
    return lambda c: both(*(pick(link(c, style), where) for style in (1, -1, 0)))


def copes(name: str):
    return lambda c: share(c.truth("students")["coping"] == name)


LINK = Family(
    [
        Dial("link.between", 0.5, 0.0, by_style(1), lambda at: [at, -at, 0]),
        Dial("link.within", 0.3, 0.0, by_style(2), lambda at: [at, -at, 0]),
        Dial("coping.reduces", 0.3, 0.55, copes("reduces")),
        Dial("coping.works_more", 0.4, 0.2, copes("works more")),
    ],
    plain=STEADY,
)


def same_student(campus: Campus) -> Found:
    x = campus.logs() - campus.logs().mean(axis=0)
    return mean(x[:, 0] * x[:, 3])


def same_week(campus: Campus) -> Found:
    """Two sources of one week against the same two of another: what a week adds to both."""
    a, b = (campus.logs(source) - campus.logs(source).mean(axis=0) for source in (0, 2))
    return mean((a[:, 0] - a[:, 3]) * (b[:, 0] - b[:, 3]) / 2)


def same_source(campus: Campus) -> Found:
    """What is left between two sources and two weeks: four draws of one source in one week."""
    a, b = (campus.logs(source) - campus.logs(source).mean(axis=0) for source in (0, 2))
    return mean((a[:, 0] - b[:, 0] - a[:, 3] + b[:, 3]) ** 2 / 4)


def in_hard_weeks(campus: Campus) -> Found:
    hard = campus.scenario.term.workload() > 0
    return mean(campus.logs()[:, hard].mean(axis=1) - campus.logs()[:, ~hard].mean(axis=1))


SPREAD = Family(
    [
        Dial("engagement.trait_sd", 0.6, 0.01, same_student, lambda at: at**2),
        Dial("engagement.week_sd", 0.4, 0.01, same_week, lambda at: at**2),
        Dial("engagement.source_sd", 0.3, 0.1, same_source, lambda at: at**2),  # below 0.1 rounding is larger
        Dial("engagement.workload", 0.5, 0.0, in_hard_weeks),
    ],
    plain={**NO_GAPS, **AWAKE, **NEVER_MIND, "modules": [{**BUSY[0], "activity": 2.5}]},
)


def levels(*activity: float) -> list[dict[str, object]]:
    return [{"code": f"MOD{i}00", "share": 0.25, "subject": "any", "activity": a} for i, a in enumerate(activity)]


def louder(campus: Campus) -> Found:
    """Log actions of each module against the first."""
    logs, module = campus.logs().mean(axis=1), campus.trait("module")[:, 0]
    return pick(ols(logs, *(module == i for i in (1, 2, 3))), slice(1, None))


LEVELS = Family(
    [
        Dial("modules.activity", levels(2, 2.5, 1.5, 3), levels(2, 2, 2, 2), louder,
             lambda at: [module["activity"] - 2 for module in at[1:]], sets="modules"),
    ],
    plain={**NO_GAPS, **NEVER_MIND, **{k: v for k, v in STEADY.items() if k != "modules"}},
    cells=2,
)  # fmt: skip


def silent(week: int):
    """Weeks without an action of students of mean engagement."""
    return lambda c: share(c.counts()[np.abs(c.trait("engagement")) < 0.15, week] == 0)


SILENT = Family(
    [
        Dial("engagement.silent_first", 0.3, 0.0, silent(0)),
        Dial("engagement.silent_last", 0.6, 0.0, silent(-1)),
    ],
    plain={**NO_GAPS, **NEVER_MIND, "modules": BUSY},
    cells=8,
)


@lru_cache(maxsize=4)
def by_year(campus: Campus) -> Found:
    everyone = np.ones(campus.n, bool)
    lasting, moving = parts(campus, everyone)
    year = weekly(np.repeat(campus.trait("year")[:, None], 12, axis=1).astype(float))
    raw = np.repeat(campus.trait("year"), 12)
    student = np.repeat(np.arange(campus.n), 12)
    return ols(weekly(campus.logs()), year, lasting, moving, raw * lasting, raw * moving, cluster=student)


YEARS = Family(
    [
        Dial("years.activity", 0.4, 0.0, lambda c: pick(by_year(c), 1)),
        Dial("years.link", 0.25, 0.0, lambda c: pick(by_year(c), slice(4, 6)), lambda at: [at, at]),
    ],
    plain={**STEADY, "years.count": 3, "coping.reduces": 1, "coping.works_more": 0},
)


@lru_cache(maxsize=4)
def marks(campus: Campus) -> Found:
    scored = campus.table("assessments").dropna(subset=["score"])
    engagement, stable = (campus.trait(name)[scored["who"]] for name in ("engagement", "stable"))
    return ols(scored["score"].to_numpy(), engagement, stable, cluster=scored["who"].to_numpy())


MARKS = Family(
    [
        Dial("marks.engagement", 4, 0, lambda c: pick(marks(c), 1)),
        Dial("marks.wellbeing", -3, 0, lambda c: pick(marks(c), 2)),
    ],
    plain=NO_GAPS,
)


def gives_away(campus: Campus) -> Found:
    """Probits of living far away, and log actions in the library, of members against all others."""
    return both(
        pick(glm(campus.table("students")["commutes"].to_numpy(), campus.groups, link="probit"), 4),
        pick(ols(campus.logs(1).mean(axis=1), campus.groups), 4),
    )


def in_the_library(campus: Campus) -> Found:
    return exactly(np.argmax(ols(campus.logs(1).mean(axis=1), campus.groups)[0][1:]))


QUIET_LIBRARY = {**STEADY, **NEVER_MIND, "modules": [{**BUSY[0], "activity": 3}]}
PROXY = Family(
    [Dial("proxy.size", 0.6, 0.0, gives_away, lambda at: [at, at])],
    plain=QUIET_LIBRARY,
)
WHOSE_PROXY = Family(
    [Dial("proxy.group", "mature", "ethnic_minority", in_the_library, {"mature": 5, "ethnic_minority": 3}.get)],
    plain={**QUIET_LIBRARY, "proxy.size": 0.6},
    cells=2,
)
FAMILIES = (LINK, SPREAD, LEVELS, SILENT, YEARS, MARKS, PROXY, WHOSE_PROXY)


@pytest.mark.parametrize(**cases(FAMILIES))
def test_what_is_planted_in_activity_is_found(family: Family, dial: Dial) -> None:
    check(family, dial)


def test_silent_weeks_rise_evenly_over_the_term() -> None:
    estimate, error = both(*(silent(week)(SILENT.campus("at")) for week in range(12)))
    assert (np.abs(estimate - np.linspace(0.3, 0.6, 12)) < 4 * error).all()


def test_a_dip_that_everyone_shares_moves_no_activity() -> None:
    """Stress and drift take two SDs of wellbeing from everyone; who reduces is no less active in hard weeks."""
    common = Family([Dial("wellbeing.stress", 2.0, 0.0, in_hard_weeks)], {**STEADY, "coping.reduces": 1,
                    "coping.works_more": 0, "wellbeing.drift": 0}, cells=2)  # fmt: skip
    estimate, error = in_hard_weeks(common.campus("at"))
    assert abs(estimate) < 4 * error
    assert error < 0.05


def test_the_table_of_activity_holds_what_was_lived() -> None:
    campus = LINK.campus("at")
    table = campus.table("activity").query("source == 'vle'")
    left = campus.lived("leaves_day")
    shown = np.zeros((campus.n, 12), dtype=int)
    shown[table["who"], table["week"] - 1] = table["count"]
    stayed = left > 13 * 7
    assert stayed.mean() > 0.9
    assert (shown[stayed] == campus.counts()[stayed]).all()


def test_members_with_a_harmless_habit_differ_in_nothing_else() -> None:
    at, off = PROXY.campus("at"), PROXY.campus("off")
    assert (at.logs(0) == off.logs(0)).all()
    assert (at.trait("tariff") == off.trait("tariff")).all()
    assert difference(at.logs(1).mean(axis=1), at.groups[:, 3])[0] > 0.3
