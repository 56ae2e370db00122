"""Each answer to a questionnaire beside the activity that led up to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.cohort.outcomes import questionnaire_scores
from la_research.protocol import Protocol
from la_research.statistics.association import Panel
from la_research.statistics.weeks import by_week, log_scale


def panel_of(protocol: Protocol, cohort: Cohort, indicators: pa.Table, indicator: str, instrument: str) -> Panel:
    """The cells of ``cells_of`` as arrays."""
    cells = cells_of(protocol, cohort, indicators, indicator, instrument)
    return Panel(
        student=pd.factorize(cells["student"])[0],
        unit=pd.factorize(cells["unit_id"])[0],
        group=pd.factorize(cells["modules"] + " " + cells["presentation"])[0],
        week=cells["week"].to_numpy(dtype=np.int64),
        x=cells["x"].to_numpy(dtype=float),
        y=cells["score"].to_numpy(dtype=float),
    )


def cells_of(protocol: Protocol, cohort: Cohort, indicators: pa.Table, indicator: str, instrument: str) -> pd.DataFrame:
    """The design of an association: one cell per unit and week in which the questionnaire was asked.

    A week was asked in a presentation when anyone of it answered an item. ``x`` is the
    mean, on a logarithmic scale, of the indicator over ``validation.window_weeks`` weeks
    that end with the week of the questionnaire; a cell with one of them before week 1 or
    not observed is left out, and silence is a zero. ``score`` is NaN where the
    questionnaire was not answered in full. A student who is one unit on several modules
    belongs to the group of those modules together, and to the first presentation.

    Parameters
    ----------
    protocol
        Reads validation.window_weeks, and what ``eligible`` reads.
    indicators
        What ``compute_indicators`` returned.
    indicator, instrument
        Which of them, by id and by name.

    Returns
    -------
    pandas.DataFrame
        unit_id, week, x, student, presentation, modules, score; sorted by the first two.
    """
    rows = eligible(protocol, cohort)
    units = rows.groupby("unit_id").agg(
        student=("student_id", "first"), presentation=("presentation", "first"), modules=("module", "+".join)
    )
    activity = looked_back(by_week(indicators, indicator), protocol.validation.window_weeks)
    responses = cohort.frame("responses")
    asked = responses.loc[responses["instrument"] == instrument, ["presentation", "week"]].drop_duplicates()
    scores = questionnaire_scores(cohort, instrument).rename(columns={"student_id": "student"})
    cells = activity.merge(units, left_on="unit_id", right_index=True).merge(asked, on=["presentation", "week"])
    cells = cells.merge(scores, on=["student", "presentation", "week"], how="left")
    return cells.sort_values(["unit_id", "week"], ignore_index=True)


def looked_back(values: pd.DataFrame, window: int) -> pd.DataFrame:
    """Mean on the logarithmic scale of each week and the ones before it, where all of them were observed.

    Examples
    --------
    >>> silent = pd.DataFrame([[0.0, 0.0, None]], index=pd.Index(["s1"], name="unit_id"), columns=[1, 2, 3])
    >>> looked_back(silent, 2).to_dict("list")
    {'unit_id': ['s1'], 'week': [2], 'x': [0.0]}
    """
    last = int(max(values.columns, default=0))
    logs = log_scale(values.reindex(columns=range(1, last + 1)).to_numpy(dtype=float))
    parts = []
    for week in range(window, last + 1):
        x = logs[:, week - window : week].mean(axis=1)
        parts.append(pd.DataFrame({"unit_id": values.index, "week": week, "x": x}).dropna())
    empty = pd.DataFrame({"unit_id": pd.Series(dtype=str), "week": pd.Series(dtype=int), "x": pd.Series(dtype=float)})
    return pd.concat(parts, ignore_index=True) if parts else empty
