"""Whether the score still tells students apart on a module, or in a term, that it has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.disclosure import without_few
from la_research.finding import Estimate, Finding, Row
from la_research.models import Split, fold_splits
from la_research.statistics.intervals import Floats, normal_interval
from la_research.statistics.prediction import calibration
from la_research.validation.worth.compare import auc_of, gain_of
from la_research.validation.worth.refits import Refits

ASKED = "Does the score do as well for a module or a term that it has not seen?"
LIMITATIONS = (
    "The drop compares the same pairs of students, of one module or term and of one random fold.",
    "Each AUC counts all pairs of its own folds, so two of them differ by something else than the drop.",
    "Leaving out may also leave fewer students to fit to, which lowers the score as well.",
    "Where few students have no score, others drawn by chance are left out with them, so that none is given away.",
    "Another university is further away than another module of this one.",
)


@dataclass(frozen=True)
class Left:
    """A way to leave out.

    Parameters
    ----------
    words
        What the rows call it.
    home
        Where each row of ``everyone`` is tested.
    splits
        Rows to test and to fit to.
    reason
        Why there is none; "" where there is.
    """

    words: str
    home: npt.NDArray[Any]
    splits: list[Split]
    reason: str = ""


def transport_finding(refits: Refits) -> Finding:
    """``validation.transport``: AUC, calibration and the drop, by what was left out of the fit.

    Rows: ``folds`` (students at random, a module left out, a presentation left out, earlier presentations only) and
    ``what``. The headline is the drop on modules left out.
    """
    folds = refits.drawn_folds(1)
    splits = fold_splits(folds, refits.everyone["student_id"])
    score, here = refits.scores("split", 1, splits=splits), refits.answered(folds)
    rows = list(_measured(refits, "students at random", score, here))
    for left in _ways(refits):
        rows += _transported(refits, left, score, here)
    drops = [row for row in rows if row.keys["what"] == "drop of AUC"]
    return Finding(
        "validation.transport", ASKED, "described", drops[0].estimate, rows=tuple(rows), limitations=LIMITATIONS
    )


def _ways(refits: Refits) -> Iterator[Left]:
    yield _left_out(refits, "a module left out", "module", earlier=False)
    yield _left_out(refits, "a presentation left out", "presentation", earlier=False)
    yield _left_out(refits, "earlier presentations only", "presentation", earlier=True)


def _left_out(refits: Refits, words: str, column: str, *, earlier: bool) -> Left:
    """Each module or presentation in turn, without the students who have a row there; earlier ones alone to fit to.

    A unit on several is tested on the first by name. Presentations go in the order of their names, as 2013B, 2013J.
    """
    everyone = refits.everyone
    held = refits.ground.enrolments[["unit_id", "student_id", column]]
    first = held.groupby("unit_id")[column].min().reindex(everyone["unit_id"]).to_numpy()
    names = np.unique(first)
    if len(names) < 2:
        return Left(words, first, [], f"there is only one {column}")
    splits = []
    for name in names[int(earlier) :]:
        seen = everyone["student_id"].isin(held.loc[held[column] == name, "student_id"]).to_numpy()
        before = (first < name) if earlier else np.ones(len(first), dtype=bool)
        splits.append((first == name, ~seen & before))
    return Left(words, first, splits)


def _transported(refits: Refits, left: Left, random: Floats, folds: npt.NDArray[Any]) -> Iterator[Row]:
    keys = {"folds": left.words}
    if left.reason:
        yield Row({**keys, "what": "drop of AUC"}, None, "not analysed", left.reason)
        return
    score, home = refits.scores("left out", left.words, splits=left.splits), refits.answered(left.home)
    scored = ~np.isnan(score)
    told = without_few(scored, scored, refits.ground.minimum, refits.ground.rng("transport", left.words))
    score = np.where(told, score, np.nan)
    yield from _measured(refits, left.words, score, home)
    cells = pd.factorize(pd.MultiIndex.from_arrays([home, folds]))[0]
    drop = gain_of(refits.rows, random, score, cells)
    if isinstance(drop, str):
        yield Row({**keys, "what": "drop of AUC"}, None, "not analysed", drop)
    else:
        both = int((told & ~np.isnan(random)).sum())  # as AUC counts them, whose folds have pairs or none
        yield Row({**keys, "what": "drop of AUC"}, replace(drop.estimate(refits.ground.asked.level), n=both))


def _measured(refits: Refits, words: str, score: Floats, fold: npt.NDArray[Any]) -> Iterator[Row]:
    rows, level = refits.rows, refits.ground.asked.level
    kept = ~np.isnan(score)
    fit = calibration(rows["label"][kept], score[kept], rows["student_id"][kept], fold[kept])
    shown = {
        "AUC": auc_of(rows, score, level, fold),
        "calibration slope": _recalibrated(fit.slope, fit.slope_error, "slope", int(kept.sum()), level),
        "calibration intercept": _recalibrated(fit.intercept, fit.intercept_error, "log odds", int(kept.sum()), level),
    }
    for what, found in shown.items():
        keys = {"folds": words, "what": what}
        missing = "the scores, or the outcome, do not vary enough within a fold"
        yield Row(keys, found) if found else Row(keys, None, "not analysed", missing)


def _recalibrated(value: float, error: float, unit: str, n: int, level: float) -> Estimate | None:
    if not np.isfinite([value, error]).all():
        return None
    return Estimate(value, *normal_interval(value, error, level), level, unit, n, "logistic-recalibration")
