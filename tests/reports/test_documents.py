"""What both reports say, and what they never leave out."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from la_research.evidence import Evidence
from la_research.finding import Findings
from la_research.report import Document, advisory_report, ethics_report
from la_research.report.document import (
    Answer,
    Bullets,
    Definitions,
    Figure,
    Notice,
    Paragraph,
    Section,
    Table,
    walk,
)
from la_research.report.plain import plain_text
from la_research.wording import flesch_kincaid, gunning_fog, lint, sentences, words

HERE = Path(__file__).parent
ORDER = (
    "Summary and the decision asked", "Purpose and basis", "The data, and why no more", "Who is in and who is out",
    "What this study can and can not find",
    "Does it measure what it claims?", "Who is failed, and how often?", "What drives it?", "What did the support do?",
    "What is not known", "Deviations from the registered plan", "Safeguards", "What is asked of the committee",
)  # fmt: skip
NUMBER_WITH_INTERVAL = re.compile(r"\((?:97\.5|95)% CI \S+(?: %)? to \S+(?: %)?\)[^|]*?, n = [\d,]+")


def prose(section: Section) -> str:
    """The sentences of a section without tables and figures: what its reading grade is measured on."""
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


@pytest.fixture(params=["ethics", "advisory"])
def report(request: pytest.FixtureRequest, evidence: Evidence, score: Findings) -> Document:
    return ethics_report(evidence, score) if request.param == "ethics" else advisory_report(evidence)


@pytest.mark.parametrize("size", ["full", "small"])
@pytest.mark.parametrize("audience", ["ethics", "advisory"])
def test_each_report_reads_as_its_snapshot(audience: str, size: str, evidence: Evidence, small: Evidence) -> None:
    held = evidence if size == "full" else small
    said = plain_text(ethics_report(held) if audience == "ethics" else advisory_report(held))
    path = HERE / "snapshots" / f"{audience}-{size}.txt"
    if os.environ.get("LA_RESEARCH_SNAPSHOTS") == "write":
        path.write_text(said, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    change = "\n".join(difflib.unified_diff(kept.splitlines(), said.splitlines(), "kept", "now", lineterm=""))
    assert said == kept, f"run again with LA_RESEARCH_SNAPSHOTS=write if this is meant:\n{change}"


def test_ethics_sections_stand_in_the_order_a_committee_asks(evidence: Evidence) -> None:
    main = [section.title for section in ethics_report(evidence).sections if not section.appendix]
    assert main == list(ORDER)


def test_found_against_planted_is_there_only_with_a_score(evidence: Evidence, score: Findings) -> None:
    without, with_ = ethics_report(evidence), ethics_report(evidence, score)
    assert with_.sections[:-1] == without.sections
    assert with_.sections[-1].title == "Found against planted"
    text = plain_text(with_)
    assert "The interval covers what was planted. Given: supported. Earned: supported. They agree" in text
    assert "Given: can not tell. Whole cohort: gap shown. Could not tell" in text
    assert "Never read as an effect" in text
    assert "Nothing is planted in a count | cohort.flow, cohort.observed" in text
    assert "planted" not in plain_text(advisory_report(evidence))


def test_main_text_for_the_committee_is_read_in_twenty_minutes(evidence: Evidence) -> None:
    facts = dict(ethics_report(evidence).facts)
    minutes = int(facts["Reading time"].split()[1])
    assert minutes <= 20


def test_every_registered_hypothesis_shows_verdict_number_and_estimand(evidence: Evidence) -> None:
    report = ethics_report(evidence)
    shown = [block for block in report.section("summary").blocks if isinstance(block, Answer)]
    assert [answer.label for answer in shown[:3]] == ["H1", "H2", "H3"]
    assert [answer.verdict for answer in shown[:3]] == ["Supported", "Can not tell", "Can not tell"]
    assert all(answer.estimate for answer in shown[:3])
    text = plain_text(report)
    for attribute in ("Population:", "Contrast:", "Outcome:", "Events that may come between:", "Summary measure:"):
        assert text.count(f"\n{attribute}") == 3
    assert "validation.between.h1, registered" in text


def test_unanswered_fields_read_not_answered_in_both_reports(small: Evidence) -> None:
    for report in (ethics_report(small), advisory_report(small)):
        assert plain_text(report).count("not answered") > 10


def test_a_hypothesis_without_a_finding_reads_not_analysed(small: Evidence) -> None:
    assert "[Not analysed]" in plain_text(ethics_report(small))
    assert "Not tested" in plain_text(advisory_report(small))


def test_small_counts_read_suppressed_everywhere(evidence: Evidence, report: Document) -> None:
    text = plain_text(report)
    assert "left before week 5: suppressed" in text
    assert "Not in the study: left before week 5 | suppressed" in text
    for row in evidence.findings["cohort.flow"].rows:
        assert row.verdict != "suppressed" or row.estimate is None
    assert not re.search(r"complaint[^|\n]*\| 4\b", text)


def test_exploratory_findings_are_marked_as_such(evidence: Evidence) -> None:
    table = next(t for t in ethics_report(evidence).tables() if t.name == "findings-validation")
    marks = {str(row[0]): row[2] for row in table.rows}
    assert marks["validation.discrimination"] == "exploratory"
    assert marks["validation.between.h1"] == "registered"


def test_every_finding_of_the_evidence_is_in_the_ethics_report(evidence: Evidence) -> None:
    text = plain_text(ethics_report(evidence))
    assert [finding.id for finding in evidence.findings if finding.id not in text] == []


def test_every_figure_has_a_title_alt_text_and_a_table_of_its_numbers(report: Document) -> None:
    figures = [block for block in report.blocks() if isinstance(block, Figure)]
    assert len(figures) >= 3
    for figure in figures:
        assert figure.title
        assert len(figure.alt) > 30
        assert figure.table.rows


def test_every_number_between_brackets_comes_with_interval_and_n(report: Document) -> None:
    text = plain_text(report)
    assert len(re.findall(r"\(\S+% CI", text)) == len(NUMBER_WITH_INTERVAL.findall(text))
    told = [line for line in text.splitlines() if re.search(r"about \d+ in 10", line)]
    assert all(re.search(r"likely (?:between \d+ and|close to) \d+ in \d+, from [\d,]+ ", line) for line in told)


def test_per_cents_appear_only_with_an_interval(report: Document) -> None:
    for block in report.blocks():
        if isinstance(block, Table) and any(
            word in block.columns for word in ("Estimate", "Largest gap, percentage points")
        ):
            for row in block.rows:
                assert not any(isinstance(cell, str) and re.fullmatch(r"-?[\d.]+ %", cell) for cell in row)
    for section in report.sections:
        assert not re.search(r"\d %(?! \(9| to|\))", prose(section))


def test_the_first_screen_of_the_advisory_report_holds_at_most_120_words(evidence: Evidence) -> None:
    long = "We meet again. " + "Then we talk about each of the points at great length with all who want to. " * 20
    talkative = replace(
        evidence,
        protocol=evidence.protocol.model_copy(
            update={"governance": evidence.protocol.governance.model_copy(update={"next_step": long})}
        ),
    )
    for held in (evidence, talkative):
        report = advisory_report(held)
        first = plain_text(replace(report, sections=report.sections[:1], footer=()))
        assert len(first.split()) <= 120
        assert {"What we found", "How sure we are", "What happens next"} <= set(re.findall(r"[A-Z][a-z ]+", first))


def test_the_advisory_report_is_read_at_grade_eight_or_below(evidence: Evidence, small: Evidence) -> None:
    for held in (evidence, small):
        sections = advisory_report(held).sections
        whole = "\n".join(prose(section) for section in sections)
        assert flesch_kincaid(whole) <= 8
        assert gunning_fog(whole) <= 8
        assert max(len(words(sentence)) for sentence in sentences(whole)) <= 30


def test_the_advisory_report_asks_the_students_questions_in_order(evidence: Evidence) -> None:
    assert [section.id for section in advisory_report(evidence).sections] == [
        "short", "collected", "seen", "kept", "mine", "no", "grade", "help", "complain", "change", "results", "how",
        "fails", "support", "words",
    ]  # fmt: skip


def test_no_text_of_either_report_breaks_the_rules_about_people(report: Document, small: Evidence) -> None:
    for said in (report, ethics_report(small), advisory_report(small)):
        assert [str(remark) for remark in lint(plain_text(said))] == []


def test_both_reports_print_the_same_numbers(evidence: Evidence) -> None:
    ethics, advisory = plain_text(ethics_report(evidence)), plain_text(advisory_report(evidence))
    shared = set(NUMBER_WITH_INTERVAL.findall(advisory))
    assert shared
    assert shared <= set(NUMBER_WITH_INTERVAL.findall(ethics))


def test_a_document_refuses_the_same_name_twice() -> None:
    table = Table("t", "T", ("a",), (("1",),))
    with pytest.raises(ValueError, match="given twice in a document: t"):
        Document("A", "ethics committee", "open", (Section("s", "S", (table, table)),))
