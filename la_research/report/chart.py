"""What a figure shows, as values: marks with intervals, curves, steps. Nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from la_research.errors import Fault, UsageError
from la_research.finding import Estimate

Series = Literal["main", "second", "third"]
"""Drawn apart by shape as well as colour."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One estimate on a line of its own, or the word that stands for it.

    A number without an interval is refused: it would look exact.

    Examples
    --------
    >>> Mark("module AAA", None, word="suppressed").word
    'suppressed'
    """

    label: str
    estimate: Estimate | None
    series: Series = "main"
    group: str = ""
    word: str = ""

    def __post_init__(self) -> None:
        held = self.estimate
        if held is not None and (held.lower is None or held.upper is None):
            raise UsageError(
                Fault(
                    "figure.no_interval",
                    f"'{self.label}' has a value and no interval, and is not drawn",
                    "figure",
                    "print it as a count, or give the estimate an interval",
                )
            )
        if held is None and not self.word:
            raise ValueError(f"mark {self.label!r} needs an estimate or a word")


@dataclass(frozen=True, slots=True)
class Forest:
    """Estimates under each other on one axis.

    ``reference`` is the value of no difference; ``band`` the range that is too small to
    matter; ``legend`` names the series; ``bars`` draws from zero.
    """

    marks: tuple[Mark, ...]
    axis: str
    reference: float | None = None
    band: tuple[float, float] | None = None
    band_label: str = ""
    legend: tuple[tuple[Series, str], ...] = ()
    bars: bool = False

    def __post_init__(self) -> None:
        units = sorted({mark.estimate.unit for mark in self.marks if mark.estimate})
        if len(units) > 1:
            raise UsageError(
                Fault(
                    "figure.mixed_units",
                    f"one axis can not hold {len(units)} units: {', '.join(units)}",
                    "figure",
                    "draw the rows of one unit at a time",
                )
            )

    @property
    def unit(self) -> str:
        """The unit of the axis."""
        return next((mark.estimate.unit for mark in self.marks if mark.estimate), "")


@dataclass(frozen=True, slots=True)
class Point:
    """One bin of a calibration curve: the mean score, and what was observed with its interval."""

    predicted: float
    observed: Estimate


@dataclass(frozen=True, slots=True)
class Curve:
    """Observed shares against predicted ones; on the diagonal they agree."""

    points: tuple[Point, ...]
    x_axis: str
    y_axis: str


@dataclass(frozen=True, slots=True)
class Step:
    """A box of a flow: what it is, and its count as printed; ``aside`` for those who leave."""

    label: str
    count: str
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    """Who comes in, who leaves and why, who is left. Counts are exact and need no interval."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Estimates along an axis, e.g. week after week: each with its interval, or not drawn at all."""

    label: str
    points: tuple[tuple[float, Estimate], ...]
    series: Series = "main"

    def __post_init__(self) -> None:
        for at, held in self.points:
            Mark(f"{self.label} at {at:g}", held)


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines with their intervals as bands; ``reference`` is the value of no effect, ``start`` where the support began.

    Examples
    --------
    >>> week = (3.0, Estimate(0.2, 0.1, 0.3, 0.95, "SD", 90, "t"))
    >>> Lines((Line("effect", (week,)),), "week", "SD").lines[0].points[0][0]
    3.0
    """

    lines: tuple[Line, ...]
    x_axis: str
    y_axis: str
    reference: float | None = None
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Arms:
    """The flow of a trial: boxes that all went through, then those of each arm beside each other.

    ``shared`` are above; ``arms`` hold a name, the count drawn, and what became of them in short lines.
    """

    shared: tuple[Step, ...]
    arms: tuple[tuple[Step, tuple[str, ...]], ...]


Chart = Forest | Curve | Flow | Lines | Arms
