"""The rows that a metric reads, and what it looks at in each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.groups import Codes
from la_research.audit.metrics import EITHER, METRICS, Metric
from la_research.statistics.intervals import Floats


@dataclass(frozen=True, slots=True)
class Measured:
    """The rows that a metric reads.

    Parameters
    ----------
    metric
        Its id.
    keep
        Which of all rows these are.
    truth, guess
        Label, and what the metric's card names beside it: decision, score, ``places_in_fold`` …
    student, stratum
        Whose row it is, and where, as codes.
    clustered
        Whether some student has several of the rows.
    fold
        The fold in which each was scored, as codes; None where the metric does not ask.
    missing
        Why there is nothing to compare, or None.
    """

    metric: str
    keep: NDArray[np.bool_]
    truth: Floats
    guess: Floats
    student: Codes
    stratum: Codes
    clustered: bool
    fold: Codes | None = None
    missing: str | None = None

    @property
    def card(self) -> Metric:
        """The metric in words."""
        return METRICS[self.metric]

    @property
    def counted(self) -> Floats:
        """What a rate counts, 0 or 1 a row: selected, or for "fnr" not selected."""
        counts = self.card.counts
        return self.guess if counts is None else counts(self.truth, self.guess)

    @property
    def ranks(self) -> bool:
        """Whether it is the AUC, which is about order, not about a share."""
        return self.metric == "auc"

    @property
    def rate(self) -> bool:
        """Whether it is a share of students, with intervals in closed form."""
        return self.card.counts is not None


def measured(metric: str, rows: pd.DataFrame) -> Measured:
    """The rows a metric reads; one without the label or decision it needs is left out.

    Parameters
    ----------
    rows
        student_id, fold, score, decision, label (may be missing), stratum; for what contacts
        cost also minutes and escalated. A row without a label counts only for metrics that
        read none.
    """
    card = METRICS[metric]
    label = rows["label"].to_numpy(dtype=float)
    missing = _absent(card, rows)
    keep = np.ones(len(rows), dtype=bool) if card.unlabelled else ~np.isnan(label)
    keep &= True if card.label is None else label == card.label
    keep &= True if card.decision is None else rows["decision"].to_numpy() == card.decision
    guess = np.full(len(rows), np.nan) if missing else _looked_at(card, rows)
    student, stratum = pd.factorize(rows["student_id"])[0], pd.factorize(rows["stratum"], sort=True)[0]
    fold = pd.factorize(rows["fold"], sort=True)[0]
    clustered = len(pd.unique(student[keep])) < int(keep.sum())
    missing = missing or _too_little(card, label[keep], rows[["fold", "score"]][keep])
    return Measured(
        metric, keep, label[keep], guess[keep], student[keep], stratum[keep], clustered, fold[keep], missing
    )


def places_in_fold(rows: pd.DataFrame) -> Floats:
    """Place of each score among all those of its fold: above 0, below 1, ties share their mean.

    Each fold is scored by a model of its own, so scores of two folds do not compare; places
    do, for the rule too selects the highest of each fold.

    References
    ----------
    Forman & Scholz (2010), doi:10.1145/1882471.1882479: why scores of folds are not pooled.

    Examples
    --------
    >>> places_in_fold(pd.DataFrame({"fold": [1, 1, 2, 2], "score": [0.1, 0.2, 0.7, 0.7]})).tolist()
    [0.25, 0.75, 0.5, 0.5]
    """
    folds = rows.groupby("fold")["score"]
    return np.asarray((folds.rank() - 0.5) / folds.transform("size"), dtype=float)


def _looked_at(card: Metric, rows: pd.DataFrame) -> Floats:
    return places_in_fold(rows) if card.column == "place" else rows[card.column].to_numpy(dtype=float)


def _absent(card: Metric, rows: pd.DataFrame) -> str | None:
    if card.column in ("place", *rows.columns):
        return None
    what = {"minutes": "no minutes of contacts", "escalated": "no contacts"}.get(card.column, f"no {card.column}")
    return f"the data hold {what}"


def _too_little(card: Metric, label: Floats, scored: pd.DataFrame) -> str | None:
    if not len(label):
        return f"there are no {card.reads} among those scored"
    if card.counts is None and card.reads == EITHER and len(np.unique(label)) < 2:
        return "all students scored have the same label"
    if card.column == "place" and scored.groupby("fold")["score"].nunique().max() == 1:
        return "within each fold every student has the same score"
    if card.column == "score" and card.reads == EITHER and scored["score"].nunique() == 1:
        return "every student has the same score"
    if card.column == "score" and not scored["score"].between(0, 1).all():
        return "some scores lie outside 0 to 1, so they are no probabilities"
    return None
