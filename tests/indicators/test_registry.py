"""The table of all indicators: complete, sorted, blind to the future and to who is not in the study."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from la_research.cohort import Cohort, Provenance, arrow_schema
from la_research.errors import ProtocolError
from la_research.indicators import INDICATORS, compute_indicators, describe_indicators, summarised
from la_research.indicators.registry import unit_values
from la_research.protocol import Protocol
from la_research.schema import TABLES
from la_research.wording import lint

WEEKS = 8
LAST_DAYS = {week: 7 * week + 7 * (week > 4) for week in range(1, WEEKS + 1)}  # a break of a week after week 4
SOURCES = ("vle", "library", "attendance", "assessments")


def study(unit: str = "enrolment", **changes: Any) -> Protocol:
    return Protocol.model_validate(
        {
            "format": "la_research.protocol/1",
            "id": "table",
            "title": "A table",
            "question": "Is it so?",
            "data": "synthetic",
            "population": {"unit": unit, "index_week": 4},
            "calendar": {"weeks": WEEKS},
            "consent": {"model_use": "required", "contact": "not required", "research": "not required"},
            "sources": {source: {} for source in SOURCES},
            "indicators": {name: {} for name in INDICATORS},
            "outcomes": [],
            **changes,
        }
    )


def rows(n: int = 30, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Students on two modules, some late, some gone, some on both."""
    draw = np.random.default_rng(seed)
    ids = [f"e{i:02d}" for i in range(n)]
    days = [(day, next((w for w, last in LAST_DAYS.items() if last - 7 < day <= last), None)) for day in range(1, 64)]
    starts = draw.choice([-5, -5, 3, 12, None], n)
    ends = draw.choice([None, None, None, 40, 60], n)
    weekly = [(e, w, s) for e in ids for w in LAST_DAYS for s in SOURCES[:2] if draw.random() < 0.7]
    return {
        "enrolments": pd.DataFrame(
            {
                "enrolment_id": ids,
                "student_id": [f"s{i - i % 10 // 9:02d}" for i in range(n)],  # every tenth enrolment is a second one
                "module": ["A" if i % 2 else "B" for i in range(n)],
                "presentation": "P",
                "start": starts,
                "end": ends,
                "credits": 60,
                "previous_attempts": 0,
            }
        ),
        "activity": pd.DataFrame(weekly, columns=["enrolment_id", "week", "source"]).assign(
            count=draw.poisson(9, len(weekly)), active_days=draw.integers(1, 8, len(weekly)), seconds=None
        ),
        "attendance": pd.DataFrame(
            [(e, w, 3, int(draw.integers(0, 4))) for e in ids for w in LAST_DAYS],
            columns=["enrolment_id", "week", "expected", "attended"],
        ),
        "assessments": pd.DataFrame(
            [
                (e, f"a{due}", due, None if draw.random() < 0.2 else due + int(draw.integers(-3, 20)), None)
                for e in ids
                for due in (9, 20, 31, 44)
            ],
            columns=["enrolment_id", "assessment_id", "due_day", "submitted_day", "score"],
        ),
        "calendar": pd.DataFrame(
            [("P", day, week, "teaching" if week else "break") for day, week in days],
            columns=["presentation", "day", "week", "kind"],
        ),
        "feeds": pd.DataFrame(
            [(m, "P", s, 1, 63) for m in "AB" for s in SOURCES if (m, s) != ("B", "library")],
            columns=["module", "presentation", "source", "first_day", "last_day"],
        ),
        "applicability": pd.DataFrame({"enrolment_id": ids[:5], "source": "attendance", "applies": False}),
        "consent": pd.DataFrame(
            {"student_id": [f"s{i:02d}" for i in range(n)], "presentation": "P", "flag": "model_use", "from_day": 1}
        ).assign(given=[i % 7 != 3 for i in range(n)]),
    }


def cohort(frames: dict[str, pd.DataFrame]) -> Cohort:
    tables = {
        name: pa.Table.from_pylist(
            frame.astype(object).where(frame.notna(), None).to_dict("records"), schema=arrow_schema(TABLES[name])
        )
        for name, frame in frames.items()
    }
    return Cohort(tables, Provenance("synthetic", "test"), "")


def everybody(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    return frames["enrolments"].assign(unit_id=frames["enrolments"]["enrolment_id"])


def until(frames: dict[str, pd.DataFrame], week: int) -> dict[str, pd.DataFrame]:
    """The same cohort as it was known on the last day of a week."""
    day = LAST_DAYS[week]
    known = dict(frames)
    for name in ("activity", "attendance"):
        known[name] = frames[name][frames[name]["week"] <= week]
    due = frames["assessments"][frames["assessments"]["due_day"] <= day]
    known["assessments"] = due.assign(submitted_day=due["submitted_day"].where(due["submitted_day"] <= day))
    left = frames["enrolments"]["end"]
    known["enrolments"] = frames["enrolments"].assign(end=left.where(left.astype(float) <= day))
    known["feeds"] = frames["feeds"].assign(last_day=np.minimum(frames["feeds"]["last_day"], day))
    return known


@given(week=st.integers(1, WEEKS), seed=st.integers(0, 2**16))
@settings(max_examples=8, deadline=None, derandomize=True)
def test_a_value_at_a_week_uses_nothing_after_that_week(week: int, seed: int) -> None:
    frames = rows(n=24, seed=seed)
    protocol = study()
    whole = unit_values(protocol, cohort(frames), everybody(frames)).to_pandas()
    known = unit_values(protocol, cohort(until(frames, week)), everybody(frames)).to_pandas()
    expected = whole[whole["week"] <= week].reset_index(drop=True)
    pd.testing.assert_frame_equal(known[known["week"] <= week].reset_index(drop=True), expected, check_exact=True)


def test_the_table_is_sorted_and_says_why_where_there_is_no_value() -> None:
    table = compute_indicators(study(), cohort(rows()))
    frame = table.to_pandas()
    assert table.column_names == ["unit_id", "week", "indicator", "value", "reason"]
    pd.testing.assert_frame_equal(frame, frame.sort_values(["indicator", "unit_id", "week"], ignore_index=True))
    assert not frame.duplicated(["indicator", "unit_id", "week"]).any()
    assert (frame["value"].isna() == frame["reason"].notna()).all()
    assert set(frame["indicator"]) == set(INDICATORS)


def test_running_twice_gives_equal_bytes() -> None:
    protocol, frames = study(), rows()
    first = compute_indicators(protocol, cohort(frames))
    assert first.equals(compute_indicators(protocol, cohort(frames)))
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in frames.items()}
    assert first.equals(compute_indicators(protocol, cohort(shuffled)))


def test_whoever_is_not_in_the_study_does_not_enter_the_mean_of_peers() -> None:
    frames = rows(n=40)
    consenting = compute_indicators(study(), cohort(frames))
    refused = {f"s{i:02d}" for i in range(40) if i % 7 == 3}
    theirs = frames["enrolments"].loc[frames["enrolments"]["student_id"].isin(refused), "enrolment_id"]
    busy = frames["activity"].assign(
        count=frames["activity"]["count"].where(~frames["activity"]["enrolment_id"].isin(theirs), 10_000)
    )
    assert len(theirs) > 0
    assert consenting.equals(compute_indicators(study(), cohort({**frames, "activity": busy})))


def test_a_student_has_the_mean_of_the_enrolments_and_no_reason_where_one_is_observed() -> None:
    frames = rows()
    single = compute_indicators(study(), cohort(frames)).to_pandas()
    student = compute_indicators(study(unit="student"), cohort(frames)).to_pandas()
    owner = frames["enrolments"].set_index("enrolment_id")["student_id"]
    by_hand = single.assign(unit_id=single["unit_id"].map(owner)).groupby(["indicator", "unit_id", "week"])["value"]
    np.testing.assert_allclose(student["value"], by_hand.mean(), rtol=1e-12)
    assert (student["value"].isna() == student["reason"].notna()).all()
    assert student["unit_id"].nunique() < single["unit_id"].nunique()


def test_an_unknown_indicator_is_refused_by_name() -> None:
    protocol = study(indicators={"weekly_activty": {}})
    with pytest.raises(ProtocolError) as caught:
        compute_indicators(protocol, cohort(rows()))
    assert [fault.code for fault in caught.value.faults] == ["protocol.unknown_indicator"]


def test_a_summary_is_the_mean_or_the_latest_as_the_card_says() -> None:
    table = pa.table(
        {
            "unit_id": ["a"] * 5 + ["a"] * 5 + ["b"],
            "week": [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 4],
            "indicator": ["weekly_activity"] * 5 + ["rag"] * 5 + ["rag"],
            "value": [2.0, None, 4.0, 9.0, 100.0, 0.0, 0.0, 0.0, 2.0, 1.0, None],
        }
    )
    wide = summarised(study(), table, ("weekly_activity", "rag"))
    assert wide.loc["a"].to_list() == [(2 + 4 + 9) / 3, 2.0]
    assert wide.loc["b"].isna().all()


def test_findings_give_the_mean_of_the_index_week_and_the_share_observed() -> None:
    units = [f"u{i:02d}" for i in range(40)]
    values = [None] * 10 + [float(i % 3) for i in range(30)]
    table = pa.table({"unit_id": units, "week": [4] * 40, "indicator": ["active_days"] * 40, "value": values})
    found = describe_indicators(study(indicators={"active_days": {}}), table)
    mean = found["indicators.values"].rows[0].estimate
    share = found["indicators.observed"].rows[0].estimate
    assert mean is not None
    assert share is not None
    assert (mean.value, mean.unit, mean.n) == (1.0, "days a week", 30)
    half = 2.0452 * math.sqrt(20 / 29) / math.sqrt(30)  # ten each of 0, 1 and 2; t at 29 degrees of freedom
    assert mean.upper == pytest.approx(1 + half, abs=1e-3)
    assert (share.value, share.n) == (30 / 40, 40)


def test_findings_on_fewer_than_ten_students_are_suppressed() -> None:
    units = [f"u{i:02d}" for i in range(40)]
    values = [None] * 35 + [1.0, 2.0, 3.0, 4.0, 5.0]
    table = pa.table({"unit_id": units, "week": [4] * 40, "indicator": ["active_days"] * 40, "value": values})
    found = describe_indicators(study(indicators={"active_days": {}}), table)
    assert found["indicators.values"].rows[0].verdict == "suppressed"


@pytest.mark.parametrize("card", INDICATORS.values(), ids=list(INDICATORS))
def test_a_card_is_complete_and_speaks_of_students_as_the_house_does(card: Any) -> None:
    texts = (card.label, card.plain, card.construct, card.window, card.unit, card.applicability, card.reference)
    assert all(texts)
    assert [problem for text in texts for problem in lint(text)] == []
    assert len(card.plain.split()) <= 25
