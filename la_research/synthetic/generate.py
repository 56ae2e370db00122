"""From a scenario to a cohort and the truth that travels beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from la_research.canonical import digest
from la_research.cohort import Cohort, Provenance
from la_research.errors import Fault, ScenarioError
from la_research.seeds import CELL
from la_research.synthetic.cell import draw_cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.tables import campus_tables, cell_tables
from la_research.synthetic.truth import Planted, Truth, student_truth

Tables = dict[str, pa.Table]


def generate_cohort(
    scenario: Scenario, *, n: int | None = None, seed: int | None = None, jobs: int = 1
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

    Raises
    ------
    ScenarioError
        ``scenario.n`` where n is below 1.

    Examples
    --------
    >>> from la_research.protocol import read_tree
    >>> from la_research.synthetic import parse_scenario
    >>> text = "{format: la_research.scenario/1, id: small, title: small, resembles: none, cannot: much}"
    >>> cohort, truth = generate_cohort(parse_scenario(read_tree(text, "small.yaml")), n=30, seed=1)
    >>> cohort.arrow("students").num_rows, truth.n
    (30, 30)
    """
    n = scenario.n if n is None else n
    if n < 1:
        raise ScenarioError(Fault("scenario.n", f"{n} students were asked for", "n", "ask for 1 or more"))
    seed = scenario.seed if seed is None else seed
    sizes = [min(CELL, n - start) for start in range(0, n, CELL)]
    parts = list(_cells(scenario, seed, sizes, jobs))
    cohort_tables = {**_joined([part[0] for part in parts]), **campus_tables(scenario)}
    provenance = Provenance(
        "synthetic",
        f"generated from the scenario '{scenario.id}'",
        {"scenario": scenario.id, "scenario_digest": scenario.digest, "seed": seed, "n": n},
        (f"The students are invented: scenario '{scenario.title}', seed {seed}.", scenario.cannot),
    )
    name = digest({"scenario": scenario.digest, "seed": seed, "n": n})
    truth = Truth(scenario.id, scenario.digest, seed, n, Planted(scenario), _joined([part[1] for part in parts]))
    return Cohort(cohort_tables, provenance, name), truth


def _cells(scenario: Scenario, seed: int, sizes: list[int], jobs: int) -> Iterator[tuple[Tables, Tables]]:
    if jobs == 1 or len(sizes) == 1:
        return (one_cell(scenario, seed, number, size) for number, size in enumerate(sizes))
    from joblib import Parallel, delayed

    worker = Parallel(n_jobs=jobs, return_as="generator")
    return worker(delayed(one_cell)(scenario, seed, number, size) for number, size in enumerate(sizes))  # type: ignore[no-any-return]


def one_cell(scenario: Scenario, seed: int, number: int, size: int) -> tuple[Tables, Tables]:
    """The tables and the truth of one cell; a worker calls it."""
    cell = draw_cell(scenario, seed, number, size)
    return cell_tables(cell), student_truth(cell)


def _joined(parts: list[Tables]) -> Tables:
    return {name: pa.concat_tables([part[name] for part in parts]) for name in parts[0]}
