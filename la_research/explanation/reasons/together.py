"""Aspects of study whose indicators go together are told as one reason, as no explanation can tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Groups:
    """Columns by group.

    Parameters
    ----------
    of
        The group of each column, from 0, in the order in which groups are first met.
    names
        The name of each group: its aspects, in that order.
    """

    of: tuple[int, ...]
    names: tuple[str, ...]

    def members(self, group: int) -> tuple[int, ...]:
        """Places of the columns of a group."""
        return tuple(place for place, held in enumerate(self.of) if held == group)


def together_groups(features: pd.DataFrame, aspects: Sequence[str], limit: float) -> Groups:
    """Columns grouped by aspect, and aspects that go together joined.

    Two aspects go together where a column of one and a column of the other have a rank
    correlation of ``limit`` or more, up or down: one such pair is enough for credit to move
    from one to the other when the model is fitted again. What goes together with the same
    third aspect goes together too. Rows count where both columns are observed; a column that is the
    same for all, or observed for fewer than three, goes with none.

    Parameters
    ----------
    features
        One column each, in the order of ``aspects``.
    aspects
        The aspect of study that each column shows.
    limit
        Over 0, under 1.

    Examples
    --------
    >>> held = {"clicks": [1, 2, 3, 4], "late": [4, 2, 3, 1], "days": [1, 2, 3, 5], "load": [2, 4, 1, 3]}
    >>> together_groups(pd.DataFrame(held), ["online", "work", "online", "load"], 0.7)
    Groups(of=(0, 0, 0, 1), names=('online and work', 'load'))
    """
    names = list(dict.fromkeys(aspects))
    place = np.array([names.index(aspect) for aspect in aspects])
    found = features.corr(method="spearman", min_periods=3).abs().to_numpy()
    joined = np.arange(len(names))
    for i, j in zip(*np.nonzero(found >= limit), strict=True):  # NaN is not at the limit
        one, other = sorted((joined[place[i]], joined[place[j]]))
        joined[joined == other] = one
    kept = list(dict.fromkeys(joined[place]))
    members = [[name for name, group in zip(names, joined, strict=True) if group == held] for held in kept]
    return Groups(tuple(kept.index(group) for group in joined[place]), tuple(_listed(group) for group in members))


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
