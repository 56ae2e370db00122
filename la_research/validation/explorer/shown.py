"""Which of the page's numbers are told, so that they give no few students away, even all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.disclosure import Settings, told_groups, told_totals
from la_research.finding import NOT_RECORDED
from la_research.statistics.contacts import Bools
from la_research.validation.explorer.tried import ANY, Family, settings_of
from la_research.validation.ground import Ground
from la_research.validation.triggers.chosen import choose
from la_research.validation.triggers.measures import hidden_measures
from la_research.validation.triggers.told import hidden_cuts
from la_research.validation.triggers.tried import Laboratory


@dataclass(frozen=True)
class Grouped:
    """The groups of an attribute, or all students.

    Parameters
    ----------
    attribute, names, code
        "" and one name for all; the group of each unit.
    told
        2 x settings x groups: whether contacted is told, and whether missed and wrongly contacted are.
    """

    attribute: str
    names: tuple[str, ...]
    code: NDArray[np.int64]
    told: Bools


@dataclass(frozen=True)
class Shown:
    """What is told of a family: of all students, of every registered attribute, and contacts a week by cut-off."""

    family: Family
    counts: Settings
    everyone: Grouped
    grouped: tuple[Grouped, ...]
    contacts: tuple[bool, ...]


def restricted(ground: Ground) -> bool:
    """Whether the data are such that settings side by side have to differ by nobody, or by the minimum group size."""
    return "restricted" in (ground.cohort.provenance.data, ground.protocol.data)


def shown(lab: Laboratory, family: Family, apart: bool) -> Shown:
    """Check a family's numbers as one release.

    What the findings of the rules hide is hidden here. Numbers of another family hang together with these by the sizes
    of groups alone, in need and not, and those are taken as known; cut-offs of different indicators gain and lose
    students at once.

    Parameters
    ----------
    apart
        Whether settings have to be apart.
    """
    counts = settings_of(lab, family)
    out, hidden = np.zeros(len(counts), dtype=bool), np.zeros((2, len(counts)), dtype=bool)
    unsafe, minimum = hidden_cuts(lab, choose(lab)), lab.ground.minimum
    measures = [hidden_measures(lab.history, one.suggested, one.seen, minimum) for one in family.tried]
    by_cut = {(one.rule, one.cut): held for one, held in zip(family.tried, measures, strict=True)}
    for place, one in enumerate(family.settings):
        held = by_cut[(one.rule, one.cut)] if one.week == ANY else frozenset()
        out[place] = (one.rule, one.cut) in unsafe
        hidden[:, place] = "suggested at least once" in held, bool(held & {"sensitivity", "suggested at least once"})
    total = told_totals(counts, minimum, apart, out, hidden)
    whole = np.zeros(len(lab.history.need), dtype=np.int64)
    first = dict.fromkeys(by_cut, True)
    for one, told in zip(family.settings, total[0], strict=True):
        first[one.rule, one.cut] &= bool(told)
    return Shown(
        family,
        counts,
        Grouped("", ("",), whole, total[:, :, None]),
        tuple(_by_group(lab, counts, total, apart)),
        tuple(first[cut] and "contacts" not in held for cut, held in by_cut.items()),
    )


def _by_group(lab: Laboratory, counts: Settings, total: Bools, apart: bool) -> Iterator[Grouped]:
    """Groups as the protocol registers them for the audit; those of whom none is recorded are one of them."""
    for attribute in sorted(map(str, lab.ground.protocol.fairness.sensitive)):
        values = lab.ground.group(attribute).reindex(lab.ground.units.index).fillna(NOT_RECORDED)
        code, names = pd.factorize(values, sort=True)
        told = told_groups(counts, code, len(names), total, lab.ground.minimum, apart)
        yield Grouped(attribute, tuple(map(str, names)), code.astype(np.int64), told)
