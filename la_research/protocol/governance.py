"""Who answers for the study, on which basis data are used, and what a student can have changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.section import Name, OpenText, Owed, RestrictedText, Section, Text

SpecialCategory = Literal["health", "ethnicity", "religion", "sexuality"]
Article6 = Literal[
    "consent", "contract", "legal obligation", "vital interests", "public task", "legitimate interests", "not personal"
]
Article9 = Literal[
    "explicit consent", "vital interests", "health or social care", "public health", "research and statistics",
    "substantial public interest", "made public by the person",
]  # fmt: skip
Item = Literal[
    "students", "vault", "enrolments", "activity", "attendance", "assessments", "responses", "services", "contacts",
    "assignments", "consent", "applicability", "outcomes", "events", "score",
]  # fmt: skip


class Processing(Section):
    """Why data are used and how long: asked for each source and each derived score."""

    purpose: OpenText = None
    why_needed: OpenText = None
    retention: OpenText = None
    article6: Annotated[Article6 | None, Owed("open")] = None
    holds: tuple[SpecialCategory, ...] = ()
    """Special categories that the data hold or that can be inferred from them."""
    article9: Article9 | None = None
    """Owed wherever ``holds`` is not empty, at every level above synthetic."""


class Approval(Section):
    """The ethics approval; restricted data are not opened without it."""

    body: RestrictedText = None
    id: RestrictedText = None
    dpia_date: date | None = None
    dpia_not_needed: Text | None = None
    """The reason why no data protection impact assessment is needed."""


class Disclosure(Section):
    """Counts under ``minimum_group_size`` are suppressed wherever a person could read them."""

    minimum_group_size: int = Field(10, ge=10)


class Escalation(Section):
    """Who reads a risk answer, in which hours, and how soon."""

    role: Text
    hours: Text
    longest_response_hours: int = Field(ge=1, le=72)


class Access(Section):
    """Who sees what."""

    who: Text
    what: Text


class Withheld(Section):
    """An item that a student's own statement names and does not show, and the policy by which it does not."""

    what: Item
    """A table of the cohort, or the score; whatever it could be read off is held back with it."""
    policy: Text


class Governance(Section):
    """The promises around the study."""

    decision_asked: OpenText = None
    next_step: OpenText = None
    retention: RestrictedText = None
    location: RestrictedText = None
    access: Annotated[tuple[Access, ...], Owed("restricted")] = ()
    safeguards: Annotated[tuple[Text, ...], Owed("restricted")] = ()
    can_be_changed: Annotated[tuple[Text, ...], Owed("restricted")] = ()
    """What the student advisory group can have changed."""
    refusal: RestrictedText = None
    """How to say no, and what a student loses by it."""
    grade_or_visa: RestrictedText = None
    """Whether any of it can touch a grade, progression or a visa."""
    correction: RestrictedText = None
    complaint: RestrictedText = None
    withheld: tuple[Withheld, ...] = ()
    """What a student who asks is not shown; empty: everything is shown."""
    funding: RestrictedText = None
    escalation: Escalation | None = None


class Roles(Section):
    """Who is responsible, after section 1 of the Jisc code of practice (2015, updated 2023)."""

    accountable: RestrictedText = None
    collection: RestrictedText = None
    anonymisation: RestrictedText = None
    analytics: RestrictedText = None
    interventions: RestrictedText = None
    stewardship: RestrictedText = None


class Institution(Section):
    """The university, and where a student finds people."""

    name: RestrictedText = None
    country: Name | None = None
    contact: RestrictedText = None
    support_day: RestrictedText = None
    support_night: RestrictedText = None
