"""What the score is worth: to whom it would help, how far it travels, and what each thing collected adds to it."""

from la_research.validation.worth.answers import worth_findings

__all__ = ["worth_findings"]
