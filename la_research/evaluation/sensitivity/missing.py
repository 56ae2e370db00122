"""Missing outcomes: bounds on the effect whatever the reason, and how different the missing would have to be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.disclosure import tells_few
from la_research.evaluation.design import Asked
from la_research.evaluation.sample import Sample
from la_research.evaluation.shares import few
from la_research.finding import Estimate, Finding, Row, not_analysed
from la_research.statistics.coefficient import Coefficient, Inference
from la_research.statistics.sensitivity.attrition import lee_bounds, shifted, tipping_point

AT_ZERO = "at which zero is reached"
LEE = "What can the effect be, whoever did not answer and why?"
ARMS = {True: "with the support", False: "without the support"}


def attrition_findings(sample: Sample, headline: Inference, asked: Asked, unfit: str = "") -> Iterator[Finding]:
    """Parts ``lee_bounds`` and ``tipping``, for a draw; none where every outcome is known.

    Parameters
    ----------
    sample
        With roles outcome and treatment; rows without an outcome are those that are missing.
    headline
        The effect on those whose outcome is known.
    unfit
        Why Lee's bounds do not suit the draw; "" where they do.
    """
    known = _known(sample)
    if known.all():
        return
    yield not_analysed(asked.id("lee_bounds"), LEE, unfit) if unfit else lee_finding(sample, asked)
    yield from tipping_finding(sample, headline, asked)


def lee_finding(sample: Sample, asked: Asked) -> Finding:
    """Lee's bounds; "not analysed" where few outcomes are known in an arm."""
    known, treated = _known(sample), sample["treatment"] == 1
    if min(int((known & (treated == arm)).sum()) for arm in ARMS) < sample.minimum:
        reason = f"the outcome is known for fewer than {sample.minimum} students of an arm"
        return not_analysed(asked.id("lee_bounds"), LEE, reason)
    found = lee_bounds(np.where(known, sample["outcome"], 0.0), known, treated, asked.level)
    n = int(known.sum())
    rows = tuple(
        Row({"what": what}, Estimate(value, None, None, None, sample.unit, n, "lee"))
        for what, value in (("least", found.least), ("most", found.most))
    )
    said = (
        "The bounds hold for students who would have answered in either arm, if the support moves everyone's chance to "
        "answer in one direction."
    )
    bounds = Estimate(None, found.lower, found.upper, asked.level, sample.unit, n, "lee-imbens-manski")
    return Finding(asked.id("lee_bounds"), LEE, "described", bounds, rows, limitations=(said,))


def tipping_finding(sample: Sample, headline: Inference, asked: Asked) -> Iterator[Finding]:
    """By how much those of one arm who did not answer would have to differ to tip the answer; none where all did."""
    known, treated = _known(sample), sample["treatment"] == 1
    if known.all() or not isinstance(headline, Coefficient):
        return
    rows: list[Row] = []
    for arm, word in ARMS.items():
        among = treated == arm
        missing = float((~known)[among].mean())
        if missing == 0:
            continue
        share, size = missing if arm else -missing, int(among.sum())
        if tells_few(int((~known)[among].sum()), size, sample.minimum):
            rows.append(Row({"arm": word, "shift": AT_ZERO}, None, "suppressed", few(sample.minimum)))
            continue
        rows.append(_tips(headline, share, size, word, sample, asked))
        for shift in asked.sensitivity.shifts:
            moved = shifted(headline, share, size, shift).estimate(sample.unit, "mean-score", asked.level)
            rows.append(Row({"arm": word, "shift": shift}, moved))
    question = "How different would those who did not answer have to be to change the answer?"
    yield Finding(
        asked.id("tipping"), question, "described", rows=tuple(rows), limitations=tuple(_told(rows, sample.unit))
    )


def _tips(headline: Coefficient, share: float, size: int, arm: str, sample: Sample, asked: Asked) -> Row:
    keys = {"arm": arm, "shift": AT_ZERO}
    found = tipping_point(headline, share, size, asked.level)
    if found is None:
        return Row(keys, None, "described", "no shift of this arm alone brings zero into the interval")
    return Row(keys, Estimate(found, None, None, None, sample.unit, size, "tipping-point"))


def _told(rows: list[Row], unit: str) -> Iterator[str]:
    for row in rows:
        if row.keys["shift"] != AT_ZERO or row.estimate is None or row.estimate.value is None:
            continue
        if row.estimate.value == 0:
            yield "The interval holds zero as it is: no difference of those who did not answer is needed."
            return
        yield (
            f"The interval would reach zero if students {row.keys['arm']} who did not answer differed by "
            f"{row.estimate.value:+.2f} {unit} from what the effect takes them to be."
        )


def _known(sample: Sample) -> np.ndarray:
    return sample.rows["known"].to_numpy(dtype=bool) & ~np.isnan(sample["outcome"])
