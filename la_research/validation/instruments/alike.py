"""When a questionnaire is said to mean the same: once a difference that matters is excluded, not while none is seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.finding import Assumption, Estimate, Row
from la_research.statistics.psychometrics.departure import Departure, largest
from la_research.statistics.psychometrics.invariance import NEEDED, Step
from la_research.validation.instruments.asked import Asked
from la_research.validation.scale.structure import p_words

COST, SURE = 0.01, 0.05
"""Loss of CFI at one level beyond which it is said not to hold, where a test is as sure as this too."""
MATTERS = 0.25
"""Difference in an item's loading or intercept, in its standard deviations, that is taken to matter.

Between two waves of five items, intervals exclude it in none of 60 draws of 100 students, in 3 of 10 draws of 200 and
in nearly all of 400 where nothing differs; where an intercept is 0.3 off, or a loading 0.40 for 0.75, in none.
"""
SKEWED = (
    "tests take answers as normal: where most students give the lowest answer, as to PHQ-8, the strict step (shared "
    "residuals) is refused in about 1 of 5 cohorts in which nothing differs"
)
ONE_ITEM = (
    "how far an item may lie apart is asked one at a time: where most items shift alike, it looks like a change of all"
)


def departs(step: Step) -> bool:
    """Whether what a comparison leans on is surely not shared, and at a cost that is more than small."""
    if step.name not in NEEDED or step.delta_p is None or step.delta_cfi is None:
        return False
    return step.delta_p < SURE and step.delta_cfi < -COST


def judged(statement: str, compared: str, steps: Sequence[Step], apart: Sequence[Departure]) -> Assumption:
    """That loadings and intercepts are the same wherever they were compared, with what it rests on.

    It fails where sharing them is surely worse (p < .05) and costs more than .01 of CFI (a test alone fails on any
    difference once students are many, CFI alone on chance where they are few), or where the interval of one item lies
    beyond ``MATTERS``. It holds where the intervals of all items lie within. Otherwise it can not be told.
    """
    missing = [step for step in steps if step.solution is None and (step.name in NEEDED or step.name == "configural")]
    if missing:
        return Assumption(statement, None, f"{missing[0].name} invariance could not be tested: {missing[0].reason}")
    shown = "; ".join(
        f"shared {NEEDED[step.name]}s change CFI by {step.delta_cfi:.3f} and RMSEA by {step.delta_rmsea:.3f} "
        f"({p_words(step.delta_p or 0.0)})"
        for step in steps
        if step.name in NEEDED
    )
    far = max(apart, key=lambda one: one.most)
    failed = any(map(departs, steps)) or any(one.least > MATTERS for one in apart)
    holds = False if failed else True if far.most < MATTERS else None
    return Assumption(statement, holds, f"{compared}: {shown}; {_reach(far, holds)}")


def _reach(far: Departure, holds: bool | None) -> str:
    said = f"the {far.what} of item {far.item + 1} may lie up to {far.most:.2f} SD apart"
    if holds is None:
        return f"not shown to differ, but {said}, and so few students can not exclude a difference of {MATTERS} SD"
    return f"{said}; {MATTERS} SD is taken to matter"


def departure_rows(asked: Asked, steps: Sequence[Step], apart: Sequence[Departure]) -> Iterator[Row]:
    """The item whose loading, and whose intercept, may lie furthest apart."""
    n = next((step.solution.n for step in steps if step.solution), 0)
    for one in largest(apart):
        keys = {"what": f"{one.what} furthest apart", "item": asked.plan.items[one.item]}
        yield Row(keys, Estimate(one.value, one.lower, one.upper, asked.level, "SD", n, "expected-change"))


def price(steps: Sequence[Step]) -> Estimate | None:
    """CFI of the level at which means can be compared, less that of no shared parameter; None where one is missing."""
    fits = {step.name: step.solution for step in steps}
    free, scalar = fits.get("configural"), fits.get("scalar")
    if free is None or scalar is None:
        return None
    method = f"{scalar.estimator.lower()}-difference"
    return Estimate(scalar.fit.cfi - free.fit.cfi, None, None, None, "change of CFI", scalar.n, method)
