"""A boosted model taken apart into its leaves, so that what moved a score is read off tables: exact, and fast.

A row reaches a leaf where it meets a condition on each column of the leaf's path: to a leaf, a row is a pattern of yes
and no. What each column brings is worked out once for every pattern; to explain rows is to look them up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from la_research.explanation.coalitions import products, tables

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int16]
Asked = tuple[int, int, int, bool]
"""A condition in codes: its column, above which code, up to which code, and whether a missing value meets it."""
MOST_COLUMNS, MOST_PATTERNS = 14, 2**20
"""Columns on the path of a leaf, and patterns of all leaves, above which tables would be too large."""
AT_ONCE = 4096
"""Rows that are looked up together."""
MISSING = -2
"""Code of a value that is not observed."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What a path asks of one column.

    Parameters
    ----------
    low, high
        The value is above ``low`` and at most ``high``.
    missing
        Whether a value that is not observed goes this way.
    share
        Of the students who came to a split on this column when the tree was fitted, how many went this way,
        multiplied over the splits of the path.
    """

    low: float = -np.inf
    high: float = np.inf
    missing: bool = True
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf adds to the score, in log-odds, and its condition on each column of its path."""

    value: float
    path: Mapping[int, Condition]


@dataclass(frozen=True)
class Leaves:
    """A model that is the sum of its leaves.

    Parameters
    ----------
    base
        What every row is given, in log-odds.
    leaves
        Of all trees.
    columns
        How many columns the model reads.

    Examples
    --------
    A leaf worth 4 where activity is above 2, which half of the students reached; nobody else is given anything.

    >>> model = Leaves(0.0, (Leaf(4.0, {0: Condition(low=2.0, missing=False, share=0.5)}),), 1)
    >>> values, base = model.shapley(np.array([[1.0], [3.0], [np.nan]]))
    >>> values.ravel().tolist(), base
    ([-2.0, 2.0, -2.0], 2.0)
    """

    base: float
    leaves: tuple[Leaf, ...]
    columns: int

    def shapley(self, rows: Floats, background: Floats | None = None) -> tuple[Floats, float]:
        """Shapley values of rows, and the mean score that they start from, both in log-odds.

        Parameters
        ----------
        rows
            Shape (rows, columns); NaN where not observed.
        background
            Shape (background rows, columns): a column that is left out is taken from these rows. None: it is
            averaged along the path, as the students went whom the model was fitted to.

        Returns
        -------
        tuple
            Values of shape (rows, columns), and the base.
        """
        weights = self._weights(background)
        base = self.base + sum(leaf.value * weight[-1] for leaf, weight in zip(self.leaves, weights, strict=True))
        return np.ascontiguousarray(self._looked_up(rows, weights, 1).T), float(base)

    def pairs(self, rows: Floats, background: Floats | None = None) -> Floats:
        """What two columns bring together beyond what each does, in log-odds, shape (rows, columns, columns).

        Symmetric, with nothing on the diagonal. Each of the two places of a pair holds half of it, as SHAP tells it.
        """
        half = np.moveaxis(self._looked_up(rows, self._weights(background), 2), 2, 0) / 2
        return np.asarray(half + half.transpose(0, 2, 1))

    def _weights(self, background: Floats | None) -> list[Floats]:
        """By leaf, how often each pattern stands in the background."""
        if background is None:
            return [products([held.share for held in leaf.path.values()]) for leaf in self.leaves]
        codes = self._codes(background)
        counts = [np.bincount(_patterns(codes, asked), minlength=2 ** len(asked)) for asked in self._asked]
        return [count / len(background) for count in counts]

    def _looked_up(self, rows: Floats, weights: list[Floats], together: int) -> Floats:
        """The tables' values summed over leaves: an axis of columns for each that moves together, the last of rows."""
        moved = [list(combinations(leaf.path, together)) for leaf in self.leaves]
        read = self._tables(weights, together)
        found = np.zeros((*(self.columns,) * together, len(rows)))
        for start in range(0, len(rows), AT_ONCE):
            codes, here = self._codes(rows[start : start + AT_ONCE]), found[..., start : start + AT_ONCE]
            for asked, columns, table in zip(self._asked, moved, read, strict=True):
                patterns = _patterns(codes, asked)
                for place, line in zip(columns, table, strict=True):
                    here[place] += line.take(patterns)
        return found

    def _tables(self, weights: list[Floats], together: int) -> list[Floats]:
        """The table of each leaf, times what the leaf adds; leaves of as many columns are worked out together."""
        found = [np.empty(0)] * len(weights)
        sizes = np.array([len(weight) for weight in weights])
        for size in np.unique(sizes):
            these = np.flatnonzero(sizes == size)
            for at, table in zip(these, tables(np.array([weights[i] for i in these]), together), strict=True):
                found[at] = self.leaves[at].value * table
        return found

    @cached_property
    def _cuts(self) -> list[Floats]:
        """Where each column is cut, rising; the last cut is above all values."""
        cuts: list[set[float]] = [{np.inf} for _ in range(self.columns)]
        for leaf in self.leaves:
            for column, held in leaf.path.items():
                cuts[column] |= {held.low, held.high}
        return [np.array(sorted(held - {-np.inf})) for held in cuts]

    @cached_property
    def _asked(self) -> list[list[Asked]]:
        """By leaf, its conditions in codes."""
        place = [{cut: at for at, cut in enumerate(cuts)} for cuts in self._cuts]
        return [
            [
                (column, place[column].get(held.low, -1), place[column][held.high], held.missing)
                for column, held in leaf.path.items()
            ]
            for leaf in self.leaves
        ]

    def _codes(self, rows: Floats) -> Codes:
        """How many of a column's cuts lie below each value, shape (columns, rows)."""
        codes = np.empty((self.columns, len(rows)), dtype=np.int16)
        for column, cuts in enumerate(self._cuts):
            values = rows[:, column]
            codes[column] = np.where(np.isnan(values), MISSING, np.searchsorted(cuts, values))
        return codes


def leaves_of(model: Any) -> Leaves | None:
    """A fitted ``HistGradientBoostingClassifier`` of two classes, taken apart.

    Returns
    -------
    Leaves or None
        None where it is another model, has more classes, reads categories, or would take too large tables.
    """
    trees = getattr(model, "_predictors", None)
    if trees is None or model.is_categorical_ is not None or any(len(each) != 1 for each in trees):
        return None
    leaves = tuple(leaf for (tree,) in trees for leaf in _walked(tree.nodes))
    sizes = [len(leaf.path) for leaf in leaves]
    if max(sizes, default=0) > MOST_COLUMNS or sum(2**size for size in sizes) > MOST_PATTERNS:
        return None
    return Leaves(float(np.ravel(model._baseline_prediction)[0]), leaves, int(model.n_features_in_))


NODE = ("value", "count", "feature_idx", "num_threshold", "missing_go_to_left", "left", "right", "is_leaf")


def _walked(nodes: npt.NDArray[Any]) -> Iterator[Leaf]:
    """The leaves of one tree, each with the conditions met on the way."""
    value, count, column, cut, missing_left, left, right, leaf = (nodes[name].tolist() for name in NODE)
    ahead: list[tuple[int, dict[int, Condition]]] = [(0, {})]
    while ahead:
        at, path = ahead.pop()
        if leaf[at]:
            yield Leaf(value[at], path)
            continue
        held = path.get(column[at], Condition())
        for side, below in ((left[at], True), (right[at], False)):
            narrowed = replace(
                held,
                low=held.low if below else max(held.low, cut[at]),
                high=min(held.high, cut[at]) if below else held.high,
                missing=held.missing and bool(missing_left[at]) == below,
                share=held.share * count[side] / count[at],
            )
            ahead.append((side, {**path, column[at]: narrowed}))


def _patterns(codes: Codes, conditions: list[Asked]) -> npt.NDArray[np.intp]:
    """Which conditions each row meets: bit k of its pattern is one where it meets condition k."""
    patterns = np.zeros(codes.shape[1], dtype=np.int16)
    for bit, (column, low, high, missing) in enumerate(conditions):
        code = codes[column]
        met = (code > low) & (code <= high)
        if missing:
            met |= code == MISSING
        patterns |= met.astype(np.int16) << bit
    return patterns.astype(np.intp)
