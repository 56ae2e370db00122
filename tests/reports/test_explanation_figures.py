"""What a model leans on, drawn: bars by aspect, bins of an indicator, pairs, and one way less the other."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Row
from la_research.report.advisory import advisory_report
from la_research.report.exhibit import exhibit
from la_research.report.figures import plot
from la_research.report.labels import row_label


def held(value: float, unit: str = "share") -> Estimate:
    return Estimate(value, value - 0.1, value + 0.1, 0.95, unit, 120, "refit-bootstrap")


GROUPED = Finding(
    "explanation.grouped",
    "What does the model lean on, by aspect of study and by source of data?",
    "described",
    rows=(
        Row({"aspect": "online activity"}, held(0.7)),
        Row({"aspect": "work handed in"}, held(0.3)),
        Row({"source": "activity sources and assessments"}, held(1.0)),
    ),
)
SHAPES = Finding(
    "explanation.shapes",
    "How does the score move?",
    "described",
    rows=(
        Row({"indicator": "active_days", "to": 2}, held(0.5, "log-odds")),
        Row({"indicator": "active_days", "from": 2, "to": 4.25}, held(0.1, "log-odds")),
        Row({"indicator": "active_days", "from": 4.25}, None, "suppressed", "too few"),
        Row({"indicator": "active_days", "what": "not observed"}, held(-0.3, "log-odds")),
        Row({"indicator": "rag", "to": 1}, held(-0.9, "log-odds")),
    ),
)
PAIRS = Finding(
    "explanation.interactions",
    "Which indicators move the score together?",
    "described",
    rows=(Row({"indicator": "active_days and rag"}, held(0.2)), Row({"indicator": "rag and regularity"}, held(0.1))),
)
WAYS = Finding(
    "explanation.perturbation",
    "How often do two ways name another aspect first?",
    "described",
    held(0.4),
    rows=(Row({"aspect": "online activity"}, held(0.02)), Row({"aspect": "work handed in"}, held(-0.02))),
)


def test_groups_are_bars_of_the_aspects_alone() -> None:
    shown = exhibit(GROUPED)
    assert shown is not None
    assert [mark.label for mark in shown.chart.marks] == ["online activity", "work handed in"]
    assert shown.chart.bars
    assert shown.title == "The model leans most on online activity"
    close = exhibit(replace(GROUPED, rows=tuple(Row(row.keys, held(0.5)) for row in GROUPED.rows)))
    assert close is not None
    assert close.title.startswith("No one aspect clearly leads")


def test_bins_stand_under_their_indicator_and_a_suppressed_one_has_no_number() -> None:
    shown = exhibit(SHAPES)
    assert shown is not None
    assert [(mark.group, mark.label) for mark in shown.chart.marks] == [
        ("active days", "up to 2"),
        ("active days", "above 2, up to 4.25"),
        ("active days", "above 4.25"),
        ("active days", "not observed"),
        ("traffic light", "up to 1"),
    ]
    assert shown.chart.reference == 0
    assert shown.title == "From bin to bin of active days the score moves by up to 0.80 log-odds"
    assert shown.table.rows[2] == ("active days", "above 4.25", "suppressed")
    assert exhibit(replace(SHAPES, rows=SHAPES.rows[2:3])) is None


def test_the_share_of_rows_is_not_drawn_among_differences() -> None:
    shown = exhibit(WAYS)
    assert shown is not None
    assert len(shown.chart.marks) == 2


def test_all_are_drawn_as_the_same_bytes_twice() -> None:
    for finding in (GROUPED, SHAPES, PAIRS, WAYS):
        first = plot(finding)
        assert first == plot(finding)
        ElementTree.fromstring(first.svg)
        assert first.alt


def test_a_pair_is_told_by_both_names() -> None:
    assert row_label(PAIRS.rows[0]) == "active days and traffic light"


def test_a_level_of_few_refits_is_explained_to_the_advisory_group(evidence: Evidence) -> None:
    said = "90.5% CI', 'The same range, a little narrower"
    assert said not in str(advisory_report(evidence))
    leans = evidence.findings["explanation.importance"]
    rows = tuple(replace(row, estimate=row.estimate and replace(row.estimate, level=19 / 21)) for row in leans.rows)
    few = evidence.findings.replaced({leans.id: replace(leans, rows=rows)})
    assert said in str(advisory_report(replace(evidence, findings=few)))
