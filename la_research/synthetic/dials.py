"""The dials of what students are and do, each a number with a unit; at their neutral value they do nothing."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from la_research.protocol import Section
from la_research.synthetic.graph import ByGroup, Group, Size

Share = Annotated[float, Field(ge=0, le=1)]
Silence = Annotated[float, Field(ge=0, le=0.95)]
"""A share of silent weeks; nobody is silent in more than 95 of 100."""
Shares = dict[str, Share]
Classes = Annotated[Shares, Field(min_length=2)]
"""Shares whose last class is a group: with one class alone everyone would belong to it."""


def sum_to_one(shares: Iterable[float]) -> None:
    """Raise where a table of probabilities does not sum to one."""
    total = math.fsum(shares)
    if abs(total - 1) > 1e-9:
        raise PydanticCustomError("probabilities", "the shares sum to {total}, not to 1", {"total": f"{total:.6g}"})


class People(Section):
    """Shares of the student body; the classes of ethnicity, age, religion and orientation sum to one each."""

    female: Share = 0.57
    """Women; all others are recorded as men."""
    ethnicity: Shares = {"White": 0.73, "Asian": 0.135, "Black": 0.074, "Mixed or other": 0.061}
    """The first class is the majority; all others are the group ``ethnic_minority``."""
    age: Classes = {"under 21": 0.60, "21 to 24": 0.22, "25 or over": 0.18}
    """The last class is the group ``mature``."""
    religion: Shares = {"none": 0.49, "Christian": 0.28, "Muslim": 0.12, "other": 0.11}
    """Held in the vault alone."""
    orientation: Classes = {"heterosexual": 0.88, "LGB or other": 0.12}
    """The last class is the group ``lgbt``. Neither religion nor orientation is ever a feature."""
    disability: Share = 0.17
    """Disabled students."""
    international: Share = 0.24
    """Students who pay fees from abroad."""
    postgraduate: Share = 0.29
    """Students beyond a first degree."""
    online_only: Share = 0.10
    """Students who never come to class; attendance does not apply to them."""
    second_module: Share = 0.10
    """Students on two modules."""
    commutes: Share = 0.30
    """Students who travel in."""

    @field_validator("ethnicity", "age", "religion", "orientation")
    @classmethod
    def _sum_to_one(cls, shares: Shares) -> Shares:
        sum_to_one(shares.values())
        return shares


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
    """Drop of wellbeing in such a spell."""
    level: float = Field(0.145, ge=-3, le=3)
    """Mean of the stable part of students in no group with a gap (SDs of the stable part)."""
    groups: ByGroup = {"women": -0.15, "disabled": -0.35}
    """True difference in need: SDs of the stable part, members against all others."""
    need_below: float = Field(-1.0, ge=-4, le=4)
    """A student needs support in a week whose wellbeing lies below this."""


class Coping(Section):
    """What students do when they struggle; the rest does neither."""

    reduces: Share = 0.55
    """Students who are less active in a low week."""
    works_more: Share = 0.20
    """Students who are more active in a low week."""

    @field_validator("works_more")
    @classmethod
    def _at_most_one(cls, works_more: float, told: ValidationInfo) -> float:
        if told.data.get("reduces", 0) + works_more > 1 + 1e-9:
            raise PydanticCustomError("probabilities", "exceeds 1 together with the share that reduces", {})
        return works_more


class Link(Section):
    """Change of log activity for one SD of wellbeing, for a student who reduces; reversed for one who works more."""

    between: float = Field(0.74, ge=-3, le=3)
    """Through the stable part."""
    within: float = Field(0.68, ge=-3, le=3)
    """Through the weekly part."""


class Engagement(Section):
    """Weekly actions: log-normal counts rounded down, and silent weeks."""

    trait_sd: float = Field(0.82, gt=0, le=5)
    """Spread between students …"""
    week_sd: float = Field(0.50, gt=0, le=5)
    """… between the weeks of a student …"""
    source_sd: float = Field(0.40, gt=0, le=5)
    """… and between the sources of a week."""
    silent_first: Silence = 0.05
    """Share of silent weeks in week 1 …"""
    silent_last: Silence = 0.22
    """… rising evenly to the last week."""
    workload: float = Field(0.30, ge=0, le=3)
    """Rise of log activity in weeks of high workload."""
    level: float = Field(0.0523, ge=-3, le=3)
    """Mean of the trait of students in no group with a gap."""
    groups: ByGroup = {"women": -0.05, "disabled": -0.14}
    """Difference of the trait in its SDs, members against all others."""


class Marks(Section):
    """Marks out of 100: what one SD adds."""

    engagement: float = Field(7.0, ge=-30, le=30)
    """For one SD of the engagement trait."""
    wellbeing: float = Field(1.9, ge=-30, le=30)
    """For one SD of the stable part of wellbeing."""


class Survey(Section):
    """Who answers, and how well the questions measure."""

    response: Share = 0.60
    """Mean share that answers a wave; students differ."""
    item_missing: Share = 0.004
    """Single questions left out by who answers."""
    loading: float = Field(0.80, gt=0, lt=1)
    """Correlation of an answer to WHO-5, before it is cut to a scale, with wellbeing."""
    need: Size = 0.0
    """Missing not at random: probits of answering for one SD more wellbeing in that week."""
    groups: ByGroup = {}
    """Probits of answering, members against all others."""


class HelpSeeking(Section):
    """Use of services, and telling the university of a difficulty; both follow need."""

    weekly: float = Field(-4.6, ge=-20, le=5)
    """Log odds of using a service in a week at mean wellbeing."""
    disclosed: float = Field(-3.7, ge=-20, le=5)
    """Log odds of ever telling the university of a difficulty at mean wellbeing."""
    need: float = Field(0.9, ge=-5, le=5)
    """Added log odds for one SD less wellbeing."""


class LabelBias(Section):
    """Recorded labels that differ from need: added log odds by group at the same need."""

    help_seeking: ByGroup = {}
    """Using a service …"""
    disclosure: ByGroup = {}
    """… and telling the university of a difficulty."""


class MeasurementBias(Section):
    """An item or a source that means something else for a group."""

    group: Group = "international"
    """Whom it concerns."""
    item: int = Field(3, ge=1, le=5)
    """Item of WHO-5 …"""
    item_shift: Size = 0.0
    """… that members answer by so many SDs higher at the same wellbeing."""
    source: Literal["vle", "library", "lecture_capture", "quizzes"] = "vle"
    """A source of activity …"""
    source_shift: Size = 0.0
    """… in which members have so many more log actions."""
    recordings: Share = 0.0
    """Share of disabled students who play the recording instead of coming to class."""


class Agreed(Section):
    """Shares that give each consent, and that take one back later."""

    model_use: Share = 0.86
    """Consent to the use of data in a model …"""
    contact: Share = 0.80
    """… to being contacted …"""
    research: Share = 0.92
    """… and to research; without it no questionnaire is sent."""
    withdrawn_later: Share = 0.02
    """Students who take a consent to research back."""
    need: Size = 0.0
    """Consent selection: added log odds of each consent for one SD more lasting wellbeing."""
    groups: ByGroup = {}
    """Added log odds of each consent, members against all others."""


class Proxy(Section):
    """A harmless habit that gives a protected attribute away."""

    group: Group = "ethnic_minority"
    """Whose."""
    size: Size = 0.0
    """SDs by which members travel further, and log actions by which they use the library more."""


class Years(Section):
    """Drift between years; a student is on a presentation of one year."""

    count: int = Field(1, ge=1, le=6)
    """Years in the cohort."""
    activity: Size = 0.0
    """Added log actions a year."""
    link: Size = 0.0
    """Added to both links a year."""


class Faults(Section):
    """Faults of the extract, at places that the truth lists; the institution's own rule saw sound data."""

    duplicates: int = Field(0, ge=0, le=200)
    """Module-weeks of a source that were delivered twice: its counts are doubled."""
    clock_skew: Share = 0.0
    """Share of one module's actions on a source that is stamped a week late, in all weeks."""
    dead_turnstile: int = Field(0, ge=0, le=200)
    """Module-weeks in which nobody is recorded as present."""
    missing_feed: int = Field(0, ge=0, le=200)
    """Module-weeks of a source that never arrived, though the feed says it did."""
    late_marks: Share = 0.0
    """Share of marks not there yet."""
