"""A cohort written while it is made: the bytes of the one made whole, whatever the workers and blocks."""

from __future__ import annotations

import resource
from contextlib import contextmanager

import pyarrow as pa
import pytest

from la_research.cohort import arrow_schema
from la_research.cohort.blocks import Follows
from la_research.errors import CohortError, DiskError, ScenarioError
from la_research.schema import TABLES
from la_research.store import load_cohort, load_scenario, save_cohort
from la_research.store.generated import save_generated
from la_research.store.parquet import ROWS_IN_A_GROUP, TableFiles
from la_research.store.truth import load_truth, save_truth
from la_research.synthetic import generate_cohort

N, SEED = 2_200, 5


def contents(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Made in memory and saved: the cohort's files and the truth's."""
    folder = tmp_path_factory.mktemp("whole")
    cohort, truth = generate_cohort(load_scenario("null"), n=N, seed=SEED)
    return contents(save_cohort(cohort, folder / "cohort")), contents(save_truth(truth, folder / "truth"))


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_streamed_files_are_those_of_the_cohort_made_whole(whole, tmp_path, jobs):
    made = save_generated(load_scenario("null"), tmp_path / "cohort", n=N, seed=SEED, jobs=jobs)
    assert contents(tmp_path / "cohort") == whole[0]
    assert contents(tmp_path / "cohort.truth") == whole[1]
    assert made.digest == load_cohort(tmp_path / "cohort").digest
    assert made.rows["students"] == N
    assert load_truth(made.truth).n == N


def test_a_streamed_event_log_is_that_of_the_cohort_made_whole(tmp_path):
    cohort, _ = generate_cohort(load_scenario("null"), n=60, seed=SEED, tables=TABLES)
    save_cohort(cohort, tmp_path / "whole")
    save_generated(load_scenario("null"), tmp_path / "streamed", n=60, seed=SEED, events=True)
    assert contents(tmp_path / "streamed") == contents(tmp_path / "whole")
    assert "events.parquet" in contents(tmp_path / "whole")


@pytest.mark.parametrize("block", [997, 65_535, 65_536, 65_537, 200_000])
def test_any_block_of_rows_gives_the_same_file(tmp_path, block):
    rows = 2 * ROWS_IN_A_GROUP + 17
    table = pa.table({"id": pa.array([f"s{i % 9001}" for i in range(rows)]), "week": pa.array(range(rows))})
    files = {}
    for name, size in (("whole", rows), ("cut", block)):
        (tmp_path / name).mkdir()
        with TableFiles(tmp_path / name) as grown:
            for start in range(0, rows, size):
                grown.write({"t": table.slice(start, size)})
        files[name] = grown.written["t"], (tmp_path / name / "t.parquet").read_bytes()
    assert files["cut"] == files["whole"]
    assert files["whole"][0].rows == rows


def test_progress_counts_every_student(tmp_path):
    told: list[int] = []
    save_generated(load_scenario("null"), tmp_path / "cohort", n=N, seed=SEED, tell=told.append)
    assert told == [1024, 2048, N]


@contextmanager
def small_disk(most: int):
    """No file grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("most", [100, 5_000, 60_000])
def test_a_full_disk_is_told_and_leaves_what_stood_there_and_nothing_else(tmp_path, most):
    campus = load_scenario("null")
    save_generated(campus, tmp_path / "cohort", n=20, seed=1)
    before = {path.name: contents(path) for path in tmp_path.iterdir()}
    with small_disk(most), pytest.raises(DiskError) as caught:
        save_generated(campus, tmp_path / "cohort", n=2_000, seed=2)
    assert caught.value.faults[0].code == "disk.cannot_write"
    assert {path.name: contents(path) for path in tmp_path.iterdir()} == before


def test_nobody_elses_folder_is_replaced_and_no_cohort_has_no_students(tmp_path):
    (tmp_path / "cohort.truth").mkdir()
    (tmp_path / "cohort.truth" / "thesis.txt").write_text("years of work")
    with pytest.raises(DiskError) as caught:
        save_generated(load_scenario("null"), tmp_path / "cohort", n=5)
    assert caught.value.faults[0].code == "disk.not_ours"
    assert [path.name for path in tmp_path.iterdir()] == ["cohort.truth"]
    with pytest.raises(ScenarioError):
        save_generated(load_scenario("null"), tmp_path / "none", n=0)
    assert [path.name for path in tmp_path.iterdir()] == ["cohort.truth"]


def students(*ids) -> pa.Table:
    nothing = dict.fromkeys(("level", "subject", "entry_tariff", "commutes", "paid_work_hours"))
    return pa.Table.from_pylist([{"student_id": i, **nothing} for i in ids], schema=arrow_schema(TABLES["students"]))


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([students("a", "c"), students("b")], "order"),
        ([students("a"), students(), students("a")], "order"),
        ([students("b", "a")], "order"),
        ([students("a", None)], "null"),
        ([students("a").drop_columns(["level"])], "wrong_type"),
    ],
)
def test_a_block_that_does_not_follow_the_last_is_refused(blocks, code):
    follows = Follows()
    with pytest.raises(CohortError) as caught:
        for block in blocks:
            follows({"students": block})
    assert caught.value.faults[0].code == f"cohort.{code}"


def test_blocks_that_follow_each_other_pass():
    follows = Follows()
    for block in (students(), students("a", "b"), students(), students("c")):
        assert follows({"students": block})["students"] is block
