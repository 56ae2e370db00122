"""How much hangs on the way in which a column is left out: from other students' rows, or along a tree's paths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from la_research.disclosure import tells_few, why_hidden
from la_research.explanation.attribution import shares, summed
from la_research.explanation.ground import Ground
from la_research.explanation.over_refits import SAME_ROWS, held_by, over_refits
from la_research.finding import Finding, Row, not_analysed
from la_research.statistics.contacts import share_of

QUESTION = "How often do two ways of explaining the model name another aspect first?"
LIMITATIONS = (
    "Neither way is right. One exchanges a column with that of other students, whatever the other columns are.",
    "The other follows the students who went the same way in a tree. They part where indicators go together.",
    f"Rows by aspect are shares of importance by the first way less those by the second. {SAME_ROWS}.",
)


def perturbation_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.perturbation``: share of rows for which the two ways name another aspect first.

    Rows by ``aspect``: its share of importance where columns are taken from background rows,
    less its share along paths. "Not analysed" for a line, which knows one way.
    n counts students.
    """
    name = ground.name("perturbation")
    reason = ground.reason or ("" if "path" in ground.whole else "a line can be explained in one way only")
    if reason:
        yield not_analysed(name, QUESTION, reason)
        return
    sums = {way: summed(whole.values, ground.aspects)[1] for way, whole in ground.whole.items()}
    other = first(sums["interventional"]) != first(sums["path"])
    limits = (*LIMITATIONS, *held_by(ground.protocol.explanation.refits))
    found = Finding(
        name,
        QUESTION,
        "described",
        share_of(np.asarray(other), ground.students),
        rows=_less(ground),
        limitations=limits,
    )
    if tells_few(len(np.unique(ground.students[other])), ground.n, ground.minimum):
        yield Finding(
            name, QUESTION, "suppressed", rows=found.rows, limitations=limits, reason=why_hidden(ground.minimum)
        )
    else:
        yield found


def first(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """By row, the group that moved the score most, up or down; of equals the first.

    >>> first(np.array([[0.1, -0.4], [0.2, 0.2]])).tolist()
    [1, 0]
    """
    return np.asarray(np.argmax(np.abs(values), axis=1))


def _less(ground: Ground) -> tuple[Row, ...]:
    """By aspect, importance by one way less that by the other, the largest first."""

    def less(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        return shares(summed(one, ground.aspects)[1]) - shares(summed(other, ground.aspects)[1])

    names, _ = summed(ground.shown, ground.aspects)
    value = less(ground.whole["interventional"].values, ground.whole["path"].values)
    refits = [less(*each) for each in zip(ground.refits["interventional"], ground.refits["path"], strict=True)]
    estimates = over_refits(value, refits, "share", ground.n)
    return tuple(Row({"aspect": names[i]}, estimates[i]) for i in np.argsort(-np.abs(value), kind="stable"))
