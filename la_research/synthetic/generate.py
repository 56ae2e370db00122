"""From a scenario to a cohort and the truth that travels beside it, whole or block after block."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pyarrow as pa

from la_research.canonical import digest
from la_research.cohort import Cohort, Provenance
from la_research.errors import Fault, ScenarioError
from la_research.seeds import CELL
from la_research.synthetic.cell import draw_cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.tables import REQUIRED, campus_tables, cell_tables
from la_research.synthetic.truth import Planted, Truth, student_truth
from la_research.synthetic.workers import in_turn

Tables = dict[str, pa.Table]


class Block(NamedTuple):
    """Some rows of a cohort's tables, and of its truth's; they follow those of the block before."""

    tables: Tables
    truth: Tables


def generate_cohort(
    scenario: Scenario,
    *,
    n: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    tables: Collection[str] = REQUIRED,
) -> tuple[Cohort, Truth]:
    """A synthetic cohort of exactly ``n`` students, and its truth.

    Parameters
    ----------
    scenario
        The campus.
    n
        Students, 1 or more; the scenario's own number when left out. Some are enrolled on two modules.
    seed
        Seed of every draw; the scenario's own when left out.
    jobs
        Worker processes. They never change a value: cells of 1,024 students have streams of
        their own and are joined in order.
    tables
        Which tables of the schema to make; the others are empty. ``events`` only where it is named.

    Raises
    ------
    ScenarioError
        ``scenario.n`` where n is below 1.
    LaResearchError
        ``generate.worker_died``.

    Examples
    --------
    >>> from la_research.protocol import read_tree
    >>> from la_research.synthetic import parse_scenario
    >>> text = "{format: la_research.scenario/1, id: small, title: small, resembles: none, cannot: much}"
    >>> cohort, truth = generate_cohort(parse_scenario(read_tree(text, "small.yaml")), n=30, seed=1)
    >>> cohort.arrow("students").num_rows, truth.n
    (30, 30)
    """
    n, seed = scenario.n if n is None else n, scenario.seed if seed is None else seed
    blocks = list(cohort_blocks(scenario, n=n, seed=seed, jobs=jobs, tables=tables))
    named = {"scenario": scenario.digest, "seed": seed, "n": n}
    chosen = {} if set(tables) == set(REQUIRED) else {"tables": sorted(tables)}
    truth = Truth(scenario.id, scenario.digest, seed, n, Planted(scenario), _joined([block.truth for block in blocks]))
    cohort = _joined([block.tables for block in blocks])
    return Cohort(cohort, provenance(scenario, n=n, seed=seed), digest(named | chosen)), truth


def cohort_blocks(
    scenario: Scenario, *, n: int, seed: int, jobs: int = 1, tables: Collection[str] = REQUIRED
) -> Generator[Block, None, None]:
    """The cohort block after block: first the campus, then a block for each cell of 1,024 students.

    Rows come in the order of each table's key, and no more than a few blocks are held at a time.
    Arguments and errors are those of :func:`generate_cohort`.
    """
    if n < 1:
        raise ScenarioError(Fault("scenario.n", f"{n} students were asked for", "n", "ask for 1 or more"))
    sizes = [min(CELL, n - start) for start in range(0, n, CELL)]
    tasks = [(scenario, seed, number, size, tuple(tables)) for number, size in enumerate(sizes)]
    campus = {name: table for name, table in campus_tables(scenario).items() if name in tables}
    yield Block(campus, {})
    yield from in_turn(one_cell, tasks, min(jobs, len(tasks)))


def one_cell(scenario: Scenario, seed: int, number: int, size: int, tables: Collection[str] = REQUIRED) -> Block:
    """The tables and the truth of one cell; a worker calls it."""
    cell = draw_cell(scenario, seed, number, size)
    return Block(cell_tables(cell, tables), student_truth(cell))


def provenance(
    scenario: Scenario, *, n: int, seed: int, at: Mapping[str, Any] = MappingProxyType({}), off: Collection[str] = ()
) -> Provenance:
    """Where a synthetic cohort comes from.

    Parameters
    ----------
    at, off
        Dials that were set to make the scenario, and mechanisms switched off; named where there are any.
    """
    turned = {**({"set": dict(at)} if at else {}), **({"without": sorted(off)} if off else {})}
    return Provenance(
        "synthetic",
        f"generated from the scenario '{scenario.id}'",
        {"scenario": scenario.id, "scenario_digest": scenario.digest, "seed": seed, "n": n, **turned},
        (f"The students are invented: scenario '{scenario.title}', seed {seed}.", scenario.cannot),
    )


def _joined(parts: list[Tables]) -> Tables:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: pa.concat_tables([part[name] for part in parts if name in part]) for name in names}
