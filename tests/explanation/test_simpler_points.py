"""The points score: cut where people read numbers, summed as by hand, the same twice, and quiet where nothing is."""

from __future__ import annotations

import math
from time import perf_counter

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from la_research.explanation.simpler.cuts import readable_cuts
from la_research.explanation.simpler.points import Line, PointsCard, Range, fit_points

CARD = PointsCard(
    (
        Line("active_days", (Range(None, 1.0, 4, 30), Range(1.0, 3.5, 0, 60), Range(3.5, None, -2, 40)), 1, 12),
        Line("rag", (Range(None, 0.7, 0, 80), Range(0.7, None, 3, 62))),
    ),
    ((-1, 0.1), (0, 0.2), (1, 0.3), (2, 0.4), (3, 0.5)),
)
"""Made by hand: no model was fitted."""


def drawn(n: int = 600, seed: int = 4, seen: float = 0.9) -> tuple[pd.DataFrame, pd.Series]:
    """The label follows the first column in steps, and no other."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(n, 3)).astype(np.float32).astype(np.float64)
    chance = np.where(x[:, 0] < -1, 0.8, np.where(x[:, 0] < 0.5, 0.4, 0.1))
    label = (draw.random(n) < chance).astype(float)
    x[draw.random(x.shape) > seen] = np.nan
    return pd.DataFrame(x, columns=["a", "b", "c"]), pd.Series(label)


def by_hand(card: PointsCard, row: dict[str, float]) -> int:
    """What somebody with the card and a pencil does."""
    total = 0
    for line in card.lines:
        value = row[line.indicator]
        if math.isnan(value):
            total += line.unseen
            continue
        for one in line.ranges:
            if (one.low is None or value >= one.low) and (one.high is None or value < one.high):
                total += one.points
    return total


def test_a_card_is_summed_as_on_paper() -> None:
    rows = pd.DataFrame({"active_days": [0, 1, 3.4, 3.5, np.nan, 0, 9], "rag": [0, 0.7, 2, 0.5, np.nan, 1, 0.1]})
    assert CARD.points(rows).tolist() == [4 + 0, 0 + 3, 0 + 3, -2 + 0, 1 + 0, 4 + 3, -2 + 0]
    assert CARD.score(rows).tolist() == [0.5, 0.5, 0.5, 0.1, 0.3, 0.5, 0.1]  # beyond the table: its nearest end


def test_what_is_printed_as_the_cut_off_is_not_under_it_also_in_single_precision() -> None:
    rows = pd.DataFrame({"active_days": [1.0], "rag": [np.float32(0.7)]}).astype(np.float64)
    assert rows["rag"][0] < 0.7  # as features are kept
    assert CARD.points(rows).tolist() == [0 + 3]


def test_a_fitted_card_equals_the_hand_sum_for_every_row_also_where_it_is_not_observed() -> None:
    features, label = drawn()
    card = fit_points(features, label)
    totals, told = card.points(features), dict(card.table)
    assert totals.tolist() == [by_hand(card, row) for row in features.to_dict("records")]
    within = np.clip(totals, min(told), max(told)).tolist()
    assert card.score(features).tolist() == [told[total] for total in within]


def ridge(x: float, penalty: float, high: tuple[int, int], low: tuple[int, int]) -> tuple[float, float]:
    """Intercept and slope of a logistic regression on 0 and x with a ridge on the slope, by the textbook's loss."""

    def loss(at: np.ndarray) -> float:
        told = ((at[0] + at[1] * x, *high), (at[0], *low))
        return sum(n * math.log1p(math.exp(z)) - yes * z for z, yes, n in told) + penalty * at[1] ** 2 / 2

    found = minimize(loss, np.zeros(2), tol=1e-10).x
    return float(found[0]), float(found[1])


def test_points_and_table_are_those_of_two_ridges_worked_out_plainly() -> None:
    """300 of 400 in the lower range, 120 of 600 in the higher: one step, worth the most, and so one point."""
    features = pd.DataFrame({"days": [0.0] * 400 + [1.0] * 600})
    label = pd.Series([1] * 300 + [0] * 100 + [1] * 120 + [0] * 480)
    card = fit_points(features, label)
    assert card.lines[0].ranges == (Range(None, 1.0, 1, 400), Range(1.0, None, 0, 600))
    _, step = ridge(1.0, 1 / 0.03, (300, 400), (120, 600))
    base, slope = ridge(step, 1.0, (300, 400), (120, 600))
    expected = [1 / (1 + math.exp(-base)), 1 / (1 + math.exp(-(base + slope * step)))]
    assert [chance for _, chance in card.table] == pytest.approx(expected, abs=0.0006)


def test_the_planted_steps_come_out_and_the_table_never_falls() -> None:
    features, label = drawn(4000)
    first, second, third = fit_points(features, label).lines
    assert [one.points for one in first.ranges] == sorted((one.points for one in first.ranges), reverse=True)
    assert {abs(one.points) for one in first.ranges} >= {0, 5}
    assert max(abs(one.points) for line in (second, third) for one in line.ranges) <= 1
    chances = [chance for _, chance in fit_points(features, label).table]
    assert chances == sorted(chances)
    assert all(0 < chance < 1 for chance in chances)


def test_a_range_that_few_students_are_in_joins_its_neighbour_and_so_does_not_observed() -> None:
    features, label = drawn(600, seen=1.0)
    features.iloc[:7, 1] = np.nan
    card = fit_points(features, label, least=50)
    assert min(one.students for line in card.lines for one in line.ranges) >= 50
    line = card.lines[1]
    assert (line.unseen, line.unseen_students) == (0, 0)
    assert sum(one.students for one in line.ranges) == 600  # the seven are counted where 0 points are


def test_students_are_counted_and_not_their_rows() -> None:
    features, label = drawn(600)
    who = pd.Series(np.arange(600) // 60)  # ten students of 60 rows
    card = fit_points(features, label, who, least=10)
    assert {one.students for line in card.lines for one in line.ranges} == {10}
    assert fit_points(features, label, who, least=11).lines[0].ranges == (Range(None, None, 0, 10),)


def test_a_constant_column_and_one_never_observed_count_nothing() -> None:
    features, label = drawn()
    features = features.assign(flat=3.0, empty=np.nan)
    flat, empty = fit_points(features, label).lines[3:]
    assert flat == Line("flat", (Range(None, None, 0, 600),))
    assert empty == Line("empty", (Range(None, None, 0, 600),))
    only = fit_points(features[["flat", "empty"]], label)
    assert only.table == ((0, round(float(label.mean()), 3)),)


def test_the_table_ends_where_enough_students_are_so_that_no_total_of_one_student_shows() -> None:
    features, label = drawn()
    card = fit_points(features, label, least=40)
    totals, told = card.points(features), [total for total, _ in card.table]
    assert 0 < max((totals < told[0]).sum(), (totals > told[-1]).sum()) < 40
    assert min((totals <= told[0]).sum(), (totals >= told[-1]).sum()) >= 40


def test_rows_without_a_label_are_scored_and_not_fitted_to() -> None:
    features, label = drawn()
    known = fit_points(features[:400], label[:400])
    assert fit_points(features, label.where(label.index < 400)) == known
    assert len(known.score(features)) == 600


def test_the_same_rows_give_the_same_card_in_any_order() -> None:
    features, label = drawn()
    assert fit_points(features, label) == fit_points(features, label)
    turned = fit_points(features[::-1], label[::-1])
    assert turned.lines == fit_points(features, label).lines


def test_one_label_is_refused() -> None:
    features, label = drawn()
    with pytest.raises(ValueError, match="both labels"):
        fit_points(features, label * 0)


def test_two_thousand_rows_are_fitted_in_a_moment() -> None:
    features, label = drawn(2000)
    fit_points(features, label)
    start = perf_counter()
    fit_points(features, label)
    assert perf_counter() - start < 0.3


@pytest.mark.parametrize("scale", [0.003, 1, 40_000])
def test_cut_offs_are_round_and_lie_near_their_quantiles(scale: float) -> None:
    values = np.random.default_rng(2).gamma(2, scale, 1000)
    cuts = readable_cuts(values, np.arange(1000), 10)
    assert len(cuts) == 4
    for cut, share in zip(cuts, (0.1, 0.3, 0.7, 0.9), strict=True):
        assert abs(np.mean(values < cut) - share) <= 0.03 + 1e-9
        assert len(f"{cut:.12g}".strip("0.").replace(".", "").lstrip("0")) <= 2  # two digits that are not zero
