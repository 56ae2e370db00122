"""Indicators: what students did, week by week, each with a definition card."""

from la_research.indicators.card import Indicator
from la_research.indicators.registry import INDICATORS, compute_indicators, describe_indicators, summarised

__all__ = ["INDICATORS", "Indicator", "compute_indicators", "describe_indicators", "summarised"]
