"""Whom the data leave out: shares of groups from the student body to those with a label."""

import pytest

from la_research.statistics.intervals import newcombe_difference

ASKED = "fairness: {sensitive: {gender: {}}, population: {gender: {F: 0.5, M: 0.4, X: 0.1}}}"
NO = {"said": [(1, False)]}


def groups(alike, **out):
    """100 women and 100 men who said yes, and so many of each who said no."""
    there = [row for g in "FM" for row in alike(100, 50, gender=g)]
    return there + [row for g, n in out.items() for row in alike(n, 0, gender=g, **NO)]


def estimates(finding, what):
    return {row.keys["gender"]: row.estimate for row in finding.rows if row.keys["what"] == what}


def test_shares_and_their_differences_are_those_of_the_counts(consenting, alike):
    found = consenting(groups(alike, F=20, M=60), ASKED).audit()["audit.representation.gender"]
    assert estimates(found, "recorded")["M"].value == pytest.approx(160 / 280)
    assert estimates(found, "in the study")["M"].value == 100 / 200
    less = estimates(found, "in the study less recorded")["M"]
    assert less.value == pytest.approx(100 / 200 - 160 / 280)
    inside_less_outside = newcombe_difference(100, 200, 60, 80, 1 - 0.05 / 3)
    assert (less.lower, less.upper) == pytest.approx(tuple(80 / 280 * x for x in inside_less_outside[1:]))
    assert found.estimate == less
    assert found.verdict == "described"
    assert "students recorded as gender M make up 7.1 percentage points less of the study" in found.reason


def test_a_published_share_has_no_interval_and_a_group_that_the_data_lack_is_named(consenting, alike):
    found = consenting(groups(alike, F=20, M=20), ASKED).audit()["audit.representation.gender"]
    assert {g: e.value for g, e in estimates(found, "population").items()} == {"F": 0.5, "M": 0.4, "X": 0.1}
    assert estimates(found, "population")["F"].lower is None
    assert estimates(found, "recorded less population")["M"].value == pytest.approx(120 / 240 - 0.4)
    assert "No student is recorded as gender X, which the published table holds." in found.limitations


def test_alike_groups_are_not_told_apart(consenting, alike):
    found = consenting(groups(alike, F=20, M=21)).audit()["audit.representation.gender"]
    assert found.reason == "whether any group is left out more than others can not be told"


def test_where_nobody_is_out_it_says_so(consenting, alike):
    found = consenting(groups(alike)).audit()["audit.representation.gender"]
    assert found.reason == "nobody recorded on the modules in the index week is left out"
    rows = [{**row, "label": None} if i % 5 == 0 else row for i, row in enumerate(groups(alike))]
    found = consenting(rows).audit()["audit.representation.gender"]
    assert found.reason == (
        "nobody recorded on the modules in the index week is left out;"
        " whether any group is left out more than others can not be told"
    )


def test_a_few_who_are_out_can_not_be_worked_out_by_subtraction(consenting, alike):
    found = consenting(groups(alike, F=3, M=60)).audit()["audit.representation.gender"]
    assert found.verdict == "suppressed"
    assert all(row.estimate is None for row in found.rows)


def test_a_group_that_is_hidden_takes_the_smallest_other_with_it(consenting, alike):
    rows = [*groups(alike, F=30, M=3), *alike(40, 20, gender="X"), *alike(12, 0, gender="X", **NO)]
    found = consenting(rows).audit()["audit.representation.gender"]
    shown = {g for g, estimate in estimates(found, "recorded").items() if estimate is not None}
    assert shown == {"F"}


def test_a_few_without_a_label_hide_the_labelled_alone(consenting, alike):
    rows = [{**row, "label": None} if i in (0, 1) else row for i, row in enumerate(groups(alike, F=20, M=60))]
    found = consenting(rows).audit()["audit.representation.gender"]
    assert estimates(found, "in the study")["F"] is not None
    assert estimates(found, "labelled") == {"F": None, "M": None}


def test_an_attribute_that_nobody_has_is_not_analysed(consenting, alike):
    found = consenting(groups(alike, F=20), "fairness: {sensitive: {gender: {}, religion: {}}}").audit()
    assert found["audit.representation.religion"].reason == "the data hold no religion"
