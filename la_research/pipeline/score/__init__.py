"""Found against planted: after the evidence is frozen, its findings are set beside the truth."""

from la_research.pipeline.score.beside import verdict_earned
from la_research.pipeline.score.estimands import estimand_key
from la_research.pipeline.score.everything import score_evidence

__all__ = ["estimand_key", "score_evidence", "verdict_earned"]
