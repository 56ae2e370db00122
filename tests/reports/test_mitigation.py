"""What ways to narrow a gap cost whom, and what data tell an attribute, as committee and students read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from la_research.evidence import Evidence, collect_evidence
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed
from la_research.report.document import Document, Figure, Notice, Paragraph, Section, Table
from la_research.report.mitigation import mitigation_blocks, mitigation_plain, nothing_to_narrow
from la_research.report.plain import plain_text
from la_research.report.proxies import proxies_blocks
from la_research.report.render import render_html
from la_research.wording import lint, reading_grade

LAW = "Students are treated differently by a protected attribute. Whether that is lawful is for the committee."


def share(value: float, n: int = 200) -> Estimate:
    return Estimate(value, value - 0.05, value + 0.05, 0.95, "share", n, "by hand")


def way(name: str, found: dict[str, float | None], limitations: tuple[str, ...] = ()) -> Finding:
    rows = []
    for what in ("group",) if name == "registered" else ("group", "change"):
        for group, value in found.items():
            keys = {"what": what, "metric": "tpr", "gender": group}
            hidden = Row(keys, None, "suppressed", "too few")
            rows.append(hidden if value is None else Row(keys, share(value if what == "group" else value - 0.4)))
    per = Estimate(-4.0, -9.0, 1.0, 0.95, "students per 1,000", 900, "by hand")
    rows.append(Row({"what": "cost", "metric": "found"}, per))
    return Finding(
        f"audit.mitigation.{name}", "What would it change?", "described", share(-0.1), tuple(rows),
        limitations=limitations, reason="the largest gap is narrower by 5.0 to 15.0 percentage points",
    )  # fmt: skip


def proxy(attribute: str, lower: float) -> Finding:
    told = Estimate(lower + 0.1, lower, lower + 0.2, 0.95, "AUC", 900, "by hand")
    rows = (
        Row({"what": "feature", "feature": "weekly_activity"}, told),
        Row({"what": "feature", "feature": "regularity"}, None, "not analysed", "it was observed for nobody"),
    )
    return Finding(f"audit.proxies.{attribute}", "Can it be told?", "described", told, rows, reason="by hand")


@pytest.fixture
def study(evidence: Evidence):
    """Evidence of the study written by hand, with these findings alone."""

    def made(*findings: Finding) -> Evidence:
        return collect_evidence(evidence.protocol, Findings(findings), provenance={"data": "synthetic"})

    return made


@pytest.fixture
def tried(study) -> Evidence:
    found = {"F": 0.3, "M": 0.5, "X": None, "Y": None}
    return study(
        way("registered", found), way("thresholds", {**found, "F": 0.4}, (LAW,)), way("grid", {**found, "M": 0.45})
    )


def page(*blocks) -> Document:
    return Document("A study", "ethics committee", "synthetic", (Section("one", "One", blocks),))


def test_the_committee_reads_table_picture_words_and_the_question_of_law(tried):
    blocks = mitigation_blocks(tried)
    assert [type(block) for block in blocks[:3]] == [Paragraph, Table, Figure]
    assert blocks[0].text.startswith("On held-out students 2 ways to narrow the gap by gender were compared")
    assert [row[0] for row in blocks[1].rows] == ["A threshold for each group", "A model chosen from a grid of weights"]
    assert "as registered the largest gap is -10.0 (95% CI -15.0 to -5.0) points" in blocks[1].title
    assert [str(row[1]) for row in blocks[1].rows] == ["-10.0 (95% CI -15.0 to -5.0) points, n = 200"] * 2
    assert [block.text for block in blocks if isinstance(block, Notice)] == [LAW]


def test_the_picture_holds_each_group_under_each_way_and_names_the_suppressed(tried):
    (drawn,) = (block for block in mitigation_blocks(tried) if isinstance(block, Figure))
    assert [mark.group for mark in drawn.chart.marks[:4]] == ["A threshold for each group"] * 4
    assert [mark.word for mark in drawn.chart.marks if mark.estimate is None] == ["suppressed"] * 4
    assert drawn.chart.reference == 0


def test_where_there_is_no_gap_that_matters_this_is_said_first(study):
    small = Estimate(0.001, 0.0, 0.08, 0.95, "share", 290, "by hand")
    found = {"F": 0.3, "M": 0.5}
    held = study(replace(way("registered", found), estimate=small), way("grid", found))
    said = "By gender there was no gap that matters to narrow (0.1 points): this shows what each way may cost."
    assert mitigation_blocks(held)[0] == Paragraph(said)
    assert mitigation_plain(held)[0].text.startswith("There was no gap that matters to begin with.")
    wide = study(replace(way("registered", found), estimate=replace(small, upper=0.3)), way("grid", found))
    assert nothing_to_narrow(wide) == ""


def test_a_way_that_could_not_be_tried_says_why(study):
    why = "some group has too few students"
    blocks = mitigation_blocks(
        study(way("registered", {"F": 0.3, "M": 0.5}), not_analysed("audit.mitigation.grid", "What?", why))
    )
    assert why in plain_text(page(*blocks)).lower()
    nothing = mitigation_blocks(study(not_analysed("audit.mitigation.registered", "What?", why)))
    assert why in plain_text(page(*nothing)).lower()


def test_students_read_it_in_few_plain_words(tried):
    text, table = mitigation_plain(tried)
    assert isinstance(text, Paragraph)
    assert reading_grade(text.text) < 7
    assert isinstance(table, Table)
    assert table.columns == ("Way", "Women", "Men", "X", "Y")
    assert str(table.rows[0][1]).startswith("about 30 in 100 (likely between 25 and 35 in 100")
    assert table.rows[0][3] == "suppressed"


def test_where_nothing_was_asked_nothing_is_said(study):
    empty = study()
    assert mitigation_blocks(empty) == mitigation_plain(empty) == proxies_blocks(empty) == []


def test_an_attribute_and_the_data_that_tell_it_stand_in_one_row(study):
    blocks = proxies_blocks(study(proxy("gender", 0.55), proxy("disability", 0.42)))
    (table,) = (block for block in blocks if isinstance(block, Table))
    assert {row[0]: row[2:] for row in table.rows} == {
        "Disability": ("Not shown to be better than chance", "none is shown to"),
        "Gender": ("Better than chance", "weekly activity"),
    }
    assert "not analysed" in plain_text(page(*blocks))


def test_all_of_it_renders_and_no_word_is_wrong(study, tried):
    blocks = (*mitigation_blocks(tried), *mitigation_plain(tried), *proxies_blocks(study(proxy("gender", 0.55))))
    document = page(*blocks)
    assert lint(plain_text(document)) == []
    assert "fair" not in plain_text(document)
    assert "Whom each way finds more often" in render_html(document)
