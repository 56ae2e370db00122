"""The stable-reason rule by hand; what is joined; what a study tells of its suggested contacts and of one student."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import erf, sqrt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from la_research.disclosure import disclosed
from la_research.explanation.ground import Ground
from la_research.explanation.reasons import reason_findings, reasons_for
from la_research.explanation.reasons.rule import by_group, kept, leading, leads, stable_reasons
from la_research.explanation.reasons.together import together_groups
from la_research.finding import Findings

ALL_KEPT = {"interventional": 1.0, "path": 1.0}


def normal(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2


def one_row(*refits: tuple[float, ...]) -> np.ndarray:
    return np.array([[refit] for refit in refits], dtype=float)


def test_three_refits_and_two_ways_by_hand() -> None:
    sums = {
        "interventional": one_row((3, 1), (4, 1), (5, 1)),  # leads 2, 3, 4: mean 3, SD 1
        "path": one_row((2, 1), (3, 1), (4, 1)),  # leads 1, 2, 3: mean 2, SD 1
    }
    found = stable_reasons(sums, 0.9, ALL_KEPT)
    assert (found.group[0], found.share[0]) == (0, 1)
    assert found.expected[0] == pytest.approx(normal(2 / sqrt(2)))  # the lower of the two ways, .921
    assert stable_reasons(sums, 0.95, ALL_KEPT).group[0] == -1
    half = stable_reasons(sums, 0.9, {"interventional": 1.0, "path": 0.5})
    assert half.expected[0] == pytest.approx(normal(0.5 * 2 / sqrt(1.5)))
    assert half.group[0] == -1


def test_what_is_kept_is_the_share_of_leads_that_is_not_noise() -> None:
    sums = {"interventional": np.array([[[3, 1], [2, 6]], [[4, 1], [2, 6]], [[5, 1], [2, 6]]], dtype=float)}
    assert kept(sums)["interventional"] == pytest.approx(1 - ((1 + 0) / 2) / ((3**2 + 4**2) / 2))
    noise = {"interventional": one_row((2, 1), (1, 2), (2, 1.5))}  # leads 1, -1, .5
    assert kept(noise)["interventional"] == 0
    assert stable_reasons(noise, 0.6).group[0] == -1


def test_a_reason_that_comes_first_in_two_of_three_refits_is_not_shown_at_nine_of_ten() -> None:
    sums = {"interventional": one_row((9, 1), (9, 1), (1, 1.1))}
    found = stable_reasons(sums, 0.9, ALL_KEPT)
    assert (found.group[0], found.share[0]) == (-1, pytest.approx(2 / 3))
    assert stable_reasons(sums, 0.6, ALL_KEPT).group[0] == 0


def test_a_reason_by_one_way_only_is_not_shown() -> None:
    sums = {"interventional": one_row((3, 1), (3.1, 1)), "path": one_row((1, 1.5), (1, 1.6))}
    found = stable_reasons(sums, 0.6, ALL_KEPT)
    assert (found.group[0], found.share[0]) == (-1, 0)


@pytest.mark.parametrize("row", [(2.0, 2.0), (0.0, 0.0), (-1.0, -2.0)], ids=["tied", "zero", "down"])
def test_ties_and_zeros_and_what_moves_the_score_down_are_no_reasons(row: tuple[float, float]) -> None:
    found = stable_reasons({"interventional": one_row(row, row, row)}, 0.6, ALL_KEPT)
    assert (found.group[0], found.share[0]) == (-1, 0)


def test_one_group_is_a_reason_where_it_moves_the_score_up() -> None:
    sums = {"interventional": np.array([[[2.0], [-2.0]], [[2.5], [-2.5]]])}
    assert stable_reasons(sums, 0.9, ALL_KEPT).group.tolist() == [0, -1]


def test_no_noise_at_all_is_certain_and_no_leads_keep_nothing() -> None:
    still = {"interventional": one_row((3, 1), (3, 1))}
    assert kept(still)["interventional"] == 1
    assert stable_reasons(still, 1.0).group[0] == 0
    assert kept({"interventional": one_row((0, 0), (0, 0))})["interventional"] == 0


def test_columns_of_a_group_count_together() -> None:
    values = {"interventional": np.array([[[1.0, 1.0, 1.5]], [[1.0, 1.1, 1.5]]])}
    assert leading(by_group(values, [0, 0, 1])).tolist() == [0]
    assert leading(by_group(values, [0, 1, 2])).tolist() == [2]
    assert leads(by_group(values, [0, 0, 1])["interventional"], np.array([0])) == pytest.approx(
        np.array([[0.5], [0.6]])
    )


def test_one_pair_that_goes_together_joins_two_aspects_and_a_third_by_way_of_it() -> None:
    draw = np.random.default_rng(1)
    a, b, c, other = draw.normal(size=(4, 200))
    columns = pd.DataFrame({"a": a, "a2": b, "b": -b + 0.1 * c, "b2": c, "c": c**3, "other": other})
    found = together_groups(columns, ["A", "A", "B", "B", "C", "other"], 0.7)
    assert found.names == ("A, B and C", "other")
    assert found.of == (0, 0, 0, 0, 0, 1)
    assert together_groups(columns, ["A", "A", "B", "B", "C", "other"], 0.9999).names == ("A", "B and C", "other")


def test_a_constant_or_unobserved_column_goes_with_none_and_missing_rows_are_left_out() -> None:
    x = np.arange(20.0)
    gone = np.where(x < 10, np.nan, x)
    columns = pd.DataFrame({"x": x, "flat": 1.0, "gone": gone, "never": np.nan})
    assert together_groups(columns, ["x", "flat", "gone", "never"], 0.7).names == ("x and gone", "flat", "never")


@pytest.fixture(scope="module")
def clear(ground: Callable[..., Ground]) -> Ground:
    return ground()


def told(of: Ground) -> Any:
    return disclosed(Findings(reason_findings(of)), 10)["explanation.reasons"]


def test_the_planted_reason_is_told_of_every_contact(clear: Ground) -> None:
    found = told(clear)
    shares = {str(next(iter(row.keys.values()))): row.estimate.value for row in found.rows}
    assert found.estimate.value == shares["work handed in"] == 1
    assert shares["online activity"] == shares["no single main reason"] == 0
    assert shares["top reason alike in two refits"] == 1
    assert found.estimate.n == 40


def test_parts_of_the_contacts_add_up_to_all(clear: Ground) -> None:
    parts = [row.estimate.value for row in told(clear).rows if "alike" not in str(row.keys.get("what"))]
    assert sum(parts) == pytest.approx(1)


def test_without_any_effect_next_to_no_reason_is_told(ground: Any) -> None:
    found = told(ground(effect=0))
    assert found.estimate is None or found.estimate.value <= 0.2


def test_a_small_part_is_hidden_with_another_and_with_the_share_that_gives_it_away(
    monkeypatch: Any, ground: Any
) -> None:
    import la_research.explanation.reasons.findings as findings
    from la_research.explanation.reasons.rule import Reasons

    def planted(sums: Any, *_: Any) -> Reasons:
        group = np.repeat([0, 1, 2, -1], [22, 6, 5, 7])  # 7 without a reason
        return Reasons(group, np.ones(40), np.ones(40))

    monkeypatch.setattr(findings, "stable_reasons", planted)
    found = told(ground())
    assert [row.verdict for row in found.rows[:4]] == [None, "suppressed", "suppressed", "suppressed"]
    assert (found.verdict, found.estimate) == ("suppressed", None)


def test_the_reason_of_any_row_names_its_group_and_indicators(clear: Ground) -> None:
    late, early = reasons_for(clear, np.array([[0, 0, 3.0, 0], [0, 0, -3.0, 0]]))
    assert (late.group, late.indicators, late.share) == ("work handed in", ("late_or_missing",), 1)
    assert "other students" in late.why
    assert (early.group, early.indicators) == ("", ())
    assert early.why != late.why


def test_where_all_goes_together_no_reason_can_be_told(ground: Any) -> None:
    alike = ground(together=0.001)
    assert told(alike).verdict == "not analysed"
    assert "goes together" in reasons_for(alike, alike.shown[:1])[0].why


def test_nobody_suggested_is_not_analysed_and_a_subset_is_not_asked(ground: Any) -> None:
    assert told(ground(contacts=0)).reason == "no contact is suggested"
    few = disclosed(Findings(reason_findings(ground(contacts=9))), 10)["explanation.reasons"]
    assert {row.verdict for row in few.rows} == {"suppressed"}
    whole = ground()
    subset = replace(whole, population="clicks")
    assert list(reason_findings(subset)) == []
