"""Could students choose their side? Checked without the outcome: density, crowding, and what was known before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from la_research.evaluation.design import Asked, Check
from la_research.evaluation.designs.rdd.cut import Cut, Floats, finite, options_of
from la_research.evaluation.designs.rdd.looks import main_cut
from la_research.evaluation.sample import Sample
from la_research.finding import Estimate
from la_research.protocol.designs.rdd import Discontinuity
from la_research.statistics.coefficient import Inference
from la_research.statistics.discontinuity.density import density_jump
from la_research.statistics.discontinuity.mass_points import Crowding, crowded_place, crowded_side
from la_research.statistics.multiplicity import holm

CHOSE = "students may have chosen their side, and those who did may differ from the others"
KNOWN = "whether the outcome is known"
DENSITY = "Students do not crowd on one side of the cut-off"
CONTINUITY = "What was known before does not jump at the cut-off"


def checks(sample: Sample, asked: Asked) -> list[Check]:
    """The density, the places beside the cut-off, and the continuity of covariates and of who is known."""
    cut = main_cut(sample, asked.settings)
    density = [_places(cut, asked)] if cut.tied else [_density(cut, asked)]
    return [*density, _gaming(cut, asked), _continuity(cut, asked)]


def _density(cut: Cut, asked: Asked) -> Check:
    try:
        found = density_jump(cut.x, cut.above)
    except np.linalg.LinAlgError:
        return Check("density", DENSITY, None, "too few different values near the cut-off", CHOSE)
    if not finite(found):
        return Check("density", DENSITY, None, "too few different values near the cut-off", CHOSE)
    limit = asked.gate.density
    said = f"p = {found.p:.3f}, the limit is {limit:g}"
    shown = found.estimate("of the mean density", "cattaneo-jansson-ma", asked.level)
    return Check("density", DENSITY, found.p >= limit, said, CHOSE, shown)


def _places(cut: Cut, asked: Asked) -> Check:
    """The first place with the support, beside its neighbours."""
    first = cut.x[cut.treated].min() if cut.upward else cut.x[cut.treated].max()
    found = crowded_place(cut.x, float(first))
    return _crowding("density", f"{DENSITY} (first place with the support)", found, asked.gate.density, "frandsen")


def _gaming(cut: Cut, asked: Asked) -> Check:
    """The last place without the support, beside its neighbours; or the students nearest to the cut-off."""
    statement = "Students do not crowd just beside the cut-off"
    if not cut.tied:
        return _crowding("gaming", statement, crowded_side(cut.x, cut.treated), asked.gate.density, "binomial")
    other = cut.x[~cut.treated]
    last = other.max() if cut.upward else other.min()
    found = crowded_place(cut.x, float(last))
    return _crowding("gaming", f"{statement} (last place without it)", found, asked.gate.density, "frandsen")


def _crowding(name: str, statement: str, found: Crowding | None, limit: float, method: str) -> Check:
    if found is None:
        return Check(name, statement, None, "its neighbours are not as far on both sides", CHOSE)
    low, high = (f"{100 * end:.1f}" for end in found.expected)
    usual = f"{low} %" if low == high else f"{low} to {high} %"
    said = f"{100 * found.share:.1f} % where {usual} would be usual, p = {found.p:.3f}, the limit is {limit:g}"
    shown = Estimate(found.share, None, None, None, "share", found.n, method)
    return Check(name, statement, found.p >= limit, said, CHOSE, shown)


def _continuity(cut: Cut, asked: Asked) -> Check:
    limit, found = asked.gate.continuity, dict(covariate_jumps(cut, asked.settings))
    made = {name: jump for name, jump in found.items() if jump is not None}
    meaning = "the students on either side differ by more than the support"
    if not made:
        reason = "nothing was measured before" if not found else "too few students near the cut-off"
        return Check("continuity", CONTINUITY, None, reason, meaning)
    adjusted = dict(zip(made, holm([jump.p for jump in made.values()]), strict=True))
    worst = min(adjusted, key=lambda name: adjusted[name])
    apart = apart_alone(made, asked.level)
    said = (
        f"the clearest of {len(made)} is '{worst}', p = {adjusted[worst]:.3f} allowing for their number, "
        f"the limit is {limit:g}; one by one {len(apart)} have an interval without zero"
        f"{': ' if apart else ''}{', '.join(apart)}"
    )
    shown = made[worst].estimate("SD", "rd-robust", asked.level)
    return Check("continuity", CONTINUITY, adjusted[worst] >= limit, said, meaning, shown)


def apart_alone(made: Mapping[str, Inference], level: float) -> list[str]:
    """Names of the jumps whose own interval leaves out zero, their number not allowed for."""
    ends = {name: jump.interval(level) for name, jump in made.items()}
    return [name for name, (lower, upper) in ends.items() if lower > 0 or upper < 0]


def covariate_jumps(cut: Cut, settings: Discontinuity) -> Iterator[tuple[str, Inference | None]]:
    """The jump of each covariate in its standard deviations, each in its own bandwidth; and of who is known."""
    columns = {name: cut.sample.rows[name].to_numpy(dtype=float) for name in cut.sample.covariates}
    outcomes = cut.sample.rows["known"].to_numpy(dtype=float)
    if np.ptp(outcomes) > 0:
        columns[KNOWN] = outcomes
    for name, values in columns.items():
        yield name, _jump(cut, values, settings)


def _jump(cut: Cut, values: Floats, settings: Discontinuity) -> Inference | None:
    """By curves on both sides; by lines where there are too few places for curves."""
    kept = ~np.isnan(values)
    spread = values[kept].std() if kept.any() else 0.0
    if not spread:
        return None
    there, scaled = cut.where(kept), values[kept] / spread
    try:
        found = there.jump(scaled, options_of(settings)).robust
        return found if finite(found) else None
    except np.linalg.LinAlgError:
        return _by_lines(there, scaled, settings)


def _by_lines(cut: Cut, values: Floats, settings: Discontinuity) -> Inference | None:
    try:
        return cut.honest(values, settings).jump
    except np.linalg.LinAlgError:
        return None
