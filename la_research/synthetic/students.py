"""Who the students are: background, traits, coping style, consent and leaving, one cell at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtri

from la_research.seeds import CELL, stream
from la_research.synthetic.graph import ByGroup, Group, Trait, moved, shift
from la_research.synthetic.scenario import Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
STAYS = 10_000
"""Day of leaving of who does not leave."""


@dataclass(frozen=True)
class Students:
    """One cell of students; every array has a student a row.

    ``groups`` tells for each group of the dials who belongs to it. ``module`` has shape
    (students, 2): the second column is used where ``second`` is true. ``coping`` is +1
    (reduces activity when struggling), -1 (works more) or 0 (neither). ``stable`` and
    ``engagement`` are in SDs; ``leaves_day`` is when a student leaves of their own accord.
    """

    groups: dict[Group, Bools]
    ethnicity: Ints
    age: Ints
    religion: Ints
    orientation: Ints
    imd: Ints
    year: Ints
    second: Bools
    module: Ints
    tariff: Ints
    commutes: Bools
    work_hours: Ints
    coping: Ints
    engagement: Floats
    stable: Floats
    answering: Floats
    uses_recordings: Bools
    leaves_day: Ints
    consent: Bools
    takes_back_day: Ints

    def allows_research(self, day: npt.ArrayLike) -> Bools:
        """Who agreed to research and has not taken it back by a day; the first decision is that of day 1."""
        back = (self.takes_back_day > 1) & (self.takes_back_day <= np.asarray(day))
        return np.asarray(self.consent[:, 2] & ~back)

    def by(self, sizes: ByGroup) -> Floats:
        """The sum of the numbers of the groups that each student belongs to."""
        return shift(self.groups, sizes)


def draw_students(scenario: Scenario, seed: int, cell: int) -> Students:
    """The 1,024 students of a cell; the same whatever the size of the cohort.

    Each trait has a column of uniforms of its own, drawn whether or not it is used.
    """
    people = scenario.people
    u = uniforms(seed, "students", cell, 20)
    late = uniforms(seed, "consent withdrawn", cell, 2)
    v = uniforms(seed, "background", cell, 4)
    ethnicity, age = _pick(people.ethnicity.values(), u[1]), _pick(people.age.values(), u[3])
    orientation = _pick(people.orientation.values(), v[1])
    groups: dict[Group, Bools] = {
        "women": u[0] < people.female,
        "disabled": u[2] < people.disability,
        "international": u[4] < people.international,
        "ethnic_minority": ethnicity > 0,
        "postgraduate": u[5] < people.postgraduate,
        "mature": age == len(people.age) - 1,
        "online_only": u[9] < people.online_only,
        "lgbt": orientation == len(people.orientation) - 1,
    }
    first = _pick([module.share for module in scenario.modules], u[7])
    others = len(scenario.modules) - 1
    traits = _traits(scenario, groups, u, ndtri(uniforms(seed, "answering", cell, 1)[0]))
    return Students(
        groups=groups,
        ethnicity=ethnicity,
        age=age,
        religion=_pick(people.religion.values(), v[0]),
        orientation=orientation,
        imd=np.floor(u[6] * 5).astype(np.int64) + 1,
        year=np.floor(v[2] * scenario.years.count).astype(np.int64),
        second=(u[10] < people.second_module) & (others > 0),
        module=np.column_stack([first, (first + 1 + np.floor(u[8] * others).astype(np.int64)) % (others + 1)]),
        tariff=np.clip(np.rint(120 + 25 * traits["tariff"]), 40, 200).astype(np.int64),
        commutes=traits["commuting"] > -ndtri(people.commutes),
        work_hours=np.clip(np.rint(8 + 9 * traits["paid_work"]), 0, 40).astype(np.int64),
        coping=np.where(
            u[16] < scenario.coping.reduces, 1, np.where(u[16] >= 1 - scenario.coping.works_more, -1, 0)
        ).astype(np.int64),
        engagement=traits["engagement"],
        stable=traits["wellbeing"],
        answering=traits["answering"],
        uses_recordings=groups["disabled"] & (v[3] < scenario.measurement_bias.recordings),
        leaves_day=_leaving(scenario, seed, cell),
        consent=_consent(scenario, groups, traits["wellbeing"], u[17:20]),
        takes_back_day=np.where(
            late[0] < scenario.consent.withdrawn_later,
            1 + np.floor(late[1] * scenario.term.last_day).astype(np.int64),
            STAYS,
        ),
    )


def protected(scenario: Scenario, students: Students) -> dict[str, tuple[list[str], Ints]]:
    """What the vault holds of each student, by attribute: its classes, and the place of each student's among them."""
    who, people = students, scenario.people
    return {
        "age_band": (list(people.age), who.age),
        "disability": (["N", "Y"], who.groups["disabled"].astype(np.int64)),
        "ethnicity": (list(people.ethnicity), who.ethnicity),
        "fee_status": (["home", "international"], who.groups["international"].astype(np.int64)),
        "gender": (["M", "F"], who.groups["women"].astype(np.int64)),
        "imd_band": ([f"fifth {i}" for i in range(1, 6)], who.imd - 1),
        "orientation": (list(people.orientation), who.orientation),
        "religion": (list(people.religion), who.religion),
    }


def uniforms(seed: int, purpose: str, cell: int, columns: int) -> Floats:
    """Uniforms strictly inside (0, 1), shape (columns, CELL)."""
    return np.asarray(_inside(stream(seed, "synthetic", purpose, cell).random((columns, CELL))))


def _inside(u: npt.ArrayLike) -> Floats:
    return np.clip(u, 1e-12, 1 - 1e-12)


def _traits(scenario: Scenario, groups: dict[Group, Bools], u: Floats, answering: Floats) -> dict[Trait, Floats]:
    """Normal traits with their group gaps, after every arrow has acted."""
    proxy = scenario.proxy
    drawn: dict[Trait, Floats] = {
        "commuting": -ndtri(u[12]) + shift(groups, {proxy.group: proxy.size}),
        "paid_work": ndtri(u[13]),
        "tariff": ndtri(u[11]),
        "answering": answering,
        "engagement": ndtri(u[14]) + scenario.engagement.level + shift(groups, scenario.engagement.groups),
        "wellbeing": ndtri(u[15]) + scenario.wellbeing.level + shift(groups, scenario.wellbeing.groups),
    }
    return moved(drawn, groups, scenario.arrows)


def _consent(scenario: Scenario, groups: dict[Group, Bools], stable: Floats, u: Floats) -> Bools:
    """Three flags a student, shape (CELL, 3)."""
    dial = scenario.consent
    log_odds = dial.need * stable + shift(groups, dial.groups)
    shares = (dial.model_use, dial.contact, dial.research)
    return np.column_stack([u[i] < tilted(share, log_odds) for i, share in enumerate(shares)])


def tilted(share: float | Floats, log_odds: Floats) -> Floats:
    """A share, or a share of each student, moved by log odds; 0 and 1 stay what they are.

    >>> import numpy as np
    >>> tilted(0.5, np.array([0.0, np.log(3)])).round(6).tolist(), tilted(1.0, np.array([-2.0])).tolist()
    ([0.5, 0.75], [1.0])
    """
    return np.asarray(np.where(log_odds == 0, share, expit(logit(share) + log_odds)))


def _pick(shares: Iterable[float], u: Floats) -> Ints:
    edges = np.cumsum(list(shares))
    return np.minimum(np.searchsorted(edges, u, side="right"), len(edges) - 1)


def _leaving(scenario: Scenario, seed: int, cell: int) -> Ints:
    """Day after which a student is gone: a constant weekly hazard, whatever the wellbeing."""
    u, weekly, term = uniforms(seed, "leaving", cell, 2), scenario.leaving, scenario.term
    if weekly == 0:
        return np.full(CELL, STAYS)
    week = np.ceil(np.log(u[0]) / np.log1p(-min(weekly, 1 - 1e-12))).astype(np.int64)
    inside = week <= term.weeks
    return np.where(inside, term.first_day(np.minimum(week, term.weeks)) + np.floor(u[1] * 7).astype(np.int64), STAYS)
