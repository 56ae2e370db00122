import ast
import subprocess
import sys
from pathlib import Path

import pytest

import la_research

VALUES = """
load_protocol load_scenario load_cohort generate_cohort compute_indicators fit_model validate_indicators audit_fairness
explain_model evaluate_intervention collect_evidence score_evidence ethics_report advisory_report run_study plot
save_stage load_stage Estimate Assumption Finding Findings Evidence Protocol Cohort Predictions Document Fault
LaResearchError diagnose_design Scenario Truth Indicator Row Deviation Provenance
"""


def test_the_public_names_are_those_that_were_agreed():
    assert {*la_research.__all__} == {*VALUES.split(), "__version__"}


@pytest.mark.parametrize("name", VALUES.split())
def test_every_public_name_is_there(name):
    assert getattr(la_research, name).__doc__


def test_what_type_checkers_read_is_what_is_there():
    tree = ast.parse(Path(la_research.__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    read = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert read == {name: f"la_research.{room}" for name, room in la_research._HOME.items()}


def test_a_name_that_nobody_promised_is_absent():
    assert not hasattr(la_research, "no_such_name")


def test_importing_the_package_reads_nothing_else():
    script = (
        "import sys, la_research; print([m for m in sys.modules if m.startswith(('la_research.', 'numpy', 'pandas'))])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
