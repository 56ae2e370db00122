"""What the registered model leans on, and what can be said of one student's score."""

from la_research.explanation.explain import explain_model

__all__ = ["explain_model"]
