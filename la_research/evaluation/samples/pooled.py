"""Sites' estimates are no students: a cohort has no sample of them."""

from __future__ import annotations

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.protocol import Hypothesis


def pooled_sample(ground: Ground, claim: Hypothesis) -> Sample | str:
    """The reason why a cohort has none."""
    return "estimates of several sites are joined from a table, not from the students of one cohort"
