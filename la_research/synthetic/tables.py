"""One cell of students as the tables of the schema."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import expit

from la_research.cohort import arrow_schema
from la_research.schema import ACTIVITY_SOURCES, CONSENT_FLAGS, COUNTED, SOURCES, TABLES
from la_research.seeds import CELL, stream
from la_research.synthetic.calendar import presentation
from la_research.synthetic.cell import Cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import STAYS, Ints
from la_research.synthetic.survey import answers, phq8_items


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


def campus_tables(scenario: Scenario) -> dict[str, pa.Table]:
    """Calendar and feeds: every source was recorded on every module all term."""
    term, years = scenario.term, presentation(np.arange(scenario.years.count))
    day = (term.first_day(term.numbers)[:, None] + np.arange(7)).ravel()
    gap = np.arange(7) + int(term.first_day(term.break_after)) + 7 if term.break_after else np.empty(0, np.int64)
    one = pd.DataFrame(
        {
            "day": np.concatenate([day, gap]),
            "week": pd.array([*np.repeat(term.numbers, 7), *[None] * len(gap)], dtype="Int64"),
            "kind": ["teaching"] * len(day) + ["break"] * len(gap),
        }
    )
    calendar = pd.concat([one.assign(presentation=year) for year in years])
    feeds = pd.DataFrame(
        [(m.code, year, s, 1, term.last_day) for year in years for m in scenario.modules for s in SOURCES],
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
            "level": np.where(who.groups["postgraduate"], "postgraduate", "undergraduate")[:n],
            "subject": np.array([m.subject for m in cell.scenario.modules])[who.module[:n, 0]],
            "entry_tariff": who.tariff[:n].astype(float),
            "commutes": who.commutes[:n],
            "paid_work_hours": who.work_hours[:n],
        }
    )


def _vault(cell: Cell) -> pd.DataFrame:
    who, people = cell.students, cell.scenario.people
    student, slot = cell.enrolled()
    held = {
        "gender": np.where(who.groups["women"], "F", "M"),
        "ethnicity": np.array(list(people.ethnicity))[who.ethnicity],
        "disability": np.where(who.groups["disabled"], "Y", "N"),
        "age_band": np.array(list(people.age))[who.age],
        "fee_status": np.where(who.groups["international"], "international", "home"),
        "imd_band": np.array(["", *(f"fifth {i}" for i in range(1, 6))])[who.imd],
        "religion": np.array(list(people.religion))[who.religion],
        "orientation": np.array(list(people.orientation))[who.orientation],
    }
    ids = cell.enrolment_ids(student, slot)
    return pd.concat(
        [pd.DataFrame({"enrolment_id": ids, "attribute": a, "value": v[student]}) for a, v in held.items()]
    )


def _enrolments(cell: Cell) -> pd.DataFrame:
    student, slot = cell.enrolled()
    u = stream(cell.seed, "synthetic", "registration", cell.number).random(CELL)
    left = cell.traces.leaves_day[student]
    return pd.DataFrame(
        {
            "enrolment_id": cell.enrolment_ids(student, slot),
            "student_id": cell.ids[student],
            "module": cell.codes[cell.students.module[student, slot]],
            "presentation": cell.presentations[student],
            "start": -np.floor(120 * u[student]).astype(np.int64),
            "end": pd.Series(left, dtype="Int64").where(left < STAYS),
            "credits": np.where(cell.students.second[student], 60, 30),
            "previous_attempts": 0,
        }
    )


def _activity(cell: Cell) -> pd.DataFrame:
    student, slot = cell.enrolled()
    seen = cell.traces.activity
    first = (slot == 0)[:, None, None]
    counts = np.concatenate([seen.counts[student, slot], np.where(first, seen.community[student], 0)], axis=2)
    days = np.concatenate([seen.days[student, slot], np.minimum(counts[..., len(ACTIVITY_SOURCES) :], 7)], axis=2)
    inside = (np.arange(counts.shape[1]) < cell.weeks_left(student)[:, None])[:, :, None]
    row, week, source = np.nonzero((counts > 0) & inside)
    count = counts[row, week, source]
    return pd.DataFrame(
        {
            "enrolment_id": cell.enrolment_ids(student, slot)[row],
            "week": week + 1,
            "source": np.array(COUNTED)[source],
            "count": count,
            "active_days": days[row, week, source],
            "seconds": 90 * count,
        }
    )


def _attendance(cell: Cell) -> pd.DataFrame:
    who = cell.students
    student, slot = cell.enrolled()
    term = cell.scenario.term
    u = stream(cell.seed, "synthetic", "attendance", cell.number).random((CELL, 2, term.weeks, term.sessions))
    pull = who.coping[:, None] * cell.felt
    chance = expit(1.2 + 0.8 * who.engagement[:, None] + pull)
    chance = np.where(who.uses_recordings[:, None], 0.2 * chance, chance)
    attended = (u < chance[:, None, :, None]).sum(axis=3)[student, slot]
    inside = np.arange(term.weeks)[None, :] < cell.weeks_left(student)[:, None]
    row, week = np.nonzero(inside & ~who.groups["online_only"][student][:, None])
    return pd.DataFrame(
        {
            "enrolment_id": cell.enrolment_ids(student, slot)[row],
            "week": week + 1,
            "expected": term.sessions,
            "attended": attended[row, week],
        }
    )


def _assessments(cell: Cell) -> pd.DataFrame:
    who = cell.students
    student, slot = cell.enrolled()
    due_weeks, marks = np.array(cell.scenario.term.due_weeks), cell.scenario.marks
    draws = stream(cell.seed, "synthetic", "assessments", cell.number).standard_normal((CELL, 2, len(due_weeks), 2))
    delay = (
        -0.4 * who.engagement[:, None, None]
        - 0.2 * who.coping[:, None, None] * cell.felt[:, None, due_weeks - 1]
        + draws[..., 0]
    )[student, slot]
    due = np.broadcast_to(cell.scenario.term.first_day(due_weeks) + 4, delay.shape)
    day = due + np.where(delay > 1.1, np.ceil(6 * (delay - 1.1)), np.floor(np.maximum(delay, -3)) - 1).astype(np.int64)
    handed_in = (delay < 2.0) & (day <= cell.traces.leaves_day[student][:, None])
    added = marks.engagement * who.engagement + marks.wellbeing * who.stable
    score = np.clip(np.rint(62 + added[student][:, None] + 9 * draws[..., 1][student, slot]), 0, 100)
    ids = cell.enrolment_ids(student, slot)
    asked = due <= cell.traces.leaves_day[student][:, None]
    row, which = np.nonzero(asked)
    code = cell.codes[who.module[student, slot]][row]
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
    parts = [_wave(cell, "WHO-5", week, cell.who5(week)) for week in cell.scenario.term.who5_weeks]
    parts += [
        _wave(cell, "PHQ-8", week, phq8_items(cell.traces.wellbeing[:, week - 1], cell.seed, cell.number, week))
        for week in cell.scenario.term.phq8_weeks
    ]
    return pd.concat(parts)


def _wave(cell: Cell, instrument: str, week: int, items: Ints) -> pd.DataFrame:
    traces = cell.traces
    told = traces.contacted & (traces.look < week)
    given = answers(
        cell.scenario, cell.students, traces.wellbeing[:, week - 1], told, cell.seed, cell.number, week, items.shape[1]
    )
    enrolled = traces.leaves_day >= cell.scenario.term.first_day(week)
    asked = given & (enrolled & cell.students.consent[:, 2])[:, None]
    row, item = np.nonzero(asked[: cell.size])
    return pd.DataFrame(
        {
            "student_id": cell.ids[row],
            "presentation": cell.presentations[row],
            "week": week,
            "instrument": instrument,
            "item": item + 1,
            "value": items[row, item],
        }
    )


def _services(cell: Cell) -> pd.DataFrame:
    dial, weeks = cell.scenario.help_seeking, cell.scenario.term.weeks
    u = stream(cell.seed, "synthetic", "services", cell.number).random((CELL, weeks, 2))
    extra = cell.students.by(cell.scenario.label_bias.help_seeking)[:, None]
    chance = expit(dial.weekly - dial.need * cell.traces.wellbeing + extra)
    enrolled = np.arange(weeks)[None, :] < cell.weeks_left(np.arange(CELL))[:, None]
    row, week = np.nonzero(((u[..., 0] < chance) & enrolled)[: cell.size])
    kind = np.where(u[row, week, 1] < 0.6, "counselling", "study adviser")
    return pd.DataFrame(
        {"student_id": cell.ids[row], "presentation": cell.presentations[row], "week": week + 1, "service": kind}
    )


def look_day(cell: Cell) -> Ints:
    """Last day of the week of each student's look: the day on which staff decide."""
    return np.asarray(cell.scenario.term.first_day(np.maximum(cell.traces.look, 1)) + 6)


def considered(cell: Cell) -> np.ndarray:
    """Students below the cut-off at a look, with consent, still enrolled on its day."""
    return np.asarray(np.nonzero(cell.traces.eligible[: cell.size])[0])


def _assignments(cell: Cell) -> pd.DataFrame:
    dial = cell.scenario.contact
    row = considered(cell) if dial.is_trial else np.empty(0, np.int64)
    contacted = cell.traces.contacted[row]
    return pd.DataFrame(
        {
            "student_id": cell.ids[row],
            "presentation": cell.presentations[row],
            "trial": dial.trial,
            "arm": np.where(contacted, "contact", "usual"),
            "week": cell.traces.look[row],
            "cluster": None,
            "probability": np.where(contacted, dial.probability, 1 - dial.probability),
        }
    )


def _contacts(cell: Cell) -> pd.DataFrame:
    row, dial, traces = considered(cell), cell.scenario.contact, cell.traces
    row = row[traces.contacted[row]]
    u = stream(cell.seed, "synthetic", "contact steps", cell.number).random((CELL, 4))
    v = stream(cell.seed, "synthetic", "escalation", cell.number).random(CELL)
    day = look_day(cell)
    steps = {
        "suggested": (0, np.ones(CELL, bool)),
        "sent": (1, np.ones(CELL, bool)),
        "opened": (2, traces.opened),
        "talked": (5, traces.talked),
        "agreed": (6, traces.talked & (u[:, 0] < 0.7)),
        "declined": (3, traces.opened & ~traces.talked & (u[:, 1] < 0.5)),
        "escalated": (7, traces.talked & (v < dial.escalated)),
        "complaint": (8, u[:, 2] < dial.complaint),
        "opt_out": (9, u[:, 3] < dial.opt_out),
    }
    parts = [
        pd.DataFrame(
            {
                "student_id": cell.ids[row[took[row]]],
                "presentation": cell.presentations[row[took[row]]],
                "at": day[row[took[row]]] + after,
                "rule": dial.trial,
                "step": step,
            }
        )
        for step, (after, took) in steps.items()
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
    both = pd.concat([given, taken])
    return both.assign(presentation=cell.presentations[both["student_id"].str[1:].astype(int) - cell.number * CELL])


def _applicability(cell: Cell) -> pd.DataFrame:
    student, slot = cell.enrolled()
    ids = cell.enrolment_ids(student, slot)
    applies = {source: np.ones(len(ids), bool) for source in SOURCES}
    applies["attendance"] = ~cell.students.groups["online_only"][student]
    return pd.concat([pd.DataFrame({"enrolment_id": ids, "source": s, "applies": flag}) for s, flag in applies.items()])


def _outcomes(cell: Cell) -> pd.DataFrame:
    student, slot = cell.enrolled()
    left, last = cell.traces.leaves_day[student], cell.scenario.term.last_day
    z = stream(cell.seed, "synthetic", "outcome", cell.number).random((CELL, 2))
    chance = expit(2.2 + 0.9 * cell.students.engagement)
    name = np.where(left < STAYS, "withdrawn", np.where(z[student, slot] < chance[student], "passed", "failed"))
    day = pd.Series(np.where(left < STAYS, left, last + 14), dtype="Int64")
    ids = cell.enrolment_ids(student, slot)
    ended = pd.DataFrame({"enrolment_id": ids, "name": name, "value": "yes", "day": day})
    told = disclosed(cell)[student]
    return pd.concat(
        [ended, pd.DataFrame({"enrolment_id": ids[told], "name": "disclosed", "value": "yes", "day": last + 14})]
    )


def disclosed(cell: Cell) -> np.ndarray:
    """Who told the university of a difficulty by the end of term."""
    dial = cell.scenario.help_seeking
    u = stream(cell.seed, "synthetic", "disclosure", cell.number).random(CELL)
    extra = cell.students.by(cell.scenario.label_bias.disclosure)
    return np.asarray(u < expit(dial.disclosed - dial.need * cell.students.stable + extra))


__all__ = ["campus_tables", "cell_tables", "considered", "disclosed", "look_day"]
