"""``la-research agree``: what two coders share is told, faults are told at once, and nobody is named."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from la_research.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "synthetic" / "coding.csv"
NAMED = ("--unit", "passage", "--coder", "coder", "--code", "code", "--interview", "interview")


@pytest.fixture
def agree(capsys):
    def run(path, *words):
        code = main(["agree", str(path), *(words or NAMED)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def changed(tmp_path, change):
    frame = pd.read_csv(EXAMPLE)
    path = tmp_path / "coding.csv"
    change(frame).to_csv(path, index=False)
    return path


def test_the_example_is_the_one_that_its_script_writes():
    said = subprocess.run(
        [sys.executable, "-c", "import runpy; print(runpy.run_path('scripts/coding')['coding'](), end='')"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout == EXAMPLE.read_text(encoding="utf-8")


def test_two_coders_are_compared_code_by_code_and_over_interviews(agree):
    code, out, err = agree(EXAMPLE, *NAMED, "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert document["study"]["id"] == "agree"
    found = {finding["id"]: finding for finding in document["findings"]}
    whole = found["validation.coding.agreement"]["estimate"]
    assert 0.6 < whole["lower"] < whole["value"] < whole["upper"] < 0.95
    curve = [row["estimate"]["value"] for row in found["validation.coding.accumulation"]["rows"][1:]]
    assert curve == sorted(curve)
    assert len(curve) == 15


def test_coders_are_numbered_and_never_named(agree, tmp_path):
    path = changed(tmp_path, lambda f: f.assign(coder=f["coder"].map({"A": "Ann Example", "B": "Bea Example"})))
    code, out, _ = agree(path)
    assert code == 0
    assert "Example" not in out


def test_without_interviews_or_a_second_coder_it_says_what_can_not_be_told(agree, tmp_path):
    code, out, _ = agree(EXAMPLE, *NAMED[:6])
    assert (code, "no column of interviews was named" in out) == (0, True)
    code, out, _ = agree(changed(tmp_path, lambda f: f[f["coder"] == "A"]))
    assert (code, "there is one coder" in out) == (0, True)


FAULTS = {
    "table.missing_coder": lambda f: f.assign(coder=f["coder"].where(f.index != 3)),
    "table.two_interviews": lambda f: f.assign(passage=f["passage"].str[-1]),
    "table.not_codes": lambda f: pd.concat(
        [f.assign(code=f["code"].fillna("") + f" {i} " + f["passage"]) for i in "xyzw"] * 2
    ),
    "table.missing_column": lambda f: f.drop(columns="code"),
}


@pytest.mark.parametrize("word", FAULTS)
def test_faults_of_the_table_are_told_and_show_no_cell(agree, tmp_path, word):
    code, out, err = agree(changed(tmp_path, FAULTS[word]))
    assert (code, out) == (12, "")
    assert f"[{word}]" in err
    assert "I01" not in err
    assert "privacy" not in err
