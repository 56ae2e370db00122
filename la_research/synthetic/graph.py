"""Arrows between what students are: which trait moves which other, in an order that has no circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal, get_args

import numpy as np
import numpy.typing as npt
from pydantic import Field
from pydantic_core import PydanticCustomError

from la_research.protocol import Section

Group = Literal[
    "women", "disabled", "international", "ethnic_minority", "postgraduate", "mature", "online_only", "lgbt"
]
Trait = Literal["commuting", "paid_work", "tariff", "answering", "engagement", "wellbeing"]
GROUPS: tuple[Group, ...] = get_args(Group)
TRAITS: tuple[Trait, ...] = get_args(Trait)
Size = Annotated[float, Field(ge=-3, le=3)]
ByGroup = dict[Group, Size]
"""A number for some groups of students; a group that is not named has 0."""


class Arrow(Section):
    """One SD of a trait, or belonging to a group, moves another trait by ``size`` SD."""

    cause: Literal[Group, Trait]
    effect: Trait
    size: Size


def in_order(arrows: Iterable[Arrow]) -> tuple[Trait, ...]:
    """The traits, each after all that moves it.

    Raises
    ------
    PydanticCustomError
        Type ``cycle`` where arrows lead back to where they came from.

    Examples
    --------
    >>> in_order([Arrow(cause="wellbeing", effect="tariff", size=0.2)])[-1]
    'tariff'
    """
    sorter: TopologicalSorter[Trait] = TopologicalSorter(dict.fromkeys(TRAITS, ()))
    for arrow in arrows:
        sorter.add(arrow.effect, *([arrow.cause] if arrow.cause in TRAITS else []))
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        raise PydanticCustomError("cycle", "the arrows go round in a circle: {path}",
                                  {"path": " to ".join(error.args[1])}) from None  # fmt: skip


def moved(
    traits: Mapping[Trait, npt.NDArray[np.float64]],
    groups: Mapping[Group, npt.NDArray[np.bool_]],
    arrows: Iterable[Arrow],
) -> dict[Trait, npt.NDArray[np.float64]]:
    """The traits after every arrow has acted, causes first; arrays of one number a student.

    >>> import numpy as np
    >>> drawn = {trait: np.zeros(2) for trait in TRAITS}
    >>> moved(drawn, {"women": np.array([True, False])}, [Arrow(cause="women", effect="tariff", size=0.5)])["tariff"]
    array([0.5, 0. ])
    """
    arrows = list(arrows)
    found = dict(traits)
    for trait in in_order(arrows):
        for arrow in arrows:
            if arrow.effect == trait:
                cause = groups[arrow.cause] if arrow.cause in GROUPS else found[arrow.cause]  # type: ignore[index]
                found[trait] = found[trait] + arrow.size * cause
    return found


def shift(groups: Mapping[Group, npt.NDArray[np.bool_]], sizes: ByGroup) -> npt.NDArray[np.float64]:
    """The sum of the numbers of the groups that each student belongs to."""
    total = np.zeros(len(next(iter(groups.values()))))
    for group, size in sizes.items():
        total = total + size * groups[group]
    return total
