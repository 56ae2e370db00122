"""A flat twin as the tables of a cohort again, with whatever it broke left broken."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from la_research.canonical import digest
from la_research.cohort import Cohort, Provenance, arrow_schema
from la_research.protocol import QUESTIONNAIRES
from la_research.schema import ACTIVITY_SOURCES, CONSENT_FLAGS, SOURCES, TABLES
from la_research.synthetic.twins.columns import OTHER, SHARED, UNKNOWN
from la_research.synthetic.twins.design import Design, active_days

LATE_BY, EARLY_BY = 3, 1
"""Days by which work is handed in after, or before, it is due."""


def rebuilt(frame: pd.DataFrame, design: Design, provenance: Provenance) -> Cohort:
    """The cohort that a flat twin stands for.

    Each student has one enrolment. What the row does not hold is dealt out by fixed rules
    and no chance: actions over sources as in the whole extract, classes evenly over the
    weeks, late work first, answers to the items of a questionnaire as equal as the score
    allows. What the row does hold is kept as it is, also where it contradicts itself:
    actions after leaving, a talk without a contact, a contact against the rule.

    Parameters
    ----------
    frame
        One row a student, columns as ``extract`` names them.
    design
        What the extract's institution adds.
    provenance
        Where the twin came from.
    """
    rows = _named(frame, design)
    made = {
        "students": _students(rows),
        "vault": _vault(rows),
        "enrolments": _enrolments(rows),
        "activity": _activity(rows, design),
        "attendance": _attendance(rows, design),
        "assessments": _assessments(rows, design),
        "responses": _responses(rows),
        "services": _services(rows, design),
        "contacts": _contacts(rows, design),
        "assignments": _assignments(rows, design),
        "consent": _consent(rows),
        "applicability": _applicability(rows),
        "outcomes": _outcomes(rows),
    }
    tables = {name: _arrow(name, table) for name, table in made.items()}
    tables |= {"calendar": design.calendar, "feeds": design.feeds}
    return Cohort(tables, provenance, digest(dict(provenance.details)))


def dealt(scores: np.ndarray, items: int) -> np.ndarray:
    """Sums dealt over items as equally as whole numbers allow, the first items first; shape (rows, items).

    >>> dealt(np.array([7, 0]), 5).tolist()
    [[2, 2, 1, 1, 1], [0, 0, 0, 0, 0]]
    """
    return np.asarray(scores[:, None] // items + (np.arange(items)[None, :] < (scores % items)[:, None]))


def _named(frame: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Rows with new pseudonyms, module, presentation, and the first day of each week on which they had left."""
    rows = frame.copy()
    rows["student_id"] = [f"t{number:07d}" for number in range(1, len(rows) + 1)]
    pairs = [design.courses[course] for course in rows["course"]]
    rows["module"], rows["presentation"] = [m for m, _ in pairs], [p for _, p in pairs]
    rows["enrolment_id"] = rows["student_id"] + "-" + rows["module"]
    rows["until"] = rows["end"].fillna(np.inf) if "end" in rows else np.inf
    return rows


def _weeks(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Student, week and first day, for the weeks of each student's calendar up to leaving."""
    calendar = design.calendar.to_pandas().dropna(subset=["week"])
    starts = calendar.groupby(["presentation", "week"])["day"].min().rename("begins").reset_index()
    pairs = rows[["student_id", "enrolment_id", "presentation", "course", "until"]].merge(starts, on="presentation")
    return pairs[pairs["begins"] <= pairs["until"]].astype({"week": int}).sort_values(["student_id", "week"])


def _known(values: pd.Series) -> pd.Series:
    return values.where(values != UNKNOWN, None)


def _held(rows: pd.DataFrame, name: str) -> pd.Series:
    """A column of the twin; empty where the extract had nothing to fit it to."""
    return rows[name] if name in rows else pd.Series(np.nan, index=rows.index, dtype=object)


def _students(rows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "student_id": rows["student_id"],
            "level": _known(_held(rows, "level")),
            "subject": _known(_held(rows, "subject")),
            "entry_tariff": _held(rows, "entry_tariff").astype(float),
            "commutes": _held(rows, "commutes").map({"yes": True, "no": False}).astype("boolean"),
            "paid_work_hours": _whole(_held(rows, "paid_work_hours")),
        }
    )


def _vault(rows: pd.DataFrame) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"enrolment_id": rows["enrolment_id"], "attribute": name, "value": _known(rows[name])})
        for name in SHARED
        if name in rows
    ]
    return pd.concat(parts) if parts else _empty("vault")


def _enrolments(rows: pd.DataFrame) -> pd.DataFrame:
    kept = rows[["enrolment_id", "student_id", "module", "presentation"]]
    end = _whole(rows["until"].replace(np.inf, np.nan))
    return kept.assign(start=None, end=end, credits=None, previous_attempts=None)


def _activity(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Every week for which the twin holds a number of actions, whether or not the student had left."""
    known = design.calendar.to_pandas().dropna(subset=["week"])
    weeks = known.groupby("presentation")["week"].agg(set)
    parts = []
    for name in (name for name in rows.columns if name.startswith("actions ")):
        week = int(name.split()[1])
        here = rows[(rows[name] > 0) & rows["presentation"].map(lambda run, w=week: w in weeks[run])]
        counts = _split(here[name].to_numpy(dtype=np.int64), design.shares)
        row, source = np.nonzero(counts)
        count = counts[row, source]
        parts.append(
            pd.DataFrame(
                {
                    "enrolment_id": here["enrolment_id"].to_numpy()[row],
                    "week": week,
                    "source": np.array(ACTIVITY_SOURCES)[source],
                    "count": count,
                    "active_days": active_days(count, design.days),
                    "seconds": None,
                }
            )
        )
    return pd.concat(parts) if parts else _empty("activity")


def _split(totals: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Whole numbers in these shares that add up to each total, largest remainders first."""
    exact = totals[:, None] * shares[None, :]
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(np.argsort(-(exact - counts), axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray(counts + (order < (totals - counts.sum(axis=1))[:, None]))


def _attendance(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    if "attended" not in rows:
        return _empty("attendance")
    share = rows.set_index("student_id")["attended"]
    weeks = _weeks(rows, design)
    planned = [(course, week, n) for course, of_week in design.expected.items() for week, n in of_week.items()]
    weeks = weeks.merge(pd.DataFrame(planned, columns=["course", "week", "expected"]), on=["course", "week"])
    weeks = weeks.assign(share=weeks["student_id"].map(share)).dropna(subset=["share"])
    weeks = weeks.sort_values(["student_id", "week"])
    reached = weeks["share"] * weeks.groupby("student_id")["expected"].cumsum()
    whole = np.floor(reached + 0.5)
    attended = whole - whole.groupby(weeks["student_id"]).shift(fill_value=0)
    weeks = weeks.assign(attended=attended.clip(upper=weeks["expected"]).astype(np.int64))
    return weeks.astype({"expected": np.int64})[list(TABLES["attendance"].names)]


def _assessments(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    due = [(course, number, *item) for course, items in design.due.items() for number, item in enumerate(items)]
    asked = pd.DataFrame(due, columns=["course", "number", "assessment_id", "due_day"])
    pairs = rows.assign(late=_held(rows, "late").astype(float).fillna(0), mark=_held(rows, "mark").astype(float))
    pairs = pairs[["enrolment_id", "course", "until", "late", "mark"]].merge(asked, on="course")
    pairs = pairs[pairs["due_day"] <= pairs["until"]]
    day = pairs["due_day"] + np.where(pairs["number"] < pairs["late"], LATE_BY, -EARLY_BY)
    handed_in = day <= pairs["until"]
    pairs = pairs.assign(submitted_day=_whole(day.where(handed_in)), score=pairs["mark"].where(handed_in))
    return pairs[list(TABLES["assessments"].names)]


def _responses(rows: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for name in rows.columns:
        instrument, _, week = name.partition(" ")
        if instrument not in QUESTIONNAIRES:
            continue
        known = QUESTIONNAIRES[instrument]
        here = rows[rows[name].notna()]
        values = dealt(np.rint(here[name].to_numpy(dtype=float) / known.multiplier).astype(np.int64), known.items)
        parts.append(
            pd.DataFrame(
                {
                    "student_id": np.repeat(here["student_id"].to_numpy(), known.items),
                    "presentation": np.repeat(here["presentation"].to_numpy(), known.items),
                    "week": int(week),
                    "instrument": instrument,
                    "item": np.tile(np.arange(1, known.items + 1), len(here)),
                    "value": values.ravel(),
                }
            )
        )
    return pd.concat(parts) if parts else _empty("responses")


def _services(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    """The usual service, in as many weeks as the row says, from the first on."""
    if not design.service:
        return _empty("services")
    weeks = _weeks(rows, design)
    used = weeks[weeks["week"] <= weeks["student_id"].map(rows.set_index("student_id")["services"])]
    return used.assign(service=design.service)[list(TABLES["services"].names)]


def _contacts(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    if design.trial is None:
        return _empty("contacts")
    look = {run: design.last_day(run, design.trial.week) for run in rows["presentation"].unique()}
    parts = []
    for step, column in (("sent", "contacted"), ("talked", "talked")):
        here = rows[rows[column] == "yes"]
        at = here["presentation"].map(look) + design.trial.steps[step]
        parts.append(here[["student_id", "presentation"]].assign(at=at, rule=design.trial.name, step=step))
    return pd.concat(parts)


def _assignments(rows: pd.DataFrame, design: Design) -> pd.DataFrame:
    if design.trial is None:
        return _empty("assignments")
    drawn = rows[rows["arm"].isin(design.trial.arms)]
    chance = drawn["arm"].map(design.trial.arms)
    kept = drawn[["student_id", "presentation", "arm"]].assign(probability=chance, cluster=None)
    return kept.assign(trial=design.trial.name, week=design.trial.week)


def _consent(rows: pd.DataFrame) -> pd.DataFrame:
    """The last decision on each use, as if it had been made on day 1."""
    kept = rows[["student_id", "presentation"]]
    parts = [kept.assign(flag=flag, from_day=1, given=rows[f"consent {flag}"] == "yes") for flag in CONSENT_FLAGS]
    return pd.concat(parts)


def _applicability(rows: pd.DataFrame) -> pd.DataFrame:
    attends = _held(rows, "attended").notna()
    parts = [
        pd.DataFrame(
            {"enrolment_id": rows["enrolment_id"], "source": name, "applies": attends | (name != "attendance")}
        )
        for name in SOURCES
    ]
    return pd.concat(parts)


def _outcomes(rows: pd.DataFrame) -> pd.DataFrame:
    here = rows[~rows["result"].isin([UNKNOWN, OTHER])]
    day = _whole(here["until"].replace(np.inf, np.nan))
    return pd.DataFrame({"enrolment_id": here["enrolment_id"], "name": here["result"], "value": "yes", "day": day})


def _whole(values: pd.Series) -> pd.Series:
    return values.astype(float).round().astype("Int64")


def _empty(name: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(TABLES[name].names))


def _arrow(name: str, frame: pd.DataFrame) -> pa.Table:
    schema = arrow_schema(TABLES[name])
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False).replace_schema_metadata(None)


__all__ = ["dealt", "rebuilt"]
