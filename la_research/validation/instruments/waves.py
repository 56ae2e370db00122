"""Does a questionnaire mean the same in every wave? Without it a change within a student may be one of meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.statistics.psychometrics.departure import Departure
from la_research.statistics.psychometrics.invariance import NEEDED, Step
from la_research.statistics.psychometrics.longitudinal import least_alike_waves, wave_departures, wave_invariance
from la_research.statistics.psychometrics.measurement import SHARED
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.ground import Ground
from la_research.validation.instruments.alike import ONE_ITEM, SKEWED, departs, departure_rows, judged, price
from la_research.validation.instruments.asked import Asked
from la_research.validation.scale.consistency import of_rows
from la_research.validation.scale.groups import level_rows
from la_research.validation.scale.structure import NO_CUTOFF

MOST = 6
"""Waves compared at once: of 1,500 students who missed some, six take half a second, and more soon many."""
EACH = 10
"""Students for every item of every wave below whom fewer waves are compared, or none."""
STATEMENT = "The questionnaire means the same in every wave"
NUMBERS = "answers are taken as numbers here, not as ordered categories"
IN_PART = "a wave answered in part counts as missed; who missed a wave stays in, as if it were missed at random"


def waves_finding(asked: Asked) -> Finding:
    """Levels of invariance between waves, and the item that is least alike where one does not hold."""
    question = f"Does {asked.name} mean the same in every wave?"
    found = compared_waves(asked)
    if found.reason:
        rows = [Row({"what": "waves"}, None, "not analysed", found.reason)]
        return asked.named(of_rows("validation.instrument.waves", question, rows), "waves", question)
    rows = [row for step in found.steps for row in level_rows(step)]
    rows += departure_rows(asked, found.steps, found.apart)
    rows += [row for step in found.steps if departs(step) for row in _least_alike(asked, found.weeks, step)]
    limits = NO_CUTOFF, NUMBERS, SKEWED, ONE_ITEM, IN_PART, f"compared are the waves of {_words(found.weeks)}"
    whole = of_rows("validation.instrument.waves", question, rows, *limits, assumptions=(_assumed(asked, found),))
    return asked.named(replace(whole, estimate=price(found.steps)), "waves", question)


def waves_assumption(ground: Ground, instrument: str) -> Assumption:
    """That a questionnaire means the same in every wave, as ``judged`` says; None where a wave was left out.

    References
    ----------
    Cheung & Rensvold (2002), doi:10.1207/S15328007SEM0902_5; Chen (2007), doi:10.1080/10705510701301834.
    """
    asked = Asked.of(ground, instrument)
    return _assumed(asked, compared_waves(asked))


def _assumed(asked: Asked, found: Compared) -> Assumption:
    if found.reason:
        return Assumption(STATEMENT, None, found.reason)
    said = judged(STATEMENT, _words(found.weeks), found.steps, found.apart)
    if not (left := [week for week in asked.weeks if week not in found.weeks]):
        return said
    evidence = f"{said.evidence}; not compared: {_words(left)}"
    return Assumption(STATEMENT, said.holds and None, evidence)


@dataclass(frozen=True)
class Compared:
    """Weeks compared, levels of invariance, how far items may lie apart, and why there are none."""

    weeks: list[int]
    steps: list[Step]
    apart: list[Departure]
    reason: str = ""


def compared_waves(asked: Asked) -> Compared:
    """Invariance between waves; worked out once for a study."""
    kept = asked.ground.kept
    if ("waves", asked.name) not in kept:
        kept["waves", asked.name] = _compared(asked)
    found: Compared = kept["waves", asked.name]
    return found


def _compared(asked: Asked) -> Compared:
    waves = _spread(asked)
    weeks, held = [asked.weeks[wave] for wave in waves], asked.answers[:, waves]
    if len(waves) < 2:
        return Compared(weeks, [], [], f"fewer than {EACH} students for every item of two waves answered them in full")
    try:
        steps = wave_invariance(held)
        return Compared(weeks, steps, wave_departures(held, steps, asked.level))
    except Unfit as unfit:
        return Compared(weeks, [], [], str(unfit))


def _spread(asked: Asked) -> list[int]:
    """As many waves as there are students for, at most ``MOST``: the first, the last, and some evenly between."""
    inside = np.array([asked.inside(wave) for wave in range(len(asked.weeks))])
    enough = np.flatnonzero(inside.sum(axis=1) >= asked.ground.minimum)
    for count in range(min(MOST, len(enough)), 1, -1):
        chosen = enough[np.linspace(0, len(enough) - 1, count).round().astype(int)]
        if inside[chosen].any(axis=0).sum() >= EACH * count * len(asked.plan.items):
            return [int(wave) for wave in chosen]
    return []


def _least_alike(asked: Asked, weeks: list[int], step: Step) -> Iterator[Row]:
    """What freeing the item that is least alike gains, and what the level then costs."""
    what, level = NEEDED[step.name], step.name
    held = asked.answers[:, [asked.weeks.index(week) for week in weeks]]
    try:
        gains = least_alike_waves(held, what)
        item = int(np.argmax(gains))
        partial = next(one for one in wave_invariance(held, apart=dict.fromkeys(SHARED, (item,))) if one.name == level)
    except Unfit as unfit:
        yield Row({"level": level, "what": "least alike"}, None, "not analysed", str(unfit))
        return
    keys = {"level": level, "what": f"{what} left free", "item": asked.plan.items[item]}
    n = step.solution.n if step.solution else 0
    gained = Estimate(float(gains[item]), None, None, None, "change of chi-square", n, "fiml-difference")
    yield Row({**keys, "index": "chi-square gained"}, gained)
    if partial.delta_cfi is not None:
        cost = Estimate(partial.delta_cfi, None, None, None, "change of CFI", n, "fiml-difference")
        yield Row({**keys, "index": "change of CFI that is left"}, cost)


def _words(weeks: Sequence[int]) -> str:
    *early, last = map(str, weeks)
    return f"weeks {', '.join(early)} and {last}" if early else f"week {last}"
