"""Students with the support and without, as a comparison without a draw reads them: numbers, columns, controls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from la_research.disclosure import column_tells_few
from la_research.evaluation.sample import Sample
from la_research.protocol.designs.observational import Observational
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.controls import (
    LEAST_CONTROLS,
    NORMAL_SIZE,
    SystematicError,
    size_interval,
    systematic_error,
)
from la_research.statistics.double_learning import double_learning
from la_research.statistics.doubly_robust import Comparison, outcomes
from la_research.statistics.propensity import Propensity, propensity
from la_research.statistics.randomised import with_missing

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
SAME = 1e-7
"""Share of a column that is left when others explain it, below which it repeats them."""


@dataclass(frozen=True)
class Column:
    """A column that is adjusted for: its name, the covariate it was made of, and its values in SDs from the mean."""

    name: str
    covariate: str
    values: Floats


@dataclass(frozen=True)
class Compared:
    """The students whose outcome is known.

    Parameters
    ----------
    sample
        Their rows; blinded where the checks read it.
    settings
        What the design registers.
    kept, repeated
        Columns that are adjusted for; names of those left out, as they are the same for all or repeat others.
    """

    sample: Sample
    settings: Observational
    kept: tuple[Column, ...]
    repeated: tuple[str, ...]

    @classmethod
    def of(cls, sample: Sample, settings: Observational) -> Compared:
        """Read a sample; the outcome may be locked."""
        known = sample.where(sample.rows["known"].to_numpy(dtype=bool))
        made = [column for name in adjusted_for(known, settings) for column in _columns(known, settings, name)]
        told = _independent([column.values for column in made])
        kept = tuple(column for column, new in zip(made, told, strict=True) if new)
        return cls(known, settings, kept, tuple(c.name for c, new in zip(made, told, strict=True) if not new))

    @cached_property
    def treated(self) -> Bools:
        """Who had the support."""
        return np.asarray(self.sample["treatment"] == 1)

    @cached_property
    def columns(self) -> Floats:
        """What is adjusted for, shape (students, k)."""
        return np.column_stack([np.empty((len(self.treated), 0)), *(column.values for column in self.kept)])

    @cached_property
    def hidden(self) -> tuple[bool, ...]:
        """Of which columns no difference between the arms is told, as it would tell of a few."""
        return tuple(column_tells_few(c.values, self.treated, self.sample.minimum) for c in self.kept)

    @cached_property
    def chances(self) -> Propensity:
        """Each student's chance of the support."""
        return propensity(self.treated, self.columns, whom=self.settings.effect, trim=self.settings.trim)

    @property
    def binary(self) -> bool:
        """Whether the outcome is yes or no."""
        return self.sample.unit == "share"

    @property
    def clusters(self) -> npt.NDArray[np.intp]:
        """Whose errors go together: of a cluster, else of a unit that has several rows."""
        return self.sample.codes("cluster" if "cluster" in self.sample else "unit")

    def by(self, outcome: Floats, *, binary: bool = False) -> Comparison:
        """The comparison of an outcome that is known of all."""
        chosen = np.array([self._differs(column) for column in self.kept], dtype=bool)
        model = outcomes(outcome, self.treated, self.columns, chosen, binary=binary)
        return Comparison(outcome, self.chances, model, self.clusters)

    def _differs(self, column: Column) -> bool:
        asked = self.settings.interactions
        if isinstance(asked, bool):
            return asked
        return column.name in asked or (column.covariate in asked and column.covariate in self.settings.factors)

    def learnt(self, outcome: Floats) -> Coefficient:
        """The effect by double machine learning."""
        asked = self.settings
        grouped = self.clusters if "cluster" in self.sample or "unit" in self.sample else None
        return double_learning(
            outcome, self.treated, self.columns, self.sample.rng("double learning"), whom=asked.effect,
            learner=asked.learner, folds=asked.folds, trim=asked.trim, binary=self.binary, clusters=grouped,
        )  # fmt: skip

    @cached_property
    def controls(self) -> dict[str, Coefficient]:
        """The adjusted "effect" on what the support can not have moved, in SDs, by name; by both models.

        Words of one column tell the same thing several times: its commonest word stands for it.
        """
        named: dict[str, list[str]] = {}
        for column in columns_of(self.sample, self.settings.negative_outcomes):
            named.setdefault(column.partition(": ")[0], []).append(column)
        standing = [max(words, key=lambda word: np.nanmean(self.sample[word])) for words in named.values()]
        found = {name: self.on_control(name) for name in standing}
        return {name: effect for name, effect in found.items() if effect is not None}

    def on_control(self, name: str) -> Coefficient | None:
        """The adjusted "effect" on one column, in SDs, of students with a value; None where that can not be had."""
        values = self.sample[name]
        told = ~np.isnan(values)
        arms = [int((told & (self.treated == arm)).sum()) for arm in (True, False)]
        if min(arms) < max(self.sample.minimum, len(self.kept) + 2) or np.ptp(values[told]) == 0:
            return None
        those = self if told.all() else replace(self, sample=self.sample.where(told), kept=tuple(self._of(told)))
        found, sd = those.by(values[told]), float(values[told].std())
        effect = found.ipw if self.settings.estimator == "ipw" else found.aipw
        effect = found.regression if self.settings.estimator == "regression" else effect
        return Coefficient(effect.value / sd, effect.se / sd, effect.df, effect.n)

    def _of(self, rows: Bools) -> Iterator[Column]:
        yield from (replace(column, values=column.values[rows]) for column in self.kept)

    @cached_property
    def error(self) -> SystematicError | None:
        """The systematic error behind the controls, whose signs mean nothing; None with fewer than 5."""
        if len(self.controls) < LEAST_CONTROLS:
            return None
        found = self.controls.values()
        return systematic_error([one.value for one in found], [one.se for one in found], signed=False)

    @cached_property
    def error_ends(self) -> tuple[float, float]:
        """Ends at 95 % of the spread of the systematic error; not numbers where there is no error."""
        found = self.controls.values()
        ends = size_interval([one.value for one in found], [one.se for one in found])
        lower, upper = (end / NORMAL_SIZE for end in ends)
        return lower, upper


def adjusted_for(sample: Sample, settings: Observational) -> list[str]:
    """Covariates of a sample that are no negative controls."""
    controls = columns_of(sample, settings.negative_outcomes)
    return [name for name in sample.covariates if name not in controls]


def columns_of(sample: Sample, names: Sequence[str]) -> list[str]:
    """Columns of a sample by name; of one that held words those of its words, "NAME: WORD".

    Examples
    --------
    >>> import pandas as pd
    >>> columns_of(Sample(pd.DataFrame({"age": [20.0], "subject: arts": [1.0]})), ["age", "subject", "fee"])
    ['age', 'subject: arts']
    """
    return [
        column for name in names for column in map(str, sample.rows) if column == name or column.startswith(f"{name}: ")
    ]


def _columns(sample: Sample, settings: Observational, name: str) -> Iterator[Column]:
    """A covariate as columns: itself or one a code, where it is missing, and its square."""
    filled, *absent = with_missing(sample[name]).T
    if name in settings.factors:
        known = sample[name][~np.isnan(sample[name])]
        for code in np.unique(known)[1:]:
            yield _column(f"{name} {code:g}", name, (sample[name] == code).astype(float))
    else:
        yield _column(name, name, filled)
        asked = settings.squares is True and len(np.unique(filled)) > 2 + len(absent)
        if asked or (not isinstance(settings.squares, bool) and name in settings.squares):
            yield _column(f"{name} squared", name, (filled - filled.mean()) ** 2)
    yield from (_column(f"{name} missing", name, where) for where in absent)


def _column(name: str, covariate: str, values: Floats) -> Column:
    centred = values - values.mean()
    spread = float(centred.std())
    same = spread <= 1e-12 * (1 + abs(float(values.mean())))
    return Column(name, covariate, 0 * centred if same else centred / spread)


def _independent(columns: list[Floats]) -> list[bool]:
    """Which columns say something that the constant and those before them do not."""
    if not columns:
        return []
    stacked = np.column_stack([np.ones(len(columns[0])), *columns]) / np.sqrt(len(columns[0]))
    basis, told = stacked[:, :1], []
    for column in stacked[:, 1:].T:
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        size = float(np.sqrt(left @ left))
        told.append(size > SAME and basis.shape[1] < len(stacked))
        if told[-1]:
            basis = np.column_stack([basis, left / size])
    return told
