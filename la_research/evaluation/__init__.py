"""Did the support help? Answered by what was drawn by lot."""

from la_research.evaluation.evaluate import evaluate_intervention, registered_effects

__all__ = ["evaluate_intervention", "registered_effects"]
