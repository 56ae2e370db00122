"""One series before and after a start, alone or beside a control series."""

from la_research.evaluation.designs.its.series import ITS

__all__ = ["ITS"]
