"""``la-research scale``: every fault at once, a reason where there is no number, and nobody given away."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from la_research.cli import main
from la_research.finding import Findings
from la_research.seeds import stream

EXAMPLE = str(Path(__file__).parents[2] / "synthetic" / "items.csv")
WELL, LOW = "cheerful,calm,rested", "tired,tense,sad"
BOTH = (EXAMPLE, "--items", f"{WELL},{LOW}", "--factors", f"well={WELL};low={LOW}")
SECRET = "Ada Lovelace"


@pytest.fixture
def scale(capsys):
    def run(*words):
        code = main(["scale", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def found(scale):
    def run(*words):
        code, out, err = scale(*words, "--json")
        assert code == 0, err
        return Findings.from_json(json.loads(out)["findings"])

    return run


def write(folder, answers, names="abcdef", **columns):
    lines = [",".join([*names[: answers.shape[1]], *columns])]
    for i, row in enumerate(answers):
        cells = ["" if np.isnan(cell) else f"{cell:g}" for cell in row]
        lines.append(",".join([*cells, *(str(values[i]) for values in columns.values())]))
    path = folder / "items.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def answers(n=200, items=4):
    draw = stream(5, "tests", "scale")
    behind = draw.normal(size=(n, 1)) + draw.normal(size=(n, items))
    return np.digitize(behind, [-1.5, -0.5, 0.5, 1.5]).astype(float)


def counts(finding):
    return {row.keys["group"]: row.verdict or row.estimate.value for row in finding.rows if "group" in row.keys}


def test_items_of_one_factor_load_on_it_where_no_structure_was_told(found):
    told = found(EXAMPLE, "--items", "cheerful,calm,active,rested,tired,tense,sad,worried")
    explored = told["validation.scale.exploratory"]
    assert explored.estimate.value == told["validation.scale.dimensionality"].estimate.value == 2
    loads = {tuple(row.keys.values()): abs(row.estimate.value) for row in explored.rows if "item" in row.keys}
    largest = {item: max(("factor 1", "factor 2"), key=lambda factor: loads[item, factor]) for item, _ in loads}
    well, low = ({largest[item] for item in items} for items in (list(largest)[:4], list(largest)[4:]))
    assert len(well) == len(low) == 1
    assert well != low


def test_the_example_finds_the_item_that_men_and_women_answer_differently(found):
    invariance = found(*BOTH, "--group", "gender")["validation.scale.invariance"]
    change = {
        row.keys["level"]: row.estimate.value for row in invariance.rows if row.keys.get("index") == "change of CFI"
    }
    assert change["metric"] > -0.01 > change["scalar"]


def test_the_example_names_that_item(found):
    rows = found(*BOTH, "--group", "gender")["validation.scale.items"].rows
    odd = {row.keys["item"] for row in rows if row.keys.get("on", "").endswith("not compared by it")}
    assert odd == {"calm"}


def test_two_factors_fit_the_example_closer_than_one(found):
    rows = found(*BOTH)["validation.scale.fit"].rows
    root = {row.keys["model"]: row.estimate for row in rows if row.keys.get("index") == "RMSEA"}
    assert root["as asked"].upper < root["one factor"].lower


def test_every_finding_is_exploratory_described_and_of_the_validation(found):
    for finding in found(*BOTH, "--group", "gender", "--ordinal"):
        unsettled = finding.id.endswith(".general")  # two parts of three items hardly settle a bifactor model
        verdict = "not analysed" if unsettled else "described"
        assert (finding.stage, finding.verdict, finding.confirmatory) == ("validation", verdict, False)
        assert all(row.estimate or row.reason for row in finding.rows)


def test_the_document_says_what_was_asked(scale):
    _, out, _ = scale(*BOTH, "--reversed", "calm", "--json")
    document = json.loads(out)
    assert document["format"] == "la_research.findings/1"
    assert document["study"]["data"] == "table"
    assert document["study"]["asked"]["factors"] == {"well": WELL.split(","), "low": LOW.split(",")}
    assert document["study"]["asked"]["reversed"] == ["calm"]


def test_two_calls_print_the_same_bytes(scale):
    assert scale(*BOTH, "--ordinal", "--json") == scale(*BOTH, "--ordinal", "--json")


def test_all_faults_of_a_table_are_told_at_once_and_no_value_is_repeated(tmp_path, scale):
    path = tmp_path / "items.csv"
    path.write_text(f"a,b,c,student\n1,{SECRET},,s1\n2,3,,s1\n")
    code, _, err = scale(path, "--items", "a,b,c", "--json")
    assert code == 12
    assert {fault["code"] for fault in json.loads(err)} == {"table.not_a_number", "table.no_answer", "table.student"}
    assert SECRET not in err


@pytest.mark.parametrize("value", ["inf", "-inf", "1e308", "-1e308", "1e100"])
def test_numbers_that_can_not_be_calculated_with_are_refused(tmp_path, scale, value):
    path = tmp_path / "items.csv"
    path.write_text("a,b\n" + "1,2\n2,1\n" * 20 + f"{value},3\n")
    code, _, err = scale(path, "--items", "a,b", "--json")
    assert (code, [fault["code"] for fault in json.loads(err)]) == (12, ["table.too_large"])
    assert value.lstrip("-") not in err


def test_columns_that_are_not_there_are_all_named(scale):
    code, _, err = scale(EXAMPLE, "--items", "cheerfull,calm,restd", "--json")
    assert (code, [fault["code"] for fault in json.loads(err)]) == (12, ["table.missing_column"] * 2)


@pytest.mark.parametrize(
    "words",
    [
        ("--items", ","),
        ("--items", "calm,calm"),
        ("--items", "calm,rested", "--factors", "well"),
        ("--items", "calm,rested", "--factors", "well=calm;well=rested"),
        ("--items", "calm,rested", "--factors", "well=calm"),
        ("--items", "calm,rested", "--factors", "well=calm,rested,sad"),
        ("--items", "calm,rested", "--reversed", "sad"),
        ("--items", "calm,rested", "--group", "calm"),
        ("--items", "calm,rested", "--minimum", "9"),
    ],
    ids=range(9),
)
def test_what_was_not_understood_ends_with_exit_2(scale, words):
    assert scale(EXAMPLE, *words)[0] == 2


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda rows: rows[:, :1], "too few"),
        (lambda rows: np.where(np.arange(4) == 1, 3.0, rows), "same answer in every row"),
        (lambda rows: rows[:, [0, 0, 1, 2]], "answered alike in every row"),
    ],
    ids=["one item", "a constant item", "an item twice"],
)
def test_a_scale_that_can_not_be_measured_says_why(tmp_path, found, spoil, reason):
    held = spoil(answers())
    path = write(tmp_path, held)
    for finding in found(path, "--items", ",".join("abcd"[: held.shape[1]]), "--ordinal"):
        if not finding.id.endswith(".rows"):
            assert finding.verdict == "not analysed"
            assert reason in finding.reason


def test_an_item_that_was_not_reversed_is_an_assumption_that_failed(tmp_path, found):
    held = answers()
    held[:, 2] = 4 - held[:, 2]
    path = write(tmp_path, held)
    (wrong,) = found(path, "--items", "a,b,c,d")["validation.scale.alpha"].assumptions
    (right,) = found(path, "--items", "a,b,c,d", "--reversed", "c")["validation.scale.alpha"].assumptions
    assert (wrong.holds, right.holds) == (False, True)
    assert "'c'" in wrong.evidence


@pytest.mark.parametrize("few", [4, 8])
def test_a_small_group_follows_from_no_total_with_groups_or_without(tmp_path, found, few):
    group = ["F"] * 100 + ["M"] * 90 + ["X"] * few
    asked = (write(tmp_path, answers(190 + few), gender=group), "--items", "a,b,c,d")
    plain, grouped = found(*asked), found(*asked, "--group", "gender")
    assert [grouped[finding.id] for finding in plain] == list(plain)
    assert plain["validation.scale.rows"].estimate.value == 190 + few
    told = grouped["validation.scale.invariance"]
    assert counts(told) == {"F": 100, "M": 80 + few, "X": "suppressed"}
    for finding in (told, grouped["validation.scale.items"]):
        assert {190 + few - row.estimate.n for row in finding.rows if row.estimate and "group" not in row.keys} == {10}


def test_few_rows_with_a_gap_are_left_out_everywhere(tmp_path, found):
    held = answers()
    held[:3, 0] = np.nan
    shown = {
        row.estimate.value for row in found(write(tmp_path, held), "--items", "a,b,c,d")["validation.scale.rows"].rows
    }
    assert shown == {200 - 3}


def test_rows_with_a_gap_stay_in_where_they_are_many(tmp_path, found):
    held = answers()
    held[:30, 0] = np.nan
    found = found(write(tmp_path, held), "--items", "a,b,c,d")
    assert found["validation.scale.alpha"].estimate.n == 200 - 30
    assert found["validation.scale.fit"].estimate.n == 200
    assert found["validation.scale.fit"].estimate.method == "fiml"


def test_a_table_of_few_students_shows_nothing(tmp_path, found):
    (only,) = found(write(tmp_path, answers(9)), "--items", "a,b,c,d")
    assert only.verdict == "suppressed"


def test_one_group_is_not_compared(tmp_path, found):
    path = write(tmp_path, answers(), gender=["F"] * 195 + ["M"] * 5)
    finding = found(path, "--items", "a,b,c,d", "--group", "gender")["validation.scale.invariance"]
    assert finding.verdict == "not analysed"


@pytest.mark.parametrize("case", range(3))
def test_few_rows_full_of_gaps_end_with_findings_and_never_with_an_error(tmp_path, found, case):
    draw = stream(6, "tests", "scale", case)
    held = answers(int(draw.integers(12, 40)))
    held[draw.random(held.shape) < (0.1, 0.5, 0.8)[case % 3]] = np.nan
    group = draw.choice(["F", "M", "X", ""], len(held), p=[0.5, 0.4, 0.05, 0.05])
    for finding in found(write(tmp_path, held, gender=group), "--items", "a,b,c,d", "--group", "gender", "--ordinal"):
        assert finding.verdict in ("described", "not analysed", "suppressed")
        assert all(row.estimate is None or row.estimate.n >= 10 for row in finding.rows)
