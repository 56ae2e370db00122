"""``la-research diagnose``: what it prints, leaves and refuses."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from la_research.cli import main

ROOT = Path(__file__).resolve().parents[2]
FEW = ("--scenario", "null", "--draws", "2", "--n", "150")


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the first study, in a folder where reports may be left."""
    shutil.copytree(ROOT / "protocols", tmp_path / "protocols")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "protocols" / "early-engagement"


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str]]]:
    def run(*arguments: str | Path) -> tuple[int, list[str]]:
        code = main([*map(str, arguments), "--json"])
        return code, [fault["code"] for fault in json.loads(capsys.readouterr().err)]

    return run


def test_it_prints_the_rates_of_each_hypothesis_and_leaves_four_files(study, capsys):
    assert main(["diagnose", str(study), *FEW]) == 0
    said = capsys.readouterr()
    assert "2 studies of 150 students each" in said.out
    for claim in ("H1", "H2", "H3"):
        assert f"\n{claim}: supported in " in said.out
    assert "2 of 2, about 0:00 left" in said.err
    folder = study.parents[1] / "reports" / "early-engagement.diagnosis" / "null_150"
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) == [
        "diagnosis.json", "draws.csv", "table.csv", "verdicts.svg",
    ]  # fmt: skip
    assert not (study / "diagnosis.json").exists()


def test_a_second_call_makes_no_draw_again_and_keep_puts_it_beside_the_protocol(study, capsys, monkeypatch):
    monkeypatch.setattr(importlib.import_module("la_research.cli.diagnose"), "FEWEST", 2)
    text = (study / "protocol.yaml").read_text(encoding="utf-8")
    (study / "protocol.yaml").write_text(text.replace("  n: 2000", "  n: 150"), encoding="utf-8")
    assert main(["diagnose", str(study), *FEW, "--quiet"]) == 0
    first = capsys.readouterr().out
    assert main(["diagnose", str(study), *FEW, "--keep", "--json"]) == 0
    said = capsys.readouterr()
    assert "left" not in said.err
    assert json.loads(said.out) == json.loads((study / "diagnosis.json").read_text())
    assert json.loads(said.out)["scenario"]["id"] == "null"
    assert "H3" in first


def test_only_a_forecast_of_this_design_on_enough_draws_is_kept(study, refused):
    asked = ("diagnose", study, "--scenario", "null", "--keep")
    assert refused(*asked, "--draws", "200", "--n", "150") == (2, ["diagnosis.not_this_design"])
    assert refused(*asked, "--draws", "199") == (2, ["diagnosis.few_draws"])
    assert refused(*asked, "--draws", "2", "--n", "150") == (2, ["diagnosis.not_this_design", "diagnosis.few_draws"])
    assert not (study.parents[1] / "reports").exists()
    assert not (study / "diagnosis.json").exists()


def test_without_any_estimate_it_says_so_and_why_of_each_measure(study, capsys):
    assert main(["diagnose", str(study), "--scenario", "null", "--draws", "2", "--n", "5", "--quiet"]) == 0
    said = capsys.readouterr().out
    assert "\nH1: no answer: none of 2 studies gave an estimate\n" in said
    assert said.count("n counts simulated studies.") == 1


def test_bad_requests_each_have_a_code_word_and_leave_nothing(study, refused, tmp_path):
    none = tmp_path / "none"
    asked = ("diagnose", study, "--out", none)
    assert refused(*asked, "--scenario", "nowhere", "--draws", "2") == (11, ["scenario.not_found"])
    assert refused(*asked, "--scenario", "null", "--draws", "0") == (2, ["diagnosis.draws"])
    assert refused(*asked, *FEW, "--backend", "dask") == (2, ["diagnosis.backend"])
    assert refused(*asked, *FEW, "--scheduler", "tcp://127.0.0.1:9") == (2, ["diagnosis.backend"])
    assert refused("diagnose", tmp_path / "x", *FEW) == (10, ["protocol.not_found"])
    assert not none.exists()


def test_a_folder_of_somebody_else_is_not_touched(study, refused, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    assert refused("diagnose", study, *FEW, "--out", tmp_path / "mine") == (21, ["disk.not_ours"])
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_protocol_without_hypotheses_is_refused(study, refused):
    text = (study / "protocol.yaml").read_text(encoding="utf-8")
    start, end = text.index("\nhypotheses:"), text.index("\nmodel:")
    (study / "protocol.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    assert refused("diagnose", study, *FEW) == (10, ["diagnosis.no_hypothesis"])
    assert not (study.parents[1] / "reports").exists()


def test_a_broken_forecast_beside_the_protocol_is_found_by_check(study, refused):
    (study / "diagnosis.json").write_text('{"format": "la_research.diagnosis/1"}')
    assert refused("check", study) == (10, ["protocol.diagnosis"])
