"""What every question of the explanation stands on: the model, the rows it is explained on, and its refits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.explanation.attribution import Attribution, Perturbation, attribute, obstacle, perturbations
from la_research.indicators.registry import INDICATORS
from la_research.models import ALL, MINIMUM_LABELS, fitted
from la_research.protocol import Protocol
from la_research.seeds import stream

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
ROWS = 2_000
"""Most rows that are explained; of more, a seeded sample stands for all."""
KEPT = 20
"""Refitted models that are kept for questions of their own."""
TOLERANCE = 1e-6
"""Largest gap allowed between explanation and score, relative to the largest score (at least 1)."""


@dataclass(frozen=True)
class Ground:
    """A population with its scores, and the registered model that is explained on it; what takes time is made once.

    Parameters
    ----------
    protocol, cohort, indicators
        The registered study, its students, and what ``compute_indicators`` returned.
    population
        "all", or the id of a registered subset.
    rows, features
        As ``Predictions.parts`` gives them: one row a unit, in the same order.
    """

    protocol: Protocol
    cohort: Cohort
    indicators: pa.Table
    population: str
    rows: pd.DataFrame
    features: pd.DataFrame

    @property
    def main(self) -> bool:
        """Whether this is the main population; most is asked of it alone."""
        return self.population == ALL

    @property
    def minimum(self) -> int:
        """Students below whom nothing is shown."""
        return self.protocol.disclosure.minimum_group_size

    @property
    def columns(self) -> list[str]:
        """Indicators that the model reads, in its order."""
        return [str(column) for column in self.features.columns]

    @property
    def aspects(self) -> list[str]:
        """The aspect of study that each column shows."""
        return [INDICATORS[column].aspect for column in self.columns]

    def name(self, topic: str) -> str:
        """The id of a finding: a subset's carries its name."""
        return named(self.population, topic)

    def rng(self, *names: str | int) -> np.random.Generator:
        """The study's random numbers of that name."""
        return stream(self.protocol.seed, "explanation", *names)

    @cached_property
    def model(self) -> Any:
        """The registered model fitted to all rows with a label."""
        return fitted(self.protocol, self.features, self.rows["label"], self.population, "all")

    @cached_property
    def explained(self) -> npt.NDArray[np.int64]:
        """Positions of the rows that are explained, rising: all, or a seeded sample."""
        return self._drawn("rows", ROWS)

    @cached_property
    def shown(self) -> Floats:
        """Features of the rows that are explained."""
        return np.asarray(self.features.to_numpy(dtype=np.float64)[self.explained])

    @cached_property
    def background(self) -> Floats:
        """Features of the registered number of background rows."""
        values = self.features.to_numpy(dtype=np.float64)
        return np.asarray(values[self._drawn("background", self.protocol.explanation.background_rows)])

    @cached_property
    def suggested(self) -> npt.NDArray[np.bool_]:
        """Of the rows that are explained, those for whom the registered decision suggests a contact."""
        return np.asarray(self.rows["decision"].to_numpy()[self.explained] == 1)

    @cached_property
    def whole(self) -> Mapping[Perturbation, Attribution]:
        """What moved the scores of the rows explained, by each way of leaving a column out that the model allows."""
        return {way: attribute(self.model, self.shown, self.background, way) for way in perturbations(self.model)}

    @cached_property
    def scale(self) -> float:
        """The largest score of the rows explained, in log-odds; at least 1."""
        return max(1.0, float(np.max(np.abs(self.model.decision_function(self.shown)))))

    @cached_property
    def students(self) -> npt.NDArray[np.int64]:
        """Whose row it is, as a code, of the rows that are explained."""
        return self._who(self.explained)

    @cached_property
    def contacted(self) -> npt.NDArray[np.int64]:
        """Whose row it is, as a code, of the suggested contacts."""
        return self._who(self.contacts)

    @property
    def n(self) -> int:
        """Students whose rows are explained, each counted once."""
        return len(np.unique(self.students))

    @cached_property
    def constant(self) -> list[str]:
        """Columns in which all rows are alike, so that nothing can lean on them."""
        return [str(name) for name in self.features.columns if self.features[name].nunique(dropna=False) < 2]

    @property
    def lacking(self) -> str:
        """Why no model can be fitted to the rows, or refitted to students drawn again; "" where one can."""
        if self.rows.empty:
            return "there are no scores"
        known = self.rows.dropna(subset="label")
        if known.empty:
            return "no label is known"
        held = known.groupby("label")["student_id"].nunique()
        if len(held) < 2:
            return "the label has a single value"
        return "" if held.min() > 1 else "fewer than two students with either value of the label"

    @cached_property
    def refused(self) -> str:
        """Why the model can not be taken apart at all; "" where it can."""
        lacking = sorted(set(self._registered) - set(self.columns))
        if lacking:
            return f"the model is registered with columns that the data do not hold: {', '.join(lacking)}"
        return self.lacking or obstacle(self.model, self.shown.shape[1])

    @cached_property
    def reason(self) -> str:
        """Why the model can not be explained; "" where it can."""
        if self.refused:
            return self.refused
        gap = max(one.gap for one in self.whole.values())
        if gap > TOLERANCE * self.scale:
            return f"the parts of the explanation miss the score by up to {gap:.2g} log-odds"
        if not self.whole["interventional"].values.any():
            return "the model gives every student the same score"
        return ""

    @property
    def _registered(self) -> tuple[str, ...]:
        """Columns by the protocol: of the model, or of the subset."""
        subsets = {subset.id: subset.columns for subset in self.protocol.population.subsets}
        return subsets.get(self.population, self.protocol.columns)

    @cached_property
    def refitted(self) -> list[Any]:
        """The first ``KEPT`` of the models that were refitted to students drawn with replacement."""
        return [self._refit(i) for i in range(min(KEPT, self.protocol.explanation.refits))]

    @cached_property
    def refits(self) -> Mapping[Perturbation, Singles]:
        """SHAP values of models refitted to students drawn with replacement, refits x rows x columns.

        The same rows are explained beside the same background rows. A draw with too few of a label is drawn again.
        They are held in single precision, as there are many.
        """
        found: dict[Perturbation, list[Singles]] = {way: [] for way in perturbations(self.model)}
        for i in range(self.protocol.explanation.refits):
            model = self.refitted[i] if i < KEPT else self._refit(i)
            for way, held in found.items():
                held.append(attribute(model, self.shown, self.background, way).values.astype(np.float32))
        return {way: np.array(held) for way, held in found.items()}

    def _refit(self, i: int) -> Any:
        groups = list(self.rows.groupby("student_id", sort=True).indices.values())
        draw = self.rng("refit", self.population, i)
        label, taken = np.empty(0), np.empty(0, dtype=np.int64)
        while min((label == 0).sum(), (label == 1).sum()) < MINIMUM_LABELS // 5:
            taken = np.concatenate([groups[g] for g in draw.integers(len(groups), size=len(groups))])
            label = self.rows["label"].to_numpy()[taken]
        return fitted(
            self.protocol, self.features.iloc[taken], self.rows["label"].iloc[taken], self.population, "refit", i
        )

    @cached_property
    def enrolments(self) -> pd.DataFrame:
        """What ``eligible`` returns: unit_id, enrolment_id, student_id, module, presentation."""
        return eligible(self.protocol, self.cohort)

    @cached_property
    def contacts(self) -> npt.NDArray[np.int64]:
        """Positions of the suggested contacts, rising: all, or a seeded sample."""
        chosen = np.flatnonzero(self.rows["decision"].to_numpy() == 1)
        return np.sort(self.rng("contacts", self.population).permutation(chosen)[:ROWS])

    @cached_property
    def contact_refits(self) -> Mapping[Perturbation, Floats]:
        """SHAP values of the suggested contacts by each refitted model that is kept, refits x contacts x columns."""
        return self.moved(self.features.to_numpy(dtype=np.float64)[self.contacts])

    def moved(self, rows: Floats) -> dict[Perturbation, Floats]:
        """SHAP values of any rows by each refitted model that is kept, by way: refits x rows x columns."""
        held = {
            way: [attribute(one, rows, self.background, way).values for one in self.refitted]
            for way in perturbations(self.model)
        }
        return {way: np.array(values) for way, values in held.items()}

    def group(self, attribute: str) -> pd.Series:
        """A protected attribute by row, as the vault holds it of a unit's first enrolment; missing where it is not."""
        known = self.cohort.vault((attribute,))[attribute]
        by_unit = self.enrolments.join(known, on="enrolment_id").groupby("unit_id")[attribute].first()
        return by_unit.reindex(self.rows["unit_id"]).reset_index(drop=True)

    def _who(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.asarray(pd.factorize(self.rows["student_id"].to_numpy()[positions])[0], dtype=np.int64)

    def _drawn(self, name: str, size: int) -> npt.NDArray[np.int64]:
        order = self.rng(name, self.population).permutation(len(self.features))
        return np.sort(order[:size])


def named(population: str, topic: str) -> str:
    """The id of a finding about a population.

    >>> named("all", "ranks"), named("on-campus", "ranks")
    ('explanation.ranks', 'explanation.on_campus.ranks')
    """
    return f"explanation.{topic}" if population == ALL else f"explanation.{slug(population)}.{topic}"


def slug(name: str) -> str:
    """A name as a part of a finding's id.

    >>> slug("change from own weeks"), slug("H-1")
    ('change_from_own_weeks', 'h_1')
    """
    return name.lower().replace("-", "_").replace(" ", "_")
