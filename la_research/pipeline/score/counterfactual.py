"""What the score of a student would have been as a member of another group, in the mechanism that made the cohort."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from la_research.audit.plan import registered
from la_research.audit.task import Task, tasks_of
from la_research.audit.words import UNSHOWN
from la_research.cohort import Cohort
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed
from la_research.indicators import compute_indicators
from la_research.indicators.registry import summarised
from la_research.models import ALL, Predictions, fitted
from la_research.pipeline.score.audits import known
from la_research.protocol import Protocol
from la_research.schema import TABLES
from la_research.statistics.intervals import Floats, mean_interval
from la_research.synthetic import Scenario, generate_cohort
from la_research.synthetic.dials import People

QUESTION = "Would students be scored otherwise, had they been members of the other group?"
LIMITS = (
    "Each student is drawn again with the same chance and the group changed, in the campus that made the cohort.",
    "What follows from the group changes with it, true need too.",
    "Members of the two groups change places, so that those with whom a student is compared stay much the same.",
)
Everyone = Callable[[str], dict[str, object]]
"""From a value of an attribute to the dials of a campus in which everyone has it."""


def _shares(people: People, name: str) -> Everyone:
    classes = getattr(people, name)
    return lambda value: {name: {told: float(told == value) for told in classes}}


def everyone(people: People) -> Mapping[str, Everyone]:
    """How everyone is made a member of a group, by attribute; the attributes that the mechanism draws by a dial."""
    return {
        "gender": lambda value: {"female": float(value == "F")},
        "disability": lambda value: {"disability": float(value == "Y")},
        "fee_status": lambda value: {"international": float(value == "international")},
        "ethnicity": _shares(people, "ethnicity"),
        "age_band": _shares(people, "age"),
        "religion": _shares(people, "religion"),
        "orientation": _shares(people, "orientation"),
    }


def counterfactuals(
    protocol: Protocol, scenario: Scenario, predictions: Predictions | None, *, n: int, seed: int
) -> Findings:
    """The change of score and of decision when members of two groups change places, for each attribute alone.

    Each student of the two groups with the largest gap in the audit's first metric is drawn
    again with the same noise as a member of the other group. The models of the folds are
    fitted once, to the cohort as it is; a student is selected where the score reaches the
    lowest of those selected in the fold.

    Parameters
    ----------
    protocol
        The registered study; of its populations the main one.
    scenario, n, seed
        What made the run's cohort.
    predictions
        Of the run: scores, decisions and features.

    Returns
    -------
    Findings
        ``score.counterfactual.ATTRIBUTE``: mean absolute change of the score with its interval;
        rows for the mean change from the second group to the first, of the score and of the
        share selected, and for the share whose decision changes. "not analysed" where the
        mechanism draws the attribute by no dial.

    References
    ----------
    Kusner et al. (2017), Counterfactual Fairness, arXiv:1703.06856; here the structural model is known.
    """
    if predictions is None or predictions.frame.empty or not protocol.fairness.sensitive:
        return Findings([not_analysed("score.counterfactual", QUESTION, "the run keeps no scores to compare")])
    cohort, truth = generate_cohort(scenario, n=n, seed=seed)
    frame = next(frame for population, frame, _ in predictions.parts() if population == ALL)
    rows = known(frame, truth.tables["students"].to_pandas().set_index("student_id"))
    plan = replace(registered(protocol), metrics=("selection",), intersections=())
    campus = _Campus(protocol, scenario, n, seed, cohort, rows, _scorer(protocol, rows, predictions))
    return Findings(_finding(campus, task) for task in tasks_of(plan, rows, "score"))


Scorer = Callable[[pd.DataFrame], tuple[Floats, Floats]]


@dataclass(frozen=True)
class _Campus:
    """A run's cohort as it was made, its scored rows, and the models that score it again."""

    protocol: Protocol
    scenario: Scenario
    n: int
    seed: int
    cohort: Cohort
    rows: pd.DataFrame
    score: Scorer

    def with_everyone(self, dials: Mapping[str, object]) -> Cohort:
        """The same students, all of them members of one group."""
        tree = self.scenario.people.model_dump() | dict(dials)
        people = type(self.scenario.people).model_validate(tree)
        changed = self.scenario.model_copy(update={"people": people})
        return generate_cohort(changed, n=self.n, seed=self.seed)[0]

    def features(self, cohort: Cohort) -> pd.DataFrame:
        """Features of the scored units in another cohort of the same students; rounded as the model reads them."""
        table = summarised(self.protocol, compute_indicators(self.protocol, cohort), self.protocol.columns)
        return table.reindex(self.rows["unit_id"]).astype(np.float32).astype(np.float64)


def _scorer(protocol: Protocol, rows: pd.DataFrame, predictions: Predictions) -> Scorer:
    """From features of the same units to scores and decisions, by the models of the folds, fitted as in the run."""
    features = predictions.features[ALL].loc[rows["unit_id"]]
    models, cuts = {}, {}
    for fold in sorted(rows["fold"].unique()):
        test = rows["fold"] == fold
        train = (~rows["student_id"].isin(rows["student_id"][test])).to_numpy()
        models[fold] = fitted(protocol, features[train], rows["label"].set_axis(features.index)[train], ALL, int(fold))
        cuts[fold] = rows["score"][test & (rows["decision"] == 1)].min()

    def scored(changed: pd.DataFrame) -> tuple[Floats, Floats]:
        score = np.full(len(rows), np.nan)
        for fold, model in models.items():
            test = (rows["fold"] == fold).to_numpy()
            score[test] = model.predict_proba(changed[test].to_numpy())[:, 1]
        return score, (score >= rows["fold"].map(cuts).to_numpy(dtype=float)).astype(np.float64)

    return scored


def _finding(campus: _Campus, task: Task) -> Finding:
    attribute, gap, rows = task.grouping.name, task.comparison.gap, campus.rows
    name, dials = f"score.counterfactual.{attribute}", everyone(campus.scenario.people).get(attribute)
    if dials is None:
        return not_analysed(name, QUESTION, "the mechanism draws this attribute by no dial of its own")
    if gap is None:
        return not_analysed(name, QUESTION, task.missing or "the audit compared no two groups")
    if task.hidden & set(gap.pair):
        return not_analysed(name, QUESTION, UNSHOWN)
    first, second = (task.grouping.values[place][0] for place in gap.pair)
    member, other = ((rows[attribute] == value).to_numpy() for value in (first, second))
    swapped = exchanged(campus.cohort, campus.with_everyone(dials(second)), rows["student_id"][member])
    swapped = exchanged(swapped, campus.with_everyone(dials(first)), rows["student_id"][other])
    (score, chosen), (score_then, chosen_then) = (campus.score(campus.features(c)) for c in (campus.cohort, swapped))
    inside = member | other
    toward = np.where(member, 1.0, -1.0)[inside]  # what the first group's membership adds
    changes = {
        "score, absolute": (np.abs(score - score_then)[inside], "score"),
        "score, as the first group": (toward * (score - score_then)[inside], "score"),
        "selected, as the first group": (toward * (chosen - chosen_then)[inside], "share"),
        "decision changes": (np.abs(chosen - chosen_then)[inside], "share"),
    }
    level, who = 1 - campus.protocol.fairness.alpha, rows["student_id"][inside].to_numpy()
    found = tuple(Row({"what": what}, _mean(values, unit, level, who)) for what, (values, unit) in changes.items())
    groups = f"The first group: students with {attribute} {first}; the second: {second}."
    return Finding(name, QUESTION, "described", found[0].estimate, found, limitations=(groups, *LIMITS))


def _mean(values: Floats, unit: str, level: float, students: np.ndarray) -> Estimate:
    mean, lower, upper = mean_interval(values, level, students)
    return Estimate(mean, lower, upper, level, unit, len(np.unique(students)), "t-by-student")


def exchanged(cohort: Cohort, other: Cohort, students: pd.Series) -> Cohort:
    """A cohort in which what was recorded of some students is that of another; consents and the vault stay."""
    owner = cohort.frame("enrolments").set_index("enrolment_id")["student_id"]
    chosen = pa.array(students.unique(), pa.string())
    enrolled = pa.array(owner.index[owner.isin(students)], pa.string())
    tables = {}
    for name, table in TABLES.items():
        mine, theirs = cohort.arrow(name), other.arrow(name)
        key, of = ("student_id", chosen) if "student_id" in table.names else ("enrolment_id", enrolled)
        if key in table.names and name not in ("consent", "vault"):
            mine = pa.concat_tables(
                [mine.filter(pc.invert(pc.is_in(mine[key], of))), theirs.filter(pc.is_in(theirs[key], of))]
            )
        tables[name] = mine
    return Cohort(tables, cohort.provenance, cohort.digest)
