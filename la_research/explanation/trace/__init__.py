"""How the numbers about one student come about, line by line, so that they can be worked out again on paper."""

from la_research.explanation.trace.steps import Step, Trace

__all__ = ["Step", "Trace"]
