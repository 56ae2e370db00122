"""Faults of the extract: where the truth says they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from la_research.errors import ScenarioError
from la_research.schema import TABLES
from la_research.store import load_scenario
from la_research.synthetic import generate_cohort
from la_research.synthetic.faults import planned_faults
from la_research.synthetic.switch import with_dials, without

SEED, N = 6, 700
ALL = ["faults.duplicates=5", "faults.clock_skew=0.4", "faults.dead_turnstile=4", "faults.missing_feed=6",
       "faults.late_marks=0.2"]  # fmt: skip
KINDS = ("duplicates", "clock_skew", "dead_turnstile", "missing_feed", "late_marks")


def campus(*dials: str):
    return with_dials(with_dials(load_scenario("default"), ["years.count=2"]), dials)


def made(*dials: str):
    return generate_cohort(campus(*dials), n=N, seed=SEED)[0]


@pytest.fixture(scope="module")
def sound():
    return made()


def placed(cohort, name: str):
    """A table with the module and presentation of each row."""
    where = cohort.frame("enrolments").set_index("enrolment_id")[["module", "presentation"]]
    return cohort.frame(name).join(where, on="enrolment_id").set_index(["module", "presentation", "week"]).sort_index()


def others_equal(one, two, name: str) -> bool:
    return all(one.arrow(table).equals(two.arrow(table)) for table in TABLES if table != name)


def test_what_was_delivered_twice_is_doubled_and_nothing_else(sound):
    faulty = made("faults.duplicates=5")
    places = {fault[1:] for fault in planned_faults(campus("faults.duplicates=5"), SEED)}
    one, two = (placed(cohort, "activity").reset_index() for cohort in (sound, faulty))
    struck = [
        place in places for place in zip(one["module"], one["presentation"], one["week"], one["source"], strict=True)
    ]
    assert len(places) == 5
    assert sum(struck) > 20
    assert two["count"].tolist() == np.where(struck, 2 * one["count"], one["count"]).tolist()
    assert two["active_days"].equals(one["active_days"])
    assert others_equal(sound, faulty, "activity")


def test_a_missing_feed_leaves_no_row_though_the_feed_says_present(sound):
    faulty = made("faults.missing_feed=6")
    places = {fault[1:] for fault in planned_faults(campus("faults.missing_feed=6"), SEED)}
    one, two = (placed(cohort, "activity").reset_index() for cohort in (sound, faulty))
    kept = [
        place not in places
        for place in zip(one["module"], one["presentation"], one["week"], one["source"], strict=True)
    ]
    assert one[kept].reset_index(drop=True).equals(two)
    assert len(two) < len(one)
    assert others_equal(sound, faulty, "activity")


def test_a_dead_turnstile_counts_nobody_and_still_expects_them(sound):
    faulty = made("faults.dead_turnstile=4")
    places = [fault[1:4] for fault in planned_faults(campus("faults.dead_turnstile=4"), SEED)]
    one, two = placed(sound, "attendance"), placed(faulty, "attendance")
    struck = one.index.isin(places)
    assert (two["attended"][struck] == 0).all()
    assert one["attended"][struck].sum() > 20
    assert one[~struck].equals(two[~struck])
    assert one["expected"].equals(two["expected"])
    assert others_equal(sound, faulty, "attendance")


def test_a_late_clock_moves_its_share_of_one_source_a_week_on(sound):
    faulty = made("faults.clock_skew=0.4")
    (fault,) = planned_faults(campus("faults.clock_skew=0.4"), SEED)
    assert (fault.kind, fault.week) == ("clock_skew", None)
    one, two = (placed(cohort, "activity").reset_index() for cohort in (sound, faulty))
    place = ["module", "presentation", "source"]
    here = [(rows[place] == [fault.module, fault.presentation, fault.source]).all(axis=1) for rows in (one, two)]
    assert one[~here[0]].reset_index(drop=True).equals(two[~here[1]].reset_index(drop=True))
    before, after = (
        rows[at].groupby("week")["count"].sum().reindex(range(1, 13)) for rows, at in zip((one, two), here, strict=True)
    )
    moved = {1: before[1] - after[1]}
    for week in range(2, 13):  # what arrived, less what left; after week 6 comes a break, in which actions have no week
        moved[week] = before[week] - after[week] + (moved[week - 1] if week != 7 else 0)
    counts = one[here[0]].groupby("week").size()
    for week in range(1, 13):  # each count is moved to within an action of its share, up or down by chance
        assert abs(moved[week] - 0.4 * before[week]) < 4 * 0.5 * np.sqrt(counts[week])
    assert (two["active_days"] <= np.minimum(two["count"], 7)).all()
    assert others_equal(sound, faulty, "activity")


def test_late_marks_are_handed_in_and_not_there_yet(sound):
    faulty = made("faults.late_marks=0.2")
    one, two = sound.frame("assessments"), faulty.frame("assessments")
    late = one["score"].notna() & two["score"].isna()
    assert two["submitted_day"].equals(one["submitted_day"])
    assert two["score"][~late].equals(one["score"][~late])
    low, high = stats.binom.interval(0.999, int(one["score"].notna().sum()), 0.2)
    assert low <= late.sum() <= high
    assert others_equal(sound, faulty, "assessments")


@pytest.mark.parametrize("kind", KINDS)
def test_switching_one_fault_off_leaves_the_others_as_they_are(kind):
    faulty = campus(*ALL)
    rest = without(faulty, kind)
    assert planned_faults(rest, SEED) == tuple(fault for fault in planned_faults(faulty, SEED) if fault.kind != kind)
    one, two = (generate_cohort(scenario, n=200, seed=SEED)[0] for scenario in (faulty, rest))
    touched = {"dead_turnstile": "attendance", "late_marks": "assessments"}.get(kind, "activity")
    assert others_equal(one, two, touched)


def test_places_of_one_kind_are_distinct_and_missing_is_never_doubled():
    full = with_dials(load_scenario("default"), ["faults.duplicates=100", "faults.missing_feed=188"])
    planned = planned_faults(full, 1)
    assert len({fault[1:] for fault in planned}) == len(planned) == 288


def test_faults_do_not_depend_on_the_workers_nor_the_students():
    scenario = campus(*ALL)
    one, two = (generate_cohort(scenario, n=1100, seed=SEED, jobs=jobs)[0] for jobs in (1, 2))
    assert all(one.arrow(name).equals(two.arrow(name)) for name in TABLES)
    few, _ = generate_cohort(scenario, n=50, seed=SEED)
    kept = one.frame("activity")
    assert kept[kept["enrolment_id"] < "s0000050"].equals(few.frame("activity"))


@pytest.mark.parametrize("dial", ["faults.dead_turnstile=145", "faults.duplicates=200"])
def test_more_faults_than_places_are_refused(dial):
    modules = "modules=[{code: ART101, share: 1, subject: arts}]"
    with pytest.raises(ScenarioError) as caught:
        with_dials(load_scenario("default"), [dial, modules])
    assert caught.value.faults[0].code == "scenario.value"
