"""The harness as a module, for the tests beside it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def harness() -> ModuleType:
    """What `make truth` runs."""
    path = Path(__file__).parent / "harness.py"
    spec = importlib.util.spec_from_file_location("truth_harness", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["truth_harness"] = module
    spec.loader.exec_module(module)
    return module
