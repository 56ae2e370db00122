"""Groups that start one after the other: what is found, what the gate stops, and what can not be analysed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.protocol.designs.stepped_wedge import SteppedWedge
from la_research.seeds import stream

CLUSTERS, PERIODS, STUDENTS = 12, 5, 10


def rows(**changes) -> pd.DataFrame:
    """The support adds 1; clusters differ by 0.5 SD of a student, periods of a cluster by 0.3."""
    rng = stream(2, "tests", "stepped wedge")
    cluster = np.repeat(np.arange(CLUSTERS), PERIODS * STUDENTS)
    time = np.tile(np.repeat(np.arange(1.0, PERIODS + 1), STUDENTS), CLUSTERS)
    first = cluster % 4 + 2.0
    cell = (cluster * PERIODS + time - 1).astype(int)
    noise = 0.5 * rng.normal(size=CLUSTERS)[cluster] + 0.3 * rng.normal(size=CLUSTERS * PERIODS)[cell]
    outcome = 50 + 0.2 * time + (time >= first) + noise + rng.normal(size=len(cluster))
    return pd.DataFrame({"cluster": cluster, "time": time, "first": first, "outcome": outcome} | changes)


def found(table: pd.DataFrame, **settings):
    return effect_of_rows(SteppedWedge(kind="stepped_wedge", **settings), Sample(table))


def reason(table: pd.DataFrame) -> str:
    finding = found(table)["evaluation.effect"]
    assert finding.verdict == "not analysed"
    assert finding.estimate is None
    return finding.reason


def treated(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(treatment=(table["time"] >= table["first"]).astype(float)).drop(columns="first")


def test_the_planted_effect_is_found_with_its_exposures_and_estimating_equations():
    findings = found(rows())
    effect = findings["evaluation.effect"].estimate
    assert effect.lower < 1 < effect.upper
    assert effect.method == "reml-kr"
    exposure = findings["evaluation.effect.exposure"]
    assert [row.keys["exposure"] for row in exposure.rows] == [1, 2, 3, 4]
    assert exposure.estimate.value == pytest.approx(np.mean([row.estimate.value for row in exposure.rows]))
    marginal = findings["evaluation.effect.gee"]
    assert marginal.estimate.method == "gee-md"
    assert marginal.rows[0].estimate == effect


def test_who_had_the_support_and_when_it_started_give_the_same():
    one, other = (found(table)["evaluation.effect"].estimate for table in (rows(), treated(rows())))
    assert one == other


def test_fewer_degrees_of_freedom_give_a_wider_interval():
    exact, plain = (found(rows(), df=df)["evaluation.effect"].estimate for df in ("kenward_roger", "clusters_minus_2"))
    assert plain.value == exact.value
    assert plain.method == "reml-t"
    assert plain.upper - plain.lower > exact.upper - exact.lower


def test_students_who_come_again_share_a_part_of_the_spread():
    table = rows()
    again = table.groupby(["cluster", "time"]).cumcount() + STUDENTS * table["cluster"]
    trait = stream(3, "tests", "stepped wedge").normal(size=again.max() + 1)
    shown = found(table.assign(unit=again, outcome=table["outcome"] + 2 * trait[again]))["evaluation.effect"]
    shares = {row.keys["what"].rpartition(" of ")[2]: row.estimate.value for row in shown.rows}
    assert shares["a student"] > 0.6
    assert shown.estimate.n == CLUSTERS * STUDENTS


def test_the_gate_stops_groups_that_grow_once_the_support_is_there():
    table = treated(rows())
    crowd = table[table["treatment"] == 1]
    assert "As many students" in reason(pd.concat([table, crowd, crowd], ignore_index=True))


def test_the_gate_stops_answers_that_stop_with_the_support():
    table = treated(rows())
    gone = (table["treatment"] == 1) & (np.arange(len(table)) % 3 == 0)
    assert "known as often" in reason(table.assign(outcome=table["outcome"].where(~gone)))


def test_what_can_not_be_analysed_says_why():
    table = rows()
    had = treated(table)
    assert "neither" in reason(table.drop(columns="first"))
    assert "fewer than three clusters" in reason(table.assign(cluster=0))
    assert "nothing is compared" in reason(table.assign(first=3.0))
    off = had["treatment"].where(had["time"] < 5, 0.0)
    assert "goes back off" in reason(had.assign(treatment=off))
    assert "varies within a cluster" in reason(had.assign(treatment=np.arange(len(had)) % 2))
    assert "overlap" in reason(table.assign(unit=table["cluster"]))
    assert "the same for all" in reason(table.assign(outcome=1.0))
    assert "one period only" in reason(table[table["time"] == 3])


def test_an_outcome_without_any_spread_beyond_clusters_and_periods_gives_no_number():
    table = rows()
    assert "leave no spread" in reason(table.assign(outcome=10.0 * table["cluster"] + table["time"]))


def test_one_row_a_cluster_and_period_is_enough():
    means = rows().groupby(["cluster", "time", "first"], as_index=False)["outcome"].mean()
    effect = found(means)["evaluation.effect"]
    assert [row.keys["what"] for row in effect.rows] == ["spread shared by the rows of a cluster"]
    assert effect.estimate.lower < 1 < effect.estimate.upper
