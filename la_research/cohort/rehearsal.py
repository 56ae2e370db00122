"""A cohort that is a fitted twin: what its provenance says of its gates, and what follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REHEARSAL = "For rehearsal only: the students are a fitted twin, so nothing here holds for real students."
CAUSAL = ("causal fidelity", "inferential agreement")
"""Gates that a twin has to come through before the effect of support is looked for in it."""
OPEN = ("passed", "can not tell")
SAID = {"passed": "passed", "can not tell": "can not be told", "failed": "failed", "not analysed": "was not analysed"}
NOT_USED = "the evaluation of support will not use this look-alike"
NOT_HANDED_OUT = "do not hand it outside the room that holds the extract"
FOLLOWS: dict[str, dict[str, str]] = {
    "fidelity": {
        "passed": "column by column, and pair by pair, it looks like the extract",
        "can not tell": "it may look less like the extract than was asked for",
        "failed": "it looks less like the extract than was asked for",
        "not analysed": "how much it looks like the extract is not known",
    },
    "privacy": {
        "passed": "the attacks that were tried told little of the students it was fitted to; others may tell more",
        "can not tell": NOT_HANDED_OUT,
        "failed": NOT_HANDED_OUT,
        "not analysed": NOT_HANDED_OUT,
    },
    "causal fidelity": {
        "passed": "the effect of support and the rules of its trial were kept within the limits",
        "can not tell": "the effect of support is looked for, and may be another than in the extract",
        "failed": NOT_USED,
        "not analysed": NOT_USED,
    },
    "inferential agreement": {
        "passed": "the registered analysis gave like answers on the extract and on its look-alikes",
        "can not tell": "the registered analysis may give other answers than on the extract",
        "failed": NOT_USED,
        "not analysed": NOT_USED,
    },
}
"""What follows from each verdict of each of the four gates."""


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
    held = gate_verdicts(details)
    told = [f"{name} of this twin {SAID[held[name]]}" for name in CAUSAL if held[name] not in OPEN]
    return f"gate: {'; '.join(told)}" if told else ""


def gate_verdicts(details: Mapping[str, Any]) -> dict[str, str]:
    """The verdict of each of the four gates; "not analysed" where a twin says nothing of it.

    Examples
    --------
    >>> gate_verdicts({"gates": [{"gate": "privacy", "verdict": "passed"}]})["privacy"]
    'passed'
    """
    held = {str(gate.get("gate")): str(gate.get("verdict")) for gate in details.get("gates") or ()}
    return {name: held[name] if held.get(name) in SAID else "not analysed" for name in FOLLOWS}


def what_follows(details: Mapping[str, Any]) -> list[str]:
    """One sentence a gate: its verdict, and what may not be done with the twin.

    Examples
    --------
    >>> what_follows({"gates": [{"gate": "privacy", "verdict": "can not tell"}]})[1]
    'privacy can not be told: do not hand it outside the room that holds the extract'
    """
    return [f"{name} {SAID[verdict]}: {FOLLOWS[name][verdict]}" for name, verdict in gate_verdicts(details).items()]
