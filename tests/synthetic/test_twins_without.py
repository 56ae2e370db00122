"""A campus without one mechanism: the same students, and whom it does not touch is the same to the last byte."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from la_research.schema import TABLES
from la_research.seeds import CELL
from la_research.synthetic import generate_cohort
from la_research.synthetic.activity import usual_activity
from la_research.synthetic.cell import Cell, draw_cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import STAYS
from la_research.synthetic.switch import MECHANISMS, with_dials, without
from tests.synthetic.textbook import scenario_of

N, SEED = 1500, 11
BUSY = {
    "arrows": [
        {"cause": "women", "effect": "tariff", "size": 0.4},
        {"cause": "disabled", "effect": "commuting", "size": 0.5},
        {"cause": "international", "effect": "engagement", "size": -0.3},
    ],
    "label_bias.help_seeking": {"women": 1.5}, "label_bias.disclosure": {"disabled": 1.5},
    "help_seeking.weekly": -3, "help_seeking.disclosed": -2,
    "measurement_bias.item_shift": 0.5, "measurement_bias.source_shift": -0.5, "measurement_bias.recordings": 0.4,
    "consent.need": 0.5, "consent.groups": {"ethnic_minority": -0.8}, "consent.withdrawn_later": 0.1,
    "survey.need": 0.4, "survey.groups": {"mature": -0.5}, "survey.item_missing": 0.05,
    "proxy.size": 0.6, "leaving": 0.015, "coping.reduces": 0.4, "coping.works_more": 0.3,
    "contact.looks": [3, 6], "contact.cutoff": 0.7, "contact.probability": 0.6,
    "contact.groups": {"women": -0.5}, "contact.harmed": 0.2,
    "attrition.leaves": 0.2, "attrition.answers": -0.5, "peers.spillover": 0.8, "peers.size": 12,
    "chilling.told": -0.4, "gaming.share": 0.5, "years.count": 3, "years.activity": 0.2, "years.link": 0.2,
    "faults.duplicates": 5, "faults.clock_skew": 0.3, "faults.dead_turnstile": 5, "faults.missing_feed": 5,
    "faults.late_marks": 0.2,
}  # fmt: skip
"""Every mechanism is on; contacts are a trial here."""
CAMPUSES = {"trial": BUSY, "selection": {**BUSY, "contact.selection": 1.0}}
TOLD = {"chilling.refused": 0.3, "feedback.weeks": [3, 8], "feedback.notice": 0.8, "feedback.groups": {"women": 0.6},
        "peers.climate": 0.4, "peers.size": 12}  # fmt: skip
OTHERS = {
    "preferred": {**TOLD, "contact.prefers": {"women": 1.0, "tariff": -0.5}, "contact.cutoff": 0.9},
    "arms": {**TOLD, "contact.by": "group", "contact.cutoff": 0.9, "contact.arms": {
        "email": {"share": 0.4, "talked": 0.2}, "phone": {"share": 0.3, "talked": 0.9}}},
    "two stages": {"contact.saturations": [0.1, 0.9], "contact.cutoff": 0.9},
    "wedge": {**TOLD, "rollout.weeks": [3, 6], "rollout.never": 0.3, "rollout.activity": 0.4, "rollout.trend": 0.05},
    "nudged": {**TOLD, "nudges.weeks": [3, 5, 7], "nudges.available": "quiet", "nudges.effect": 0.5},
}  # fmt: skip
"""Other ways to be drawn, on campuses of their own."""

LIVED = {"activity", "attendance", "assessments", "responses", "services"}
CONTACTS = {"contacts", "assignments"}
AFTER = LIVED | CONTACTS | {"enrolments", "outcomes"}
"""All that follows from activity: who is below the cut-off, who is contacted, who leaves because of it."""


class Study:
    """One cohort and the cells behind it."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        cohort, truth = generate_cohort(scenario, n=N, seed=SEED)
        frames = {name: cohort.frame(name) for name in TABLES if name not in ("calendar", "feeds", "events")}
        held = {"truth.weeks": truth.tables["weeks"].to_pandas()}  # as lived; what might have been is another
        self.frames = {name: _numbered(frame) for name, frame in {**frames, **held}.items()}
        self.cells = [draw_cell(scenario, SEED, i, min(CELL, N - i * CELL)) for i in range(-(-N // CELL))]

    def of(self, find: Callable[[Cell], np.ndarray]) -> np.ndarray:
        return np.concatenate([find(cell)[: cell.size] for cell in self.cells])

    def belongs(self, *groups: str) -> np.ndarray:
        return self.of(lambda cell: np.any([cell.students.groups[g] for g in groups], axis=0))


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(who=frame["student_id" if "student_id" in frame else "enrolment_id"].str[1:8].astype(int))


@lru_cache(maxsize=2)
def busy(campus: str) -> Study:
    return Study(scenario_of({**CAMPUSES, **OTHERS}[campus]))


def anyone(on: Study, off: Study) -> np.ndarray:
    return np.ones(N, bool)


def copes(*styles: int):
    return lambda on, off: on.of(lambda cell: np.isin(cell.students.coping, styles))


def members(*groups: str):
    return lambda on, off: on.belongs(*groups)


def either(find: Callable[[Cell], np.ndarray]):
    """Students of whom something holds on one of the two campuses."""
    return lambda on, off: on.of(find) | off.of(find)


def contacted(and_also: Callable[[Cell], np.ndarray] = lambda cell: np.ones(CELL, bool)):
    return either(lambda cell: cell.traces.contacted & and_also(cell))


def has_a_spell(on: Study, off: Study) -> np.ndarray:
    moving = [study.of(lambda cell: cell.traces.course.moving) for study in (on, off)]
    return (moving[0] != moving[1]).any(axis=1)


def agrees_otherwise(on: Study, off: Study) -> np.ndarray:
    return (on.of(lambda c: c.students.consent) != off.of(lambda c: c.students.consent)).any(axis=1)


considered = either(lambda cell: cell.traces.eligible)


def begins(on: Study, off: Study) -> np.ndarray:
    """For whom a roll-out starts some time."""
    return on.of(lambda cell: cell.traces.start[:, 0] > 0)


def agreed_or_begins(on: Study, off: Study) -> np.ndarray:
    """Who was drawn a start week or might be considered at a look, and all in groups that start."""
    return begins(on, off) | on.of(lambda cell: cell.students.consent[:, 1])


def is_nudged(on: Study, off: Study) -> np.ndarray:
    """Who is nudged, or could have been; where there are no nudges, who is considered."""
    return either(lambda cell: cell.traces.nudges.available.any(axis=1))(on, off) | considered(on, off)


def rates_otherwise(on: Study, off: Study) -> np.ndarray:
    return on.belongs("women") | contacted()(on, off)


def just_below(cell: Cell) -> np.ndarray:
    """Some actions in the week of a look, and fewer than the rule asks for."""
    weeks = np.array(cell.scenario.contact.looks) - 1
    actions = cell.traces.activity.counts[:, 0, weeks].sum(axis=2)
    asked = cell.scenario.contact.cutoff * usual_activity(cell.scenario)[cell.students.module[:, 0]][:, weeks]
    return ((actions > 0) & (actions < asked)).any(axis=1)


TOUCHES: dict[str, tuple[Callable[[Study, Study], np.ndarray], set[str]]] = {
    "association": (copes(1, -1), AFTER),
    "association_between": (copes(1, -1), AFTER),
    "association_within": (copes(1, -1), AFTER),
    "need_gaps": (members("women", "disabled"), AFTER | {"consent"}),
    "activity_gaps": (members("women", "disabled"), AFTER),
    "term_stress": (anyone, AFTER),
    "workload": (anyone, AFTER),
    "episodes": (has_a_spell, AFTER),
    "over_working": (copes(-1), AFTER),
    "arrows": (members("women", "disabled", "international"), AFTER | {"students"}),
    "label_bias": (members("women", "disabled"), {"services", "outcomes"}),
    "measurement_bias": (
        lambda on, off: on.belongs("international") | on.of(lambda cell: cell.students.uses_recordings), AFTER,
    ),
    "consent_selection": (agrees_otherwise, AFTER | {"consent"}),
    "missing_not_at_random": (anyone, {"responses"}),
    "proxy": (members("ethnic_minority"), AFTER | {"students"}),
    "leaving": (either(lambda cell: cell.students.leaves_day < STAYS), AFTER),
    "trigger_selection": (either(lambda cell: cell.traces.eligible), AFTER),
    "effect": (contacted(lambda cell: cell.traces.talked), LIVED),
    "effect_differences": (contacted(lambda cell: cell.traces.talked & cell.students.groups["women"]), LIVED),
    "harm": (contacted(lambda cell: cell.traces.harmed), LIVED),
    "attrition": (contacted(), LIVED | {"enrolments", "outcomes"}),
    "spillover": (either(lambda cell: cell.traces.peers > 0), AFTER),
    "chilling": (contacted(), {"activity"}),
    "gaming": (lambda on, off: off.of(just_below), AFTER),
    "year_drift": (lambda on, off: on.of(lambda cell: cell.students.year > 0), AFTER),
    "duplicates": (anyone, {"activity"}),
    "clock_skew": (anyone, {"activity"}),
    "dead_turnstile": (anyone, {"attendance"}),
    "missing_feed": (anyone, {"activity"}),
    "late_marks": (anyone, {"assessments"}),
    "preference": (considered, AFTER),
    "arms": (considered, AFTER),
    "group_draw": (considered, AFTER),
    "climate": (anyone, AFTER),
    "refusal": (contacted(), {"responses"}),
    "feedback": (anyone, {"responses"}),
    "feedback_differences": (rates_otherwise, {"responses"}),
    "rollout": (agreed_or_begins, AFTER),
    "rollout_activity": (begins, {"activity"}),
    "differential_trend": (begins, {"activity"}),
    "nudges": (is_nudged, AFTER),
    "nudge_effect": (is_nudged, {"activity", *CONTACTS}),
}  # fmt: skip
"""By mechanism: whom it touches itself, and the tables in which that can show."""


WHERE = {
    "preference": ("preferred",), "arms": ("arms",), "group_draw": ("arms", "two stages"), "climate": ("wedge",),
    "refusal": ("preferred", "wedge"), "feedback": ("arms",), "feedback_differences": ("preferred",),
    "rollout": ("wedge",), "rollout_activity": ("wedge",), "differential_trend": ("wedge",), "nudges": ("nudged",),
    "nudge_effect": ("nudged",),
}  # fmt: skip
"""The campuses on which a mechanism is on; ``CAMPUSES`` where none is named."""
PAIRS = [(mechanism, campus) for mechanism in TOUCHES for campus in WHERE.get(mechanism, CAMPUSES)]


def through_peers(on: Study, off: Study, touched: np.ndarray) -> np.ndarray:
    """With their tutor group, where a student touched is contacted in one campus otherwise than in the other."""
    talks = [
        study.of(lambda cell: np.where(cell.traces.contacted & cell.traces.talked, cell.traces.look, 0))
        for study in (on, off)
    ]
    number = np.arange(N)
    group = number // CELL * CELL + number % CELL // on.scenario.peers.size
    return touched | np.isin(group, group[touched & (talks[0] != talks[1])])


def test_it_is_known_of_every_mechanism_whom_it_touches() -> None:
    assert set(TOUCHES) == set(MECHANISMS)
    dials = {**CAMPUSES, **OTHERS}
    on = {name: scenario_of(dials[WHERE.get(name, ("selection",))[0]]) for name in MECHANISMS}
    assert all(without(scenario, name) != scenario for name, scenario in on.items())


@pytest.mark.parametrize(("mechanism", "campus"), sorted(PAIRS, key=lambda pair: pair[1]))
def test_without_a_mechanism_only_whom_it_touches_is_another(mechanism: str, campus: str) -> None:
    if mechanism == "trigger_selection" and campus == "trial":
        campus = "selection"
    on = busy(campus)
    off = Study(without(on.scenario, mechanism))
    who, tables = TOUCHES[mechanism]
    touched = through_peers(on, off, who(on, off))
    differ = set()
    for name, frame in on.frames.items():
        other = off.frames[name]
        untouched = [f[~touched[f["who"]]].reset_index(drop=True) for f in (frame, other)]
        assert untouched[0].equals(untouched[1]), (name, "a student who is not touched")
        if not frame.equals(other) and not name.startswith("truth"):
            differ.add(name)
    assert differ
    assert differ <= tables


def test_two_mechanisms_off_are_the_same_in_any_order() -> None:
    scenario = busy("trial").scenario
    assert without(scenario, "effect", "leaving") == without(without(scenario, "leaving"), "effect")
    assert without(scenario) == scenario


def test_what_was_off_before_changes_nothing() -> None:
    plain = scenario_of({})
    off = [name for name in MECHANISMS if without(plain, name) == plain]
    assert {"label_bias", "spillover", "gaming", "arrows"} <= set(off)
    assert {"association", "need_gaps", "effect", "leaving"}.isdisjoint(off)
    assert with_dials(plain, []).digest == plain.digest
