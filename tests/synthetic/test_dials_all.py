"""No dial without a proof: every dial of a scenario is named by a recovery test."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from la_research.seeds import CELL
from la_research.synthetic.activity import draw_noise
from la_research.synthetic.graph import TRAITS
from la_research.synthetic.refusals import dials
from la_research.synthetic.scenario import WORDS, Scenario
from la_research.synthetic.students import draw_students
from la_research.synthetic.traces import draw_cell_noise
from tests.synthetic.test_dials_course import ARROWS
from tests.synthetic.textbook import Dial, scenario_of

LABELS = {"modules.code", "modules.subject", "arrows.cause", "arrows.effect"}
"""Names of things; an arrow is proved by its size, for every trait that it can move."""
FILES = sorted(Path(__file__).parent.glob("test_dials_*.py"))


def proved() -> list[Dial]:
    rooms = [import_module(f"tests.synthetic.{file.stem}") for file in FILES if file.stem != "test_dials_all"]
    return [dial for room in rooms for family in room.FAMILIES for dial in family.dials]


def test_every_dial_is_found_again_by_a_textbook_estimator() -> None:
    named = {dial.path for dial in proved()}
    assert set(dials(Scenario)) - WORDS - LABELS - named == set()
    assert named - set(dials(Scenario)) == set()
    assert {arrow["effect"] for arrow in ARROWS} == set(TRAITS)


def test_a_new_dial_without_a_proof_would_be_noticed() -> None:
    class Wider(Scenario):
        gravity: float = 9.81

    assert set(dials(Wider)) - {dial.path for dial in proved()} - WORDS - LABELS == {"gravity"}


@pytest.mark.parametrize("dial", proved(), ids=lambda dial: dial.path)
def test_a_dial_leaves_all_that_chance_drew(dial: Dial) -> None:
    """The numbers behind activity and contacts are the same whatever the dials, but for the length of the term."""
    if dial.path == "term.weeks":
        return
    plain = {"term.weeks": 14} if dial.path.startswith("term") else {}
    plain |= {"rollout.by": "module"} if dial.path == "rollout.starts" else {}
    plain |= {"years.count": 2} if dial.path.startswith("faults") else {}
    turned, usual = scenario_of({**plain, dial.sets or dial.path: dial.at}), scenario_of(plain)
    noises = [draw_noise(scenario, 7, 0) for scenario in (turned, usual)]
    chances = [draw_cell_noise(s, draw_students(s, 7, 0), 7, 0).chance for s in (turned, usual)]
    for one, two in (noises, chances):
        assert all(np.array_equal(value, vars(two)[name]) for name, value in vars(one).items())
        assert all(len(value) == CELL for value in vars(one).values())
