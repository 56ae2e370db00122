"""Instruments, indicators, outcomes, and the hypotheses that join them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.population import Source
from la_research.protocol.section import Name, OpenText, Owed, Section, Text


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """What is known of a published instrument: items, answers 0 to ``top``, and how it is summed."""

    title: str
    construct: str
    items: int
    top: int
    multiplier: int
    recall_weeks: int
    unit: str
    positive: bool
    """Whether a higher score is better."""
    risk_item: int | None
    source: str


QUESTIONNAIRES: dict[str, Questionnaire] = {
    "WHO-5": Questionnaire(
        "WHO-5 Well-Being Index", "wellbeing", 5, 5, 4, 2, "WHO-5 points", True, None,
        "Topp et al. (2015), doi:10.1159/000376585",
    ),
    "PHQ-8": Questionnaire(
        "Patient Health Questionnaire, 8 items", "low mood", 8, 3, 1, 2, "PHQ-8 points", False, None,
        "Kroenke et al. (2009), doi:10.1016/j.jad.2008.06.026",
    ),
    "PHQ-9": Questionnaire(
        "Patient Health Questionnaire, 9 items", "low mood", 9, 3, 1, 2, "PHQ-9 points", False, 9,
        "Kroenke et al. (2001), doi:10.1046/j.1525-1497.2001.016009606.x",
    ),
}  # fmt: skip

InstrumentName = Literal["WHO-5", "PHQ-8", "PHQ-9"]


class Instrument(Section):
    """In which weeks a questionnaire is asked, and why this one."""

    weeks: tuple[int, ...] = ()
    why: OpenText = None


class Light(Section):
    """Two cut-offs of a traffic light: below ``red`` is red, below ``amber`` is amber."""

    red: float = Field(ge=0)
    amber: float = Field(ge=0)


class IndicatorSettings(Section):
    """The choices an indicator leaves to the protocol; each card says which it reads."""

    sources: tuple[Source, ...] = ()
    """Activity sources it sums; empty: all activity sources that the protocol names."""
    window_weeks: int | None = Field(None, ge=1, le=60)
    minimum_history: int | None = Field(None, ge=2, le=60)
    minimum_days: int | None = Field(None, ge=1, le=7)
    attendance: Light | None = None
    """Shares of expected sessions attended, 0 to 1."""
    online: Light | None = None
    """Actions a teaching week."""


class Outcome(Section):
    """What is measured: a questionnaire's score, an event of the record, or an indicator that the design compares."""

    id: Name
    instrument: InstrumentName | None = None
    event: tuple[Name, ...] = ()
    """Names in the cohort's ``outcomes`` table; any of them counts."""
    indicator: Name | None = None
    """An indicator on the logarithmic scale, for an effect by a design that registers the same one."""
    week: int | None = Field(None, ge=1, le=60)
    """Of a questionnaire the week in which it is asked; an indicator may go without, and is then read in all."""
    at_least: float | None = None
    """Turns a score into yes or no."""
    label: Text | None = None
    chosen_by: Literal["researchers", "advisory group"] = "researchers"


class Estimand(Section):
    """The five attributes of ICH E9(R1) (2019): what exactly is estimated."""

    population: OpenText = None
    contrast: OpenText = None
    outcome: OpenText = None
    """The variable, with its week."""
    intercurrent_events: Annotated[dict[Name, Text], Owed("open")] = {}
    """Each event that may come between, and how it is handled."""
    summary: OpenText = None


class Hypothesis(Section):
    """A registered claim: what, in which direction, how large at least, at which alpha."""

    id: Name
    kind: Literal["between", "within", "effect"]
    """Association between students, association within a student, or effect of the support."""
    outcome: Name
    indicator: Name | None = None
    direction: Literal["positive", "negative"]
    smallest_effect: float = Field(gt=0)
    alpha: float = Field(0.05, gt=0, le=0.2)
    family: Name = "primary"
    beyond: bool = False
    """Whether "supported" asks for the whole interval beyond the smallest effect of interest."""
    missing: Literal["complete cases"] = "complete cases"
    statement: OpenText = None
    estimand: Estimand = Estimand()
