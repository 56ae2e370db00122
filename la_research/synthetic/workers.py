"""One call for many tasks in several processes: results in order, and few at a time, so that memory does not grow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from typing import Any, TypeVar

from la_research.errors import Fault, LaResearchError

Result = TypeVar("Result")
AHEAD = 2
"""Tasks a worker that are being worked out or wait to be fetched."""
DEATHS = 2
"""Workers that may die before it is given up."""


def in_turn(call: Callable[..., Result], tasks: Iterable[tuple[Any, ...]], jobs: int) -> Iterator[Result]:
    """The result of each task, in the order of the tasks.

    What a worker was doing when it died is done again by another.

    Parameters
    ----------
    call
        A function of a module, called with the parts of a task; with one job it is called right here.
    jobs
        Processes, 1 or more.

    Raises
    ------
    LaResearchError
        ``generate.worker_died`` when workers die again and again.

    Examples
    --------
    >>> list(in_turn(pow, [(2, 3), (3, 2)], jobs=1))
    [8, 9]
    """
    if jobs == 1:
        yield from (call(*task) for task in tasks)
        return
    from joblib.externals.loky import get_reusable_executor

    left, deaths = iter(tasks), 0
    taken, futures = deque[tuple[Any, ...]](), deque[Future[Result]]()
    try:
        while True:
            try:
                pool = get_reusable_executor(max_workers=jobs)
                for task in islice(left, AHEAD * jobs - len(futures)):
                    taken.append(task)
                    futures.append(pool.submit(call, *task))
                if not futures:
                    return
                done = futures[0].result()
            except BrokenProcessPool as error:
                deaths += 1
                if deaths > DEATHS:
                    raise _died(jobs) from error
                left = chain(list(taken), left)
                taken.clear()
                futures.clear()
                continue
            taken.popleft()
            futures.popleft()
            yield done
    finally:
        for future in futures:
            future.cancel()


def _died(jobs: int) -> LaResearchError:
    problem = f"{DEATHS + 1} of the worker processes died, most likely for want of memory"
    return LaResearchError(
        Fault(
            "generate.worker_died", problem, f"{jobs} workers", "ask for fewer workers, or give the machine more memory"
        )
    )
