"""When there is no suggestion: too short a history, unlike all others, or a score that leaves both answers open."""

from la_research.explanation.abstaining.asked import abstaining_findings
from la_research.explanation.abstaining.decided import Abstained, abstained, no_suggestion

__all__ = ["Abstained", "abstained", "abstaining_findings", "no_suggestion"]
