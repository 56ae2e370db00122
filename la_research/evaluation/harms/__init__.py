"""Harms: each registered one is looked for, whatever the design and whether or not its gate is open."""

from la_research.evaluation.harms.ledger import harm_findings

__all__ = ["harm_findings"]
