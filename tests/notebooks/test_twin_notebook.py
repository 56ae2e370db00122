"""The notebook of a twin: a conversation like the others, beside the stages of a study."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from la_research.pipeline.notebooks import default_parameters, execute
from la_research.wording import lint

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
TEXT = (FOLDER / "10_twin.ipynb").read_text(encoding="utf-8")


def test_it_takes_its_cohort_its_size_and_its_twins_as_parameters():
    known = default_parameters(TEXT)
    assert set(known) == {"protocol", "cohort", "students", "twins", "seed"}
    assert known["students"] == 600


def test_it_defines_nothing_and_says_what_to_look_at():
    cells = json.loads(TEXT)["cells"]
    code = [ast.parse("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    defined = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for module in code for node in ast.walk(module) if isinstance(node, defined)]
    prose = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert "**Look at:**" in prose
    assert [str(remark) for remark in lint(prose)] == []


def test_it_shows_four_gates_and_says_that_few_twins_pass_nothing():
    done = execute("10_twin", TEXT, {"students": 300, "twins": 2}, folder=FOLDER)
    assert done.failure is None
    for gate in ("fidelity: ", "privacy: ", "causal fidelity: failed", "inferential agreement: "):
        assert gate in done.text
    assert "2 twins, and 20 are asked for" in done.text
    assert "For rehearsal only" in done.text
    assert "gate: causal fidelity of this twin failed" in done.text
