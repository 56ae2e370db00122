"""What the registered model leans on."""

from la_research.explanation.importance import explain_model

__all__ = ["explain_model"]
