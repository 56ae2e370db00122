"""Workers: results in order, few at a time, and what a dead one was doing is done again."""

from __future__ import annotations

import os
import signal
from multiprocessing import active_children
from time import sleep

import pytest

from la_research.errors import LaResearchError
from la_research.store import load_scenario
from la_research.synthetic import cohort_blocks
from la_research.synthetic.workers import in_turn


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_tasks(jobs):
    assert list(in_turn(divmod, [(i, 3) for i in range(20)], jobs)) == [divmod(i, 3) for i in range(20)]


def test_workers_do_not_run_ahead_of_who_reads():
    taken = []

    def tasks():
        for i in range(100):
            taken.append(i)
            yield (i,)

    results = in_turn(abs, tasks(), 2)
    assert next(results) == 0
    assert len(taken) <= 5
    results.close()


@pytest.mark.parametrize("wait", [0.0, 0.05, 0.2])
def test_a_worker_that_is_killed_is_replaced_and_nothing_is_lost(wait):
    """Whatever it was doing just then: drawing, waiting, or in the middle of a result."""
    campus = load_scenario("null")
    expected = list(cohort_blocks(campus, n=9_000, seed=1))
    blocks = cohort_blocks(campus, n=9_000, seed=1, jobs=2)
    found = [next(blocks), next(blocks)]
    sleep(wait)
    os.kill(active_children()[0].pid, signal.SIGKILL)
    found += blocks
    assert [block.tables for block in found] == [block.tables for block in expected]
    assert [block.truth for block in found] == [block.truth for block in expected]


def test_a_fault_in_a_worker_is_the_fault_that_it_is_here():
    with pytest.raises(ZeroDivisionError):
        list(in_turn(divmod, [(1, 1), (1, 0)], 2))


def test_workers_that_die_again_and_again_are_an_error_that_says_so():
    with pytest.raises(LaResearchError) as caught:
        list(in_turn(os._exit, [(1,), (1,), (1,)], 2))
    assert caught.value.faults[0].code == "generate.worker_died"
    assert list(in_turn(abs, [(-1,), (-2,)], 2)) == [1, 2]
