"""Does a questionnaire mean the same in every wave? Without it a change within a student may be one of meaning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.statistics.psychometrics.invariance import Step
from la_research.statistics.psychometrics.longitudinal import least_alike_waves, wave_invariance
from la_research.statistics.psychometrics.measurement import SHARED
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.ground import Ground
from la_research.validation.instruments.asked import Asked
from la_research.validation.scale.consistency import of_rows
from la_research.validation.scale.groups import level_rows
from la_research.validation.scale.structure import NO_CUTOFF, p_words

MOST = 4
"""Waves compared at once: of 1,300 students who missed some, four take 0.1 s, five 0.3 s and six 1.3 s."""
EACH = 10
"""Students for every item of every wave below whom fewer waves are compared, or none."""
COST, SURE = 0.01, 0.05
"""Loss of CFI at one level beyond which it is said not to hold, where a test is as sure as this too."""
STATEMENT = "The questionnaire means the same in every wave"
NUMBERS = "answers are taken as numbers here, not as ordered categories"
IN_PART = "a wave answered in part counts as missed; who missed a wave stays in, as if it were missed at random"
NEEDED = {"metric": "loading", "scalar": "intercept"}
"""What a change within a student leans on, and the parameter that each level shares."""


def waves_finding(asked: Asked) -> Finding:
    """Levels of invariance between waves, and the item that is least alike where one does not hold."""
    question = f"Does {asked.name} mean the same in every wave?"
    weeks, steps, reason = compared_waves(asked)
    if reason:
        rows = [Row({"what": "waves"}, None, "not analysed", reason)]
        return asked.named(of_rows("validation.instrument.waves", question, rows), "waves", question)
    rows = [row for step in steps for row in level_rows(step)] + [
        row for step in steps if departs(step) for row in _least_alike(asked, weeks, step)
    ]
    limits = NO_CUTOFF, NUMBERS, IN_PART, f"compared are the waves of {_words(weeks)}"
    found = of_rows("validation.instrument.waves", question, rows, *limits, assumptions=(judged(weeks, steps),))
    return asked.named(replace(found, estimate=price(steps)), "waves", question)


def waves_assumption(ground: Ground, instrument: str) -> Assumption:
    """That a questionnaire means the same in every wave; None where it can not be told.

    It fails where sharing loadings, or intercepts, is surely worse (p < .05) and costs more than .01 of CFI: a test
    alone fails on any difference once students are many, and CFI alone on chance where they are few.

    References
    ----------
    Cheung & Rensvold (2002), doi:10.1207/S15328007SEM0902_5; Chen (2007), doi:10.1080/10705510701301834.
    """
    weeks, steps, reason = compared_waves(Asked.of(ground, instrument))
    return Assumption(STATEMENT, None, reason) if reason else judged(weeks, steps)


def compared_waves(asked: Asked) -> tuple[list[int], list[Step], str]:
    """Weeks compared, levels of invariance, and why there are none; worked out once for a study."""
    kept = asked.ground.kept
    if ("waves", asked.name) not in kept:
        kept["waves", asked.name] = _compared(asked)
    found: tuple[list[int], list[Step], str] = kept["waves", asked.name]
    return found


def _compared(asked: Asked) -> tuple[list[int], list[Step], str]:
    waves = _spread(asked)
    weeks = [asked.weeks[wave] for wave in waves]
    if len(waves) < 2:
        return weeks, [], f"fewer than {EACH} students for every item of two waves answered them in full"
    try:
        return weeks, wave_invariance(asked.answers[:, waves]), ""
    except Unfit as unfit:
        return weeks, [], str(unfit)


def _spread(asked: Asked) -> list[int]:
    """As many waves as there are students for, at most ``MOST``: the first, the last, and some evenly between."""
    inside = np.array([asked.inside(wave) for wave in range(len(asked.weeks))])
    enough = np.flatnonzero(inside.sum(axis=1) >= asked.ground.minimum)
    for count in range(min(MOST, len(enough)), 1, -1):
        chosen = enough[np.linspace(0, len(enough) - 1, count).round().astype(int)]
        if inside[chosen].any(axis=0).sum() >= EACH * count * len(asked.plan.items):
            return [int(wave) for wave in chosen]
    return []


def departs(step: Step) -> bool:
    """Whether what a change leans on is surely not shared, and at a cost that is more than small."""
    if step.name not in NEEDED or step.delta_p is None or step.delta_cfi is None:
        return False
    return step.delta_p < SURE and step.delta_cfi < -COST


def price(steps: Sequence[Step]) -> Estimate | None:
    """CFI of the level at which means can be compared, less that of no shared parameter; None where one is missing."""
    fits = {step.name: step.solution for step in steps}
    free, scalar = fits.get("configural"), fits.get("scalar")
    if free is None or scalar is None:
        return None
    method = f"{scalar.estimator.lower()}-difference"
    return Estimate(scalar.fit.cfi - free.fit.cfi, None, None, None, "change of CFI", scalar.n, method)


def judged(weeks: Sequence[int], steps: Sequence[Step]) -> Assumption:
    """The assumption with what it rests on."""
    needed = [step for step in steps if step.name in NEEDED]
    missing = [step for step in steps if step.solution is None and (step.name in NEEDED or step.name == "configural")]
    if missing:
        return Assumption(STATEMENT, None, f"{missing[0].name} invariance could not be tested: {missing[0].reason}")
    shown = "; ".join(
        f"shared {NEEDED[step.name]}s change CFI by {step.delta_cfi:.3f} and RMSEA by {step.delta_rmsea:.3f} "
        f"({p_words(step.delta_p or 0.0)})"
        for step in needed
    )
    return Assumption(STATEMENT, not any(map(departs, needed)), f"{_words(weeks)}: {shown}")


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
    return f"weeks {', '.join(early)} and {last}"
