"""Whatever the dials, a cohort is sound: exactly n students, no fault, no empty number, the same for any worker."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args, get_origin

import annotated_types
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from la_research.cohort import check_cohort
from la_research.errors import ScenarioError
from la_research.schema import TABLES
from la_research.synthetic import generate_cohort
from la_research.synthetic.graph import GROUPS
from la_research.synthetic.refusals import dials
from la_research.synthetic.scenario import WORDS, Scenario
from tests.synthetic.test_twins_without import BUSY
from tests.synthetic.textbook import scenario_of

SEED = 5


def made(dials: dict[str, Any], n: int, jobs: int = 1) -> Any:
    return generate_cohort(scenario_of(dials), n=n, seed=SEED, jobs=jobs)


def assert_sound(dials: dict[str, Any], n: int) -> None:
    cohort, truth = made(dials, n)
    tables = {name: cohort.arrow(name) for name in TABLES if name != "events"}
    assert check_cohort(tables) == []
    assert tables["students"].num_rows == truth.tables["students"].num_rows == n
    for name, table in tables.items():
        empty = [c.name for c in TABLES[name].columns if not c.nullable and table.column(c.name).null_count]
        assert empty == [], name
        for column in table.columns:
            if str(column.type) == "double":
                assert np.isfinite(column.drop_null().to_numpy()).all()
    assert np.isfinite(truth.tables["weeks"].column("wellbeing").to_numpy()).all()


@pytest.mark.parametrize("n", [1, 2, 1023, 1024, 1025, 3000])
def test_exactly_n_students_with_every_dial_on(n: int) -> None:
    assert_sound(BUSY, n)


@lru_cache(maxsize=1)
def by_one_worker() -> Any:
    return made(BUSY, 2500)


@pytest.mark.parametrize("jobs", [2, 3])
def test_workers_never_change_a_value_with_every_dial_on(jobs: int) -> None:
    (one, truth_one), (many, truth_many) = by_one_worker(), made(BUSY, 2500, jobs=jobs)
    assert all(one.arrow(name).equals(many.arrow(name)) for name in TABLES if name != "events")
    assert all(truth_one.tables[name].equals(truth_many.tables[name]) for name in ("students", "weeks"))


def test_a_larger_cohort_begins_with_the_same_students_but_for_a_tutor_group_cut_in_two() -> None:
    """Groups of 12: of the first 40 students the last four lack peers whom the larger cohort has."""
    small, large = made(BUSY, 40)[0], by_one_worker()[0]
    for name in ("students", "vault", "enrolments", "activity", "responses", "assessments", "contacts", "outcomes"):
        frames = [cohort.frame(name) for cohort in (small, large)]
        key = "student_id" if "student_id" in frames[0] else "enrolment_id"
        kept = [frame[frame[key].str[1:8].astype(int) < 36].reset_index(drop=True) for frame in frames]
        assert kept[0].equals(kept[1]), name


ONE = [{"code": "ONLY100", "share": 1, "subject": "any"}]
SHORT = {"term.weeks": 4, "term.break_after": 0, "term.hard_weeks": [3], "term.due_weeks": [4],
         "term.who5_weeks": [2, 4], "term.phq8_weeks": [4], "contact.looks": [2]}  # fmt: skip
EDGES: dict[str, dict[str, Any]] = {
    "four weeks": SHORT,
    "forty weeks": {"term.weeks": 40, "term.who5_weeks": list(range(1, 41))},
    "no wave": {"term.who5_weeks": [], "term.phq8_weeks": []},
    "one wave in the first week": {"term.who5_weeks": [1], "term.phq8_weeks": []},
    "nothing due": {"term.due_weeks": [], "term.hard_weeks": []},
    "only hard weeks": {"term.hard_weeks": list(range(1, 13))},
    "a break after the last week": {"term.break_after": 12},
    "one module": {"modules": ONE, "people.second_module": 1},
    "nobody commutes": {"people.commutes": 0, "proxy.size": 3},
    "everybody commutes": {"people.commutes": 1, "proxy.size": -3},
    "nobody answers": {"survey.response": 0, "survey.need": 3},
    "everybody answers": {"survey.response": 1, "survey.need": -3},
    "no item answered": {"survey.item_missing": 1},
    "no consent": {"consent.model_use": 0, "consent.contact": 0, "consent.research": 0, "consent.need": 3},
    "all consent": {"consent.model_use": 1, "consent.contact": 1, "consent.research": 1, "consent.withdrawn_later": 1},
    "a look in every week": {"contact.looks": list(range(2, 13)), "contact.cutoff": 7, "peers.spillover": 3},
    "a look in the last week": {"contact.looks": [12]},
    "everyone contacted": {"contact.probability": 1, "contact.cutoff": 7, "contact.talked": 1, "contact.selection": 2},
    "everyone harmed": {"contact.harmed": 1, "contact.harm": 3, "contact.cutoff": 7, "attrition.leaves": 1},
    "everyone leaves in the first week": {"leaving": 1},
    "groups that do not fit a cell": {"peers.size": 37, "peers.spillover": 1, "contact.cutoff": 7},
    "everyone on two modules": {"people.second_module": 1},
    "three years": {"years.count": 3, "years.activity": -3, "years.link": 3},
    "everyone plays the system": {"gaming.share": 1, "gaming.reach": 1, "contact.running": "active_days"},
    "all silent": {"engagement.silent_first": 0.95, "engagement.silent_last": 0.95},
    "loud": {"engagement.trait_sd": 5, "engagement.week_sd": 5, "engagement.source_sd": 5},
    "women only": {"people.female": 1, "people.online_only": 1, "people.disability": 1},
    "whole groups and arms": {"contact.by": "group", "peers.size": 37, "contact.cutoff": 500, "contact.arms": {
        "email": {"share": 0.5}, "phone": {"share": 0.5, "talked": 1}}},
    "no group and every group": {"contact.saturations": [0, 1], "contact.cutoff": 500, "peers.spillover": 1},
    "chosen by everything": {"contact.prefers": {"women": 3, "commuting": -3, "paid_work": 3, "tariff": -3}},
    "one step": {"rollout.weeks": [2], "rollout.activity": 3, "rollout.trend": 0.5, "gaming.share": 1},
    "more steps than groups": {"rollout.weeks": list(range(2, 13)), "peers.size": 64, "attrition.leaves": 1},
    "no group starts": {"rollout.weeks": [5], "rollout.never": 1},
    "a start in the last week": {"rollout.by": "module", "rollout.starts": {"BIO110": 12, "NUR140": 2}},
    "a nudge in every week": {"nudges.weeks": list(range(2, 12)), "nudges.effect": 3, "nudges.fading": 0},
    "nobody nudged twice": {"nudges.weeks": [2, 3, 4], "nudges.opt_out": 1, "nudges.available": "quiet"},
    "nobody answers again": {"chilling.refused": 1, "feedback.weeks": [2, 12], "feedback.notice": 3},
    "nothing moves": {"wellbeing.stable": 1, "wellbeing.persistence": 1, "wellbeing.episodes": 1},
}  # fmt: skip


@pytest.mark.parametrize("edge", EDGES)
def test_a_dial_at_its_edge_makes_a_sound_cohort(edge: str) -> None:
    assert_sound(EDGES[edge], 60)


def rows(edge: str, table: str) -> Any:
    return made(EDGES[edge], 300)[0].frame(table)


def test_a_share_of_nought_is_nobody_and_of_one_is_everybody() -> None:
    assert not rows("nobody commutes", "students")["commutes"].any()
    assert rows("everybody commutes", "students")["commutes"].all()
    assert len(rows("nobody answers", "responses")) == 0
    assert not rows("no consent", "consent")["given"].any()
    assert rows("all consent", "consent").query("from_day == 1")["given"].all()
    assert rows("everyone leaves in the first week", "enrolments")["end"].between(1, 7).all()
    assert rows("everyone on two modules", "enrolments").groupby("student_id").size().eq(2).all()
    assert rows("one module", "enrolments").groupby("student_id").size().eq(1).all()
    assert len(rows("everyone contacted", "assignments")) == 0
    contacts = rows("everyone contacted", "contacts").query("step == 'talked'")
    assert len(contacts) == rows("everyone contacted", "contacts")["student_id"].nunique() > 100


def bounds(metadata: list[Any], kind: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mark in metadata:
        for name, key in (("ge", "min_value"), ("gt", "min_value"), ("le", "max_value"), ("lt", "max_value")):
            limit = getattr(mark, name, None)
            if limit is not None:
                found[key] = limit
                if name in ("gt", "lt") and kind is float:
                    found["exclude_min" if name == "gt" else "exclude_max"] = True
    return found


def values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    """Any value that the model allows for a number, a choice, or a number by group."""
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return values(inner, [*metadata, *marks])
    if get_origin(annotation) is Literal:
        return st.sampled_from(get_args(annotation))
    if get_origin(annotation) is dict:
        return st.dictionaries(st.sampled_from(GROUPS), values(get_args(annotation)[1], []), max_size=4)
    flat = [part for mark in metadata for part in (mark.metadata if hasattr(mark, "metadata") else [mark])]
    flat = [part for mark in flat for part in (mark if isinstance(mark, annotated_types.GroupedMetadata) else [mark])]
    limits = bounds(flat, annotation)
    if annotation is int:
        return st.integers(**limits)
    return st.floats(**limits, allow_nan=False, width=32 if not limits else 64)


SET_APART = ("term.", "modules.", "arrows.", "people.ethnicity", "people.age", "people.religion", "people.orientation",
             "contact.looks", "contact.arms", "contact.saturations", "rollout.weeks", "rollout.starts", "nudges.weeks",
             "feedback.weeks")  # fmt: skip


def free_dials() -> dict[str, st.SearchStrategy[Any]]:
    found = {}
    for path in dials(Scenario):
        if path in WORDS or path.startswith(SET_APART):
            continue
        model: Any = Scenario
        *sections, last = path.split(".")
        for section in sections:
            model = model.model_fields[section].annotation
        info = model.model_fields[last]
        found[path] = values(info.annotation, list(info.metadata))
    return found


FREE = free_dials()


@st.composite
def campuses(draw: st.DrawFn) -> dict[str, Any]:
    """Up to eight dials anywhere in their range, on a term of any length."""
    chosen = draw(st.lists(st.sampled_from(sorted(FREE)), unique=True, max_size=8))
    turned = {path: draw(FREE[path]) for path in chosen}
    weeks = draw(st.integers(4, 20))
    some = st.lists(st.integers(1, weeks), unique=True, min_size=1, max_size=4).map(sorted)
    turned |= {f"term.{name}": draw(some) for name in ("hard_weeks", "who5_weeks", "phq8_weeks", "due_weeks")}
    turned |= {"term.weeks": weeks, "term.break_after": draw(st.integers(0, weeks))}
    looks = st.lists(st.integers(2, weeks), unique=True, min_size=1, max_size=3).map(sorted)
    drawn_by = draw(st.sampled_from(["contact.looks", "rollout.weeks", "nudges.weeks"]))
    return {**turned, "contact.looks": draw(looks), "feedback.weeks": draw(looks), drawn_by: draw(looks)}


@given(campuses(), st.integers(1, 40))
@settings(max_examples=60)
def test_any_setting_within_its_range_makes_a_sound_cohort(turned: dict[str, Any], n: int) -> None:
    with suppress(ScenarioError):  # shares that exceed 1 together, more faults than there are places
        scenario_of(turned)
        assert_sound(turned, n)


def test_every_dial_can_be_drawn() -> None:
    assert len(FREE) > 60
    assert {"link.between", "survey.groups", "contact.running", "peers.size", "faults.clock_skew"} <= set(FREE)
