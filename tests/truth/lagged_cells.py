"""Which comes first, where nothing does? Lags of activity and WHO-5 in cohorts of campuses that plant no lag.

In `null` activity and wellbeing are not linked at all; in `default` they are linked within the same week, and no
week passes anything on to the other series. `null_common_calendar` has a term calendar that moves both. Each cohort
is analysed as the shipped study does.

    python tests/truth/lagged_cells.py [--draws 200]

Appends to tests/truth/lagged_results.csv the draws that it does not hold yet; a cohort takes about half a second.
`make test` reads it and replays the first draws.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "lagged_results.csv"
SCENARIOS = ("null", "null_common_calendar", "default")
LAGS = ("x_to_y", "y_to_x", "difference")
COLUMNS = ("scenario", "seed", *(f"{lag}_{what}" for lag in LAGS for what in ("value", "lower", "upper")))
STUDENTS, FIRST_SEED = 2_000, 50_000
Row = dict[str, str]


@cache
def study() -> Any:
    """The shipped protocol with the one indicator that is read."""
    from la_research.store import load_protocol

    protocol = load_protocol(ROOT / "protocols" / "early-engagement")
    return protocol.model_copy(update={"indicators": {"weekly_activity": protocol.indicators["weekly_activity"]}})


def draw(scenario: str, seed: int) -> Row:
    """One cohort and its lags, each with a 95 % interval; empty where they are not analysed."""
    from la_research.indicators import compute_indicators
    from la_research.statistics.lagged.cross_lagged import cross_lagged
    from la_research.statistics.psychometrics.unfit import Unfit
    from la_research.store import load_scenario
    from la_research.synthetic import generate_cohort
    from la_research.synthetic.tables import REQUIRED
    from la_research.validation.panel import panel_of

    cohort, _ = generate_cohort(load_scenario(scenario), n=STUDENTS, seed=seed, tables=REQUIRED)
    panel = panel_of(study(), cohort, compute_indicators(study(), cohort), "weekly_activity", "WHO-5")
    row = dict.fromkeys(COLUMNS, "") | {"scenario": scenario, "seed": str(seed)}
    try:
        found = cross_lagged(panel)
    except Unfit:
        return row
    for lag in LAGS:
        held = getattr(found, lag)
        numbers = zip(("value", "lower", "upper"), (held.value, *held.interval(0.95)), strict=True)
        row |= {f"{lag}_{what}": f"{number:.9g}" for what, number in numbers}
    return row


def read_results() -> list[Row]:
    """What was drawn so far."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def covered(rows: Sequence[Row], lag: str) -> tuple[int, int]:
    """Draws whose interval holds zero, and draws with an interval."""
    ends = [(float(row[f"{lag}_lower"]), float(row[f"{lag}_upper"])) for row in rows if row[f"{lag}_value"]]
    return sum(lower <= 0 <= upper for lower, upper in ends), len(ends)


def told(rows: Sequence[Row], show: Callable[[str], object]) -> None:
    """Show coverage of zero and mean of each lag, by scenario."""
    for scenario in SCENARIOS:
        own = [row for row in rows if row["scenario"] == scenario]
        for lag in LAGS:
            hit, total = covered(own, lag)
            reach = binomtest(hit, total).proportion_ci(0.95, "wilson")
            mean = sum(float(row[f"{lag}_value"]) for row in own if row[f"{lag}_value"]) / total
            show(f"{scenario:22}{lag:11}{hit / total:.3f} ({reach.low:.3f} to {reach.high:.3f})  mean {mean:+.4f}\n")


def main() -> None:
    """Draw what is missing and show how often zero is covered."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=200)
    asked = parser.parse_args().draws
    held = {(row["scenario"], int(row["seed"])) for row in read_results()}
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if not held:
            writer.writeheader()
        for seed in range(FIRST_SEED, FIRST_SEED + asked):
            for scenario in SCENARIOS:
                if (scenario, seed) not in held:
                    writer.writerow(draw(scenario, seed))
                    file.flush()
    told(read_results(), sys.stdout.write)


if __name__ == "__main__":
    main()
