"""What the audit says of true need when the label may record it more often in one group than in another."""

from __future__ import annotations

import pytest

from la_research.statistics.bounds import gap_bounds

FAIRNESS = "fairness: {sensitive: {gender: {margin: 0.1}}, metrics: [selection, fnr, fpr]"
DECLARED = FAIRNESS + ", recorded: {least: 0.5, most: 0.9}}"


def group(gender, found, missed, selected, rest):
    told = [(1, 1, found), (1, 0, missed), (0, 1, selected), (0, 0, rest)]
    return [{"gender": gender, "label": label, "decision": chosen} for label, chosen, n in told for _ in range(n)]


WOMEN, MEN = (40, 160, 130, 370), (100, 100, 120, 380)


@pytest.fixture
def declared(by_hand):
    return by_hand(group("F", *WOMEN) + group("M", *MEN), DECLARED).audit()


def test_without_a_declared_range_the_audit_says_what_would_be_needed_and_neither_clears_nor_convicts(by_hand):
    found = by_hand(group("F", *WOMEN) + group("M", *MEN), FAIRNESS + "}").audit()
    told = [finding for finding in found if ".labels" in finding.id]
    assert [(finding.id, finding.verdict) for finding in told] == [("audit.labels", "not analysed")]
    assert told[0].reason.startswith("the study did not state how often need is recorded")
    assert "neither clears nor convicts" in told[0].reason


def test_a_gap_beyond_the_margin_by_the_label_is_left_open_when_recording_may_differ(declared):
    assert declared["audit.fnr.gender"].verdict == "disparity"
    finding = declared["audit.labels.fnr.gender"]
    assert finding.verdict == "inconclusive"
    bounds = gap_bounds(WOMEN, MEN, ((0.5, 0.9), (0.5, 0.9)), "fnr")
    assert finding.estimate.value is None
    assert finding.estimate.lower <= bounds.lower + 1e-9
    assert finding.estimate.upper >= bounds.upper - 1e-9
    assert finding.estimate.n == sum(WOMEN) + sum(MEN)


def test_the_reason_names_the_shares_recorded_and_the_gaps_that_the_data_allow(declared):
    reason = declared["audit.labels.fnr.gender"].reason
    assert reason.startswith("if need is recorded in 50.0 % of students recorded as gender F and in 90.0 % of students")
    assert "the same data are consistent with gaps between" in reason


def test_bounds_are_not_printed_as_an_interval_of_a_value(declared):
    finding = declared["audit.labels.fnr.gender"]
    assert str(finding.estimate).startswith("anywhere between ")
    assert "CI" not in str(finding.estimate)
    assert any("every gap between them fits the same data" in text for text in finding.limitations)
    assert "fairness." not in "".join(finding.limitations)


def test_the_grid_has_every_pair_of_shares_and_says_where_each_interval_lies(declared):
    rows = declared["audit.labels.fnr.gender"].rows
    pairs = {(row.keys.get("recorded_in_first"), row.keys.get("recorded_in_second")) for row in rows}
    shares = ("50.0 %", "70.0 %", "90.0 %")
    assert pairs - {(None, None)} == {(one, other) for one in shares for other in shares}
    assert {row.verdict for row in rows} == {"described"}
    assert {row.reason for row in rows} <= {
        "lies beyond the margin", "lies inside the margin", "reaches across the margin",
    }  # fmt: skip


def test_recording_that_hangs_on_need_alone_leaves_misses_as_they_are_and_moves_selection_in_error(declared):
    alone = "recorded whoever is selected"
    (misses,) = [row for row in declared["audit.labels.fnr.gender"].rows if row.keys["what"] == alone]
    assert misses.estimate.value == pytest.approx(160 / 200 - 100 / 200)
    wrong = [row for row in declared["audit.labels.fpr.gender"].rows if row.keys["what"] == alone]
    assert len(wrong) == 9
    by_shares = {(row.keys["recorded_in_first"], row.keys["recorded_in_second"]): row.estimate.value for row in wrong}
    women, men = (170 - 40 / 0.5) / (500 - 200 / 0.5 + 200), (220 - 100 / 0.5) / (500 - 200 / 0.5 + 200)
    assert by_shares["50.0 %", "50.0 %"] == pytest.approx(women - men)
    assert len({round(value, 6) for value in by_shares.values()}) == 9


def test_no_verdict_of_a_label_finding_clears_or_convicts(declared):
    told = [finding for finding in declared if finding.id.startswith("audit.labels.")]
    assert {finding.id for finding in told} == {"audit.labels.fnr.gender", "audit.labels.fpr.gender"}
    assert {finding.verdict for finding in told} <= {"described", "inconclusive"}


def test_a_group_too_small_to_show_is_bounded_for_nobody(by_hand):
    """Twelve women of whom seven have the label: any rate that reads a label would give a small number away."""
    found = by_hand(group("F", 3, 4, 2, 3) + group("M", *MEN), DECLARED).audit()
    assert {found[f"audit.labels.{metric}.gender"].estimate for metric in ("fnr", "fpr")} == {None}


def test_students_with_several_rows_count_once(by_hand):
    rows = group("F", *WOMEN) + group("M", *MEN)
    twice = [{**row, "student": f"s{i}", "module": module} for i, row in enumerate(rows) for module in "AB"]
    once = by_hand(rows, DECLARED).audit()["audit.labels.fnr.gender"].estimate
    again = by_hand(twice, DECLARED).audit()["audit.labels.fnr.gender"].estimate
    assert (again.lower, again.upper, again.n) == (pytest.approx(once.lower), pytest.approx(once.upper), once.n)
