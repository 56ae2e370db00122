"""A cohort as one flat row a student: what a synthesiser of tables can be fitted to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from la_research.cohort import Cohort
from la_research.cohort.outcomes import questionnaire_scores
from la_research.errors import CohortError, Fault
from la_research.protocol import QUESTIONNAIRES
from la_research.schema import ACTIVITY_SOURCES, CONSENT_FLAGS
from la_research.synthetic.twins.columns import LEAST, SHARED, UNKNOWN, Declared, bounded, suppressed, within
from la_research.synthetic.twins.design import Design, consent_by, course_name, read_design

FEWEST = 100
"""Students below whom no twin is fitted: half of them are held out to attack it."""
ACTIONS = "actions "
"""How the name of each weekly column begins."""
ACTIONS_A_WEEK = 10_080
"""One action a minute, day and night."""
RANGES: dict[str, tuple[float, float, float]] = {
    "entry_tariff": (0, 500, 1),
    "paid_work_hours": (0, 168, 1),
    "attended": (0, 1, 0.01),
    "mark": (0, 100, 1),
}
"""Declared ends and step of numbers that are no count of weeks, days or actions."""
NONE = "none"
"""Arm of who was not drawn."""


@dataclass(frozen=True)
class Extract:
    """One row a student, the columns' declarations, and what the institution adds to make tables of it again."""

    frame: pd.DataFrame
    columns: tuple[Declared, ...]
    design: Design

    @property
    def numbers(self) -> frozenset[str]:
        """The columns that are numbers; all others are categories."""
        return frozenset(column.name for column in self.columns if column.is_number)

    def scores(self) -> tuple[str, ...]:
        """The last wave of each questionnaire: columns whose value an attacker would like to know."""
        last = {name.split()[0]: name for name in self.frame.columns if name.split()[0] in QUESTIONNAIRES}
        return tuple(last.values())

    def weekly(self) -> tuple[str, ...]:
        """Actions by week: the columns that together are almost a fingerprint of a student."""
        return tuple(name for name in self.frame.columns if name.startswith(ACTIONS))


def extract(cohort: Cohort, *, trial: str | None = None) -> Extract:
    """The flat extract of a cohort.

    One row a student, for the first of the student's enrolments by id: background, course,
    day of leaving, actions by week (missing after leaving), share of classes attended, work
    handed in late or never, mean mark, questionnaire scores by wave (missing where not
    answered in full), last consent decisions, what was drawn and came of it, weeks with a
    service, result, and protected attributes. The running variable of a trial is the number
    of actions in the week of the look. A class of fewer than ten students is joined with
    others, extremes are moved inwards until ten share each end, and a student on a course of
    fewer than ten is left out.

    Parameters
    ----------
    cohort
        Any checked cohort.
    trial
        The trial to keep; that with the most students where it is None.

    Raises
    ------
    CohortError
        ``twin.too_few`` with fewer than 100 students.

    Examples
    --------
    >>> from la_research import generate_cohort, load_scenario
    >>> found = extract(generate_cohort(load_scenario("default"), n=300, seed=1)[0])
    >>> found.frame.shape[0], found.scores()
    (300, ('PHQ-8 08', 'WHO-5 12'))
    """
    enrolled = _first_enrolments(cohort)
    if len(enrolled) < FEWEST:
        problem = f"it holds fewer than {FEWEST} students on courses of {LEAST} or more"
        raise CohortError(Fault("twin.too_few", problem, "table 'enrolments'", "take an extract of more students"))
    design = read_design(cohort, enrolled, trial)
    columns: list[Declared] = []
    values: dict[str, pd.Series] = {}
    for column, held in _columns(cohort, enrolled, design):
        coded = bounded(held) if column.is_number else suppressed(held)
        if coded.nunique() > 0 and not (column.is_number and coded.isna().all()):
            columns.append(column)
            values[column.name] = coded
    return Extract(within(pd.DataFrame(values).reset_index(drop=True), columns), tuple(columns), design)


def _first_enrolments(cohort: Cohort) -> pd.DataFrame:
    """One enrolment a student, on courses of ten students or more; index student_id."""
    rows = cohort.frame("enrolments").drop_duplicates("student_id")
    rows = rows.assign(course=course_name(rows))
    return rows[rows.groupby("course")["course"].transform("size") >= LEAST].set_index("student_id", drop=False)


def _columns(cohort: Cohort, enrolled: pd.DataFrame, design: Design) -> list[tuple[Declared, pd.Series]]:
    """Every column of the extract with its declaration, index student_id."""
    calendar = cohort.frame("calendar")
    first, last = int(calendar["day"].min()), int(calendar["day"].max())
    weeks = range(1, int(calendar["week"].max()) + 1)
    found = _background(cohort, enrolled)
    found.append((Declared("end", first, last), enrolled["end"]))
    found += _activity(cohort, enrolled, weeks)
    found += _classes_and_work(cohort, enrolled, design)
    found += _questionnaires(cohort, enrolled)
    consent = consent_by(cohort, enrolled.drop(columns="student_id"))
    found += [(Declared(f"consent {flag}"), _yes(consent[flag])) for flag in CONSENT_FLAGS]
    if design.trial is not None:
        found += _trial(cohort, enrolled, design.trial.name, tuple(design.trial.arms))
    used = cohort.frame("services").groupby("student_id")["week"].nunique()
    found.append((Declared("services", 0, len(weeks)), used.reindex(enrolled.index).fillna(0)))
    results = cohort.frame("outcomes").drop_duplicates("enrolment_id").set_index("enrolment_id")["name"]
    found.append((Declared("result"), enrolled["enrolment_id"].map(results)))
    return found + _protected(cohort, enrolled)


def _background(cohort: Cohort, enrolled: pd.DataFrame) -> list[tuple[Declared, pd.Series]]:
    held = cohort.frame("students").set_index("student_id").reindex(enrolled.index)
    commutes = held["commutes"].map({True: "yes", False: "no"})
    numbers = [(Declared(name, *RANGES[name]), held[name]) for name in ("entry_tariff", "paid_work_hours")]
    return [
        (Declared("course"), enrolled["course"]),
        (Declared("level"), held["level"]),
        (Declared("subject"), held["subject"]),
        (Declared("commutes"), commutes),
        *numbers,
    ]


def _activity(cohort: Cohort, enrolled: pd.DataFrame, weeks: range) -> list[tuple[Declared, pd.Series]]:
    """Actions of study by week; 0 for silence, null where the presentation lacks the week or the student had left."""
    rows = cohort.frame("activity")
    rows = rows[rows["source"].isin(ACTIVITY_SOURCES)]
    sums = rows.groupby(["enrolment_id", "week"])["count"].sum().unstack(fill_value=0)
    sums = sums.reindex(index=enrolled["enrolment_id"], columns=weeks, fill_value=0).set_axis(enrolled.index)
    calendar = cohort.frame("calendar")
    starts = calendar.groupby(["presentation", "week"])["day"].min().unstack().reindex(columns=weeks)
    begins = starts.reindex(enrolled["presentation"]).set_axis(enrolled.index)
    end = enrolled["end"].astype(float).fillna(np.inf)
    there = begins.notna() & begins.le(end, axis=0)
    return [
        (Declared(f"{ACTIONS}{week:02d}", 0, ACTIONS_A_WEEK), sums[week].astype(float).where(there[week]))
        for week in weeks
    ]


def _classes_and_work(cohort: Cohort, enrolled: pd.DataFrame, design: Design) -> list[tuple[Declared, pd.Series]]:
    classes = cohort.frame("attendance").groupby("enrolment_id")[["attended", "expected"]].sum()
    share = (classes["attended"] / classes["expected"].where(classes["expected"] > 0)).rename("attended")
    work = cohort.frame("assessments")
    late = ~(work["submitted_day"] <= work["due_day"])
    late_by = late.astype(float).groupby(work["enrolment_id"]).sum()
    marks = work.groupby("enrolment_id")["score"].mean()
    pieces = max((len(due) for due in design.due.values()), default=0)
    found = [(Declared("attended", *RANGES["attended"]), enrolled["enrolment_id"].map(share))]
    if pieces:
        found.append((Declared("late", 0, pieces), enrolled["enrolment_id"].map(late_by)))
        found.append((Declared("mark", *RANGES["mark"]), enrolled["enrolment_id"].map(marks)))
    return found


def _questionnaires(cohort: Cohort, enrolled: pd.DataFrame) -> list[tuple[Declared, pd.Series]]:
    found = []
    for name in sorted(QUESTIONNAIRES):
        known = QUESTIONNAIRES[name]
        scores = questionnaire_scores(cohort, name).merge(
            enrolled[["presentation"]].reset_index(), on=["student_id", "presentation"]
        )
        for week, wave in scores.groupby("week"):
            declared = Declared(f"{name} {week:02d}", 0, known.items * known.top * known.multiplier, known.multiplier)
            found.append((declared, wave.set_index("student_id")["score"].reindex(enrolled.index)))
    return found


def _trial(
    cohort: Cohort, enrolled: pd.DataFrame, name: str, arms: tuple[str, ...]
) -> list[tuple[Declared, pd.Series]]:
    drawn = cohort.frame("assignments")
    drawn = drawn[(drawn["trial"] == name) & drawn["arm"].isin(arms)].sort_values("week").drop_duplicates("student_id")
    log = cohort.frame("contacts")
    steps = {step: set(log.loc[log["step"] == step, "student_id"]) for step in ("sent", "talked")}
    ids = pd.Series(enrolled.index, index=enrolled.index)
    return [
        (Declared("arm"), drawn.set_index("student_id")["arm"].reindex(enrolled.index).fillna(NONE)),
        (Declared("contacted"), _yes(ids.isin(steps["sent"]))),
        (Declared("talked"), _yes(ids.isin(steps["talked"]))),
    ]


def _protected(cohort: Cohort, enrolled: pd.DataFrame) -> list[tuple[Declared, pd.Series]]:
    held = cohort.vault(SHARED).reindex(enrolled["enrolment_id"]).set_axis(enrolled.index)
    return [(Declared(name), held[name]) for name in SHARED if held[name].notna().any()]


def _yes(values: pd.Series) -> pd.Series:
    return values.map({True: "yes", False: "no"})


__all__ = ["FEWEST", "NONE", "UNKNOWN", "Extract", "extract"]
