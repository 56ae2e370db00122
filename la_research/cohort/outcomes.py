"""What is measured at the end: questionnaire scores and recorded events, by unit of the study."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from la_research.cohort.cohort import Cohort
from la_research.protocol import QUESTIONNAIRES, Outcome


def questionnaire_scores(cohort: Cohort, instrument: str, weeks: Collection[int] | None = None) -> pd.DataFrame:
    """The score of every questionnaire that was answered in full.

    A questionnaire with an item left out has no score: it is absent, never filled in. The
    items are counted by number, so an item above the instrument's last does not stand in
    for a missing one.

    Parameters
    ----------
    cohort
        Reads ``responses``.
    instrument
        A name of ``QUESTIONNAIRES``, e.g. "WHO-5".
    weeks
        Only those asked in these weeks; all when left out.

    Returns
    -------
    pandas.DataFrame
        student_id, presentation, week, score (in the instrument's points), sorted by the
        first three.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from la_research.cohort import Provenance
    >>> answered = [("s1", item, 3) for item in (1, 2, 3, 4, 5)] + [("s2", item, 3) for item in (1, 2, 3, 4)]
    >>> responses = pa.table({
    ...     "student_id": [s for s, _, _ in answered], "presentation": ["2025A"] * 9, "week": [2] * 9,
    ...     "instrument": ["WHO-5"] * 9, "item": [i for _, i, _ in answered], "value": [v for _, _, v in answered]})
    >>> scores = questionnaire_scores(Cohort({"responses": responses}, Provenance("synthetic", ""), ""), "WHO-5")
    >>> scores["student_id"].to_list(), scores["score"].to_list()
    (['s1'], [60.0])
    """
    known = QUESTIONNAIRES[instrument]
    table = cohort.arrow("responses")
    wanted = pc.and_(pc.equal(table["instrument"], instrument), pc.less_equal(table["item"], known.items))
    if weeks is not None:
        wanted = pc.and_(wanted, pc.is_in(table["week"], value_set=pa.array(sorted(weeks), pa.int64())))
    rows: pd.DataFrame = table.filter(wanted).to_pandas()
    sums = rows.groupby(["student_id", "presentation", "week"])["value"].agg(["count", "sum"]).reset_index()
    whole = sums[sums["count"] == known.items].reset_index(drop=True)
    return whole.assign(score=whole["sum"].astype(float) * known.multiplier).drop(columns=["count", "sum"])


def outcome_values(cohort: Cohort, outcome: Outcome, units: pd.DataFrame) -> pd.Series:
    """The value of a registered outcome for each unit of the study.

    Parameters
    ----------
    cohort
        Reads ``responses`` or ``outcomes``.
    outcome
        A questionnaire in a week, or events of the record; an indicator has no value here.
    units
        What ``eligible`` returned: unit_id, enrolment_id, student_id, presentation.

    Returns
    -------
    pandas.Series
        By unit_id, sorted. A questionnaire's score in its points, or 1.0 and 0.0 where the
        outcome has ``at_least``; NaN where it was not answered in full. An event is 1.0
        where any of the names is recorded for any enrolment of the unit, else 0.0. A
        student who answered in several presentations has the mean of the scores. An indicator is NaN:
        it is worked out from activity, week by week.
    """
    if outcome.indicator is not None:
        return pd.Series(np.nan, index=np.unique(units["unit_id"]), name=outcome.id)
    if outcome.instrument is None:
        recorded = cohort.frame("outcomes")
        happened = set(recorded.loc[recorded["name"].isin(outcome.event), "enrolment_id"])
        return units["enrolment_id"].isin(happened).astype(float).groupby(units["unit_id"]).max().rename(outcome.id)
    scores = questionnaire_scores(cohort, outcome.instrument, [outcome.week or 0]).drop(columns="week")
    pairs = units[["unit_id", "student_id", "presentation"]].drop_duplicates()
    values = pairs.merge(scores, on=["student_id", "presentation"], how="left").groupby("unit_id")["score"].mean()
    if outcome.at_least is not None:
        values = (values >= outcome.at_least).astype(float).where(values.notna())
    return values.rename(outcome.id)
