"""The same diagnosis on a Dask cluster of two workers on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from la_research import diagnose_design, load_protocol, load_scenario
from la_research.errors import MissingError, StageError
from la_research.pipeline.diagnosis import workers
from la_research.pipeline.diagnosis.workers import each_in_a_worker

ROOT = Path(__file__).resolve().parents[2]
STUDY = load_protocol(ROOT / "protocols" / "early-engagement")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process with one thread."""
    import dask
    from distributed import LocalCluster

    settings = {
        "temporary-directory": str(tmp_path_factory.mktemp("dask")),
        "distributed.scheduler.allowed-failures": 1,
        "distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": "1",
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, silence_logs=50
        ) as local,
    ):
        yield local.scheduler_address


def dies_once(mark: Path, number: int) -> int:
    if number == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def dies_always(number: int) -> int:
    if number == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_a_cluster_makes_the_same_draws_as_this_process(cluster, tmp_path):
    few = {"draws": 4, "n": 200, "claims": ["H3"]}
    there = diagnose_design(STUDY, load_scenario("null"), **few, backend="dask", scheduler=cluster, out=tmp_path)
    assert there == diagnose_design(STUDY, load_scenario("null"), **few)


def test_the_draw_of_a_worker_that_died_is_made_by_another(cluster, tmp_path):
    call = partial(dies_once, tmp_path / "died")
    made = each_in_a_worker(call, range(5), backend="dask", scheduler=cluster)
    assert sorted(made) == [n * n for n in range(5)]
    assert (tmp_path / "died").exists()


def test_workers_that_die_again_and_again_are_an_error(cluster):
    with pytest.raises(StageError) as failed:
        list(each_in_a_worker(dies_always, range(4), backend="dask", scheduler=cluster))
    assert [fault.code for fault in failed.value.faults] == ["diagnosis.worker_died"]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "no scheduler at all"])
def test_a_scheduler_that_does_not_answer_is_told_with_what_to_start(address, monkeypatch):
    monkeypatch.setattr(workers, "WAIT_SECONDS", 1)
    with pytest.raises(MissingError) as missing:
        list(each_in_a_worker(abs, [1], backend="dask", scheduler=address))
    fault = missing.value.faults[0]
    assert (missing.value.exit_code, fault.code, fault.where) == (20, "diagnosis.no_scheduler", address)
    assert "dask scheduler" in fault.remedy
