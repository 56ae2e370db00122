"""Who is studied, when, from which sources, and what was agreed to."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.governance import Processing
from la_research.protocol.section import Name, OpenText, Owed, Section, Text

Source = Literal["vle", "library", "lecture_capture", "quizzes", "attendance", "assessments"]
Asked = Literal["required", "not required"]


class Subset(Section):
    """A second registered population with columns of its own, e.g. where clicks were recorded."""

    id: Name
    requires_feed: tuple[Source, ...] = ()
    """Sources whose feed must run from day 1 to the end of the index week."""
    columns: tuple[Name, ...]
    description: Text | None = None


class Population(Section):
    """Eligibility. A student who has left by the end of the index week is not in the study."""

    unit: Literal["student", "enrolment"] = "enrolment"
    """What one row is: a person, or a person on one module."""
    description: OpenText = None
    scenario: Name = "default"
    """Synthetic studies only: file in ``synthetic/`` without its ending."""
    n: int = Field(2000, ge=1, le=5_000_000)
    index_week: int = Field(4, ge=1, le=60)
    """The landmark: features use weeks 1 to this one, inclusive."""
    modules: tuple[Text, ...] = ()
    """Empty: all modules."""
    subsets: tuple[Subset, ...] = ()


class Calendar(Section):
    """The weeks that indicators are computed for."""

    weeks: int = Field(12, ge=1, le=60)
    description: OpenText = None


class Consent(Section):
    """Which flags must be given before data are used so; each is effective-dated in the cohort."""

    model_use: Asked = "required"
    contact: Asked = "required"
    research: Asked = "required"
    how_asked: OpenText = None
    withdrawal: Annotated[Text | None, Owed("restricted")] = None


Sources = Annotated[dict[Source, Processing], Field(min_length=1)]
