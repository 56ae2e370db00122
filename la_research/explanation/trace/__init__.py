"""How the numbers about one student come about, line by line, so that they can be worked out again on paper."""

from la_research.explanation.trace.first import FIRST
from la_research.explanation.trace.margins import margins_of, tried_of
from la_research.explanation.trace.steps import Step, Trace
from la_research.explanation.trace.student import trace_student
from la_research.explanation.trace.unknown import unknown_of

__all__ = ["FIRST", "Step", "Trace", "margins_of", "trace_student", "tried_of", "unknown_of"]
