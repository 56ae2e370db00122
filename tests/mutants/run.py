"""Plants each fault of faults.py in a copy of the checkout and runs the test that is named for it.

    python tests/mutants/run.py [--jobs 2] [--only WORD]

First all named tests run in a copy without a fault, where they have to pass. Then each fault
has a copy of its own, in which its test has to fail, and by an assertion: a test that can not be
collected, or breaks in another way, has caught nothing. Ends with a table, and with 1 where a
fault survives.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

sys.path.insert(0, str(Path(__file__).resolve().parent))
from faults import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("la_research", "tests", "notebooks", "protocols", "synthetic", "pyproject.toml")
ASSERTED = ("AssertionError", "assert ", "Failed: DID NOT RAISE")
"""How the message of a test begins that failed by an assertion."""


@dataclass(frozen=True)
class Outcome:
    """What became of the tests that were run: which passed, which failed by an assertion, and what else went wrong."""

    passed: int
    asserted: int
    broken: tuple[str, ...]

    @property
    def caught(self) -> bool:
        return self.asserted > 0 and not self.broken


def copy(place: Path) -> Path:
    """A checkout in which a test runs as it does here."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__", "draws"))
        else:
            shutil.copy(source, place / name)
    return place


def plant(fault: Fault, place: Path) -> None:
    """Put the fault into a copy.

    Raises
    ------
    ValueError
        The text to replace is not there, or more than once.
    """
    file = place / "la_research" / fault.file
    text = file.read_text(encoding="utf-8")
    if text.count(fault.old) != 1:
        raise ValueError(f"{fault.name}: its text stands {text.count(fault.old)} times in {fault.file}")
    file.write_text(text.replace(fault.old, fault.new), encoding="utf-8")


def run(tests: Sequence[str], place: Path) -> Outcome:
    """Run tests in a copy, against its package."""
    report = place / "report.xml"
    settings = {"PYTHONPATH": str(place), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    plain = ["-q", "-p", "no:cacheprovider", "--hypothesis-profile=first"]  # the first failure will do; none is shrunk
    command = [sys.executable, "-m", "pytest", *plain, f"--junitxml={report}", *tests]
    said = subprocess.run(
        command, cwd=place, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    if not report.exists():
        return Outcome(0, 0, (said.stdout[-400:] + said.stderr[-400:],))
    return read(report)


def read(report: Path) -> Outcome:
    """The outcome that pytest wrote: an error, and a failure that is no assertion, are broken tests."""
    cases = list(ElementTree.parse(report).iter("testcase"))
    failures = [str(found.get("message")) for case in cases for found in case.findall("failure")]
    errors = [
        str(found.get("message")) for case in cases for found in (*case.findall("error"), *case.findall("skipped"))
    ]
    asserted = [message for message in failures if message.startswith(ASSERTED)]
    others = [message for message in failures if message not in asserted]
    return Outcome(len(cases) - len(failures) - len(errors), len(asserted), (*others, *errors))


def judge(fault: Fault) -> Outcome:
    """Plant a fault in a copy of its own and run its test."""
    with tempfile.TemporaryDirectory() as folder:
        place = copy(Path(folder))
        plant(fault, place)
        return run([fault.test], place)


def unmutated(faults: Sequence[Fault]) -> Outcome:
    """All named tests in a copy without a fault."""
    with tempfile.TemporaryDirectory() as folder:
        return run(sorted({fault.test for fault in faults}), copy(Path(folder)))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="faults whose name holds this word")
    options = parser.parse_args(arguments)
    faults = [fault for fault in FAULTS if options.only in fault.name]
    start = time.monotonic()
    with ThreadPoolExecutor(options.jobs) as pool:
        whole = pool.submit(unmutated, faults)
        waiting = {pool.submit(judge, fault): fault for fault in faults}
        found: dict[str, Outcome] = {}
        for count, done in enumerate(as_completed(waiting), 1):
            found[waiting[done].name] = done.result()
            took = f"{time.monotonic() - start:.0f} s"
            print(f"{count} of {len(faults)} faults, {took}: {waiting[done].name}", file=sys.stderr)
        before = whole.result()
    return show(faults, found, before)


def show(faults: Sequence[Fault], found: dict[str, Outcome], before: Outcome) -> int:
    """The table on stdout; 1 where a fault survived, or a test fails without one."""
    for fault in faults:
        outcome = found[fault.name]
        word = "caught" if outcome.caught else "BROKEN" if outcome.broken else "SURVIVED"
        print(f"{word:<10}{fault.name:<62}{fault.test}")
        for line in outcome.broken:
            print(f"{'':<10}{line.strip().splitlines()[-1]}")
    survived = sum(not found[fault.name].caught for fault in faults)
    print(f"{len(faults) - survived} of {len(faults)} faults caught; without a fault {before.passed} tests pass")
    for line in before.broken:
        print(f"without a fault: {line.strip().splitlines()[-1]}")
    return int(bool(survived or before.asserted or before.broken or not before.passed))


if __name__ == "__main__":
    sys.exit(main())
