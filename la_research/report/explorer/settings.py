"""The registered rule as a setting of the page, and the settings nearest to it."""

from __future__ import annotations

from dataclasses import dataclass

from la_research.protocol import Protocol
from la_research.report.explorer.cells import ANY, Grid
from la_research.report.explorer.dials import SCORE, Dial, own_cut
from la_research.report.explorer.words import filled

NEAREST = 4
"""Alternatives that stand on the page without a script."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A rule, the place of its cut-off among those of its dial, and a week; 0 is any of them."""

    dial: Dial
    cut: int
    week: int

    @property
    def key(self) -> tuple[str, float, int]:
        """Rule, cut-off and week, as the grid names them."""
        return self.dial.rule, self.dial.cuts[self.cut].value, self.week

    def words(self, weeks: tuple[int, ...]) -> str:
        """The setting in three sentences."""
        return self._told("setting", weeks)

    def short(self, weeks: tuple[int, ...]) -> str:
        """The setting in a line of a table."""
        return self._told("short", weeks)

    def _told(self, sentence: str, weeks: tuple[int, ...]) -> str:
        return filled(
            sentence, rule=self.dial.label, cut=self.dial.cuts[self.cut].words, week=week_words(self.week, weeks)
        )


def week_words(week: int, weeks: tuple[int, ...]) -> str:
    """A week, or any of those at which the rule looks.

    >>> week_words(4, (0, 3, 4)), week_words(0, (0, 3, 4))
    ('week 4', 'any of weeks 3 and 4')
    """
    if week != ANY:
        return filled("week", week=week)
    each = [str(one) for one in weeks if one != ANY]
    listed = " and ".join(filter(None, (", ".join(each[:-1]), each[-1]))) if each else ""
    return filled("any", weeks=listed)


def registered(grid: Grid, protocol: Protocol) -> Setting | None:
    """The score at the registered share in the index week; else the first rule at its own cut-off.

    A cut-off that was not tried gives way to the nearest; a week that was not tried to any. None where no rule was.
    """
    if not grid.dials:
        return None
    chosen = next((dial for dial in grid.dials if dial.rule == SCORE), grid.dials[0])
    index = protocol.population.index_week
    week = index if index in grid.weeks else ANY if ANY in grid.weeks else grid.weeks[0]
    return Setting(chosen, own_place(chosen, protocol), week)


def nearest(grid: Grid, from_: Setting, protocol: Protocol) -> tuple[Setting, ...]:
    """The settings fewest steps away: a step is the next cut-off, or the next week; another rule is two.

    Another rule is taken at its own cut-off and in the same week. Of settings as near as each other, a
    lower cut-off comes first, then an earlier week, then the rule that was registered first.
    """
    place = {
        week: i for i, week in enumerate((*(w for w in grid.weeks if w != ANY), *(w for w in grid.weeks if not w)))
    }
    same = [
        (abs(cut - from_.cut) + abs(place[week] - place[from_.week]), Setting(from_.dial, cut, week))
        for cut in range(len(from_.dial.cuts))
        for week in sorted(grid.weeks, key=lambda week: place[week])
    ]
    others = [(2, Setting(d, own_place(d, protocol), from_.week)) for d in grid.dials if d.rule != from_.dial.rule]
    ordered = sorted((pair for pair in (*same, *others) if pair[1] != from_), key=lambda pair: pair[0])
    return tuple(setting for _, setting in ordered[:NEAREST])


def own_place(dial: Dial, protocol: Protocol) -> int:
    """The place of a rule's own cut-off among those that were tried, or of the nearest."""
    own = own_cut(dial.rule, protocol.model.top_share)
    return min(range(len(dial.cuts)), key=lambda i: (abs(dial.cuts[i].value - own), i))
