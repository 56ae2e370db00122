"""A harm beside a gate that is shut: it is shown all the same, and what shut the gate weakens it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from la_research.evaluation.gate import READS
from la_research.finding import Finding

LOST = ("attrition", "selection")
"""Checks of whose outcomes are known: a harm that is looked for in the same outcome rests on the same answers."""
SHUT = (
    "The effect is locked, because a check of its gate did not pass. Harms are shown all the same: what may have hurt "
    "somebody is not held back for being uncertain."
)
SAME = "it rests on answers of which a check says that they are not missing alike in the arms"


def beside_gate(harm: Finding, gate: Finding | None, effects: Sequence[Finding]) -> Finding:
    """The harm with what the gate of the effect means for it; unchanged where none of it failed.

    Parameters
    ----------
    gate
        The gate of the effect on the same outcome, if any. Where a check of whose outcome is known failed there, the
        harm carries it as a failed assumption, and "harm excluded" becomes "inconclusive".
    effects
        The effects of the study: where one is locked the harm says why it is shown.
    """
    if any((finding.reason or "").startswith("gate:") for finding in effects):
        harm = replace(harm, limitations=(*harm.limitations, SHUT))
    if gate is None or harm.verdict == "not analysed":
        return harm
    failed = tuple(
        assumption
        for row, assumption in zip(gate.rows, gate.assumptions, strict=True)
        if row.keys["check"] in LOST and row.keys["reads"] == READS[False]
    )
    if not failed:
        return harm
    harm = replace(harm, assumptions=(*harm.assumptions, *failed))
    if harm.verdict != "harm excluded":
        return harm
    return replace(harm, verdict="inconclusive", reason="; ".join(filter(None, (SAME, harm.reason))))
