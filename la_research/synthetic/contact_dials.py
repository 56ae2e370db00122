"""The dials of the support: by what contacts, starts and nudges come about, and what each of them does."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from la_research.protocol import Section
from la_research.synthetic.calendar import LAST, once_in_order
from la_research.synthetic.dials import Share
from la_research.synthetic.graph import ByGroup, Group, Size

Later = Annotated[tuple[Annotated[int, Field(ge=2, le=LAST)], ...], AfterValidator(once_in_order)]
"""Weeks of the term from the second on."""
Prefers = dict[Literal[Group, "commuting", "paid_work", "tariff"], Size]
"""A number for some groups of students and recorded traits; what is not named has 0."""


class Arm(Section):
    """A kind of contact."""

    share: Share
    """Share of the students considered who are drawn for it."""
    talked: Share = 0.60
    """Share of those contacted in this way who come to talk."""


Arms = dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Arm]


class Contact(Section):
    """The contact of students with little activity at a look."""

    looks: Annotated[tuple[Annotated[int, Field(ge=2, le=LAST)], ...], AfterValidator(once_in_order)] = Field(
        (4,), min_length=1
    )
    """Weeks at whose end staff look; a student is considered once, at the first look below the cut-off."""
    running: Literal["actions", "active_days", "count"] = "actions"
    """Actions as a share of what the module usually sees in that week, days with an action, or actions."""
    cutoff: float = Field(0.45, gt=0, le=500)
    """Considered below this."""
    probability: float = Field(0.5, gt=0, le=1)
    """Chance of a contact for a student considered; 1 contacts everyone and is no trial."""
    by: Literal["student", "group"] = "student"
    """Who has a coin: each student considered, or a whole tutor group of ``peers.size`` at once."""
    arms: Arms = {}
    """Kinds of contact instead of one, each with its ``share`` of the students considered; the rest is as usual."""
    saturations: tuple[Share, ...] = ()
    """Chances of which each tutor group draws one, for the students considered in it; none: ``probability`` for all."""
    selection: Size = 0.0
    """Selection at the trigger: added log odds of a contact for one SD less wellbeing, so that it is no trial."""
    prefers: Prefers = {}
    """Selection on what is recorded: added log odds by group, or for one SD of a trait, so that it is no trial."""
    opened: Share = 0.80
    """Share of the contacted who open the message."""
    talked: Share = 0.60
    """Share of the contacted who come to talk; only they gain."""
    effect: float = Field(0.38, ge=-3, le=3)
    """Gain in SDs of wellbeing for who talked, from two weeks after the contact."""
    groups: ByGroup = {}
    """Added to the gain of members who talked; below zero it can turn a gain into harm."""
    harmed: Share = 0.0
    """Share of the contacted who are harmed, whether they talk or not …"""
    harm: float = Field(0.5, ge=0, le=3)
    """… by so many SDs."""
    escalated: Share = 0.03
    """Share of who talked that is passed on to someone who can do more."""
    complaint: Share = 0.01
    """Share of the contacted who complain …"""
    opt_out: Share = 0.03
    """… and who ask not to be contacted again."""

    @field_validator("arms")
    @classmethod
    def _at_most_one(cls, arms: Arms) -> Arms:
        if "usual" in arms:
            raise ValueError("'usual' is what students drawn for none of the arms have")
        if math.fsum(arm.share for arm in arms.values()) > 1 + 1e-9:
            raise PydanticCustomError("probabilities", "the shares of the arms exceed 1 together", {})
        return arms

    @field_validator("saturations")
    @classmethod
    def _of_students(cls, saturations: tuple[float, ...], told: ValidationInfo) -> tuple[float, ...]:
        if saturations and (told.data.get("arms") or told.data.get("by") == "group"):
            raise ValueError("students are drawn by their group's share: neither by arms nor as whole groups")
        return saturations

    @property
    def share(self) -> float:
        """Chance of a contact of any kind where groups have no chances of their own."""
        return math.fsum(arm.share for arm in self.arms.values()) if self.arms else self.probability

    @property
    def is_trial(self) -> bool:
        """Whether a coin that knows nothing of the student decides."""
        several = len(self.arms) > 1 or bool(self.saturations)
        return self.selection == 0 and not any(self.prefers.values()) and (several or self.share < 1)

    @property
    def trial(self) -> str:
        """Its name in ``assignments`` and ``contacts``."""
        return f"contact_week_{self.looks[0]}" if len(self.looks) == 1 else "contact_first_look"


class Attrition(Section):
    """What a contact does to staying and answering."""

    leaves: Share = 0.0
    """Share of the contacted who leave the module within two weeks because of it."""
    answers: Size = 0.0
    """Probits of answering after a contact."""


class Peers(Section):
    """Tutor groups, within which a talk may help others too."""

    size: int = Field(16, ge=2, le=64)
    """Students of a tutor group."""
    spillover: float = Field(0.0, ge=-3, le=3)
    """Gain in SDs for a student all of whose peers talked."""
    climate: float = Field(0.0, ge=0, le=3)
    """What a group shares all term: the SD of its level of wellbeing among groups."""


class Chilling(Section):
    """Being told that one is watched."""

    told: Size = 0.0
    """Added log actions after a contact; below zero activity falls silent."""
    refused: Share = 0.0
    """Share of the contacted who answer no questionnaire afterwards."""


class Gaming(Section):
    """Students who know the rule."""

    share: Share = 0.0
    """Share of students just below the cut-off who do what is missing in the week of a look."""
    reach: Share = 0.4
    """Just below: at least 1 - reach of the cut-off, or one day short of it."""


class Rollout(Section):
    """A contact for everyone from a start week on, whatever their activity; it takes the place of the looks."""

    by: Literal["group", "module"] = "group"
    """What starts: tutor groups, whose weeks are drawn by lot, or modules, whose weeks somebody chose."""
    weeks: Later = ()
    """Start weeks of which each tutor group draws one, in equal numbers; none: there is no roll-out."""
    never: Share = 0.0
    """Share of tutor groups that never start."""
    starts: dict[str, Annotated[int, Field(ge=2, le=LAST)]] = {}
    """Start week by module; one that is not named never starts."""
    activity: Size = 0.0
    """Added log actions of everyone in what has started, contacted or not, from the week after."""
    trend: Annotated[float, Field(ge=-0.5, le=0.5)] = 0.0
    """Added log actions a week, all term, in what starts some time: unlike what never starts."""

    @field_validator("starts")
    @classmethod
    def _of_one_kind(cls, starts: dict[str, int], told: ValidationInfo) -> dict[str, int]:
        if starts and told.data.get("by") == "group":
            raise ValueError("is read only where by is 'module'")
        if told.data.get("by") == "module" and (told.data.get("weeks") or told.data.get("never")):
            raise ValueError("modules start when 'starts' says, so 'weeks' and 'never' are left out")
        return starts

    @property
    def looks(self) -> tuple[int, ...]:
        """The weeks in which anything starts; none where there is no roll-out."""
        return self.weeks or tuple(sorted(set(self.starts.values())))


class Nudges(Section):
    """Messages for which each available student is drawn anew each week; they take the place of the looks."""

    weeks: Later = ()
    """Weeks at whose end students are drawn; none: there are no nudges."""
    probability: float = Field(0.5, gt=0, lt=1)
    """Chance of a nudge in each of them."""
    available: Literal["always", "quiet"] = "always"
    """Who is drawn: everyone with consent, or those with less activity in that week than their mean before."""
    effect: Size = 0.0
    """Added log actions in the week after a first nudge …"""
    fading: Share = 1.0
    """… times this for each earlier one."""
    opt_out: Share = 0.0
    """Share of the nudged who then ask for no more."""


Mean = Annotated[float, Field(ge=0, le=4)]


class Feedback(Section):
    """Ratings of the support from 0 (not at all) to 4 (fully), five questions asked as ``AFH``."""

    weeks: Later = ()
    """Weeks in which they are asked; none: they are not."""
    acceptable: Mean = 2.6
    """Mean of "is it acceptable" …"""
    feasible: Mean = 2.4
    """… of "would it work" …"""
    helpful: Mean = 2.4
    """… of "would it help" …"""
    intrusive: Mean = 1.4
    """… of "is it intrusive" …"""
    trust: Mean = 2.6
    """… and of "I trust the university with this"."""
    notice: Size = 0.0
    """SDs by which the contacted find it more intrusive, and trust less, afterwards."""
    groups: ByGroup = {}
    """SDs by which members rate the first three and trust higher, against all others."""
