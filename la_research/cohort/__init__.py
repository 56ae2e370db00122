"""Students and what was recorded of them: checked tables, who is in and who is out."""

from la_research.cohort.check import check_cohort
from la_research.cohort.cohort import ARROW, Cohort, Provenance, arrow_schema
from la_research.cohort.feeds import index_days, with_feeds
from la_research.cohort.flow import describe_cohort, eligible
from la_research.cohort.order import in_order
from la_research.cohort.outcomes import outcome_values, questionnaire_scores

__all__ = [
    "ARROW",
    "Cohort",
    "Provenance",
    "arrow_schema",
    "check_cohort",
    "describe_cohort",
    "eligible",
    "in_order",
    "index_days",
    "outcome_values",
    "questionnaire_scores",
    "with_feeds",
]
