"""For whom does the rule fail, and how often: groups compared, pooled and within modules."""

from la_research.audit.fairness import audit_fairness

__all__ = ["audit_fairness"]
