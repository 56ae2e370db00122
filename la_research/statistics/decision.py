"""What a decision is worth where an error has a stated price: net benefit against rules that read no score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from la_research.statistics.coefficient import Coefficient
from la_research.statistics.influence import Influence, clustered_error, mean


@dataclass(frozen=True, slots=True)
class NetBenefit:
    """Net benefit of a decision less that of three rules that read no score, in students rightly chosen per student.

    Parameters
    ----------
    none
        Less that of choosing nobody, which is 0: the net benefit itself.
    everyone
        Less that of choosing everyone.
    random
        Less that of choosing as many rows at random.
    """

    none: Coefficient
    everyone: Coefficient
    random: Coefficient


def net_benefit(
    label: ArrayLike, chosen: ArrayLike, threshold: float, students: ArrayLike | None = None
) -> NetBenefit | None:
    """Share chosen rightly, less the share chosen in error times what an error costs.

    A student is worth choosing from a chance of need of ``threshold`` on, so that one rightly
    chosen outweighs (1 - threshold) / threshold chosen in error. Errors are those of the mean
    influence, by student where given, with the t of as many students; the decision is taken as
    given, so scores have to be out of fold.

    Parameters
    ----------
    label, chosen
        0 or 1, one a row, none missing.
    threshold
        Above 0 and below 1; chosen by those who give the support, not by the data.
    students
        Whose row it is.

    Returns
    -------
    NetBenefit or None
        None with fewer than two students.

    Raises
    ------
    ValueError
        Where the threshold is not between 0 and 1.

    References
    ----------
    Vickers & Elkin (2006), doi:10.1177/0272989X06295361. Random contact of the same size, which is
    ours: chosen at the observed share, whatever the label.

    Examples
    --------
    Of ten, two of three in need are chosen and one of seven in error; an error costs a quarter.

    >>> found = net_benefit([1, 1, 1, 0, 0, 0, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0, 0, 0, 0], 0.2)
    >>> round(found.none.value, 6) == (2 - 1 / 4) / 10
    True
    >>> round(found.everyone.value, 6) == round((2 - 1 / 4) / 10 - (3 - 7 / 4) / 10, 6)
    True
    """
    if not 0 < threshold < 1:
        raise ValueError("the threshold of a net benefit lies between 0 and 1")
    truth, taken = np.asarray(label, dtype=float), np.asarray(chosen, dtype=float)
    who = np.arange(len(truth)) if students is None else pd.factorize(np.asarray(students))[0]
    n = int(np.unique(who).size)
    if n < 2:
        return None
    worth = truth - (1 - truth) * threshold / (1 - threshold)
    gained, whole, share = mean(taken * worth), mean(worth), mean(taken)
    by_chance = share[0] * whole[0], share[0] * whole[1] + whole[0] * share[1]
    nothing = 0.0, np.zeros(len(truth))

    def less(other: Influence) -> Coefficient:
        return Coefficient(gained[0] - other[0], clustered_error(gained[1] - other[1], who), n - 1, n)

    return NetBenefit(less(nothing), less(whole), less(by_chance))
