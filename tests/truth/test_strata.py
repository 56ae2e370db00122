"""What strata_cells.py measured holds: reversals are told where they are planted, and not where a gap only vanishes."""

from __future__ import annotations

from collections import Counter

import pytest
import strata_cells as strata
from scipy.stats import binom

NAMES = [*strata.CASES, *strata.SAME_GAP]
DRAWS = strata.BATCH * strata.BATCHES


def told(name, batch=None):
    """How often each answer was given in a case, in all batches or in one."""
    found = Counter()
    for row in strata.read_results():
        if row["case"] == name and batch in (None, int(row["batch"])):
            found[row["told"]] += int(row["draws"])
    return found


def seldom(count, share=0.05):
    """Whether a count of all draws is no more than chance makes of a share (99.9 %)."""
    return count <= binom.ppf(0.999, DRAWS, share)


def test_every_case_was_drawn_often_enough_to_judge():
    assert DRAWS >= 1000
    assert {name: told(name).total() for name in NAMES} == dict.fromkeys(NAMES, DRAWS)


@pytest.mark.parametrize("name", [name for name, case in strata.CASES.items() if case.planted == "reversal"])
def test_a_reversal_that_is_there_is_told_in_95_of_100(name):
    assert told(name)["reversal"] >= 0.95 * DRAWS


@pytest.mark.parametrize("name", [name for name, case in strata.CASES.items() if case.planted != "reversal"])
def test_no_reversal_is_claimed_where_there_is_none(name):
    assert seldom(told(name)["reversal"])


def test_a_gap_that_persists_is_told_as_one():
    assert told("persists")["persists"] >= 0.95 * DRAWS


@pytest.mark.parametrize("name", list(strata.SAME_GAP))
def test_gaps_that_are_the_same_in_all_modules_are_seldom_said_to_differ(name):
    assert seldom(told(name)["differs"])


@pytest.mark.parametrize("name", NAMES)
def test_the_first_batch_comes_out_as_it_did(name):
    assert strata.batch(name, 0) == told(name, batch=0)
