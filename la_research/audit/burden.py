"""What contacts cost students: minutes of their time, and whether they were passed on to urgent help."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

KEY = ["student_id", "presentation"]


def burden(contacts: pd.DataFrame, units: pd.DataFrame, minutes: Mapping[str, float]) -> pd.DataFrame:
    """Minutes and escalations of every unit, from the contacts recorded at any time in its presentation.

    A unit without a contact has 0 minutes: that nobody came is an observation. A student on two
    modules of one presentation has the same contacts on both, and counts as one student.

    Parameters
    ----------
    contacts
        student_id, presentation, at, rule, step: one row a step.
    units
        unit_id, student_id, presentation; a unit may stand on several rows.
    minutes
        Minutes of a student's time that a step takes; a step that is not named takes none.

    Returns
    -------
    pandas.DataFrame
        By unit_id: escalated (0 or 1), and minutes where ``minutes`` names some step. No column
        where no contact at all is recorded.

    Examples
    --------
    >>> contacts = pd.DataFrame({"student_id": ["s1", "s1"], "presentation": ["A", "A"], "step": ["sent", "escalated"]})
    >>> units = pd.DataFrame({"unit_id": ["u1", "u2"], "student_id": ["s1", "s2"], "presentation": ["A", "A"]})
    >>> burden(contacts, units, {"sent": 2.0}).reset_index().values.tolist()
    [['u1', 1.0, 2.0], ['u2', 0.0, 0.0]]
    """
    runs = units[["unit_id", *KEY]].drop_duplicates()
    if not len(contacts):
        return pd.DataFrame(index=pd.Index(sorted(set(runs["unit_id"])), name="unit_id"))
    steps = contacts[[*KEY, "step"]].assign(
        escalated=(contacts["step"] == "escalated").astype(float), minutes=contacts["step"].map(minutes).fillna(0.0)
    )
    each = steps.groupby(KEY).agg(escalated=("escalated", "max"), minutes=("minutes", "sum"))
    joined = runs.join(each, on=KEY).fillna({"escalated": 0.0, "minutes": 0.0}).groupby("unit_id")
    found = joined.agg(escalated=("escalated", "max"), minutes=("minutes", "sum"))
    return found if minutes else found[["escalated"]]
