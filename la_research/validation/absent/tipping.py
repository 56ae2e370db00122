"""How different those who did not answer would have to be for a registered verdict to change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from la_research.finding import Assumption, Estimate, Finding, Key, Row, not_analysed
from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.imputation import Pooled
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
TOLD_APART = 2.0
"""Monte Carlo errors by which a slope has to lie beyond the limit of its verdict, or chance may have put it there."""
NEAR = "so close to the limit of a verdict that other random draws, or more of them, may give another"
LIMITATIONS = (
    "One shift for everyone hardly moves a slope within weeks; so a shift of the less active alone stands beside it.",
    "The data can not say which shift is true; whether one is likely is for the reader to judge.",
    "Where the slope lies close to the smallest effect of interest, a small shift changes the verdict and says little.",
    "Shifted answers may lie outside the scale.",
)


def tipping_findings(ground: Ground, held: Sequence[Filled], shifts: Sequence[float]) -> Iterator[Finding]:
    """``validation.tipping.HID``: slope and verdict where the answers that are missing are moved by registered points.

    The headline is the shift nearest to none at which the registered rule gives another verdict than the registered
    one, for everyone or for the less active: 0 where filling in alone changes it. A verdict that a slope two Monte
    Carlo errors away would not have is not told from chance, and makes no headline; where that is so without a
    shift, or no shift tried changes the verdict, there is none. Each row has the slope at the level that Holm
    reached over its family at that shift, and the verdict.

    Parameters
    ----------
    held
        What ``fill`` returned.
    shifts
        Points of the questionnaire; 0 is tried anyway.

    References
    ----------
    Cro et al. (2020), Sensitivity analysis for clinical trials with missing continuous outcome data using controlled
    multiple imputation, doi:10.1002/sim.8569. Monte Carlo error: White, Royston & Wood (2011), doi:10.1002/sim.4067.
    """
    points = sorted({0.0, *shifts})
    complete = {filled.claim.id: filled.complete.of(filled.claim.kind) for filled in held if not filled.unregistered}
    tried = {
        (less, shift): {filled.claim.id: filled.pooled(shift, less) for filled in held if not filled.reason}
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
            yield _finding(ground, filled.claim, name, told, complete, tried)


Tried = Mapping[tuple[bool, float], Mapping[str, Pooled]]
"""Slopes by hypothesis, for the less active alone or for all, and shift."""


def _finding(
    ground: Ground, claim: Hypothesis, name: str, told: str, complete: Mapping[str, Coefficient], tried: Tried
) -> Finding:
    alpha = family_levels(ground.protocol, complete)[claim.id]
    registered = str(judged(claim, complete[claim.id], alpha, UNIT, METHOD)["verdict"])
    rows = {(less, shift): _row(ground, claim, less, shift, complete, tried[less, shift]) for less, shift in tried}
    firm = {at: row for at, row in rows.items() if row.reason is None}
    changes = sorted((abs(shift), less, shift) for (less, shift), row in firm.items() if row.verdict != registered)
    unit = QUESTIONNAIRES[str(ground.protocol.outcome(claim.outcome).instrument)].unit
    headline = None
    if rows[False, 0.0].reason is not None:
        reason = f"the registered verdict is '{registered}'; what is filled in without a shift gives a slope {NEAR}"
    elif not changes:
        reason = f"none of the shifts tried changes the verdict '{registered}' by more than chance"
    else:
        _, less, shift = changes[0]
        headline = Estimate(shift, None, None, None, unit, complete[claim.id].n, METHOD)
        change = f"from '{registered}' to '{rows[less, shift].verdict}'"
        who = LESS_ACTIVE[claim.kind] if less else EVERYONE
        points = f"{abs(shift):g} {unit} {'lower' if shift < 0 else 'higher'} than expected"
        moved = f"the verdict changes {change} if {who} would have scored {points}"
        reason = moved if shift else f"filling in alone changes the verdict {change}, without any shift"
    return Finding(name, told, "described", headline, tuple(rows.values()), (_ASSUMED,), LIMITATIONS, reason=reason)


def _row(
    ground: Ground,
    claim: Hypothesis,
    less: bool,
    shift: float,
    complete: Mapping[str, Coefficient],
    pooled: Mapping[str, Pooled],
) -> Row:
    """Slope and verdict at a shift; a reason where chance alone may have made the verdict."""
    slopes = {**complete, **{name: found.slope for name, found in pooled.items()}}
    alpha, slope = family_levels(ground.protocol, slopes)[claim.id], slopes[claim.id]
    reach = TOLD_APART * pooled[claim.id].chance
    here, below, above = (
        judged(claim, replace(slope, value=slope.value + away), alpha, UNIT, METHOD) for away in (0.0, -reach, reach)
    )
    firm = here["verdict"] == below["verdict"] == above["verdict"]
    keys: dict[str, Key] = {"who": LESS_ACTIVE[claim.kind] if less else EVERYONE, "shift": shift}
    return Row(keys, here["estimate"], here["verdict"], None if firm else NEAR)


_ASSUMED = Assumption(
    "Those who did not answer differ from what is expected of them by the shift, and in nothing else",
    None,
    "the answers that would show it are the ones that are missing",
)
