"""A campus as data: the dials of the mechanism, each a number with a unit."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from la_research.canonical import digest
from la_research.errors import Fault, ScenarioError
from la_research.protocol import Section, Tree

Share = Annotated[float, Field(ge=0, le=1)]
FORMAT = "la_research.scenario"


class People(Section):
    """Shares of the student body; the classes of ethnicity sum to one."""

    female: Share = 0.57
    ethnicity: dict[str, Share] = {"White": 0.73, "Asian": 0.135, "Black": 0.074, "Mixed or other": 0.061}
    disability: Share = 0.17
    international: Share = 0.24
    postgraduate: Share = 0.29
    online_only: Share = 0.10
    second_module: Share = 0.10

    @model_validator(mode="after")
    def _sums_to_one(self) -> People:
        if abs(sum(self.ethnicity.values()) - 1) > 1e-9:
            raise ValueError("the shares of ethnicity do not sum to 1")
        return self


class Wellbeing(Section):
    """Weekly latent wellbeing in standard deviations; higher is better."""

    stable: Share = 0.6
    """Share of variance that stays with a student."""
    persistence: Share = 0.6
    """Correlation of the changing part from one week to the next."""
    drift: float = Field(-0.15, ge=-3, le=3)
    """Change of the mean from the first to the last week."""
    stress: float = Field(0.35, ge=0, le=3)
    """Drop of the mean in weeks of high workload."""
    episodes: Share = 0.12
    """Share of students with one spell of four hard weeks."""
    episode_depth: float = Field(0.9, ge=0, le=5)
    women: float = Field(-0.15, ge=-3, le=3)
    """True difference in need, women against men."""
    disabled: float = Field(-0.35, ge=-3, le=3)
    """True difference in need, disabled against not disabled students."""


class Coping(Section):
    """What students do when they struggle; the rest does neither."""

    reduces: Share = 0.55
    works_more: Share = 0.20

    @model_validator(mode="after")
    def _at_most_one(self) -> Coping:
        if self.reduces + self.works_more > 1:
            raise ValueError("the shares that reduce and that work more exceed 1 together")
        return self


class Link(Section):
    """Change of log activity for one SD of wellbeing, for a student who reduces; reversed for one who works more."""

    between: float = Field(0.74, ge=-3, le=3)
    """Through the stable part."""
    within: float = Field(0.68, ge=-3, le=3)
    """Through the weekly part."""


class Engagement(Section):
    """Weekly actions: log-normal counts rounded down, and silent weeks."""

    trait_sd: float = Field(0.82, gt=0, le=5)
    week_sd: float = Field(0.50, gt=0, le=5)
    source_sd: float = Field(0.40, gt=0, le=5)
    silent_first: Share = 0.05
    """Share of silent weeks in week 1 …"""
    silent_last: Share = 0.22
    """… rising evenly to the last week."""
    workload: float = Field(0.30, ge=0, le=3)
    """Rise of log activity in weeks of high workload."""
    women: float = Field(-0.05, ge=-3, le=3)
    """Difference of the trait in its SDs, women against men."""
    disabled: float = Field(-0.14, ge=-3, le=3)


class Survey(Section):
    """Answering does not depend on wellbeing here."""

    response: Share = 0.60
    """Mean share that answers a wave; students differ."""
    item_missing: Share = 0.004


class Agreed(Section):
    """Shares that give each consent, and that take one back later."""

    model_use: Share = 0.86
    contact: Share = 0.80
    research: Share = 0.92
    withdrawn_later: Share = 0.02


class Contact(Section):
    """The randomised contact of students with little activity in one week."""

    week: int = Field(4, ge=2, le=8)
    trigger_share: float = Field(0.45, gt=0, le=2)
    """Eligible below this share of what the module usually sees in that week."""
    probability: float = Field(0.5, gt=0, lt=1)
    opened: Share = 0.80
    talked: Share = 0.60
    """Share of the contacted who come to talk; only they change."""
    effect: float = Field(0.38, ge=-3, le=3)
    """Gain in SDs of wellbeing for who talked, from two weeks after the contact."""


class Scenario(Section):
    """A synthetic campus; ``synthetic/README.md`` draws its graph."""

    format: Literal["la_research.scenario/1"]
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
    title: str
    resembles: str
    cannot: str
    """What it can not stand for."""
    seed: int = Field(2025, ge=0, lt=2**32)
    people: People = People()
    wellbeing: Wellbeing = Wellbeing()
    coping: Coping = Coping()
    link: Link = Link()
    engagement: Engagement = Engagement()
    survey: Survey = Survey()
    consent: Agreed = Agreed()
    leaving: Share = 0.004
    """Share that leaves a module in a week."""
    contact: Contact = Contact()

    @property
    def digest(self) -> str:
        """SHA-256 of everything that changes the cohort; words and the seed left out."""
        return digest(self.model_dump(mode="json", exclude={"title", "resembles", "cannot", "seed"}))


def parse_scenario(tree: Tree) -> Scenario:
    """The scenario that a document describes; all of its faults at once.

    Raises
    ------
    ScenarioError
        Codes ``scenario.newer_format``, ``scenario.unknown_dial`` and ``scenario.value``.
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
    name = ".".join(map(str, path))
    if error["type"] == "extra_forbidden":
        return Fault("scenario.unknown_dial", f"there is no dial '{name}'", tree.where(path), "see synthetic/README.md")
    message = str(error["msg"]).removeprefix("Value error, ")
    return Fault("scenario.value", f"'{name}': {message[0].lower()}{message[1:]}", tree.where(path), "mend the value")
