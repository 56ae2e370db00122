"""A campus as data: all of its dials in one value, with a digest, and its faults when it makes no sense."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from la_research.canonical import digest
from la_research.errors import Fault, ScenarioError
from la_research.protocol import Section, Tree
from la_research.schema import ACTIVITY_SOURCES
from la_research.synthetic.calendar import LAST, MODULES, Module, Term
from la_research.synthetic.dials import (
    Agreed,
    Attrition,
    Chilling,
    Contact,
    Coping,
    Engagement,
    Faults,
    Gaming,
    HelpSeeking,
    LabelBias,
    Link,
    Marks,
    MeasurementBias,
    Peers,
    People,
    Proxy,
    Share,
    Survey,
    Wellbeing,
    Years,
    sum_to_one,
)
from la_research.synthetic.graph import Arrow, in_order
from la_research.synthetic.refusals import document_faults, refusals

FORMAT = "la_research.scenario"
WORDS = frozenset({"format", "id", "title", "resembles", "cannot", "seed", "n"})
"""What does not change a student."""


class Scenario(Section):
    """A synthetic campus; ``synthetic/README.md`` draws its graph."""

    format: Literal["la_research.scenario/1"]
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
    title: str
    resembles: str
    cannot: str
    """What it can not stand for."""
    n: int = Field(2000, ge=1, le=5_000_000)
    """Students, where nobody says how many."""
    seed: int = Field(2025, ge=0, lt=2**32)
    term: Term = Term()
    modules: Annotated[tuple[Module, ...], Field(min_length=1, max_length=40)] = MODULES
    """Code, share of students, subject and level of log activity of each module."""
    people: People = People()
    arrows: tuple[Arrow, ...] = ()
    """Which trait moves which other, beside the gaps of ``wellbeing.groups`` and ``engagement.groups``."""
    wellbeing: Wellbeing = Wellbeing()
    coping: Coping = Coping()
    link: Link = Link()
    engagement: Engagement = Engagement()
    marks: Marks = Marks()
    survey: Survey = Survey()
    help_seeking: HelpSeeking = HelpSeeking()
    label_bias: LabelBias = LabelBias()
    measurement_bias: MeasurementBias = MeasurementBias()
    consent: Agreed = Agreed()
    proxy: Proxy = Proxy()
    leaving: Share = 0.004
    """Share that leaves a module in a week."""
    contact: Contact = Contact()
    attrition: Attrition = Attrition()
    peers: Peers = Peers()
    chilling: Chilling = Chilling()
    gaming: Gaming = Gaming()
    years: Years = Years()
    faults: Faults = Faults()

    @field_validator("arrows")
    @classmethod
    def _no_circle(cls, arrows: tuple[Arrow, ...]) -> tuple[Arrow, ...]:
        in_order(arrows)
        return arrows

    @field_validator("modules")
    @classmethod
    def _every_student_on_one(cls, modules: tuple[Module, ...]) -> tuple[Module, ...]:
        if len({module.code for module in modules}) < len(modules):
            raise ValueError("a code is there twice")
        sum_to_one(module.share for module in modules)
        return modules

    @field_validator("contact")
    @classmethod
    def _looks_in_term(cls, contact: Contact, told: ValidationInfo) -> Contact:
        last = told.data["term"].weeks if "term" in told.data else LAST
        if contact.looks[-1] > last:
            late = PydanticCustomError(
                "late", "week {week} comes after the last of {last} weeks", {"week": contact.looks[-1], "last": last}
            )
            fault = InitErrorDetails(type=late, loc=("looks",), input=contact.looks)
            raise ValidationError.from_exception_data("contact", [fault])
        return contact

    @field_validator("faults")
    @classmethod
    def _room_for_all(cls, faults: Faults, told: ValidationInfo) -> Faults:
        if {"modules", "years", "term"} <= set(told.data):
            places = len(told.data["modules"]) * told.data["years"].count * told.data["term"].weeks
            if faults.dead_turnstile > places:
                raise ValueError(f"there are more dead turnstiles than the {places} module-weeks")
            if faults.duplicates + faults.missing_feed > len(ACTIVITY_SOURCES) * places:
                raise ValueError(f"more deliveries are faulty than {places} module-weeks of each source hold")
        return faults

    @property
    def digest(self) -> str:
        """SHA-256 of everything that changes the cohort; words, size, seed and defaults left out.

        A new dial whose default means what was there before does not change an old digest.
        """
        return digest(self.model_dump(mode="json", exclude=set(WORDS), exclude_defaults=True))


def parse_scenario(tree: Tree) -> Scenario:
    """The scenario that a document describes; all of its faults at once.

    Raises
    ------
    ScenarioError
        Codes ``scenario.newer_format``, ``missing_key``, ``unknown_dial``, ``unknown_group``,
        ``cycle``, ``probabilities`` and ``value``; those of :func:`read_tree`.
    """
    faults = list(document_faults(tree))
    if not tree.whole:
        raise ScenarioError(*faults)
    kind, _, version = str(tree.value.get("format") or "").partition("/")
    if kind == FORMAT and version.isdigit() and int(version) > 1:
        faults.append(
            Fault("scenario.newer_format", f"{kind}/{version} is newer than {FORMAT}/1", tree.where(("format",)),
                  "install a newer la_research")
        )  # fmt: skip
        raise ScenarioError(*faults)
    try:
        scenario = Scenario.model_validate(tree.value)
    except ValidationError as error:
        raise ScenarioError(*faults, *refusals(error.errors(), tree, Scenario)) from None
    ScenarioError.raise_if(faults)
    return scenario
