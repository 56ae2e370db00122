"""Faults of the extract: as many places as planted differ from the sound extract of the same students, and no other."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.synthetic.textbook import Campus, Dial, Family, Found, cases, check, exactly, share

PLAIN = {"years.count": 2, "leaving": 0, "term.break_after": 0}
STUDY = ("vle", "library", "lecture_capture", "quizzes")


def sound(campus: Campus, table: str) -> pd.DataFrame:
    """The table as it was before the extract."""
    return FAULTS.campus("off").table(table) if campus.scenario.faults != campus.scenario.faults.__class__() else (
        campus.table(table)
    )  # fmt: skip


def sums(campus: Campus, frame: pd.DataFrame, column: str) -> pd.Series:
    """Total of a column by module, presentation, week and source."""
    roll = campus.table("enrolments").set_index("enrolment_id")[["module", "presentation"]]
    keys = [key for key in ("module", "presentation", "week", "source") if key in {*frame, *roll}]
    joined = frame.join(roll, on="enrolment_id")
    return joined[joined["source"].isin(STUDY)].groupby(keys)[column].sum() if "source" in frame else (
        joined.groupby(keys)[column].sum()
    )  # fmt: skip


def beside(campus: Campus, table: str, column: str) -> pd.DataFrame:
    """Totals as extracted and as they were; a place without a row has 0."""
    now, was = (sums(campus, frame, column) for frame in (campus.table(table), sound(campus, table)))
    return pd.DataFrame({"now": now, "was": was}).fillna(0)


def doubled(campus: Campus) -> Found:
    places = beside(campus, "activity", "count")
    return exactly(((places["now"] == 2 * places["was"]) & (places["was"] > 0)).sum())


def silent(campus: Campus) -> Found:
    places = beside(campus, "activity", "count")
    return exactly(((places["now"] == 0) & (places["was"] > 0)).sum())


def nobody_came(campus: Campus) -> Found:
    places = beside(campus, "attendance", "attended")
    return exactly(((places["now"] == 0) & (places["was"] > 0)).sum())


def a_week_late(campus: Campus) -> Found:
    """Share of the first week's actions that moved on, in the one module and source whose clock is wrong."""
    places = beside(campus, "activity", "count").reset_index()
    changed = places[places["now"] != places["was"]]
    if changed.empty:
        return exactly(0.0)
    assert len(changed[["module", "presentation", "source"]].drop_duplicates()) == 1
    first = changed[changed["week"] == 1].iloc[0]
    p = 1 - first["now"] / first["was"]
    return p, np.sqrt(p * (1 - p) / first["was"])


def not_there_yet(campus: Campus) -> Found:
    """Share of marks of the sound extract that are missing."""
    key = ["enrolment_id", "assessment_id"]
    was = sound(campus, "assessments").dropna(subset=["score"]).set_index(key)["score"]
    return share(campus.table("assessments").set_index(key)["score"].reindex(was.index).isna().to_numpy())


FAULTS = Family(
    [
        Dial("faults.duplicates", 30, 0, doubled),
        Dial("faults.missing_feed", 20, 0, silent),
        Dial("faults.dead_turnstile", 25, 0, nobody_came),
        Dial("faults.late_marks", 0.25, 0.0, not_there_yet),
    ],
    PLAIN,
    cells=2,
)
CLOCK = Family([Dial("faults.clock_skew", 0.4, 0.0, a_week_late)], PLAIN, cells=2)
FAMILIES = (FAULTS, CLOCK)


@pytest.mark.parametrize(**cases(FAMILIES))
def test_what_is_planted_as_a_fault_is_found(family: Family, dial: Dial) -> None:
    check(family, dial)


def test_actions_that_are_late_are_lost_only_at_the_end_of_term() -> None:
    places = beside(CLOCK.campus("at"), "activity", "count").groupby("week").sum()
    moved = (places["was"] - places["now"]).to_numpy()
    assert moved[0] > 0
    assert 0 < moved.sum() < 0.6 * places["was"].iloc[-1]
