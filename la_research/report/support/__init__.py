"""What did the support do: the effect, its gate, its harms, and all that has to stand beside them."""

from la_research.report.support.section import support

__all__ = ["support"]
