"""Every way to make a sample of a cohort, by the kind of design."""

from __future__ import annotations

from collections.abc import Callable

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.evaluation.samples.drawn import drawn_sample
from la_research.evaluation.samples.its import weekly_series
from la_research.evaluation.samples.micro_randomised import nudged
from la_research.evaluation.samples.observational import observational_sample
from la_research.evaluation.samples.panels import modules_over_time, students_over_time
from la_research.evaluation.samples.pooled import pooled_sample
from la_research.evaluation.samples.rdd import cut_off
from la_research.evaluation.samples.stepped_wedge import waved
from la_research.evaluation.samples.survival import times_to_leaving
from la_research.protocol import Hypothesis

SAMPLES: dict[str, Callable[[Ground, Hypothesis], Sample | str]] = {
    "cluster": drawn_sample,
    "did": students_over_time,
    "its": weekly_series,
    "micro_randomised": nudged,
    "observational": observational_sample,
    "pooled": pooled_sample,
    "randomised": drawn_sample,
    "rdd": cut_off,
    "stepped_wedge": waved,
    "survival": times_to_leaving,
    "synthetic_control": modules_over_time,
}
"""Each gives the sample of a hypothesis, or the reason why there is none."""
