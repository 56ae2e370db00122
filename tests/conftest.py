"""What all tests share: steady property tests, and where real data are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("steady", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("first", settings.get_profile("steady"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("steady")


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; where it is absent the test is skipped and says so."""
    folder = Path(os.environ.get("LA_RESEARCH_DATA") or ROOT / ".." / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("not run: no real data here; LA_RESEARCH_DATA names their folder")
    return folder
