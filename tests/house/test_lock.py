"""The pins answer to pyproject.toml, and name no index and no machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

FILES = ("constraints.txt", "constraints-all.txt")
NAMED_BY_THE_MISSION = (
    "jupyterlab", "pandas", "statsmodels", "scikit-learn", "fairlearn", "shap", "sdv", "papermill", "pytest",
)  # fmt: skip


def pinned(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def test_the_lock_holds_the_digest_of_todays_dependency_tables(root):
    done = subprocess.run([sys.executable, root / "scripts" / "lock", "--check"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "locked\n")


@pytest.mark.parametrize("name", FILES)
def test_a_lock_is_names_and_versions_and_nothing_else(root, name):
    lines = [line for line in (root / name).read_text().splitlines() if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9._-]+==[0-9][0-9a-z.]*", line)] == []


def test_the_core_is_part_of_the_whole_so_that_both_can_share_an_environment(root):
    core, everything = (pinned(root / name) for name in FILES)
    assert core.items() <= everything.items()


def test_the_core_leaves_torch_sdv_and_jupyterlab_out(root):
    assert {"torch", "sdv", "jupyterlab"} & pinned(root / "constraints.txt").keys() == set()


def test_every_package_that_the_mission_names_is_pinned(root):
    assert set(NAMED_BY_THE_MISSION) <= pinned(root / "constraints-all.txt").keys()


def test_every_dependency_of_pyproject_has_a_pin(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(d for extra in project["optional-dependencies"].values() for d in extra)]
    names = {re.split(r"[<>=!~\[; ]", item)[0].lower() for item in asked}
    assert names - pinned(root / "constraints-all.txt").keys() == set()
