"""The registered study as one frozen value."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.canonical import digest
from la_research.protocol.analysis import Explanation, Fairness, Model
from la_research.protocol.governance import Approval, Disclosure, Governance, Institution, Roles
from la_research.protocol.measures import Hypothesis, IndicatorSettings, Instrument, InstrumentName, Outcome
from la_research.protocol.population import Calendar, Consent, Population, Sources
from la_research.protocol.section import Level, Name, Owed, Section, Text
from la_research.protocol.support import Support
from la_research.protocol.validation import Validation


class Protocol(Section):
    """The only knob that can change a result; it has a digest.

    Examples
    --------
    >>> Protocol.model_fields["seed"].default
    2025
    """

    format: Literal["la_research.protocol/1"]
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
    version: int = Field(1, ge=1)
    title: Text
    question: Text
    objectives: Annotated[tuple[Text, ...], Owed("open")] = ()
    out_of_scope: Annotated[tuple[Text, ...], Owed("open")] = ()
    data: Level
    approval: Approval = Approval()
    population: Population = Population()
    calendar: Calendar = Calendar()
    sources: Sources
    consent: Consent = Consent()
    instruments: dict[InstrumentName, Instrument] = {}
    indicators: Annotated[dict[Name, IndicatorSettings], Field(min_length=1)]
    outcomes: tuple[Outcome, ...]
    hypotheses: tuple[Hypothesis, ...] = ()
    model: Model = Model()
    validation: Validation = Validation()
    fairness: Fairness = Fairness()
    explanation: Explanation = Explanation()
    support: Support = Support()
    disclosure: Disclosure = Disclosure()
    governance: Governance = Governance()
    roles: Roles = Roles()
    institution: Institution = Institution()
    language: Literal["en-GB"] = "en-GB"
    seed: int = Field(2025, ge=0, lt=2**32)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the keys that differ from their default."""
        return digest(self.model_dump(mode="json", exclude_defaults=True))

    @property
    def columns(self) -> tuple[str, ...]:
        """The model's columns: those registered, else every indicator."""
        return self.model.columns or tuple(self.indicators)

    def outcome(self, outcome_id: str) -> Outcome:
        """The outcome of that id."""
        return next(outcome for outcome in self.outcomes if outcome.id == outcome_id)

    @property
    def score_is_health_data(self) -> bool:
        """Whether the model's label is a wellbeing instrument: then its score is health data."""
        return self.model.label is not None and self.outcome(self.model.label).instrument is not None
