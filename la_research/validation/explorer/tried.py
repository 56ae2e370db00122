"""Every cut-off and week that the page can be set to, and whom a rule would write to there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from la_research.disclosure import Settings
from la_research.indicators.rules import RULES
from la_research.models import ALL, selected
from la_research.protocol.analysis import Explorer
from la_research.statistics.contacts import Bools
from la_research.validation.triggers.tried import SCORE, Laboratory, Tried, further, own_cut, reads

ANY = 0
"""The week that stands for any of the registered ones, in time."""


@dataclass(frozen=True)
class Setting:
    """A rule at a cut-off and in a week.

    Parameters
    ----------
    rule, cut, week
        What the page is set to; week 0 is any of the registered weeks.
    contacted, reached
        By unit: whether a contact is suggested, and whether one that counts for need is: in time, where the week is
        any, and at the look itself otherwise.
    """

    rule: str
    cut: float
    week: int
    contacted: Bools
    reached: Bools


@dataclass(frozen=True)
class Family:
    """Rules that read the same, at all their settings: the nearest to their own cut-off first.

    Parameters
    ----------
    tried
        Every cut-off at its looks, in that order.
    settings
        In the same order, any week first, then the index week, then the others.
    """

    tried: tuple[Tried, ...]
    settings: tuple[Setting, ...]


def families(lab: Laboratory, explorer: Explorer) -> list[Family]:
    """The rules of the laboratory at its cut-offs and those of the page, by what they read."""
    tried = [*lab.tried]
    for rule, cuts in explorer.cuts.items():
        held = {one.cut for one in lab.cuts(rule)}
        if held:
            tried += [further(lab, rule, float(cut)) for cut in sorted(set(cuts) - held)]
    tried.sort(key=lambda one: (abs(one.cut - own_cut(lab.ground, one.rule)), one.cut))
    named = dict.fromkeys(reads(one.rule) for one in tried)
    return [_family(lab, tuple(one for one in tried if reads(one.rule) == name)) for name in named]


def _family(lab: Laboratory, tried: tuple[Tried, ...]) -> Family:
    return Family(tried, tuple(setting for one in tried for setting in _settings(lab, one)))


def _settings(lab: Laboratory, one: Tried) -> list[Setting]:
    """A cut-off in any week, and in each of the weeks in which a look comes in time for somebody."""
    index, history = lab.ground.protocol.population.index_week, lab.history
    looks = {int(week): one.suggested[:, i] for i, week in enumerate(history.weeks) if history.before[:, i].any()}
    if one.rule == SCORE:
        looks[index] = decided(lab, one.cut)
    ever, in_time = np.asarray(one.suggested.any(axis=1)), history.in_time(one.suggested)
    found = [Setting(one.rule, one.cut, ANY, ever, in_time)]
    for week in sorted(looks, key=lambda week: (week != index, week)):
        found.append(Setting(one.rule, one.cut, week, looks[week], looks[week]))
    return found


def decided(lab: Laboratory, share: float) -> Bools:
    """By unit: whether the registered score is among this share of the highest of its fold, as the audit reads it.

    At the registered share it is the decision itself; at others, equal scores are in the order of units.
    """
    rows = lab.ground.predictions.frame
    rows = rows[rows["population"] == ALL].sort_values("unit_id", kind="stable", ignore_index=True)
    registered = share == lab.ground.protocol.model.top_share
    chosen = rows["decision"].to_numpy() == 1 if registered else selected(rows, share) == 1
    return np.isin(lab.ground.units.index, rows["unit_id"][chosen])


def settings_of(lab: Laboratory, family: Family) -> Settings:
    """A family's settings as counts that hang together."""
    need, other = lab.history.need == 1, lab.history.need == 0
    counted = []
    for one in family.settings:
        parts = (one.reached & need, one.reached & other)
        counted.append([one.contacted, *parts, one.contacted & ~parts[0] & ~parts[1]])
    places = dict(enumerate(family.settings))
    within = [(a, b) for a, one in places.items() for b, two in places.items() if a != b and _holds(one, two)]
    weeks = {
        any_: tuple(i for i, one in places.items() if one.week != ANY and (one.rule, one.cut) == (two.rule, two.cut))
        for any_, two in places.items()
        if two.week == ANY
    }
    beside = [
        (a, b)
        for a, one in places.items()
        for b, two in places.items()
        if a < b and ((one.rule, one.cut) == (two.rule, two.cut) or one.week == two.week)
    ]
    return Settings(
        np.array(counted),
        np.array([np.ones(len(need), dtype=bool), need, other, ~need & ~other]),
        lab.history.student,
        tuple(within),
        tuple(weeks.items()),
        tuple(parts for parts, one in zip(weeks.values(), family.tried, strict=True) if _adds_up(family, parts, one)),
        tuple(beside),
    )


def _holds(part: Setting, whole: Setting) -> bool:
    """Whether it is plain that the one suggests a contact to nobody to whom the other does not."""
    if part.week != whole.week:
        return whole.week == ANY and (part.rule, part.cut) == (whole.rule, whole.cut)
    if part.rule == SCORE:
        return part.cut <= whole.cut
    between = np.array([part.cut, whole.cut])
    card = RULES[part.rule]
    lower_first = bool(card.applies(np.array([between.min()]), float(between.max()))[0])
    return part.cut <= whole.cut if lower_first else part.cut >= whole.cut


def _adds_up(family: Family, weeks: tuple[int, ...], one: Tried) -> bool:
    """Whether the contacts a week that are told of a cut-off are those of the weeks that are told."""
    return sum(int(family.settings[i].contacted.sum()) for i in weeks) == int(one.suggested.sum())
