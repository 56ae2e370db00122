"""Words that keep what a number leaves open: near bounds, leaders, chance, failed assumptions, who chose."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from la_research.evidence import Deviation, Evidence
from la_research.finding import Assumption, Estimate, Finding, Findings, Row
from la_research.report import advisory_report, ethics_report
from la_research.report.document import Answer, Figure
from la_research.report.exhibit import exhibit
from la_research.report.plain import plain_text


def changed(evidence: Evidence, *findings: Finding, **fields: object) -> Evidence:
    known = {f.id for f in evidence.findings}
    held = evidence.findings.replaced({f.id: f for f in findings})
    new = Findings([f for f in findings if f.id not in known])
    return replace(evidence, findings=held + new, **fields)


def effect(evidence: Evidence, value: float, low: float, high: float, n: int = 214) -> Finding:
    found = evidence.findings["H3"]
    estimate = Estimate(value, low, high, 0.95, "WHO-5 points", n, "lin-hc2")
    return replace(found, verdict="supported", estimate=estimate, reason="the interval lies wholly above zero")


def test_support_whose_near_bound_is_below_the_smallest_effect_says_how_much_is_unsure(evidence: Evidence) -> None:
    smallest = next(h.smallest_effect for h in evidence.protocol.hypotheses if h.id == "H3")
    near = changed(evidence, effect(evidence, smallest + 2, smallest - 1, smallest + 5))
    said = plain_text(advisory_report(near))
    assert said.count("[Yes, but how much is unsure]") == 2
    assert "There is a change. Our best guess is big enough to matter; the true one may be smaller." in said
    assert "the interval also reaches values smaller than the smallest effect" in plain_text(ethics_report(near))
    clear = changed(evidence, effect(evidence, smallest + 2, smallest + 1, smallest + 5))
    assert "[Yes, as expected]" in plain_text(advisory_report(clear))
    assert "also reaches values" not in plain_text(ethics_report(clear))


@pytest.mark.parametrize(("last", "leads"), [(1.0, True), (4.0, False)])
def test_an_indicator_leads_only_if_it_is_first_in_every_refit(evidence: Evidence, last: float, leads: bool) -> None:
    found = evidence.findings["explanation.importance"]
    rank = Estimate(1.0, 1.0, last, 0.95, "rank", 20, "refits")
    ranks = Finding("explanation.ranks", "Which order?", "described", rows=(Row(found.rows[0].keys, rank),))
    drawn = exhibit(found, ranks=ranks)
    assert drawn is not None
    assert drawn.title.startswith("The model leans most on" if leads else "No one indicator clearly leads; weekly")


def test_a_score_that_may_be_a_coin_gets_no_credit_in_either_report(evidence: Evidence) -> None:
    auc = Estimate(0.51, 0.47, 0.55, 0.95, "AUC", 902, "delong")
    coin = changed(evidence, replace(evidence.findings["validation.discrimination"], estimate=auc))
    little = "The score is not shown to be better than chance here, so this says little about students."
    for report in (ethics_report, advisory_report):
        assert "Not shown to be better than chance" in plain_text(report(coin))
        assert little in plain_text(report(coin))
        assert little not in plain_text(report(evidence))


def test_a_failed_assumption_stands_on_the_card_and_in_the_summary(evidence: Evidence) -> None:
    straight = Assumption("A straight line describes the association", False, "a squared term: p < 0.001")
    failed = changed(evidence, replace(evidence.findings["H1"], assumptions=(straight,)))
    report = ethics_report(failed)
    told = "Assumption failed: A straight line describes the association (a squared term: p < 0.001)."
    for name in ("summary", "validity"):
        card = next(b for b in report.section(name).blocks if isinstance(b, Answer) and b.label == "H1")
        assert told in card.reason


def test_numbers_that_print_alike_are_told_with_one_more_place(evidence: Evidence) -> None:
    smallest = next(h.smallest_effect for h in evidence.protocol.hypotheses if h.id == "H2")
    value = smallest - 0.0014
    near = Estimate(value, value - 0.02, value + 0.02, 0.95, "SD per SD", 1414, "t")
    alike = changed(evidence, replace(evidence.findings["H2"], estimate=near))
    assert f"({value:.3f}; registered {smallest:.3f})" in plain_text(ethics_report(alike))
    assert "; registered 0." not in plain_text(ethics_report(evidence))


def test_the_change_over_time_is_titled_as_regression_to_the_mean(evidence: Evidence) -> None:
    drawn = [b for b in ethics_report(evidence).section("support").blocks if isinstance(b, Figure)][-1]
    assert drawn.title == "Weekly activity rose in both arms after the week of the draw: regression to the mean"
    assert drawn.chart.axis == "change in weekly activity (SD)"


def test_a_link_between_students_is_told_in_pairs(evidence: Evidence) -> None:
    held = evidence.findings["H1"].estimate
    low, middle, high = (round(50 + 100 * math.asin(r) / math.pi) for r in (0.09, 0.14, 0.19))
    assert (held.lower, held.value, held.upper) == pytest.approx((0.09, 0.14, 0.19))
    said = plain_text(advisory_report(evidence))
    assert f"feels better in about {middle} of them (likely between {low} and {high})" in said


@pytest.mark.parametrize(
    ("n", "told"), [(214, "48 of the 262 students in the trial"), (259, "A few students in the trial"), (262, "")]
)
def test_students_without_an_answer_are_counted_unless_they_are_too_few(evidence: Evidence, n: int, told: str) -> None:
    said = plain_text(advisory_report(changed(evidence, effect(evidence, 6, 5, 7, n))))
    assert (f"{told} gave no answer at the end." in said) if told else ("gave no answer at the end" not in said)


def test_open_data_do_not_claim_that_students_chose(evidence: Evidence) -> None:
    late = Deviation("D1", "2025-11-03", "No advisory group chose an outcome", "none was asked", "It is a guess")
    where = {**evidence.provenance, "data": "open"}
    opened = replace(evidence, provenance=where, deviations=(late,))
    said = plain_text(advisory_report(opened))
    assert "What counts as the outcome: " in said
    assert "What counts as the outcome, chosen with students: " in plain_text(advisory_report(evidence))
    assert "What was done otherwise than planned\n- No advisory group chose an outcome. It is a guess." in said
    notes = next(table.notes for table in ethics_report(opened).tables() if table.name == "outcomes")
    assert notes == ("D1: No advisory group chose an outcome",)


def test_a_study_that_asks_for_no_decision_lists_points_for_a_study_of_its_own(evidence: Evidence) -> None:
    p = evidence.protocol
    asked = p.governance.model_copy(update={"decision_asked": "None. It shows how the method behaves."})
    alone = p.model_copy(update={"governance": asked, "support": p.support.model_copy(update={"trial": None})})
    table = next(t for t in ethics_report(replace(evidence, protocol=alone)).tables() if t.name == "points")
    assert table.title == "Points a committee would have to decide before a study of its own"
    assert "May the support go on, change, or stop?" not in [row[0] for row in table.rows]


def test_every_level_of_interval_that_is_printed_is_explained(evidence: Evidence) -> None:
    said = plain_text(advisory_report(evidence))
    assert "\n97.5% CI: The same range, a little wider" in said
