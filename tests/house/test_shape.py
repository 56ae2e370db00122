"""The shape of the house: small files, one idea each, and side effects in their rooms."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "la_research").rglob("*.py"))
CLOCKS = {"now", "today", "utcnow", "time", "time_ns"}
DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "pydantic_core": "pydantic",
    "yaml": "pyyaml",
    "jupyter_client": "jupyter-client",
}


def room(path: Path) -> str:
    return path.relative_to(ROOT / "la_research").parts[0].removesuffix(".py")


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    docstring = ast.get_docstring(function, clean=False)
    said = docstring.count("\n") + 1 if docstring else 0
    return (function.end_lineno or function.lineno) - function.lineno - said


def calls(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Owner and name of everything called: ("os", "getenv"), ("", "print")."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            yield (owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")), node.func.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield "", node.func.id


def imported(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def offenders(broken) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in SOURCES if broken(path)]


def test_no_file_is_longer_than_400_lines():
    assert offenders(lambda path: path.read_text(encoding="utf-8").count("\n") > 400) == []


def test_no_function_is_longer_than_60_lines():
    long = [f"{path.name}:{f.name}" for path in SOURCES for f in functions(tree(path)) if body_lines(f) > 60]
    assert long == []


def test_every_file_says_in_its_first_line_what_it_is():
    assert offenders(lambda path: not (ast.get_docstring(tree(path)) or "").split("\n")[0].endswith((".", "?"))) == []


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc", "tools"])
def test_there_is_no_room_without_a_concept(name):
    assert offenders(lambda path: path.stem == name or path.parent.name == name) == []


def test_only_the_command_line_prints():
    assert offenders(lambda path: room(path) != "cli" and ("", "print") in calls(tree(path))) == []


def test_the_date_enters_through_the_command_line_alone():
    def reads_a_clock(path: Path) -> bool:
        clocks = {("datetime", name) for name in CLOCKS} | {("date", "today"), ("time", "time"), ("time", "time_ns")}
        return room(path) != "cli" and bool(clocks & set(calls(tree(path))))

    assert offenders(reads_a_clock) == []


def test_no_result_depends_on_a_global_seed():
    def global_randomness(path: Path) -> bool:
        module = tree(path)
        return "random" in set(imported(module)) or bool(
            {("random", "seed"), ("random", "default_rng")} & set(calls(module))
        )

    assert offenders(global_randomness) == []


def test_what_is_imported_is_declared_and_what_is_declared_is_used():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {item.split(">")[0].split("<")[0].lower() for item in project["dependencies"]}
    extras = {"distributed", "interpret", "sdv", "sdmetrics"}  # each imported in one room, which says what is missing
    found = {DISTRIBUTIONS.get(name, name) for path in SOURCES for name in imported(tree(path))}
    foreign = found - set(sys.stdlib_module_names) - {"la_research"}
    by_name_alone = {"ipykernel"}  # the kernel that notebooks run in; no code imports it
    assert foreign - declared - extras == set()
    assert declared - foreign == by_name_alone
