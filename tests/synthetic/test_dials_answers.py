"""What students tell: who answers, how well items measure, and what means something else for a group."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from la_research.schema import ACTIVITY_SOURCES
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
    ols,
    pick,
    share,
)  # fmt: skip

ALL_ASKED = {"consent.research": 1, "consent.withdrawn_later": 0, "leaving": 0, "contact.effect": 0}
WAVE = 10


@lru_cache(maxsize=8)
def answers(campus: Campus, week: int = WAVE) -> np.ndarray:
    """Answers to WHO-5 in a wave (students, items); not a number where there is none."""
    rows = campus.table("responses").query("instrument == 'WHO-5' and week == @week")
    given = np.full((campus.n, 5), np.nan)
    given[rows["who"], rows["item"] - 1] = rows["value"]
    return given


def answered(campus: Campus) -> np.ndarray:
    return ~np.isnan(answers(campus)).all(axis=1)


def wellbeing(campus: Campus, week: int = WAVE) -> np.ndarray:
    return campus.lived("wellbeing")[:, week - 1]


def missing_items(campus: Campus) -> Found:
    return share(np.isnan(answers(campus))[answered(campus)].ravel())


def loading(campus: Campus) -> Found:
    """From the slope b of a probit of each answer on wellbeing: b / sqrt(1 + b²)."""
    given, lived = answers(campus), np.repeat(wellbeing(campus)[:, None], 5, axis=1)
    seen = ~np.isnan(given)
    b, error = pick(glm(given[seen] >= 3, lived[seen], link="probit"), 1)
    return b / np.sqrt(1 + b**2), error / (1 + b**2) ** 1.5


ANSWERING = Family(
    [
        Dial("survey.response", 0.35, 0.8, lambda c: share(answered(c))),
        Dial("survey.item_missing", 0.15, 0.0, missing_items),
        Dial("survey.loading", 0.6, 0.9, loading),
    ],
    plain=ALL_ASKED,
)


@lru_cache(maxsize=4)
def willing(campus: Campus) -> Found:
    """Probit of answering on wellbeing in that week, the lasting willingness, contact before, and all groups."""
    sent = campus.flags(campus.table("contacts").query("step == 'sent'")["who"])
    known = (wellbeing(campus), campus.trait("answering"), sent, campus.groups)
    return glm(answered(campus), *known, link="probit")


SELECTIVE = Family(
    [
        Dial("survey.need", 0.6, 0.0, lambda c: pick(willing(c), 1)),
        Dial("attrition.answers", -0.8, 0.0, lambda c: pick(willing(c), 3)),
        Dial("survey.groups", {"women": 0.6, "disabled": -0.7, "international": -0.6}, {},
             lambda c: pick(willing(c), slice(4, None)), by_group),
    ],
    plain={**ALL_ASKED, "consent.contact": 1, "contact.cutoff": 7},
    cells=5,
)  # fmt: skip


@lru_cache(maxsize=4)
def services(campus: Campus) -> Found:
    """Logit of using a service in a week on wellbeing in that week and all groups."""
    used = np.zeros((campus.n, 12), bool)
    rows = campus.table("services")
    used[rows["who"], rows["week"] - 1] = True
    lived = campus.lived("wellbeing")[:, ::3]
    groups = np.repeat(campus.groups, lived.shape[1], axis=0)
    return glm(used[:, ::3].ravel(), -lived.ravel(), groups, link="logit")


@lru_cache(maxsize=4)
def disclosure(campus: Campus) -> Found:
    """Logit of having told the university on lasting wellbeing and all groups."""
    told = campus.flags(campus.table("outcomes").query("name == 'disclosed'")["who"])
    return glm(told, -campus.trait("stable"), campus.groups, link="logit")


LABELS = Family(
    [
        Dial("help_seeking.weekly", -1.5, -3.5, lambda c: pick(services(c), 0)),
        Dial("help_seeking.disclosed", -0.5, -2.5, lambda c: pick(disclosure(c), 0)),
        Dial("help_seeking.need", 1.2, 0.0, lambda c: both(pick(services(c), 1), pick(disclosure(c), 1)),
             lambda at: [at, at]),
        Dial("label_bias.help_seeking", {"women": 0.8, "international": -0.8}, {},
             lambda c: pick(services(c), slice(2, None)), by_group),
        Dial("label_bias.disclosure", {"disabled": 1.0, "ethnic_minority": -0.9}, {},
             lambda c: pick(disclosure(c), slice(2, None)), by_group),
    ],
    plain=ALL_ASKED,
    cells=5,
)  # fmt: skip


def items(campus: Campus) -> Found:
    """Probit of each item on wellbeing and the group; in SDs of the answer before it is cut, at loading 0.8."""
    given, member = answers(campus), campus.groups[:, GROUPS.index(campus.scenario.measurement_bias.group)]
    seen = answered(campus)
    one_item = (glm(given[seen, i] >= 3, wellbeing(campus)[seen], member[seen], link="probit") for i in range(5))
    return both(*(pick(found, 2, np.sqrt(1 - 0.8**2)) for found in one_item))


def sources(campus: Campus) -> Found:
    """Log actions of the group in each source, against all others."""
    member = GROUPS.index(campus.scenario.measurement_bias.group) + 1
    return both(*(pick(ols(campus.logs(s).mean(axis=1), campus.groups), member) for s in range(4)))


def recordings(campus: Campus) -> Found:
    """Share of disabled students who play recordings: their log actions rise by 0.8, four in five sessions are lost."""
    disabled = campus.groups[:, 1]
    played = difference(campus.logs(2).mean(axis=1), disabled)
    rows = campus.table("attendance").groupby("who")[["attended", "expected"]].sum()
    came = np.full(campus.n, np.nan)
    came[rows.index] = rows["attended"] / rows["expected"]
    asked = ~np.isnan(came)
    fewer = difference(came[asked], disabled[asked])
    return both(pick(played, ..., 1 / 0.8), pick(fewer, ..., -1 / (0.8 * came[asked & ~disabled].mean())))


PLAIN = {
    **ALL_ASKED, "wellbeing.groups": {}, "engagement.groups": {}, "coping.reduces": 0, "coping.works_more": 0,
    "engagement.trait_sd": 0.3, "engagement.silent_first": 0, "engagement.silent_last": 0, "survey.response": 1,
    "survey.item_missing": 0, "people.disability": 0.3,
    "modules": [{"code": "BUSY100", "share": 1, "subject": "any", "activity": 3}],
}  # fmt: skip
MEANING = Family(
    [
        Dial("measurement_bias.item_shift", 0.7, 0.0, items, lambda at: [0, 0, at, 0, 0]),
        Dial("measurement_bias.source_shift", 0.6, 0.0, sources, lambda at: [at, 0, 0, 0]),
        Dial("measurement_bias.recordings", 0.5, 0.0, recordings, lambda at: [at, at]),
    ],
    plain=PLAIN,
)


def whose_item(campus: Campus) -> Found:
    """The group whose members differ most in any item from all others of the same wellbeing."""
    found = [ols(answers(campus)[:, i], wellbeing(campus), campus.groups)[0][2:] for i in range(5)]
    return exactly(np.abs(found).max(axis=0).argmax())


WHICH = Family(
    [
        Dial("measurement_bias.group", "women", "international", whose_item, GROUPS.index),
        Dial("measurement_bias.item", 5, 2, lambda c: exactly(np.argmax(items(c)[0]) + 1)),
        Dial("measurement_bias.source", "quizzes", "library", lambda c: exactly(np.argmax(sources(c)[0])),
             ACTIVITY_SOURCES.index),
    ],
    plain={**PLAIN, "measurement_bias.item_shift": 0.7, "measurement_bias.source_shift": 0.6},
    cells=2,
)  # fmt: skip
FAMILIES = (ANSWERING, SELECTIVE, LABELS, MEANING, WHICH)


@pytest.mark.parametrize(**cases(FAMILIES))
def test_what_is_planted_in_answers_and_labels_is_found(family: Family, dial: Dial) -> None:
    check(family, dial)


def test_a_student_of_usual_willingness_adds_a_probit_for_each_sd_of_it() -> None:
    estimate, error = pick(willing(SELECTIVE.campus("at")), 2)
    assert abs(estimate - 1) < 4 * error


def test_a_gap_in_need_alone_is_no_label_bias() -> None:
    """Disabled students have more need here; at the same need they use services and disclose as others do."""
    plain = {**LABELS.plain, "people.disability": 0.4}
    campus = Family([Dial("wellbeing.groups", {"disabled": -1.5}, {}, services)], plain, cells=3).campus("at")
    for found in (services(campus), disclosure(campus)):
        estimate, error = pick(found, 3)
        assert abs(estimate) < 4 * error
    used = campus.flags(campus.table("services")["who"])
    crude, error = difference(used.astype(float), campus.groups[:, 1])
    assert crude > 4 * error


def mantel_haenszel(item: np.ndarray, rest: np.ndarray, member: np.ndarray) -> Found:
    """Common log odds ratio over levels of the rest score (Mantel & Haenszel 1959), error of Robins et al. (1986)."""
    r = s = pr = ps_qr = qs = 0.0
    for level in np.unique(rest):
        here = rest == level
        a, b = (item & member & here).sum(), (~item & member & here).sum()
        c, d = (item & ~member & here).sum(), (~item & ~member & here).sum()
        n = here.sum()
        r, s = r + a * d / n, s + b * c / n
        pr, qs = pr + (a + d) * a * d / n**2, qs + (b + c) * b * c / n**2
        ps_qr += ((a + d) * b * c + (b + c) * a * d) / n**2
    return np.log(r / s), np.sqrt(pr / (2 * r**2) + ps_qr / (2 * r * s) + qs / (2 * s**2))


def test_an_item_that_means_something_else_shows_at_the_same_score_of_the_others() -> None:
    campus = MEANING.campus("at")
    given, member = answers(campus), campus.groups[:, GROUPS.index("international")]
    others = [i for i in range(5) if i != 2]
    estimate, error = mantel_haenszel(given[:, 2] >= 3, given[:, others].sum(axis=1), member)
    assert estimate > 8 * error
    for item in others:
        rest = given[:, [i for i in others if i != item]].sum(axis=1)
        estimate, error = mantel_haenszel(given[:, item] >= 3, rest, member)
        assert abs(estimate) < 4 * error
