"""The groups of an attribute that can be told: small ones are hidden, with others that would give them away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.disclosure import covered
from la_research.explanation.ground import Ground

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
NOT_RECORDED = "not recorded"
TOO_FEW = "fewer than two groups can be shown"


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
        """Recorded groups that are shown where nothing but the size of a group is told."""
        everyone = np.ones(len(self.code), dtype=bool)
        hidden = self.hidden(lambda row: int(row.sum()) < minimum, everyone)
        return [g for g, name in enumerate(self.names) if g not in hidden and name != NOT_RECORDED]


def groups_of(ground: Ground, attribute: str, positions: Codes | None = None) -> Groups:
    """The groups of a registered attribute, of all rows or of some."""
    values = ground.group(attribute)
    students = ground.rows["student_id"]
    if positions is not None:
        values, students = values.iloc[positions], students.iloc[positions]
    code, names = pd.factorize(values, sort=True)
    told = tuple(map(str, names))
    if (code < 0).any():
        code, told = np.where(code < 0, len(told), code), (*told, NOT_RECORDED)
    return Groups(attribute, told, code.astype(np.int64), pd.factorize(students)[0].astype(np.int64))
