"""Who is compared, as every design reads them: one row a unit, or a unit and time, its columns named by their roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.seeds import stream

Floats = npt.NDArray[np.float64]

ROLES = {
    "outcome": "what is measured; not a number where it is not known",
    "unit": "whose row it is",
    "treatment": "1 where the support was had, 0 where not",
    "assigned": "1 where it was drawn, 0 where not",
    "arm": "name of the arm, where there are several",
    "time": "week or other time, in order",
    "first": "time from which the unit has the support; infinite where it never has",
    "cluster": "group that is drawn, or that shares its fate",
    "running": "what the cut-off reads",
    "probability": "chance of what was drawn for the row",
    "available": "1 where a draw was possible",
    "stratum": "within which was drawn",
    "exposure": "how many, or how long, a count is out of",
    "error": "standard error of an estimate that a site exported",
    "saturation": "share of the group's students planned for the support, 0 to 1",
    "known": "whether the outcome is known",
}
"""Columns of a sample, by role."""


@dataclass(frozen=True)
class Sample:
    """The rows of a comparison.

    Parameters
    ----------
    rows
        One row a unit, or a unit and time. Columns are those of ``ROLES`` that the design
        reads, and the covariates; numbers but for ``unit``, ``arm``, ``cluster`` and
        ``stratum``, which may hold any value. ``known`` is always there.
    covariates
        Columns measured before the support; not a number where missing.
    words
        What readers call a role, e.g. ``{"outcome": "wellbeing in week 10"}``.
    unit
        Unit of the outcome: "share" where it says yes or no, else e.g. "WHO-5 points".
    minimum
        Students below whom nothing is shown.
    seed
        Seed of whatever is drawn.
    """

    rows: pd.DataFrame
    covariates: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    unit: str = "points"
    minimum: int = 10
    seed: int = 2025

    def __post_init__(self) -> None:
        if "known" not in self.rows:
            known = self.rows["outcome"].notna() if "outcome" in self.rows else False
            object.__setattr__(self, "rows", self.rows.assign(known=known))

    def __contains__(self, role: str) -> bool:
        return role in self.rows

    def __getitem__(self, role: str) -> Floats:
        """A column of numbers, one value a row."""
        return self.rows[role].to_numpy(dtype=float)

    def codes(self, role: str) -> npt.NDArray[np.intp]:
        """A column as whole numbers from 0, by its sorted values; each row of its own where it is absent."""
        if role not in self.rows:
            return np.arange(len(self.rows))
        return pd.factorize(self.rows[role], sort=True)[0]

    @property
    def given(self) -> Floats:
        """The covariates, shape (rows, k)."""
        return self.rows[list(self.covariates)].to_numpy(dtype=float)

    @property
    def units(self) -> int:
        """How many students, or other units, there are."""
        return int(self.rows["unit"].nunique()) if "unit" in self.rows else len(self.rows)

    def where(self, kept: npt.NDArray[np.bool_]) -> Sample:
        """The rows that are kept."""
        return replace(self, rows=self.rows[kept].reset_index(drop=True))

    def blinded(self) -> Sample:
        """The sample without every outcome in which the support may already show.

        With ``time`` and ``first`` the outcomes before a unit's first time stay; otherwise
        none does. Whether an outcome is known stays always.

        Examples
        --------
        >>> rows = pd.DataFrame({"time": [1, 2], "first": [2.0, 2.0], "outcome": [5.0, 6.0]})
        >>> Sample(rows).blinded()["outcome"].tolist()
        [5.0, nan]
        """
        if "outcome" not in self.rows:
            return self
        if not {"time", "first"} <= set(self.rows):
            return replace(self, rows=self.rows.drop(columns="outcome"))
        before = self.rows["time"] < self.rows["first"]
        return replace(self, rows=self.rows.assign(outcome=self.rows["outcome"].where(before)))

    def rng(self, *names: str | int) -> np.random.Generator:
        """The sample's random numbers of that name."""
        return stream(self.seed, "evaluation", *names)
