"""Contact rules: whom they suggest, and whom they leave alone."""

from __future__ import annotations

import pyarrow as pa
import pytest

from la_research.indicators import INDICATORS
from la_research.indicators.rules import RULES, suggested
from la_research.wording import lint

UNITS = ["a", "b", "c", "d"]


def table(indicator: str, values: list[float | None]) -> pa.Table:
    other_week = {"unit_id": UNITS, "week": [5] * 4, "indicator": [indicator] * 4, "value": [None] * 4}
    this_week = {"unit_id": UNITS, "week": [4] * 4, "indicator": [indicator] * 4, "value": values}
    schema = pa.schema([("unit_id", "string"), ("week", "int64"), ("indicator", "string"), ("value", "double")])
    return pa.concat_tables([pa.table(other_week, schema=schema), pa.table(this_week, schema=schema)])


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("peer_share_30", [0.0, 0.29, 0.30, None], ("a", "b")),
        ("amber_or_red", [0.0, 1.0, 2.0, None], ("b", "c")),
        ("red", [0.0, 1.0, 2.0, None], ("c",)),
        ("own_baseline", [0.0, 1.99, 2.0, 7.0], ("c", "d")),
    ],
)
def test_a_rule_suggests_by_its_cut_and_never_on_what_was_not_observed(
    rule: str, values: list[float | None], expected: tuple[str, ...]
) -> None:
    assert suggested(RULES[rule], table(RULES[rule].indicator, values), 4) == expected
    assert suggested(RULES[rule], table(RULES[rule].indicator, values), 5) == ()


def test_the_share_of_the_peer_rule_is_a_parameter() -> None:
    rule = RULES["peer_share_30"].at(0.5)
    assert suggested(rule, table("peer_share", [0.4, 0.5, 0.6, None]), 4) == ("a",)
    assert str(rule) == "You were under 50 % of the average activity on your module."


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_reads_a_known_indicator_and_speaks_as_the_house_does(rule: object) -> None:
    assert rule.indicator in INDICATORS  # type: ignore[attr-defined]
    assert list(lint(str(rule))) == []
