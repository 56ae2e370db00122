"""Is a gap judged rightly against true need where the record accuses a rule that is alike, or clears one that fails?

Two cases, with about 1,000 students in need a group and a margin of .10:

- accused: the rule reaches both groups alike. Women with the same need tell the university of it far less often, so
  that those who do are worse off and easier to find, and by the record the rule fails men.
- cleared: women are also more active at the same need, so the rule misses them more often. By the record both are
  alike.

Each is measured twice: in whole cohorts of a campus (generated, indicators, model, audit, score), and from counts
drawn at rates told here, which go through the same audit and score.

    python tests/truth/label_cells.py

Writes tests/truth/label_results.csv. `make test` reads it, and replays a row of each kind.
"""

from __future__ import annotations

import csv
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "label_results.csv"
COLUMNS = ("kind", "case", "seed", "draws", "label_disparity", "label_equivalent", "right")
STUDENTS, COHORTS, BLOCKS, BLOCK, FIRST_SEED = 5_700, 40, 100, 20, 70_000
RIGHT = {"accused": "equivalent", "cleared": "disparity"}
"""The verdict that each case earns."""
STUDY = """
format: la_research.protocol/1
id: judged
title: Judged against true need
question: Does the rule miss some students more often?
data: synthetic
sources: {vle: {}, library: {}, lecture_capture: {}, quizzes: {}}
consent: {model_use: not required, research: not required}
indicators: {weekly_activity: {}, active_days: {}}
outcomes:
  - {id: low, instrument: PHQ-8, week: 8, at_least: 10, chosen_by: advisory group}
  - {id: disclosed, event: [disclosed], chosen_by: advisory group}
model: {label: disclosed, estimator: logistic, top_share: 0.4}
fairness: {sensitive: {gender: {margin: 0.1}}, metrics: [fnr]}
"""
CAMPUS = """
{format: la_research.scenario/1, id: judged, title: Judged, resembles: none, cannot: much, people: {female: 0.5},
 wellbeing: {groups: {}, level: 0, stable: 0.95, episodes: 0, need_below: -0.3}, coping: {reduces: 1, works_more: 0},
 link: {between: 3, within: 3}, engagement: {level: 0, groups: {women: ACTIVE}}, contact: {effect: 0}, leaving: 0,
 help_seeking: {disclosed: -1, need: 2}, label_bias: {disclosure: {women: -3}}}
"""
ACTIVE = {"accused": "0", "cleared": "1.9"}
"""SDs by which women are more active at the same need."""
IN_NEED, OTHERS, CHOSEN = 1000, 1500, 0.2
"""Students of each group in need and not, and the share of the others that the rule selects."""
RATES = {
    "accused": {"M": (0.5, 0.6, 0.6), "F": (0.5, 0.8, 0.4)},
    "cleared": {"M": (0.6, 0.6, 0.6), "F": (0.4, 0.9, 0.4)},
}
"""By group: share of need that the rule selects, and the share recorded of those it selects, and of those it misses."""
Row = dict[str, str]


@cache
def study() -> Any:
    """The protocol of both cases."""
    from la_research.protocol import parse_protocol, read_tree

    return parse_protocol(read_tree(STUDY, "protocol.yaml"))


def campus(case: str) -> Any:
    """The campus of a case."""
    from la_research.protocol import read_tree
    from la_research.synthetic import parse_scenario

    return parse_scenario(read_tree(CAMPUS.replace("ACTIVE", ACTIVE[case]), "campus.yaml"))


def verdicts(protocol: Any, truth: Any, predictions: Any, by_label: Any) -> tuple[str, str]:
    """The audit's verdict by the recorded label, and that of the score against true need."""
    from la_research.pipeline.score.audits import NEED, true_gaps

    return by_label, true_gaps(protocol, truth, predictions).rows["audit.fnr.gender"][NEED].verdict


def cohort(case: str, seed: int) -> tuple[str, str]:
    """Both verdicts in one generated cohort, with the study's own model."""
    from la_research.audit import audit_fairness
    from la_research.indicators import compute_indicators
    from la_research.models import fit_model
    from la_research.synthetic import generate_cohort

    protocol = study()
    made, truth = generate_cohort(campus(case), n=STUDENTS, seed=seed)
    predictions = fit_model(protocol, made, compute_indicators(protocol, made))
    audited = audit_fairness(protocol, made, predictions)
    return verdicts(protocol, truth, predictions, audited["audit.fnr.gender"].verdict)


def counts(case: str, draw: np.random.Generator) -> tuple[str, str]:
    """Both verdicts of two groups drawn at the rates of a case."""
    import pyarrow as pa

    from la_research.audit.fairness import compared
    from la_research.audit.plan import registered
    from la_research.models import Predictions
    from la_research.synthetic import Truth

    parts = []
    for group, (selects, recorded, missed) in RATES[case].items():
        chosen = np.concatenate([draw.random(IN_NEED) < selects, draw.random(OTHERS) < CHOSEN])
        need = np.arange(IN_NEED + OTHERS) < IN_NEED
        told = need & (draw.random(len(need)) < np.where(chosen, recorded, missed))
        parts.append(
            pd.DataFrame({"gender": group, "true_need": need, "decision": chosen.astype(int), "label": told * 1.0})
        )
    frame = pd.concat(parts, ignore_index=True)
    ids = [f"s{i:05d}" for i in range(len(frame))]
    frame = frame.assign(unit_id=ids, student_id=ids, population="all", week=4, fold=1, score=0.5, module="A")
    truth = Truth("counts", "", 1, len(frame), {}, {"students": pa.Table.from_pandas(
        frame[["student_id", "gender", "true_need", "module"]], preserve_index=False)})  # fmt: skip
    scored = frame.drop(columns=["gender", "true_need", "module"])
    protocol = study()
    (audited, *_) = compared(registered(protocol), frame.assign(stratum="A"))
    predictions = Predictions(scored, {"all": pd.DataFrame(index=ids)})
    return verdicts(protocol, truth, predictions, audited.verdict)


def row(kind: str, case: str, seed: int) -> Row:
    """A cohort, or a block of draws, as a row of the results."""
    from la_research.seeds import stream

    if kind == "cohort":
        found = [cohort(case, seed)]
    else:
        draw = stream(seed, "tests", "labels", case)
        found = [counts(case, draw) for _ in range(BLOCK)]
    by_label = [label for label, _ in found]
    numbers = {
        "draws": len(found),
        "label_disparity": by_label.count("disparity"),
        "label_equivalent": by_label.count("equivalent"),
        "right": sum(need == RIGHT[case] for _, need in found),
    }
    return {"kind": kind, "case": case, "seed": str(seed)} | {name: str(value) for name, value in numbers.items()}


def everything(case: str) -> list[Row]:
    """Every row of a case."""
    asked = [("cohort", FIRST_SEED + i) for i in range(COHORTS)] + [("counts", FIRST_SEED + i) for i in range(BLOCKS)]
    return [row(kind, case, seed) for kind, seed in asked]


def read_results() -> list[Row]:
    """The rows that were measured."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Measure all rows, a case in each of two processes, and write them."""
    with ProcessPoolExecutor(len(RIGHT), mp_context=get_context("spawn")) as pool:
        rows = [row for found in pool.map(everything, RIGHT) for row in found]
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
