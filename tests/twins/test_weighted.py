"""What a bootstrap replicate gives, against the study with its students written down as often as they were drawn."""

from __future__ import annotations

import numpy as np
import pytest

from la_research.seeds import stream
from la_research.statistics.association import Panel, associations
from la_research.statistics.prediction import brier, calibration
from la_research.statistics.resampling import student_weights
from la_research.statistics.weighted import weighted_brier, weighted_calibration, weighted_slopes


def panel_of(students: int) -> Panel:
    rng = stream(1, "twins", "weighted")
    who, week = np.repeat(np.arange(students), 4), np.tile([2, 4, 6, 8], students)
    level = rng.normal(size=students)[who]
    x = level + rng.normal(size=who.size)
    y = 0.3 * level + 0.2 * x + rng.normal(size=who.size) + 0.1 * week
    y[rng.random(who.size) < 0.2] = np.nan
    kept = rng.random(who.size) < 0.9
    return Panel(who[kept], who[kept], (who % 3)[kept], week[kept], x[kept], y[kept])


def written_out(panel: Panel, weights) -> Panel:
    rows = np.concatenate([np.flatnonzero(panel.student == s) for s, w in enumerate(weights) for _ in range(w)])
    copies = [copy for s, w in enumerate(weights) for copy in range(w) for _ in range((panel.student == s).sum())]
    name = panel.student[rows] * 100 + np.array(copies)
    return Panel(name, name, panel.group[rows], panel.week[rows], panel.x[rows], panel.y[rows])


def test_slopes_are_those_of_the_students_written_down_as_often_as_drawn():
    panel = panel_of(40)
    weights = student_weights(np.arange(40), 5, stream(2, "twins", "weighted"))
    for drawn, found in zip(weights, weighted_slopes(panel, weights), strict=True):
        whole = associations(written_out(panel, drawn))
        assert found == pytest.approx([whole.of("between").value, whole.of("within").value], abs=1e-9)


def test_the_bootstrap_of_the_slopes_is_as_wide_as_their_jackknife():
    panel = panel_of(400)
    weights = student_weights(np.arange(400), 1000, stream(3, "twins", "weighted"))
    spread = weighted_slopes(panel, weights).std(axis=0)
    whole = associations(panel)
    assert spread == pytest.approx([whole.of("between").se, whole.of("within").se], rel=0.10)


def test_brier_and_calibration_are_those_of_the_rows_written_down_as_often_as_drawn():
    rng = stream(4, "twins", "weighted")
    probability = rng.random(60) * 0.8 + 0.1
    label = (rng.random(60) < probability).astype(int)
    weights = student_weights(np.arange(60), 150, rng)  # more than are worked out together
    loss, fits = weighted_brier(label, probability, weights), weighted_calibration(label, probability, weights)
    for i in (0, 1, 149):
        rows = np.repeat(np.arange(60), weights[i])
        exact = calibration(label[rows], probability[rows])
        assert loss[i] == pytest.approx(brier(label[rows], probability[rows])[0])
        assert fits[i] == pytest.approx([exact.intercept, exact.slope], abs=1e-6)


def test_labels_that_the_score_separates_have_no_slope():
    fits = weighted_calibration([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], [[1, 1, 1, 1]])
    assert np.isnan(fits[0, 1])
