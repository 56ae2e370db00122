"""What choosing students by the score would be worth, where an error has a price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.decision import NetBenefit, net_benefit
from la_research.validation.worth.compare import share_of
from la_research.validation.worth.refits import Refits

ASKED = "Is choosing students by the score worth more than choosing nobody, everyone, or as many at random?"
UNIT = "net per 100 students"
AGAINST = {"against nobody": "none", "against everyone": "everyone", "against as many at random": "random"}
LIMITATIONS = (
    "Net: chosen rightly, less chosen in error at their price: at 20 %, four in error weigh as much as one rightly.",
    "Thresholds are a choice of those who offer the support. The intervals are each on their own.",
    "A benefit here is a right choice. Whether a contact helps those who are rightly chosen is another question.",
    "Scores of a fold are held against the same threshold as those of the others, each from a model of its own.",
)


def benefit_finding(refits: Refits) -> Finding:
    """``validation.net_benefit``: at each registered threshold, and for the registered decision.

    Rows: ``threshold`` and ``what`` (against nobody, everyone, as many at random; the same of the
    registered decision), and the prevalence. Below the minimum group size of chosen or not chosen,
    a row says so.
    """
    rows = refits.rows
    found = [Row({"what": "prevalence"}, share_of(rows["label"], rows["student_id"], _level(refits)))]
    for threshold in refits.ground.asked.thresholds:
        found += _at(refits, threshold, rows["score"].to_numpy() >= threshold, "")
        found += _at(refits, threshold, rows["decision"].to_numpy() == 1, "registered decision, ")
    return Finding(
        "validation.net_benefit", ASKED, "described", rows=tuple(found), limitations=LIMITATIONS,
        assumptions=(_alike(len(rows), len(refits.everyone)),),
    )  # fmt: skip


def _level(refits: Refits) -> float:
    return refits.ground.asked.level


def _alike(answered: int, scored: int) -> Assumption:
    return Assumption(
        "The outcome is as common among all students scored as among those whose outcome is known",
        True if answered == scored else None,
        f"it is known of {answered:,} of {scored:,} scored; no weights are identified that would make up for the rest",
    )


def _at(refits: Refits, threshold: float, chosen: npt.NDArray[np.bool_], prefix: str) -> Iterator[Row]:
    rows, minimum = refits.rows, refits.ground.minimum
    taken = int(np.sum(chosen))
    found = None
    if minimum <= taken <= len(rows) - minimum:
        found = net_benefit(rows["label"], chosen, threshold, rows["student_id"])
    for what, name in AGAINST.items():
        keys: dict[str, Any] = {"threshold": threshold, "what": prefix + what}
        if found is None:
            side = "chosen" if taken < minimum else "not chosen"
            yield Row(keys, None, "not analysed", f"fewer than {minimum} students are {side}")
        else:
            yield Row(keys, _shown(found, name, _level(refits)))


def _shown(found: NetBenefit, name: str, level: float) -> Estimate:
    part: Coefficient = getattr(found, name)
    hundred = Coefficient(100 * part.value, 100 * part.se, part.df, part.n)
    return hundred.estimate(UNIT, "net-benefit-t", level)
