"""How different those who did not answer would have to be for a registered verdict to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.registered import family_levels, judged
from la_research.validation.absent.filled import Filled
from la_research.validation.absent.imputed import question
from la_research.validation.ground import Ground, slug
from la_research.validation.validity import UNIT

METHOD = "delta-adjusted-imputation"
EVERYONE = "everyone who did not answer"
LESS_ACTIVE = {
    "between": "who did not answer and is less active than others",
    "within": "who did not answer in a week with less activity than usual",
}
LIMITATIONS = (
    "One shift for everyone hardly moves a slope within weeks; so a shift of the less active alone stands beside it.",
    "The data can not say which shift is true; whether one is likely is for the reader to judge.",
    "Where the slope lies close to the smallest effect of interest, a small shift changes the verdict and says little.",
    "Shifted answers may lie outside the scale.",
)


def tipping_findings(ground: Ground, held: Sequence[Filled], shifts: Sequence[float]) -> Iterator[Finding]:
    """``validation.tipping.HID``: slope and verdict where the answers that are missing are moved by registered points.

    The headline is the shift nearest to none at which the registered rule gives another verdict than without a
    shift, for everyone or for the less active; there is no headline where none of those tried does. Each row has
    the slope at the level that Holm reached over its family at that shift, and the verdict.

    Parameters
    ----------
    held
        What ``fill`` returned.
    shifts
        Points of the questionnaire; 0 is tried anyway.

    References
    ----------
    Cro et al. (2020), Sensitivity analysis for clinical trials with missing continuous outcome data using controlled
    multiple imputation, doi:10.1002/sim.8569.
    """
    able = [filled for filled in held if not filled.reason]
    points = sorted({0.0, *shifts})
    tried = {
        (less, shift): {filled.claim.id: filled.pooled(shift, less).slope for filled in able}
        for less in (False, True)
        for shift in points
        if shift or not less
    }
    for filled in held:
        name = f"validation.tipping.{slug(filled.claim.id)}"
        told = question(
            ground,
            filled.claim,
            "How different would those who did not answer have to be for another verdict on {0}, {1}?",
        )
        if filled.reason:
            yield not_analysed(name, told, filled.reason)
        else:
            yield _finding(ground, filled.claim, name, told, tried)


Tried = Mapping[tuple[bool, float], Mapping[str, Coefficient]]
"""Slopes by hypothesis, for the less active alone or for all, and shift."""


def _finding(ground: Ground, claim: Hypothesis, name: str, told: str, tried: Tried) -> Finding:
    instrument = str(ground.protocol.outcome(claim.outcome).instrument)
    unit = QUESTIONNAIRES[instrument].unit
    rows: dict[tuple[bool, float], Row] = {}
    for (less, shift), slopes in tried.items():
        alpha = family_levels(ground.protocol, slopes)[claim.id]
        found = judged(claim, slopes[claim.id], alpha, UNIT, METHOD)
        who = LESS_ACTIVE[claim.kind] if less else EVERYONE
        rows[less, shift] = Row({"who": who, "shift": shift}, found["estimate"], found["verdict"])
    seen = rows[False, 0.0].verdict
    changes = sorted((abs(shift), less, shift) for (less, shift), row in rows.items() if row.verdict != seen)
    if not changes:
        reason = f"none of the shifts tried changes the verdict '{seen}'"
        headline = None
    else:
        _, less, shift = changes[0]
        who = LESS_ACTIVE[claim.kind] if less else EVERYONE
        reason = (
            f"the verdict changes from '{seen}' to '{rows[less, shift].verdict}' if {who} would have scored "
            f"{abs(shift):g} {unit} {'lower' if shift < 0 else 'higher'} than expected"
        )
        headline = Estimate(shift, None, None, None, unit, tried[less, shift][claim.id].n, METHOD)
    return Finding(
        name,
        told,
        "described",
        headline,
        tuple(rows.values()),
        (_ASSUMED,),
        LIMITATIONS,
        reason=reason,
    )


_ASSUMED = Assumption(
    "Those who did not answer differ from what is expected of them by the shift, and in nothing else",
    None,
    "the answers that would show it are the ones that are missing",
)
