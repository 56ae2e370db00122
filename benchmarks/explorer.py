"""The numbers behind the page on which contact rules are tried: worked out and checked as one release.

The promise, for the first study: within ``BUDGET`` seconds of one core beside the rules, and at most ``SIZE``
bytes of JSON.
"""

from __future__ import annotations

import json
from time import process_time

from la_research import compute_indicators, fit_model, generate_cohort, load_protocol, load_scenario
from la_research.finding import Findings
from la_research.validation.explorer import explorer_findings
from la_research.validation.ground import Ground
from la_research.validation.triggers import trigger_findings

STUDENTS, BUDGET, SIZE = 2000, 3.0, 700_000


def main() -> int:
    """Print time and size; 1 where the promise is broken."""
    protocol = load_protocol("protocols/early-engagement")
    cohort, _ = generate_cohort(load_scenario("default"), n=STUDENTS, seed=1)
    indicators = compute_indicators(protocol, cohort)
    ground = Ground(protocol, cohort, indicators, fit_model(protocol, cohort, indicators))
    trigger_findings(ground)
    start = process_time()
    found = Findings(explorer_findings(ground)).as_kept()
    taken, rows = process_time() - start, [row for finding in found for row in finding.rows]
    size = len(json.dumps(found.as_json(), separators=(",", ":")))
    told = sum(row.estimate is not None for row in rows)
    print(f"page of {len(rows):,} numbers, {told:,} told  {taken:6.1f} s, at most {BUDGET:.0f}")
    print(f"as JSON                            {size:,} bytes, at most {SIZE:,}")
    return int(taken > BUDGET or size > SIZE)
