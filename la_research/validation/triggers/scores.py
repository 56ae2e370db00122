"""The registered model at every look: nobody is scored by a model that saw them, nor chosen a rule by one that did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from la_research.indicators.registry import summarised
from la_research.models import ALL, fitted, highest
from la_research.statistics.contacts import Bools, History
from la_research.statistics.intervals import Floats
from la_research.validation.ground import Ground
from la_research.validation.triggers.history import observed

FOLDS = 5
"""Folds of students where there is no model whose folds could be used."""


@dataclass(frozen=True)
class Scores:
    """The registered model refitted on what was known at each look.

    Parameters
    ----------
    ground, history
        The study; its units and looks.
    fold
        By unit, from 1: those of the registered model.
    """

    ground: Ground
    history: History
    fold: NDArray[np.int64]

    @cached_property
    def seen(self) -> Bools:
        """Units x looks: whether any of the model's columns was observed in the week of the look."""
        columns = [observed(self.ground.weekly(name), self.history)[1] for name in self.ground.protocol.columns]
        return np.asarray(np.any(columns, axis=0))

    @cached_property
    def features(self) -> list[pd.DataFrame]:
        """By look: the model's columns through that week."""
        return [self.features_at(week, self.ground.indicators) for week in self.history.weeks]

    def features_at(self, week: float, indicators: pa.Table, names: tuple[str, ...] = ()) -> pd.DataFrame:
        """The model's columns, or those named, summed up through a week, as precise as the model reads them."""
        protocol = self.ground.protocol
        then = protocol.population.model_copy(update={"index_week": int(week)})
        found = summarised(protocol.model_copy(update={"population": then}), indicators, names or protocol.columns)
        return found.reindex(self.ground.units.index).astype(np.float32).astype(np.float64)

    @cached_property
    def label(self) -> pd.Series:
        """What the model was fitted to."""
        return self.ground.outcome(str(self.ground.protocol.model.label))

    @property
    def too_little(self) -> bool:
        """Whether a model would have to be fitted to a single value of the label, once two folds are left out."""
        pairs = combinations(np.unique(self.fold), 2)
        return any(self.label[self._train(int(one), int(other))].nunique() < 2 for one, other in pairs)

    @cached_property
    def models(self) -> dict[tuple[int, int], Any]:
        """By look and fold: a model that saw nobody of that fold."""
        folds = np.unique(self.fold)
        return {(look, k): self._fit(look, int(k)) for look in range(len(self.history.weeks)) for k in folds}

    def out_of_fold(self, features: list[pd.DataFrame]) -> Floats:
        """Units x looks: the score by the model that did not see the unit, of columns as they are given."""
        score = np.full((len(self.fold), len(features)), np.nan)
        for (look, k), model in self.models.items():
            test = self.fold == k
            score[test, look] = _chance(model, features[look][test])
        return score

    @cached_property
    def score(self) -> Floats:
        """Units x looks: out of fold."""
        return self.out_of_fold(self.features)

    @cached_property
    def without(self) -> dict[int, Floats]:
        """By fold: the scores of all others out of fold, by models that saw nobody of that fold either.

        Two folds that are left out together leave out each other's students, so that one model
        serves both. Only looks before the need are scored; the others are not a number.
        """
        found = {int(k): np.full(self.score.shape, np.nan) for k in np.unique(self.fold)}
        for look in np.flatnonzero(self.history.before.any(axis=0)):
            for one, other in combinations(found, 2):
                model = self._fit(int(look), one, other)
                for away, test in ((one, self.fold == other), (other, self.fold == one)):
                    found[away][test, look] = _chance(model, self.features[look][test])
        return found

    def suggested(self, score: Floats, share: float) -> Bools:
        """Units x looks: the highest share of the scores of each fold, among those observed; ties are seeded."""
        chosen = np.zeros(score.shape, dtype=bool)
        for look, inside in self._parts(score):
            rng = self.ground.rng("triggers", "ties", int(self.history.weeks[look]), int(self.fold[inside[0]]))
            chosen[inside, look] = highest(score[inside, look], share, rng.permutation(len(inside))) == 1
        return chosen

    def _parts(self, score: Floats) -> Iterator[tuple[int, NDArray[np.int64]]]:
        for look in range(score.shape[1]):
            for k in np.unique(self.fold):
                inside = np.flatnonzero((self.fold == k) & self.seen[:, look] & ~np.isnan(score[:, look]))
                if len(inside):
                    yield look, inside

    def _train(self, *away: int) -> Bools:
        """Units of nobody who has one in these folds."""
        student = self.history.student
        return ~np.isin(student, student[np.isin(self.fold, away)])

    def _fit(self, look: int, *away: int) -> Any:
        train = self._train(*away)
        week = int(self.history.weeks[look])
        return fitted(self.ground.protocol, self.features[look][train], self.label[train], "triggers", week, *away)


def _chance(model: Any, features: pd.DataFrame) -> Floats:
    return np.asarray(model.predict_proba(features.to_numpy())[:, 1])


def folds_of(ground: Ground, history: History) -> NDArray[np.int64]:
    """The registered model's folds by unit; without a model, students are dealt to five."""
    frame = ground.predictions.frame
    if not frame.empty and (frame["population"] == ALL).any():
        fold = frame[frame["population"] == ALL].set_index("unit_id")["fold"].reindex(ground.units.index)
        return fold.to_numpy(dtype=np.int64)
    students = int(history.student.max()) + 1
    return (ground.rng("triggers", "folds").permutation(students) % FOLDS + 1)[history.student]
