"""For whom: registered groups, what is only explored, and who is reached by the support."""

from __future__ import annotations

from la_research.evaluation.who.who import who_findings

__all__ = ["who_findings"]
