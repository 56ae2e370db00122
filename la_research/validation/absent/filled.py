"""Each registered association with its unanswered questionnaires filled in many times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from la_research.protocol import Hypothesis
from la_research.statistics.association import KINDS, Associations, Panel
from la_research.statistics.cells import Cells
from la_research.statistics.imputation import Bools, Pooled, imputed_answers, pooled
from la_research.statistics.intervals import Floats
from la_research.statistics.repeated import Repeated
from la_research.validation.ground import Ground
from la_research.validation.validity import Fit, why_none

SPARE = 10
"""Answers beyond one a module and week that the model of the answers is fitted to at least."""


@dataclass(frozen=True)
class Filled:
    """The cells of a hypothesis, its slopes from complete cases, and the answers filled in; or why there are none.

    ``unregistered`` says why the registered slope has no number, ``reason`` why nothing is filled in; both are empty
    where there is one. ``whole`` is (cells, imputations).
    """

    claim: Hypothesis
    panel: Panel
    complete: Associations
    unregistered: str
    reason: str
    whole: Floats | None = None
    again: Repeated | None = None

    @property
    def missing(self) -> Bools:
        """Cells that were filled in."""
        assert self.whole is not None
        return np.isnan(self.panel.y) & ~np.isnan(self.whole[:, 0])

    def pooled(self, shift: float = 0.0, less_active: bool = False) -> Pooled:
        """The slope with what was filled in moved by so many points, for all or for the less active alone.

        Its n, and its degrees of freedom at most, are those of students who answered: who never did adds nothing.
        """
        assert self.whole is not None
        assert self.again is not None
        moved = self.missing & self.again.less(self.claim.kind) if less_active else self.missing
        found = pooled(self.again.slopes(self.whole + shift * moved[:, None])[self.claim.kind])
        held = self.complete.of(self.claim.kind)
        return replace(found, slope=replace(found.slope, n=held.n, df=min(found.slope.df, held.df)))


def fill(ground: Ground, imputations: int) -> list[Filled]:
    """Each association of the protocol, in its order; hypotheses about the same cells share what is filled in."""
    fits: dict[tuple[str, str], Fit] = {}
    drawn: dict[tuple[str, str], tuple[Floats, Repeated]] = {}
    found = []
    for claim in ground.associations:
        pair = str(claim.indicator), str(ground.protocol.outcome(claim.outcome).instrument)
        if pair not in fits:
            fits[pair] = Fit.of(ground.panel(claim))
        fit = fits[pair]
        why = why_none(ground.protocol, claim, fit)
        held = Filled(claim, fit.panel, fit.both, why, why or unfilled(fit.panel))
        if not held.reason:
            if pair not in drawn:
                rng = ground.rng("imputation", *pair)
                drawn[pair] = completed(fit.panel, fit.both, imputations, rng)
            held = replace(held, whole=drawn[pair][0], again=drawn[pair][1])
        found.append(held)
    return found


def completed(panel: Panel, fit: Associations, imputations: int, rng: np.random.Generator) -> tuple[Floats, Repeated]:
    """Answers with those that are missing filled in, (cells, imputations), and the slopes that can be asked of them."""
    whole = imputed_answers(panel, neighbours(panel), imputations, rng)
    return whole, Repeated(replace(panel, y=whole[:, 0]), tuple(kind for kind in KINDS if kind in fit.slopes))


def unfilled(panel: Panel) -> str:
    """Why nothing can be filled in; empty where it can."""
    strata = Cells.of(panel).stratum
    answered = np.bincount(strata, ~np.isnan(panel.y))
    if not np.isnan(panel.y[answered[strata] > 0]).any():
        return "every questionnaire asked was answered: nothing is to be filled in"
    if len(np.unique(np.column_stack([panel.student, panel.week]), axis=0)) < len(panel.y):
        return "one answer stands in several rows of a student, on several modules; what is filled in would differ"
    if answered.sum() < np.count_nonzero(answered) + SPARE:
        return "too few answers for as many modules and weeks"
    return ""


def neighbours(panel: Panel) -> Floats:
    """Departure of the activity from the unit's mean in the wave before and in the wave after, (cells, 2).

    0 where there is no such wave: as usual.

    >>> one = np.ones(3)
    >>> neighbours(Panel(one, one, one, np.array([2, 4, 6]), np.array([1.0, 2.0, 6.0]), one)).tolist()
    [[0.0, -1.0], [-2.0, 3.0], [-1.0, 0.0]]
    """
    cells = Cells.of(panel)
    unit, departure = cells.unit, cells.departure
    order = np.lexsort((panel.week, unit))
    same, found = unit[order][1:] == unit[order][:-1], np.zeros((len(unit), 2))
    found[order[1:], 0] = np.where(same, departure[order[:-1]], 0.0)
    found[order[:-1], 1] = np.where(same, departure[order[1:]], 0.0)
    return found
