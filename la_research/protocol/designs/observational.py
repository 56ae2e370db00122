"""What a comparison without a draw registers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from la_research.protocol.analysis import Step
from la_research.protocol.designs.design import DesignSection
from la_research.protocol.section import Attribute, Text
from la_research.protocol.validation import Once, Week

Columns = Annotated[tuple[Text, ...], Once]


class Observational(DesignSection):
    """Nobody drew: students who had the support, compared with students like them."""

    kind: Literal["observational"]
    estimator: Literal["aipw", "ipw", "regression", "double_learning"] = "aipw"
    """Weights and a regression of the outcome (right where either is); either alone; or both learnt by machine."""
    effect: Literal["ate", "att"] = "ate"
    """On all students, or on those who had the support."""
    factors: Columns = ()
    """Covariates whose numbers are codes: a column for each value but the first."""
    squares: bool | Columns = False
    """Covariates that enter with their squares too; true: all that take more than two values."""
    interactions: bool | Columns = True
    """Covariates that may go with the outcome differently with the support; true: all of them.
    A covariate that is named does so itself, or by its codes; its square does not."""
    trim: float = Field(0.01, ge=0, lt=0.5)
    """Chances of the support below it, or above 1 less it, are held there."""
    folds: int = Field(5, ge=2, le=20)
    """Into how many parts students are split for double learning."""
    learner: Literal["boosting", "linear"] = "boosting"
    """What double learning learns by: trees, or straight lines."""
    negative_outcomes: Columns = ()
    """Columns that the support can not have moved and that are not adjusted for; 5 or more tell of what is hidden."""
    step: Step = "talked"
    """In a study: who had this step of a contact had the support …"""
    by_week: Week | None = None
    """… where it was no later than this week; any week where there is none."""
    attributes: Annotated[tuple[Attribute, ...], Once] = ()
    """In a study: protected attributes that are adjusted for."""

    @property
    def also(self) -> tuple[str, ...]:
        """Columns that it reads beside roles and covariates."""
        return self.negative_outcomes
