"""Both reports on an audited table: one set of numbers, plain words, nothing of a small group."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from la_research.audit import TableAudit
from la_research.finding import Finding, Findings
from la_research.ingest.predictions import Columns
from la_research.pipeline.table import audit_predictions, save_table_audit
from la_research.report import Document, table_advisory_report, table_ethics_report
from la_research.report.catalogue import printed
from la_research.report.document import Answer, Bullets, Definitions, Figure, Notice, Paragraph, Section, walk
from la_research.report.gap import gap_cell
from la_research.report.plain import plain_text
from la_research.wording import flesch_kincaid, gunning_fog, lint, sentences, words

EXAMPLE = Path(__file__).parents[2] / "synthetic" / "predictions.csv"
COLUMNS = Columns(
    "left", ("gender", "entry_route"), score="score", top=0.25, stratum="course", student="student_id"
)  # fmt: skip


@pytest.fixture(scope="module")
def audit() -> TableAudit:
    return audit_predictions(
        EXAMPLE, COLUMNS, crossed=[("gender", "entry_route")], metrics=("selection", "tpr", "fpr", "fnr", "auc"),
        data="synthetic",
    )  # fmt: skip


@pytest.fixture(scope="module")
def documents(audit: TableAudit) -> Mapping[str, Document]:
    return {"ethics": table_ethics_report(audit), "advisory": table_advisory_report(audit)}


def prose(section: Section) -> str:
    said: list[str] = []
    for block in walk(section.blocks):
        match block:
            case Paragraph(text=text):
                said.append(text)
            case Bullets(items=items):
                said += items
            case Definitions(items=items):
                said += [text for _, text in items]
            case Notice(title=title, text=text):
                said += [title, text]
            case Answer(question=question, answer=answer, reason=reason):
                said += [question, answer, reason]
    return "\n".join(line for line in said if line)


def test_every_number_of_the_findings_is_in_the_committees_report(audit, documents):
    said = plain_text(documents["ethics"])
    every = [f.estimate for f in audit.findings.of_stage("audit")]
    every += [row.estimate for f in audit.findings.of_stage("audit") for row in f.rows]
    assert len([estimate for estimate in every if estimate]) > 40
    held = [(str(e), str(gap_cell(e, None)), printed(e, str(e))) for e in every if e]
    assert [either for either in held if not any(form in said for form in either)] == []


def test_the_reports_on_disk_are_made_of_the_findings_beside_them(audit, tmp_path):
    files = save_table_audit(audit, tmp_path / "out")
    held = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    again = replace(audit, findings=Findings.from_json(held["findings"]))
    save_table_audit(again, tmp_path / "again")
    for file in files:
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


def test_no_number_of_the_students_report_is_missing_from_the_committees(documents):
    number = re.compile(r"\d+(?:\.\d)? % \(95% CI [^)]*\), n = [\d,]+")
    ethics, advisory = (set(number.findall(plain_text(documents[name]))) for name in ("ethics", "advisory"))
    assert advisory
    assert advisory <= ethics


def test_the_first_screen_for_students_holds_120_words(documents):
    report = documents["advisory"]
    first = plain_text(replace(report, sections=report.sections[:1], footer=()))
    assert len(first.split()) <= 120
    assert "[Yes, by entry route]" in first


def test_the_students_report_is_read_at_grade_eight_or_below(documents):
    whole = "\n".join(prose(section) for section in documents["advisory"].sections)
    assert flesch_kincaid(whole) <= 8
    assert gunning_fog(whole) <= 8
    assert max(len(words(sentence)) for sentence in sentences(whole)) <= 30


@pytest.mark.parametrize("name", ["ethics", "advisory"])
def test_no_text_breaks_the_rules_about_people(name, documents):
    assert [str(remark) for remark in lint(plain_text(documents[name]))] == []


def test_the_committee_reads_that_nothing_was_registered_and_what_was_asked(documents):
    report = documents["ethics"]
    assert "Nothing was registered before these data were seen" in prose(report.section("short"))
    asked = prose(report.section("asked"))
    assert "The 25 % of rows with the highest values in column 'score' are selected." in asked
    assert "gender and entry route" in asked
    assert dict(report.facts)["Comparisons"] == "15, all exploratory"


def test_a_gap_that_is_shown_names_the_groups_between_which_it_lies(documents):
    shown = [block for block in documents["ethics"].section("short").blocks if isinstance(block, Answer)]
    found = next(answer for answer in shown if answer.question.startswith("Found"))
    assert found.verdict == "Gap shown"
    assert re.search(r"more often among .* entry route school than among .* entry route work", found.reason)


def test_the_first_sight_says_who_is_failed_in_people_counted(audit, documents):
    first = documents["ethics"].section("short").blocks[0]
    work, school = (
        next(
            row.estimate for row in audit.findings["audit.tpr.entry_route"].rows if row.keys.get("entry_route") == name
        )
        for name in ("work", "school")
    )
    assert (round(100 * work.value), round(100 * school.value)) == (4, 81)
    assert isinstance(first, Paragraph)
    assert first.text == (
        "Of students with the outcome “left”, the rule found 4 in 100 (95% CI 1 to 11) recorded as entry route work "
        "and 81 in 100 (95% CI 71 to 88) recorded as entry route school."
    )
    assert " with a gap shown" in prose(documents["ethics"].section("short"))
    assert "It mostly misses students recorded as entry route work." in prose(documents["advisory"].section("short"))
    assert re.search(r"\d+ of 15 comparisons gave an answer", prose(documents["advisory"].section("short")))


def test_a_gap_of_hidden_groups_or_none_is_not_told_first(audit):
    hidden = without_pairs(audit)
    for report in (table_ethics_report(hidden), table_advisory_report(hidden)):
        assert not re.search("the rule found|mostly misses", prose(report.section("short")))


def without_pairs(audit: TableAudit) -> TableAudit:
    """The audit as if every gap that is shown rested on a group that is not."""
    kept = [replace(f, rows=tuple(r for r in f.rows if r.keys.get("what") != "pair")) for f in audit.findings]
    return replace(audit, findings=Findings(kept))


def test_wrong_selection_has_one_name_and_shares_one_base(documents):
    said = plain_text(documents["advisory"])
    assert "in error" not in said
    assert "wrongly selected" in said
    assert re.search(r"in 100 \(likely", said)
    assert "in 10 (" not in said


def test_rates_of_students_in_several_rows_are_said_to_be_of_rows(audit, documents, tmp_path):
    allows = "A rate is of rows; its interval allows for students who have several."
    assert allows not in plain_text(documents["ethics"])
    lines = "".join(f"s{i % 50},{'FM'[i % 2]},{i // 3 % 2},{i // 2 % 2}\n" for i in range(150))
    (tmp_path / "a.csv").write_text("who,gender,left,chosen\n" + lines, encoding="utf-8")
    columns = Columns("left", ("gender",), decision="chosen", student="who")
    assert allows in plain_text(table_ethics_report(audit_predictions(tmp_path / "a.csv", columns, data="open")))


def test_outcomes_all_alike_are_the_first_sentence_of_the_committees_report(tmp_path):
    lines = "".join(f"{'FM'[i % 2]},1,{i // 2 % 2}\n" for i in range(80))
    (tmp_path / "a.csv").write_text("gender,left,chosen\n" + lines, encoding="utf-8")
    found = audit_predictions(tmp_path / "a.csv", Columns("left", ("gender",), decision="chosen"), data="open")
    first = table_ethics_report(found).section("short").blocks[0]
    assert first == Paragraph("Every known outcome is yes: only selection can be compared.", lead=True)


def test_small_groups_are_named_and_have_no_number(documents):
    table = next(table for table in documents["ethics"].tables() if table.name == "suppressed")
    assert {row[1] for row in table.rows if row[0] == "Entry route"} == {"exchange", "transfer"}
    for report in documents.values():
        assert "exchange: suppressed" in plain_text(report) or "exchange | suppressed" in plain_text(report)


@pytest.mark.parametrize("name", ["ethics", "advisory"])
def test_every_figure_has_alt_text_and_a_table(name, documents):
    figures = [block for block in documents[name].blocks() if isinstance(block, Figure)]
    assert len(figures) >= 5
    assert all(len(figure.alt) > 30 and figure.table.rows for figure in figures)


def test_without_strata_no_comparison_within_them_is_made(audit):
    plain = audit_predictions(EXAMPLE, replace(COLUMNS, stratum=None), data="synthetic")
    names = {finding.id for finding in plain.findings}
    assert not [name for name in names if name.endswith((".within", ".difference"))]
    pooled: Finding = audit.findings["audit.tpr.gender"]
    assert plain.findings["audit.tpr.gender"].estimate == pooled.estimate


def test_a_table_of_nobody_large_enough_reads_suppressed_and_not_analysed(tmp_path):
    (tmp_path / "few.csv").write_text("gender,left,chosen\n" + "F,1,1\nM,0,0\n" * 4, encoding="utf-8")
    audit = audit_predictions(tmp_path / "few.csv", Columns("left", ("gender",), decision="chosen"), data="open")
    for report in (table_ethics_report(audit), table_advisory_report(audit)):
        assert not re.search(r"\d %", plain_text(report).replace("100 %", "").partition("How it was worked out")[0])
    assert "3 not analysed" in plain_text(table_ethics_report(audit))
