"""Every way to make a sample of a cohort, by the kind of design."""

from __future__ import annotations

from collections.abc import Callable

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.evaluation.samples.rdd import cut_off
from la_research.protocol import Hypothesis

SAMPLES: dict[str, Callable[[Ground, Hypothesis], Sample | str]] = {
    "rdd": cut_off,
}
"""Each gives the sample of a hypothesis, or the reason why there is none."""
