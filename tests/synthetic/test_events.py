"""The event log: as many events as were counted, over as many days, at hours at which people study."""

from __future__ import annotations

import pandas as pd
import pytest

from la_research.schema import TABLES
from la_research.store import load_scenario
from la_research.synthetic import generate_cohort
from la_research.synthetic.switch import with_dials
from la_research.synthetic.tables import REQUIRED

DIALS = ["faults.duplicates=20", "faults.clock_skew=0.5", "years.count=2"]


def log(dials=(), n=120, seed=3):
    return generate_cohort(with_dials(load_scenario("default"), dials), n=n, seed=seed, tables=TABLES)[0]


def timed(cohort) -> pd.DataFrame:
    """Events with day and week of their presentation."""
    events = cohort.frame("events")
    at = pd.to_datetime(events["at"], format="%Y-%m-%dT%H:%M:%SZ")
    start = cohort.frame("enrolments").set_index("enrolment_id")["presentation"]
    first = (
        events["enrolment_id"]
        .map(start)
        .map({"2025A": pd.Timestamp("2025-09-22"), "2026A": pd.Timestamp("2026-09-21")})
    )
    weeks = cohort.frame("calendar").query("presentation == '2025A'").set_index("day")["week"]
    day = (at.dt.normalize() - first).dt.days + 1
    return events.assign(at=at, day=day, week=day.map(weeks))


@pytest.mark.parametrize("dials", [(), DIALS])
def test_events_agree_with_every_weekly_count_and_its_active_days(dials):
    cohort = log(dials)
    found = timed(cohort).groupby(["enrolment_id", "week", "source"])["day"].agg(["size", "nunique"]).reset_index()
    counted = cohort.frame("activity")
    assert found["size"].tolist() == counted["count"].tolist()
    assert found["nunique"].tolist() == counted["active_days"].tolist()
    assert (
        found[["enrolment_id", "week", "source"]]
        .astype({"week": int})
        .equals(counted[["enrolment_id", "week", "source"]])
    )


def test_no_source_records_a_student_twice_in_a_second_and_nobody_at_night():
    events = timed(log())
    assert not events.duplicated(["enrolment_id", "at", "source"]).any()
    assert set(events["at"].dt.hour) == set(range(7, 23))
    weekend = events["at"].dt.dayofweek >= 5
    assert 0.05 < weekend.mean() < 2 / 7


def test_a_very_busy_day_still_has_its_own_second_for_each_event():
    cohort = log(["modules=[{code: ART101, share: 1, subject: arts, activity: 3}]"], n=8)
    most = (cohort.frame("activity")["count"] / cohort.frame("activity")["active_days"]).max()
    events = cohort.frame("events")
    assert most > 500
    assert not events.duplicated(["enrolment_id", "at", "source"]).any()


def test_a_student_whom_a_dial_does_not_touch_has_the_same_events():
    helped, alone = (log([f"contact.effect={effect}"], n=300) for effect in (2.0, 0.0))
    one, two = (
        cohort.frame("events").groupby("enrolment_id")["at"].apply(list).to_dict() for cohort in (helped, alone)
    )
    touched = {name[:8] for name in {*one, *two} if one.get(name) != two.get(name)}
    talked = set(helped.frame("contacts").query("step == 'talked'")["student_id"])
    assert touched
    assert touched <= talked


def test_without_asking_there_are_no_events_and_all_else_is_the_same():
    campus = load_scenario("default")
    silent, _ = generate_cohort(campus, n=120, seed=3)
    assert silent.arrow("events").num_rows == 0
    loud = log()
    assert all(silent.arrow(name).equals(loud.arrow(name)) for name in REQUIRED)
