"""Hidden numbers of a page with many settings, and an attacker who counts kinds of students instead of cells."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import linprog

from la_research.disclosure import FEWEST, Settings, narrowed, told_groups, told_totals
from la_research.disclosure.settings import known

MINIMUM, CUTS, WEEKS, GROUPS = 4, 3, 2, 4
SMALL = (18, 37, 47, 71, 99, 167, 249)
PLACES = [(cut, week) for cut in range(CUTS) for week in range(WEEKS + 1)]


def page(seed: int) -> SimpleNamespace:
    """400 invented students: a group, a need (in need, not, not known), and from which cut-off on each week writes."""
    rng = np.random.default_rng(seed)
    code, need = rng.choice(GROUPS, 400, p=[0.5, 0.25, 0.15, 0.1]), rng.choice(3, 400, p=[0.3, 0.5, 0.2])
    strain = rng.normal(size=400) + 0.5 * (need == 0)
    lines = -np.array([1.3, 0.6, 0.0])
    first = np.array([np.searchsorted(lines, -(strain * 0.6 + 0.8 * rng.normal(size=400))) for _ in range(WEEKS)]).T
    hit = [first[:, week - 1] <= cut if week else (first <= cut).any(axis=1) for cut, week in PLACES]
    kinds = [np.ones(400, dtype=bool), need == 0, need == 1, need == 2]
    place = {setting: i for i, setting in enumerate(PLACES)}
    weeks = [tuple(place[cut, week] for week in range(1, WEEKS + 1)) for cut in range(CUTS)]
    nested = [(place[cut, week], place[cut + 1, week]) for cut in range(CUTS - 1) for week in range(WEEKS + 1)]
    nested += [(place[cut, week], place[cut, 0]) for cut in range(CUTS) for week in range(1, WEEKS + 1)]
    most = [((place[cut, 0],), weeks[cut]) for cut in range(CUTS)]
    most += [((place[c + 1, 0], *weeks[c]), (place[c, 0], *weeks[c + 1])) for c in range(CUTS - 1)]
    beside = [(place[a], place[b]) for a, b in itertools.combinations(PLACES, 2) if a[0] == b[0] or a[1] == b[1]]
    counted = np.array([[chosen & kind for kind in kinds] for chosen in hit])
    settings = Settings(
        counted, np.array(kinds), np.arange(400), tuple(nested), tuple(most), tuple(weeks), tuple(beside)
    )
    return SimpleNamespace(settings=settings, code=code, weeks=weeks)


def told_of(held: SimpleNamespace, *, apart: bool) -> np.ndarray:
    """2 x settings x groups and all: what is told."""
    nothing = np.zeros(len(PLACES), dtype=bool)
    total = told_totals(held.settings, MINIMUM, apart, nothing, np.array([nothing, nothing]))
    groups = told_groups(held.settings, held.code, GROUPS, total, MINIMUM, apart)
    return np.concatenate([groups, total[:, :, None]], axis=2)


Cell = tuple[int, int, int]


def attack(held: SimpleNamespace, told: np.ndarray, at: int | None) -> dict[Cell, tuple[float, float]]:
    """The range of hidden counts, (group, number, setting), of one setting or all, by the students of each kind.

    A kind is a group, a need, and from which cut-off on each week writes: all that the page counts is a sum of kinds.
    """
    kinds = list(itertools.product(range(CUTS + 1), repeat=WEEKS))
    hits = [[(kind[week - 1] if week else min(kind)) <= cut for kind in kinds] for cut, week in PLACES]
    hits = np.array([*hits, [True] * len(kinds)], dtype=float)
    tallies, shown = held.settings.tallies(held.code, GROUPS), known(told)
    rows, counts, asked = [], [], {}
    for group, number, place in np.ndindex(*tallies.shape):
        row = np.zeros((GROUPS, 3, len(kinds)))
        who = slice(None) if group == GROUPS else slice(group, group + 1)
        row[who, slice(None) if number == 0 else slice(number - 1, number)] = hits[place]
        if shown[group, number, place]:
            rows.append(row.ravel())
            counts.append(tallies[group, number, place])
        elif at in (None, place):
            asked[group, number, place] = row.ravel()
    for weeks in held.weeks:
        if told[0, list(weeks), -1].all():
            rows.append(np.broadcast_to(hits[list(weeks)].sum(axis=0), (GROUPS, 3, len(kinds))).ravel())
            counts.append(tallies[-1, 0, list(weeks)].sum())
    known_sums = {"A_eq": np.array(rows), "b_eq": np.array(counts, dtype=float), "method": "highs"}
    return {cell: (linprog(row, **known_sums).fun, -linprog(-row, **known_sums).fun) for cell, row in asked.items()}


def recovered(held: SimpleNamespace, told: np.ndarray, at: int | None = None) -> set[Cell]:
    """Hidden counts of groups that the attack narrows, but where nobody or everybody of all is counted."""
    total = held.settings.tallies(held.code, GROUPS)[-1]
    return {
        (group, number, place)
        for (group, number, place), (low, high) in attack(held, told, at).items()
        if group < GROUPS
        and 0 < total[number, place] < total[number, -1] + (place == len(PLACES))
        and np.floor(high + 1e-6) - np.ceil(low - 1e-6) + 1 < FEWEST
    }


@pytest.mark.parametrize(("seed", "apart"), [(1, False), (7, True)])
def test_no_hidden_count_can_be_had_from_all_settings_together(seed, apart):
    held = page(seed)
    told = told_of(held, apart=apart)
    assert told.mean() > 0.5
    assert not told.all()
    assert recovered(held, told) == set()


def test_one_group_left_uncovered_gives_another_away_and_the_check_and_the_attack_both_find_it():
    held = page(1)
    told = told_of(held, apart=False)
    place = next(i for i in range(len(PLACES)) if (~told[1, i, :-1]).sum() == 2)
    uncovered, leaking = np.flatnonzero(~told[1, place, :-1])
    told[1, place, uncovered] = True
    tallies = held.settings.tallies(held.code, GROUPS)
    release = held.settings.release(tallies)
    cells = np.r_[known(told).ravel(), np.ones(CUTS, dtype=bool)]
    found = narrowed(type(release)(release.counts, cells, release.equal, release.below, release.alike), ~cells)
    found = found[: tallies.size].reshape(tallies.shape)
    assert found[leaking, 1:, place].all()
    assert {(leaking, number, place) for number in (1, 2, 3)} <= recovered(held, told, place)


@pytest.mark.parametrize("seed", [3, 7])
def test_settings_side_by_side_differ_by_nobody_or_by_the_minimum_in_every_number_told(seed):
    held = page(seed)
    told, counted = told_of(held, apart=True), held.settings.counted
    for one, other in held.settings.beside:
        for group in range(GROUPS + 1):
            inside = held.code == group if group < GROUPS else np.ones(400, dtype=bool)
            for level, numbers in ((0, [0]), (1, [1, 2, 3])):
                if told[level, one, group] and told[level, other, group]:
                    apart = [(inside & (counted[one, n] != counted[other, n])).sum() for n in numbers]
                    assert all(count == 0 or count >= MINIMUM for count in apart)


def test_without_that_rule_more_settings_are_told_and_small_counts_are_hidden_all_the_same():
    held = page(3)
    plain, apart = told_of(held, apart=False), told_of(held, apart=True)
    assert plain.sum() > apart.sum()
    tallies = held.settings.tallies(held.code, GROUPS)
    for told in (plain, apart):
        shown = known(told)[:, :, :-1]
        counts, all_ = tallies[:, :, :-1], tallies[:, :, -1:]
        for part in (counts, all_ - counts):
            assert not (shown & (part > 0) & (part < MINIMUM)).any()


def test_no_group_is_told_at_a_setting_that_is_left_out_and_none_hidden_alone():
    held = page(3)
    told = told_of(held, apart=True)
    out = ~told[0, :, -1]
    assert out.any()
    assert not told[:, out].any()
    assert not ((~told[:, :, :-1]).sum(axis=2) == 1).any()


def test_a_page_on_which_nothing_is_small_tells_everything():
    held = page(1)
    large = np.arange(400) % 2
    nothing = np.zeros(len(PLACES), dtype=bool)
    total = told_totals(held.settings, 1, False, nothing, np.array([nothing, nothing]))
    assert total.all()
    assert told_groups(held.settings, large, 2, total, 1, False).all()


def test_a_student_of_several_modules_is_counted_once_against_the_minimum():
    units = 40
    hit = np.arange(units) < 12  # twelve units of three students
    kinds = np.array(
        [np.ones(units, bool), np.arange(units) % 2 == 0, np.arange(units) % 2 == 1, np.zeros(units, bool)]
    )
    settings = Settings(np.array([hit & kinds]), kinds, np.where(hit, np.arange(units) % 3, np.arange(units)))
    told = told_totals(settings, 10, False, np.zeros(1, dtype=bool), np.zeros((2, 1), dtype=bool))
    assert not told.any()


def small(seed: int) -> SimpleNamespace:
    """A few small groups beside a large one, and one to four cut-offs of a score that hold one another."""
    rng = np.random.default_rng(seed)
    groups = int(rng.integers(2, 6))
    sizes = np.r_[rng.integers(60, 150), rng.integers(14, 60, groups - 1)]
    code, n = np.repeat(np.arange(groups), sizes), int(sizes.sum())
    strain, known_of = rng.random(n) < 0.35, rng.random(n) < rng.choice([0.8, 1.0])
    kinds = np.array([np.ones(n, dtype=bool), strain & known_of, ~strain & known_of, ~known_of])
    score = rng.random(n) + rng.choice([0.3, 0.8]) * kinds[1] + 0.3 * (code == rng.integers(groups))
    shares = np.sort(rng.uniform(0.05, 0.95, int(rng.integers(1, 5))))
    counted = np.array([(score <= np.quantile(score, share)) & kinds for share in shares])
    nested = tuple(itertools.pairwise(range(len(shares))))
    return SimpleNamespace(settings=Settings(counted, kinds, np.arange(n), nested), code=code, groups=groups)


def room(held: SimpleNamespace, told: np.ndarray, asked: set[Cell]) -> dict[Cell, float]:
    """How many whole numbers are left to hidden counts, by the students of each group, need and first cut-off.

    The sizes of all groups by need are known.
    """
    tallies, cuts = held.settings.tallies(held.code, held.groups), len(held.settings)
    shown, rows = known(told), {}
    shown[:, :, -1] = True
    for group, number, place in np.ndindex(*tallies.shape):
        row = np.zeros((held.groups, 3, cuts + 1))
        who = slice(None) if group == held.groups else group
        row[who, slice(None) if number == 0 else number - 1, : place + 1] = 1
        rows[group, number, place] = row.ravel()
    sums = {cell: row for cell, row in rows.items() if shown[cell]}
    counts = [tallies[cell] for cell in sums]
    fixed = {"A_eq": np.array(list(sums.values())), "b_eq": np.array(counts, dtype=float), "method": "highs"}
    ends = {c: (linprog(rows[c], **fixed).fun, -linprog(-rows[c], **fixed).fun) for c in asked}
    return {cell: np.floor(high + 1e-6) - np.ceil(low - 1e-6) + 1 for cell, (low, high) in ends.items()}


@pytest.mark.parametrize("seed", SMALL)
def test_the_sizes_of_groups_that_others_tell_give_no_hidden_count_of_a_small_cohort_away(seed):
    held = small(seed)
    nothing = np.zeros(len(held.settings), dtype=bool)
    total = told_totals(held.settings, 10, False, nothing, np.array([nothing, nothing]))
    told = np.concatenate(
        [told_groups(held.settings, held.code, held.groups, total, 10, False), total[:, :, None]], axis=2
    )
    bare = told & (np.arange(held.groups + 1) == held.groups)
    tallies, shown = held.settings.tallies(held.code, held.groups), known(told)
    counted = (tallies[-1:] > 0) & (tallies[-1:] < tallies[-1:, :, -1:]) & np.r_[total[0], False]
    hidden = {tuple(map(int, cell)) for cell in np.argwhere((counted & ~shown)[..., :-1]) if cell[0] < held.groups}
    few = {cell: left for cell, left in room(held, told, hidden).items() if left < FEWEST}
    least = room(held, bare, set(few))
    assert hidden
    assert all(left >= least[cell] for cell, left in few.items())
