"""Learned twins: a look-alike fitted to an extract, its gates, and a cohort made of it again."""

from la_research.synthetic.twins.breaches import Rule, order_breaches, read_rule, rule_breaches
from la_research.synthetic.twins.extract import Extract, extract
from la_research.synthetic.twins.gates import Check, Gate, checked, told, unchecked
from la_research.synthetic.twins.rebuild import rebuilt
from la_research.synthetic.twins.sampled import Halves, Sampled, fidelity, measure_twins, privacy, sample_twins

__all__ = [
    "Check",
    "Extract",
    "Gate",
    "Halves",
    "Rule",
    "Sampled",
    "checked",
    "extract",
    "fidelity",
    "measure_twins",
    "order_breaches",
    "privacy",
    "read_rule",
    "rebuilt",
    "rule_breaches",
    "sample_twins",
    "told",
    "unchecked",
]
