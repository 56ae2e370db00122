"""Hand-worked students: what a committee was promised, computed and compared sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort, Provenance, arrow_schema
from la_research.errors import AssuranceError, Fault
from la_research.indicators.registry import INDICATORS, unit_values
from la_research.protocol import Protocol
from la_research.schema import ACTIVITY_SOURCES, TABLES

STUDENT = "the student"
ENROLMENT = "the enrolment"
MODULE = "the module"
PRESENTATION = "the term"
START = -6
"""Registered a week before day 1."""
LIGHTS = {"green": 0, "amber": 1, "red": 2}
NOT_OBSERVED = "not observed"
DECIMALS = 2
"""A value is compared to so many decimals, or to as many as the case writes."""

Case = Mapping[str, Any]
"""student; rows (table -> list of rows); expected (indicator -> week -> number or "not observed"); where, if it may."""
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Result:
    """One expected value beside the computed one; ``held`` says whether they agree."""

    sentence: str
    held: bool
    where: str

    def __str__(self) -> str:
        return self.sentence

    @property
    def fault(self) -> Fault:
        """The result as an error, for one that was not held."""
        return Fault(
            "assurance.unexpected_value",
            self.sentence.rstrip("."),
            self.where,
            "work the case out again by hand; if it stands, the indicator or its settings are wrong",
        )


def assure(protocol: Protocol, cases: Sequence[Case]) -> tuple[Result, ...]:
    """Work out the indicators of hand-worked students and compare.

    Only what a case is about has to be written: the student is called "the student", on "the
    module" in "the term", registered from day -6 on, with a feed of every source of the
    protocol all term, and teaching weeks without a break. ``feeds`` that are written are all
    the feeds there are. ``calendar`` rows of kind "break" push later weeks back. Rows that
    name another ``enrolment_id`` are of a fellow student on the same module.

    Parameters
    ----------
    cases
        As ``load_assurance`` reads them. Expected is a number, a fraction ("1/3"), a light
        ("amber") or "not observed"; the last also stands where a student is not registered.

    Raises
    ------
    AssuranceError
        ``assurance.malformed`` and ``assurance.unknown_indicator``, all of them at once.

    Examples
    --------
    >>> from la_research.protocol import Protocol
    >>> study = Protocol.model_validate({
    ...     "format": "la_research.protocol/1", "id": "one", "title": "One", "question": "Any?", "data": "synthetic",
    ...     "sources": {"vle": {}}, "indicators": {"weekly_activity": {}}, "outcomes": []})
    >>> silent = {"student": "A silent student", "rows": {}, "expected": {"weekly_activity": {3: 0}}}
    >>> print(*assure(study, [silent]))
    A silent student: weekly activity in week 3 should be 0 and is 0.
    """
    AssuranceError.raise_if(fault for i, case in enumerate(cases) for fault in _faults(protocol, case, i))
    return tuple(result for i, case in enumerate(cases) for result in _results(protocol, case, i))


def raise_unexpected(results: Iterable[Result]) -> None:
    """Raise one AssuranceError with every result that was not held."""
    AssuranceError.raise_if(result.fault for result in results if not result.held)


def _faults(protocol: Protocol, case: Case, i: int) -> Iterable[Fault]:
    where = _where(case, i)
    if not {"student", "rows", "expected"} <= set(case):
        yield _malformed("a case does not hold student, rows and expected", where)
        return
    for name, weeks in case["expected"].items():
        if name not in protocol.indicators or name not in INDICATORS:
            yield Fault(
                "assurance.unknown_indicator",
                f"the protocol has no indicator called '{name}'",
                f"{where}, expected.{name}",
                f"name some of: {', '.join(sorted(protocol.indicators))}",
            )
        for week, value in weeks.items():
            if _expected(value) is None and value != NOT_OBSERVED:
                here = f"{where}, expected.{name}.{week}"
                yield _malformed("an expected value is no number, no light and not 'not observed'", here)
    yield from _row_faults(case["rows"], where)


def _where(case: Case, i: int) -> str:
    return str(case.get("where") or f"assurance.yaml, case {i + 1}")


def _row_faults(tables: Mapping[str, Rows], where: str) -> Iterable[Fault]:
    for name, rows in tables.items():
        if name not in TABLES:
            yield _malformed(f"there is no table '{name}' in a cohort", f"{where}, rows.{name}")
            continue
        for row in rows:
            filled = _filled(name, row)
            unknown = set(filled) - set(TABLES[name].names)
            owed = [c.name for c in TABLES[name].columns if not c.nullable and filled.get(c.name) is None]
            if unknown:
                yield _malformed(f"'{name}' has no column '{min(unknown)}'", f"{where}, rows.{name}")
            if owed and name not in ("feeds", "calendar"):
                yield _malformed(f"a row of '{name}' does not give '{owed[0]}'", f"{where}, rows.{name}")


def _malformed(problem: str, where: str) -> Fault:
    return Fault("assurance.malformed", problem, where, "compare the case with docs/protocol.md and mend it")


def _filled(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with what every case takes for granted."""
    enrolment = row.get("enrolment_id", ENROLMENT)
    granted = {
        "enrolment_id": enrolment,
        "student_id": STUDENT if enrolment == ENROLMENT else enrolment,
        "module": MODULE,
        "presentation": PRESENTATION,
    }
    own: dict[str, dict[str, Any]] = {
        "enrolments": {"start": START},
        "activity": {"source": ACTIVITY_SOURCES[0], "active_days": 1},
    }
    names = TABLES[table].names
    return {**{k: v for k, v in {**granted, **own.get(table, {})}.items() if k in names}, **row}


def worked_cohort(protocol: Protocol, case: Case) -> Cohort:
    """The hand-worked student and the fellow students as a cohort of their own; see ``assure``."""
    rows = {name: [_filled(name, row) for row in items] for name, items in case["rows"].items()}
    rows["enrolments"] = _enrolments(rows)
    rows["calendar"], last_day = _calendar(protocol, rows)
    rows["feeds"] = _feeds(protocol, rows, last_day)
    tables = {name: pa.Table.from_pylist(items, schema=arrow_schema(TABLES[name])) for name, items in rows.items()}
    return Cohort(tables, Provenance("synthetic", "worked by hand"), "")


def worked_units(protocol: Protocol, cohort: Cohort) -> pd.DataFrame:
    """Everybody in such a cohort, as ``eligible`` tells who is in a study."""
    rows = cohort.frame("enrolments")
    rows = rows.assign(unit_id=rows["student_id" if protocol.population.unit == "student" else "enrolment_id"])
    return rows.sort_values(["unit_id", "enrolment_id"])


def worked_unit(protocol: Protocol) -> str:
    """The unit that is the hand-worked student."""
    return STUDENT if protocol.population.unit == "student" else ENROLMENT


def _enrolments(rows: Mapping[str, Rows]) -> Rows:
    """Those that are written, the student's own, and one for each fellow student with a row."""
    written = {row["enrolment_id"]: row for row in rows.get("enrolments", [])}
    named = {row["enrolment_id"] for items in rows.values() for row in items if "enrolment_id" in row}
    return [written.get(name) or _filled("enrolments", {"enrolment_id": name}) for name in sorted(named | {ENROLMENT})]


def _calendar(protocol: Protocol, rows: Mapping[str, Rows]) -> tuple[Rows, int]:
    breaks = {row["day"] for row in rows.get("calendar", []) if row.get("kind", "break") == "break"}
    days: list[tuple[int, int | None]] = []
    day, taught = 1, 0
    while taught < 7 * protocol.calendar.weeks:
        days.append((day, None if day in breaks else taught // 7 + 1))
        taught += day not in breaks
        day += 1
    presentations = sorted({row["presentation"] for row in rows["enrolments"]})
    filled = [
        {"presentation": name, "day": day, "week": week, "kind": "teaching" if week else "break"}
        for name in presentations
        for day, week in days
    ]
    return filled, day - 1


def _feeds(protocol: Protocol, rows: Mapping[str, Rows], last_day: int) -> Rows:
    places = sorted({(row["module"], row["presentation"]) for row in rows["enrolments"]})
    if "feeds" in rows:
        return [{"first_day": 1, "last_day": last_day, **row} for row in rows["feeds"]]
    return [
        {"module": module, "presentation": presentation, "source": source, "first_day": 1, "last_day": last_day}
        for module, presentation in places
        for source in protocol.sources
    ]


def _results(protocol: Protocol, case: Case, i: int) -> Iterable[Result]:
    cohort = worked_cohort(protocol, case)
    asked = {name: settings for name, settings in protocol.indicators.items() if name in case["expected"]}
    if not asked:
        return
    study = protocol.model_copy(update={"indicators": asked})
    table = unit_values(study, cohort, worked_units(study, cohort)).to_pandas()
    own = table[table["unit_id"] == worked_unit(study)].set_index(["indicator", "week"])
    for name, weeks in case["expected"].items():
        for week, value in weeks.items():
            found = own.loc[(name, int(week))] if (name, int(week)) in own.index else None
            yield _compared(case["student"], name, int(week), value, found, _where(case, i))


def _compared(student: str, name: str, week: int, value: Any, found: pd.Series | None, where: str) -> Result:
    wanted = _expected(value)
    actual = None if found is None or pd.isna(found["value"]) else float(found["value"])
    if wanted is None or actual is None:
        held = wanted is None and actual is None
    else:
        held = abs(actual - float(wanted)) <= 0.5 * 10.0 ** -_decimals(value) + 1e-9
    why = "the student is not registered" if found is None else found["reason"]
    shown = f"not observed ({str(why).removeprefix('not observed: ')})" if actual is None else _shown(actual, value)
    link = "and is" if held else "but is"
    sentence = f"{student}: {INDICATORS[name].label} in week {week} should be {_written(value)} {link} {shown}."
    return Result(sentence, held, f"{where}, expected.{name}.{week}")


def _expected(value: Any) -> Fraction | None:
    """The number a case expects; None for "not observed" and for what is no number."""
    if value in LIGHTS:
        return Fraction(LIGHTS[value])
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None


def _decimals(value: Any) -> int:
    text = _written(value)
    return 9 if "/" in text else max(DECIMALS, len(text.partition(".")[2]))


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _shown(actual: float, like: Any) -> str:
    """The computed value in the manner the case wrote the expected one."""
    if like in LIGHTS:
        return next((name for name, light in LIGHTS.items() if light == actual), f"{actual:g}")
    if "/" in str(like):
        near = Fraction(actual).limit_denominator(1000)
        return str(near) if near.denominator > 1 else f"{actual:g}"
    return f"{round(actual, 4):g}"
