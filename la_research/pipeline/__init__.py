"""The room that joins the methods: stages, notebooks, runs and the score."""

from la_research.pipeline.cohorts import open_cohort
from la_research.pipeline.diagnosis import diagnose_design
from la_research.pipeline.saved import load_stage, save_stage
from la_research.pipeline.score import score_evidence
from la_research.pipeline.stages import Made, run_study

__all__ = ["Made", "diagnose_design", "load_stage", "open_cohort", "run_study", "save_stage", "score_evidence"]
