"""``la-research audit``: every fault of a table by its code word, and findings or a fault for whatever it holds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from la_research.audit import TableAudit
from la_research.cli import main
from la_research.errors import CohortError
from la_research.finding import Findings
from la_research.ingest.predictions import Columns
from la_research.pipeline.table import audit_predictions

EXAMPLE = Path(__file__).parents[2] / "synthetic" / "predictions.csv"
ASKED = ("--label", "left", "--decision", "chosen", "--group", "gender")
HEAD = "gender,left,chosen,score"
SECRET = "Ada Lovelace"


def rows(n: int = 40, **changed: Callable[[int], Any]) -> str:
    """A sound table as CSV, with the cells of some columns changed."""
    cells: dict[str, Callable[[int], Any]] = {
        "gender": lambda i: "FM"[i % 2],
        "left": lambda i: i // 2 % 2,
        "chosen": lambda i: i // 4 % 2,
        "score": lambda i: i / n,
    }
    cells |= changed
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(cells)
    writer.writerows([cell(i) for cell in cells.values()] for i in range(n))
    return out.getvalue()


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def write(text: str | bytes) -> Path:
        path = tmp_path / "predictions.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def audit(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*words: object) -> tuple[int, str, str]:
        code = main(["audit", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


FAULTS: dict[str, tuple[str | bytes, str]] = {
    "an empty file": (b"", "no_header"),
    "no row": (f"{HEAD}\n", "empty"),
    "no header": ("F,1,0,0.4\nM,0,1,0.3\n", "no_header"),
    "a column that is misspelt": (rows().replace("gender", "gendre"), "missing_column"),
    "semicolons": (rows().replace(",", ";"), "separator"),
    "tabs": (rows().replace(",", "\t"), "separator"),
    "a header given twice": (f"{HEAD},gender\nF,1,0,0.4,M\n", "duplicate_column"),
    "a ragged row": (rows() + "F,1\n", "ragged_row"),
    "not UTF-8": (rows().encode() + b"\xff\xfe,1,0,0.1\n", "not_utf8"),
    "a Parquet file cut short": (b"PAR1 and nothing more", "unreadable"),
    "labels of three values": (rows(left=lambda i: i % 3), "not_two_values"),
    "labels that are words": (rows(left=lambda i: SECRET), "not_two_values"),
    "decisions of three values": (rows(chosen=lambda i: i % 3), "not_two_values"),
    "a decision that is missing": (rows(chosen=lambda i: "" if i == 3 else 1), "missing_decision"),
    "a group that is an identifier": (rows(gender=lambda i: f"{SECRET} {i}"), "identifier"),
    "more groups than 200": (rows(900, gender=lambda i: f"{SECRET} {i % 201}"), "identifier"),
    "one student in many rows": (rows(student_id=lambda i: f"{SECRET} {i % 9}"), "student"),
}
SCORES = {
    "a score above 1": (rows(score=lambda i: 1.5 if i == 3 else 0.5), "score_range"),
    "a score below 0": (rows(score=lambda i: -0.1), "score_range"),
    "an endless score": (rows(score=lambda i: "inf"), "score_range"),
    "scores that are words": (rows(score=lambda i: SECRET), "not_a_number"),
    "scores with a decimal comma": (rows(score=lambda i: "0,5"), "not_a_number"),
    "a score that is missing": (rows(score=lambda i: "" if i == 3 else 0.5), "missing_score"),
    "a score that is not a number": (rows(score=lambda i: "NaN"), "missing_score"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_table_is_refused_by_its_code_word_and_shows_nothing_of_anyone(name, audit, table):
    text, word = FAULTS[name]
    code, out, err = audit(table(text), *ASKED)
    assert (code, out) == (12, "")
    assert err.startswith(f"error[table.{word}]")
    assert [line[:8] for line in err.splitlines()[1:3]] == ["  where:", "  remedy"]
    assert SECRET not in err


@pytest.mark.parametrize("name", SCORES)
def test_faulty_scores_are_refused_by_their_code_word(name, audit, table):
    text, word = SCORES[name]
    code, _, err = audit(table(text), *ASKED, "--score", "score")
    assert code == 12
    assert err.startswith(f"error[table.{word}]")
    assert SECRET not in err


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(audit, tmp_path):
    assert audit(tmp_path / "none.csv", *ASKED)[2].startswith("error[table.not_found]")
    assert audit(tmp_path, *ASKED)[2].startswith("error[table.unreadable]")


def test_all_faults_of_a_table_are_told_at_once(audit, table):
    text = rows(left=lambda i: i % 3, chosen=lambda i: "", score=lambda i: 7, gender=lambda i: f"{SECRET} {i}")
    code, _, err = audit(table(text), *ASKED, "--score", "score", "--json")
    assert code == 12
    assert [fault["code"] for fault in json.loads(err)] == [
        f"table.{word}" for word in ("not_two_values", "missing_decision", "score_range", "identifier")
    ]


def test_a_misspelt_column_is_met_with_the_name_that_was_meant(audit, table):
    assert "did you mean 'Gender'?" in audit(table(rows().replace("gender", "Gender")), *ASKED)[2]


@pytest.mark.parametrize(
    ("mark", "word"), [(";", "';'"), ("\t", "tabs"), ("|", "'|'")], ids=["semicolon", "tab", "bar"]
)
def test_a_file_without_commas_has_one_fault_that_names_what_separates_it(mark, word, audit, table):
    err = audit(table(rows().replace(",", mark)), *ASKED)[2]
    assert err.count("error[") == 1
    assert f"the file seems to be separated by {word}\n" in err
    assert "save it as CSV with commas" in err


@pytest.mark.parametrize("words", ["Y/N", "yes/NO", "True/false", "1/0", "1.0/0.0"])
def test_outcomes_and_decisions_are_read_in_every_usual_spelling(words, audit, table):
    yes, no = words.split("/")
    text = rows(left=lambda i: (no, yes)[i // 2 % 2], chosen=lambda i: (no, yes)[i // 4 % 2])
    told = json.loads(audit(table(text), *ASKED, "--json")[1])["findings"]
    assert told == json.loads(audit(table(rows()), *ASKED, "--json")[1])["findings"]


def test_an_outcome_of_more_values_is_told_by_their_count_only(audit, table):
    assert "the outcome must hold two values, and holds 3\n" in audit(table(rows(left=lambda i: i % 3)), *ASKED)[2]
    err = audit(table(rows(chosen=lambda i: SECRET)), *ASKED)[2]
    assert "the decision must hold 0 and 1, and holds other values" in err
    assert SECRET not in err


@pytest.mark.parametrize("courses", [3, 19])
def test_a_column_of_few_values_names_no_students(courses, audit, table):
    path = table(rows(200, course=lambda i: f"{SECRET} {i % courses}"))
    code, _, err = audit(path, *ASKED, "--student", "course")
    assert (code, err.startswith("error[table.student]: column 'course' holds")) == (12, True)
    assert f"{courses} different values: it names no students" in err
    assert SECRET not in err


def test_many_students_with_some_rows_each_are_students(audit, table):
    assert audit(table(rows(200, who=lambda i: i % 20)), *ASKED, "--student", "who")[0] == 0
    assert audit(table(rows(12, who=lambda i: i)), *ASKED, "--student", "who")[0] == 0


@pytest.mark.parametrize(("top", "remedy"), [("25", "write 25% or 0.25"), ("1", "write 1% or 0.01")])
def test_a_share_without_its_sign_is_met_with_both_ways_to_write_it(top, remedy, audit, table):
    err = audit(table(rows()), "--label", "left", "--group", "gender", "--score", "score", "--top", top)[2]
    assert err.startswith("error[usage]")
    assert remedy in err


def test_many_numbers_as_groups_are_met_with_advice_and_a_dozen_are_not(audit, table):
    asked = ("--label", "left", "--decision", "chosen", "--group", "age")
    advice = "put numbers into bands"
    assert advice in audit(table(rows(300, age=lambda i: 18 + i % 13)), *asked)[1]
    assert advice not in audit(table(rows(300, age=lambda i: 18 + i % 12)), *asked)[1]
    assert advice not in audit(table(rows(300, age=lambda i: f"A{i % 13}")), *asked)[1]


def test_outcomes_that_are_all_alike_leave_selection_only_and_say_so_first(audit, table):
    code, out, _ = audit(table(rows(80, left=lambda i: "" if i < 20 else "yes")), *ASKED)
    assert code == 0
    assert out.splitlines()[1] == "Every known outcome is yes: only selection can be compared."
    heads = {line.split(" by ")[0]: line.split(": ")[1] for line in out.splitlines() if " by gender: " in line}
    assert heads["Found"] == heads["Wrongly selected"] == "Not analysed"
    assert heads["Selected"] != "Not analysed"


def test_a_student_whose_group_changes_between_rows_is_told(audit, table):
    text = rows(120, who=lambda i: i % 60, gender=lambda i: "FM"[(i + (i >= 60 and i % 60 < 12)) % 2])
    out = audit(table(text), *ASKED, "--student", "who")[1]
    assert "12 students whose recorded gender changes between rows are in several groups" in out
    few = rows(120, who=lambda i: i % 60, gender=lambda i: "FM"[(i + (i == 60)) % 2])
    assert "A few students whose recorded gender changes" in audit(table(few), *ASKED, "--student", "who")[1]
    same = rows(120, who=lambda i: i % 60)
    assert "changes between rows" not in audit(table(same), *ASKED, "--student", "who")[1]


def test_gaps_on_screen_are_points_and_rates_are_per_cent(audit):
    asked = (EXAMPLE, "--label", "left", "--score", "score", "--top", "25%", "--group", "entry_route")
    out = audit(*asked, "--stratum", "course", "--student", "student_id")[1]
    gaps = [line for line in out.splitlines() if "largest gap" in line or " less " in line or "within one" in line]
    assert len(gaps) > 9
    assert [line for line in gaps if "%" in line.replace("95% CI", "")] == []
    assert "  largest gap: 26.2 (95% CI 17.7 to 34.6) points, n = 788\n" in out
    assert "  college: 34.7 % (95% CI 29.0 % to 40.8 %), n = 248\n" in out


def test_a_column_named_for_two_things_is_refused(audit, table):
    code, _, err = audit(table(rows()), "--label", "left", "--decision", "left", "--group", "gender")
    assert (code, err.splitlines()[0].split("]")[0]) == (12, "error[table.same_column")


def test_a_student_without_an_id_is_a_fault_once_students_are_named(audit, table):
    text = rows(student_id=lambda i: "" if i == 5 else i)
    assert "[table.missing_student]" in audit(table(text), *ASKED, "--student", "student_id")[2]


def test_crossing_that_makes_hundreds_of_groups_is_refused(audit, table):
    text = rows(900, a=lambda i: i % 30, b=lambda i: i // 30)
    code, _, err = audit(table(text), "--label", "left", "--decision", "chosen", "--group", "a*b")
    assert (code, err.splitlines()[0].split("]")[0]) == (12, "error[table.too_many_groups")


@pytest.mark.parametrize(
    "words",
    [
        ("--group", "gender"),
        ("--group", "gender", "--decision", "chosen", "--top", "10%"),
        ("--group", "gender", "--threshold", "0.5"),
        ("--group", "gender", "--score", "score", "--threshold", "nan"),
        ("--group", "gender", "--score", "score", "--top", "110%"),
        ("--group", "gender", "--score", "score", "--top", "many"),
        ("--group", " , ", "--decision", "chosen"),
        ("--group", "gender*gender", "--decision", "chosen"),
        ("--group", "gender", "--decision", "chosen", "--margin", "10"),
        ("--group", "gender", "--decision", "chosen", "--alpha", "nan"),
        ("--group", "gender", "--decision", "chosen", "--minimum", "9"),
        ("--group", "gender", "--decision", "chosen", "--data", "secret"),
    ],
    ids=lambda words: " ".join(words),
)
def test_flags_that_name_no_rule_or_no_share_are_a_usage_error(words, audit, table):
    code, out, err = audit(table(rows()), "--label", "left", *words)
    assert (code, out) == (2, "")
    assert err.startswith("error[usage]")


def test_an_unknown_metric_is_met_with_the_one_that_was_meant_and_auc_asks_for_scores(audit, table):
    path = table(rows())
    code, _, err = audit(path, *ASKED, "--metrics", "selection,trp")
    assert (code, "did you mean 'tpr'? known: selection, tpr" in err) == (2, True)
    assert audit(path, *ASKED, "--metrics", "auc")[2].startswith("error[audit.needs_score]")
    assert audit(path, *ASKED, "--metrics", "auc", "--score", "score")[0] == 0


def test_curves_asked_for_alone_are_shown(audit, table):
    code, out, _ = audit(table(rows(400)), *ASKED, "--metrics", "abroca", "--score", "score")
    assert code == 0
    assert "ROC curve the same" in out
    assert "ROC area" in out


def test_a_report_on_restricted_data_needs_an_approval_and_the_screen_does_not(audit, table, tmp_path):
    path = table(rows())
    code, out, err = audit(path, *ASKED, "--report", tmp_path / "out")
    assert (code, out, (tmp_path / "out").exists()) == (16, "", False)
    assert err.startswith("error[governance.no_approval]")
    assert audit(path, *ASKED)[0] == 0
    assert audit(path, *ASKED, "--report", tmp_path / "out", "--approval", "REC-1")[0] == 0
    assert "REC-1" in (tmp_path / "out" / "ethics.html").read_text(encoding="utf-8")


def test_a_report_replaces_an_earlier_one_and_nothing_else(audit, table, tmp_path):
    path, out = table(rows()), tmp_path / "out"
    asked = (path, *ASKED, "--data", "open", "--report", out)
    out.mkdir()
    (out / "thesis.txt").write_text("years of work", encoding="utf-8")
    assert audit(*asked)[0] == 21
    (out / "thesis.txt").unlink()
    assert audit(*asked)[0] == 0
    first = {file.name: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert {"audit.json", "ethics.html", "advisory.html", "ethics-verdicts.csv"} <= set(first)
    assert audit(*asked)[0] == 0
    assert {file.name: file.read_bytes() for file in out.rglob("*") if file.is_file()} == first


def test_json_is_the_document_of_findings_and_suppresses_what_the_screen_does(audit):
    asked = (EXAMPLE, "--label", "left", "--score", "score", "--top", "25%", "--group", "entry_route")
    _, out, _ = audit(*asked, "--json", "--student", "student_id")
    document = json.loads(out)
    assert list(document) == ["format", "study", "findings", "deviations", "versions"]
    assert (document["format"], document["study"]["data"]) == ("la_research.findings/1", "table")
    findings = Findings.from_json(document["findings"])
    assert not any(finding.confirmatory for finding in findings)
    hidden = [row for row in findings["audit.selection.entry_route"].rows if row.verdict == "suppressed"]
    assert [row.keys["entry_route"] for row in hidden] == ["exchange", "transfer"]
    assert all(row.estimate is None for row in hidden)
    counts = [row.estimate.n for finding in findings for row in finding.rows if row.estimate]
    assert min(counts) >= 10


def test_rows_without_a_label_or_a_group_are_kept_and_told(audit, table):
    text = rows(80, left=lambda i: "" if i < 12 else i % 4 // 2, gender=lambda i: "NA" if i > 66 else "FM"[i % 2])
    code, out, _ = audit(table(text), *ASKED)
    assert code == 0
    assert "predictions.csv: 80 students" in out
    assert "13 students without a recorded gender are in no group." in out
    assert "Students whose label is not known are scored, but do not count here." in out


def test_a_csv_with_a_byte_order_mark_and_a_parquet_file_give_the_same_findings(tmp_path):
    text = rows(60, left=lambda i: i % 3 == 0, chosen=lambda i: "yes" if i % 4 else "no")
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    held = list(csv.DictReader(io.StringIO(text)))
    columns = {
        "gender": pa.array([row["gender"] for row in held]).dictionary_encode(),
        "left": [row["left"] == "True" for row in held],
        "chosen": [float(row["chosen"] == "yes") for row in held],
    }
    pq.write_table(pa.table(columns), tmp_path / "b.parquet")
    asked = Columns("left", ("gender",), decision="chosen")
    first, second = (audit_predictions(tmp_path / name, asked).findings for name in ("a.csv", "b.parquet"))
    assert first == second


def test_a_student_in_many_rows_counts_once(tmp_path):
    (tmp_path / "a.csv").write_text(rows(120, who=lambda i: i % 60), encoding="utf-8")
    found = audit_predictions(tmp_path / "a.csv", Columns("left", ("gender",), decision="chosen", student="who"))
    headline = found.findings["audit.selection.gender"].estimate
    assert headline is not None
    assert (headline.n, headline.method) == (60, "newcombe-by-student-tukey")


def test_the_highest_share_is_selected_and_ties_are_taken_in_a_seeded_order(tmp_path):
    (tmp_path / "a.csv").write_text(rows(200, score=lambda i: 0.5), encoding="utf-8")
    asked = Columns("left", ("gender",), score="score", top=0.1)
    found = [audit_predictions(tmp_path / "a.csv", asked).findings for _ in range(2)]
    assert found[0] == found[1]
    selected = {row.keys.get("decision"): row.estimate for row in found[0]["cohort.table"].rows}
    assert selected["yes"] is not None
    assert selected["yes"].value == 200 * 0.1


def test_names_of_columns_that_are_words_of_the_audit_hide_small_groups_all_the_same(tmp_path):
    text = rows(90, source=lambda i: "rare" if i < 4 else "AB"[i % 2], metric=lambda i: "XY"[i % 2])
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    asked = Columns("left", ("source",), decision="chosen", stratum="metric")
    found = audit_predictions(tmp_path / "a.csv", asked).findings["audit.selection.source_group"]
    assert [row.verdict for row in found.rows].count("suppressed") == 2


any_table = partial(
    settings,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
CELL = st.sampled_from(
    ["", "0", "1", "yes", "no", "NaN", "F", "M", "0.5", "1e9", "=1+1", "é", "a,b", '"', "\n", "\x00"]
)
COLUMN = st.sampled_from(["gender", "left", "chosen", "score", "who"])


@any_table(max_examples=80)
@given(
    head=st.lists(COLUMN, min_size=1, max_size=6),
    cells=st.lists(st.lists(CELL, min_size=1, max_size=6), max_size=30),
    seed=st.integers(0, 3),
)
def test_whatever_a_table_holds_ends_in_findings_or_in_a_fault(tmp_path, head, cells, seed):
    out = io.StringIO()
    csv.writer(out).writerows([head, *cells])
    (tmp_path / "any.csv").write_text(out.getvalue(), encoding="utf-8")
    ends_well(tmp_path / "any.csv", seed)


@any_table(max_examples=25)
@given(
    cells=st.lists(
        st.tuples(
            st.sampled_from(["F", "M", "X", ""]), st.sampled_from(["0", "1", ""]), st.sampled_from("01"),
            st.sampled_from(["0", "0.25", "0.5", "1"]),
        ),
        min_size=1, max_size=60,
    ),
    seed=st.integers(0, 3),
)  # fmt: skip
def test_a_sound_table_of_any_size_ends_in_findings(tmp_path, cells, seed):
    out = io.StringIO()
    table = [(*cell, f"s{i // 3}") for i, cell in enumerate(cells)]
    csv.writer(out).writerows([("gender", "left", "chosen", "score", "who"), *table])
    (tmp_path / "any.csv").write_text(out.getvalue(), encoding="utf-8")
    found = ends_well(tmp_path / "any.csv", seed)
    assert found is not None
    every = [finding.estimate for finding in found.findings] + [row.estimate for f in found.findings for row in f.rows]
    assert all(estimate.n >= 10 for estimate in every if estimate is not None)


def ends_well(path: Path, kind: int) -> TableAudit | None:
    """The audit of a table asked for in one of four ways; None where it is refused by its code words."""
    asked = (
        Columns("left", ("gender",), decision="chosen"),
        Columns("left", ("gender",), score="score", threshold=0.5, student="who"),
        Columns("left", ("gender",), score="score", top=0.25, stratum="who"),
        Columns("left", ("gender", "who"), score="score", decision="chosen"),
    )[kind]
    metrics = ("selection", "tpr", "fpr", *(("auc",) if asked.score else ()))
    crossed = [asked.groups] if len(asked.groups) > 1 else ()
    try:
        return audit_predictions(path, asked, metrics=metrics, crossed=crossed)
    except CohortError as refused:
        codes = [fault.code.partition(".")[0] for fault in refused.faults]
    assert set(codes) == {"table"}
    return None
