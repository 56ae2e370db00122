"""A roll-out of a study as a stepped wedge: its tutor groups, the waves of a questionnaire, and who had the support."""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.protocol import Hypothesis


def waved(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a student of the study and wave of the outcome's questionnaire, answered or not.

    Clusters are those of ``assignments``; a group starts in its week, or never where its arm is
    not that of the support. Waves are those that the protocol registers for the questionnaire.

    Returns
    -------
    Sample or str
        Or why there is none.
    """
    drawn = ground.assignments
    outcome = ground.protocol.outcome(claim.outcome)
    if outcome.instrument is None:
        return "the outcome is recorded once, at the end: a stepped wedge needs one in every period"
    if drawn.empty:
        return "the records hold no start of the registered trial for any student of the study"
    if drawn["cluster"].isna().any() or drawn["student_id"].duplicated().any():
        return "of some students the records hold no group, or several starts"
    start = np.where(drawn["arm"] == ground.support.arm, drawn["week"].astype(float), np.inf)
    scores = ground.scores(outcome.instrument).reindex(drawn["student_id"])
    scores = scores[[week for week in scores if week in ground.protocol.instruments[outcome.instrument].weeks]]
    if outcome.at_least is not None:
        scores = (scores >= outcome.at_least).astype(float).where(scores.notna())
    waves = scores.columns.to_numpy(dtype=float)
    rows = pd.DataFrame(
        {
            "unit": np.repeat(drawn["student_id"].to_numpy(), len(waves)),
            "cluster": np.repeat(drawn["cluster"].to_numpy(), len(waves)),
            "first": np.repeat(start, len(waves)),
            "time": np.tile(waves, len(drawn)),
            "outcome": scores.to_numpy(dtype=float).ravel(),
        }
    )
    words = {"outcome": f"{outcome.instrument} in weeks {', '.join(f'{wave:g}' for wave in waves)}"}
    return Sample(rows, (), words, ground.unit(claim), ground.minimum, ground.protocol.seed)
