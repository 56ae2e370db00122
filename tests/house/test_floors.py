"""Imports point down, and a planted one that points up is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

LINTER = Path(sys.executable).parent / "lint-imports"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINTER, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def test_all_import_contracts_are_kept(root):
    done = lint(root)
    assert done.returncode == 0, done.stdout


def test_an_import_upwards_and_a_file_without_a_floor_are_refused(root, tmp_path):
    shutil.copytree(root / "la_research", tmp_path / "la_research", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    (tmp_path / "la_research" / "seeds.py").write_text('"""Planted."""\n\nimport la_research.evidence\n')
    (tmp_path / "la_research" / "helpers.py").write_text('"""A room without a floor."""\n')
    done = lint(tmp_path)
    assert done.returncode != 0
    assert "la_research.helpers" in done.stdout
    assert "la_research.seeds -> la_research.evidence" in done.stdout
