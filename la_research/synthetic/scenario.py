"""A campus as data: all of its dials in one value, with a digest, and its faults when it makes no sense."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from la_research.canonical import digest
from la_research.errors import Fault, ScenarioError
from la_research.protocol import Section, Tree
from la_research.schema import ACTIVITY_SOURCES
from la_research.synthetic.calendar import LAST, MODULES, Module, Term
from la_research.synthetic.contact_dials import (
    Attrition,
    Chilling,
    Contact,
    Feedback,
    Gaming,
    Nudges,
    Peers,
    Rollout,
)
from la_research.synthetic.dials import (
    Agreed,
    Coping,
    Engagement,
    Faults,
    HelpSeeking,
    LabelBias,
    Link,
    Marks,
    MeasurementBias,
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
AnySection = TypeVar("AnySection", bound=Section)
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
    rollout: Rollout = Rollout()
    nudges: Nudges = Nudges()
    attrition: Attrition = Attrition()
    peers: Peers = Peers()
    chilling: Chilling = Chilling()
    gaming: Gaming = Gaming()
    feedback: Feedback = Feedback()
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

    @field_validator("contact", "nudges", "feedback")
    @classmethod
    def _weeks_in_term(cls, section: AnySection, told: ValidationInfo) -> AnySection:
        name = "looks" if isinstance(section, Contact) else "weeks"
        _in_term(getattr(section, name), told, name, before_end=isinstance(section, Nudges))
        return section

    @field_validator("rollout")
    @classmethod
    def _starts_in_term(cls, rollout: Rollout, told: ValidationInfo) -> Rollout:
        unknown = set(rollout.starts) - {module.code for module in told.data.get("modules", ())}
        if unknown and "modules" in told.data:
            raise ValueError(f"starts: there is no module {', '.join(sorted(unknown))}")
        _in_term(rollout.looks, told, "weeks" if rollout.weeks else "starts")
        if rollout.looks and "contact" in told.data and told.data["contact"].arms:
            raise ValueError("everyone has the same contact in a roll-out: take contact.arms away")
        return rollout

    @field_validator("nudges")
    @classmethod
    def _one_or_the_other(cls, nudges: Nudges, told: ValidationInfo) -> Nudges:
        if nudges.weeks and "rollout" in told.data and told.data["rollout"].looks:
            raise ValueError("a campus has either a roll-out or weekly nudges")
        return nudges

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
    def looks(self) -> tuple[int, ...]:
        """Weeks at whose end anyone may be contacted: looks, or starts of a roll-out; none where there are nudges."""
        return () if self.nudges.weeks else self.rollout.looks or self.contact.looks

    @property
    def trial(self) -> str:
        """Name in ``assignments`` and ``contacts`` of what there is on this campus: contacts, a roll-out or nudges."""
        return "nudges" if self.nudges.weeks else "rollout" if self.rollout.looks else self.contact.trial

    @property
    def digest(self) -> str:
        """SHA-256 of everything that changes the cohort; words, size, seed and defaults left out.

        A new dial whose default means what was there before does not change an old digest.
        """
        return digest(self.model_dump(mode="json", exclude=set(WORDS), exclude_defaults=True))


def _in_term(weeks: tuple[int, ...], told: ValidationInfo, name: str, *, before_end: bool = False) -> None:
    """Raise where weeks come after the last of the term; with ``before_end`` after the last but one."""
    last = (told.data["term"].weeks if "term" in told.data else LAST) - before_end
    if max(weeks, default=0) > last:
        words = "week {week} comes after the last of {last} weeks" + ", for one has to follow" * before_end
        late = PydanticCustomError("late", words, {"week": max(weeks), "last": last})
        fault = InitErrorDetails(type=late, loc=(name,), input=weeks)
        raise ValidationError.from_exception_data(name, [fault])


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
