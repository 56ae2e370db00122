"""What an instrument is worth, on a plain table: dimensions, reliability, structure, and whether groups share it."""

from la_research.validation.scale.examine import examine_scale
from la_research.validation.scale.plan import ScaleExamined, ScalePlan

__all__ = ["ScaleExamined", "ScalePlan", "examine_scale"]
