"""The faults can be planted and their tests are there; `make test-mutants` sees whether they are caught."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"mutants_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


FAULTS = module("faults").FAULTS


@pytest.fixture(scope="module")
def mutants() -> ModuleType:
    """What `make test-mutants` runs."""
    return module("run")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_can_be_planted_and_names_a_test_that_is_there(mutants, tmp_path, fault):
    file = tmp_path / "la_research" / fault.file
    file.parent.mkdir(parents=True)
    shutil.copy(ROOT / "la_research" / fault.file, file)
    mutants.plant(fault, tmp_path)
    compile(file.read_text(encoding="utf-8"), file.name, "exec")
    test, _, name = fault.test.partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / test).read_text(encoding="utf-8"), re.MULTILINE)


def test_at_least_ten_faults_are_planted_in_many_rooms():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 10
    assert len({fault.file.split("/")[0] for fault in FAULTS}) >= 8


def test_a_fault_whose_text_is_gone_is_told(mutants, tmp_path):
    (tmp_path / "la_research").mkdir()
    (tmp_path / "la_research" / "seeds.py").write_text("other = 1\n")
    with pytest.raises(ValueError, match="its text stands 0 times"):
        mutants.plant(next(fault for fault in FAULTS if fault.file == "seeds.py"), tmp_path)


@pytest.mark.parametrize(
    "change, caught, broken",
    [
        ({}, True, False),
        ({"new": '"\\x1f".join(f"{name}" for name in names)'}, False, False),  # says the same in other words
        ({"new": "1 +"}, False, True),  # can not be imported
        ({"new": '"\\x1f".join(names[9])'}, False, True),  # fails, and by no assertion
    ],
)
def test_a_fault_is_caught_by_an_assertion_and_by_nothing_else(mutants, change, caught, broken):
    fault = replace(next(fault for fault in FAULTS if fault.file == "seeds.py"), **change)
    outcome = mutants.judge(fault)
    assert (outcome.caught, bool(outcome.broken)) == (caught, broken)


@pytest.mark.parametrize(
    "outcome, before, code",
    [
        ((0, 1, ()), (9, 0, ()), 0),
        ((1, 0, ()), (9, 0, ()), 1),
        ((0, 1, ()), (8, 1, ()), 1),
        ((0, 1, ("x",)), (9, 0, ()), 1),
    ],
)
def test_a_survivor_or_a_test_that_fails_without_a_fault_ends_with_one(mutants, capsys, outcome, before, code):
    fault = FAULTS[0]
    assert mutants.show([fault], {fault.name: mutants.Outcome(*outcome)}, mutants.Outcome(*before)) == code
    assert fault.name in capsys.readouterr().out
