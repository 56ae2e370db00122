"""Nudges of a study as draws: each student and week, whether a draw was possible, and the activity that followed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.protocol import Hypothesis
from la_research.protocol.designs.micro_randomised import MicroRandomised

COVARIATES = ("now", "before", "drawn_before", "week")
"""Activity in the week of the draw, its mean in all weeks before that, earlier draws of the support, and the week."""


def nudged(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a student of the study and week in which anyone was drawn.

    The outcome is the registered indicator, on the logarithmic scale, so many weeks after the draw
    as registered: the draw is made at the end of its week. A questionnaire that the hypothesis
    names is not read. A week without a row in ``assignments`` is one in which no draw was
    possible. Where an indicator was not observed the outcome, or the covariate, is missing.

    Returns
    -------
    Sample or str
        Or why there is none.
    """
    design, drawn = ground.support.design, ground.assignments
    assert isinstance(design, MicroRandomised)
    if design.proximal is None:
        return "no indicator is registered that is read after each draw ('proximal')"
    drawn = drawn[drawn["arm"].isin([ground.support.arm, ground.support.control])]
    if drawn.empty:
        return "the records hold no draw of the registered trial and arms for any student of the study"
    if drawn.duplicated(["student_id", "week"]).any():
        return "a student was drawn several times in one week"
    weekly = ground.weekly(design.proximal)
    weeks = np.unique(drawn["week"].to_numpy())
    grid = pd.MultiIndex.from_product([weekly.index, weeks], names=["unit", "time"])
    held = drawn.set_index(["student_id", "week"]).reindex(grid)
    sent = (held["arm"] == ground.support.arm).to_numpy(dtype=float)
    rows = grid.to_frame(index=False).assign(
        treatment=sent,
        available=held["arm"].notna().to_numpy(dtype=float),
        probability=np.where(sent == 1, held["probability"], 1 - held["probability"]),
        outcome=_read(weekly, weeks + design.lag),
        now=_read(weekly, weeks),
        before=_read(weekly.T.expanding().mean().shift().T, weeks),
        week=grid.get_level_values("time").astype(float),
    )
    rows["drawn_before"] = rows.groupby("unit")["treatment"].cumsum() - rows["treatment"]
    when = {0: "week of", 1: "week after"}.get(design.lag, f"{design.lag}th week after")
    after = f"{design.proximal.replace('_', ' ')} in the {when} each draw"
    return Sample(rows, COVARIATES, {"outcome": after}, "log actions", ground.minimum, ground.protocol.seed)


def _read(weekly: pd.DataFrame, weeks: np.ndarray) -> np.ndarray:
    """Values of the weeks named, student after student; missing where there is no such week."""
    return weekly.reindex(columns=weeks).to_numpy(dtype=float).ravel()
