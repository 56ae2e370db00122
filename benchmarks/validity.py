"""What the validation takes for 20,000 students: a bootstrap over students, DeLong's interval, what each source adds.

The promises, on two cores: associations of eight indicators over twelve weeks, AUC, calibration and Brier score, each
with 1,000 replicates, within ``BOOTSTRAP`` seconds; DeLong for 100,000 rows within ``DELONG``; the parts of ``BUDGETS``
within theirs, together no more than ``TOGETHER``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter

import numpy as np
from scipy.special import expit

import la_research as lar
from la_research.seeds import stream
from la_research.statistics.association import Panel, associations
from la_research.statistics.prediction import auc_interval, brier, calibration
from la_research.statistics.resampling import student_weights, weighted_auc
from la_research.statistics.weighted import weighted_brier, weighted_calibration, weighted_slopes
from la_research.validation.absent import missing_findings
from la_research.validation.choices import choice_findings
from la_research.validation.ground import Ground
from la_research.validation.triggers import trigger_findings
from la_research.validation.worth.refits import Refits
from la_research.validation.worth.sources import sources_finding

STUDENTS, WEEKS, INDICATORS, MODULES, REPLICATES, ROWS = 20_000, 12, 8, 12, 1000, 100_000
PART = 100
"""Replicates drawn together."""
BOOTSTRAP, DELONG, TOGETHER = 30.0, 0.2, 300.0


def taken(call: Callable[[], object]) -> float:
    """Seconds of a call."""
    start = perf_counter()
    call()
    return perf_counter() - start


def panels() -> list[Panel]:
    """One panel an indicator: every student every week, half of the answers there."""
    rng = stream(1, "benchmarks", "validity")
    who, week = np.repeat(np.arange(STUDENTS), WEEKS), np.tile(np.arange(1, WEEKS + 1), STUDENTS)
    mood = rng.normal(size=STUDENTS)[who] + rng.normal(size=who.size)
    mood[rng.random(who.size) < 0.5] = np.nan
    return [Panel(who, who, who % MODULES, week, rng.normal(size=who.size), mood) for _ in range(INDICATORS)]


def bootstrapped() -> None:
    """Slopes of each indicator, AUC of each, calibration and Brier score of a score, with their replicates."""
    rng = stream(2, "benchmarks", "validity")
    label = (rng.random(STUDENTS) < 0.2).astype(int)
    means, score = rng.normal(size=(INDICATORS, STUDENTS)), expit(rng.normal(size=STUDENTS) - 1)
    cells = panels()
    for panel in cells:
        associations(panel)
    calibration(label, score), brier(label, score)
    for _ in range(REPLICATES // PART):
        weights = student_weights(np.arange(STUDENTS), PART, rng)
        for panel, mean in zip(cells, means, strict=True):
            weighted_slopes(panel, weights)
            weighted_auc(label, mean, weights)
        weighted_calibration(label, score, weights)
        weighted_brier(label, score, weights)


def delong() -> None:
    """AUC of 100,000 rows with its interval."""
    rng = stream(3, "benchmarks", "validity")
    label = rng.random(ROWS) < 0.2
    auc_interval(label, rng.normal(size=ROWS) + label)


def ablation(ground: Ground) -> None:
    """What each source adds to the score."""
    sources_finding(Refits(ground))


BUDGETS: dict[str, tuple[Callable[[Ground], object], float]] = {
    "each source left out": (ablation, 90.0),
    "unanswered questionnaires, 20 fillings": (lambda ground: list(missing_findings(ground)), 60.0),
    "72 analyses of two hypotheses": (lambda ground: list(choice_findings(ground)), 60.0),
    "contact rules at 11 cut-offs": (lambda ground: list(trigger_findings(ground)), 90.0),
}
"""Questions of the whole study, and the seconds each may take."""


def study() -> Ground:
    """The shipped protocol on 20,000 students, its model fitted."""
    protocol = lar.load_protocol("protocols/early-engagement")
    cohort, _ = lar.generate_cohort(lar.load_scenario("default"), n=STUDENTS, seed=1)
    indicators = lar.compute_indicators(protocol, cohort)
    return Ground(protocol, cohort, indicators, lar.fit_model(protocol, cohort, indicators))


def main() -> int:
    """Print the times; 1 when a promise is not kept."""
    delong()
    times = {f"{REPLICATES:,} replicates of {INDICATORS} indicators": (taken(bootstrapped), BOOTSTRAP)}
    times[f"DeLong, {ROWS:,} rows"] = (min(taken(delong) for _ in range(3)), DELONG)
    ground = study()
    parts = {name: (taken(partial(ask, ground)), most) for name, (ask, most) in BUDGETS.items()}
    times |= parts | {"these together": (sum(spent for spent, _ in parts.values()), TOGETHER)}
    print(f"{STUDENTS:,} students, {WEEKS} weeks")
    for name, (spent, most) in times.items():
        print(f"{name:<40}{spent:>10.2f} s   (promised: {most:g})")
    return int(any(spent > most for spent, most in times.values()))
