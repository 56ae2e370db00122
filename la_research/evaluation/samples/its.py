"""A cohort as series: weekly activity of the students on modules that start the support, and on those that do not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.protocol import Hypothesis
from la_research.protocol.designs.its import Series


def weekly_series(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a student of the study and week: the registered indicator on the logarithmic scale.

    Students on ``modules`` start in the week registered; those on ``control_modules`` never do, and others are not
    read. Without ``modules`` everybody starts. A questionnaire that the hypothesis names is not read. A week in
    which the indicator was not observed, as after a student left, is not known.

    Returns
    -------
    Sample or str
        Or why there is none.
    """
    design = ground.support.design
    assert isinstance(design, Series)
    if design.indicator is None:
        return "no indicator is registered whose weekly mean is the series ('indicator')"
    if design.start is None:
        return "no week is registered in which the support starts ('start')"
    module = ground.students["module"]
    started = module.isin(design.modules) if design.modules else pd.Series(True, index=module.index)
    wide = ground.weekly(design.indicator)[started | module.isin(design.control_modules)]
    students, weeks = wide.shape
    rows = pd.DataFrame(
        {
            "unit": np.repeat(wide.index.to_numpy(), weeks),
            "time": np.tile(wide.columns.to_numpy(dtype=float), students),
            "first": np.repeat(np.where(started.reindex(wide.index), design.start, np.inf), weeks),
            "outcome": wide.to_numpy(dtype=float).ravel(),
        }
    )
    words = {"outcome": f"{design.indicator.replace('_', ' ')} in each week", "time": "weeks"}
    return Sample(rows, (), words, "log actions", ground.minimum, ground.protocol.seed)
