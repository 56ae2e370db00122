"""The tables of a cohort, declared once: type check, documentation and data package come from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "integer", "number", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, type, meaning, and what a value may be."""

    name: str
    type: Type
    description: str
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``per`` says what a row is; ``key`` is unique and gives the order on disk."""

    name: str
    per: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = True

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in their order on disk."""
        return tuple(column.name for column in self.columns)


STUDENT = Column("student_id", "string", "pseudonym of the person")
ENROLMENT = Column("enrolment_id", "string", "one student on one module in one presentation")
PRESENTATION = Column("presentation", "string", "the run of a module, e.g. 2025A")
WEEK = Column("week", "integer", "teaching week, from 1", minimum=1)

ACTIVITY_SOURCES = ("vle", "library", "lecture_capture", "quizzes")
"""Sources of study: what indicators count unless a protocol says otherwise."""
COMMUNITY_SOURCES = ("placement", "careers", "union", "volunteering")
"""Life beside study, as counts only; no indicator reads it unless a protocol names it."""
COUNTED = (*ACTIVITY_SOURCES, *COMMUNITY_SOURCES)
"""Sources that fill the table ``activity``."""
SOURCES = (*ACTIVITY_SOURCES, "attendance", "assessments", *COMMUNITY_SOURCES)
"""Sources of behaviour; attendance and assessments have tables of their own, all others fill ``activity``."""
CONSENT_FLAGS = ("model_use", "contact", "research")
PROTECTED = (
    "gender", "ethnicity", "disability", "imd_band", "age_band", "religion", "orientation", "fee_status", "region",
)  # fmt: skip
"""Attributes, which live in ``vault`` and nowhere else."""

STEPS = ("suggested", "sent", "opened", "talked", "agreed", "declined", "escalated", "complaint", "opt_out")
"""Steps of a contact."""

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "students",
            "student",
            ("student_id",),
            (
                STUDENT,
                Column("level", "string", "level of study", nullable=True),
                Column("subject", "string", "broad subject", nullable=True),
                Column("entry_tariff", "number", "points on entry", nullable=True),
                Column("commutes", "boolean", "lives an hour or more away", nullable=True),
                Column("paid_work_hours", "integer", "hours of paid work a week", nullable=True, minimum=0),
            ),
        ),
        Table(
            "vault",
            "enrolment and attribute",
            ("enrolment_id", "attribute"),
            (
                ENROLMENT,
                Column("attribute", "string", "a protected attribute", values=PROTECTED),
                Column("value", "string", "its value as recorded", nullable=True),
            ),
        ),
        Table(
            "enrolments",
            "enrolment",
            ("enrolment_id",),
            (
                ENROLMENT,
                STUDENT,
                Column("module", "string", "code of the module"),
                PRESENTATION,
                Column("start", "integer", "day of registration; negative before day 1", nullable=True),
                Column("end", "integer", "last day registered; empty while still registered", nullable=True),
                Column("credits", "integer", "credits studied in all", nullable=True, minimum=0),
                Column("previous_attempts", "integer", "earlier attempts at the module", nullable=True, minimum=0),
            ),
        ),
        Table(
            "activity",
            "enrolment, week and source with at least one action",
            ("enrolment_id", "week", "source"),
            (
                ENROLMENT,
                WEEK,
                Column(
                    "source", "string", "where the action was recorded", values=(*ACTIVITY_SOURCES, *COMMUNITY_SOURCES)
                ),
                Column("count", "integer", "actions", minimum=0),
                Column("active_days", "integer", "days with an action", minimum=0, maximum=7),
                Column("seconds", "integer", "time recorded", nullable=True, minimum=0),
            ),
        ),
        Table(
            "attendance",
            "enrolment and week",
            ("enrolment_id", "week"),
            (
                ENROLMENT,
                WEEK,
                Column("expected", "integer", "sessions expected", minimum=0),
                Column("attended", "integer", "sessions attended", minimum=0),
            ),
        ),
        Table(
            "assessments",
            "enrolment and assessment",
            ("enrolment_id", "assessment_id"),
            (
                ENROLMENT,
                Column("assessment_id", "string", "code of the assessment"),
                Column("due_day", "integer", "day it is due", nullable=True),
                Column("submitted_day", "integer", "day handed in; empty when never", nullable=True),
                Column("score", "number", "mark", nullable=True, minimum=0, maximum=100),
            ),
        ),
        Table(
            "responses",
            "student, presentation, week, instrument and item answered",
            ("student_id", "presentation", "week", "instrument", "item"),
            (
                STUDENT,
                PRESENTATION,
                WEEK,
                Column("instrument", "string", "questionnaire"),
                Column("item", "integer", "number of the item, from 1", minimum=1),
                Column("value", "integer", "answer", minimum=0),
            ),
        ),
        Table(
            "services",
            "student, presentation, week and service used",
            ("student_id", "presentation", "week", "service"),
            (STUDENT, PRESENTATION, WEEK, Column("service", "string", "kind of support used")),
        ),
        Table(
            "contacts",
            "step of a contact",
            ("student_id", "presentation", "at", "rule", "step"),
            (
                STUDENT,
                PRESENTATION,
                Column("at", "integer", "day of the step"),
                Column("rule", "string", "rule that suggested the contact"),
                Column(
                    "step",
                    "string",
                    "how far the contact went",
                    values=STEPS,
                ),
            ),
        ),
        Table(
            "assignments",
            "randomised student and look, controls included",
            ("student_id", "trial", "week"),
            (
                STUDENT,
                PRESENTATION,
                Column("trial", "string", "name of the trial"),
                Column("arm", "string", "arm drawn"),
                WEEK,
                Column("cluster", "string", "cluster randomised, if any", nullable=True),
                Column("probability", "number", "probability of the arm drawn", minimum=0, maximum=1),
            ),
        ),
        Table(
            "consent",
            "student, presentation, flag and day of a decision",
            ("student_id", "presentation", "flag", "from_day"),
            (
                STUDENT,
                PRESENTATION,
                Column("flag", "string", "what was asked", values=CONSENT_FLAGS),
                Column("from_day", "integer", "day from which it holds"),
                Column("given", "boolean", "whether consent is given"),
            ),
        ),
        Table(
            "applicability",
            "enrolment and source",
            ("enrolment_id", "source"),
            (
                ENROLMENT,
                Column("source", "string", "source of behaviour", values=SOURCES),
                Column("applies", "boolean", "false where the source does not concern the student"),
            ),
        ),
        Table(
            "feeds",
            "module, presentation and source that was recorded",
            ("module", "presentation", "source"),
            (
                Column("module", "string", "code of the module"),
                PRESENTATION,
                Column("source", "string", "source of behaviour", values=SOURCES),
                Column("first_day", "integer", "first day recorded"),
                Column("last_day", "integer", "last day recorded"),
            ),
        ),
        Table(
            "outcomes",
            "enrolment and outcome",
            ("enrolment_id", "name"),
            (
                ENROLMENT,
                Column("name", "string", "outcome, e.g. withdrawn"),
                Column("value", "string", "its value as recorded"),
                Column("day", "integer", "day it was known", nullable=True),
            ),
        ),
        Table(
            "calendar",
            "presentation and day",
            ("presentation", "day"),
            (
                PRESENTATION,
                Column("day", "integer", "day 1 is the first day of week 1"),
                Column("week", "integer", "teaching week; empty in a break", nullable=True, minimum=1),
                Column("kind", "string", "teaching or break", values=("teaching", "break")),
            ),
        ),
        Table(
            "events",
            "recorded action (written on request)",
            ("enrolment_id", "at", "source", "action"),
            (
                ENROLMENT,
                Column("at", "string", "UTC time of the action"),
                Column("source", "string", "where it was recorded"),
                Column("action", "string", "what was done"),
            ),
            required=False,
        ),
    )
}
"""Every table by name. A table that holds nothing is present and empty."""
