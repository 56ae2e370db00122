"""Gaps within modules once more: plain sums for the value, leaving out each student in turn for the error."""

import math

import numpy as np
import pytest

from la_research.audit.measured import Measured
from la_research.audit.standardised import cells_of, pooled_contrast, within_contrast
from la_research.seeds import stream

GROUPS, STRATA = 2, 3


def rows(n, students):
    rng = stream(21, "twins", "standardised", n)
    who = np.concatenate([np.arange(students), rng.integers(0, students, n - students)])
    group, stratum = rng.integers(-1, GROUPS, n), rng.integers(0, STRATA, n)
    label = (rng.random(n) < 0.4).astype(float)
    score = np.round(label + 0.4 * group + 0.5 * stratum + rng.normal(size=n) + rng.normal(size=students)[who], 2)
    return {"who": who, "group": group, "stratum": stratum, "label": label, "score": score}


def rate(part, _label):
    return float(np.mean(part > 0.8))


def order(part, label):
    cases, controls = part[label == 1], part[label == 0]
    won = (cases[:, None] > controls[None, :]) + 0.5 * (cases[:, None] == controls[None, :])
    return float(won.mean())


def textbook(data, value, weight):
    """Pooled gap, and the stratum gaps averaged by the weight of each stratum."""
    gap, total, pooled = 0.0, 0.0, []
    for group in range(GROUPS):
        inside = data["group"] == group
        pooled.append(value(data["score"][inside], data["label"][inside]))
    for stratum in range(STRATA):
        here = data["stratum"] == stratum
        each = [value(*(data[name][here & (data["group"] == g)] for name in ("score", "label"))) for g in range(GROUPS)]
        size = weight(data["label"][here])
        gap, total = gap + size * (each[0] - each[1]), total + size
    return pooled[0] - pooled[1], gap / total


def left_out(data, student):
    return {name: column[data["who"] != student] for name, column in data.items()}


@pytest.mark.parametrize(
    ("metric", "value", "weight"),
    [("selection", rate, len), ("auc", order, lambda label: label.sum() * (1 - label).sum())],
)
def test_values_are_sums_and_errors_are_the_jackknifes(metric, value, weight):
    data = rows(900, 700)
    guess = data["score"] if metric == "auc" else (data["score"] > 0.8).astype(float)
    measure = Measured(metric, np.ones(900, dtype=bool), data["label"], guess, data["who"], data["stratum"], True)
    cells = cells_of(measure, data["group"], GROUPS)
    pooled, within = pooled_contrast(cells, (0, 1)), within_contrast(cells, (0, 1))
    assert (pooled.value, within.value) == pytest.approx(textbook(data, value, weight), abs=1e-12)
    jackknife = np.array([textbook(left_out(data, student), value, weight) for student in range(700)])
    jackknife = np.column_stack([jackknife, jackknife[:, 0] - jackknife[:, 1]])
    errors = np.sqrt(699 / 700 * ((jackknife - jackknife.mean(axis=0)) ** 2).sum(axis=0))
    found = [contrast.error(cells) for contrast in (pooled, within, pooled.minus(within))]
    assert found == pytest.approx(errors.tolist(), rel=0.02)
    assert found[2] < math.hypot(found[0], found[1])  # both rest on the same students
