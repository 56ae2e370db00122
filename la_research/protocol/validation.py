"""How the indicators, and the score made of them, are put to the test."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from la_research.protocol.section import Attribute, Name, OpenText, Section, Share, Text

Background = Literal["level", "subject", "entry_tariff", "commutes", "paid_work_hours", "previous_attempts", "credits"]
Listed = TypeVar("Listed", bound=tuple[object, ...])


def distinct(values: Listed) -> Listed:
    """Refuse a list that names something twice."""
    if len(set(values)) < len(values):
        raise PydanticCustomError("twice", "the list names something twice")
    return values


def in_order(ends: Listed) -> Listed:
    """Refuse two ends of which the first is the larger."""
    if ends[0] > ends[1]:  # type: ignore[operator]
        raise PydanticCustomError("order", "the first number is larger than the second")
    return ends


Range = Annotated[
    tuple[Share, Annotated[float, Field(gt=0, le=1)]], Field(min_length=2, max_length=2), AfterValidator(in_order)
]
"""Least and most of a share."""
Once = AfterValidator(distinct)
Week = Annotated[int, Field(ge=1, le=60)]
Minutes = Annotated[float, Field(gt=0, le=600)]


class Controls(Section):
    """What an indicator can not have moved, or can not have been moved by: there its true association is zero."""

    outcomes: Annotated[tuple[Background, ...], Once] = ()
    """Columns that were settled before the first week; what is said of the error behind them takes five or more."""
    exposures: Annotated[tuple[Name, ...], Once] = ()
    """Indicators without a link to how students are, e.g. of a source that nobody chooses."""
    why: OpenText = None
    """What confounds the hypotheses, and why these share it."""


class Choices(Section):
    """Defensible ways to analyse the same hypothesis, all of them tried side by side with the registered one."""

    windows: Annotated[tuple[Week, ...], Once] = ()
    """Weeks of activity averaged."""
    scales: Annotated[tuple[Literal["log", "rank", "count"], ...], Once] = ()
    """Scales of the indicator."""
    given: Annotated[tuple[Background, ...], Once] = ()
    """Columns that are given, all of them or none."""
    answers: Annotated[tuple[Literal["all", "without quick", "three or more"], ...], Once] = ()
    """Whose answers: all; without those who gave every item the same answer; of who answered three waves or more."""
    left: Annotated[tuple[Literal["kept", "out"], ...], Once] = ()
    """Students who left before the last week: kept as long as they were there, or out."""


class Missing(Section):
    """What answers that are not there could change."""

    imputations: int = Field(20, ge=5, le=200)
    shifts: Annotated[tuple[Annotated[float, Field(ge=-100, le=100)], ...], Once] = ()
    """Points by which those who did not answer may differ from what is expected of them."""
    why: OpenText = None


class Early(Section):
    """The claim that enough is known in some weeks already."""

    weeks: Annotated[tuple[Week, ...], Field(min_length=1), Once]
    """Weeks at whose end a model is tried."""
    claim: Annotated[tuple[Week, Week], AfterValidator(in_order)] | None = None
    """First and last week of the weeks that are said to be enough."""
    margin: float = Field(0.02, gt=0, lt=0.5)
    """Loss of AUC against the last week tried that would not matter."""


class InstrumentError(Section):
    """How often the instrument itself may be right: what is assumed where no interview was held."""

    sensitivity: Range
    specificity: Range
    why: OpenText = None


class Candidate(Section):
    """A contact rule and the cut-offs that are tried."""

    cuts: Annotated[tuple[Annotated[float, Field(gt=0, le=1000)], ...], Once] = ()
    """In the unit of what the rule reads; empty: its own. For a score: shares of students to contact."""


class Triggers(Section):
    """Contact rules that are tried on weeks gone by; none of them contacts anybody."""

    need: Name
    """Outcome that says yes or no, which a contact should come before."""
    weeks: Annotated[tuple[Week, ...], Once] = Field(min_length=1)
    """Weeks at whose end a rule looks."""
    rules: dict[Literal["peer_share_30", "amber_or_red", "red", "own_baseline", "score"], Candidate] = Field(
        min_length=1
    )
    minutes: Minutes = 20.0
    """Staff minutes that one contact takes."""
    hours: float = Field(10.0, gt=0, le=1000)
    """Staff hours a week for 1,000 students: a rule that asks for more is not chosen."""
    why: OpenText = None


class Validation(Section):
    """How association is measured, and what else is asked of indicators and score."""

    window_weeks: int = Field(2, ge=1, le=12)
    """Weeks of activity averaged up to the week of the questionnaire, the recall period."""
    level: float = Field(0.95, gt=0.5, lt=1)
    groups: Annotated[tuple[Attribute, ...], Once] = ()
    """Attributes over which every questionnaire has to mean the same; opens the vault."""
    stability: bool = False
    """Whether it is asked how well indicators and sources agree with themselves and one another."""
    lags: Annotated[Annotated[tuple[Annotated[int, Field(ge=0, le=12)], ...], Field(max_length=8)], Once] = ()
    """Weeks between activity and the weeks a questionnaire asks about; none: when they go together is not asked."""
    lagged: bool = False
    """Whether it is asked which comes first, the activity or how students are."""
    opposite: bool = False
    """Whether it is asked how many students differ in sign, and whom rules that look one way miss."""
    controls: Controls | None = None
    choices: Choices | None = None
    missing: Missing | None = None
    beforehand: Annotated[tuple[Background, ...], Once] = ()
    """What is known before week 1: indicators have to add to it."""
    collect: float | None = Field(None, gt=0, lt=0.5)
    """Smallest gain of AUC for which a source would be worth collecting."""
    early: Early | None = None
    thresholds: Annotated[tuple[Share, ...], Once] = ()
    """Chances of the outcome at which a contact would be offered, for net benefit and, beside it, average precision."""
    splits: int = Field(0, ge=0, le=100)
    """Times that folds are drawn anew, to see how the procedure itself varies, 5 or more; modules are left out too."""
    instrument_error: InstrumentError | None = None
    triggers: Triggers | None = None
    why: Text | None = None
