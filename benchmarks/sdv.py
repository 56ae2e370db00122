"""Rows per second: the generator, written to Parquet, beside SDV's Gaussian copula in memory; warm, median of three.

SDV samples the student table: one row a student, the columns of a twin's extract that belong to no
week. The generator makes all tables together, weekly rows included, and writes them. A ratio under
``BAR`` makes this command end with 1.
"""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import pandas as pd

BAR = 25.0
ROUNDS = 3
STUDENTS = 20_000
SAMPLED = 20_000
SEED = 2025


def generated_rows(folder: Path) -> int:
    """Generate a campus and write it; the rows of all its tables."""
    from la_research.schema import TABLES
    from la_research.store import load_scenario, save_cohort
    from la_research.synthetic import generate_cohort

    cohort, _ = generate_cohort(load_scenario("default"), n=STUDENTS, seed=SEED)
    save_cohort(cohort, folder / "cohort")
    return sum(cohort.arrow(name).num_rows for name in TABLES)


def student_table() -> tuple[pd.DataFrame, dict]:
    """One row a student without the weeks, and what SDV is told of it."""
    from la_research.store import load_scenario
    from la_research.synthetic import generate_cohort
    from la_research.synthetic.twins import extract
    from la_research.synthetic.twins.columns import metadata

    found = extract(generate_cohort(load_scenario("default"), n=2000, seed=SEED)[0])
    columns = [column for column in found.columns if not column.name.startswith(("actions ", "WHO-5 ", "PHQ-8 "))]
    return found.frame[[column.name for column in columns]], metadata(columns)


def fitted() -> Callable[[], int]:
    """SDV fitted to the student table: a call samples it and gives the rows."""
    from sdv.metadata import Metadata
    from sdv.single_table import GaussianCopulaSynthesizer

    table, told = student_table()
    synthesizer = GaussianCopulaSynthesizer(Metadata.load_from_dict(told))
    synthesizer.fit({"students": table})
    return lambda: len(synthesizer.sample(SAMPLED)["students"])


def speed(call: Callable[[], int]) -> float:
    """Rows per second, the median of three after one that is not counted."""
    call()
    found = []
    for _ in range(ROUNDS):
        began = perf_counter()
        rows = call()
        found.append(rows / (perf_counter() - began))
    return median(found)


def main() -> int:
    """Print both speeds and their ratio; 1 when it is under the bar."""
    logging.disable(logging.CRITICAL)
    with warnings.catch_warnings(), redirect_stderr(StringIO()), TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        sampled = speed(fitted())
        ours = speed(lambda: generated_rows(Path(folder)))
    kept = ours >= BAR * sampled
    print(f"{'SDV, student table in memory':<44}{sampled:>12,.0f} rows/s")
    print(f"{'generator, all tables written as Parquet':<44}{ours:>12,.0f} rows/s")
    print(f"{'ratio':<44}{ours / sampled:>12.1f}  ({'at least' if kept else 'under'} {BAR:g})")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
