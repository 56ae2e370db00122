"""The README's blocks run as they stand, on a small campus."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def command_blocks() -> list[list[list[str]]]:
    """Blocks whose every line calls la-research, as lists of arguments."""
    parsed = [[shlex.split(line) for line in block.splitlines()] for block in blocks("sh")]
    return [block for block in parsed if all(line[0] == "la-research" for line in block)]


def python(folder: Path, code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{arguments or code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def la_research(folder: Path, arguments: list[str]) -> str:
    return python(folder, "import sys; from la_research.cli import main; sys.exit(main())", *arguments)


@pytest.fixture
def checkout(tmp_path: Path, asked_less) -> Path:
    """Protocols and scenarios as a reader has them; the studies ask less, so that they are quick."""
    for name in ("protocols", "synthetic"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for path in tmp_path.glob("protocols/oulad*/protocol.yaml"):
        path.write_text(re.sub(r"refits: \d+", "refits: 5", path.read_text(encoding="utf-8")), encoding="utf-8")
    first = tmp_path / "protocols" / "early-engagement" / "protocol.yaml"
    first.write_text(asked_less(first.read_text(encoding="utf-8")), encoding="utf-8")
    return tmp_path


def test_the_readme_has_the_blocks_that_these_tests_run():
    assert len(command_blocks()) == 4
    assert len(blocks("python")) == 1


def test_the_steps_of_the_flow_run_as_written(checkout):
    for line in command_blocks()[0]:
        said = la_research(checkout, line[1:])
        assert said.strip()
    assert (checkout / "reports/campus/reports/ethics.html").is_file()
    assert [path.name for path in (checkout / "reports/to-print").glob("*.html")] == ["advisory.html"]


def test_the_steps_before_any_data_run_as_written(checkout):
    for line in command_blocks()[1]:
        assert la_research(checkout, line[1:]).strip()
    biased, unbiased = ((checkout / f"cohorts/{name}/services.parquet").read_bytes() for name in ("biased", "unbiased"))
    assert biased != unbiased
    assert (checkout / "reports/forecast/diagnosis.json").is_file()
    assert (checkout / "cohorts/look-alike/gates.json").is_file()


def test_the_steps_on_open_data_run_as_written_on_an_invented_archive(checkout):
    invented = runpy.run_path(str(ROOT / "tests" / "ingest" / "conftest.py"))["invent"]()
    with zipfile.ZipFile(checkout / "anonymisedData.zip", "w") as archive:
        for name, text in invented.items():
            archive.writestr(f"{name}.csv", text)
    for line in command_blocks()[2]:
        assert la_research(checkout, line[1:]).strip()
    assert (checkout / "reports/oulad-withdrawal/reports/ethics.html").is_file()


def test_the_audit_of_a_table_runs_as_written(checkout):
    for line in command_blocks()[3]:
        assert "Found by entry route: Gap shown" in la_research(checkout, line[1:])
    assert sorted(path.name for path in (checkout / "reports/audited").glob("*.html")) == [
        "advisory.html",
        "ethics.html",
    ]


def test_the_python_block_runs_and_prints_an_estimate_with_interval_unit_and_n(checkout):
    said = python(checkout, blocks("python")[0])
    assert re.search(r"\(9[\d.]+% CI -?[\d.]+ to -?[\d.]+\) WHO-5 points, n = \d+", said)


def test_the_verbs_of_the_table_are_those_that_are_built():
    listed = re.findall(r"^\| `(\w+) [^`]*` \|", README, re.MULTILINE)
    page = (ROOT / "docs" / "interfaces.md").read_text(encoding="utf-8")
    assert sorted(listed) == sorted(re.findall(r"^\| (\w+) \|[^|]*\| \*\*built\*\* \|$", page, re.MULTILINE))


def test_the_readme_can_be_read_in_minutes():
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    assert len(prose.split()) < 1500
