"""docs/interfaces.md says what the code does: what is built is there, what is planned is not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

import la_research
from la_research import errors
from la_research.finding import VERDICTS
from la_research.protocol import Protocol
from la_research.schema import TABLES

ROOT = Path(__file__).resolve().parents[2]


@cache
def page() -> str:
    return (ROOT / "docs" / "interfaces.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """Cells of the table under a heading, without its two first lines."""
    below = page().partition(f"\n{heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table, f"no table under {heading}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines()[2:]]


NAMES = {re.split(r"\W", cells[0].strip("`"))[0]: cells[-1].strip("*") for cells in rows("## Values")}
VERBS = {cells[0]: cells[-1].strip("*") for cells in rows("## Command line")}


def built(states: dict[str, str]) -> list[str]:
    return [name for name, state in states.items() if state == "built"]


def planned(states: dict[str, str]) -> list[str]:
    return [name for name, state in states.items() if state == "planned"]


def la_research_verb(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; from la_research.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_every_name_and_verb_is_marked_built_or_planned():
    assert {*NAMES.values(), *VERBS.values()} == {"built", "planned"}


@pytest.mark.parametrize("name", built(NAMES))
def test_a_built_name_can_be_imported(name):
    assert getattr(la_research, name).__doc__


def test_a_planned_name_is_absent():
    assert [name for name in planned(NAMES) if hasattr(la_research, name)] == []


def test_no_public_name_is_missing_from_the_page():
    public = {name for name in dir(la_research) if not name.startswith("_")}
    modules = {name for name in public if type(getattr(la_research, name)).__name__ == "module"}
    assert public - modules - {"annotations"} == set(built(NAMES))


def test_the_command_line_offers_what_is_built_and_knows_what_is_planned():
    shown = la_research_verb("--help").stdout
    assert [verb for verb in built(VERBS) if not re.search(rf"\b{verb}\b", shown)] == []


@pytest.mark.parametrize("verb", planned(VERBS))
def test_a_planned_verb_ends_with_exit_20_and_its_code(verb):
    done = la_research_verb(verb, "--json")
    assert done.returncode == 20, done.stderr
    assert [fault["code"] for fault in json.loads(done.stderr)] == ["verb.not_built"]


def test_the_page_lists_the_closed_list_of_verdicts():
    assert [cells[0] for cells in rows("### Verdicts")] == list(VERDICTS)


def test_the_page_lists_every_exit_code_with_its_class():
    listed = {cells[1].strip("`"): int(cells[0]) for cells in rows("### Exit codes") if cells[1]}
    classes = {
        name: kind.exit_code
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.LaResearchError)
    }
    assert listed == classes


def test_the_page_lists_the_sections_of_a_protocol_in_their_order():
    said = page().partition("### Protocol")[2].partition("\n\n")[2].partition(":\n")[2].partition("\n\n")[0]
    assert said.split() == list(Protocol.model_fields)


def test_the_page_lists_every_table_and_column_of_a_cohort():
    assert {cells[0]: tuple(cells[1].split()) for cells in rows("### Cohort")} == {
        name: table.names for name, table in TABLES.items()
    }


def test_the_page_draws_the_floors_that_the_import_contract_keeps():
    drawn = re.findall(r"^    (\S.*?)  +\S", page().partition("## Values")[0], re.MULTILINE)
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    kept = [layer.replace("(governance)", "governance") for layer in layers if layer != "(__main__)"]
    assert drawn == kept
