"""A synthetic cohort and its truth written while they are made: as much memory for a million students as for a few."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from la_research.cohort.blocks import Follows
from la_research.schema import TABLES
from la_research.store.cohorts import describe
from la_research.store.folder import write_folder
from la_research.store.package import FILE
from la_research.store.parquet import TableFiles
from la_research.store.truth import FILE as TRUTH_FILE
from la_research.store.truth import seal, truth_beside
from la_research.synthetic import Scenario, Truth, cohort_blocks, provenance
from la_research.synthetic.tables import REQUIRED
from la_research.synthetic.truth import Planted


class Generated(NamedTuple):
    """A cohort that was generated: its folder and its truth's, what made it, its digest, and rows by table."""

    cohort: Path
    truth: Path
    n: int
    seed: int
    digest: str
    rows: dict[str, int]


def save_generated(
    scenario: Scenario,
    directory: str | Path,
    *,
    n: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    events: bool = False,
    at: Mapping[str, Any] = MappingProxyType({}),
    off: Collection[str] = (),
    tell: Callable[[int], None] = lambda students: None,
) -> Generated:
    """Generate a cohort into a folder and its truth into ``DIR.truth`` beside it.

    The files hold the same bytes as those of ``save_cohort(generate_cohort(...))``, whatever
    the number of workers. Nothing is left half-written.

    Parameters
    ----------
    n, seed
        Students and seed; the scenario's own when left out.
    events
        Whether to write the event log too.
    at, off
        Dials that were set to make this scenario, and mechanisms switched off; kept in the provenance.
    tell
        Called with the number of students written so far.

    Raises
    ------
    ScenarioError
        ``scenario.n``.
    DiskError
        ``disk.cannot_write``, ``disk.not_ours``.
    LaResearchError
        ``generate.worker_died``.
    """
    directory, beside = Path(directory), truth_beside(directory)
    n, seed = scenario.n if n is None else n, scenario.seed if seed is None else seed
    asked = (*REQUIRED, *(["events"] if events else []))
    blocks, follows, students = cohort_blocks(scenario, n=n, seed=seed, jobs=jobs, tables=asked), Follows(), 0
    with write_folder(directory, mark=FILE) as folder, write_folder(beside, mark=TRUTH_FILE) as hidden:
        with closing(blocks), TableFiles(folder) as files, TableFiles(hidden) as true:
            for block in blocks:
                held = {name: table for name, table in block.tables.items() if table.num_rows or TABLES[name].required}
                files.write(follows(held))
                true.write(block.truth)
                students += held["students"].num_rows if "students" in held else 0
                if students:
                    tell(students)
        name = describe(folder, files.written, provenance(scenario, n=n, seed=seed, at=at, off=off))
        seal(hidden, true.written, Truth(scenario.id, scenario.digest, seed, n, Planted(scenario), {}))
    rows = {table: written.rows for table, written in files.written.items()}
    return Generated(directory, beside, n, seed, name, rows)
