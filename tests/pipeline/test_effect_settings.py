"""Choices of a design on the command line: a number where a column could stand, several names between commas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.pipeline.effect import table_effect
from la_research.seeds import stream

COLUMNS = {"outcome": "after", "treatment": "sent", "unit": "who", "time": "week"}


@pytest.fixture(scope="module")
def draws(tmp_path_factory):
    rng = stream(1, "tests", "effect settings")
    who, week = np.repeat(np.arange(30), 6), np.tile(np.arange(1, 7), 30)
    table = pd.DataFrame({"who": who, "week": week, "sent": rng.integers(0, 2, 180), "after": rng.normal(size=180)})
    table = table.assign(chance=0.5, mood=rng.normal(size=180), busy=rng.normal(size=180))
    path = tmp_path_factory.mktemp("effect") / "draws.csv"
    table.to_csv(path, index=False)
    return path


def test_a_chance_is_a_column_or_a_number(draws):
    column, number = (
        table_effect(draws, "micro_randomised", COLUMNS, settings={"probability": chance}).findings["evaluation.effect"]
        for chance in ("chance", "0.5")
    )
    assert column.estimate == number.estimate


def test_several_names_stand_between_commas(draws):
    found = table_effect(draws, "mrt", COLUMNS, ("mood", "busy"), {"history": "mood, busy"}).findings
    rows = found["evaluation.effect.by_history"].rows
    assert {row.keys["history"] for row in rows} == {"mood", "busy"}


def test_a_wedge_is_read_from_the_week_of_each_start(tmp_path):
    rng = stream(2, "tests", "effect settings")
    group, week = np.repeat(np.arange(8), 40), np.tile(np.repeat(np.arange(1, 5), 10), 8)
    start = np.array([2, 3, 4, 0] * 2)[group]
    table = pd.DataFrame({"group": group, "week": week, "start": start, "score": rng.normal(size=320)})
    table.to_csv(tmp_path / "wedge.csv", index=False)
    columns = {"outcome": "score", "cluster": "group", "time": "week", "first": "start"}
    found = table_effect(tmp_path / "wedge.csv", "stepped-wedge", columns, settings={"random": "cluster"}).findings
    assert found["evaluation.effect"].estimate.method == "reml-kr"
    assert [row.keys["exposure"] for row in found["evaluation.effect.exposure"].rows] == [1, 2, 3]
