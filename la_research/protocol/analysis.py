"""The registered analysis: model, fairness, explanation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.governance import Processing
from la_research.protocol.section import Attribute, Name, OpenText, Section, Share, Text
from la_research.protocol.validation import Once

Metric = Literal[
    "selection", "tpr", "fpr", "fnr", "fdr", "ppv", "npv", "balanced_accuracy", "equalised_odds", "auc", "abroca",
    "average_precision", "brier", "calibration_intercept", "calibration_slope", "mean_score", "false_contacts",
    "missed_need", "contact_minutes", "escalations",
]  # fmt: skip
Step = Literal["suggested", "sent", "opened", "talked", "agreed", "declined", "escalated", "complaint", "opt_out"]


class Score(Processing):
    """The model's score is data about a person too; one that aims at wellbeing is health data."""

    health_data: bool | None = None
    """May be left out; the protocol can not deny what the label makes it."""


class Model(Section):
    """A label, columns and an estimator's name: never a formula."""

    label: Name | None = None
    """Id of an outcome; left out, the study fits no model."""
    columns: tuple[Name, ...] = ()
    """Indicators by id; empty: every indicator of the protocol."""
    estimator: Name = "boosted"
    folds: Literal["student", "presentation"] = "student"
    number_of_folds: int = Field(5, ge=2, le=20)
    top_share: float = Field(0.10, gt=0, lt=1)
    """Decision: the highest share of scores in a fold."""
    score: Score = Score()


class Sensitive(Section):
    """A protected attribute that the audit opens, and the gap that would matter."""

    margin: float = Field(0.10, ge=0, lt=1)
    why: OpenText = None


class Recorded(Section):
    """How often the label may record true need, in any group: what is assumed where no truth is known."""

    least: Share
    most: Annotated[float, Field(gt=0, le=1)] = 1.0
    why: OpenText = None


class Mitigation(Section):
    """Ways to narrow a gap that are tried and compared; none is put in use."""

    attribute: Attribute
    methods: tuple[Literal["thresholds", "reductions", "grid", "correlation"], ...] = (
        "thresholds", "reductions", "grid", "correlation",
    )  # fmt: skip
    constraint: Literal["selection", "tpr", "equalised_odds"] = "tpr"
    """What is to be alike among groups."""


class Fairness(Section):
    """For whom could it fail."""

    sensitive: dict[Attribute, Sensitive] = {}
    intersections: tuple[Annotated[tuple[Attribute, ...], Field(min_length=2, max_length=3)], ...] = ()
    across: dict[Literal["engagement", "attainment"], Sensitive] = {}
    """Thirds of students by activity so far, or by marks so far, compared like groups."""
    metrics: tuple[Metric, ...] = ("selection", "tpr", "fpr", "fnr", "auc")
    thresholds: tuple[Share, ...] = ()
    """Shares of students to select at which the rule is tried beside the registered one."""
    minutes: dict[Step, Annotated[float, Field(ge=0)]] = {}
    """Minutes of a student's time that each step of a contact takes."""
    recorded: Recorded | None = None
    population: dict[Attribute, dict[Text, Share]] = {}
    """Shares of the whole student body, from a published table, that the data are compared with."""
    mitigation: Mitigation | None = None
    alpha: float = Field(0.05, gt=0, le=0.2)
    stratum: Literal["module", "level", "presentation"] = "module"


class Simpler(Section):
    """Models that a student could work out by hand or read off a page, beside the registered one."""

    kinds: Annotated[tuple[Literal["points", "boosting_machine"], ...], Once] = ("points",)
    """A points score; an explainable boosting machine, which asks for the extra `glassbox`."""
    margin: float = Field(0.02, gt=0, lt=0.5)
    """Loss of AUC that would not matter: a simpler model within it is recommended."""
    why: OpenText = None


class Abstaining(Section):
    """When there is no suggestion, because the score could not say enough about a student."""

    level: float = Field(0.90, ge=0.5, lt=1)
    """Share of students whose label is to lie in what the score leaves possible, in every group."""
    weeks: int = Field(3, ge=1, le=12)
    """Observed weeks up to the index week below which nothing is suggested."""
    unlike: float = Field(0.01, ge=0, lt=0.5)
    """Share of the students a model was fitted to, those most unlike the rest: who is as unlike gets no suggestion."""
    why: OpenText = None


class Explorer(Section):
    """Contact rules that the advisory group can try out on a page, beside those of `validation.triggers`."""

    cuts: dict[
        Literal["peer_share_30", "amber_or_red", "red", "own_baseline", "score"],
        Annotated[tuple[Annotated[float, Field(gt=0, le=1000)], ...], Once],
    ] = {}
    """Further cut-offs by rule, in the unit of what the rule reads; for a score, shares of students to contact."""
    hours: Annotated[tuple[Annotated[float, Field(gt=0, le=1000)], ...], Once] = (5, 10, 20, 40)
    """Staff hours a week for 1,000 students that can be set."""


class Explanation(Section):
    """How the model is explained: refits give intervals, background rows are fixed."""

    refits: int = Field(20, ge=5, le=500)
    background_rows: int = Field(100, ge=20, le=1000)
    together: float = Field(0.7, gt=0, lt=1)
    """Rank correlation, up or down, from which on indicators of two aspects are told as one reason."""
    stable: float = Field(0.9, gt=0.5, le=1)
    """Share of refits, and of those expected with other students, in which a shown reason comes first, by every way."""
    simpler: Simpler | None = None
    abstaining: Abstaining | None = None
    explorer: Explorer | None = None
