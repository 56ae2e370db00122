"""Students who had the support, compared with students like them who had none; nobody drew."""

from la_research.evaluation.designs.observational.design import OBSERVATIONAL

__all__ = ["OBSERVATIONAL"]
