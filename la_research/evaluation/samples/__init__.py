"""From a study's cohort to the sample that its design reads, one file a design."""

from la_research.evaluation.samples.registry import SAMPLES

__all__ = ["SAMPLES"]
