"""Models that can be worked out on paper, or read off a page, beside the registered one; and what they cost."""

from la_research.explanation.simpler.card import card_findings
from la_research.explanation.simpler.compare import simpler_findings
from la_research.explanation.simpler.recommended import RECOMMENDATIONS, recommendation

__all__ = ["RECOMMENDATIONS", "card_findings", "recommendation", "simpler_findings"]
