"""Holm over what was registered, whichever stage estimates it."""

from __future__ import annotations

import pytest

from la_research.protocol import Hypothesis
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.registered import family_levels, judged


class Study:
    """A protocol as far as families are concerned."""

    def __init__(self, *hypotheses: Hypothesis) -> None:
        self.hypotheses = hypotheses


def claim(name: str, family: str = "one", kind: str = "between", **more) -> Hypothesis:
    given = {"outcome": "mood", "direction": "positive", "smallest_effect": 0.05, **more}
    return Hypothesis(id=name, kind=kind, family=family, **given)


SURE, UNSURE = Coefficient(1.0, 0.01, 100, 101), Coefficient(0.1, 0.1, 100, 101)


def test_a_hypothesis_that_another_stage_answers_counts_in_its_family():
    study = Study(claim("H1"), claim("H2"), claim("H3", kind="effect"))
    assert family_levels(study, {"H1": SURE, "H2": UNSURE}) == {
        "H1": pytest.approx(0.05 / 3),
        "H2": pytest.approx(0.05 / 2),
    }


def test_families_do_not_share_their_alpha():
    study = Study(claim("H1"), claim("H2", family="two"))
    assert family_levels(study, {"H1": SURE, "H2": UNSURE}) == {"H1": 0.05, "H2": 0.05}


def test_the_finding_shows_both_the_interval_of_holm_and_the_plain_one():
    found = judged(claim("H1"), Coefficient(0.10, 0.045, 1e6, 900), 0.025, "SD per SD", "t")
    assert (found["verdict"], found["estimate"].level) == ("inconclusive", 0.975)
    assert found["estimate"].lower < 0 < found["rows"][0].estimate.lower
    assert found["rows"][0].keys == {"what": "plain 95 % interval"}
    assert (found["hypothesis"], found["confirmatory"]) == ("H1", True)


def test_an_effect_against_the_registered_direction_is_contradicted():
    assert judged(claim("H1", direction="negative"), SURE, 0.05, "SD per SD", "t")["verdict"] == "contradicted"


def test_the_whole_interval_has_to_lie_beyond_where_the_protocol_asks_for_it():
    slope = Coefficient(0.10, 0.04, 1e6, 900)
    assert judged(claim("H1"), slope, 0.05, "SD per SD", "t")["verdict"] == "supported"
    assert judged(claim("H1", beyond=True), slope, 0.05, "SD per SD", "t")["verdict"] == "inconclusive"
