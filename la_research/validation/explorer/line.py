"""The lowest score that was written to, told so coarsely that it is nobody's in particular."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from la_research.finding import Estimate
from la_research.statistics.contacts import Bools
from la_research.statistics.intervals import Floats

STEPS = (0.01, 0.02, 0.05, 0.1)
METHOD = "lowest-rounded-up"


def line(scores: Floats, chosen: Bools, student: NDArray[np.int64], minimum: int) -> Estimate | None:
    """The lowest score chosen, rounded up to the finest step in which as many students' scores lie as the minimum.

    A lowest score is one student's. So many students' scores would be rounded to the same number that it does not
    tell whose it is; where no step holds so many, none is told.

    Parameters
    ----------
    scores
        One a unit, 0 to 1; not a number where there is none.
    chosen
        Whether each was chosen.
    student
        By unit: whose it is, as a code. A student of several modules is one student.
    minimum
        Students who have to be chosen, and to share the step.

    Examples
    --------
    Of 100 scores from .20 to .299 the highest half begins at .25; ten lie above .24 and up to .25.

    >>> scores, student = np.arange(200, 300) / 1000, np.arange(100)
    >>> line(scores, scores >= 0.25, student, 10).value, line(scores, scores >= 0.25, student, 20).value
    (0.25, 0.26)
    >>> line(scores, scores >= 0.295, student, 10) is None
    True
    """
    known = chosen & ~np.isnan(scores)
    if _students(student, known) < minimum:
        return None
    lowest = float(scores[known].min())
    for step in STEPS:
        place = np.ceil(np.round(lowest / step, 9))
        inside = np.ceil(np.round(scores / step, 9)) == place
        if _students(student, inside) >= minimum:
            value, number = min(1.0, round(float(place * step), 2)), _students(student, chosen)
            return Estimate(value, None, None, None, "score", number, METHOD)
    return None


def _students(student: NDArray[np.int64], inside: Bools) -> int:
    return len(np.unique(student[inside]))
