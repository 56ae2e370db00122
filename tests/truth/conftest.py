"""The scripts beside the tests can be imported by name; and the cells whose stored draws are replayed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import harness

BATCHES = 4
"""The stored draws of a cell are replayed in so many tests, which spreads them over processes."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a cell and a batch is run for every cell whose draws are stored, in batches."""
    if {"cell", "batch"} <= set(metafunc.fixturenames):
        metafunc.parametrize("cell", harness.stored_cells(), ids=str)
        metafunc.parametrize(
            "batch", [slice(i, None, BATCHES) for i in range(BATCHES)], ids=lambda batch: str(batch.start)
        )
