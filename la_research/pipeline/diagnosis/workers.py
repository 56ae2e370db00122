"""One call on many items in worker processes, on this machine or on a Dask cluster; a worker that dies is replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Literal, TypeVar

from la_research.errors import Fault, MissingError, StageError, UsageError
from la_research.pipeline.stages import THREADS, one_thread

Item = TypeVar("Item")
Made = TypeVar("Made")
Backend = Literal["loky", "dask"]
REPLACED = 3
"""Times that dead workers are replaced before it is an error."""
WAIT_SECONDS = 10
"""How long a cluster may take to answer."""


def each_in_a_worker(
    call: Callable[[Item], Made],
    items: Sequence[Item],
    *,
    jobs: int = 1,
    backend: Backend = "loky",
    scheduler: str | None = None,
) -> Iterator[Made]:
    """What the call makes of each item, in the order in which they are done.

    Parameters
    ----------
    call
        A function that a worker can import, or a partial of one; on one thread.
    items
        Each is handed to one worker; again to another where that one died.
    jobs
        Processes on this machine; 1 uses none but this one. Not read on a cluster.
    backend, scheduler
        "loky" for this machine; "dask" for the cluster at the address of its scheduler.

    Raises
    ------
    StageError
        ``diagnosis.worker_died``: workers died again and again. What was yielded stays good.
    MissingError
        ``extra.missing`` without Dask; ``diagnosis.no_scheduler`` where no cluster answers.
    UsageError
        ``diagnosis.backend``: another backend, or one that does not go with the scheduler.

    Examples
    --------
    >>> sorted(each_in_a_worker(abs, [-2, -1]))
    [1, 2]
    """
    check_backend(backend, scheduler)
    if scheduler is not None:
        return _on_cluster(call, items, scheduler)
    return _side_by_side(call, items, jobs) if jobs > 1 else _here(call, items)


def check_backend(backend: str, scheduler: str | None) -> None:
    """Raise where backend and scheduler are not known or do not go together."""
    if backend not in ("loky", "dask"):
        problem, remedy = f"there is no backend '{backend}'", "name loky or dask"
    elif backend == "dask" and scheduler is None:
        problem, remedy = "a Dask cluster is asked for, and no scheduler is named", "name its address with --scheduler"
    elif backend == "loky" and scheduler is not None:
        problem, remedy = "a scheduler is named, and the backend is not dask", "add --backend dask"
    else:
        return
    raise UsageError(Fault("diagnosis.backend", problem, "backend", remedy))


def _here(call: Callable[[Item], Made], items: Sequence[Item]) -> Iterator[Made]:
    for item in items:
        with one_thread():
            made = call(item)
        yield made


def _apart(call: Callable[[Item], Made], number: int, item: Item) -> tuple[int, Made]:
    with one_thread():
        return number, call(item)


def _side_by_side(call: Callable[[Item], Made], items: Sequence[Item], jobs: int) -> Iterator[Made]:
    """In processes of this machine; joblib's pool breaks when a worker dies, and what is left goes to a new one."""
    from joblib import Parallel, delayed, parallel_config

    left = dict(enumerate(items))
    for _ in range(REPLACED + 1):
        try:
            with parallel_config("loky", inner_max_num_threads=THREADS):
                pool = Parallel(n_jobs=jobs, return_as="generator_unordered")
                for number, made in pool(delayed(_apart)(call, *pair) for pair in list(left.items())):
                    del left[number]
                    yield made
            return
        except BrokenProcessPool:
            continue
    raise _worker_died()


def _on_cluster(call: Callable[[Item], Made], items: Sequence[Item], scheduler: str) -> Iterator[Made]:
    """On a Dask cluster, whose scheduler itself hands an item of a dead worker to another, a few times."""
    with _client(scheduler) as client:
        from distributed import KilledWorker, as_completed

        work = [client.submit(_apart, call, number, item, pure=False) for number, item in enumerate(items)]
        try:
            for future, (_, made) in as_completed(work, loop=client.loop, with_results=True):  # type: ignore[no-untyped-call]
                future.release()
                yield made
        except KilledWorker as error:
            raise _worker_died() from error


def _client(scheduler: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        problem, remedy = "Dask is not installed", "install the extra: pip install 'la-research[dask]'"
        raise MissingError(Fault("extra.missing", problem, "backend dask", remedy)) from error
    client = None
    try:
        client = Client(scheduler, timeout=WAIT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        client.wait_for_workers(1, timeout=WAIT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        if client is not None:
            client.close()  # type: ignore[no-untyped-call]
        problem = f"no Dask cluster with a worker answers within {WAIT_SECONDS} seconds"
        remedy = "start 'dask scheduler' and 'dask worker', and name the scheduler's address, as tcp://HOST:8786"
        raise MissingError(Fault("diagnosis.no_scheduler", problem, scheduler, remedy)) from error
    return client


def _worker_died() -> StageError:
    problem = f"workers died, and their draws were tried {REPLACED + 1} times"
    remedy = "see whether memory ran out, use fewer --jobs, and run it again: it goes on with the draw where it stopped"
    return StageError(Fault("diagnosis.worker_died", problem, "la-research diagnose", remedy))
