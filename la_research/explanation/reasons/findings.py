"""For how many suggested contacts a reason can be told, which, and what the rule buys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.disclosure import why_hidden
from la_research.explanation.attribution import Floats
from la_research.explanation.ground import Ground
from la_research.explanation.reasons.rule import stable_reasons, summed
from la_research.explanation.reasons.told import ALL_ALIKE, groups_of, kept_of
from la_research.finding import Assumption, Estimate, Finding, Key, Row, not_analysed
from la_research.statistics.intervals import effective_n, mean_interval, wilson

QUESTION = "For how many suggested contacts can a main reason be told?"
LEVEL, MEASURED = 0.95, 20
NO_MAIN = {"what": "no single main reason"}
LIMITATIONS = (
    "A reason says what moved the number up, not why a student does what the data show.",
    "A reason is not the cause of how a student feels, and the model may be wrong about the student.",
    "Where no single main reason is told, the number is no less and no more right.",
)


def reason_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.reasons``, of the main population."""
    if not ground.main:
        return
    name, groups = ground.name("reasons"), groups_of(ground)
    against = ground.reason or ("" if len(ground.contacts) else "no contact is suggested")
    if against or len(groups.names) == 1:
        yield not_analysed(name, QUESTION, against or ALL_ALIKE)
        return
    sums = summed(ground.contact_refits, groups.of)
    group = stable_reasons(sums, ground.protocol.explanation.stable, kept_of(ground, groups)).group
    who = ground.rows["student_id"].iloc[ground.contacts]
    shares = [_Share({"reason": name}, group == i) for i, name in enumerate(groups.names)]
    shares = [*sorted(shares, key=lambda share: -int(share.held.sum())), _Share(NO_MAIN, group < 0)]
    hidden = _hidden([int(share.held.sum()) for share in shares], ground.minimum)
    few = why_hidden(ground.minimum)
    rows = [
        Row(share.keys, None, "suppressed", few) if i in hidden else Row(share.keys, _estimate(share.held, who))
        for i, share in enumerate(shares)
    ]
    closed = len(shares) - 1 in hidden  # the headline is all but those without a reason
    yield Finding(
        name,
        QUESTION,
        "suppressed" if closed else "described",
        None if closed else _estimate(group >= 0, who),
        rows=(*rows, *_alike(ground, sums["interventional"], who)),
        assumptions=_assumed(ground),
        limitations=(*LIMITATIONS, _told_by(ground), _joined(groups.names), _explained(ground)),
        reason=few if closed else None,
    )


class _Share(NamedTuple):
    keys: Mapping[str, Key]
    held: npt.NDArray[np.bool_]


def _hidden(counts: Sequence[int], minimum: int) -> set[int]:
    """Parts of a told total that are hidden: small ones, and the next larger until those hidden are no small group.

    >>> _hidden([40, 12, 4, 0], 10), _hidden([40, 12, 0], 10), _hidden([40, 12, 6, 5], 10)
    ({1, 2}, set(), {2, 3})
    """
    rising = sorted((count, i) for i, count in enumerate(counts) if count > 0)
    hidden: list[tuple[int, int]] = []
    for count, i in rising:
        few = bool(hidden) and (len(hidden) == 1 or sum(held for held, _ in hidden) < minimum)
        if count < minimum or few:
            hidden.append((count, i))
    return {i for _, i in hidden}


def _estimate(held: npt.NDArray[np.bool_], who: pd.Series) -> Estimate:
    value, n = float(held.mean()), effective_n(held, who)
    lower, upper = wilson(value * n, n, LEVEL)
    return Estimate(value, min(lower, value), max(upper, value), LEVEL, "share", len(held), "wilson")


def _alike(ground: Ground, sums: Floats, who: pd.Series) -> tuple[Row, ...]:
    """How often two refits put the same indicator, and the same group, first."""
    of = {"indicator": ground.contact_refits["interventional"], "reason": sums}
    return tuple(
        Row({"what": f"top {word} alike in two refits"}, _mean(_pairs(values.argmax(axis=2)), who))
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


def _mean(values: Floats, who: pd.Series) -> Estimate:
    value, lower, upper = mean_interval(values, LEVEL, who)
    if not lower <= upper:  # one student has no interval
        return Estimate(value, None, None, None, "share", len(values), "t-by-student")
    return Estimate(value, max(0.0, lower), min(1.0, upper), LEVEL, "share", len(values), "t-by-student")


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


def _joined(names: Sequence[str]) -> str:
    limit = "Aspects whose indicators go together are one reason, as no explanation can tell them apart"
    return f"{limit}. The reasons are: {'; '.join(names)}."


def _explained(ground: Ground) -> str:
    return f"It rests on {len(ground.contacts)} suggested contacts, drawn at random where there are more."
