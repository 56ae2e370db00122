"""A small cohort without a planted effect, and its truth."""

import pytest


@pytest.fixture(scope="session")
def made():
    """Sixty students of the null scenario: cohort and truth."""
    from la_research.store import load_scenario
    from la_research.synthetic import generate_cohort

    return generate_cohort(load_scenario("null"), n=60, seed=3)


@pytest.fixture
def cohort(made):
    return made[0]


@pytest.fixture
def truth(made):
    return made[1]
