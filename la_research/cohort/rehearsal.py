"""A cohort that is a fitted twin: what its provenance says of its gates, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REHEARSAL = "For rehearsal only: the students are a fitted twin, so nothing here holds for real students."
CAUSAL = ("causal fidelity", "inferential agreement")
"""Gates that a twin has to come through before the effect of support is looked for in it."""
OPEN = ("passed", "can not tell")


def is_twin(details: Mapping[str, Any]) -> bool:
    """Whether the details of a provenance say that the cohort is a fitted twin."""
    return "twin_of" in details


def closed_gate(details: Mapping[str, Any]) -> str:
    """Why the effect of support is not looked for in this twin; empty for any other cohort.

    A gate that failed, was not analysed or is not there is closed.

    Parameters
    ----------
    details
        ``provenance.details`` of a cohort.

    Examples
    --------
    >>> failed = {"gate": "causal fidelity", "verdict": "failed"}
    >>> closed_gate({"twin_of": "sha256:…", "gates": [failed]})
    'gate: causal fidelity of this twin failed; inferential agreement of this twin was not analysed'
    >>> closed_gate({"scenario": "default"})
    ''
    """
    if not is_twin(details):
        return ""
    held = {str(gate.get("gate")): str(gate.get("verdict")) for gate in details.get("gates") or ()}
    closed = [name for name in CAUSAL if held.get(name) not in OPEN]
    said = {"failed": "failed"}
    told = [f"{name} of this twin {said.get(held.get(name, ''), 'was not analysed')}" for name in closed]
    return f"gate: {'; '.join(told)}" if told else ""
