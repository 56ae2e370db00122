"""Random numbers by name: the same name gives the same draws, whatever else ran."""

from __future__ import annotations

import hashlib

import numpy as np

CELL = 1024
"""Students in one cell of random numbers; a cell does not depend on workers or blocks."""


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator that belongs to a seed and a name.

    Parameters
    ----------
    seed
        The study's or the scenario's seed, 0 or more.
    *names
        Room, purpose and, for students, the number of their cell of 1,024.

    Examples
    --------
    >>> a = stream(7, "audit", "bootstrap").random()
    >>> a == stream(7, "audit", "bootstrap").random()
    True
    >>> a == stream(7, "audit", "permutation").random()
    False
    """
    digest = hashlib.sha256("\x1f".join(str(name) for name in names).encode()).digest()
    words = [int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4)]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, *words])))
