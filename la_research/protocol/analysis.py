"""The registered analysis: model, fairness, explanation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.governance import Processing
from la_research.protocol.section import Attribute, Name, OpenText, Section, Share, Text

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


class Explanation(Section):
    """How the model is explained: refits give intervals, background rows are fixed."""

    refits: int = Field(20, ge=5, le=500)
    background_rows: int = Field(100, ge=20, le=1000)
