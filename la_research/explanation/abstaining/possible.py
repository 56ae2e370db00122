"""Which labels a score leaves possible, calibrated on students whom the scoring model's fold leaves out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from la_research.models import fold_splits
from la_research.statistics.conformal import Codes, label_thresholds, one_row_each, shared_thresholds
from la_research.statistics.intervals import Floats

BY_STUDENT, IN_EVERY_GROUP = "by student", "in every group"
BY_MODULE, FORWARD = "by module", "forward in time"
CALIBRATIONS = (BY_STUDENT, IN_EVERY_GROUP, BY_MODULE, FORWARD)
"""How students are chosen from whom the thresholds are learnt; the second is the one that decides."""


def thresholds(
    rows: pd.DataFrame,
    groups: Sequence[Codes],
    module: Codes,
    presentation: Codes,
    level: float,
    rng: np.random.Generator,
) -> dict[str, Floats]:
    """Thresholds of each row for label 0 and for label 1, by calibration; NaN where there is none to calibrate on.

    A row's thresholds are learnt from out-of-fold scores of the other folds, without any row of a
    student of its fold, and with one row of each student. Each label has its own (``label_thresholds``).

    - by student: from all of them;
    - in every group: the largest of that, and of each registered group's own (``shared_thresholds``). Groups are read
      of those calibrated on, never of the student who is scored;
    - by module: from students of the same module, or from all where these are too few;
    - forward in time: from students of earlier presentations alone, whatever their fold.

    Parameters
    ----------
    rows
        student_id, fold, score, and label (NaN where it is not known: such a row is not calibrated on).
    groups
        By attribute, the code of each row, below 0 where none is recorded.
    module, presentation
        Codes; those of presentations rise in time, and are all alike where their order is not known.
    rng
        Draws which row of a student counts.

    Returns
    -------
    dict
        By calibration, shape (rows, 2).
    """
    score, label = (rows[name].to_numpy(dtype=np.float64) for name in ("score", "label"))
    known = np.zeros(len(rows), dtype=bool)
    labelled = np.flatnonzero(~np.isnan(label) & ~np.isnan(score))
    known[labelled[one_row_each(rows["student_id"].to_numpy()[labelled], rng)]] = True
    found = {name: np.full((len(rows), 2), np.nan) for name in CALIBRATIONS}
    for test, train in fold_splits(rows["fold"], rows["student_id"]):
        on = train & known
        everyone = label_thresholds(score[on], label[on], level)
        found[BY_STUDENT][test] = everyone
        found[IN_EVERY_GROUP][test] = shared_thresholds(score[on], label[on], [code[on] for code in groups], level)
        for one in np.unique(module[test]):
            of = on & (module == one)
            own = label_thresholds(score[of], label[of], level)
            found[BY_MODULE][test & (module == one)] = np.where(np.isfinite(own), own, everyone)
    for run in np.unique(presentation)[1:]:
        later = presentation == run
        on = known & (presentation < run) & ~rows["student_id"].isin(rows["student_id"][later]).to_numpy()
        if on.any():
            found[FORWARD][later] = label_thresholds(score[on], label[on], level)
    return found
