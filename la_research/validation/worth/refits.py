"""The registered estimator fitted again to other columns or folds, each of them once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.models import ALL, Split, fold_splits, out_of_fold, student_folds
from la_research.statistics.intervals import Floats
from la_research.validation.ground import Ground

Names = tuple[str | int, ...]


@dataclass(frozen=True)
class Refits:
    """Scores out of fold of students whose answer is known, by name of the refit.

    All students of the main population are fitted to where their answer is known, and those with an
    answer and a registered score are compared: ``rows``, in their order.

    Parameters
    ----------
    ground
        The study; its main population has to be scored.
    """

    ground: Ground
    made: dict[Names, Floats] = field(default_factory=dict)

    @property
    def rows(self) -> pd.DataFrame:
        """One row a unit with an answer: unit_id, student_id, fold, score, decision, label …"""
        return self.ground.scored

    @cached_property
    def everyone(self) -> pd.DataFrame:
        """One row a unit of the main population, with an answer or without."""
        frame = self.ground.predictions.frame
        return frame[frame["population"] == ALL].reset_index(drop=True)

    @cached_property
    def features(self) -> pd.DataFrame:
        """The registered columns, in the order of ``everyone``."""
        return self.ground.features.loc[self.everyone["unit_id"]]

    def registered_splits(self) -> list[Split]:
        """The folds that the study was scored in."""
        return fold_splits(self.everyone["fold"].to_numpy(), self.everyone["student_id"])

    def drawn_folds(self, number: int) -> npt.NDArray[np.int64]:
        """Folds by student, drawn anew: those of that number."""
        rng = self.ground.rng("folds", number)
        many = self.ground.protocol.model.number_of_folds
        return student_folds(self.everyone["student_id"], self.everyone["label"], many, rng)

    def answered(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Of values of ``everyone``, those of ``rows``."""
        return values[self.everyone["unit_id"].isin(self.rows["unit_id"]).to_numpy()]

    def scores(
        self, *names: str | int, features: pd.DataFrame | None = None, splits: Sequence[Split] | None = None
    ) -> Floats:
        """Scores of ``rows``; not a number where no model could score them.

        Parameters
        ----------
        names
            The refit's name; the second time, what the first gave is returned.
        features
            By unit_id; left out, the registered columns.
        splits
            Masks over ``everyone``; left out, the registered folds.
        """
        if names not in self.made:
            columns = self.features if features is None else features.reindex(self.everyone["unit_id"])
            rounded = columns.astype(np.float32).astype(np.float64)
            parts = self.registered_splits() if splits is None else splits
            scores = out_of_fold(self.ground.protocol, rounded, self.everyone["label"], parts, "worth", *names)
            self.made[names] = self.answered(scores)
        return self.made[names]
