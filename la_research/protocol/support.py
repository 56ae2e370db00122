"""The support and how it is evaluated: design, gate, harms, and what else is asked of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.analysis import Step
from la_research.protocol.designs import Registered
from la_research.protocol.designs.randomised import Randomised
from la_research.protocol.section import Attribute, Name, OpenText, Section, Share, Text
from la_research.protocol.validation import Background, Minutes, Once, Week

Alpha = Annotated[float, Field(gt=0, le=0.2)]


class Limits(Section):
    """Limits that the checks of a design have to keep before an effect is worked out; each design reads its own."""

    sample_ratio: Alpha = 0.001
    """Below this p-value the arms are not of the sizes planned …"""
    balance: Alpha = 0.001
    """… or what was known before differs between them by more than the draw (omnibus permutation test)."""
    attrition: Share = 0.05
    """Difference between the arms in the share whose outcome is known that would matter, where it is beyond chance."""
    selection: Alpha = 0.01
    """Below this p-value other students, by what was known before, answered in one arm than in another."""
    difference: float = Field(0.1, gt=0, le=1)
    """Standardised difference of a covariate, after weighting, that would matter, or its 99 % chance limit."""
    overlap: Share = 0.05
    """Least chance of the support, and of none, that students may have and still be compared."""
    density: Alpha = 0.05
    """Below this p-value students crowd on one side of the cut-off …"""
    continuity: Alpha = 0.05
    """… or what was known before jumps there."""
    trends: Alpha = 0.05
    """Below this p-value the groups were on different courses before (a steady slope of no account aside) …"""
    drift: float = Field(0.15, gt=0, le=1)
    """… and the effect, in SDs, that such a course would make if it went on has to be shown to be smaller than this."""
    fit: float = Field(0.25, gt=0, le=1)
    """Distance of a synthetic control from its group before the start, in SDs over groups, that would matter."""
    controls: float = Field(0.06, gt=0, le=1)
    """Spread of effects on what the support can not have moved, in SDs, that would matter; such columns carry part of
    what is hidden, so that the effect itself may be off by more."""


class Override(Section):
    """Somebody's decision to look at the effect although a check did not pass."""

    on: date
    name: Text
    reason: Text


class Harm(Section):
    """A registered safety outcome: what would be too much, on an alpha of its own."""

    what: Literal["opt_out", "complaint", "chilling", "distress", "label", "peers"]
    margin: float = Field(gt=0)
    """More harm than this would be too much: a share; for ``chilling`` a share of activity; for ``peers`` SDs."""
    alpha: Alpha = 0.05
    """One-sided: harm is read off the interval at 1 - 2 alpha."""
    outcome: Name | None = None
    """For ``distress`` and ``peers``: id of the outcome that shows it; left out, that of the first effect."""
    why: OpenText = None


class Stopping(Section):
    """When the trial would be stopped, and who decides."""

    looks: Annotated[tuple[Share, ...], Once] = Field(min_length=1)
    """Shares of the students planned at whose end harms are looked at."""
    spending: Literal["obrien_fleming", "pocock"] = "obrien_fleming"
    """How alpha is spent: little early, or evenly."""
    who: OpenText = None
    """Who decides whether to stop."""
    rule: OpenText = None
    """In words, what they do when a look crosses its boundary."""


class Feedback(Section):
    """A short survey: is it acceptable, would it work, would it help (Freccero et al. 2025)."""

    groups: Annotated[tuple[Attribute, ...], Once] = ()
    """Attributes by which answers are shown."""
    why: OpenText = None


class Subgroups(Section):
    """For whom the effect may differ: registered groups are tested, everything else is exploratory."""

    attributes: Annotated[tuple[Attribute, ...], Once] = ()
    background: Annotated[tuple[Background, ...], Once] = ()
    """Columns of ``students``; numbers of more than six values are split at their median."""
    explore: bool = False
    """Whether benefit is modelled over all covariates, and ranked beside risk; exploratory."""
    top_share: Share = 0.2
    """Share of the students drawn who would be contacted, by benefit or by risk."""
    why: OpenText = None


class Costs(Section):
    """Minutes of staff by step of a contact, and what a week can hold."""

    minutes: dict[Step, Annotated[float, Field(ge=0)]] = {}
    weekly_hours: float | None = Field(None, gt=0, le=10_000)
    """Hours that staff have for contacts in a week."""
    why: OpenText = None


class Path(Section):
    """How a contact should go: what has to be checked before it, and how soon a crisis has to be passed on."""

    second_source: bool = False
    """Whether another source had to be looked at before the contact."""
    exemptions: Annotated[tuple[Name, ...], Once] = ()
    """Rules, as the log of contacts names them, by which a student may be contacted without consent."""
    crisis_days: float | None = Field(None, gt=0, le=60)
    """Days within which a student in a crisis has to be passed on."""
    groups: Annotated[tuple[Attribute, ...], Once] = ()
    minutes: dict[Step, Minutes] = {}
    """Minutes of a student's time by step."""


class Sensitivity(Section):
    """How strong what was not measured would have to be."""

    beside: Annotated[tuple[Text, ...], Once] = ()
    """Covariates whose strength is the yardstick; those that would move the effect most where none is named."""
    shifts: Annotated[tuple[Annotated[float, Field(ge=-100, le=100)], ...], Once] = ()
    """Units of the outcome by which those who did not answer may differ."""
    placebo_outcomes: Annotated[tuple[Background, ...], Once] = ()
    """What the support can not have moved."""
    why: OpenText = None


class Meter(Section):
    """The rule that chose students, so that it can be tried where nobody was contacted."""

    indicator: Name = "peer_share"
    """What the rule reads …"""
    below: float = Field(0.3, ge=-1e6, le=1e6)
    """… and below which value it chooses."""
    weeks: Annotated[tuple[Week, ...], Once] = ()
    """Earlier weeks at whose end the first look is tried; empty: all whose aftermath lies before any contact."""
    why: OpenText = None


class Support(Section):
    """The support, as the cohort names it, and how it is evaluated."""

    trial: Name | None = None
    arm: Name = "contact"
    control: Name = "usual"
    description: OpenText = None
    covariates: tuple[Name, ...] = ()
    """Indicators at the week of assignment, and "baseline": the outcome measured before."""
    background: Annotated[tuple[Background, ...], Once] = ()
    """Columns of ``students`` that are adjusted for too."""
    trigger: Text | None = None
    """In words, which rule made a student eligible."""
    change_of: Name = "weekly_activity"
    """Indicator whose change before to after is shown as what regression to the mean can make."""
    design: Registered = Randomised(kind="randomised")
    gate: Limits = Limits()
    override: Override | None = None
    harms: tuple[Harm, ...] = ()
    stopping: Stopping | None = None
    meter: Meter | None = None
    feedback: Feedback | None = None
    path: Path | None = None
    subgroups: Subgroups | None = None
    sensitivity: Sensitivity | None = None
    costs: Costs | None = None
