"""What was known of students before their draw: registered indicators, the questionnaire asked before, background."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc

from la_research.cohort.outcomes import questionnaire_scores
from la_research.evaluation.course import in_week
from la_research.evaluation.ground import Ground
from la_research.protocol import Hypothesis

BASELINE = "baseline"
"""Name of the covariate that is the outcome's own questionnaire, asked before the draw."""


def known_before(ground: Ground, claim: Hypothesis, drawn: pd.DataFrame) -> pd.DataFrame:
    """The covariates of ``support.covariates`` and ``support.background``, one column each; not a number where missing.

    "baseline" is the same questionnaire in the last week it was asked at or before the draw,
    any other covariate an indicator in the week of the draw, on a logarithmic scale. Words of
    the background become a column for each of them but the first.

    Parameters
    ----------
    drawn
        Students drawn (index student_id): presentation, week of the draw.
    """
    found: dict[str, npt.NDArray[np.float64]] = {}
    instrument = ground.protocol.outcome(claim.outcome).instrument
    for name in ground.support.covariates:
        if name != BASELINE:
            found[name] = in_week(ground.weekly(name), drawn["week"])
        elif instrument is not None:
            found[name] = _asked_before(ground, drawn, instrument)
    for label, held in ground.background(ground.support.background).reindex(drawn.index).items():
        found |= _columns(str(label), held)
    return pd.DataFrame(found, index=drawn.index)


def _asked_before(ground: Ground, drawn: pd.DataFrame, instrument: str) -> npt.NDArray[np.float64]:
    """The score in the last week, at or before a student's draw, in which their presentation was asked."""
    responses = ground.cohort.arrow("responses")
    responses = responses.filter(pc.equal(responses["instrument"], instrument))
    asked = responses.group_by(["presentation", "week"]).aggregate([]).to_pandas()
    lots = drawn.reset_index()[["student_id", "presentation", "week"]]
    waves = lots.merge(asked, on="presentation", suffixes=("_drawn", ""))
    before = waves[waves["week"] <= waves["week_drawn"]]
    last = before.groupby(["student_id", "presentation"])["week"].max().reset_index()
    asked_then = questionnaire_scores(ground.cohort, instrument, set(last["week"]))
    scores = last.merge(asked_then, on=["student_id", "presentation", "week"])
    return scores.set_index("student_id")["score"].reindex(drawn.index).to_numpy(dtype=float)


def _columns(name: str, held: pd.Series) -> dict[str, npt.NDArray[np.float64]]:
    if pd.api.types.is_numeric_dtype(held) or pd.api.types.is_bool_dtype(held):
        return {name: held.to_numpy(dtype=float, na_value=np.nan)}
    words = sorted(held.dropna().unique())[1:]
    return {f"{name}: {word}": np.where(held.isna(), np.nan, held == word).astype(float) for word in words}
