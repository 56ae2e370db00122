"""A small study on disk, and one finished run of it that several tests look at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
STUDENTS = 300


def la_research(*arguments: str | Path, cwd: Path) -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    code = "import sys; from la_research.cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], cwd=cwd, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def environment(**further: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **further}


@pytest.fixture(scope="session")
def small_study(asked_less):
    """Copies the small study into a folder: ``small_study(folder, (old, new), …) -> its folder``.

    It is the first study with 300 students, asked less, its institution beside it; further lines are exchanged as told.
    """

    def copied(folder: Path, *changes: tuple[str, str]) -> Path:
        study = folder / "protocols" / "early-engagement"
        shutil.copytree(ROOT / "protocols" / "early-engagement", study)
        shutil.copy(ROOT / "protocols" / "institution.yaml", study.parent)
        text = asked_less((study / "protocol.yaml").read_text(encoding="utf-8"))
        for old, new in (("n: 2000", f"n: {STUDENTS}"), *changes):
            assert old in text
            text = text.replace(old, new, 1)
        (study / "protocol.yaml").write_text(text, encoding="utf-8")
        return study

    return copied


@pytest.fixture(scope="session")
def start():
    """Starts the command line in a process of its own: ``start("run", …, cwd=folder)``."""
    return la_research


@pytest.fixture(scope="session")
def fresh_python():
    """Starts Python code in a process of its own, with further settings in its environment."""

    def started(code: str, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.Popen(command, env=environment(**settings), text=True, stdout=subprocess.PIPE)

    return started


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """A folder that all workers of this session share: one run serves every test that only reads it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return shared / "small"


@pytest.fixture(scope="session")
def finished(home, small_study) -> Path:
    """A finished run of the small study; to be read, or copied with ``home``, not to be changed."""
    with FileLock(f"{home}.lock"):
        if not (home / "run" / "MANIFEST.sha256").is_file():
            shutil.rmtree(home, ignore_errors=True)
            process = la_research("run", small_study(home), "--out", home / "run", cwd=home)
            out, told = process.communicate()
            assert process.returncode == 0, told
            (home / "stdout").write_text(out)
            (home / "stderr").write_text(told)
    return home / "run"


@pytest.fixture
def own_run(finished, tmp_path) -> Path:
    """A copy of the finished run, with its study and cohort beside it, that a test may change."""
    shutil.copytree(finished.parent, tmp_path / "copy")
    return tmp_path / "copy" / "run"
