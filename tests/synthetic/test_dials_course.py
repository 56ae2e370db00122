"""How students fare: the planted spread, course and gaps of latent wellbeing, and every kind of arrow, are found."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

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
    difference,
    exactly,
    glm,
    mean,
    ols,
    pick,
    share,
)  # fmt: skip

NO_GAPS = {"wellbeing.groups": {}, "wellbeing.level": 0, "contact.effect": 0}
QUIET = {**NO_GAPS, "wellbeing.drift": 0, "wellbeing.stress": 0}


def departures(campus: Campus) -> np.ndarray:
    lived = campus.lived("wellbeing")
    return lived - lived.mean(axis=0)


def far_apart(campus: Campus) -> Found:
    """Covariance of the first and the last week: what stays with a student."""
    x = departures(campus)
    return mean(x[:, 0] * x[:, -1])


def from_week_to_week(campus: Campus) -> Found:
    """Autocorrelation of the part that moves, from the covariance of neighbouring weeks."""
    x, stays = departures(campus), campus.scenario.wellbeing.stable
    estimate, error = mean((x[:, 1:] * x[:, :-1]).mean(axis=1))
    return (estimate - stays) / (1 - stays), error / (1 - stays)


def over_the_term(campus: Campus) -> Found:
    lived = campus.lived("wellbeing")
    return mean(lived[:, -1] - lived[:, 0])


def in_hard_weeks(campus: Campus) -> Found:
    """Weeks 5 and 6 against their neighbours 4 and 7, between which an even drift cancels."""
    lived = campus.lived("wellbeing")
    return mean(lived[:, [3, 6]].mean(axis=1) - lived[:, [4, 5]].mean(axis=1))


def fall(campus: Campus) -> np.ndarray:
    lived = campus.lived("wellbeing")
    return lived.max(axis=1) - lived.min(axis=1)


COURSE = Family(
    [
        Dial("wellbeing.stable", 0.5, 0.0, far_apart),
        Dial("wellbeing.persistence", 0.3, 0.0, from_week_to_week),
        Dial("wellbeing.drift", 0.9, 0.0, over_the_term),
        Dial("wellbeing.stress", 0.7, 0.0, in_hard_weeks),
    ],
    plain={**NO_GAPS, "wellbeing.episodes": 0, "term.hard_weeks": [5, 6]},
)
NOTHING_MOVES = {**QUIET, "wellbeing.stable": 1}
NEED = Family(
    [Dial("wellbeing.need_below", -0.5, -1.0, lambda c: share(c.truth("students")["true_need"]), norm.cdf)],
    plain={**QUIET, "wellbeing.episodes": 0},
    cells=2,
)
SPELLS = Family(
    [Dial("wellbeing.episodes", 0.3, 0.0, lambda c: share(fall(c) > 0.5))],
    plain={**NOTHING_MOVES, "wellbeing.episode_depth": 1},
)
DEPTH = Family(
    [Dial("wellbeing.episode_depth", 1.4, 0.0, lambda c: mean(fall(c)))],
    plain={**NOTHING_MOVES, "wellbeing.episodes": 1},
)
SIZES = dict(zip(GROUPS, (-0.5, 0.6, -0.6, 0.5, 0.5, -0.5, 0.7, 0.6), strict=True))


@lru_cache(maxsize=4)
def gaps(campus: Campus, trait: str) -> Found:
    return ols(campus.trait(trait), campus.groups)


TRAITS = Family(
    [
        Dial("wellbeing.level", 0.5, 0.0, lambda c: pick(gaps(c, "stable"), 0)),
        Dial("wellbeing.groups", SIZES, {}, lambda c: pick(gaps(c, "stable"), slice(1, None)), by_group),
        Dial("engagement.level", -0.5, 0.0, lambda c: pick(gaps(c, "engagement"), 0)),
        Dial("engagement.groups", SIZES, {}, lambda c: pick(gaps(c, "engagement"), slice(1, None)), by_group),
    ],
    cells=6,
)
COMMUTES = 0.3
BIAS = norm.pdf(ndtri(COMMUTES)) * (1 / COMMUTES + 1 / (1 - COMMUTES))
"""Mean of a normal trait above its upper 30 % minus the mean below (the biserial factor)."""
ARROWS = [
    {"cause": "women", "effect": "commuting", "size": 0.5},
    {"cause": "international", "effect": "paid_work", "size": 0.6},
    {"cause": "disabled", "effect": "tariff", "size": -0.6},
    {"cause": "tariff", "effect": "answering", "size": 0.4},
    {"cause": "wellbeing", "effect": "engagement", "size": 0.5},
    {"cause": "commuting", "effect": "wellbeing", "size": -0.7},
]


def arrows_found(campus: Campus) -> Found:
    """Each trait on what moves it; a trait of which only a cut is seen by probit or by the biserial difference."""
    women, disabled, international = campus.groups[:, 0], campus.groups[:, 1], campus.groups[:, 2]
    people = campus.table("students")
    tariff, commutes = (people["entry_tariff"].to_numpy() - 120) / 25, people["commutes"].to_numpy()
    biserial = difference(campus.trait("stable")[~women], commutes[~women])
    return both(
        pick(glm(commutes, women, link="probit"), 1),
        pick(glm(people["paid_work_hours"].to_numpy() > 8, international, link="probit"), 1),
        pick(ols(tariff, disabled), 1),
        pick(ols(campus.trait("answering"), tariff), 1),
        pick(ols(campus.trait("engagement"), campus.trait("stable")), 1),
        pick(biserial, ..., 1 / BIAS),
    )


GRAPH = Family(
    [Dial("arrows.size", ARROWS, [], arrows_found, lambda at: [a["size"] for a in at] or [0] * 6, sets="arrows")],
    plain={**NO_GAPS, "engagement.groups": {}, "people.commutes": COMMUTES, "people.disability": 0.4},
    cells=5,
)
FAMILIES = (COURSE, NEED, SPELLS, DEPTH, TRAITS, GRAPH)


@pytest.mark.parametrize(**cases(FAMILIES))
def test_what_is_planted_in_wellbeing_is_found(family: Family, dial: Dial) -> None:
    check(family, dial)


def test_a_spell_lasts_four_weeks_or_to_the_end_of_term() -> None:
    lived = DEPTH.campus("at").lived("wellbeing")
    low = (lived < lived.max(axis=1, keepdims=True) - 0.5).sum(axis=1)
    first = (lived < lived.max(axis=1, keepdims=True) - 0.5).argmax(axis=1)
    assert (low == np.minimum(4, 12 - first)).all()


def test_an_arrow_carries_on_what_reached_its_cause() -> None:
    """Women commute more by 0.5, commuting takes 0.7 of wellbeing, wellbeing adds 0.5 to engagement."""
    campus = GRAPH.campus("at")
    estimate, error = difference(campus.trait("engagement"), campus.groups[:, 0])
    assert abs(estimate - 0.5 * -0.7 * 0.5) < 4 * error
    assert 4 * error < 0.5 * 0.7 * 0.5


def test_without_an_arrow_nothing_is_carried() -> None:
    assert exactly(GRAPH.campus("off").scenario.arrows)[0] == ()
    estimate, error = difference(GRAPH.campus("off").trait("engagement"), GRAPH.campus("off").groups[:, 0])
    assert abs(estimate) < 4 * error
