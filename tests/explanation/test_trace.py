"""A calculation for one student: every line redone on paper, every value from raw rows, and nobody else's number."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, Provenance, arrow_schema
from la_research.cohort.flow import eligible
from la_research.explanation.trace import Trace, trace_student
from la_research.explanation.trace.families import TRACED
from la_research.indicators import INDICATORS, compute_indicators, summarised
from la_research.indicators.assurance import NOT_OBSERVED, worked_cohort, worked_unit, worked_units
from la_research.indicators.registry import unit_values
from la_research.models import fitted
from la_research.protocol import Protocol
from la_research.schema import SOURCES, TABLES
from la_research.store import load_assurance, load_cohort, load_protocol, load_scenario
from la_research.synthetic import generate_cohort
from tests.explanation.by_hand import Page, redone

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent for path in (ROOT / "protocols").glob("*/assurance.yaml"))
LIGHTS = {"green": 0, "amber": 1, "red": 2}
EXACT = {"abs": 1e-9, "rel": 1e-9}
WRITTEN = {"abs": 1e-5, "rel": 1e-5}
"""What six decimals leave of a line with a dozen numbers."""
LOGS = {"abs": 2e-5, "rel": 2e-5}
"""Logarithms are kept to six decimals before they are divided by a swing of 0.25 or more."""


def study(unit: str = "student", estimator: str = "boosted", weeks: int = 8, **settings: Any) -> Protocol:
    return Protocol.model_validate(
        {
            "format": "la_research.protocol/1",
            "id": "paper",
            "title": "On paper",
            "question": "Is it so?",
            "data": "synthetic",
            "population": {"unit": unit, "index_week": 4},
            "calendar": {"weeks": weeks},
            "sources": {source: {} for source in SOURCES[:6]},
            "indicators": {name: settings.get(name, {}) for name in INDICATORS},
            "outcomes": [{"id": "left", "event": ["withdrawn"]}],
            "model": {"label": "left", "estimator": estimator},
            "consent": {"model_use": "not required", "research": "not required", "contact": "not required"},
        }
    )


def raw(cohort: Cohort) -> dict[str, list[dict[str, Any]]]:
    return {name: cohort.arrow(name).to_pylist() for name in TABLES if cohort.arrow(name).num_rows < 100_000}


def same(one: float | None, other: float | None, **near: float) -> bool:
    if one is None or other is None or math.isnan(other):
        return one is None and (other is None or math.isnan(other))
    return one == pytest.approx(other, **near)


def redo(trace: Trace) -> int:
    """Every line that has arithmetic, worked out again; how many there were."""
    done = 0
    for step in trace.steps:
        if step.arithmetic and not step.name.startswith("tree "):
            near = WRITTEN if step.part != "indicator" or "weeks" not in step.what else LOGS
            assert step.value == pytest.approx(redone(step.arithmetic), **near), step
            done += 1
        assert (step.value is None) == bool(step.reason) or step.part == "record", step
    return done


def test_every_shipped_indicator_is_worked_out_on_paper() -> None:
    assert set(TRACED) == set(INDICATORS)


def crooked(seed: int) -> Cohort:
    """Twenty-six enrolments on two modules, with late starts, early ends, gaps in feeds, a break, free sources."""
    draw = np.random.default_rng(seed)
    names = [f"e{i:02d}" for i in range(26)]
    modules = dict(zip(names, ["A"] * 14 + ["B"] * 12, strict=True))
    weeks = range(1, 9)
    day = {week: 7 * week - 6 + (7 if week > 5 else 0) for week in weeks}  # days 36 to 42 are a break
    tables: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    tables["calendar"] = [
        {"presentation": "P", "day": day[week] + i, "week": week, "kind": "teaching"}
        for week in weeks
        for i in range(7)
    ] + [{"presentation": "P", "day": 36 + i, "week": None, "kind": "break"} for i in range(7)]
    for module, source, first, last in (
        ("A", "vle", 1, 63), ("A", "library", 1, 63), ("A", "attendance", 8, 63), ("A", "assessments", 1, 63),
        ("B", "vle", 1, 63), ("B", "quizzes", 8, 63), ("B", "attendance", 1, 63),
    ):  # fmt: skip
        keys = {"module": module, "presentation": "P", "source": source}
        tables["feeds"].append({**keys, "first_day": first, "last_day": last if seed else 30})
    for i, name in enumerate(names):
        start = [None, -5, -5, -5, -5, 3, 10][int(draw.integers(7))]
        end = [None, None, None, None, 45][int(draw.integers(5))]
        student = "s00" if name in ("e00", "e14") else f"s{i:02d}"
        known = bool(draw.random() < 0.7)
        tables["enrolments"].append(
            {"enrolment_id": name, "student_id": student, "module": modules[name], "presentation": "P", "start": start,
             "end": end, "credits": 30 if known else None, "previous_attempts": 1 if known else None}
        )  # fmt: skip
        for source in ("vle", "library", "quizzes", "attendance"):
            if draw.random() < 0.15:
                tables["applicability"].append({"enrolment_id": name, "source": source, "applies": False})
        for week in weeks:
            for source in ("vle", "library", "quizzes", "union"):
                if draw.random() < 0.5 and not (week == 7 and modules[name] == "A"):
                    counts = {"count": int(draw.integers(1, 20)), "active_days": int(draw.integers(1, 6))}
                    tables["activity"].append({"enrolment_id": name, "week": week, "source": source, **counts})
            if draw.random() < 0.7:
                classes = {"expected": int(draw.integers(0, 4))}
                classes["attended"] = int(draw.integers(0, classes["expected"] + 1))
                tables["attendance"].append({"enrolment_id": name, "week": week, **classes})
        for k, due in enumerate((3, 20, 38, None)):  # day 3 is also a day of registration
            handed = None if draw.random() < 0.3 else int(draw.integers(1, 50))
            row = {"enrolment_id": name, "assessment_id": f"a{k}", "due_day": due, "submitted_day": handed}
            tables["assessments"].append(row)
    typed = {name: pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[name])) for name, rows in tables.items()}
    return Cohort(typed, Provenance("synthetic", "test"), "")


@pytest.mark.parametrize(("unit", "seed"), [("student", 0), ("student", 1), ("enrolment", 1)])
def test_every_indicator_equals_that_of_raw_rows_and_of_the_study_whatever_is_missing(unit: str, seed: int) -> None:
    protocol, cohort = study(unit, regularity={"window_weeks": 3}), crooked(seed)
    units = eligible(protocol, cohort)
    told = unit_values(protocol, cohort, units).to_pandas().set_index(["unit_id", "indicator", "week"])
    page = Page(raw(cohort), list(protocol.sources), list(units["enrolment_id"]), {"window_weeks": 3})
    reasons: set[str] = set()
    done = 0
    for unit_id, held in units.groupby("unit_id"):
        trace = trace_student(protocol, cohort, str(unit_id), weeks=range(1, 9), units=units)
        done += redo(trace)
        for name in INDICATORS:
            for week in range(1, 9):
                step, key = trace.last("indicator", name, week), (unit_id, name, week)
                assert step is not None
                assert same(step.value, told.loc[key, "value"] if key in told.index else None, **EXACT), (key, step)
                raws = [page.value(name, who, week) for who in held["enrolment_id"]]
                known = [one for one in raws if one is not None]
                assert same(step.value, sum(known) / len(known) if known else None, **LOGS), (key, step, raws)
                reasons.add(step.reason)
    assert done > 1000
    some = {"You were not registered at the end of this week.", "A source was not recorded on all days of this week."}
    assert reasons >= some
    if seed:
        assert reasons - some >= {
            "",
            "You registered after this week had begun.",
            "Fewer than 2 of your weeks were seen so far.",
            "Fewer than 3 of your earlier weeks were seen.",
            "No work was due yet.",
            "This was not recorded for you.",
            "No source that concerns you was recorded on this module.",
        }


def test_nobody_active_and_too_few_seen_are_told_apart() -> None:
    protocol, cohort = study("enrolment"), crooked(3)
    units = eligible(protocol, cohort)
    said = {
        (step.week, step.reason)
        for name in units["enrolment_id"]
        for step in trace_student(protocol, cohort, name, weeks=range(1, 9), units=units).of("indicator", "peer_share")
    }
    assert (2, "Fewer than 10 students of the module were seen in this week.") in said
    silent = {name: cohort.arrow(name) for name in TABLES if name != "activity"}
    nothing = Cohort(silent, Provenance("synthetic", "test"), "")
    lines = [
        step
        for name in units["enrolment_id"]
        for step in trace_student(protocol, nothing, name, weeks=[4], units=units).of("indicator", "peer_share")
    ]
    assert "Nobody on the module was active in this week." in {step.reason for step in lines}


def test_of_others_only_their_number_and_their_sum_enter() -> None:
    protocol = study("enrolment")

    def trace(*counts: int) -> Trace:
        rows = [{"week": week, "count": 12} for week in range(1, 5)]
        rows += [
            {"enrolment_id": f"fellow {i}", "week": week, "count": count}
            for i, count in enumerate(counts)
            for week in range(1, 5)
        ]
        cohort = worked_cohort(protocol, {"rows": {"activity": rows}})
        return trace_student(protocol, cohort, "the enrolment", units=worked_units(protocol, cohort))

    assert trace(*[20] * 9) == trace(180, *[0] * 8)
    assert trace(*[20] * 9) != trace(181, *[0] * 8)
    lines = trace(*[20] * 9).of("indicator", "peer_share")
    assert [step.arithmetic for step in lines if step.week == 4] == ["12", "192 / 10", "12 / (192 / 10)"]
    few = trace(*[20] * 8).last("indicator", "peer_share", 4)
    assert few is not None
    assert few.reason == "Fewer than 10 students of the module were seen in this week."


def test_fourteen_days_that_a_break_makes_too_short_hold_one_week() -> None:
    protocol = study("enrolment")
    rows = {"activity": [{"week": 2, "count": 30}, {"week": 3, "count": 10}]}
    for breaks, arithmetic, light in (([], "(30 + 10) / 2", 0), ([15], "10", 1)):
        case = {"rows": {**rows, "calendar": [{"day": day, "kind": "break"} for day in breaks]}}
        cohort = worked_cohort(protocol, case)
        units = worked_units(protocol, cohort)
        trace = trace_student(protocol, cohort, "the enrolment", units=units)
        lines = [step for step in trace.of("indicator", "rag") if step.week == 3]
        assert (lines[0].arithmetic, lines[-1].value) == (arithmetic, light)
        told = unit_values(protocol, cohort, units).to_pandas().set_index(["indicator", "week"])
        assert told.loc[("rag", 3), "value"] == light


def test_several_modules_get_a_line_each_and_a_line_for_the_mean() -> None:
    protocol = study()
    case = {
        "rows": {
            "enrolments": [{"enrolment_id": "second", "student_id": "the student", "module": "another module"}],
            "activity": [{"week": 4, "count": 10}, {"enrolment_id": "second", "week": 4, "count": 30}],
        }
    }
    cohort = worked_cohort(protocol, case)
    trace = trace_student(protocol, cohort, "the student", units=worked_units(protocol, cohort))
    lines = [step for step in trace.of("indicator", "weekly_activity") if step.week == 4]
    assert [(step.what, step.arithmetic, step.value) for step in lines] == [
        ("another module: actions of each source, added", "30", 30),
        ("the module: actions of each source, added", "10", 10),
        ("mean of your modules", "(30 + 10) / 2", 20.0),
    ]


def test_who_is_not_in_the_study_has_no_line() -> None:
    protocol, cohort = load_protocol(ROOT / "protocols/early-engagement"), load_cohort(ROOT / "synthetic/handmade")
    assert trace_student(protocol, cohort, "no_model_consent_a") == Trace((), None)
    assert trace_student(protocol, cohort, "nobody") == Trace((), None)


@pytest.mark.parametrize("folder", STUDIES, ids=lambda folder: folder.name)
def test_lines_of_hand_worked_students_come_to_what_was_promised(folder: Path) -> None:
    protocol = load_protocol(folder)
    for case in load_assurance(folder):
        cohort = worked_cohort(protocol, case)
        units, unit = worked_units(protocol, cohort), worked_unit(protocol)
        weeks = range(1, protocol.calendar.weeks + 1)
        trace = trace_student(protocol, cohort, unit, weeks=weeks, units=units)
        redo(trace)
        for name, promised in case["expected"].items():
            for week, value in promised.items():
                step = trace.last("indicator", name, week)
                assert step is not None
                if value == NOT_OBSERVED:
                    assert step.value is None, (case["student"], step)
                else:
                    part, _, whole = str(LIGHTS.get(value, value)).partition("/")
                    wanted = float(part) / float(whole or 1)
                    assert step.value == pytest.approx(wanted, abs=0.005 + 1e-9), (case["student"], step)


def modelled(cohort: Cohort, protocol: Protocol) -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    """The registered model fitted to labels that follow two indicators and chance, with its features and its units."""
    units = eligible(protocol, cohort)
    wide = summarised(protocol, compute_indicators(protocol, cohort), protocol.columns)
    features = wide.astype(np.float32).astype(np.float64)
    draw = np.random.default_rng(5)
    shift = 2.0 * (features["weekly_activity"] < 15) + (features["late_or_missing"] > 0)
    label = pd.Series((shift + draw.logistic(size=len(features)) > 0.5).astype(float), index=features.index)
    return fitted(protocol, features, label, "test"), features, units


@pytest.fixture(scope="module")
def campus() -> Cohort:
    """A generated campus on which every third enrolment has no credits on record."""
    made = generate_cohort(load_scenario("default"), n=300, seed=11)[0]
    tables = {name: made.arrow(name) for name in TABLES}
    enrolments = made.frame("enrolments")
    enrolments["credits"] = enrolments["credits"].where(enrolments.index % 3 > 0).astype("Int64")
    tables["enrolments"] = pa.Table.from_pandas(enrolments, schema=tables["enrolments"].schema, preserve_index=False)
    return Cohort(tables, made.provenance, "")


@pytest.mark.parametrize("estimator", ["boosted", "logistic"])
def test_the_lines_of_a_score_add_up_to_the_score_of_the_model(campus: Cohort, estimator: str) -> None:
    protocol = study(estimator=estimator)
    model, features, units = modelled(campus, protocol)
    chosen = features.index[np.random.default_rng(7).permutation(len(features))[:20]]
    missing = 0
    for unit in chosen:
        trace = trace_student(protocol, campus, unit, model, units=units)
        row = features.loc[[unit]].to_numpy()
        assert trace.score == pytest.approx(float(model.predict_proba(row)[0, 1]), abs=1e-12)
        read = {step.name: step.value for step in trace.of("feature")}
        assert list(read) == list(features.columns)
        for name, value in features.loc[unit].items():
            assert same(read[str(name)], value, abs=0, rel=1e-7)
        missing += sum(value is None for value in read.values())
        redo(trace)
        assert paper_score(trace) == pytest.approx(trace.score, abs=0.0005)  # as printed: 0.1 %
        (by_trees if estimator == "boosted" else by_products)(trace, model, row[0], features)
    assert missing > 0


def paper_score(trace: Trace) -> float:
    """Who has only the written numbers: start, what each line adds, and the share that the sum stands for."""
    *lines, _ = (step for step in trace.of("score") if step.name != "sum")
    total = sum(round(step.value or 0, 6) for step in lines)
    return 1 / (1 + math.exp(-total))


def by_trees(trace: Trace, model: Any, row: np.ndarray, features: pd.DataFrame) -> None:
    """Each tree adds what the model's own sum gains by it, and so it does for whoever fits what its line says."""
    start, *trees = (step for step in trace.of("score") if step.name == "start" or step.name.startswith("tree"))
    table = np.vstack([row, features.to_numpy()])
    sums = np.array([np.full(len(table), start.value), *(one.ravel() for one in model.staged_decision_function(table))])
    gains = np.diff(sums, axis=0)
    np.testing.assert_allclose([step.value for step in trees], gains[:, 0], atol=1e-12)
    assert len(trees) == 100
    columns = {INDICATORS[str(name)].label: table[:, place] for place, name in enumerate(features.columns)}
    for step, gain in zip(trees, gains, strict=True):
        fits = np.ones(len(table), dtype=bool)
        for said in step.arithmetic.split(", "):
            name = max((label for label in columns if said.startswith(label)), key=len)
            fits &= fitting(said.removeprefix(name).strip(), columns[name])
        np.testing.assert_allclose(gain[fits], step.value, atol=1e-12, err_msg=step.arithmetic)


def fitting(said: str, values: np.ndarray) -> np.ndarray:
    """Of whom it is so; the first, of whom it is said, among them. Who is within rounding of a cut-off is left out."""
    if said in ("is not known", "is known"):
        so = np.isnan(values) == (said == "is not known")
    else:
        found = re.fullmatch(r"(\S+) is (?:above (\S+))?(?: and )?(?:at most (\S+))?", said)
        assert found, said
        held, low, high = (math.nan if one is None else float(one) for one in found.groups())
        assert held == pytest.approx(values[0], abs=0.005001)
        assert not held <= low
        assert not held > high
        so = ~(values <= low + 0.01) & ~(values > high - 0.01) & ~np.isnan(values)
        so[0] = True
    assert so[0], said
    return so


def by_products(trace: Trace, model: Any, row: np.ndarray, features: pd.DataFrame) -> None:
    """From the table that the model was fitted to: median, mean and standard deviation of each column, then weights."""
    columns = features.to_numpy()
    gaps = np.isnan(columns)
    middle = np.nanmedian(columns, axis=0)
    filled = np.hstack([np.where(gaps, middle, columns), gaps[:, gaps.any(axis=0)]])
    own = np.hstack([np.where(np.isnan(row), middle, row), np.isnan(row)[gaps.any(axis=0)]])
    spread = np.where(filled.std(axis=0) > 0, filled.std(axis=0), 1)
    weights = model[-1].coef_[0]
    start, *lines = (step for step in trace.of("score") if step.name not in ("sum", "score"))
    assert start.value == pytest.approx(float(model[-1].intercept_[0]))
    expected = (own - filled.mean(axis=0)) / spread * weights
    np.testing.assert_allclose([step.value for step in lines], expected, atol=1e-9)


@pytest.mark.parametrize("estimator", ["boosted", "logistic"])
def test_on_the_handmade_cohort_every_student_can_be_redone(estimator: str) -> None:
    cohort = load_cohort(ROOT / "synthetic/handmade")
    protocol = study(estimator=estimator, weeks=10)
    model, features, units = modelled(cohort, protocol)
    told = compute_indicators(protocol, cohort).to_pandas().set_index(["unit_id", "indicator", "week"])["value"]
    page = Page(raw(cohort), list(protocol.sources), list(units["enrolment_id"]), {})
    for unit, who in zip(units["unit_id"], units["enrolment_id"], strict=True):
        trace = trace_student(protocol, cohort, unit, model, units=units)
        redo(trace)
        assert trace.score == pytest.approx(
            float(model.predict_proba(features.loc[[unit]].to_numpy())[0, 1]), abs=1e-12
        )
        for name in INDICATORS:
            for week in range(1, 5):
                step = trace.last("indicator", name, week)
                assert step is not None
                assert same(step.value, told.get((unit, name, week)), **EXACT)
                assert same(step.value, page.value(name, who, week), **LOGS), step


def test_a_model_that_is_no_sum_has_no_lines() -> None:
    cohort = load_cohort(ROOT / "synthetic/handmade")
    trace = trace_student(study(weeks=10), cohort, "steady_a", object())
    assert (trace.of("score"), trace.score) == ((), None)


def test_a_value_beside_a_cut_off_is_written_so_that_it_stays_on_its_side() -> None:
    from la_research.explanation.trace.steps import beside

    draw = np.random.default_rng(9)
    for value in draw.normal(size=300):
        for gap in 10.0 ** -draw.integers(1, 12, size=3):
            held, cut = beside(value, value + gap)
            assert float(held) < float(cut)
            held, cut = beside(value, value - gap)
            assert float(held) > float(cut)
