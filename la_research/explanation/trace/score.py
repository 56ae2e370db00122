"""The model's own arithmetic for one student: a sum of trees or of products, and the share it stands for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from la_research.explanation.trace.steps import Step, added, beside, paper, term
from la_research.indicators.registry import INDICATORS

UNIT = "points of the sum"
"""What a student calls log-odds."""
BLOCK = 10
"""Trees that one line of the running sum adds."""
Features = Sequence[tuple[str, float | None]]
"""Indicators by id in the model's order, and their values; None where there is none."""


def score_steps(model: Any, features: Features) -> tuple[Step, ...]:
    """The lines of a score; none for a model that is no sum of trees and no line.

    Parameters
    ----------
    model
        What ``la_research.models.fitted`` returned.
    features
        As the model reads them.

    Returns
    -------
    tuple of Step
        Of trees: "start", each tree with its path in words and what it adds, "sum" after each ten trees. Of a line:
        "start", the product of each indicator, "sum". In the end "score", 0 to 1.
    """
    if hasattr(model, "_predictors"):
        steps = list(_trees(model, features))
    elif hasattr(model, "steps"):
        steps = list(_line(model, features))
    else:
        return ()
    total = float(steps[-1].value or 0.0)
    text = f"1 / (1 + exp({paper(-total)}))"
    return (*steps, Step("score", "score", None, text, _share(total), "share", what="the score"))


def _share(total: float) -> float:
    if total < 0:
        return math.exp(total) / (1 + math.exp(total))
    return 1 / (1 + math.exp(-total))


def _trees(model: Any, features: Features) -> Iterator[Step]:
    total = float(model._baseline_prediction.ravel()[0])
    yield Step("score", "start", None, "", total, UNIT, what="where the sum begins, for everybody")
    waiting = [total]
    trees = [one[0].nodes for one in model._predictors]
    for number, nodes in enumerate(trees, 1):
        path, leaf = _path(nodes, features)
        yield Step("score", f"tree {number}", None, path, leaf, UNIT)
        total += leaf
        waiting.append(leaf)
        if number % BLOCK == 0 or number == len(trees):
            yield Step("score", "sum", None, added(waiting), total, UNIT, what=f"after tree {number}")
            waiting = [total]


def _path(nodes: Any, features: Features) -> tuple[str, float]:
    """What has to be so of each indicator to reach the leaf, and the value of the leaf."""
    lines: dict[int, list[float]] = {}
    place = 0
    while not nodes[place]["is_leaf"]:
        node = nodes[place]
        column, cut = int(node["feature_idx"]), float(node["num_threshold"])
        value = features[column][1]
        lines.setdefault(column, []).append(cut)
        left = bool(node["missing_go_to_left"]) if value is None else value <= cut
        place = int(node["left"] if left else node["right"])
    told = [_told(*features[column], cuts) for column, cuts in lines.items()]
    return ", ".join(told) or "for everybody", float(nodes[place]["value"])


def _told(name: str, value: float | None, cuts: list[float]) -> str:
    """An indicator between the nearest cut-offs of a path; the others say less.

    >>> _told("weekly_activity", 9.0, [4.5, 12.5, 2.5]), _told("weekly_activity", None, [4.5])
    ('weekly activity 9 is above 4.5 and at most 12.5', 'weekly activity is not known')
    """
    label = INDICATORS[name].label
    if value is None:
        return f"{label} is not known"
    near = {
        "above": max((cut for cut in cuts if cut < value), default=-math.inf),
        "at most": min((cut for cut in cuts if value <= cut), default=math.inf),
    }
    written = [(side, *beside(value, cut)) for side, cut in near.items() if math.isfinite(cut)]
    if not written:
        return f"{label} is known"
    held = max((one for _, one, _ in written), key=len)
    return f"{label} {held} is {' and '.join(f'{side} {cut}' for side, _, cut in written)}"


def _line(model: Any, features: Features) -> Iterator[Step]:
    impute, scale, final = (step for _, step in model.steps)
    start = float(final.intercept_[0])
    yield Step("score", "start", None, "", start, UNIT, what="where the sum begins, for everybody")
    columns = [
        (name, float(impute.statistics_[place]) if value is None else value, value is None)
        for place, (name, value) in enumerate(features)
    ]
    told = [(name, value, "not known, so the middle value of all" if gap else "") for name, value, gap in columns]
    for place in impute.indicator_.features_ if impute.indicator_ is not None else ():
        name, _, gap = columns[int(place)]
        told.append((name, float(gap), "1 where the value is not known, else 0"))
    total, parts = start, [start]
    for (name, value, what), centre, spread, weight in zip(
        told, scale.mean_, scale.scale_, final.coef_[0], strict=True
    ):
        part = (value - float(centre)) / float(spread) * float(weight)
        text = f"({paper(value)} - {term(float(centre))}) / {paper(float(spread))} * {term(float(weight))}"
        yield Step("score", INDICATORS[name].label, None, text, part, UNIT, what=what)
        total += part
        parts.append(part)
    yield Step("score", "sum", None, added(parts), total, UNIT, what="of all lines")
