"""Is the share of students with the opposite sign recovered, and are those who work more found by looking both ways?

Whole cohorts of 2,000 are generated, and read as a study reads them.

- opposite: 0, 15 or 30 % of all students work more when they struggle, 55 % do less and the rest neither. On a campus
  of two kinds: the default one, weak and realistic; and a clear one, whose link is four times as strong, where
  everyone answers a nearly exact questionnaire and no week is silent for no reason.
- sided: among weeks of need of students who work more, the share in which each rule suggests a contact, at a contact
  for one student in ten a week. Two in five work more and two in five do less, as on the campus ``over_working``;
  and the same where need comes in spells and the link is twice as strong.

    python tests/truth/opposite_cells.py --draws 200

Writes tests/truth/opposite_results.csv, a row a cohort, and adds only those that are not there yet. `make test` reads
it, and replays a cohort of each kind.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

ONE, ALL = ("weekly_activity",), ("weekly_activity", "peer_share", "baseline_departure")
TABLES = (
    "enrolments", "activity", "assessments", "attendance", "responses", "consent", "applicability", "feeds", "calendar",
)  # fmt: skip
RESULTS = Path(__file__).resolve().parent / "opposite_results.csv"
COLUMNS = ("kind", "case", "planted", "seed", "value", "lower", "upper", "other", "chance")
STUDENTS, FIRST_SEED, NEAR, BUDGET, LEAST = 2000, 90_000, 0.07, 0.10, 200
STUDY = """
format: la_research.protocol/1
id: opposite
title: Opposite signs
question: In how many students does it go the other way?
data: synthetic
population: {unit: student}
sources: {vle: {}, library: {}, lecture_capture: {}, quizzes: {}}
consent: {model_use: not required, research: not required}
indicators: {%s}
outcomes:
  - {id: wellbeing, instrument: WHO-5, week: 10}
  - {id: low, instrument: PHQ-8, week: 8, at_least: 10, chosen_by: advisory group}
hypotheses:
  - {id: H2, kind: within, indicator: weekly_activity, outcome: wellbeing, direction: positive, smallest_effect: 0.05}
"""
CAMPUS = "{format: la_research.scenario/1, id: opposite, title: Opposite, resembles: none, cannot: much, %s}"
DIALS = {
    "default": "",
    "clear": (
        "link: {within: 3}, survey: {response: 1, loading: 0.95}, engagement: {silent_first: 0, silent_last: 0}, "
    ),
    "spells": "wellbeing: {stable: 0.2, episodes: 0.4, episode_depth: 2}, link: {within: 1.5}, ",
}
SHARES = {"default": (0.0, 0.15, 0.30), "clear": (0.0, 0.15, 0.30)}
REDUCES = 0.55
SIDED = {"default": 0.4, "spells": 0.4}
Row = dict[str, str]


@cache
def study(*indicators: str) -> Any:
    """The protocol of all cases, with the indicators that are read."""
    from la_research.protocol import parse_protocol, read_tree

    return parse_protocol(read_tree(STUDY % ", ".join(f"{name}: {{}}" for name in indicators), "protocol.yaml"))


def cohort(protocol: Any, case: str, reduces: float, more: float, seed: int) -> Any:
    """A cohort of a campus, its truth and its indicators."""
    from la_research.indicators import compute_indicators
    from la_research.protocol import read_tree
    from la_research.synthetic import generate_cohort, parse_scenario

    dials = f"{DIALS[case]}coping: {{reduces: {reduces}, works_more: {more}}}"
    scenario = parse_scenario(read_tree(CAMPUS % dials, "campus.yaml"))
    made, truth = generate_cohort(scenario, n=STUDENTS, seed=seed, tables=TABLES)
    return made, truth, compute_indicators(protocol, made)


def opposite(case: str, planted: float, seed: int) -> tuple[float, ...]:
    """Share estimated with its interval, the size of the link within a student, and the share seen below zero."""
    from la_research.statistics.random_slopes import opposite_share, own_slopes
    from la_research.validation.panel import panel_of

    protocol = study(*ONE)
    made, _, indicators = cohort(protocol, case, REDUCES, planted, seed)
    own = own_slopes(panel_of(protocol, made, indicators, "weekly_activity", "WHO-5"))
    found = opposite_share(own)
    return found.against, found.lower, found.upper, found.size, float(own.negative.mean())


def sided(case: str, planted: float, seed: int) -> tuple[float, ...]:
    """Reached by looking both ways, down alone (as ``lower``), below the cohort (``other``), and by chance."""
    from la_research.statistics.weeks import by_week
    from la_research.validation.sided import BOTH, COHORT, DOWN, chosen_by_rule

    _, truth, indicators = cohort(study(*ALL), case, planted, planted, seed)
    chosen = chosen_by_rule({name: by_week(indicators, name) for name in ALL}, BUDGET)
    more = truth.tables["students"].to_pandas().query("coping == 'works more'")["student_id"]
    weeks = truth.tables["weeks"].to_pandas()
    needing = weeks[weeks["need"] & weeks["student_id"].isin(more)].set_index(["student_id", "week"]).index
    reached = {}
    for rule, table in chosen.items():
        seen = table.stack().dropna()
        reached[rule] = float(seen[seen.index.isin(needing)].mean())
    return reached[BOTH], reached[DOWN], math.nan, reached[COHORT], BUDGET


ASKED = {"opposite": opposite, "sided": sided}


def cells() -> list[tuple[str, str, float]]:
    """Kind, case and planted share of every cell."""
    found = [("sided", case, share) for case, share in SIDED.items()]
    return found + [("opposite", case, share) for case, shares in SHARES.items() for share in shares]


def row(kind: str, case: str, planted: float, seed: int) -> Row:
    """One cohort as a row of the results."""
    numbers = [f"{number:.6f}" if math.isfinite(number) else "" for number in ASKED[kind](case, planted, seed)]
    return dict(zip(COLUMNS, (kind, case, str(planted), str(seed), *numbers), strict=True))


def read_results() -> list[Row]:
    """The rows that were measured."""
    if not RESULTS.exists():
        return []
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def summed() -> pd.DataFrame:
    """By cell: cohorts, mean estimate, its bias with t interval, share within 7 points, coverage; or share reached."""
    frame = pd.read_csv(RESULTS)
    rows = []
    for (kind, case, planted), part in frame.groupby(["kind", "case", "planted"]):
        n = len(part)
        told: dict[str, Any] = {"kind": kind, "case": case, "planted": planted, "cohorts": n}
        for name in ("value", "lower", "other"):
            told[name] = part[name].mean()
            told[f"{name}_half"] = 1.97 * part[name].std() / math.sqrt(n)
        if kind == "opposite":
            told["near"] = ((part["value"] - planted).abs() <= NEAR).mean()
            told["covered"] = ((part["lower"] <= planted) & (planted <= part["upper"])).mean()
            told["width"] = (part["upper"] - part["lower"]).mean()
        rows.append(told)
    return pd.DataFrame(rows)


def main() -> None:
    """Measure what is missing, and print a line a cell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--kind", choices=list(ASKED))
    asked = parser.parse_args()
    held = {(r["kind"], r["case"], r["planted"], r["seed"]) for r in read_results()}
    with RESULTS.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if not held:
            writer.writeheader()
        for number in range(asked.draws):
            for kind, case, planted in cells():
                seed = FIRST_SEED + number
                if asked.kind in (None, kind) and (kind, case, str(planted), str(seed)) not in held:
                    writer.writerow(row(kind, case, planted, seed))
                    file.flush()
    sys.stdout.write(summed().round(3).to_string(index=False) + "\n")


if __name__ == "__main__":
    main()
