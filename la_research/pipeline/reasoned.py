"""What can be said of the score of one student beside the refits of the study: its main reason, and its silence."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from la_research.cohort import Cohort
from la_research.explanation.abstaining import no_suggestion
from la_research.explanation.ground import Ground
from la_research.explanation.reasons import reasons_for
from la_research.protocol import Protocol
from la_research.report.statement import Reasoned


def reasoned(
    protocol: Protocol,
    cohort: Cohort,
    indicators: pa.Table,
    population: str,
    rows: pd.DataFrame,
    features: pd.DataFrame,
    unit: str,
) -> Reasoned:
    """The main reason of a unit's score, by the rule of the study, and why nothing is suggested, where nothing is.

    Parameters
    ----------
    indicators
        As the run kept them.
    population, rows, features
        As ``Predictions.parts`` gives them.
    unit
        One of the rows.

    Returns
    -------
    Reasoned
        Empty for a subset, of which no reason is told, and where the model can not be explained.
    """
    ground = Ground(protocol, cohort, indicators, population, rows, features)
    if not ground.main or ground.reason:
        return Reasoned()
    (told,) = reasons_for(ground, features.loc[[unit]].to_numpy(dtype=float))
    silent = no_suggestion(ground, unit) if protocol.explanation.abstaining is not None else ""
    return Reasoned(told.group, told.why, silent)
