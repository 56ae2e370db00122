"""The lowest score that was written to, told so coarsely that it is nobody's in particular."""

from __future__ import annotations

import numpy as np

from la_research.finding import Estimate
from la_research.statistics.contacts import Bools
from la_research.statistics.intervals import Floats

STEPS = (0.01, 0.02, 0.05, 0.1)
METHOD = "lowest-rounded-up"


def line(scores: Floats, chosen: Bools, minimum: int) -> Estimate | None:
    """The lowest score among those chosen, rounded up to the finest step that as many scores lie in as the minimum.

    A lowest score is one student's. So many students' scores would be rounded to the same number that it does not
    tell whose it is; where no step holds so many, none is told.

    Parameters
    ----------
    scores
        One a student, 0 to 1; not a number where there is none.
    chosen
        Whether each was chosen.
    minimum
        Students who have to be chosen, and to share the step.

    Examples
    --------
    Of 100 scores from .20 to .299 the highest half begins at .25; ten lie above .24 and up to .25.

    >>> scores = np.arange(200, 300) / 1000
    >>> line(scores, scores >= 0.25, 10).value, line(scores, scores >= 0.25, 20).value
    (0.25, 0.26)
    >>> line(scores, scores >= 0.295, 10) is None
    True
    """
    held, number = scores[chosen & ~np.isnan(scores)], int(chosen.sum())
    if len(held) < minimum:
        return None
    for step in STEPS:
        place = np.ceil(np.round(float(held.min()) / step, 9))
        inside = np.ceil(np.round(scores / step, 9)) == place
        if inside.sum() >= minimum:
            return Estimate(min(1.0, round(float(place * step), 2)), None, None, None, "score", number, METHOD)
    return None
