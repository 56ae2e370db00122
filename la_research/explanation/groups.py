"""The groups of an attribute that can be told: small ones are hidden, with others that would give them away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.disclosure import covered, without_few
from la_research.explanation.ground import Ground
from la_research.finding import NOT_RECORDED
from la_research.statistics.conformal import one_row_each

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
TOO_FEW = "fewer than two groups can be shown"
LEFT_OUT = "Groups too small to show are left out, and where these are few some of the largest with them, by chance."


@dataclass(frozen=True)
class Groups:
    """Rows sorted by an attribute.

    Parameters
    ----------
    attribute
        As the protocol registers it.
    names
        Values that somebody has, sorted; "not recorded" last, where there are such rows.
    code
        The place of each row's value in ``names``.
    student
        Whose row it is, as a code.
    """

    attribute: str
    names: tuple[str, ...]
    code: Codes
    student: Codes

    @property
    def words(self) -> str:
        """The attribute as it is written."""
        return self.attribute.replace("_", " ")

    @property
    def empty(self) -> bool:
        """Whether the attribute is recorded of nobody."""
        return self.names in ((), (NOT_RECORDED,))

    @property
    def recorded(self) -> Codes:
        """The code of each row, -1 where nothing is recorded."""
        lacking = self.names.index(NOT_RECORDED) if NOT_RECORDED in self.names else -1
        return np.where(self.code == lacking, -1, self.code)

    def inside(self, group: int) -> Bools:
        """The rows of a group."""
        return np.asarray(self.code == group)

    def count(self, rows: Bools) -> int:
        """Students who hold these rows."""
        return len(np.unique(self.student[rows]))

    def counts(self, *parts: Bools) -> Codes:
        """Students by group and part, k x m."""
        held = [[self.count(self.inside(group) & part) for part in parts] for group in range(len(self.names))]
        return np.array(held, dtype=np.int64).reshape(len(self.names), len(parts))

    def hidden(self, small: Callable[[Codes], bool], *parts: Bools) -> frozenset[int]:
        """Groups that are not shown, by the students of each part; see ``disclosure.covered``."""
        return covered(self.counts(*parts), small)

    def large(self, minimum: int) -> list[int]:
        """Recorded groups of at least so many students."""
        sizes = [self.count(self.inside(group)) for group in range(len(self.names))]
        return [g for g, size in enumerate(sizes) if size >= minimum and self.names[g] != NOT_RECORDED]


def groups_of(ground: Ground, attribute: str, positions: Codes | None = None) -> Groups:
    """The groups of a registered attribute, of all rows or of some; all "not recorded" where no attribute is held."""
    students = ground.rows["student_id"]
    recorded = ground.cohort.arrow("vault").num_rows > 0
    values = ground.group(attribute) if recorded else pd.Series(np.nan, students.index, dtype=object)
    if positions is not None:
        values, students = values.iloc[positions], students.iloc[positions]
    code, names = pd.factorize(values, sort=True)
    told = tuple(map(str, names))
    if (code < 0).any():
        code, told = np.where(code < 0, len(told), code), (*told, NOT_RECORDED)
    return Groups(attribute, told, code.astype(np.int64), pd.factorize(students)[0].astype(np.int64))


@dataclass(frozen=True)
class Compared:
    """Explained rows of the groups that are large enough, one row a student.

    Parameters
    ----------
    attribute
        As the protocol registers it.
    names
        The groups, sorted.
    code
        Of each row, the place of its group.
    values
        Parts of the score, rows x columns, in log-odds.
    kept
        Positions among the rows explained.
    """

    attribute: str
    names: tuple[str, ...]
    code: Codes
    values: npt.NDArray[np.float64]
    kept: Codes

    @property
    def largest(self) -> int:
        """The group with the most rows, the first of several."""
        return int(np.bincount(self.code).argmax())


def compared(ground: Ground, attribute: str) -> Compared | str:
    """The groups whose explanations are compared, or why there are none.

    Groups of fewer students than the minimum are left out, and so is who has no group recorded. Where these are some,
    but fewer than the minimum, as many of the largest group are left out with them as make the minimum, by chance.
    """
    if ground.reason:
        return ground.reason
    groups = groups_of(ground, attribute, ground.explained)
    if groups.empty:
        return f"the data hold no {groups.words}"
    draw = ground.rng("by group", attribute, ground.population)
    once = one_row_each(groups.student, draw)
    shown = groups.large(ground.minimum)
    if len(shown) < 2:
        return TOO_FEW
    code = groups.code[once]
    most = max(shown, key=lambda group: int((code == group).sum()))
    kept = once[without_few(np.isin(code, shown), code == most, ground.minimum, draw)]
    told = np.searchsorted(shown, groups.code[kept]).astype(np.int64)
    if np.bincount(told, minlength=len(shown)).min() < ground.minimum:
        return TOO_FEW
    values = ground.whole["interventional"].values[kept]
    return Compared(attribute, tuple(groups.names[group] for group in shown), told, values, kept)
