"""Plain textbook estimators with their standard errors, and campuses on which dials are turned.

Nothing here comes from the toolkit's own methods: means, shares, least squares with White's and clustered errors,
and generalised linear models by iteratively reweighted least squares (McCullagh & Nelder 1989, ch. 2).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr

from la_research.protocol import read_tree
from la_research.seeds import CELL
from la_research.synthetic import generate_cohort, parse_scenario
from la_research.synthetic.cell import draw_cell
from la_research.synthetic.graph import GROUPS
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.switch import with_dials

HEAD = "{format: la_research.scenario/1, id: plain, title: plain, resembles: none, cannot: much}"
ERRORS = 4
"""Standard errors that an estimate may lie from what was planted; one in 16,000 does by chance. Seeds are fixed."""
SEED = 7
Found = tuple[Any, Any]
"""An estimate and its standard error: two numbers, or two arrays."""


def scenario_of(dials: Mapping[str, Any]) -> Scenario:
    """The default campus with dials set by their dotted names."""
    plain = parse_scenario(read_tree(HEAD, "plain.yaml"))
    return with_dials(plain, [f"{path}={json.dumps(value)}" for path, value in dials.items()])


class Campus:
    """Whole cells of students: the tables as anyone sees them, and what they lived through."""

    def __init__(self, scenario: Scenario, cells: int) -> None:
        self.scenario, self.n = scenario, cells * CELL

    @cached_property
    def _cells(self) -> list[Any]:
        return [draw_cell(self.scenario, SEED, number, CELL) for number in range(self.n // CELL)]

    @cached_property
    def _cohort(self) -> Any:
        return generate_cohort(self.scenario, n=self.n, seed=SEED)

    def table(self, name: str) -> pd.DataFrame:
        """A public table; ``who`` is the number of the student of a row."""
        return _numbered(self._cohort[0].frame(name))

    def truth(self, name: str) -> pd.DataFrame:
        """A table that no stage of a study can open."""
        return _numbered(self._cohort[1].tables[name].to_pandas())

    def trait(self, name: str) -> np.ndarray:
        """What only the mechanism knows of each student."""
        return np.concatenate([getattr(cell.students, name) for cell in self._cells])

    def lived(self, name: str) -> np.ndarray:
        """What only the mechanism knows of each student's term."""
        return np.concatenate([getattr(cell.traces, name) for cell in self._cells])

    @cached_property
    def groups(self) -> np.ndarray:
        """Who belongs to each of the eight groups (students, 8)."""
        return np.concatenate([np.column_stack([cell.students.groups[g] for g in GROUPS]) for cell in self._cells])

    def counts(self, source: int = 0) -> np.ndarray:
        """Actions on the first module (students, weeks); source 0 is the VLE."""
        return np.concatenate([cell.traces.activity.counts[:, 0, :, source] for cell in self._cells])

    def logs(self, source: int = 0) -> np.ndarray:
        """Log actions, in the middle of the step that rounding down makes."""
        return np.asarray(np.log(self.counts(source) + 0.5))

    def flags(self, rows: pd.Series) -> np.ndarray:
        """Which students are named in a column of numbers."""
        return np.isin(np.arange(self.n), rows.to_numpy())


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    column = next((name for name in ("student_id", "enrolment_id") if name in frame), None)
    return frame.assign(who=frame[column].str[1:8].astype(int)) if column else frame


@dataclass(frozen=True)
class Dial:
    """A dial at two settings, and a textbook estimator that has to find both.

    ``expect`` is what the estimator should find at a setting: the setting itself where nothing else is said.
    ``sets`` is the name under which it is set, where that differs: a list is set as a whole.
    """

    path: str
    at: Any
    off: Any
    find: Callable[[Campus], Found]
    expect: Callable[[Any], Any] = lambda setting: setting
    sets: str = ""


@dataclass(frozen=True)
class Family:
    """Dials that are turned together on one campus, and set back together on another."""

    dials: Sequence[Dial]
    plain: Mapping[str, Any] = field(default_factory=dict)
    cells: int = 4

    def campus(self, setting: str) -> Campus:
        turned = {dial.sets or dial.path: getattr(dial, setting) for dial in self.dials}
        return drawn(json.dumps({**self.plain, **turned}), self.cells)


@lru_cache(maxsize=4)
def drawn(dials: str, cells: int) -> Campus:
    return Campus(scenario_of(json.loads(dials)), cells)


def cases(families: Sequence[Family]) -> dict[str, Any]:
    """What ``pytest.mark.parametrize`` takes for a test of every dial of some families."""
    both = [(family, dial) for family in families for dial in family.dials]
    return {"argnames": ("family", "dial"), "argvalues": both, "ids": [dial.path for _, dial in both]}


def check(family: Family, dial: Dial) -> None:
    """Both settings are found, and they lie so far apart that a dial without effect would fail."""
    wanted = {}
    for setting in ("at", "off"):
        estimate, error = (np.asarray(found, dtype=float) for found in dial.find(family.campus(setting)))
        wanted[setting] = np.asarray(dial.expect(getattr(dial, setting)), dtype=float)
        far = np.abs(estimate - wanted[setting]) > ERRORS * error + 1e-9
        assert not far.any(), f"{dial.path} {setting}: {estimate} instead of {wanted[setting]} (errors {error})"
        if setting == "at":
            sharp = 2 * ERRORS * error
    apart = np.abs(wanted["at"] - wanted["off"])
    assert (apart > 0).any()
    assert (apart > sharp)[apart > 0].all(), f"{dial.path}: {apart} would be missed with errors {sharp / 2 / ERRORS}"


def by_group(sizes: Mapping[str, float]) -> list[float]:
    """The planted numbers of all eight groups, 0 where none is named."""
    return [sizes.get(group, 0.0) for group in GROUPS]


def share(flags: np.ndarray) -> Found:
    """A share and its binomial error."""
    p = float(np.mean(flags))
    return p, np.sqrt(p * (1 - p) / len(flags))


def mean(values: np.ndarray) -> Found:
    """Means over students (first axis)."""
    return np.mean(values, axis=0), np.std(values, axis=0, ddof=1) / np.sqrt(len(values))


def difference(values: np.ndarray, members: np.ndarray) -> Found:
    """Mean of members minus mean of the others (Welch)."""
    (a, se_a), (b, se_b) = mean(values[members]), mean(values[~members])
    return a - b, np.hypot(se_a, se_b)


def ols(y: np.ndarray, *columns: np.ndarray, cluster: np.ndarray | None = None) -> Found:
    """Least squares with an intercept; errors robust to unequal variance, and to clusters where they are given."""
    x = np.column_stack([np.ones(len(y)), *columns]).astype(float)
    bread = np.linalg.inv(x.T @ x)
    b = bread @ x.T @ y
    scores = x * (y - x @ b)[:, None]
    if cluster is not None:
        scores = np.column_stack([np.bincount(cluster, weights=column) for column in scores.T])
    return b, np.sqrt(np.diag(bread @ scores.T @ scores @ bread))


def glm(y: np.ndarray, *columns: np.ndarray, link: str) -> Found:
    """Logit or probit regression with an intercept, by iteratively reweighted least squares."""
    x = np.column_stack([np.ones(len(y)), *columns]).astype(float)
    b = np.zeros(x.shape[1])
    for _ in range(30):
        eta = np.clip(x @ b, -30, 30) if link == "logit" else np.clip(x @ b, -8, 8)
        mu = expit(eta) if link == "logit" else ndtr(eta)
        slope = mu * (1 - mu) if link == "logit" else np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
        weight = slope**2 / np.maximum(mu * (1 - mu), 1e-300)
        information = x.T @ (weight[:, None] * x)
        step = np.linalg.solve(information, x.T @ (weight * (y - mu) / np.maximum(slope, 1e-300)))
        b = b + step
        if np.abs(step).max() < 1e-9:
            break
    return b, np.sqrt(np.diag(np.linalg.inv(information)))


def pick(found: Found, where: int | slice, scale: float = 1.0) -> Found:
    """Some coefficients of a regression, in another unit."""
    return scale * found[0][where], abs(scale) * found[1][where]


def both(*found: Found) -> Found:
    """Several estimates as one array."""
    return tuple(np.concatenate([np.atleast_1d(part[i]) for part in found]) for i in (0, 1))  # type: ignore[return-value]


def exactly(value: Any) -> Found:
    """What is read off without error."""
    return value, np.zeros_like(np.asarray(value, dtype=float))
