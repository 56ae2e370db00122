"""What lies in the checkout: nothing of one machine, no index, no outputs, no data about people."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".cff", ".ipynb", ".json", ".html", ".css", ".csv", ".cfg", ""}
OF_ONE_MACHINE = re.compile(
    r"(?<![\w.:/~-])/(?!home/ada\b)(?:home|Users|root|work|opt|mnt|tmp|private|var/folders)/[\w.-]+|\b[A-Z]:\\\\?\w|file://\S|"
    r"(?:extra-)?index-url|find-links|https?://(?:pypi|files\.pythonhosted|download\.pytorch|[\w.-]*artifactory|[\w.-]*nexus)[\w.-]*/"
)
ALLOWED = {"tests/house/test_tree.py"}
"""This file; and nobody lives in /home/ada, which examples may name."""
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@cache
def files() -> tuple[Path, ...]:
    """Committed files, and new ones that are not ignored; without git, all of them."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0:
        return tuple(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())
    return tuple(path for path in ROOT.rglob("*") if path.is_file() and not {".venv", ".git"} & set(path.parts))


def texts() -> list[Path]:
    return [path for path in files() if path.suffix in TEXT and "vendor" not in path.parts]


def test_no_path_of_a_machine_and_no_address_of_a_package_index_stands_in_the_tree():
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in texts()
        if str(path.relative_to(ROOT)) not in ALLOWED
        and (match := OF_ONE_MACHINE.search(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_a_thin_conversation_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert [("parameters" in cell["metadata"].get("tags", [])) for cell in code].count(True) == 1
    sources = "\n".join("".join(cell["source"]) for cell in code)
    assert not [node for node in ast.walk(ast.parse(sources)) if isinstance(node, ast.FunctionDef | ast.ClassDef)]


def test_no_binary_table_and_no_archive_is_committed():
    kinds = {".parquet", ".zip", ".pkl", ".pickle", ".duckdb", ".xlsx", ".gz"}
    assert [str(path.relative_to(ROOT)) for path in files() if path.suffix in kinds] == []


def test_tables_are_handmade_or_invented_or_come_from_the_example():
    homes = ("synthetic/", "tests/", "reports/example/", "la_research/data/")
    tables = [str(path.relative_to(ROOT)) for path in files() if path.suffix == ".csv"]
    assert [name for name in tables if not name.startswith(homes)] == []


def test_tests_name_no_folder_outside_the_checkout_but_that_of_the_data():
    outside = re.compile(r"""\.\./shared\b(?!/data\b|["'] / ["']data["'])""")
    tests = [path for path in texts() if path.suffix == ".py" and path.is_relative_to(ROOT / "tests")]
    named = [str(path.relative_to(ROOT)) for path in tests if outside.search(path.read_text(encoding="utf-8"))]
    assert named == []


def test_no_file_is_larger_than_a_megabyte():
    assert [str(path.relative_to(ROOT)) for path in files() if path.stat().st_size > 1_000_000] == []
