"""Difference in differences: two groups and two times, or groups that start at different times."""

from la_research.evaluation.design import Design
from la_research.evaluation.designs.did.checks import checks
from la_research.evaluation.designs.did.effects import estimated
from la_research.evaluation.designs.did.rows import reason
from la_research.evaluation.panels import prepared
from la_research.protocol.designs.did import Differences

DID = Design(
    "did",
    Differences,
    ("outcome", "unit", "time"),
    ("first", "treatment", "cluster"),
    reason,
    checks,
    estimated,
    prepared,
)
