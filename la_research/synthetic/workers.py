"""One call for many tasks in several processes: results in order, and few at a time, so that memory does not grow."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
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
    left, deaths = iter(tasks), 0
    workers = [_Worker(call) for _ in range(jobs)]
    asked: deque[tuple[int, tuple[Any, ...]]] = deque()
    try:
        for number, task in enumerate(islice(left, AHEAD * jobs)):
            asked.append((number % jobs, workers[number % jobs].ask(task)))
        while asked:
            place, _ = asked[0]
            try:
                done = workers[place].answer()
            except (EOFError, OSError) as error:
                deaths += 1
                if deaths > DEATHS:
                    raise _died(jobs) from error
                workers[place].end()
                workers[place] = _Worker(call)
                for _, task in (one for one in asked if one[0] == place):
                    workers[place].ask(task)
                continue
            asked.popleft()
            for task in islice(left, 1):
                asked.append((place, workers[place].ask(task)))
            yield done
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process with a pipe of its own: whenever it dies, the pipe ends, and nobody waits for half a message."""

    def __init__(self, call: Callable[..., Any]) -> None:
        from joblib.externals.loky.backend.context import get_context

        context = get_context("loky")
        self._pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, call), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, task: tuple[Any, ...]) -> tuple[Any, ...]:
        """Send a task; a worker that has died is noticed when its answer is due."""
        with suppress(OSError):
            self._pipe.send(task)
        return task

    def answer(self) -> Any:
        """The result of the oldest task; EOFError or OSError when the worker has died."""
        done, error = self._pipe.recv()
        if error is not None:
            raise error
        return done

    def end(self) -> None:
        """Let it go, whatever it is doing."""
        self._pipe.close()
        self.process.terminate()
        self.process.join()


def _serve(pipe: Any, call: Callable[..., Any]) -> None:
    """In the worker: answer until nobody asks any more."""
    with suppress(EOFError, OSError):
        while True:
            task = pipe.recv()
            try:
                answer: tuple[Any, Exception | None] = call(*task), None
            except Exception as error:
                answer = None, error
            pipe.send(answer)


def _died(jobs: int) -> LaResearchError:
    problem = f"{DEATHS + 1} of the worker processes died, most likely for want of memory"
    remedy = "ask for fewer workers, or give the machine more memory"
    return LaResearchError(Fault("generate.worker_died", problem, f"{jobs} workers", remedy))
