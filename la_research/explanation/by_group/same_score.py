"""Do students of different groups get the same score for different reasons?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from la_research.explanation.ground import Ground
from la_research.explanation.groups import LEFT_OUT, Compared, compared
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.statistics.conformal import Codes
from la_research.statistics.intervals import Floats
from la_research.statistics.neighbours import STRATUM, Pair, critical, neighbour_strata, pairs, widened
from la_research.statistics.same_top import Apart, kinds_apart

LEVEL = 0.95
OBSERVED, CHANCE = "first reason differs, as observed", "first reason differs, by chance alone"
LIMITATIONS = (
    "A difference is about the model and the records it reads, not about the group.",
    "First is the aspect of study that moved a student's score up the most.",
    "Reasons that do not differ here may still be wrong for a group: the audit looks at errors.",
    LEFT_OUT,
)


@dataclass(frozen=True)
class _Strata:
    """The rows compared, in strata of neighbours by score."""

    held: Compared
    stratum: Codes
    pairs: list[Pair]

    @property
    def code(self) -> Codes:
        """The group of each row."""
        return self.held.code

    def words(self, pair: Pair, sign: float) -> str:
        """Which group less which other."""
        one, other = (pair.one, pair.other) if sign >= 0 else (pair.other, pair.one)
        return f"{self.held.names[one]} less {self.held.names[other]}"


def same_score_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.same_score.ATTRIBUTE`` for each attribute that the protocol registers for the audit.

    Students whose scores are explained are sorted by the score of the explained model and put into strata of about
    20 neighbours; groups are compared within strata (``neighbours.Pair``). The headline is the share of
    students at the same score whose first reason differs between the two groups that are
    farthest apart, less what chance alone makes of it (``same_top.kinds_apart``). Rows: ``what`` (as observed,
    by chance), and by ``aspect`` the largest difference of its mean part of the score, in log-odds, with
    intervals that hold for all aspects and pairs together. Of a student with several rows one is drawn; who is left
    out is told by ``groups.compared``.
    """
    if ground.main:
        for attribute in sorted(ground.protocol.fairness.sensitive):
            yield _finding(ground, attribute)


def _finding(ground: Ground, attribute: str) -> Finding:
    name = ground.name(f"same_score.{attribute}")
    question = f"Does the model give the same score for other reasons, by {attribute.replace('_', ' ')}?"
    held = _strata(ground, attribute)
    if isinstance(held, str):
        return not_analysed(name, question, held, limitations=LIMITATIONS)
    aspects = sorted(set(ground.aspects))
    by_aspect = _by_aspect(held.held.values, ground.aspects, aspects)
    first = np.eye(len(aspects))[by_aspect.argmax(axis=1)]
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


def _strata(ground: Ground, attribute: str) -> _Strata | str:
    """The students compared, or why there are none."""
    held = compared(ground, attribute)
    if isinstance(held, str):
        return held
    stratum = neighbour_strata(held.values.sum(axis=1))
    found = pairs(stratum, held.code)
    return _Strata(held, stratum, found) if found else "no two groups have like scores"


def _by_aspect(parts: Floats, of: list[str], aspects: list[str]) -> Floats:
    """Parts of the score summed by aspect of study, rows x aspects."""
    return np.column_stack([parts[:, [one == aspect for one in of]].sum(axis=1) for aspect in aspects])


def _distances(held: _Strata, apart: Apart) -> Iterator[Row]:
    n = len(held.code)
    said = " and ".join(held.held.names[group] for group in (apart.pair.one, apart.pair.other))
    for what, value in ((OBSERVED, apart.observed), (CHANCE, apart.chance)):
        yield Row({"what": what}, Estimate(min(value, 1.0), None, None, None, "share", n, "strata"), None, said)


def _aspect_rows(held: _Strata, aspects: list[str], values: Floats, draw: np.random.Generator) -> Iterator[Row]:
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


def _near(held: _Strata, values: Floats) -> Assumption:
    """Whether groups have like scores within a stratum: the gap left is a tenth of the spread at most."""
    score = values.sum(axis=1)
    spread = float(score.std()) or 1.0
    gap = max(abs(float(pair.difference(held.stratum, held.code, score[:, None])[0])) for pair in held.pairs)
    return Assumption(
        f"students within a stratum of about {STRATUM} neighbours have the same score",
        bool(gap <= spread / 10),
        f"the largest gap left between groups is {gap / spread:.2f} standard deviations of the score",
    )
