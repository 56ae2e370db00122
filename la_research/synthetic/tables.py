"""One cell of students as the tables of the schema."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import expit

from la_research.cohort import arrow_schema
from la_research.schema import CONSENT_FLAGS, TABLES
from la_research.seeds import CELL, stream
from la_research.synthetic.calendar import (
    BREAK_AFTER,
    DUE_WEEKS,
    MODULES,
    PHQ8_WEEKS,
    PRESENTATION,
    SESSIONS,
    WEEKS,
    WHO5_WEEKS,
    first_day,
)  # fmt: skip
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import AGES, STAYS, Ints, Students, draw_students
from la_research.synthetic.traces import SOURCES, Traces, answers, draw_traces, phq8_items, who5_items

CODES = np.array([module.code for module in MODULES])
LAST_DAY = int(first_day(WEEKS)) + 6


@dataclass(frozen=True)
class Cell:
    """The first ``size`` students of a cell, with what was drawn for them."""

    scenario: Scenario
    seed: int
    number: int
    size: int
    students: Students
    traces: Traces

    @property
    def ids(self) -> np.ndarray:
        """Pseudonyms, in the order of the draw."""
        return np.array([f"s{self.number * CELL + i:07d}" for i in range(self.size)], dtype=object)

    def enrolled(self) -> tuple[Ints, Ints]:
        """Student and slot of each enrolment."""
        has = np.column_stack([np.ones(self.size, bool), self.students.second[: self.size]])
        student, slot = np.nonzero(has)
        return student, slot

    def enrolment_ids(self, student: Ints, slot: Ints) -> np.ndarray:
        """One id for each student and slot."""
        codes = CODES[self.students.module[student, slot]]
        return np.array([f"{a}-{b}" for a, b in zip(self.ids[student], codes, strict=True)], dtype=object)

    def weeks_left(self, student: Ints) -> Ints:
        """Teaching weeks that a student is enrolled for at least a day."""
        starts = first_day(np.arange(1, WEEKS + 1))
        return np.asarray((starts[None, :] <= self.students.leaves_day[student][:, None]).sum(axis=1))


def draw_cell(scenario: Scenario, seed: int, number: int, size: int) -> Cell:
    """The students of one cell and all that happens to them."""
    students = draw_students(scenario, seed, number)
    return Cell(scenario, seed, number, size, students, draw_traces(scenario, students, seed, number))


def cell_tables(cell: Cell) -> dict[str, pa.Table]:
    """All tables of the schema that concern students; calendar and feeds belong to the campus."""
    frames = {
        "students": _students(cell),
        "vault": _vault(cell),
        "enrolments": _enrolments(cell),
        "activity": _activity(cell),
        "attendance": _attendance(cell),
        "assessments": _assessments(cell),
        "responses": _responses(cell),
        "services": _services(cell),
        "assignments": _assignments(cell),
        "contacts": _contacts(cell),
        "consent": _consent(cell),
        "applicability": _applicability(cell),
        "outcomes": _outcomes(cell),
    }
    return {name: _arrow(name, frame) for name, frame in frames.items()}


def campus_tables() -> dict[str, pa.Table]:
    """Calendar and feeds: every source was recorded on every module all term."""
    teaching = np.repeat(np.arange(1, WEEKS + 1), 7)
    day = np.repeat(first_day(np.arange(1, WEEKS + 1)), 7) + np.tile(np.arange(7), WEEKS)
    gap = np.arange(7) + int(first_day(BREAK_AFTER)) + 7
    calendar = pd.DataFrame(
        {
            "presentation": PRESENTATION,
            "day": np.concatenate([day, gap]),
            "week": pd.array([*teaching, *[None] * 7], dtype="Int64"),
            "kind": ["teaching"] * len(day) + ["break"] * 7,
        }
    )
    feeds = pd.DataFrame(
        [(m.code, PRESENTATION, s, 1, LAST_DAY) for m in MODULES for s in (*SOURCES, "attendance", "assessments")],
        columns=list(TABLES["feeds"].names),
    )
    return {"calendar": _arrow("calendar", calendar), "feeds": _arrow("feeds", feeds)}


def _arrow(name: str, frame: pd.DataFrame) -> pa.Table:
    table = pa.Table.from_pandas(
        frame[list(TABLES[name].names)], schema=arrow_schema(TABLES[name]), preserve_index=False
    )
    return table.replace_schema_metadata(None)


def _students(cell: Cell) -> pd.DataFrame:
    who, n = cell.students, cell.size
    return pd.DataFrame(
        {
            "student_id": cell.ids,
            "level": np.where(who.postgraduate, "postgraduate", "undergraduate")[:n],
            "subject": np.array([m.subject for m in MODULES])[who.module[:n, 0]],
            "entry_tariff": who.tariff[:n].astype(float),
            "commutes": who.commutes[:n],
            "paid_work_hours": who.work_hours[:n],
        }
    )


def _vault(cell: Cell) -> pd.DataFrame:
    who = cell.students
    student, slot = cell.enrolled()
    held = {
        "gender": np.where(who.female, "F", "M"),
        "ethnicity": np.array(list(cell.scenario.people.ethnicity))[who.ethnicity],
        "disability": np.where(who.disability, "Y", "N"),
        "age_band": np.array([name for name, _ in AGES])[who.age],
        "fee_status": np.where(who.international, "international", "home"),
        "imd_band": np.array(["", *(f"fifth {i}" for i in range(1, 6))])[who.imd],
    }
    ids = cell.enrolment_ids(student, slot)
    return pd.concat(
        [pd.DataFrame({"enrolment_id": ids, "attribute": a, "value": v[student]}) for a, v in held.items()]
    )


def _enrolments(cell: Cell) -> pd.DataFrame:
    student, slot = cell.enrolled()
    u = stream(cell.seed, "synthetic", "registration", cell.number).random(CELL)
    left = cell.students.leaves_day[student]
    return pd.DataFrame(
        {
            "enrolment_id": cell.enrolment_ids(student, slot),
            "student_id": cell.ids[student],
            "module": CODES[cell.students.module[student, slot]],
            "presentation": PRESENTATION,
            "start": -np.floor(120 * u[student]).astype(np.int64),
            "end": pd.Series(left, dtype="Int64").where(left < STAYS),
            "credits": np.where(cell.students.second[student], 60, 30),
            "previous_attempts": 0,
        }
    )


def _activity(cell: Cell) -> pd.DataFrame:
    student, slot = cell.enrolled()
    counts = cell.traces.counts[student, slot]
    inside = np.arange(WEEKS)[None, :, None] < cell.weeks_left(student)[:, None, None]
    row, week, source = np.nonzero((counts > 0) & inside)
    count = counts[row, week, source]
    return pd.DataFrame(
        {
            "enrolment_id": cell.enrolment_ids(student, slot)[row],
            "week": week + 1,
            "source": np.array(SOURCES)[source],
            "count": count,
            "active_days": cell.traces.days[student, slot][row, week, source],
            "seconds": 90 * count,
        }
    )


def _attendance(cell: Cell) -> pd.DataFrame:
    who = cell.students
    student, slot = cell.enrolled()
    u = stream(cell.seed, "synthetic", "attendance", cell.number).random((CELL, 2, WEEKS, SESSIONS))
    felt = cell.traces.wellbeing - cell.traces.wellbeing.mean(axis=0)
    pull = cell.scenario.link.within * who.coping[:, None] * felt
    chance = expit(1.2 + 0.8 * who.engagement[:, None] + pull)
    attended = (u < chance[:, None, :, None]).sum(axis=3)[student, slot]
    inside = np.arange(WEEKS)[None, :] < cell.weeks_left(student)[:, None]
    row, week = np.nonzero(inside & ~who.online_only[student][:, None])
    return pd.DataFrame(
        {
            "enrolment_id": cell.enrolment_ids(student, slot)[row],
            "week": week + 1,
            "expected": SESSIONS,
            "attended": attended[row, week],
        }
    )


def _assessments(cell: Cell) -> pd.DataFrame:
    who = cell.students
    student, slot = cell.enrolled()
    draws = stream(cell.seed, "synthetic", "assessments", cell.number).standard_normal((CELL, 2, len(DUE_WEEKS), 2))
    week = np.array(DUE_WEEKS) - 1
    felt = (cell.traces.wellbeing - cell.traces.wellbeing.mean(axis=0))[:, week]
    delay = (
        -0.4 * who.engagement[:, None, None]
        - 0.2 * cell.scenario.link.within * who.coping[:, None, None] * felt[:, None, :]
        + draws[..., 0]
    )[student, slot]
    due = np.broadcast_to(first_day(np.array(DUE_WEEKS)) + 4, delay.shape)
    day = due + np.where(delay > 1.1, np.ceil(6 * (delay - 1.1)), np.floor(np.maximum(delay, -3)) - 1).astype(np.int64)
    handed_in = (delay < 2.0) & (day <= who.leaves_day[student][:, None])
    score = np.clip(np.rint(62 + 7 * who.engagement[student][:, None] + 9 * draws[..., 1][student, slot]), 0, 100)
    ids = cell.enrolment_ids(student, slot)
    asked = due <= who.leaves_day[student][:, None]
    row, which = np.nonzero(asked)
    code = CODES[who.module[student, slot]][row]
    ok = handed_in[row, which]
    return pd.DataFrame(
        {
            "enrolment_id": ids[row],
            "assessment_id": [f"{c}-{w + 1}" for c, w in zip(code, which, strict=True)],
            "due_day": due[row, which],
            "submitted_day": pd.Series(day[row, which], dtype="Int64").where(ok),
            "score": pd.Series(score[row, which]).where(ok),
        }
    )


def _responses(cell: Cell) -> pd.DataFrame:
    parts = []
    for instrument, weeks, draw in (("WHO-5", WHO5_WEEKS, who5_items), ("PHQ-8", PHQ8_WEEKS, phq8_items)):
        for week in weeks:
            items = draw(cell.traces.wellbeing[:, week - 1], cell.seed, cell.number, week)
            given = answers(cell.scenario, cell.students, cell.seed, cell.number, week, items.shape[1])
            enrolled = cell.students.leaves_day >= first_day(week)
            asked = given & (enrolled & cell.students.consent[:, 2])[:, None]
            row, item = np.nonzero(asked[: cell.size])
            parts.append(
                pd.DataFrame(
                    {
                        "student_id": cell.ids[row],
                        "presentation": PRESENTATION,
                        "week": week,
                        "instrument": instrument,
                        "item": item + 1,
                        "value": items[row, item],
                    }
                )
            )
    return pd.concat(parts)


def _services(cell: Cell) -> pd.DataFrame:
    u = stream(cell.seed, "synthetic", "services", cell.number).random((CELL, WEEKS, 2))
    chance = expit(-4.6 - 0.9 * cell.traces.wellbeing)
    enrolled = np.arange(WEEKS)[None, :] < cell.weeks_left(np.arange(CELL))[:, None]
    row, week = np.nonzero(((u[..., 0] < chance) & enrolled)[: cell.size])
    kind = np.where(u[row, week, 1] < 0.6, "counselling", "study adviser")
    return pd.DataFrame({"student_id": cell.ids[row], "presentation": PRESENTATION, "week": week + 1, "service": kind})


def trial_name(scenario: Scenario) -> str:
    """Name of the randomised contact in ``assignments``."""
    return f"contact_week_{scenario.contact.week}"


def look_day(scenario: Scenario) -> int:
    """Last day of the week of the look: the day on which arms are drawn."""
    return int(first_day(scenario.contact.week)) + 6


def in_trial(cell: Cell) -> np.ndarray:
    """Students below the trigger, with consent, still enrolled on the day of the look."""
    here = cell.students.leaves_day > look_day(cell.scenario)
    return np.asarray(np.nonzero((cell.traces.eligible & here)[: cell.size])[0])


def _assignments(cell: Cell) -> pd.DataFrame:
    row = in_trial(cell)
    contacted = cell.traces.contacted[row]
    chance = cell.scenario.contact.probability
    return pd.DataFrame(
        {
            "student_id": cell.ids[row],
            "presentation": PRESENTATION,
            "trial": trial_name(cell.scenario),
            "arm": np.where(contacted, "contact", "usual"),
            "week": cell.scenario.contact.week,
            "cluster": None,
            "probability": np.where(contacted, chance, 1 - chance),
        }
    )


def _contacts(cell: Cell) -> pd.DataFrame:
    row = in_trial(cell)
    row = row[cell.traces.contacted[row]]
    u = stream(cell.seed, "synthetic", "contact steps", cell.number).random((CELL, 4))
    day = look_day(cell.scenario)
    steps = {
        "suggested": (day, np.ones(CELL, bool)),
        "sent": (day + 1, np.ones(CELL, bool)),
        "opened": (day + 2, cell.traces.opened),
        "talked": (day + 5, cell.traces.talked),
        "agreed": (day + 6, cell.traces.talked & (u[:, 0] < 0.7)),
        "declined": (day + 3, cell.traces.opened & ~cell.traces.talked & (u[:, 1] < 0.5)),
        "complaint": (day + 8, u[:, 2] < 0.01),
        "opt_out": (day + 9, u[:, 3] < 0.03),
    }
    parts = [
        pd.DataFrame(
            {
                "student_id": cell.ids[row[took[row]]],
                "presentation": PRESENTATION,
                "at": at,
                "rule": trial_name(cell.scenario),
                "step": step,
            }
        )
        for step, (at, took) in steps.items()
    ]
    return pd.concat(parts)


def _consent(cell: Cell) -> pd.DataFrame:
    who, n = cell.students, cell.size
    given = pd.concat(
        [
            pd.DataFrame({"student_id": cell.ids, "flag": flag, "from_day": 1, "given": who.consent[:n, i]})
            for i, flag in enumerate(CONSENT_FLAGS)
        ]
    )
    back = np.nonzero((who.takes_back_day[:n] < STAYS) & (who.takes_back_day[:n] > 1) & who.consent[:n, 2])[0]
    taken = pd.DataFrame(
        {"student_id": cell.ids[back], "flag": "research", "from_day": who.takes_back_day[back], "given": False}
    )
    return pd.concat([given, taken]).assign(presentation=PRESENTATION)


def _applicability(cell: Cell) -> pd.DataFrame:
    student, slot = cell.enrolled()
    ids = cell.enrolment_ids(student, slot)
    applies = {source: np.ones(len(ids), bool) for source in (*SOURCES, "assessments")}
    applies["attendance"] = ~cell.students.online_only[student]
    return pd.concat([pd.DataFrame({"enrolment_id": ids, "source": s, "applies": flag}) for s, flag in applies.items()])


def _outcomes(cell: Cell) -> pd.DataFrame:
    student, slot = cell.enrolled()
    left = cell.students.leaves_day[student]
    z = stream(cell.seed, "synthetic", "outcome", cell.number).random((CELL, 2))
    chance = expit(2.2 + 0.9 * cell.students.engagement)
    name = np.where(left < STAYS, "withdrawn", np.where(z[student, slot] < chance[student], "passed", "failed"))
    day = pd.Series(np.where(left < STAYS, left, LAST_DAY + 14), dtype="Int64")
    return pd.DataFrame({"enrolment_id": cell.enrolment_ids(student, slot), "name": name, "value": "yes", "day": day})


__all__ = ["Cell", "campus_tables", "cell_tables", "draw_cell", "in_trial", "trial_name"]
