"""The students whose groups are compared: those of the first effect whose outcome is known, in its two arms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.designs.draw import Draw, draw_of, filled
from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Floats
from la_research.evaluation.samples.drawn import drawn_sample
from la_research.protocol import Hypothesis

SHARES = "groups were drawn for shares of their students, which a comparison by student does not allow for"


@dataclass(frozen=True)
class Compared:
    """Students of the arm asked about and of its control, in arrays.

    Parameters
    ----------
    claim
        The hypothesis.
    outcome, drawn, given
        One a student; none missing.
    cluster
        Whom the lot drew as one, codes from 0; None where students were drawn one by one.
    students
        Their ids.
    unit, words
        The outcome's unit, and what readers call it.
    """

    claim: Hypothesis
    outcome: Floats
    drawn: npt.NDArray[np.bool_]
    given: Floats
    cluster: npt.NDArray[np.intp] | None
    students: pd.Index
    unit: str
    words: str


def compared(ground: Ground, claim: Hypothesis) -> Compared | str:
    """The sample of the effect, once that was worked out; or the reason why there is none."""
    sample = drawn_sample(ground, claim)
    if isinstance(sample, str):
        return sample
    if "saturation" in sample:
        return SHARES
    draw = draw_of(sample)
    assert isinstance(draw, Draw)
    two = (draw.arm <= 1) & ~np.isnan(sample["outcome"])
    seen = sample.where(two)
    cluster = np.unique(draw.cluster[two], return_inverse=True)[1] if "cluster" in sample else None
    students = pd.Index(seen.rows["unit"])
    given = filled(seen)
    given = given[:, np.ptp(given, axis=0) > 0]
    return Compared(claim, seen["outcome"], draw.drawn[two], given, cluster, students, seen.unit, seen.words["outcome"])
