"""A roll-out as a panel: each student or module at each week or wave, and the week from which it has the support."""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.protocol import Hypothesis
from la_research.protocol.designs.did import Differences
from la_research.protocol.designs.synthetic_control import SyntheticControl

NO_STARTS = "the protocol registers no week in which the support starts ('starts')"
NO_WEEKS = "the outcome is known once for each student: no indicator is registered, nor a questionnaire asked in waves"


def students_over_time(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a student of the study and week, with the start of the student's module, which is the cluster.

    The outcome is the registered indicator on the logarithmic scale, where there is one: a questionnaire that the
    hypothesis names is not read then. Else it is that questionnaire's score in every wave. A student on two modules
    counts with the first.

    Returns
    -------
    Sample or str
        Or why there is none.
    """
    design = ground.support.design
    assert isinstance(design, Differences)
    if not design.starts:
        return NO_STARTS
    read = _outcome(ground, claim, design.indicator)
    if isinstance(read, str):
        return read
    wide, label, unit = read
    module = ground.students["module"].reindex(wide.index)
    first = module.map(design.starts).fillna(np.inf).to_numpy(dtype=float)
    rows = _long(wide, first).assign(cluster=np.repeat(module.to_numpy(), wide.shape[1]))
    return Sample(rows, (), {"outcome": label}, unit, ground.minimum, ground.protocol.seed)


def modules_over_time(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a module and week: the mean over its students, with the start of the one module that starts."""
    design = ground.support.design
    assert isinstance(design, SyntheticControl)
    if not design.starts:
        return NO_STARTS
    read = _outcome(ground, claim, design.indicator)
    if isinstance(read, str):
        return read
    wide, label, unit = read
    module = ground.students["module"].reindex(wide.index)
    large = module.map(module.value_counts()) >= ground.minimum
    means = wide[large].groupby(module[large]).mean()
    first = pd.Series(design.starts).reindex(means.index).fillna(np.inf).to_numpy(dtype=float)
    return Sample(_long(means, first), (), {"outcome": label}, unit, ground.minimum, ground.protocol.seed)


def _outcome(ground: Ground, claim: Hypothesis, indicator: str | None) -> tuple[pd.DataFrame, str, str] | str:
    """Students by week or wave, what it is called, and its unit."""
    if indicator:
        return ground.weekly(indicator), f"{indicator.replace('_', ' ')} in each week", "log actions"
    outcome = ground.protocol.outcome(claim.outcome)
    if outcome.instrument is None or outcome.at_least is not None:
        return NO_WEEKS
    return ground.scores(outcome.instrument), f"{outcome.instrument} in each wave", ground.unit(claim)


def _long(wide: pd.DataFrame, first: np.ndarray) -> pd.DataFrame:
    units, times = wide.shape
    return pd.DataFrame({
        "unit": np.repeat(wide.index.to_numpy(), times),
        "time": np.tile(wide.columns.to_numpy(dtype=float), units),
        "first": np.repeat(first, times),
        "outcome": wide.to_numpy(dtype=float).ravel(),
    })  # fmt: skip
