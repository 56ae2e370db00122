"""Learning analytics for student wellbeing: from a registered study to an ethics and an advisory report.

Names are read when they are first used, so that ``import la_research`` costs next to nothing.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from la_research.audit import audit_fairness
    from la_research.cohort import Cohort, Provenance
    from la_research.errors import Fault, LaResearchError
    from la_research.evaluation import evaluate_intervention
    from la_research.evidence import Deviation, Evidence, collect_evidence
    from la_research.explanation import explain_model
    from la_research.finding import Assumption, Estimate, Finding, Findings, Row
    from la_research.indicators import Indicator, compute_indicators
    from la_research.models import Predictions, fit_model
    from la_research.pipeline import diagnose_design, load_stage, run_study, save_stage, score_evidence
    from la_research.protocol import Protocol
    from la_research.report import Document, advisory_report, ethics_report, plot
    from la_research.store import load_cohort, load_protocol, load_scenario
    from la_research.synthetic import Scenario, Truth, generate_cohort
    from la_research.validation import validate_indicators

_ROOMS = {
    "audit": ("audit_fairness",),
    "cohort": ("Cohort", "Provenance"),
    "errors": ("Fault", "LaResearchError"),
    "evaluation": ("evaluate_intervention",),
    "evidence": ("Deviation", "Evidence", "collect_evidence"),
    "explanation": ("explain_model",),
    "finding": ("Assumption", "Estimate", "Finding", "Findings", "Row"),
    "indicators": ("Indicator", "compute_indicators"),
    "models": ("Predictions", "fit_model"),
    "pipeline": ("diagnose_design", "load_stage", "run_study", "save_stage", "score_evidence"),
    "protocol": ("Protocol",),
    "report": ("Document", "advisory_report", "ethics_report", "plot"),
    "store": ("load_cohort", "load_protocol", "load_scenario"),
    "synthetic": ("Scenario", "Truth", "generate_cohort"),
    "validation": ("validate_indicators",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "Assumption",
    "Cohort",
    "Deviation",
    "Document",
    "Estimate",
    "Evidence",
    "Fault",
    "Finding",
    "Findings",
    "Indicator",
    "LaResearchError",
    "Predictions",
    "Protocol",
    "Provenance",
    "Row",
    "Scenario",
    "Truth",
    "__version__",
    "advisory_report",
    "audit_fairness",
    "collect_evidence",
    "compute_indicators",
    "diagnose_design",
    "ethics_report",
    "evaluate_intervention",
    "explain_model",
    "fit_model",
    "generate_cohort",
    "load_cohort",
    "load_protocol",
    "load_scenario",
    "load_stage",
    "plot",
    "run_study",
    "save_stage",
    "score_evidence",
    "validate_indicators",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"la_research has no '{name}'")
    value = getattr(import_module(f"la_research.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]


logging.getLogger(__name__).addHandler(logging.NullHandler())
