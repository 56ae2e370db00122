"""Who the students are: background, coping style, traits, consent and leaving, one cell at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from la_research.seeds import CELL, stream
from la_research.synthetic.calendar import MODULES, WEEKS, first_day
from la_research.synthetic.scenario import Scenario

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
AGES = (("under 21", 0.60), ("21 to 24", 0.22), ("25 or over", 0.18))
STAYS = 10_000
"""Day of leaving of who does not leave."""


@dataclass(frozen=True)
class Students:
    """One cell of students; every array has a student a row.

    ``module`` has shape (students, 2): the second column is used where ``second`` is true.
    ``coping`` is +1 (reduces activity when struggling), -1 (works more) or 0 (neither).
    """

    female: Bools
    ethnicity: Ints
    disability: Bools
    age: Ints
    international: Bools
    postgraduate: Bools
    imd: Ints
    online_only: Bools
    second: Bools
    module: Ints
    tariff: Ints
    commutes: Bools
    work_hours: Ints
    coping: Ints
    engagement: Floats
    stable: Floats
    answering: Floats
    leaves_day: Ints
    consent: Bools
    takes_back_day: Ints


def draw_students(scenario: Scenario, seed: int, cell: int) -> Students:
    """The 1,024 students of a cell; the same whatever the size of the cohort.

    Each trait has a column of uniforms of its own, drawn whether or not it is used.
    """
    people, wellbeing, engagement = scenario.people, scenario.wellbeing, scenario.engagement
    u = _uniforms(seed, "students", cell, 20)
    female = u[0] < people.female
    disability = u[2] < people.disability
    first = _pick([m.share for m in MODULES], u[7])
    other = (first + 1 + np.floor(u[8] * (len(MODULES) - 1)).astype(np.int64)) % len(MODULES)
    stable = ndtri(u[15]) + _centred(female, people.female) * wellbeing.women
    stable = stable + _centred(disability, people.disability) * wellbeing.disabled
    trait = ndtri(u[14]) + _centred(female, people.female) * engagement.women
    trait = trait + _centred(disability, people.disability) * engagement.disabled
    flags = np.column_stack(
        [u[17] < scenario.consent.model_use, u[18] < scenario.consent.contact, u[19] < scenario.consent.research]
    )
    late = _uniforms(seed, "consent withdrawn", cell, 2)
    return Students(
        female=female,
        ethnicity=_pick(list(people.ethnicity.values()), u[1]),
        disability=disability,
        age=_pick([share for _, share in AGES], u[3]),
        international=u[4] < people.international,
        postgraduate=u[5] < people.postgraduate,
        imd=np.floor(u[6] * 5).astype(np.int64) + 1,
        online_only=u[9] < people.online_only,
        second=u[10] < people.second_module,
        module=np.column_stack([first, other]),
        tariff=np.clip(np.rint(120 + 25 * ndtri(u[11])), 40, 200).astype(np.int64),
        commutes=u[12] < 0.30,
        work_hours=np.clip(np.rint(8 + 9 * ndtri(u[13])), 0, 40).astype(np.int64),
        coping=np.where(
            u[16] < scenario.coping.reduces, 1, np.where(u[16] >= 1 - scenario.coping.works_more, -1, 0)
        ).astype(np.int64),
        engagement=trait,
        stable=stable,
        answering=ndtri(_uniforms(seed, "answering", cell, 1)[0]),
        leaves_day=_leaving(scenario.leaving, seed, cell),
        consent=flags,
        takes_back_day=np.where(
            late[0] < scenario.consent.withdrawn_later,
            1 + np.floor(late[1] * (int(first_day(WEEKS)) + 6)).astype(np.int64),
            STAYS,
        ),
    )


def _uniforms(seed: int, purpose: str, cell: int, columns: int) -> Floats:
    """Uniforms strictly inside (0, 1), shape (columns, CELL)."""
    return np.clip(stream(seed, "synthetic", purpose, cell).random((columns, CELL)), 1e-12, 1 - 1e-12)


def _centred(member: Bools, share: float) -> Floats:
    """Half the group difference on each side of a mean of zero."""
    return member.astype(float) - share


def _pick(shares: list[float], u: Floats) -> Ints:
    return np.minimum(np.searchsorted(np.cumsum(shares), u, side="right"), len(shares) - 1)


def _leaving(weekly: float, seed: int, cell: int) -> Ints:
    """Day after which a student is gone: a constant weekly hazard, whatever the wellbeing."""
    u = _uniforms(seed, "leaving", cell, 2)
    week = np.ceil(np.log(u[0]) / np.log1p(-weekly)).astype(np.int64) if weekly > 0 else np.full(CELL, STAYS)
    inside = week <= WEEKS
    return np.where(inside, first_day(np.minimum(week, WEEKS)) + np.floor(u[1] * 7).astype(np.int64), STAYS)
