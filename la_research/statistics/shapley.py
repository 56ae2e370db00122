"""A whole shared out among what brings it about: each part's difference, averaged over all orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from la_research.statistics.intervals import Floats


def shapley(values: Mapping[frozenset[str], ArrayLike], players: Sequence[str]) -> dict[str, Floats]:
    """What each player adds, averaged over all orders in which they can come.

    Parameters
    ----------
    values
        For every set of players the value when these and no others are there: numbers, or
        arrays of one shape, of which each element is shared out alone.
    players
        Their names.

    Returns
    -------
    dict
        The parts; they sum to the value of all players less that of none.

    References
    ----------
    Shapley (1953), A value for n-person games, doi:10.1515/9781400881970-018.

    Examples
    --------
    >>> alone = {frozenset(): 0, frozenset("a"): 4, frozenset("b"): 2, frozenset("ab"): 10}
    >>> {name: float(part) for name, part in shapley(alone, ["a", "b"]).items()}
    {'a': 6.0, 'b': 4.0}
    """
    many = len(players)
    found = {}
    for player in players:
        others = [name for name in players if name != player]
        part = np.zeros_like(np.asarray(values[frozenset()], dtype=float))
        for size in range(many):
            weight = factorial(size) * factorial(many - 1 - size) / factorial(many)
            for before in map(frozenset, combinations(others, size)):
                part = part + weight * (np.asarray(values[before | {player}], dtype=float) - np.asarray(values[before]))
        found[player] = part
    return found
