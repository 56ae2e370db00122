"""Difference in differences where units start at different times: group-time effects and what is made of them."""

from la_research.statistics.staggered.aggregation import Effect, calendar, dynamic, events, grouped, simple
from la_research.statistics.staggered.bands import simultaneous_reach
from la_research.statistics.staggered.errors import Errors
from la_research.statistics.staggered.group_time import Cells, comparable, group_time_effects
from la_research.statistics.staggered.panel import Panel
from la_research.statistics.staggered.trends import PreTrends, exposure, pre_trends
from la_research.statistics.staggered.violations import breakdown, robust_interval

__all__ = [
    "Cells", "Effect", "Errors", "Panel", "PreTrends", "breakdown", "calendar", "comparable", "dynamic", "events",
    "exposure", "group_time_effects",
    "grouped", "pre_trends", "robust_interval", "simple", "simultaneous_reach",
]  # fmt: skip
