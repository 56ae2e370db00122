"""Figures: with an interval or not at all, the same bytes, readable without eyes and without colour."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from la_research.errors import UsageError
from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.report.chart import Mark
from la_research.report.document import Figure
from la_research.report.ethics import ethics_report
from la_research.report.figures import GLYPH, INKS, draw, plot

BARE = Estimate(0.4, None, None, None, "share", 50, "mean")
KINDS = (
    "cohort.flow", "cohort.observed", "cohort.responses", "indicators.observed", "validation.between.h1",
    "validation.calibration_curve", "audit.fnr.gender", "audit.fnr.gender.within", "explanation.importance",
    "evaluation.contact.h3", "evaluation.attrition", "evaluation.prepost", "evaluation.path",
)  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_finding_draws_the_same_bytes_twice(name: str, evidence: Evidence) -> None:
    finding = evidence.findings[name]
    first, again = plot(finding), plot(finding)
    assert first == again
    assert first.svg.startswith("<svg")
    assert first.alt
    assert first.table


def test_a_value_without_an_interval_is_not_drawn() -> None:
    with pytest.raises(UsageError) as caught:
        Mark("module AAA", BARE)
    assert caught.value.faults[0].code == "figure.no_interval"
    with pytest.raises(UsageError):
        plot(Finding("validation.odd", "What?", "described", rows=(Row({"module": "AAA"}, BARE),)))


def test_two_units_do_not_share_an_axis(evidence: Evidence) -> None:
    with pytest.raises(UsageError) as caught:
        plot(evidence.findings["indicators.values"])
    assert caught.value.faults[0].code == "figure.mixed_units"


def test_a_finding_without_a_number_shows_its_reason_and_no_picture() -> None:
    shown = plot(not_analysed("validation.wellbeing", "Is there a link?", "no <questionnaire>"))
    assert shown.svg == ""
    assert "not analysed: no &lt;questionnaire&gt;" in shown._repr_html_()


def test_pictures_are_well_formed_and_hold_no_date_style_or_drawn_colour(evidence: Evidence) -> None:
    for block in ethics_report(evidence).blocks():
        if isinstance(block, Figure):
            svg = draw(block)
            ElementTree.fromstring(svg)
            assert 'role="img"' in svg
            assert "aria-label=" in svg
            assert "currentColor" in svg
            assert not re.search(r"<metadata|<style|<!--|dc:date|<text|<script", svg)
            assert not any(ink in svg for ink in INKS)
            assert "#000000" not in svg


def test_ids_in_pictures_do_not_meet_on_one_page(evidence: Evidence) -> None:
    ids = [
        name
        for block in ethics_report(evidence).blocks()
        if isinstance(block, Figure)
        for name in re.findall(r'\bid="([^"]+)"', draw(block))
        if not name.startswith(GLYPH)  # a letter's outline is the same in all
    ]
    assert len(ids) == len(set(ids)) > 20


def test_a_suppressed_group_is_named_in_alt_text_and_table_without_a_number(evidence: Evidence) -> None:
    shown = plot(evidence.findings["audit.fnr.ethnicity"])
    assert "ethnicity: Mixed or other suppressed" in shown.alt
    assert ("ethnicity: Mixed or other", "suppressed") in shown.table


def test_a_dollar_sign_in_a_label_is_a_dollar_sign() -> None:
    rows = tuple(Row({"module": m}, Estimate(0.5, 0.4, 0.6, 0.95, "share", 50, "wilson")) for m in ("$A$", "B_{1}$"))
    assert plot(Finding("validation.odd", "What?", "described", rows=rows)).svg
