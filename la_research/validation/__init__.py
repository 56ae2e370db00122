"""Do the indicators and the model say what they claim to say?"""

from la_research.validation.validate import validate_indicators

__all__ = ["validate_indicators"]
