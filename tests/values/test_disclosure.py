from hypothesis import given, settings
from hypothesis import strategies as st

from la_research.disclosure import disclosed
from la_research.finding import Estimate, Finding, Findings, Row

MINIMUM = 10


def count(n: int) -> Estimate:
    return Estimate(n, None, None, None, "students", n, "count")


def share(n: int) -> Estimate:
    return Estimate(0.5, 0.4, 0.6, 0.95, "share", n, "wilson")


def shown(*rows: Row, estimate: Estimate | None = None) -> Finding:
    finding = Finding("cohort.flow", "Who is in?", "described", estimate, rows)
    return disclosed(Findings([finding]), MINIMUM)["cohort.flow"]


def hidden(finding: Finding) -> list[bool]:
    return [row.verdict == "suppressed" for row in finding.rows]


def test_a_headline_goes_with_the_row_it_is_taken_from():
    rows = [Row({"what": "group", "gender": g}, share(n)) for g, n in (("F", 200), ("M", 4), ("X", 60))]
    found = shown(*rows, estimate=rows[2].estimate)
    assert (found.verdict, found.estimate) == ("suppressed", None)
    assert shown(*rows, estimate=rows[0].estimate).estimate == rows[0].estimate


def test_one_small_group_takes_the_next_smallest_with_it():
    rows = [Row({"what": "group", "gender": g}, share(n)) for g, n in (("F", 200), ("M", 4), ("X", 60))]
    assert hidden(shown(*rows)) == [False, True, True]


def test_two_small_groups_take_no_other_with_them():
    rows = [Row({"gender": g}, share(n)) for g, n in (("F", 200), ("M", 4), ("X", 6))]
    assert hidden(shown(*rows)) == [False, True, True]


def test_a_row_that_a_stage_suppressed_counts_as_hidden():
    rows = (
        Row({"gender": "F"}, None, "suppressed", "few"),
        Row({"gender": "M"}, share(90)),
        Row({"gender": "X"}, share(30)),
    )
    assert hidden(shown(*rows)) == [True, False, True]


def test_a_week_with_few_students_does_not_hide_another_week():
    rows = [Row({"instrument": "WHO-5", "week": w}, share(n)) for w, n in ((2, 50), (4, 5), (6, 40))]
    assert hidden(shown(*rows)) == [False, True, False]


def test_an_indicator_with_few_students_does_not_hide_another_indicator():
    rows = [Row({"indicator": i}, share(n)) for i, n in (("rag", 50), ("regularity", 5))]
    assert hidden(shown(*rows)) == [False, True]


def test_an_arm_with_few_students_hides_the_other_arm():
    rows = [Row({"what": "answered", "arm": arm}, share(n)) for arm, n in (("contact", 50), ("usual", 5))]
    assert hidden(shown(*rows)) == [True, True]


def test_a_flow_with_one_small_reason_hides_what_was_recorded_but_not_who_was_analysed():
    rows = (
        Row({"what": "recorded"}, count(100)),
        Row({"what": "excluded", "reason": "left"}, count(4)),
        Row({"what": "analysed"}, count(96)),
    )
    found = shown(*rows, estimate=count(96))
    assert hidden(found) == [True, True, False]
    assert found.estimate == count(96)


def test_a_flow_with_two_reasons_hides_both_and_keeps_the_totals():
    rows = (
        Row({"what": "recorded"}, count(100)),
        Row({"what": "excluded", "reason": "left"}, count(4)),
        Row({"what": "excluded", "reason": "late"}, count(12)),
        Row({"what": "analysed"}, count(84)),
    )
    assert hidden(shown(*rows)) == [False, True, True, False]


def test_a_small_cell_of_two_attributes_is_covered_along_both():
    sizes = {("F", "Asian"): 4, ("F", "White"): 90, ("M", "Asian"): 50, ("M", "White"): 80}
    rows = [Row({"what": "group", "gender": g, "ethnicity": e}, share(n)) for (g, e), n in sizes.items()]
    found = hidden(shown(*rows))
    assert found == [True, True, True, True]  # each line and column of a 2 by 2 table needs a second


def test_a_small_headline_is_suppressed_with_its_reason():
    found = shown(estimate=share(9))
    assert (found.verdict, found.estimate) == ("suppressed", None)
    assert "fewer than 10" in (found.reason or "")


def test_runs_of_a_module_are_not_people():
    runs = Estimate(3, None, None, None, "presentations", 3, "count")
    assert shown(estimate=runs).estimate == runs


@st.composite
def findings(draw):
    names = draw(st.lists(st.sampled_from("ABCDEFG"), min_size=1, max_size=7, unique=True))
    kind = draw(st.sampled_from((count, share)))
    rows = [Row({"what": "group", "ethnicity": name}, kind(draw(st.integers(0, 60)))) for name in names]
    return Findings([Finding("audit.fnr.ethnicity", "Is need missed equally?", "described", share(500), tuple(rows))])


@given(findings())
@settings(max_examples=200, deadline=None)
def test_no_small_number_survives_and_none_stands_alone(given_findings):
    once = disclosed(given_findings, MINIMUM)
    rows = once["audit.fnr.ethnicity"].rows
    assert all(row.estimate is None or row.estimate.n >= MINIMUM for row in rows)
    assert len(rows) == 1 or sum(row.verdict == "suppressed" for row in rows) != 1
    assert all(row.reason for row in rows if row.verdict == "suppressed")
    assert disclosed(once, MINIMUM) == once


@st.composite
def two_ways(draw):
    rows = [
        Row({"gender": g, "disability": d}, share(draw(st.integers(1, 40))))
        for g in "FMX"
        for d in draw(st.sampled_from(("YN", "YNU")))
    ]
    return Findings(
        [Finding("audit.fnr.gender_x_disability", "Is need missed equally?", "described", rows=tuple(rows))]
    )


@given(two_ways())
@settings(max_examples=100, deadline=None)
def test_no_line_or_column_of_a_cross_table_has_exactly_one_hidden_cell(given_findings):
    rows = disclosed(given_findings, MINIMUM)["audit.fnr.gender_x_disability"].rows
    for key in ("gender", "disability"):
        for value in {row.keys[key] for row in rows}:
            line = [row for row in rows if row.keys[key] == value]
            assert len(line) == 1 or sum(row.verdict == "suppressed" for row in line) != 1
