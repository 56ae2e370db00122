"""Do the indicators and the model say what they claim to say?"""

from la_research.validation.validate import registered_associations, validate_indicators

__all__ = ["registered_associations", "validate_indicators"]
