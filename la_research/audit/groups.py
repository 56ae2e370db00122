"""Who belongs to which group: scored rows joined with the vault and with thirds by what students did so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from la_research.audit.across import ACROSS, THIRDS, thirds
from la_research.audit.burden import burden
from la_research.audit.plan import AuditPlan
from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.protocol import Protocol

Codes = NDArray[np.int64]

ATTRIBUTES = {
    "imd_band": "neighbourhood deprivation band",
    "age_band": "age band",
    "fee_status": "fee status",
    "orientation": "sexual orientation",
    **ACROSS,
}
"""What a sentence calls an attribute, where it is not its own name."""
RECORDED = {
    ("disability", "Y"): "with a disability declared",
    ("disability", "N"): "with no disability declared",
    ("age_band", "0-35"): "as aged up to 35",
    ("age_band", "35-55"): "as aged 35 to 55",
    ("age_band", "55<="): "as aged 55 or over",
}
"""How a sentence tells a value that is a mere yes or no, or a sign."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """Rows sorted into groups by one attribute, or by several crossed.

    Parameters
    ----------
    attributes
        The attributes, in the protocol's order.
    values
        For each group its value of each attribute, sorted.
    code
        For each row the position of its group; -1 where an attribute is not recorded.
    margin
        The gap that would matter; crossed attributes take their strictest.
    """

    attributes: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    code: Codes
    margin: float

    @property
    def name(self) -> str:
        """Last part of a finding's id."""
        return "_x_".join(self.attributes)

    @property
    def words(self) -> str:
        """The attributes as a sentence calls them."""
        return " and ".join(map(_words, self.attributes))

    @property
    def by_thirds(self) -> bool:
        """Whether the groups are thirds of students by what they did so far."""
        return self.name in ACROSS and all(value in THIRDS for (value,) in self.values)

    def keys(self, group: int) -> dict[str, str]:
        """A group's value of each attribute, as the keys of a row."""
        return dict(zip(self.attributes, self.values[group], strict=True))

    def describe(self, group: int) -> str:
        """A group in words.

        >>> Grouping(("gender", "disability"), (("F", "Y"),), np.array([0]), 0.1).describe(0)
        'students recorded as gender F and with a disability declared'
        >>> Grouping(("engagement",), (("lower third",),), np.array([0]), 0.1).describe(0)
        'students in the lower third of activity so far'
        """
        if self.by_thirds:
            return f"students in the {self.values[group][0]} of {self.words}"
        said = (RECORDED.get(pair, f"as {_words(pair[0])} {pair[1]}") for pair in self.keys(group).items())
        return f"students recorded {' and '.join(said).replace(' and as ', ' and ')}"


def _words(attribute: str) -> str:
    return ATTRIBUTES.get(attribute, attribute.replace("_", " "))


def with_attributes(protocol: Protocol, cohort: Cohort, frame: pd.DataFrame) -> pd.DataFrame:
    """Scored rows with their protected attributes, their thirds, and the stratum they are compared within.

    Where one unit is a student on several modules, the first recorded value of an attribute
    counts, and the first stratum by name with its presentation.

    Parameters
    ----------
    protocol
        Reads fairness (sensitive, intersections, across, stratum, minutes), and what ``eligible`` and
        ``thirds`` read.
    frame
        unit_id, student_id, score, decision, label, one row a unit.

    Returns
    -------
    pandas.DataFrame
        The frame's rows by unit_id, with columns ``stratum`` and ``presentation``, one an
        attribute (missing where the vault holds nothing) or a third, and what ``burden`` adds.
    """
    units = eligible(protocol, cohort)
    known = cohort.vault(protected(protocol)).join(thirds(protocol, cohort, units), how="outer")
    wanted, units = list(known.columns), units.join(known, on="enrolment_id")
    if protocol.fairness.stratum == "level":
        units = units.join(cohort.frame("students").set_index("student_id")["level"], on="student_id")
    units["stratum"] = units[protocol.fairness.stratum].fillna("not recorded")
    units = units.sort_values(["unit_id", "stratum", "enrolment_id"], kind="stable")
    known = units.groupby("unit_id")[["stratum", "presentation", *wanted]].first()
    minutes = {str(step): taken for step, taken in protocol.fairness.minutes.items()}
    known = known.join(burden(cohort.frame("contacts"), units, minutes))
    return frame.sort_values("unit_id", ignore_index=True).join(known, on="unit_id")


def protected(protocol: Protocol) -> tuple[str, ...]:
    """Every protected attribute that the audit reads, alone or crossed, sorted."""
    crossed = (name for names in protocol.fairness.intersections for name in names)
    return tuple(sorted({*map(str, protocol.fairness.sensitive), *map(str, crossed)}))


def groupings(plan: AuditPlan, rows: pd.DataFrame) -> list[Grouping]:
    """Every attribute of a plan, then every intersection, with the group of each row."""
    return [grouping(names, rows, margin) for names, margin in plan.groupings]


def grouping(attributes: tuple[str, ...], rows: pd.DataFrame, margin: float) -> Grouping:
    """The rows sorted by the recorded values of one attribute, or of several crossed."""
    code, names = np.zeros(len(rows), dtype=np.int64), []
    for attribute in attributes:
        place, values = pd.factorize(rows[attribute], sort=True)
        code = np.where((code < 0) | (place < 0), -1, code * len(values) + place)
        names.append(np.asarray(values, dtype=object))
    held, dense = np.unique(code[code >= 0], return_inverse=True)
    code[code >= 0] = dense
    places = np.unravel_index(held, [len(values) for values in names]) if len(held) else ()
    columns = [values[place] for values, place in zip(names, places, strict=False)]
    return Grouping(attributes, tuple(zip(*columns, strict=True)), code, margin)


def students_in(code: Codes, student: Codes, groups: int) -> Codes:
    """How many students hold rows of each group; rows with code -1 are in none.

    Parameters
    ----------
    code, student
        Group and student of each row, as codes.
    groups
        Number of groups.

    Examples
    --------
    >>> students_in(np.array([0, 0, 1, -1]), np.array([7, 7, 7, 2]), 2).tolist()
    [1, 1]
    """
    held = code >= 0
    group, who = code[held], student[held]
    if np.bincount(who, minlength=1).max() > 1:
        several = int(who.max()) + 1
        group = np.unique(group * several + who) // several
    return np.asarray(np.bincount(group, minlength=groups), dtype=np.int64)
