"""Students and what was recorded of them: checked tables, who is in and who is out."""

from la_research.cohort.cohort import ARROW, Cohort, Provenance, arrow_schema

__all__ = ["ARROW", "Cohort", "Provenance", "arrow_schema"]
