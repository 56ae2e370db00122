"""The two commands: what they need is asked before anything is made, and in three lines."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def fake_python(folder: Path, version: str, venv: bool) -> Path:
    """A program that answers find-python's three questions as a Python of that version would."""
    old = tuple(map(int, version.split("."))) < (3, 11, 5)
    program = folder / "python-of-old"
    program.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        f"  *print*) echo {version} ;;\n"
        f"  *exit*) exit {int(old)} ;;\n"
        f"  *) exit {int(not venv)} ;;\n"
        "esac\n"
    )
    program.chmod(0o755)
    return program


def find_python(program: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOT / "scripts" / "find-python", program], capture_output=True, text=True, check=False)


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """make as from a shell, also where these tests were themselves started by make."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False, env=outside)


def test_the_python_that_runs_these_tests_will_do():
    done = find_python(sys.executable)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("version", "venv", "code", "said"),
    [
        ("3.9.18", True, "python.old", "3.9.18"),
        ("3.11.2", True, "python.old", "3.11.5 or newer"),
        ("3.12.1", False, "python.venv", "python3-venv"),
    ],
)
def test_an_unfit_python_is_refused_with_what_was_found_and_how_to_name_another(tmp_path, version, venv, code, said):
    done = find_python(fake_python(tmp_path, version, venv))
    lines = done.stderr.splitlines()
    assert done.returncode != 0
    assert lines[0].startswith(f"error[{code}]: ")
    assert version in lines[0]
    assert said in done.stderr
    assert "make study PYTHON=" in lines[2]


def test_a_python_that_is_not_there_is_refused():
    assert "error[python.missing]" in find_python("no-such-python").stderr


def test_make_study_stops_before_it_makes_an_environment_of_an_unfit_python(tmp_path):
    program = fake_python(tmp_path, "3.8.0", True)
    done = make("study", f"PYTHON={program}", f"VENV={tmp_path / 'env'}")
    assert done.returncode != 0
    assert "error[python.old]" in done.stderr
    assert not (tmp_path / "env").exists()


def test_make_help_lists_every_target():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    listed = set(re.findall(r"^  make ([a-z-]+) ", make("help").stdout, re.MULTILINE))
    assert listed == targets
    assert {"study", "test", "test-mutants", "truth", "passport", "bench", "lock", "lint", "types", "help"} <= listed


def test_make_study_installs_the_pinned_core_and_runs_the_study(tmp_path):
    said = make("--dry-run", "study", f"VENV={tmp_path / 'env'}").stdout
    assert "-e . -c constraints.txt" in said
    assert said.rstrip().endswith("la-research run protocols/early-engagement")
    assert "constraints-all" not in said


def test_make_test_installs_everything_and_checks_it(tmp_path):
    said = make("--dry-run", "test", f"VENV={tmp_path / 'env'}").stdout
    for step in (
        "-e '.[lab,sdv,dask,glassbox,dev]' -c constraints-all.txt",
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "-n 2 --cov",
    ):
        assert step in said, step


def test_ci_is_the_system_packages_and_then_the_tests():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["scripts/system-packages", "make test"]


def test_the_conda_environment_is_thin():
    said = (ROOT / "environment.yml").read_text()
    assert re.findall(r"^ +- (.*)$", said, re.MULTILINE) == [
        "python>=3.11.5", "pip", "pip:", "-e .[lab,sdv]", "-c constraints.txt",
    ]  # fmt: skip


def test_the_wheel_holds_notebooks_scenarios_templates_and_no_tests(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shutil.unpack_archive(next(tmp_path.glob("*.whl")), tmp_path / "wheel", "zip")
    inside = {
        path.relative_to(tmp_path / "wheel").as_posix() for path in (tmp_path / "wheel").rglob("*") if path.is_file()
    }
    assert {f"la_research/_notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")} <= inside
    assert {f"la_research/_scenarios/{path.name}" for path in (ROOT / "synthetic").glob("*.yaml")} <= inside
    templates = (ROOT / "la_research" / "report" / "templates").rglob("*")
    assert {path.relative_to(ROOT).as_posix() for path in templates if path.is_file()} <= inside
    assert {"la_research/py.typed", "la_research/data/passport.csv"} <= inside
    assert not [name for name in inside if "axe" in name or name.startswith(("tests/", "benchmarks/", "protocols/"))]
    code = (
        "import la_research; from la_research.pipeline.notebooks import notebook_path; "
        "from la_research.store.passport import load_passport; load_passport(); "
        "print(la_research.__file__, la_research.load_scenario('null').id, notebook_path('08_evidence').is_file())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "wheel", capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == [str(tmp_path / "wheel" / "la_research" / "__init__.py"), "null", "True"]


def test_the_version_is_said_once_and_the_same():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text()
