"""Deletion and insertion by hand, and an explanation turned round is found out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from la_research.explanation.faithful import curve, faithful_findings


def test_two_columns_by_hand() -> None:
    def score(values: np.ndarray) -> np.ndarray:
        return values[:, 0] * (1 + values[:, 1])

    row, background = np.array([[2.0, 3.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    order = np.array([[0, 1]])
    out = [2 * 4, (0 * 4 + 1 * 4) / 2, (0 * 2 + 1 * 1) / 2]
    assert curve(score, row, background, order).tolist() == [out]
    into = [(0 * 2 + 1 * 1) / 2, (2 * 2 + 2 * 1) / 2, 2 * 4]
    assert curve(score, row, background, order, insertion=True).tolist() == [into]


def test_scores_fall_faster_in_the_order_of_the_explanation_and_all_curves_share_their_ends(ground: Any) -> None:
    (found,) = faithful_findings(ground())
    assert found.estimate.lower > 0
    assert found.assumptions[0].holds is True
    ends = {
        (row.keys["what"], row.keys["order"], row.keys["removed"]): row.estimate.value
        for row in found.rows
        if "removed" in row.keys
    }
    for what in ("deletion", "insertion"):
        for k in (0, 4):
            assert ends[what, "attribution", k] == pytest.approx(ends[what, "random", k])
    assert ends["deletion", "attribution", 0] == pytest.approx(ends["insertion", "attribution", 4])


def test_an_explanation_turned_round_is_worse_than_chance(ground: Any) -> None:
    study = ground()
    turned = {way: replace(one, values=-one.values) for way, one in study.whole.items()}
    study.__dict__["whole"] = turned
    (found,) = faithful_findings(study)
    assert found.estimate.upper < 0
    assert found.assumptions[0].holds is False


def test_the_order_of_another_row_is_worse_than_the_own(ground: Any) -> None:
    (found,) = faithful_findings(ground())
    other = next(row for row in found.rows if row.keys == {"what": "area of deletion", "order": "another row's"})
    assert other.estimate.lower > 0
