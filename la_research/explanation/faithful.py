"""Does the explanation say what the model does? The columns it names first are taken out, and the score is followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.explanation.attribution import Floats
from la_research.explanation.ground import Ground
from la_research.explanation.student_mean import student_mean
from la_research.finding import Assumption, Finding, Row, not_analysed

Order = npt.NDArray[np.int64]
QUESTION = "Do the scores fall when what the explanation names first is taken out?"
ROWS, BACKGROUND, RANDOM = 100, 25, 5
"""Most rows that are followed, background rows that stand in, and random orders of each row."""
LIMITATIONS = (
    "It says whether the explanation follows the model, not whether the model is right.",
    "Rows with some columns of other students could not all occur.",
    "Columns that go together stand in for each other, which makes every curve flatter.",
)


def faithful_findings(ground: Ground) -> Iterator[Finding]:
    """``explanation.faithful``, of the main population; n counts students."""
    if not ground.main:
        return
    name, columns = ground.name("faithful"), len(ground.columns)
    if ground.reason or columns == 1:
        yield not_analysed(name, QUESTION, ground.reason or "the model reads one column only, so there is no order")
        return
    draw = ground.rng("faithful")
    chosen = np.sort(draw.permutation(len(ground.explained))[:ROWS])
    rows, values = ground.shown[chosen], ground.whole["interventional"].values[chosen]
    background = ground.background[:BACKGROUND]
    who = ground.rows["student_id"].iloc[ground.explained[chosen]]
    own = np.argsort(-values, axis=1, kind="stable")
    orders = [draw.permuted(np.tile(np.arange(columns), (len(rows), 1)), axis=1) for _ in range(RANDOM)]

    def followed(order: Order, what: str) -> Floats:
        return curve(ground.model.decision_function, rows, background, order, insertion=what == "insertion")

    curves: dict[tuple[str, str], Floats] = {}
    for what in ("deletion", "insertion"):
        curves[what, "attribution"] = followed(own, what)
        curves[what, "random"] = np.mean([followed(order, what) for order in orders], axis=0)
    other = followed(np.roll(own, 1, axis=0), "deletion")
    yield _finding(name, curves, other, who)


def curve(
    score: Callable[[Floats], Floats], rows: Floats, background: Floats, order: Order, *, insertion: bool = False
) -> Floats:
    """The score of each row while its columns are replaced by those of background rows, one after the other.

    Parameters
    ----------
    score
        From rows to log-odds.
    rows, background
        Shapes (rows, columns) and (background rows, columns).
    order
        Shape (rows, columns): the columns of each row, the first to go first.
    insertion
        Whether the row's own columns are put into background rows instead, in this order.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns + 1): mean score over background rows, after 0, 1, 2 ... columns.

    References
    ----------
    Petsiuk, Das and Saenko (2018), RISE: randomized input sampling for explanation of black-box models,
    arXiv:1806.07421, where the most important columns, and here those that move a score up the most, go first.

    Examples
    --------
    >>> total = lambda values: values.sum(axis=1)
    >>> curve(total, np.array([[3.0, 1.0]]), np.zeros((2, 2)), np.array([[0, 1]])).tolist()
    [[4.0, 1.0, 0.0]]
    """
    place = np.argsort(order, axis=1)
    found = np.empty((len(rows), rows.shape[1] + 1))
    for k in range(rows.shape[1] + 1):
        own = place < k if insertion else place >= k
        mixed = np.where(own[:, None, :], rows[:, None, :], background[None, :, :])
        found[:, k] = score(mixed.reshape(-1, rows.shape[1])).reshape(len(rows), -1).mean(axis=1)
    return found


def _finding(name: str, curves: dict[tuple[str, str], Floats], other: Floats, who: pd.Series) -> Finding:
    fall = {what: _between(curves, what) for what in ("deletion", "insertion")}
    area = student_mean(fall["deletion"], who, "log-odds")
    beside = {
        "insertion": ("random", fall["insertion"]),
        "deletion": ("another row's", (other - curves["deletion", "attribution"]).mean(axis=1)),
    }
    rows = [
        Row({"what": f"area of {what}", "order": order}, student_mean(held, who, "log-odds"))
        for what, (order, held) in beside.items()
    ]
    for (what, order), held in curves.items():
        rows += [
            Row({"what": what, "order": order, "removed": k}, student_mean(held[:, k], who, "log-odds"))
            for k in range(held.shape[1])
        ]
    lower = area.lower is not None and area.lower > 0
    evidence = f"the scores lie lower by {area.value:.2g} log-odds, on average over the columns taken out"
    return Finding(
        name,
        QUESTION,
        "described",
        area,
        rows=tuple(rows),
        assumptions=(
            Assumption("scores fall faster in the order of the explanation than in a random one", lower, evidence),
        ),
        limitations=(*LIMITATIONS, f"Followed are {ROWS} rows at most, each beside {BACKGROUND} others at most."),
    )


def _between(curves: dict[tuple[str, str], Floats], what: str) -> Floats:
    """How much better each row's own order is than a random one: lower on deletion, higher on insertion."""
    lead = (curves[what, "random"] - curves[what, "attribution"]).mean(axis=1)
    return np.asarray(-lead if what == "insertion" else lead)
