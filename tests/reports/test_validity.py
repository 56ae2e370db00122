"""What stands behind an association, a questionnaire, a score and a rule, as both readers find it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from la_research.evidence import Evidence
from la_research.finding import Findings
from la_research.report import advisory_report, ethics_report
from la_research.report.document import Answer, Details, Document, Figure, Paragraph, Table, walk


@pytest.fixture(scope="module")
def committee(evidence: Evidence) -> Document:
    return ethics_report(evidence)


def table(document: Document, name: str) -> Table:
    return next(one for one in document.tables() if one.name == name)


def texts(document: Document, title: str) -> str:
    """All that a part of the advisory report says, which opens on demand."""
    part = next(b for b in document.blocks() if isinstance(b, Details) and b.summary == title)
    return " ".join(" ".join(getattr(b, "items", ())) + getattr(b, "text", "") for b in walk(part.blocks))


def test_an_association_stands_beside_the_other_ways_of_asking_for_it(committee: Document) -> None:
    drawn = next(b for b in committee.blocks() if isinstance(b, Figure) and b.table.name == "asked-in-other-ways")
    assert drawn.title == ("Asked in other ways: H1 lies off zero in 1 of 2, wholly beyond what is of interest in 1")
    labels = [row[0] for row in drawn.table.rows if str(row[0]).startswith("H1")]
    assert labels[0] == "H1, between students: as registered"
    assert len(labels) == 4
    assert "no verdict was changed" in drawn.table.notes[0]


def test_a_specification_is_counted_and_its_curve_is_not_printed_row_by_row(committee: Document) -> None:
    rows = table(committee, "rows-validation-choices-h1").rows
    assert [row[0] for row in rows] == [
        "Specifications",
        "Share of specifications with the registered sign, interval excludes zero",
    ]


def test_a_questionnaire_that_changes_its_meaning_is_told_at_first_sight(committee: Document) -> None:
    assert table(committee, "questionnaires-worth").rows[0][0] == "WHO-5"
    assert table(committee, "questionnaires-worth").rows[0][1:3] == ("no: see below", "can not tell")


def test_an_indicator_whose_weeks_overlap_is_not_praised_for_being_alike(committee: Document) -> None:
    assert table(committee, "indicators-twice").rows[0][-1] == "no: one window overlaps the next"


def test_a_source_that_adds_nothing_reads_so_in_both_reports(evidence: Evidence, committee: Document) -> None:
    readings = {row[0]: row[1] for row in table(committee, "value-of-sources").rows}
    assert readings["Library"] == "adds less than would be worth collecting it"
    assert readings["Online learning platform"] == "can not tell"
    said = texts(advisory_report(evidence), "Which data could we do without?")
    assert "about as good without this: library" in said
    assert "can not tell if this adds anything: online learning platform" in said


def test_a_rule_is_shown_at_its_own_cut_and_the_week_that_is_no_look_ahead_is_marked(committee: Document) -> None:
    assert table(committee, "contact-rules").rows[0][0] == "Red (cut-off 2)"
    assert str(table(committee, "contact-rules").rows[0][1]).startswith("49.0 %")
    assert str(table(committee, "contact-rules").rows[0][2]) == "0.8 (95% CI -2.4 to 4.0) points, n = 602"
    weeks = [row[0] for row in table(committee, "auc-by-week").rows]
    assert weeks == ["week 2", "week 4", "week 6", "week 8 (not ahead)"]
    open_ = [b for b in committee.section("validity").blocks if isinstance(b, Answer) and "which week" in b.question]
    assert open_[0].verdict == "Can not tell"


def test_the_hardest_week_is_that_of_the_headline(committee: Document) -> None:
    assert table(committee, "hard-weeks").title == "Of the 2 weeks asked, students report most strain in week 12"


def test_students_read_how_often_chance_made_as_large_a_link(evidence: Evidence) -> None:
    said = texts(advisory_report(evidence), "Could the link be chance, or just the term?")
    assert "by chance 199 times. A link as big never came up." in said
    assert "of 48 fair ways to do the sums, 36 point the same way and beat chance." in said
    assert "Chance alone would hardly make such a link." in said


def test_where_nothing_of_this_was_asked_nothing_is_said(small: Evidence) -> None:
    report = ethics_report(small)
    assert not any(one.name in ("questionnaires-worth", "value-of-sources", "contact-rules") for one in report.tables())
    assert not any(isinstance(b, Details) and "chance" in b.summary for b in advisory_report(small).blocks())


def test_a_share_that_can_not_be_told_is_said_in_words(evidence: Evidence) -> None:
    told = evidence.findings["validation.opposite.h2"]
    nothing = replace(told, verdict="inconclusive", estimate=None, reason="too few weeks were observed")
    changed = replace(evidence, findings=Findings([nothing if f.id == told.id else f for f in evidence.findings]))
    said = [b.text for b in advisory_report(changed).blocks() if isinstance(b, Paragraph)]
    assert "Some students do less when they struggle, and others do more. We can not tell how many." in said
