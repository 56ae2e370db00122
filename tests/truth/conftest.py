"""The harness as a module, for the tests beside it, and the cells whose stored draws they replay."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

BATCHES = 4
"""The stored draws of a cell are replayed in so many tests, which spreads them over processes."""


@cache
def _harness() -> ModuleType:
    path = Path(__file__).parent / "harness.py"
    spec = importlib.util.spec_from_file_location("truth_harness", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["truth_harness"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def harness() -> ModuleType:
    """What `make truth` and `make passport` run."""
    return _harness()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a cell and a batch is run for every cell whose draws are stored, in batches."""
    if {"cell", "batch"} <= set(metafunc.fixturenames):
        metafunc.parametrize("cell", _harness().stored_cells(), ids=str)
        metafunc.parametrize(
            "batch", [slice(i, None, BATCHES) for i in range(BATCHES)], ids=lambda batch: str(batch.start)
        )
