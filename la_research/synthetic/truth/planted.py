"""The planted sizes of a campus, worked out on a reference population when they are first asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from la_research.seeds import CELL
from la_research.synthetic.cell import Cell, draw_cell
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.truth.association import Association
from la_research.synthetic.truth.contrasts import Contrasts
from la_research.synthetic.truth.shares import Shares

REFERENCE_CELLS = 240
"""Cells of the reference population (245,760 students) on which associations and effects are worked out."""
REFERENCE_SEED = 4_000_000_007
Sizes = Mapping[str, float]


class Family(Protocol):
    """Sizes that are counted over the cells of the reference population."""

    def __init__(self, scenario: Scenario) -> None: ...

    @staticmethod
    def absent(scenario: Scenario) -> bool:
        """Whether all of its sizes are exactly zero."""

    @property
    def names(self) -> tuple[str, ...]:
        """Its estimands, once a cell was counted."""

    def add(self, cell: Cell) -> None:
        """Count the students of a cell."""

    def sizes(self) -> Sizes:
        """Its sizes, once all cells were counted."""


FAMILIES: dict[str, type[Family]] = {"association": Association, "contrasts": Contrasts, "shares": Shares}
CELLS = {"association": REFERENCE_CELLS, "contrasts": REFERENCE_CELLS, "shares": 80}
"""Shares of students need fewer cells than effects do."""
FAMILY_OF = {"between": "association", "within": "association", "effect": "contrasts"} | dict.fromkeys(
    ("need", "label", "disclosed", "help", "consent", "answered", "selection", "proxy"), "shares"
)
"""The family that works out an estimand, by the first word of its name."""
_KNOWN: dict[tuple[str, str], Sizes] = {}
"""What was worked out in this process, by the scenario's digest and family."""


class Planted(Mapping[str, float]):
    """The planted sizes of a scenario by the name of the estimand; each family is worked out when first read.

    One of them takes a second or two the first time in a process, all of them together about four.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def __getitem__(self, key: str) -> float:
        family = FAMILY_OF[key.partition(".")[0]]
        return self._sizes(family)[family][key]

    def __iter__(self) -> Iterator[str]:
        return (key for sizes in self._sizes(*FAMILIES).values() for key in sizes)

    def __len__(self) -> int:
        return sum(len(sizes) for sizes in self._sizes(*FAMILIES).values())

    def _sizes(self, *families: str) -> dict[str, Sizes]:
        name = self._scenario.digest
        missing = [family for family in families if (name, family) not in _KNOWN]
        if missing:
            _KNOWN.update({(name, family): sizes for family, sizes in worked_out(self._scenario, missing).items()})
        return {family: _KNOWN[name, family] for family in families}


def worked_out(scenario: Scenario, families: list[str]) -> dict[str, Sizes]:
    """The sizes of some families; each cell of the reference population is drawn once for all of them.

    A family in which nothing is planted is exactly zero, and only one cell is drawn, for its names.
    """
    made = {family: FAMILIES[family](scenario) for family in families}
    absent = {family for family in families if made[family].absent(scenario)}
    cells = {family: 1 if family in absent else CELLS[family] for family in families}
    for number in range(max(cells.values())):
        cell = draw_cell(scenario, REFERENCE_SEED, number, CELL)
        for family, counted in made.items():
            if number < cells[family]:
                counted.add(cell)
    return {
        family: dict.fromkeys(counted.names, 0.0) if family in absent else dict(counted.sizes())
        for family, counted in made.items()
    }
