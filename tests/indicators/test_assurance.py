"""Hand-worked students: what is printed, and how a case that does not hold or can not be read is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from la_research.errors import AssuranceError
from la_research.indicators.assurance import assure, raise_unexpected
from la_research.protocol import Protocol, parse_protocol
from la_research.store.assurance import load_assurance
from la_research.store.study import read_study

SHIPPED = Path(__file__).parents[2] / "protocols" / "early-engagement"


def study() -> Protocol:
    return parse_protocol(read_study(SHIPPED))


def case(expected: dict[str, Any], **rows: Any) -> dict[str, Any]:
    return {"student": "A student silent in week 3", "rows": rows, "expected": expected}


def test_every_shipped_case_holds_and_every_indicator_of_the_study_has_one() -> None:
    cases = load_assurance(SHIPPED)
    results = assure(study(), cases)
    assert [str(result) for result in results if not result.held] == []
    assert {name for item in cases for name in item["expected"]} == set(study().indicators)
    raise_unexpected(results)


def test_a_result_is_a_sentence_a_committee_can_read() -> None:
    results = assure(study(), [case({"weekly_activity": {3: 0}, "peer_share": {3: "not observed"}})])
    assert [str(result) for result in results] == [
        "A student silent in week 3: weekly activity in week 3 should be 0 and is 0.",
        (
            "A student silent in week 3: activity beside the module in week 3 should be not observed and is not "
            "observed (abstains: fewer than 10 students of the module observed in the week)."
        ),
    ]


def test_a_value_that_differs_is_told_and_raised_with_its_place() -> None:
    results = assure(study(), [case({"weekly_activity": {3: 0, 4: 5}})])
    assert str(results[1]) == "A student silent in week 3: weekly activity in week 4 should be 5 but is 0."
    with pytest.raises(AssuranceError) as caught:
        raise_unexpected(results)
    (fault,) = caught.value.faults
    assert (fault.code, fault.where) == (
        "assurance.unexpected_value",
        "assurance.yaml, case 1, expected.weekly_activity.4",
    )
    assert caught.value.exit_code == 14


def test_silence_where_a_value_was_not_promised_is_told_too() -> None:
    (result,) = assure(study(), [case({"weekly_activity": {3: "not observed"}})])
    assert not result.held
    (result,) = assure(study(), [case({"weekly_activity": {3: 0}}, feeds=[])])
    assert not result.held


def test_two_decimals_are_compared_and_a_fraction_exactly() -> None:
    days = [{"week": week, "count": 5, "active_days": 2} for week in (1, 2)]
    held = [result.held for result in assure(study(), [case({"regularity": {3: 0.67}}, activity=days)])]
    held += [result.held for result in assure(study(), [case({"regularity": {3: "2/3"}}, activity=days)])]
    held += [result.held for result in assure(study(), [case({"regularity": {3: 0.66}}, activity=days)])]
    held += [result.held for result in assure(study(), [case({"regularity": {3: 0.7}}, activity=days)])]
    assert held == [True, True, False, False]


def test_all_faults_of_all_cases_are_told_at_once() -> None:
    cases: list[Any] = [
        {"student": "Without rows", "expected": {}},
        case({"wellbeing": {3: 1}}),
        case({"weekly_activity": {3: "quite a lot"}}),
        case({}, clicks=[{"week": 1}]),
        case({}, activity=[{"week": 1}]),
        case({}, activity=[{"week": 1, "count": 1, "clicks": 1}]),
    ]
    with pytest.raises(AssuranceError) as caught:
        assure(study(), cases)
    assert [fault.code for fault in caught.value.faults] == [
        "assurance.malformed",
        "assurance.unknown_indicator",
        "assurance.malformed",
        "assurance.malformed",
        "assurance.malformed",
        "assurance.malformed",
    ]
    assert "does not give 'count'" in caught.value.faults[4].problem
