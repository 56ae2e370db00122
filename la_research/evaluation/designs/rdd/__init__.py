"""A cut-off decides who gets the support: those just on either side of it are compared."""

from __future__ import annotations

from la_research.evaluation.design import Design
from la_research.evaluation.designs.rdd.checks import checks
from la_research.evaluation.designs.rdd.effect import estimated
from la_research.evaluation.designs.rdd.looks import reason
from la_research.protocol.designs.rdd import Discontinuity

MAY = ("treatment", "unit", "time", "cluster", "available")
RDD = Design("rdd", Discontinuity, ("outcome", "running"), MAY, reason, checks, estimated)

__all__ = ["RDD"]
