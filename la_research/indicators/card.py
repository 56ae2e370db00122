"""The definition card of an indicator: what it is, from what, when it abstains, and how it is worked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw

from la_research.indicators.traces import Traces
from la_research.protocol import IndicatorSettings, Protocol

Compute = Callable[[Protocol, IndicatorSettings, Traces], "nw.LazyFrame[Any]"]
"""From a study, the indicator's settings and the traces of the cohort to (enrolment_id, week, value, reason)."""


@dataclass(frozen=True, slots=True)
class Indicator:
    """A definition card.

    Parameters
    ----------
    id
        Name in the protocol.
    label
        What a figure calls it, e.g. "weekly activity".
    plain
        One sentence a student understands.
    construct
        What it is meant to reflect.
    aspect
        The side of study it shows, in words that several cards may share: reasons are given by aspect.
    window
        Weeks it looks at, in words.
    sources
        Sources it reads.
    unit
        Unit of its value.
    direction
        "higher is more engaged", "higher is less engaged" or "either way".
    applicability
        Whom it concerns, and when it is not observed or abstains.
    summary
        How a model sums it up through the index week: "mean" of weeks, or "latest".
    reference
        Source: author, year, title, doi; and what differs from it.
    compute
        The function that works it out.
    """

    id: str
    label: str
    plain: str
    construct: str
    aspect: str
    window: str
    sources: tuple[str, ...]
    unit: str
    direction: Literal["higher is more engaged", "higher is less engaged", "either way"]
    applicability: str
    summary: Literal["mean", "latest"]
    reference: str
    compute: Compute
