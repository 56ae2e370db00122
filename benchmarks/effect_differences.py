"""Staggered difference in differences on 10,000 units and twenty times, with 1,000 redraws of the band.

The promise: all group-time effects, their averages with errors, and the simultaneous band in at most ``BUDGET``
seconds, ahead of ``differences`` and ``csdid`` where they are installed (`pip install differences csdid drdid`); those
run the same without covariates.
"""

from __future__ import annotations

import warnings
from time import perf_counter

import numpy as np
import pandas as pd

from la_research.seeds import stream
from la_research.statistics.staggered import (
    Errors,
    Panel,
    calendar,
    dynamic,
    events,
    group_time_effects,
    grouped,
    simple,
    simultaneous_reach,
)

UNITS, TIMES, DRAWS = 10_000, 20, 1_000
BUDGET = 2.0
"""Seconds."""


def panel() -> Panel:
    """Half of the units start, at one of eight times."""
    rng = stream(1, "benchmarks", "differences")
    first = np.where(rng.random(UNITS) < 0.5, rng.integers(5, 13, UNITS).astype(float), np.inf)
    outcome = rng.normal(size=(UNITS, 1)) + rng.normal(size=(UNITS, TIMES))
    outcome += 0.5 * (np.arange(TIMES) >= first[:, None])
    return Panel.plain(outcome, np.arange(TIMES, dtype=float), first)


def ours(held: Panel) -> float:
    """All effects, averages and the band; the average by groups."""
    cells = group_time_effects(held)
    errors = Errors(cells.panel)
    found = events(cells)
    for effect in (simple(cells), dynamic(cells), calendar(cells), *found.values()):
        errors.of(effect)
    parts = errors.parts(np.stack([effect.influence for effect in found.values()]))
    simultaneous_reach(parts, 0.95, DRAWS, stream(1, "benchmarks", "band"))
    return errors.of(grouped(cells)[0]).value


def rows(held: Panel) -> pd.DataFrame:
    """One row a unit and time, as the peers read them."""
    unit, time = np.repeat(np.arange(UNITS), TIMES), np.tile(np.arange(TIMES), UNITS)
    return pd.DataFrame({"unit": unit, "time": time, "y": held.outcome.ravel(), "first": np.repeat(held.first, TIMES)})


def differences(held: pd.DataFrame) -> float:
    """The same by ``differences``."""
    from differences import ATTgt

    frame = held.assign(first=held["first"].replace(np.inf, np.nan)).set_index(["unit", "time"])
    fitted = ATTgt(data=frame, cohort_column="first")
    fitted.fit(formula="y", est_method="reg", boot_iterations=DRAWS, random_state=1, progress_bar=False)
    return float(np.asarray(fitted.aggregate("cohort", overall=True), dtype=object).ravel()[0])


def csdid(held: pd.DataFrame) -> float:
    """The same by ``csdid``."""
    from csdid.att_gt import ATTgt

    frame = held.assign(first=held["first"].replace(np.inf, 0))
    fitted = ATTgt(yname="y", gname="first", idname="unit", tname="time", xformla="y~1", data=frame, biters=DRAWS)
    return float(fitted.fit(est_method="reg").aggte(typec="group").atte["overall_att"])


def main() -> int:
    """Print the times; 1 where the promise is broken."""
    held = panel()
    start = perf_counter()
    value = ours(held)
    spent = perf_counter() - start
    print(f"la_research  {spent:6.2f} s, at most {BUDGET:.0f} s; by groups {value:.4f}")
    broken, frame = spent > BUDGET, rows(held)
    for peer in (differences, csdid):
        start = perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = peer(frame)
        except ImportError as error:
            print(f"{peer.__name__:<12} not installed ({error.name})")
            continue
        took = perf_counter() - start
        print(f"{peer.__name__:<12} {took:6.2f} s; by groups {value:.4f}")
        broken |= took < spent
    return int(broken)
