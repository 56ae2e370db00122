"""The true error rates of a rule: whom it suggests, against who truly needs support."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from la_research.errors import Fault, TruthError
from la_research.synthetic.truth.envelope import Truth

COLUMNS = ("group", "students", "needing", "suggested", "found", "missed", "tpr", "fpr", "fnr", "ppv")


def error_rates(
    truth: Truth, suggested: Mapping[str, Any] | pd.Series, *, week: int | None = None, by: str | None = None
) -> pd.DataFrame:
    """How often a rule finds true need, misses it, and suggests a student without it.

    Parameters
    ----------
    truth
        The truth of the cohort that the rule was tried on.
    suggested
        For each student whom the rule looked at, by student_id: 1 or True where it suggests
        them, else 0 or False. A student who is not in it does not count; one with several rows
        is suggested where any of them is.
    week
        Need in this teaching week; that of the label when left out.
    by
        A column of the truth's ``students``, e.g. "gender": a row for each of its values.

    Returns
    -------
    pandas.DataFrame
        group ("all", or a value of ``by``), students, needing, suggested, found (needing and
        suggested), missed (needing and not suggested), and the shares tpr and fnr (of those
        needing), fpr (of the others), ppv (of those suggested); 0 to 1, not a number where nobody
        is counted. They are counts of this cohort, so they carry no interval.

    Raises
    ------
    TruthError
        ``truth.other_cohort`` where a student is not in this truth; ``truth.no_week`` and
        ``truth.no_column`` where it does not hold the week or the column asked for.

    Examples
    --------
    >>> import pyarrow as pa
    >>> students = pa.table({"student_id": list("abcd"), "true_need": [True, True, False, False]})
    >>> campus = Truth("small", "", 1, 4, {}, {"students": students})
    >>> found = error_rates(campus, {"a": 1, "b": 0, "c": 1, "d": 0})
    >>> found[["students", "needing", "found", "tpr", "fpr", "ppv"]].values.tolist()
    [[4.0, 2.0, 1.0, 0.5, 0.5, 0.5]]
    """
    asked = pd.Series(suggested).astype(bool).groupby(level=0).any()
    students = truth.tables["students"].to_pandas().set_index("student_id")
    _check(truth, asked, students, week, by)
    needing = students["true_need"] if week is None else _need_in(truth, week)
    rows = pd.DataFrame({"suggested": asked, "need": needing.reindex(asked.index).astype(bool)})
    rows["group"] = "all" if by is None else students[by].reindex(asked.index)
    counted = [_counted(str(group), part) for group, part in rows.groupby("group", sort=True)]
    return pd.DataFrame(counted, columns=list(COLUMNS))


def _need_in(truth: Truth, week: int) -> pd.Series:
    weeks = truth.tables["weeks"].to_pandas()
    need: pd.Series = weeks[weeks["week"] == week].set_index("student_id")["need"]
    return need


def _check(truth: Truth, asked: pd.Series, students: pd.DataFrame, week: int | None, by: str | None) -> None:
    unknown = int((~asked.index.isin(students.index)).sum())
    faults = []
    if unknown:
        problem = f"{unknown} of the students looked at are not in this truth"
        faults.append(Fault("truth.other_cohort", problem, "suggested", "name the truth of the rule's own cohort"))
    if week is not None and week not in _weeks(truth):
        faults.append(Fault("truth.no_week", f"the truth holds no week {week}", "week", "name a teaching week"))
    if by is not None and by not in students.columns:
        held = ", ".join(students.columns)
        faults.append(Fault("truth.no_column", f"the truth holds no column '{by}'", "by", f"one of: {held}"))
    TruthError.raise_if(faults)


def _weeks(truth: Truth) -> frozenset[int]:
    weeks = truth.tables["weeks"]
    return frozenset(weeks.column("week").to_pylist()) if "need" in weeks.column_names else frozenset()


def _counted(group: str, rows: pd.DataFrame) -> tuple[str | int | float, ...]:
    need, suggested = rows["need"].to_numpy(), rows["suggested"].to_numpy()
    found, missed = int((need & suggested).sum()), int((need & ~suggested).sum())
    needing, picked = int(need.sum()), int(suggested.sum())
    rates = ((found, needing), (picked - found, len(rows) - needing), (missed, needing), (found, picked))
    shares = (part / whole if whole else np.nan for part, whole in rates)
    return (group, len(rows), needing, picked, found, missed, *shares)
