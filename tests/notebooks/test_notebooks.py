"""Notebooks are conversations with the package: thin, without outputs, each runnable alone."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from la_research.pipeline.notebooks import NAMES, default_parameters, notebook_folder
from la_research.pipeline.run import run_notebook
from la_research.pipeline.stages import NEEDS
from la_research.wording import lint

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"


BESIDE = {"10_twin"}
"""Notebooks that are no stage of a study; each has tests of its own."""


def cells(name: str, kind: str) -> list[str]:
    document = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == kind]


def test_there_is_a_notebook_for_each_stage_and_no_other():
    assert notebook_folder() == FOLDER
    assert {path.stem for path in FOLDER.glob("*.ipynb")} - BESIDE == set(NAMES)
    assert tuple(NEEDS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_stored_without_outputs_for_any_python(name):
    document = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in document["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert document["metadata"]["kernelspec"]["name"] == "python3"


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_takes_the_four_parameters_and_its_first_code_cell_is_theirs(name):
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    assert default_parameters(text) == {"protocol": "../protocols/early-engagement", "cohort": "", "run": "", "jobs": 1}
    first = next(cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")
    assert first["metadata"]["tags"] == ["parameters"]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_defines_nothing_and_ends_by_saving_its_stage(name):
    code = cells(name, "code")
    modules = [ast.parse(cell) for cell in code]
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for module in modules for node in ast.walk(module) if isinstance(node, defined)]
    assert [cell.startswith(f'lar.save_stage("{name}"') for cell in code] == [False] * (len(code) - 1) + [True]


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_says_what_to_look_at_in_the_words_of_the_house(name):
    prose = cells(name, "markdown")
    assert prose[0].startswith(f"# {int(name[:2])} · ")
    assert any("**Look at:**" in text for text in prose)
    assert [str(remark) for remark in lint("\n".join(prose))] == []


@pytest.mark.parametrize("name", ["05_audit", "08_evidence"])
def test_a_notebook_runs_alone_with_its_defaults(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = run_notebook(name, ROOT / "protocols" / "early-engagement")
    assert written == Path(f"{name}.ipynb")
    assert "<td>audit.selection.gender</td>" in written.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.ipynb"]
