"""Could the associations be there without a link? What chance, the calendar and negative controls show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.protocol import Hypothesis
from la_research.statistics.association import Panel, associations, chance_slopes
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.controls import LEAST_CONTROLS, SystematicError, size_interval, systematic_error
from la_research.validation.background import background
from la_research.validation.chance import as_extreme, chance_range
from la_research.validation.ground import Ground, slug
from la_research.validation.panel import cells_of, panel_of
from la_research.validation.validity import METHOD, NO_INSTRUMENT, UNIT, Fit, why_none

REPLICATES = 199
QUESTIONS = {
    "placebo": "How large an association would {indicator} show if it had no link with {instrument}?",
    "controls": "How far from zero do associations like that of {claim} lie where nothing can link the two?",
    "calibrated": "What is left of the association of {claim} once the negative controls are allowed for?",
}
MOVED = {
    "between": ("shuffled", "the indicator was handed to other students of the same module and week at random"),
    "within": ("shifted", "each student's weeks of the indicator were begun at a week drawn at random"),
}
FIXED = "what was settled before week 1 does not vary within a student"
TOO_FEW = (
    f"fewer than {LEAST_CONTROLS} controls could be estimated, so the size of the systematic error can not be told"
)
SAME = "it is the same for all students of a module"
NONE = "no control could be estimated: {reasons}"
FLAT = "no negative control varies among the students of the study"


@dataclass(frozen=True)
class _Control:
    """A negative control: what it is, and its association or why there is none."""

    keys: dict[str, str | int | float]
    found: Coefficient | None
    reason: str = ""

    def row(self, level: float) -> Row:
        """As it is shown."""
        if self.found is None:
            return Row(self.keys, None, "not analysed", self.reason)
        return Row(self.keys, self.found.estimate(UNIT, METHOD, level))


def spurious_findings(ground: Ground) -> Iterator[Finding]:
    """What every registered association would look like without a link, and with what confounds it.

    Parameters
    ----------
    ground
        Reads hypotheses, validation.controls and disclosure; answers, students and enrolments.

    Returns
    -------
    iterator of Finding
        For each hypothesis of an association ``validation.placebo.h1`` (median and range of slopes
        without a link, how often they are as large, answers exchanged among students, the calendar alone);
        where controls are registered also ``validation.controls.h1`` (expected absolute systematic error, one
        row a control) and ``validation.calibrated.h1`` (the interval that allows for it, and the plain one).

    References
    ----------
    Lipsitch, Tchetgen Tchetgen & Cohen (2010), doi:10.1097/EDE.0b013e3181d61eeb: negative controls.
    Schuemie et al. (2018), doi:10.1073/pnas.1708282114: calibrated intervals.
    """
    for claim in ground.associations:
        held = ground.cohort.arrow("responses").num_rows > 0
        fit = Fit.of(ground.panel(claim)) if held else None
        reason = why_none(ground.protocol, claim, fit) if held else NO_INSTRUMENT
        if fit is None or reason:
            asked = ("placebo", "controls", "calibrated") if ground.asked.controls else ("placebo",)
            yield from (not_analysed(*_named(ground, claim, what), reason) for what in asked)
            continue
        yield _placebo(ground, claim, fit)
        if ground.asked.controls is not None:
            yield from _controlled(ground, claim, fit)


def _named(ground: Ground, claim: Hypothesis, what: str) -> tuple[str, str]:
    """Id and question."""
    words = {
        "indicator": str(claim.indicator).replace("_", " "),
        "instrument": str(ground.protocol.outcome(claim.outcome).instrument),
        "claim": f"hypothesis {claim.id}",
    }
    return f"validation.{what}.{slug(claim.id)}", QUESTIONS[what].format(**words)


def _placebo(ground: Ground, claim: Hypothesis, fit: Fit) -> Finding:
    kind, found, level = claim.kind, fit.both.of(claim.kind), ground.asked.level
    word, moved = MOVED[kind]
    chance = chance_slopes(fit.panel, kind, REPLICATES, ground.rng("placebo", claim.id))
    other = chance_slopes(fit.panel, kind, REPLICATES, ground.rng("placebo", claim.id, "answers"), "answers")
    far, further = (int((np.abs(drawn) >= abs(found.value)).sum()) for drawn in (chance, other))
    exchanged = "answers exchanged among students of a module"
    return Finding(
        *_named(ground, claim, "placebo"),
        "described",
        chance_range(chance, UNIT, found.n, f"{word}-{REPLICATES}", level),
        rows=(
            Row({"what": "found"}, found.estimate(UNIT, METHOD, level)),
            as_extreme(far, REPLICATES, found.n, level=level),
            Row({"what": exchanged}, chance_range(other, UNIT, found.n, f"exchanged-{REPLICATES}", level)),
            as_extreme(further, REPLICATES, found.n, f"draws as large as found, {exchanged}", level),
            _calendar(fit.panel, kind, level),
        ),
        limitations=(
            f"A negative control: {moved}, {REPLICATES} times. Its interval is where {100 * level:g} % of them lie.",
            "It speaks of chance alone. What confounds the association is still there.",
            "Weeks are compared with themselves, and students of a module share its calendar: it has no part in this.",
            "The last row gives all students of a module and week its mean, so that its interval is too narrow.",
        ),
    )


def _calendar(panel: Panel, kind: str, level: float) -> Row:
    """The slope of the module-week mean of the indicator where weeks and modules are not taken out.

    The mean of all others would not do: within a module and week it mirrors the student's own value exactly.
    """
    cells = pd.DataFrame({"group": panel.group, "week": panel.week, "x": panel.x})
    shared = cells.groupby(["group", "week"])["x"].transform("mean").to_numpy()
    one = np.zeros(len(shared), dtype=np.int64)
    both = associations(replace(panel, group=one, week=one, x=shared), squared=False)
    key = {"what": "the calendar alone, weeks and modules not taken out"}
    if kind in both.reasons:
        return Row(key, None, "not analysed", both.reasons[kind])
    return Row(key, both.of(kind).estimate(UNIT, METHOD, level))


def _controlled(ground: Ground, claim: Hypothesis, fit: Fit) -> Iterator[Finding]:
    """The controls, and the interval that allows for them."""
    level = ground.asked.level
    controls = [*_outcomes(ground, claim, fit.panel), *_exposures(ground, claim)]
    known = [control.found for control in controls if control.found is not None]
    names = ", ".join(str(control.keys["control"]) for control in controls if control.found is not None)
    values, errors = [one.value for one in known], [one.se for one in known]
    error = systematic_error(values, errors, signed=False)
    rows = tuple(control.row(level) for control in controls)
    reasons = "; ".join(dict.fromkeys(control.reason for control in controls if control.found is None))
    reason = TOO_FEW if known else NONE.format(reasons=reasons) if reasons else FLAT
    if error is None:
        yield not_analysed(*_named(ground, claim, "controls"), reason, rows=rows)
        yield not_analysed(*_named(ground, claim, "calibrated"), reason)
        return
    assumption = Assumption(
        "The controls share what confounds the hypothesis, as strongly and no more",
        None,
        f"{len(known)} controls: {names}; that they do can not be seen in the data",
    )
    plain = fit.both.of(claim.kind)
    ends = size_interval(values, errors, level)
    size = Estimate(error.expected_size, *ends, level, UNIT, plain.n, f"zero-mean-normal-{len(known)}")
    yield Finding(
        *_named(ground, claim, "controls"), "described", size, rows,
        assumptions=(assumption,),
        limitations=(
            "Which side of zero a control lies on says nothing: its column could as well be turned round.",
            "Few controls say little of how large it may be, and columns of the same students are not independent.",
            "What a student brought along may also be a cause of activity; that is what is meant to be seen here.",
        ),
    )  # fmt: skip
    yield _calibrated(ground, claim, plain, error, assumption)


def _calibrated(
    ground: Ground, claim: Hypothesis, plain: Coefficient, error: SystematicError, assumption: Assumption
) -> Finding:
    honest = error.calibrated(plain).estimate(UNIT, f"calibrated-{error.controls}", ground.asked.level)
    return Finding(
        *_named(ground, claim, "calibrated"),
        "described",
        honest,
        rows=(
            Row({"what": "plain"}, plain.estimate(UNIT, METHOD, ground.asked.level)),
            Row({"what": "calibrated"}, honest),
        ),
        assumptions=(assumption,),
        limitations=(
            "Controls that do not share what confounds the hypothesis leave the interval as wrong as it was.",
            "Controls that do share it widen the interval by more than is needed, as their signs mean nothing.",
            "The verdict of the hypothesis is that of the registered analysis; this interval stands beside it.",
        ),
    )


def _outcomes(ground: Ground, claim: Hypothesis, panel: Panel) -> Iterator[_Control]:
    """Each registered column in the place of the answers, in the cells that were answered."""
    assert ground.asked.controls is not None
    if not ground.asked.controls.outcomes:
        return
    columns = background(ground, ground.asked.controls.outcomes)
    if claim.kind == "within":
        yield from (_Control({"control": str(name)}, None, FIXED) for name in columns)
        return
    instrument = str(ground.protocol.outcome(claim.outcome).instrument)
    cells = cells_of(ground.protocol, ground.cohort, ground.indicators, str(claim.indicator), instrument)
    varies = columns.groupby(ground.units["group"]).nunique().max() > 1
    for name in map(str, columns):
        keys: dict[str, str | int | float] = {"control": name}
        held = columns[name].reindex(cells["unit_id"]).to_numpy(dtype=float)
        placed = replace(panel, y=np.where(np.isnan(panel.y), np.nan, held))
        yield _control(ground, claim, keys, placed) if varies[name] else _Control(keys, None, SAME)


def _exposures(ground: Ground, claim: Hypothesis) -> Iterator[_Control]:
    """Each registered indicator in the place of the hypothesis' own."""
    assert ground.asked.controls is not None
    instrument = str(ground.protocol.outcome(claim.outcome).instrument)
    for name in ground.asked.controls.exposures:
        panel = panel_of(ground.protocol, ground.cohort, ground.indicators, name, instrument)
        yield _control(ground, claim, {"control": f"indicator: {name.replace('_', ' ')}"}, panel)


def _control(ground: Ground, claim: Hypothesis, keys: dict[str, str | int | float], panel: Panel) -> _Control:
    fit = Fit.of(panel)
    reason = why_none(ground.protocol, claim, fit)
    return _Control(keys, None, reason) if reason else _Control(keys, fit.both.of(claim.kind))
