"""Reports on a fitted twin: no reader can take its look-alikes for real students, nor for invented ones."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from la_research.cohort.rehearsal import CAUSAL
from la_research.evidence import Evidence, collect_evidence
from la_research.report import Document, advisory_report, ethics_report
from la_research.report.document import Notice, Paragraph
from la_research.report.plain import plain_text
from la_research.report.render import render_html
from la_research.wording import flesch_kincaid, gunning_fog, lint, sentences, words
from tests.reports.test_documents import prose

BANNER = "Rehearsal only: look-alikes fitted to records of students; nothing here holds for real students."
VERDICTS = {"fidelity": "passed", "privacy": "can not tell", "causal fidelity": "failed"}


def rehearsed(held: Evidence, verdicts: dict[str, str]) -> Evidence:
    """The same evidence as a study on a fitted twin would give it."""
    gates = [{"gate": name, "verdict": verdict, "checks": []} for name, verdict in verdicts.items()]
    where = {**held.provenance, "details": {"twin_of": "sha256:" + "1" * 64, "gates": gates}}
    return collect_evidence(held.protocol, held.findings, provenance=where, deviations=held.deviations)


@pytest.fixture(scope="module")
def twin(evidence: Evidence) -> Evidence:
    return rehearsed(evidence, VERDICTS)


@pytest.fixture(params=["ethics", "advisory"])
def report(request: pytest.FixtureRequest, twin: Evidence) -> Document:
    return ethics_report(twin) if request.param == "ethics" else advisory_report(twin)


def test_both_reports_say_rehearsal_on_every_page_and_in_front(report: Document) -> None:
    page, text = render_html(report), plain_text(report)
    assert "<strong>Rehearsal only</strong><span>: look-alikes fitted to records of students;" in page
    assert "(rehearsal only)</title>" in page
    assert BANNER in text.splitlines()
    assert any("rehearsal only" in told and "look-alikes" in told for _, told in report.facts)


def test_neither_report_says_that_the_students_are_invented(report: Document) -> None:
    said = (render_html(report) + plain_text(report)).lower()
    for wrong in ("no real student", "made up by a computer", "invented students", "synthetic data"):
        assert wrong not in said


def test_no_student_is_told_that_an_answer_is_sure(twin: Evidence) -> None:
    text = plain_text(advisory_report(twin))
    assert "How sure we are: Not at all: this is a rehearsal." in text
    assert "gave a clear answer" not in text


def test_a_student_is_told_that_records_may_have_shaped_the_look_alikes(twin: Evidence) -> None:
    lead = advisory_report(twin).section("mine").blocks[0]
    assert lead == Paragraph(
        "No record of yours is in it, but the look-alikes were fitted to records of students, "
        "and yours may have shaped them.",
        lead=True,
    )


def test_the_committee_sees_all_four_gates_with_what_follows(twin: Evidence) -> None:
    report = ethics_report(twin)
    table = next(table for table in report.tables() if table.name == "gates")
    assert table in report.section("data").blocks
    assert [row[:2] for row in table.rows] == [
        ("Fidelity", "passed"),
        ("Privacy", "can not be told"),
        ("Causal fidelity", "failed"),
        ("Inferential agreement", "was not analysed"),
    ]
    assert [row[2] for row in table.rows[1:]] == [
        "Do not hand it outside the room that holds the extract",
        "The evaluation of support will not use this look-alike",
        "The evaluation of support will not use this look-alike",
    ]


def test_the_summary_names_each_gate_that_was_not_passed_and_no_other(twin: Evidence) -> None:
    notices = [block for block in ethics_report(twin).section("summary").blocks if isinstance(block, Notice)]
    told = next(notice.text for notice in notices if notice.title == "Rehearsal only")
    assert "Causal fidelity failed." in told
    assert "Privacy can not be told." in told
    assert "Inferential agreement was not analysed." in told
    assert "Fidelity passed" not in told


def test_a_twin_that_passed_every_gate_is_a_rehearsal_still(evidence: Evidence) -> None:
    passed = rehearsed(evidence, dict.fromkeys(("fidelity", "privacy", *CAUSAL), "passed"))
    text = plain_text(ethics_report(passed))
    assert BANNER in text
    assert "All four gates passed." in text


def test_the_advisory_report_on_a_twin_is_as_short_and_as_easy(twin: Evidence, small: Evidence) -> None:
    for held in (twin, rehearsed(small, VERDICTS)):
        report = advisory_report(held)
        first = plain_text(replace(report, sections=report.sections[:1], footer=()))
        assert len(first.split()) <= 120
        assert {"What we found", "How sure we are", "What happens next"} <= set(re.findall(r"[A-Z][a-z ]+", first))
        whole = "\n".join(prose(section) for section in report.sections)
        assert flesch_kincaid(whole) <= 8
        assert gunning_fog(whole) <= 8
        assert max(len(words(sentence)) for sentence in sentences(whole)) <= 30


def test_no_text_of_a_rehearsal_breaks_the_rules_about_people(report: Document) -> None:
    assert [str(remark) for remark in lint(plain_text(report))] == []


def test_other_evidence_shows_no_gates(evidence: Evidence) -> None:
    for other in (ethics_report(evidence), advisory_report(evidence)):
        assert "gates" not in [table.name for table in other.tables()]
        assert "rehearsal" not in plain_text(other).lower()
