"""Notebooks are conversations with the package: thin, without outputs, each runnable alone."""

from __future__ import annotations

import ast
import json
import shutil
from pathlib import Path

import pytest

from la_research.errors import UsageError
from la_research.pipeline.notebooks import APART, NAMES, default_parameters, execute, notebook_folder
from la_research.pipeline.run import run_notebook
from la_research.pipeline.stages import NEEDS
from la_research.wording import lint

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"


def cells(name: str, kind: str) -> list[str]:
    document = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == kind]


def test_there_is_a_notebook_for_each_stage_and_those_that_stand_apart():
    assert notebook_folder() == FOLDER
    assert tuple(sorted(path.stem for path in FOLDER.glob("*.ipynb"))) == (*NAMES, *APART)
    assert tuple(NEEDS) == NAMES


@pytest.mark.parametrize("name", [*NAMES, *APART])
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


@pytest.mark.parametrize("name", [*NAMES, *APART])
def test_a_notebook_says_what_to_look_at_in_the_words_of_the_house(name):
    prose = cells(name, "markdown")
    assert prose[0].startswith(f"# {int(name[:2])} · ")
    assert any("**Look at:**" in text for text in prose)
    assert [str(remark) for remark in lint("\n".join(prose))] == []


@pytest.mark.parametrize("name", ["05_audit", "08_evidence"])
def test_a_notebook_runs_alone_with_its_defaults(name, asked_less, tmp_path, monkeypatch):
    home, study = tmp_path / "alone", tmp_path / "early-engagement"
    home.mkdir()
    shutil.copytree(ROOT / "protocols" / "early-engagement", study)
    shutil.copy(ROOT / "protocols" / "institution.yaml", tmp_path)
    text = asked_less((study / "protocol.yaml").read_text(encoding="utf-8")).replace("  n: 2000", "  n: 400", 1)
    (study / "protocol.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(home)
    written = run_notebook(name, study)
    assert written == Path(f"{name}.ipynb")
    assert "<td>audit.selection.gender</td>" in written.read_text(encoding="utf-8")
    assert [path.name for path in home.iterdir()] == [f"{name}.ipynb"]


def test_the_notebook_of_a_diagnosis_shows_one_with_few_draws(tmp_path):
    text = (FOLDER / "09_diagnosis.ipynb").read_text(encoding="utf-8")
    given = {"protocol": str(ROOT / "protocols" / "early-engagement"), "scenario": "null", "draws": 3, "n": 200}
    done = execute("09_diagnosis", text, given, folder=FOLDER)
    assert done.failure is None
    assert "3 studies of 200 students each" in done.text
    assert done.text.count("<svg") == 3


def test_a_notebook_that_is_no_stage_is_not_executed_into_a_run(tmp_path):
    with pytest.raises(UsageError, match=r"notebook\.no_stage"):
        run_notebook("09_diagnosis", ROOT / "protocols" / "early-engagement", out=tmp_path / "run")
    assert not list(tmp_path.iterdir())
