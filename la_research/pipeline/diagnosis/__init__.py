"""A design judged before any data: the registered analysis on many synthetic cohorts whose truth is known."""

from la_research.pipeline.diagnosis.diagnose import diagnose_design

__all__ = ["diagnose_design"]
