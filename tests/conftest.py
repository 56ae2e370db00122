"""What all tests share: steady property tests, and where real data are."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("steady", deadline=None, derandomize=True, database=None, max_examples=50)
settings.register_profile("first", settings.get_profile("steady"), phases=(Phase.explicit, Phase.generate))
settings.load_profile("steady")


LESS = {
    "splits: 10": "splits: 5",
    "weeks: [1, 2, 3, 4, 5, 6, 7, 8]": "weeks: [2, 6]",
    "claim: [4, 6]": "claim: [2, 2]",
    "weeks: [3, 4, 5, 6]": "weeks: [3]",
    "imputations: 20": "imputations: 5",
    "refits: 20": "refits: 5",
    "background_rows: 100": "background_rows: 20",
}
"""What makes the first study quick: as many questions, asked of fewer weeks and refits."""


@pytest.fixture(scope="session")
def asked_less() -> Callable[[str], str]:
    """From the text of the first study to that of a quicker one."""

    def quicker(text: str) -> str:
        for old, new in LESS.items():
            assert old in text
            text = text.replace(old, new, 1)
        return text

    return quicker


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
