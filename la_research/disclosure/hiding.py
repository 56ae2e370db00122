"""Which numbers of a page's settings are told, so that no few students can be worked out from all of them together."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from la_research.disclosure.recovery import FEWEST, Counts, Release, narrowed
from la_research.disclosure.settings import ALL, NEED, OTHER, REST, Bools, Settings, known

FIRST, OTHERS = 0, 1
KINDS = ([ALL], [NEED, OTHER, REST])
"""The numbers told together: whom a setting counts of all, and whom of those in need, not in need, and the rest."""


def told_totals(settings: Settings, minimum: int, apart: bool, out: Bools, hidden: Bools) -> Bools:
    """Which numbers of a setting are told of all students.

    A setting is left out altogether where some students but fewer than the minimum stand between one of its numbers
    and that of a setting beside it that is told already, if those have to be ``apart``: those between then are nobody,
    or enough. A number is hidden where it, or its complement, is some students but fewer; and so is what the recovery
    check asks for.

    Parameters
    ----------
    apart
        Whether settings that stand side by side have to differ by no student, or by the minimum.
    out, hidden
        Settings that are left out from the first, and 2 x settings: what else is hidden from the first.

    Returns
    -------
    numpy.ndarray
        2 x settings: whether the first number is told, and whether the others are.
    """
    everyone, nobody = np.ones(len(settings.student), dtype=bool), np.full(len(settings.student), -1)
    page = _Page(settings, nobody, 0, minimum, apart)
    page.told[:, :, -1] &= ~hidden
    page.told[:, out] = False
    for place in np.flatnonzero(~out).tolist():
        for level in (FIRST, OTHERS):
            if page.small(everyone, level, place):
                page.hide(level, place, -1)
        if apart and any(page.near(everyone, level, place, page.beside(place, -1, FIRST)) for level in (FIRST, OTHERS)):
            out = out | (np.arange(len(out)) == place)
            page.hide(FIRST, place, -1)
    rest = _Page(settings.part(np.flatnonzero(~out)), nobody, 0, minimum, apart)
    rest.told[:] = page.told[:, ~out]
    rest.check()
    page.told[:, ~out] = rest.told
    return page.told[:, :, -1]


def told_groups(settings: Settings, code: Counts, groups: int, total: Bools, minimum: int, apart: bool) -> Bools:
    """Which numbers of a setting are told of each group.

    A group is hidden at a setting as ``told_totals`` hides all, with the smallest others until several are hidden there
    and those together are no small group; where all students are, every group is. The smallest others follow, or
    the same group at another setting, until no count that is hidden is left fewer than ``FEWEST`` whole numbers by
    all that is told: sizes of groups, totals, parts, cut-offs that hold one another, weeks and "any week". Where sizes
    and totals leave a count fewer by themselves, it is left as many.

    Parameters
    ----------
    code, groups
        The group of each unit, and how many there are; together they are all units.
    total
        What ``told_totals`` found.

    Returns
    -------
    numpy.ndarray
        2 x settings x groups.

    Examples
    --------
    Of groups of 80, 60 and 20 students half are in need; the one setting contacts 40, 30 and 4 of them, half in need.

    >>> row = np.arange(160)
    >>> code, need, hit = np.repeat([0, 1, 2], [80, 60, 20]), row % 2 == 0, (row % 4 < 2) & (row < 147)
    >>> kinds = np.array([need | ~need, need, ~need, need & ~need])
    >>> settings = Settings(np.array([hit & kinds]), kinds, row)
    >>> told_groups(settings, code, 3, np.ones((2, 1), dtype=bool), 10, apart=False).tolist()
    [[[True, False, False]], [[True, False, False]]]
    """
    found = np.repeat(total[:, :, None], groups, axis=2)
    if groups == 1:
        return found
    page = _Page(settings.part(np.flatnonzero(total[FIRST])), code, groups, minimum, apart)
    page.told[:, :, -1] = total[:, total[FIRST]]
    for place in range(len(page.settings)):
        for level in (FIRST, OTHERS):
            for group in range(groups):
                inside = code == group
                near = apart and page.near(inside, level, place, page.beside(place, group, level))
                if near or page.small(inside, level, place):
                    page.hide(level, place, group)
        page.cover(place)
    page.check()
    found[:, total[FIRST]] = page.told[:, :, :-1]
    return found


@dataclass
class _Page:
    """What is told so far: 2 x settings x groups and, last, all."""

    settings: Settings
    code: Counts
    groups: int
    minimum: int
    apart: bool
    told: Bools = field(init=False)
    tallies: Counts = field(init=False)
    release: Release = field(init=False)

    def __post_init__(self) -> None:
        self.tallies = self.settings.tallies(self.code, self.groups)
        self.told = np.ones((2, len(self.settings), self.groups + 1), dtype=bool)
        self.release = self.settings.release(self.tallies)

    def hide(self, level: int, place: int, group: int) -> None:
        """Hide a group at a setting; without its first number the others are hidden too."""
        self.told[level:, place, group] = False

    def small(self, inside: Bools, level: int, place: int) -> bool:
        """Whether a number of these units, or its complement, is some students but few; or those in need are few."""
        counted, among = self.settings.counted[place], self.settings.among
        held = [self._students(inside & among[kind]) for kind in KINDS[level]]
        hit = [self._students(inside & counted[kind]) for kind in KINDS[level]]
        missed = [self._students(inside & among[kind] & ~counted[kind]) for kind in KINDS[level]]
        return min(held[:2]) < self.minimum or any(map(self._few, [*held, *hit, *missed]))

    def near(self, inside: Bools, level: int, place: int, others: list[int]) -> bool:
        """Whether some students, but few, stand between a number of these units and the same of another setting."""
        counted = self.settings.counted
        return any(
            self._few(self._students(inside & (counted[place, kind] != counted[other, kind])))
            for other in others
            for kind in KINDS[level]
        )

    def beside(self, place: int, group: int, level: int, later: bool = False) -> list[int]:
        """Settings beside this one at which a group is told: those that come before it, or all."""
        pairs = {*self.settings.beside, *((b, a) for a, b in self.settings.beside)}
        return [b for a, b in sorted(pairs) if a == place and (later or b < place) and self.told[level, b, group]]

    def cover(self, place: int, later: bool = False) -> None:
        """Hide the smallest others until those hidden can not be had as the total less those told.

        Nor as what stands between them and a setting beside, where settings have to be apart.
        """
        for level in (FIRST, OTHERS):
            if not self.told[level, place, -1]:
                self.told[level:, place] = False
            while (shown := self.told[level, place, :-1]).any():
                more = self._between(level, place, later) if self.apart else None
                if more is None and not shown.all():
                    more = ~shown if (~shown).sum() == 1 or self.small(~shown[self.code], level, place) else None
                if more is None:
                    break
                if not (more & shown).any():
                    more[self._smallest(shown)] = True
                self.told[level:, place, :-1] &= ~more

    def _between(self, level: int, place: int, later: bool) -> Bools | None:
        """Groups that together are some but few students apart from a setting beside, though both sums are known."""
        here = ~self.told[level, place, :-1]
        for other in self.beside(place, -1, level, later):
            there = ~self.told[level, other, :-1]
            for groups in (here | there, *(() if (here & there).any() else (here, there))):
                if not groups.all() and self.near(groups[self.code], level, place, [other]):
                    return np.asarray(here | there)
        return None

    def check(self) -> None:
        """Hide more until no hidden count is left too few whole numbers, or everything is hidden."""
        sure, fewest = np.zeros(self.release.told.shape, dtype=bool), self._fewest()
        while True:
            found = self._narrowed(sure, fewest)
            failed = np.argwhere(found[: self.tallies.size].reshape(self.tallies.shape))
            if (not len(failed) or not self._more(failed)) and not self._settled():
                return

    def _narrowed(self, sure: Bools, fewest: Counts) -> Bools:
        """Hidden cells that are narrowed; those that are not are ``sure``, as who hides more narrows nothing.

        A cell that is narrowed although nothing of any group is told has to be left as much as it is left so.
        """
        release, bare = self._told(self.told), self._told(self._bare())
        asked = ~release.told & ~sure
        if self.groups:
            asked[self.tallies[:-1].size :] = False
        found = narrowed(release, asked, fewest)
        while (low := narrowed(bare, found, fewest)).any():
            fewest[low] -= 1
            found &= ~low | narrowed(release, low, fewest)
        sure |= asked & ~found
        return found

    def _told(self, told: Bools) -> Release:
        """The release in which these numbers are told."""
        cells = np.ones(self.release.told.shape, dtype=bool)
        cells[: self.tallies.size] = known(told).ravel()
        return replace(self.release, told=cells)

    def _bare(self) -> Bools:
        """What is told of all, and nothing of any group."""
        bare = np.zeros_like(self.told)
        if self.groups:
            bare[:, :, -1] = self.told[:, :, -1]
        return bare

    def _fewest(self) -> Counts:
        """By cell: whole numbers that sizes and its own total leave open, at most ``FEWEST``; one where it is plain.

        It is plain where nobody, or everybody, of all students is counted.
        """
        total, held = self.tallies[-1:], self.tallies[:, :, -1:]
        told = known(self._bare())[-1:]
        low, high = np.maximum(0, total - held[-1:] + held), np.minimum(total, held)
        room = np.where(told, high - low, held) + 1
        room[:, ((total == 0) | (total == held[-1:]))[0]] = 1
        found = np.ones(self.release.told.shape, dtype=np.int64)
        found[: self.tallies.size] = np.minimum(FEWEST, room).ravel()
        return found

    def _settled(self) -> bool:
        """Whether something had to be hidden to cover what was hidden since."""
        before = self.told.copy()
        if self.groups:
            for place in range(len(self.settings)):
                self.cover(place, later=True)
        return bool((before != self.told).any())

    def _more(self, failed: NDArray[np.int64]) -> bool:
        """Hide more for one failing cell of each setting; whether there was anything left to hide."""
        _, first = np.unique(failed[:, 2], return_index=True)
        mended = [self._mend(*map(int, failed[i])) for i in first]
        return any(mended)

    def _mend(self, group: int, kind: int, place: int) -> bool:
        """Hide the next smallest group at the setting, or, where the group's own numbers pin it, one of these."""
        level, group = FIRST if kind == ALL else OTHERS, group if group < self.groups else -1
        below, above = self._related(group, kind, place)
        counts = self.tallies[group, kind]
        low = max((int(counts[i]) for i in below), default=0)
        high = min((int(counts[i]) for i in above), default=low + FEWEST)
        if high - low + 1 < FEWEST and len(below) + len(above):
            return self._away(level, group, max(below + above))
        shown = self.told[level, place, :-1]
        if group >= 0 and shown.any():
            self.hide(level, place, self._smallest(shown))
        elif level == OTHERS and self.told[FIRST, place, group]:
            self.hide(FIRST, place, group)
        else:
            held = np.flatnonzero(self.told[level, :, group])
            return self._away(level, group, int(held[-1])) if len(held) else self._everywhere(level)
        if self.groups:
            self.cover(place)
        return True

    def _away(self, level: int, group: int, place: int) -> bool:
        """Hide a group at another setting."""
        self.hide(level, place, group)
        if self.groups:
            self.cover(place)
        return True

    def _everywhere(self, level: int) -> bool:
        """Hide, at all settings, the smallest group that is told at any; whether there was one."""
        shown = np.asarray(self.told[level, :, :-1].any(axis=0))
        if not shown.any():
            return level == OTHERS and self._everywhere(FIRST)
        group = self._smallest(shown)
        for place in range(len(self.settings)):
            self.hide(level, place, group)
            self.cover(place)
        return True

    def _related(self, group: int, kind: int, place: int) -> tuple[list[int], list[int]]:
        """Settings at which the group's number is told and is known to be a part of this one, or to hold it."""
        reach, shown = self.settings.reach[kind, :-1, :-1], self.told[FIRST if kind == ALL else OTHERS, :, group]
        below = np.flatnonzero(reach[:, place] & shown).tolist()
        return below, np.flatnonzero(reach[place] & shown).tolist()

    def _smallest(self, shown: Bools) -> int:
        sizes = np.where(shown, self.tallies[:-1, ALL, -1], self.tallies[:, ALL, -1].max() + 1)
        return int(sizes.argmin())

    def _students(self, inside: Bools) -> int:
        return int(inside.sum()) if self.settings.single else len(np.unique(self.settings.student[inside]))

    def _few(self, count: int) -> bool:
        return 0 < count < self.minimum
