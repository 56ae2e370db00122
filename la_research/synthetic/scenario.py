"""A campus as data: all of its dials in one value, with a digest, and its faults when it makes no sense."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from la_research.canonical import digest
from la_research.errors import Fault, ScenarioError
from la_research.protocol import Section, Tree
from la_research.synthetic.calendar import MODULES, Module, Term
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

FORMAT = "la_research.scenario"
WORDS = frozenset({"format", "id", "title", "resembles", "cannot", "seed", "n"})
"""What does not change a student."""
CODES = ("cycle", "probabilities")


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

    @model_validator(mode="after")
    def _fits_together(self) -> Scenario:
        in_order(self.arrows)
        sum_to_one("modules", [module.share for module in self.modules])
        codes = [module.code for module in self.modules]
        if len(set(codes)) < len(codes):
            raise ValueError("modules: a code is there twice")
        if self.contact.looks[-1] > self.term.weeks:
            raise ValueError(f"contact.looks names a week after the last of {self.term.weeks} weeks")
        return self

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
        Codes ``scenario.newer_format``, ``scenario.unknown_dial``, ``scenario.cycle``,
        ``scenario.probabilities`` and ``scenario.value``.
    """
    faults = [Fault(f.code.replace("protocol.", "scenario."), f.problem, f.where, f.remedy) for f in tree.faults]
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
        raise ScenarioError(*faults, *(_fault(item, tree) for item in error.errors(include_url=False))) from None
    ScenarioError.raise_if(faults)
    return scenario


def _fault(error: Any, tree: Tree) -> Fault:
    path = tuple(error["loc"])
    name = ".".join(map(str, path)) or "scenario"
    if error["type"] == "extra_forbidden":
        return Fault("scenario.unknown_dial", f"there is no dial '{name}'", tree.where(path), "see synthetic/README.md")
    code = f"scenario.{error['type']}" if error["type"] in CODES else "scenario.value"
    message = str(error["msg"]).removeprefix("Value error, ")
    return Fault(code, f"'{name}': {message[0].lower()}{message[1:]}", tree.where(path), "mend the value")
