"""Do students of different groups get the same score for different reasons?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from la_research.explanation.ground import Ground
from la_research.explanation.groups import TOO_FEW, Groups, groups_of
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.statistics.conformal import Codes, one_row_each
from la_research.statistics.intervals import Floats
from la_research.statistics.neighbours import STRATUM, Pair, critical, neighbour_strata, pairs, widened
from la_research.statistics.same_top import Apart, kinds_apart

LEVEL = 0.95
OBSERVED, CHANCE = "first reason differs, as observed", "first reason differs, by chance alone"
LIMITATIONS = (
    "A difference is about the model and the records it reads, not about the group.",
    "First is the aspect of study that moved a student's score most, up or down.",
    "Reasons that do not differ here may still be wrong for a group: the audit looks at errors.",
)


@dataclass(frozen=True)
class _Compared:
    """One row a student of the groups that are shown, in strata of neighbours by score."""

    groups: Groups
    shown: list[int]
    stratum: Codes
    code: Codes
    parts: Floats
    pairs: list[Pair]

    def name(self, place: int) -> str:
        """The group with a code."""
        return self.groups.names[self.shown[place]]

    def words(self, pair: Pair, sign: float = 1.0) -> str:
        """Which group less which other."""
        one, other = (pair.one, pair.other) if sign >= 0 else (pair.other, pair.one)
        return f"{self.name(one)} less {self.name(other)}"


def same_score_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.same_score.ATTRIBUTE`` for each attribute that the protocol registers for the audit.

    Students whose scores are explained are sorted by the score of the explained model and put into strata of about
    20 neighbours; groups are compared within strata (``neighbours.Pair``). The headline is the share of
    students at the same score whose first reason differs between the two groups that are
    farthest apart, less what chance alone makes of it (``same_top.kinds_apart``). Rows: ``what`` (as observed, by
    chance), and by ``aspect`` the largest difference of its mean part of the score, in log-odds, with intervals
    that hold for all aspects and pairs together. Of a student with several rows one is drawn.
    A group of fewer students than the minimum is hidden, with the smallest others until it can not be worked out.
    """
    if ground.main:
        for attribute in sorted(ground.protocol.fairness.sensitive):
            yield _finding(ground, attribute)


def _finding(ground: Ground, attribute: str) -> Finding:
    name = ground.name(f"same_score.{attribute}")
    question = f"Does the model give the same score for other reasons, by {attribute.replace('_', ' ')}?"
    held = _compared(ground, attribute)
    if isinstance(held, str):
        return not_analysed(name, question, held, limitations=LIMITATIONS)
    aspects = sorted(set(ground.aspects))
    by_aspect = _by_aspect(held.parts, ground.aspects, aspects)
    first = np.eye(len(aspects))[np.abs(by_aspect).argmax(axis=1)]
    apart = kinds_apart(
        held.stratum, held.code, first, held.pairs, LEVEL, ground.rng("same score", attribute, "shuffled")
    )
    draw = ground.rng("same score", attribute, "aspects")
    headline = Estimate(apart.value, apart.lower, apart.upper, LEVEL, "share", len(held.code), "strata-max-t")
    return Finding(
        name,
        question,
        "described",
        headline,
        (*_distances(held, apart), *_aspect_rows(held, aspects, by_aspect, draw)),
        (_beyond_chance(apart), _near(held, by_aspect)),
        LIMITATIONS,
    )


def _compared(ground: Ground, attribute: str) -> _Compared | str:
    """The students compared, or why there are none."""
    if ground.reason:
        return ground.reason
    groups = groups_of(ground, attribute, ground.explained)
    if groups.empty:
        return f"the data hold no {groups.words}"
    shown = groups.large(ground.minimum)
    once = np.zeros(len(groups.code), dtype=bool)
    once[one_row_each(groups.student, ground.rng("same score", attribute, "rows"))] = True
    kept = np.flatnonzero(once & np.isin(groups.code, shown))
    if len(shown) < 2:
        return TOO_FEW
    parts = ground.whole["interventional"].values[kept]
    code = np.searchsorted(shown, groups.code[kept]).astype(np.int64)
    stratum = neighbour_strata(parts.sum(axis=1))
    found = pairs(stratum, code)
    return _Compared(groups, shown, stratum, code, parts, found) if found else "no two groups have like scores"


def _by_aspect(parts: Floats, of: list[str], aspects: list[str]) -> Floats:
    """Parts of the score summed by aspect of study, rows x aspects."""
    return np.column_stack([parts[:, [one == aspect for one in of]].sum(axis=1) for aspect in aspects])


def _distances(held: _Compared, apart: Apart) -> Iterator[Row]:
    n = len(held.code)
    said = f"{held.name(apart.pair.one)} and {held.name(apart.pair.other)}"
    for what, value in ((OBSERVED, apart.observed), (CHANCE, apart.chance)):
        yield Row({"what": what}, Estimate(min(value, 1.0), None, None, None, "share", n, "strata"), None, said)


def _aspect_rows(held: _Compared, aspects: list[str], values: Floats, draw: np.random.Generator) -> Iterator[Row]:
    """By aspect the largest difference over pairs, with an interval that holds for all of them."""
    found = np.array([pair.difference(held.stratum, held.code, values) for pair in held.pairs])
    influence = np.hstack([pair.influence(held.stratum, held.code, values) for pair in held.pairs])
    errors = np.sqrt((influence**2).sum(axis=0))
    free = np.repeat([pair.free(held.code) for pair in held.pairs], len(aspects))
    reach = (widened(critical(influence, errors, LEVEL, draw), free) * errors).reshape(found.shape)
    for place, aspect in enumerate(aspects):
        most = int(np.abs(found[:, place]).argmax())
        value, wide = abs(float(found[most, place])), float(reach[most, place])
        n = int(held.pairs[most].sizes.sum())
        estimate = Estimate(value, value - wide, value + wide, LEVEL, "log-odds", n, "strata-hc2-max-t")
        yield Row({"aspect": aspect}, estimate, None, held.words(held.pairs[most], found[most, place]))


def _beyond_chance(apart: Apart) -> Assumption:
    return Assumption(
        "the distance between groups is more than chance makes",
        bool(apart.p <= 1 - LEVEL),
        f"p = {apart.p:.3f}, where groups are shuffled among students at the same score",
    )


def _near(held: _Compared, values: Floats) -> Assumption:
    """Whether groups have like scores within a stratum: the gap left is a tenth of the spread at most."""
    score = values.sum(axis=1)
    spread = float(score.std())
    gap = max(abs(float(pair.difference(held.stratum, held.code, score[:, None])[0])) for pair in held.pairs)
    return Assumption(
        f"students within a stratum of about {STRATUM} neighbours have the same score",
        bool(gap <= spread / 10),
        f"the largest gap left between groups is {gap / spread:.2f} standard deviations of the score",
    )
