"""``la-research effect``: planted effects are found by each design, faults are told at once, reports need approval."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la_research.cli import main
from la_research.evaluation.table import TableEffect
from la_research.pipeline.effect import save_effect, table_effect
from la_research.report import effect_advisory_report, effect_ethics_report
from la_research.report.plain import plain_text
from la_research.seeds import stream
from la_research.wording import flesch_kincaid, lint

SECRET = "Ada Lovelace"
PLANTED = 2.0


def students(n: int = 300) -> pd.DataFrame:
    rng = stream(4, "tests", "effect")
    before, drawn = rng.normal(size=n), rng.permutation(np.arange(n) % 2)
    end = before + PLANTED * drawn + rng.normal(size=n)
    return pd.DataFrame({"who": [f"{SECRET} {i}" for i in range(n)], "drawn": drawn, "before": before, "mood": end})


def panel() -> pd.DataFrame:
    rng = stream(4, "tests", "effect panel")
    unit, week = np.repeat(np.arange(120), 6), np.tile(np.arange(1, 7), 120)
    start = np.repeat(np.array([0, 0, 4, 5])[np.arange(120) % 4], 6)
    mood = (
        rng.normal(size=120)[unit]
        + week * 0.1
        + PLANTED * ((start > 0) & (week >= start))
        + 0.3 * rng.normal(size=unit.size)
    )
    return pd.DataFrame({"who": unit, "week": week, "start": start, "mood": mood})


def series() -> pd.DataFrame:
    rng = stream(4, "tests", "effect series")
    week = np.arange(1, 61)
    return pd.DataFrame({
        "week": week, "on": (week > 30).astype(int), "mood": 10 + PLANTED * (week > 30) + rng.normal(size=60)
    })  # fmt: skip


def looks() -> pd.DataFrame:
    rng = stream(4, "tests", "effect cut-off")
    days = rng.uniform(-1, 1, size=900)
    return pd.DataFrame({"days": days, "mood": days + PLANTED * (days >= 0) + 0.5 * rng.normal(size=900)})


BY_LOT = ("--design", "randomised", "--treatment", "drawn", "--covariates", "before")
DESIGNS: dict[str, tuple[Callable[[], pd.DataFrame], tuple[str, ...]]] = {
    "randomised": (students, BY_LOT),
    "did": (panel, ("--design", "did", "--unit", "who", "--time", "week", "--first", "start")),
    "its": (series, ("--design", "its", "--time", "week", "--treatment", "on")),
    "observational": (students, ("--design", "observational", "--treatment", "drawn", "--covariates", "before")),
    "rdd": (looks, ("--design", "rdd", "--running", "days", "--cutoff", "0")),
}


@pytest.fixture
def effect(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(rows: pd.DataFrame, *words: str, outcome: str = "mood") -> tuple[int, str, str]:
        rows.to_csv(tmp_path / "data.csv", index=False)
        code = main(["effect", str(tmp_path / "data.csv"), "--outcome", outcome, *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> TableEffect:
    path = tmp_path_factory.mktemp("effect") / "data.csv"
    students().to_csv(path, index=False)
    return table_effect(path, "randomised", {"outcome": "mood", "treatment": "drawn"}, ("before",))


@pytest.mark.parametrize("design", list(DESIGNS))
def test_the_effect_planted_for_a_design_is_the_first_line_told(effect, design):
    rows, words = DESIGNS[design]
    code, out, _ = effect(rows(), *words)
    lines = out.splitlines()
    assert code == 0
    assert lines[2] == "What did the support change in 'mood'?"
    ends = lines[3].partition("CI ")[2].partition(")")[0].split(" to ")
    assert float(ends[0]) < PLANTED < float(ends[1])
    assert "Checks, made without the outcome:" in lines
    assert SECRET not in out
    assert all(not line.startswith("    … ") or "--json" in line for line in lines)


def test_as_json_the_findings_say_what_was_asked(effect):
    _, out, _ = effect(students(), *BY_LOT, "--json", "--set", "permutations=200")
    told = json.loads(out)
    assert told["format"] == "la_research.findings/1"
    assert told["study"]["data"] == "table"
    assert told["study"]["asked"]["design"] == "randomised"
    assert told["study"]["asked"]["settings"] == {"permutations": "200"}
    assert [one["id"] for one in told["findings"]][:2] == ["evaluation.effect", "evaluation.effect.gate"]


@pytest.mark.parametrize(
    ("words", "code", "fault", "remedy"),
    [
        (("--design", "randomized", "--treatment", "drawn"), 2, "effect.design", "did you mean 'randomised'?"),
        (("--design", "randomised"), 2, "effect.needs", "--treatment COL"),
        (("--design", "randomised", "--treatment", "drwan"), 12, "table.", "drawn"),
        ((*BY_LOT, "--set", "permutatoins=200"), 2, "effect.setting", "did you mean 'permutations'?"),
        ((*BY_LOT, "--set", "permutations=many"), 2, "effect.setting", "write a value"),
        ((*BY_LOT, "--set", "permutations"), 2, "KEY=VALUE", "--set"),
        ((*BY_LOT, "--running", "before"), 2, "effect.unread", "leave --running COL out"),
    ],
)
def test_a_fault_is_told_with_its_code_and_what_to_do(effect, words, code, fault, remedy):
    got, out, err = effect(students(40), *words)
    assert (got, out) == (code, "")
    assert fault in err
    assert remedy in err
    assert SECRET not in err


def test_all_in_one_arm_is_not_analysed_and_no_number_is_shown(effect):
    rows = students(40).assign(drawn=1)
    code, out, _ = effect(rows, *BY_LOT)
    assert code == 0
    assert "not analysed: " in out.splitlines()[3]
    assert "CI" not in out


def test_a_report_on_restricted_data_needs_an_approval(effect, tmp_path):
    code, out, err = effect(students(), *BY_LOT, "--report", str(tmp_path / "told"))
    assert (code, out) == (16, "")
    assert "governance.no_approval" in err
    assert not (tmp_path / "told").exists()


def test_both_reports_are_written_and_hold_the_same_number(found, tmp_path):
    approved = replace(found, approval="X1")
    files = save_effect(approved, tmp_path / "told")
    assert [path.name for path in files] == ["ethics.html", "advisory.html"]
    number = str(found.findings["evaluation.effect"].estimate)
    assert all(number in plain_text(told(found)) for told in (effect_ethics_report, effect_advisory_report))
    assert json.loads((tmp_path / "told" / "effect.json").read_text())["study"]["asked"]["approval"] == "X1"
    assert not any(SECRET in path.read_text() for path in (tmp_path / "told").rglob("*.*"))


def test_students_read_how_they_were_chosen_at_grade_eight(found):
    said = plain_text(effect_advisory_report(found))
    assert "Chance drew who got the offer, like a coin." in said
    assert "[There was more of it]" in said
    assert flesch_kincaid(said) <= 8
    assert lint(said) == []
