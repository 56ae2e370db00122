"""For how many suggested contacts a reason can be told, which, and what the rule buys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from la_research.disclosure import covered, some_but_few, why_hidden
from la_research.explanation.attribution import Floats
from la_research.explanation.ground import ROWS, Ground
from la_research.explanation.reasons.rule import by_group, stable_reasons
from la_research.explanation.reasons.together import Groups
from la_research.explanation.reasons.told import ALL_ALIKE, groups_of, kept_of
from la_research.explanation.student_mean import student_mean
from la_research.finding import Assumption, Finding, Key, Row, not_analysed
from la_research.statistics.contacts import share_of

QUESTION = "For how many suggested contacts can a main reason be told?"
MEASURED = 20
NO_MAIN = {"what": "no single main reason"}
LIMITATIONS = (
    "A reason says what moved the number up, not why a student does what the data show.",
    "A reason is not the cause of how a student feels, and the model may be wrong about the student.",
    "Where no single main reason is told, the number is no less and no more right.",
)
DISAGREE = (
    "Where few reasons are told, refits to other students put other reasons first; how often two of them put the same "
    "first stands beside it."
)
EXPLAINED = f"It rests on {ROWS:,} suggested contacts at most, drawn at random where there are more."


def reason_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.reasons``, of the main population.

    Shares are of suggested contacts; n counts students, as does what is hidden.
    """
    if not ground.main:
        return
    name, groups = ground.name("reasons"), groups_of(ground)
    against = ground.reason or ("" if len(ground.contacts) else "no contact is suggested")
    if against or len(groups.names) == 1:
        yield not_analysed(
            name, QUESTION, against or ALL_ALIKE, limitations=() if against else (_joined(ground, groups),)
        )
        return
    sums = by_group(ground.contact_refits, groups.of)
    group = stable_reasons(sums, ground.protocol.explanation.stable, kept_of(ground, groups)).group
    who = ground.contacted
    shares = [_Share({"reason": name}, group == i) for i, name in enumerate(groups.names)]
    shares = [*sorted(shares, key=lambda share: -int(share.held.sum())), _Share(NO_MAIN, group < 0)]
    hidden = _hidden([share.held for share in shares], who, ground.minimum)
    few = why_hidden(ground.minimum)
    rows = [
        Row(share.keys, None, "suppressed", few) if i in hidden else Row(share.keys, share_of(share.held, who))
        for i, share in enumerate(shares)
    ]
    closed = len(shares) - 1 in hidden  # the headline is all but those without a reason
    yield Finding(
        name,
        QUESTION,
        "suppressed" if closed else "described",
        None if closed else share_of(group >= 0, who),
        rows=(*rows, *_alike(ground, sums["interventional"], who)),
        assumptions=_assumed(ground),
        limitations=(*LIMITATIONS, _told_by(ground), _joined(ground, groups), DISAGREE, EXPLAINED),
        reason=few if closed else None,
    )


class _Share(NamedTuple):
    keys: Mapping[str, Key]
    held: npt.NDArray[np.bool_]


def _hidden(parts: Sequence[npt.NDArray[np.bool_]], who: npt.NDArray[np.int64], minimum: int) -> frozenset[int]:
    """Parts of the contacts that are hidden: those of some but few students, and others until together they are enough.

    >>> parts = [np.repeat(np.arange(4), [40, 12, 4, 0]) == part for part in range(4)]
    >>> sorted(_hidden(parts, np.arange(56), 10)), sorted(_hidden(parts, np.arange(56) // 4, 10))
    ([1, 2, 3], [0, 1, 2, 3])
    """
    has = np.array([np.bincount(who[part], minlength=int(who.max()) + 1) > 0 for part in parts]).astype(np.int64)
    return covered(has, lambda held: some_but_few(np.array([(held > 0).sum()]), minimum))


def _alike(ground: Ground, sums: Floats, who: npt.NDArray[np.int64]) -> tuple[Row, ...]:
    """How often two refits put the same indicator, and the same group, first."""
    of = {"indicator": ground.contact_refits["interventional"], "reason": sums}
    return tuple(
        Row({"what": f"top {word} alike in two refits"}, student_mean(_pairs(values.argmax(axis=2)), who, "share"))
        for word, values in of.items()
    )


def _pairs(first: npt.NDArray[np.int64]) -> Floats:
    """Share of pairs of refits that agree on what comes first, of each row; ``first`` is (refits, rows).

    >>> _pairs(np.array([[0, 1], [0, 1], [2, 1]])).round(2).tolist()
    [0.33, 1.0]
    """
    alike = first[:, None, :] == first[None, :, :]
    refits = len(first)
    return np.asarray((alike.sum(axis=(0, 1)) - refits) / (refits * (refits - 1)))


def _assumed(ground: Ground) -> tuple[Assumption, ...]:
    refits = len(ground.refitted)
    return (
        Assumption(
            "students of other years are like these",
            None,
            f"{refits} refits to students drawn again from the same ones stand for them",
        ),
        Assumption(f"the rule has {MEASURED} refits, as when it was measured", refits >= MEASURED, f"{refits} refits"),
    )


def _told_by(ground: Ground) -> str:
    share = f"{100 * ground.protocol.explanation.stable:.0f} %"
    return (
        f"A reason is told where it comes first in {share} of refits, by every way of explaining, and would be "
        f"expected to come first in {share} of refits to other students."
    )


def _joined(ground: Ground, groups: Groups) -> str:
    """Which aspects are told as one reason, and which stand alone."""
    of = np.array(groups.of)
    aspects = [len({ground.aspects[place] for place in np.flatnonzero(of == i)}) for i in range(len(groups.names))]
    one = [name for name, size in zip(groups.names, aspects, strict=True) if size > 1]
    alone = [name for name, size in zip(groups.names, aspects, strict=True) if size == 1]
    together = [f"{name} are told as one reason, as their indicators go together" for name in one]
    told = together or ["no two aspects go together"]
    if alone:
        told.append(f"{'reasons of their own are' if together else 'the reasons are'}: {', '.join(alone)}")
    said = "; ".join(told)
    return f"{said[0].upper()}{said[1:]}."
