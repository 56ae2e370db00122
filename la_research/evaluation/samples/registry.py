"""Every way to make a sample of a cohort, by the kind of design."""

from __future__ import annotations

from collections.abc import Callable

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.evaluation.samples.micro_randomised import nudged
from la_research.evaluation.samples.stepped_wedge import waved
from la_research.protocol import Hypothesis

SAMPLES: dict[str, Callable[[Ground, Hypothesis], Sample | str]] = {
    "micro_randomised": nudged,
    "stepped_wedge": waved,
}
"""Each gives the sample of a hypothesis, or the reason why there is none."""
