"""What can be seen before the effect: whether the groups were on the same course, and what another would have made."""

from __future__ import annotations

import numpy as np

from la_research.disclosure import tells_few
from la_research.evaluation.design import Asked, Check
from la_research.evaluation.panels import panel_of
from la_research.evaluation.sample import Sample
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import newcombe_difference
from la_research.statistics.staggered import Cells, Errors, Panel, PreTrends, comparable, exposure, group_time_effects
from la_research.statistics.staggered import pre_trends as joint_test

SAME = "The groups were on the same course before the start"
APART = "If the groups went on as they did before, the effect would change by less than {limit:.2f} SD"
MEANS = "the effect holds a course apart that was there before the support"
ONE = "there are not two times before a start"


def before(panel: Panel, asked: Asked) -> Cells:
    """Changes of each group from time to time before its start, less those of the comparison."""
    chosen = asked.settings
    return group_time_effects(panel, chosen.comparison, chosen.estimator, "varying", chosen.anticipation, before=True)


def pre_trends(panel: Panel, asked: Asked) -> PreTrends | None:
    """What the times before the start say; None where there are not two of them."""
    cells = before(panel, asked)
    return joint_test(cells, Errors(cells.panel), asked.gate.trends) if len(cells.value) else None


def checks(sample: Sample, asked: Asked) -> list[Check]:
    """Joint test and drift, which gate; and who is known at every time, which is shown."""
    panel, _ = panel_of(sample)
    found = pre_trends(panel, asked)
    return [_same(found, panel, sample.unit, asked), _apart(found, panel, asked), _complete(sample)]


def _same(found: PreTrends | None, panel: Panel, unit: str, asked: Asked) -> Check:
    """The joint test; a steady slope that it finds does not count where it is shown to be of no account."""
    if found is None:
        return Check("pre_trends", SAME, None, ONE, MEANS)
    limit = asked.gate.trends
    seen = f"joint test of {len(found.effects)} changes: p = {found.p:.3f}, limit {limit:g}"
    low, high = drift(found, panel, asked.settings.anticipation).interval(0.9)
    slight = max(-low, high) < asked.gate.drift / 2 and found.bends >= limit
    if found.p < limit and slight:
        seen += f", for a steady slope that would make less than {asked.gate.drift / 2:.3f} SD"
    slope = found.slope.estimate(f"{unit} a time", "gls", 0.95)
    return Check("pre_trends", SAME, bool(found.p >= limit or slight), seen, MEANS, slope)


def drift(found: PreTrends, panel: Panel, anticipation: int = 0) -> Coefficient:
    """The effect that the slope before would make if it went on, in SDs of the outcome between units."""
    kept = comparable(panel, anticipation)
    sizes = (~np.isnan(kept.outcome)).sum(axis=0)
    spread = float(np.sqrt(np.nanvar(kept.outcome[:, sizes > 1], axis=0).mean()))
    times = exposure(panel, anticipation) / spread
    slope = found.slope
    return Coefficient(times * slope.value, times * slope.se, slope.df, slope.n)


def _apart(found: PreTrends | None, panel: Panel, asked: Asked) -> Check:
    limit = asked.gate.drift
    statement = APART.format(limit=limit)
    if found is None:
        return Check("drift", statement, None, ONE, MEANS)
    would = drift(found, panel, asked.settings.anticipation)
    low, high = would.interval(0.9)
    apart = abs(would.value) >= limit and (low > 0 or high < 0)
    passed = True if max(-low, high) < limit else False if apart else None
    seen = f"90 % interval {low:.2f} to {high:.2f} SD" + ("" if passed is not None else "; too few units to tell")
    estimate = would.estimate("SD", "gls-extrapolated", 0.9)
    return Check("drift", statement, passed, seen, MEANS, estimate, needed=asked.claim is not None)


def _complete(sample: Sample) -> Check:
    rows = sample.rows.groupby("unit")
    whole = ((rows["known"].sum() == sample.rows["time"].nunique()) & rows["known"].all()).to_numpy()
    starts = np.isfinite(rows["first"].first().to_numpy())
    statement = "Units that start and units that do not are as often known at every time"
    if min(starts.sum(), (~starts).sum()) == 0:
        return Check("complete", statement, None, "all units start", "what is missing may differ", gates=False)
    counts = [(int(whole[side].sum()), int(side.sum())) for side in (starts, ~starts)]
    _, low, high = newcombe_difference(*counts[0], *counts[1])
    seen = f"{100 * counts[0][0] / counts[0][1]:.0f} % and {100 * counts[1][0] / counts[1][1]:.0f} %"
    if any(tells_few(*count, sample.minimum) for count in counts):
        seen = f"the others are fewer than {sample.minimum} of one sort or of both"
    return Check("complete", statement, bool(low <= 0 <= high), seen, "what is missing may differ", gates=False)
