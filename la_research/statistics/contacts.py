"""What a contact rule would have done in weeks gone by: whom it reached in time, and what that took."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from la_research.finding import Estimate
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.influence import clustered_error
from la_research.statistics.intervals import Floats, effective_n, wilson

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class History:
    """Students over the weeks at whose end a rule looks, and what became of them.

    Parameters
    ----------
    need
        By unit: 1, 0, or not a number where it is not known.
    before
        Units x looks: whether the look ends before the period that the need speaks of begins.
    at
        By unit: week of the outcome, to which lead time runs.
    weeks
        Of the looks, rising.
    student
        By unit: whose unit it is, as a code.
    """

    need: Floats
    before: Bools
    at: Floats
    weeks: Floats
    student: NDArray[np.int64]

    def part(self, inside: Bools) -> History:
        """The same looks at some of the units."""
        return replace(
            self, need=self.need[inside], before=self.before[inside], at=self.at[inside], student=self.student[inside]
        )

    def in_time(self, suggested: Bools) -> Bools:
        """By unit: whether a contact was suggested at least once before the period began."""
        return np.asarray((suggested & self.before).any(axis=1))


def contact_measures(
    history: History, suggested: Bools, seen: Bools, *, minutes: float, hours: float, level: float = 0.95
) -> dict[str, Estimate | None]:
    """What a rule's suggestions came to; every interval goes by student.

    Who was not observed at a look is passed over: they count among all students, and among
    those in need, and are not reached. Whose need is not known counts for contacts, and for
    nothing that reads need. A student suggested at several looks is as many contacts.

    Parameters
    ----------
    suggested, seen
        Units x looks: whether a contact was suggested, and whether the rule had a value to read.
    minutes
        Staff minutes of a contact.
    hours
        Staff hours a week for 1,000 students that there are.

    Returns
    -------
    dict
        ``suggested at least once`` (share of all units, at any look); ``sensitivity`` (of those in
        need, suggested in time); ``predictive value`` (of those suggested in time whose need is
        known, in need); ``contacts`` (a week per 1,000 students); ``contacts per student in need
        reached`` (in time, among those whose need is known); ``lead time`` (teaching weeks from the
        first suggestion in time to the outcome, median over students in need reached);
        ``changes`` (share of student-weeks, observed at a look and the one before, whose suggestion
        changed); ``staff hours`` and ``hours beyond the budget`` (a week per 1,000 students);
        ``not observed`` (share of student-weeks). None where there is nothing to count. n is students.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953, with the effective n of Kish (1965) for shares;
    the ratio by its influence on the log scale; the median by order statistics (Conover 1999, section 3.2).

    Examples
    --------
    Three students and two looks; the second is suggested twice, and is the one in need.

    >>> history = History(np.array([0.0, 1.0, np.nan]), np.ones((3, 2), bool), np.full(3, 8.0), np.array([3, 4]),
    ...                   np.arange(3))
    >>> suggested = np.array([[False, False], [True, True], [True, False]])
    >>> found = contact_measures(history, suggested, np.ones((3, 2), bool), minutes=20, hours=100)
    >>> found["sensitivity"].value, found["contacts"].value, found["lead time"].value, found["staff hours"].n
    (1.0, 500.0, 5.0, 3)
    """
    who, known, in_time = history.student, ~np.isnan(history.need), history.in_time(suggested)
    in_need, looks = history.need == 1, suggested.shape[1]
    many, each = np.repeat(who, looks), np.repeat(who, looks - 1)
    both = (seen[:, 1:] & seen[:, :-1]).ravel()
    changed = (suggested[:, 1:] != suggested[:, :-1]).ravel()
    contacts = share_of(suggested.ravel(), many, level)
    taken = scaled(contacts, 1000 * minutes / 60, "hours a week per 1,000")
    return {
        "suggested at least once": share_of(np.asarray(suggested.any(axis=1)), who, level),
        "sensitivity": share_of(in_time[in_need], who[in_need], level),
        "predictive value": share_of(in_need[known & in_time], who[known & in_time], level),
        "contacts": scaled(contacts, 1000, "a week per 1,000"),
        "contacts per student in need reached": _cost(history, suggested, in_time, level),
        "lead time": _lead(history, suggested, in_need & in_time, level),
        "changes": share_of(changed[both], each[both], level),
        "staff hours": taken,
        "hours beyond the budget": scaled(taken, 1, "hours a week per 1,000", -hours),
        "not observed": share_of(~seen.ravel(), many, level),
    }


def share_of(values: Bools, students: NDArray[np.int64], level: float = 0.95) -> Estimate | None:
    """The share of rows that are true, as many rows as students where those repeat; None without a row.

    >>> print(share_of(np.array([True, False]), np.array([0, 1])))
    50.0 % (95% CI 9.5 % to 90.5 %), n = 2
    """
    if not len(values):
        return None
    rate, n = float(values.mean()), effective_n(values, students)
    return Estimate(rate, *wilson(rate * n, n, level), level, "share", len(np.unique(students)), "wilson")


def scaled(estimate: Estimate | None, times: float, unit: str, plus: float = 0.0) -> Estimate | None:
    """The estimate in another unit: so many times as much, and a constant more."""
    if estimate is None or estimate.value is None or estimate.lower is None or estimate.upper is None:
        return None
    value, lower, upper = (times * number + plus for number in (estimate.value, estimate.lower, estimate.upper))
    return replace(estimate, value=value, lower=lower, upper=upper, unit=unit)


def _cost(history: History, suggested: Bools, in_time: Bools, level: float) -> Estimate | None:
    """Contacts in time for each student in need who was reached."""
    known = ~np.isnan(history.need)
    made = (suggested & history.before)[known].sum(axis=1).astype(float)
    found = ((history.need == 1) & in_time)[known].astype(float)
    if not found.any():
        return None
    ratio, who = float(made.sum() / found.sum()), history.student[known]
    students = len(np.unique(who))
    error = clustered_error((made - ratio * found) / found.sum(), who)
    reach = 0.0 if math.isnan(error) else float(special.stdtrit(students - 1, (1 + level) / 2)) * error / ratio
    lower, upper, sure = (
        (None, None, None) if math.isnan(error) else (ratio * math.exp(-reach), ratio * math.exp(reach), level)
    )
    n = len(np.unique(who[found == 1]))
    return Estimate(ratio, lower, upper, sure, "contacts each", n, "ratio-by-student")


def _lead(history: History, suggested: Bools, reached: Bools, level: float) -> Estimate | None:
    """Weeks from the first suggestion to the outcome; the earliest of a student's units counts."""
    if not reached.any():
        return None
    first = history.weeks[(suggested & history.before)[reached].argmax(axis=1)]
    weeks = pd.Series(history.at[reached] - first).groupby(history.student[reached]).max().to_numpy(dtype=float)
    ordered, n = np.sort(weeks), len(weeks)
    rank = int(stats.binom.ppf((1 - level) / 2, n, 0.5))
    lower, upper, sure = (ordered[rank - 1], ordered[n - rank], level) if rank else (None, None, None)
    return Estimate(float(np.median(weeks)), lower, upper, sure, "weeks", n, "median-order-statistics")


def beyond_chance(history: History, suggested: Bools) -> Coefficient | None:
    """Sensitivity less the share of all students, whose need is known, who were suggested in time.

    Choosing as many students at random reaches that share of those in need. Both are of the
    same students, so the error is that of the difference, by student. None without need.

    Examples
    --------
    Two of four are suggested, among them the only one in need: 1 - 2 / 4.

    >>> history = History(np.array([1.0, 0, 0, 0]), np.ones((4, 1), bool), np.full(4, 8.0), np.array([3]), np.arange(4))
    >>> beyond_chance(history, np.array([[True], [True], [False], [False]])).value
    0.5
    """
    known = ~np.isnan(history.need)
    hit, need = history.in_time(suggested)[known].astype(float), history.need[known]
    if not need.any() or len(np.unique(history.student[known])) < 2:
        return None
    sensitivity, share = float(hit[need == 1].mean()), float(hit.mean())
    influence = need * (hit - sensitivity) / need.sum() - (hit - share) / len(need)
    who = history.student[known]
    students = len(np.unique(who))
    return Coefficient(sensitivity - share, clustered_error(influence, who), students - 1, students)
