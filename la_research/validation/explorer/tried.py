"""Every cut-off and week that the page can be set to, and whom a rule would write to there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
    weeks = sorted(looks, key=lambda week: (week != index, week))
    first = Setting(one.rule, one.cut, ANY, ever, in_time)
    return [first, *(Setting(one.rule, one.cut, week, looks[week], looks[week]) for week in weeks)]


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
    within = list(_within(family.settings))
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
        tuple(_most(weeks, within)),
        tuple(parts for parts, one in zip(weeks.values(), family.tried, strict=True) if _adds_up(family, parts, one)),
        tuple(beside),
    )


def _within(settings: Sequence[Setting]) -> Iterator[tuple[int, int]]:
    """Pairs of which the first suggests a contact to nobody to whom the second does not: the next cut-off, any week."""
    for week in sorted({one.week for one in settings}):
        places = [place for place, one in enumerate(settings) if one.week == week]
        places.sort(key=lambda place: _width(settings[place]))
        for narrow, wide in pairwise(places):
            yield narrow, wide
            if settings[narrow].cut == settings[wide].cut:  # two rules at one cut-off of what they read
                yield wide, narrow
    for part, one in enumerate(settings):
        for whole, other in enumerate(settings):
            if one.week != ANY and other.week == ANY and (one.rule, one.cut) == (other.rule, other.cut):
                yield part, whole


def _width(setting: Setting) -> float:
    """What grows with the number of those who are suggested."""
    if setting.rule == SCORE:
        return setting.cut
    low, high = np.array([0.0]), 1.0
    return setting.cut if RULES[setting.rule].applies(low, high)[0] else -setting.cut


def _most(
    weeks: Mapping[int, tuple[int, ...]], within: Sequence[tuple[int, int]]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Who is contacted in any week is so in one of them; and who is by a wider cut-off only, in a week of that."""
    for any_, parts in weeks.items():
        yield (any_,), parts
    for narrow, wide in within:
        if narrow in weeks and wide in weeks:
            yield (wide, *weeks[narrow]), (narrow, *weeks[wide])


def _adds_up(family: Family, weeks: tuple[int, ...], one: Tried) -> bool:
    """Whether the contacts a week that are told of a cut-off are those of the weeks that are told."""
    return sum(int(family.settings[i].contacted.sum()) for i in weeks) == int(one.suggested.sum())
