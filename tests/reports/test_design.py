"""What this study can and can not find, as a committee reads it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from la_research.errors import UsageError
from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed
from la_research.pipeline.diagnosis.design import Design, about
from la_research.pipeline.diagnosis.detectable import detectable_effect
from la_research.pipeline.diagnosis.measured import measured
from la_research.pipeline.draws import Drawn
from la_research.report import advisory_report, draw_verdicts, ethics_report, plot
from la_research.report.document import Figure, Table
from la_research.report.plain import plain_text
from la_research.store import load_scenario
from la_research.store.diagnosis import OTHER_VERSION
from la_research.wording import lint

PLANTED = {"H1": 0.1, "H2": 0.0, "H3": 4.0}
NONE_MADE = "No forecast of this design was made before the data."


def rows(claim: str, unit: str) -> list[Drawn]:
    """Forty draws around the planted size, half of them read as supported."""
    size, half = PLANTED[claim], 0.1 if claim == "H1" else 0.5
    each = [(size or 1) * (0.5 + i / 40) - (0 if size else 1) for i in range(40)]
    return [
        Drawn(i, claim, claim, v, v - half, v + half, 0.05, "supported" if i % 2 else "inconclusive", 300, unit)
        for i, v in enumerate(each)
    ]


@pytest.fixture(scope="module")
def forecast(evidence: Evidence) -> Evidence:
    protocol = evidence.protocol
    units = {"H1": "SD per SD", "H2": "SD per SD", "H3": "WHO-5 points"}
    both = {claim.id: measured(claim, rows(claim.id, units[claim.id]), PLANTED) for claim in protocol.hypotheses}
    gap = Estimate(0.31, 0.29, 0.34, 0.95, "share", 52, "largest-gap-power")
    groups = (
        Row({"metric": "fnr", "gender": "F"}, replace(gap, value=0.3, n=90)),
        Row({"metric": "fnr", "gender": "M"}, gap),
        Row({"metric": "fnr", "ethnicity": "Black"}, None, "not analysed", "the group is too small"),
        Row({"metric": "selection", "gender": "M", "ethnicity": "Black"}, gap),
    )
    design = Design(protocol, load_scenario("null"), 1234, 1, tuple(both))
    found = [
        about(design, 40),
        *(finding for pair in both.values() for finding in pair),
        detectable_effect(protocol, {name: pair[0] for name, pair in both.items()}),
        Finding("design.detectable.disparity", "How small a gap is shown?", "described", rows=groups),
    ]
    return replace(evidence, findings=Findings(found) + evidence.findings)


def table(report, name: str) -> Table:
    return next(table for table in report.tables() if table.name == name)


def test_without_a_forecast_one_sentence_says_so_and_nothing_else(evidence: Evidence) -> None:
    blocks = ethics_report(evidence).section("design").blocks
    assert [block.text for block in blocks] == [NONE_MADE]


def test_a_forecast_of_another_version_is_said_and_not_shown(evidence: Evidence) -> None:
    other = not_analysed("design.forecast", "On what?", OTHER_VERSION)
    told = replace(evidence, findings=Findings([other]) + evidence.findings)
    (block,) = ethics_report(told).section("design").blocks
    assert block.text == "A forecast was made, but of another version of the protocol; it is not shown."


def test_the_committee_reads_scenario_rates_and_their_monte_carlo_intervals(forecast: Evidence) -> None:
    report = ethics_report(forecast)
    lead = report.section("design").blocks[0].text
    assert "forecast on synthetic students, made before any data: 40 studies of 1,234 students" in lead
    assert "scenario 'null'" in lead
    first, second, _ = table(report, "design").rows
    assert first[2].value == 0.5
    assert (first[2].lower, first[2].n) != (None, 0)
    assert first[1].value == 0.1
    assert all(isinstance(cell, Estimate) for cell in (*first[1:], *second[1:]))


def test_where_nothing_is_planted_the_chance_shown_is_that_of_a_false_finding(forecast: Evidence) -> None:
    seen = {str(row.keys["measure"]): row.estimate for row in forecast.findings["design.h2"].rows}
    assert table(ethics_report(forecast), "design").rows[1][3] == seen["false finding"]
    wrong = {str(row.keys["measure"]): row.estimate for row in forecast.findings["design.h1"].rows}["type S"]
    assert table(ethics_report(forecast), "design").rows[0][3] == wrong


def test_the_smallest_effect_shown_is_the_one_that_reads_supported(forecast: Evidence) -> None:
    sizes = {tuple(row.keys.values()): row.estimate for row in forecast.findings["design.detectable.effect"].rows}
    for shown, claim in zip(table(ethics_report(forecast), "design").rows, forecast.protocol.hypotheses, strict=True):
        supported, excluded = (sizes[claim.id, "80 %", found] for found in ("supported", "zero excluded"))
        assert shown[5] == supported
        assert supported.value >= max(excluded.value, claim.smallest_effect) - 1e-12


def test_of_each_attribute_the_group_stands_for_whom_a_gap_is_hardest_to_show(forecast: Evidence) -> None:
    shown = table(ethics_report(forecast), "design-gaps").rows
    assert [(row[0], row[1]) for row in shown] == [("gender", "men"), ("ethnicity", "any")]
    assert shown[1][2] == "not analysed: the group is too small"
    assert len(table(ethics_report(forecast), "design-gaps-all").rows) == 4


def test_the_report_with_a_forecast_is_still_read_in_twenty_minutes_and_in_the_words_of_the_house(
    forecast: Evidence,
) -> None:
    report = ethics_report(forecast)
    assert int(dict(report.facts)["Reading time"].split()[1]) <= 20
    section = replace(report, sections=(report.section("design"),), footer=(), facts=())
    assert [str(remark) for remark in lint(plain_text(section))] == []


def test_the_advisory_report_is_the_same_with_a_forecast_and_without(forecast: Evidence, evidence: Evidence) -> None:
    assert plain_text(advisory_report(forecast)) == plain_text(advisory_report(evidence))


def test_the_verdicts_are_drawn_with_every_number_in_the_table_beneath(forecast: Evidence) -> None:
    drawn = next(block for block in ethics_report(forecast).blocks() if isinstance(block, Figure)
                 and block.table.name == "design-verdicts")  # fmt: skip
    assert len(drawn.table.rows) == len(drawn.chart.marks) == 3 * 4
    svg = draw_verdicts(forecast.findings)
    assert svg.startswith('<?xml version="1.0"')
    assert svg == draw_verdicts(forecast.findings)


def test_a_forecast_can_be_plotted_as_shares_alone(forecast: Evidence) -> None:
    assert len(plot(forecast.findings["design.verdicts.h1"]).table) == 1 + 4
    with pytest.raises(UsageError, match=r"figure\.nothing_to_draw"):
        plot(forecast.findings["design.detectable.effect"])
