"""The registered study: what was promised before any student was looked at."""

from la_research.protocol.analysis import Mitigation, Sensitive
from la_research.protocol.document import Tree, merged, read_tree
from la_research.protocol.governance import Processing
from la_research.protocol.measures import (
    QUESTIONNAIRES,
    Estimand,
    Hypothesis,
    IndicatorSettings,
    Light,
    Outcome,
    Questionnaire,
)
from la_research.protocol.parse import owed, parse_protocol
from la_research.protocol.population import Subset
from la_research.protocol.section import LEVELS, Level, Section
from la_research.protocol.study import Protocol

__all__ = [
    "LEVELS",
    "QUESTIONNAIRES",
    "Estimand",
    "Hypothesis",
    "IndicatorSettings",
    "Level",
    "Light",
    "Mitigation",
    "Outcome",
    "Processing",
    "Protocol",
    "Questionnaire",
    "Section",
    "Sensitive",
    "Subset",
    "Tree",
    "merged",
    "owed",
    "parse_protocol",
    "read_tree",
]
