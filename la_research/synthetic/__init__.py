"""Invented students whose truth is known to the last one."""

from la_research.synthetic.generate import generate_cohort
from la_research.synthetic.scenario import Scenario, parse_scenario
from la_research.synthetic.truth import Truth, error_rates

__all__ = ["Scenario", "Truth", "error_rates", "generate_cohort", "parse_scenario"]
