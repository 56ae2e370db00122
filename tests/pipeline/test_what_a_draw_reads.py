"""A draw makes only the tables that its hypotheses read, and finds what it would find in the whole cohort."""

from __future__ import annotations

import pytest

from la_research.pipeline import draws
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import generate_cohort


@pytest.mark.parametrize("claim", ["H1", "H3"])
def test_a_draw_finds_what_it_would_find_in_the_whole_cohort(claim, monkeypatch):
    study, campus = load_protocol("protocols/early-engagement"), load_scenario("default")
    lean = draws.one_draw(study, campus, n=400, seed=3, claims=[claim])
    asked = []

    def whole(scenario, *, tables, **given):
        asked.append(tables)
        return generate_cohort(scenario, **given)

    monkeypatch.setattr(draws, "generate_cohort", whole)
    assert draws.one_draw(study, campus, n=400, seed=3, claims=[claim]) == lean
    assert lean[0].value is not None
    assert ("activity" in asked[0]) is (claim == "H1")
