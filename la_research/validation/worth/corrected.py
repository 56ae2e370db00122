"""What the numbers would be if they were about need itself, and not about what a questionnaire finds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.protocol.validation import InstrumentError
from la_research.statistics.instrument_error import (
    Corrected,
    corrected_auc,
    corrected_fpr,
    corrected_share,
    corrected_tpr,
)
from la_research.statistics.intervals import effective_n
from la_research.validation.worth.compare import auc_of, share_of
from la_research.validation.worth.refits import Refits

ASKED = "If the questionnaire itself is right only so often, how well may the score find those in need?"
TOO_WEAK = "at one end of what is assumed, the questionnaire could have found as many by its own errors alone"
LIMITATIONS = (
    "Nobody was interviewed. The range is an assumption of the protocol; outside of it numbers may be further away.",
    "A corrected number is a range, with chance included at either end. No point in it is likelier than another.",
)


def corrected_finding(refits: Refits) -> Finding:
    """``validation.corrected``: prevalence, sensitivity, false positive rate and AUC, as recorded and corrected.

    Rows: ``what`` and ``as`` (recorded, corrected). A corrected row has bounds alone.
    """
    asked = refits.ground.asked.instrument_error
    assert asked is not None
    found, taken = (_percent(*span) for span in (asked.sensitivity, asked.specificity))
    return Finding(
        "validation.corrected", ASKED, "described", rows=tuple(_rows(refits, asked)),
        assumptions=(
            Assumption(f"The questionnaire finds {found} of those in need, and passes {taken} of others", None,
                       asked.why or "assumed by the protocol"),
            Assumption("It is wrong as often whatever the score and the decision", None,
                       "only interviews of students with high and with low scores could show it"),
        ),
        limitations=LIMITATIONS,
    )  # fmt: skip


def _percent(least: float, most: float) -> str:
    return f"{100 * least:.0f} to {100 * most:.0f} %"


def _rows(refits: Refits, asked: InstrumentError) -> Iterator[Row]:
    rows, level, n = refits.rows, refits.ground.asked.level, len(refits.rows)
    has, chosen, who = (rows[name] for name in ("label", "decision", "student_id"))
    worth = effective_n(has, who)
    share = float(has.mean())
    yield from _pair("prevalence", share_of(has, who, level),
                     corrected_share(share * worth, worth, asked.sensitivity, asked.specificity, level), n)  # fmt: skip
    tpr = corrected_tpr(has, chosen, asked.specificity, who, level)
    yield from _pair("sensitivity", share_of(chosen[has == 1], who[has == 1], level), tpr, n)
    fpr = corrected_fpr(has, chosen, asked.sensitivity, who, level)
    yield from _pair("false positive rate", share_of(chosen[has == 0], who[has == 0], level), fpr, n)
    order = auc_of(rows, rows["score"], level)
    if order is not None:
        ends = np.array([order.value, order.lower, order.upper], dtype=float)
        need = corrected_auc(ends[0], ends[1], ends[2], share, asked.sensitivity, asked.specificity)
        yield from _pair("AUC", order, need, n)


def _pair(what: str, recorded: Estimate, corrected: Corrected | None, n: int) -> Iterator[Row]:
    yield Row({"what": what, "as": "recorded"}, recorded)
    keys = {"what": what, "as": "corrected"}
    if corrected is None:
        yield Row(keys, None, "not analysed", TOO_WEAK)
    else:
        yield Row(keys, Estimate(None, corrected.lower, corrected.upper, recorded.level, recorded.unit, n,
                                 "instrument-error-range"))  # fmt: skip
