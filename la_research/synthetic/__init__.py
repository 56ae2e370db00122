"""Invented students whose truth is known to the last one."""

from la_research.synthetic.generate import Block, cohort_blocks, generate_cohort, provenance
from la_research.synthetic.scenario import Scenario, parse_scenario
from la_research.synthetic.truth import Truth

__all__ = ["Block", "Scenario", "Truth", "cohort_blocks", "generate_cohort", "parse_scenario", "provenance"]
