"""What students do with one another and with the rule: spillover between peers and gaming at the cut-off are found."""

from __future__ import annotations

import numpy as np
import pytest

from tests.synthetic.textbook import Campus, Dial, Family, Found, cases, check, exactly, ols, pick, share

ALL_ASKED = {"consent.research": 1, "consent.contact": 1, "consent.withdrawn_later": 0, "leaving": 0}
CALM = {
    **ALL_ASKED, "wellbeing.stable": 0.95, "wellbeing.episodes": 0, "coping.reduces": 0, "coping.works_more": 0,
    "contact.effect": 0, "contact.cutoff": 7,
}  # fmt: skip


def talked_beside(campus: Campus, size: int) -> np.ndarray:
    """Share of the others in a tutor group of neighbouring students who talked."""
    talked = campus.flags(campus.table("contacts").query("step == 'talked'")["who"]).reshape(-1, 1024)
    shares = []
    for cell in talked:
        group = np.arange(1024) // size
        shares.append((np.bincount(group, cell)[group] - cell) / (np.bincount(group) - 1)[group])
    return np.concatenate(shares)


def change(campus: Campus) -> np.ndarray:
    lived = campus.lived("wellbeing")
    return np.asarray(lived[:, -1] - lived[:, 3])


def spills(campus: Campus, size: int = 16) -> Found:
    """Change of students without a contact on the share of their peers who talked."""
    usual = ~campus.lived("contacted")
    return pick(ols(change(campus)[usual], talked_beside(campus, size)[usual]), 1)


def group_size(campus: Campus) -> Found:
    """The size of groups whose shares explain most of the change."""
    usual = ~campus.lived("contacted")
    sizes = (5, 8, 10, 16, 24, 32)
    y = change(campus)[usual]
    explained = [np.corrcoef(y, talked_beside(campus, size)[usual])[0, 1] for size in sizes]
    return exactly(sizes[int(np.argmax(explained))])


SPILLOVER = Family([Dial("peers.spillover", 0.8, 0.0, spills)], CALM)
SIZE = Family([Dial("peers.size", 10, 24, group_size)], {**CALM, "peers.spillover": 0.8}, cells=2)


def honest(campus: Campus) -> Campus:
    """The same students when nobody knows the rule."""
    dials = campus.scenario.gaming.model_dump()
    plain = GAMING.plain if campus.scenario.contact.running == "actions" else DAYS.plain
    return Family([Dial("gaming.share", dials["share"], 0.0, moved)], plain, cells=campus.n // 1024).campus("off")


def moved(campus: Campus, reach: float = 0.4) -> Found:
    """Of the students just below the cut-off, those who are not when the rule is known."""
    was, now, cutoff = honest(campus).lived("running"), campus.lived("running"), campus.scenario.contact.cutoff
    lowest = cutoff - 1 if campus.scenario.contact.running == "active_days" else (1 - reach) * cutoff
    near = (was < cutoff) & (was >= lowest) & (was > 0)
    assert (was[~near] == now[~near]).all()
    return share(now[near] >= cutoff)


def reached(campus: Campus) -> Found:
    """How far below the cut-off a student moved who lay lowest; to the step of one action in thirty or more."""
    was, now, cutoff = honest(campus).lived("running"), campus.lived("running"), campus.scenario.contact.cutoff
    return 1 - was[(was < cutoff) & (now >= cutoff)].min() / cutoff, 1 / 30 / cutoff / 4


RULE = {**ALL_ASKED, "contact.cutoff": 0.8, "contact.effect": 0}
GAMING = Family([Dial("gaming.share", 0.5, 0.0, moved)], RULE)
DAYS = Family([Dial("gaming.share", 0.5, 0.0, moved)], {**RULE, "contact.running": "active_days", "contact.cutoff": 3})
REACH = Family([Dial("gaming.reach", 0.7, 0.2, reached)], {**RULE, "gaming.share": 1})
FAMILIES = (SPILLOVER, SIZE, GAMING, DAYS, REACH)


@pytest.mark.parametrize(**cases(FAMILIES))
def test_what_is_planted_between_students_is_found(family: Family, dial: Dial) -> None:
    check(family, dial)


def test_the_density_jumps_at_the_cutoff_where_students_know_the_rule() -> None:
    """A tenth above against a tenth below the cut-off: even odds, unless someone moved (McCrary 2008)."""
    for setting, jumps in (("at", True), ("off", False)):
        value = GAMING.campus(setting).lived("running") / 0.8
        above, below = ((value >= 1) & (value < 1.1)).sum(), ((value >= 0.9) & (value < 1)).sum()
        z = (above - below) / np.sqrt(above + below)
        assert (z > 8) if jumps else (abs(z) < 4)


def test_peers_of_a_student_who_talked_gain_and_students_of_other_groups_do_not() -> None:
    campus = SPILLOVER.campus("at")
    gained = campus.lived("wellbeing") - campus.lived("alone")
    share_talked = talked_beside(campus, 16)
    assert gained[:, -1] == pytest.approx(0.8 * share_talked, abs=1e-12)
    assert (gained[:, :5] == 0).all()
