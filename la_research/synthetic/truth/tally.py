"""Means over many cells: sums and counts by name."""

from __future__ import annotations

from la_research.synthetic.students import Bools, Floats


class Tally:
    """Sums and counts by name, from which the means are taken in the end."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, int]] = {}

    def add(self, name: str, values: Floats | Bools, inside: Bools) -> None:
        """Values of some students of a cell; arrays of one number a student."""
        total, count = self._held.get(name, (0.0, 0))
        self._held[name] = (total + float(values[inside].sum()), count + int(inside.sum()))

    def means(self) -> dict[str, float]:
        """The mean under each name under which anyone was counted."""
        return {name: total / count for name, (total, count) in self._held.items() if count}

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, also where nobody was counted."""
        return tuple(self._held)
