"""For whom does the rule fail, and how often: groups compared, pooled and within modules."""

from la_research.audit.fairness import audit_fairness
from la_research.audit.metrics import METRICS
from la_research.audit.plan import AuditPlan
from la_research.audit.table import TableAudit, audit_rows

__all__ = ["METRICS", "AuditPlan", "TableAudit", "audit_fairness", "audit_rows"]
