"""Gaps had consent been asked for otherwise: who would be in, weights, bounds, and what is not read."""

import numpy as np
import pytest

import la_research as lar
from la_research.audit.consent import consent_findings
from la_research.audit.groups import with_attributes
from la_research.audit.plan import registered
from la_research.audit.task import tasks_of
from la_research.cohort.flow import eligible, judged
from la_research.protocol import Protocol
from la_research.seeds import stream
from la_research.statistics.intervals import newcombe_difference

DRAWS = 10


def told(finding, what, way):
    return next(row.estimate for row in finding.rows if dict(row.keys) == {"what": what, "consent": way})


def mixed(alike):
    """Women say yes on module B more often than on A, men the reverse; the rule reaches more students on B."""
    no = {"said": [(1, False)]}
    rows = [*alike(40, 10, gender="F", module="A"), *alike(80, 60, gender="F", module="B")]
    rows += [*alike(80, 20, gender="M", module="A"), *alike(40, 30, gender="M", module="B")]
    rows += [*alike(40, 0, gender="F", module="A", **no), *alike(40, 0, gender="M", module="B", **no)]
    return rows


def test_where_everybody_consented_one_finding_says_so(by_hand, alike):
    findings = by_hand([*alike(50, 20, gender="F"), *alike(50, 20, gender="M")]).audit()
    assert findings["audit.consent"].reason == "consent leaves nobody out of the study"
    assert [f.id for f in findings if f.id.startswith("audit.consent.")] == []


def test_weights_bring_back_who_is_missing_by_module(consenting, alike):
    found = consenting(mixed(alike)).audit()["audit.consent.tpr.gender"]
    observed, weighted = found.rows[0].estimate, told(found, "weighted", "everyone")
    assert observed.value == pytest.approx(70 / 120 - 50 / 120)
    # of 160 women 80 are on A, where a quarter is reached, and 80 on B, where three quarters are; so of 160 men
    assert weighted.value == pytest.approx(0, abs=1e-5)
    assert found.estimate == weighted
    assert weighted.lower < 0 < weighted.upper


def test_bounds_let_every_missing_student_be_either(consenting, alike):
    rows = [*alike(100, 60, gender="F"), *alike(100, 40, gender="M")]
    rows += [row for g in "FM" for row in alike(20, 0, gender=g, said=[(1, False)])]
    found = consenting(rows).audit()["audit.consent.tpr.gender"]
    bounds = told(found, "bounds", "everyone")
    low, high = 60 / 120 - 60 / 120, 80 / 120 - 40 / 120
    two_sided = newcombe_difference(60, 120, 60, 120)[1], newcombe_difference(80, 120, 40, 120)[2]
    assert bounds.value is None
    assert two_sided[0] < bounds.lower < low
    assert high < bounds.upper < two_sided[1]
    assert found.verdict == "inconclusive"
    assert found.reason.startswith("as observed, the rule reaches students with the outcome more often among")


def test_a_gap_that_the_missing_could_not_turn_is_described(consenting, alike):
    rows = [*alike(200, 180, gender="F"), *alike(200, 20, gender="M")]
    rows += [row for g in "FM" for row in alike(12, 0, gender=g, said=[(1, False)])]
    found = consenting(rows).audit()["audit.consent.tpr.gender"]
    assert found.verdict == "described"
    assert found.reason.endswith("whatever is true of the students who are not there")


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        ([], ["opt-out", "everyone"]),
        ([(60, True)], ["opt-out", "asked again", "everyone"]),
        ([(1, False), (60, True)], ["asked again", "everyone"]),
        ([(1, False)], ["everyone"]),
        ([(1, True), (60, False)], ["everyone"]),
    ],
    ids=["no answer", "yes later", "no, then yes", "no", "taken back"],
)
def test_each_way_of_asking_brings_in_who_it_would(consenting, alike, said, ways):
    rows = [*alike(60, 40, gender="F"), *alike(60, 20, gender="M")]
    rows += [row for g in "FM" for row in alike(15, 0, gender=g, said=said)]
    found = consenting(rows).audit()["audit.consent.selection.gender"]
    assert list(dict.fromkeys(row.keys["consent"] for row in found.rows[1:])) == ways


def test_a_few_who_refused_are_not_shown_by_their_bounds(consenting, alike):
    rows = [*alike(100, 60, gender="F"), *alike(100, 40, gender="M"), *alike(30, 0, gender="M", said=[(1, False)])]
    rows += alike(3, 0, gender="F", said=[(1, False)])
    found = consenting(rows).audit()["audit.consent.selection.gender"]
    assert found.rows[0].estimate is not None
    assert [row.verdict for row in found.rows[1:]] == ["suppressed", "suppressed"]
    assert (found.verdict, found.estimate) == ("suppressed", None)


def test_missed_students_stand_in_for_reached_where_they_alone_are_registered(consenting, alike):
    asked = "fairness: {sensitive: {gender: {}}, metrics: [fnr, auc]}"
    rows = [*alike(60, 40, gender="F"), *alike(60, 20, gender="M")]
    rows += [row for g in "FM" for row in alike(15, 0, gender=g, said=[])]
    ids = [f.id for f in consenting(rows, asked).audit() if f.id.startswith("audit.consent")]
    assert ids == ["audit.consent.fnr.gender"]


def test_nothing_of_a_student_outside_the_study_but_module_and_attributes_is_read(consenting, alike):
    rows = mixed(alike)
    changed = [{**row, "label": 0, "decision": 1, "score": 0.9} if "said" in row else row for row in rows]
    counts = {"enrolment_id": [f"e{i:05d}" for i in range(240, 320)], "week": [1] * 80, "source": ["vle"] * 80}
    busy = counts | {"count": [99] * 80, "active_days": [7] * 80, "seconds": [0] * 80}
    asked = "fairness: {sensitive: {gender: {}}, across: {engagement: {}}}"
    feeds = {"module": ["A", "B"], "presentation": ["2025A"] * 2, "source": ["vle"] * 2}
    feeds |= {"first_day": [1, 1], "last_day": [28, 28]}
    quiet = consenting(rows, asked).having(feeds=feeds).audit()
    assert quiet.as_json() == consenting(changed, asked).having(feeds=feeds, activity=busy).audit().as_json()


@pytest.fixture(scope="module")
def campus_draws():
    """What the study saw and what was so, for quick cohorts in which the well and the majority consent more often."""
    scenario = lar.load_scenario("synthetic/consent_selection.yaml")
    protocol = lar.load_protocol("protocols/early-engagement")
    asked = {"sensitive": {"gender": {}}, "metrics": ["selection", "tpr"]}
    written = protocol.model_dump(mode="json", exclude_defaults=True) | {"fairness": asked}
    protocol = Protocol.model_validate(written)
    return [drawn(protocol, scenario, seed) for seed in range(DRAWS)]


def drawn(protocol, scenario, seed):
    needed = ("students", "vault", "enrolments", "activity", "consent", "calendar")
    cohort, truth = lar.generate_cohort(scenario, n=1000, seed=seed, tables=needed)
    everyone = judged(protocol, cohort)
    everyone = everyone[~everyone["reason"].isin(["late", "left"])].drop_duplicates("student_id")
    activity = cohort.frame("activity").query("week <= 4").groupby("enrolment_id")["count"].sum()
    actions = everyone["enrolment_id"].map(activity).fillna(0)
    label = truth.tables["students"].to_pandas().set_index("student_id")["low_mood_8"].astype(float)
    all_rows = everyone.assign(decision=(actions < actions.quantile(0.3)).astype(int), fold=1, score=0.5)
    all_rows = all_rows.assign(label=everyone["student_id"].map(label)).drop(columns=["module", "presentation"])
    answered = stream(seed, "tests", "answered").random(len(all_rows)) < 0.7
    seen = all_rows[all_rows["unit_id"].isin(eligible(protocol, cohort)["unit_id"])]
    seen = seen.assign(label=seen["label"].where(answered[all_rows.index.get_indexer(seen.index)]))
    rows = with_attributes(protocol, cohort, seen[["unit_id", "student_id", "fold", "score", "decision", "label"]])
    plan = registered(protocol)
    whole = all_rows.join(cohort.vault(("gender",)), on="enrolment_id")
    found = {f.id: f for f in consent_findings(protocol, cohort, plan, rows)}
    return tasks_of(plan, rows, "audit"), whole, found


def gap_of_all(task, whole):
    """The gap of the task's two groups had everyone been in the study and answered."""
    name = task.grouping.name
    read = whole[whole["label"] == 1] if task.metric == "tpr" else whole
    rates = read.groupby(name)["decision"].mean()
    return np.subtract(*(rates[task.grouping.values[group][0]] for group in task.comparison.gap.pair))


@pytest.mark.parametrize("metric", ["selection", "tpr"])
def test_bounds_hold_the_gap_of_all_students_in_every_cohort(campus_draws, metric):
    for tasks, whole, found in campus_draws:
        task = next(task for task in tasks if task.metric == metric)
        bounds = told(found[f"audit.consent.{metric}.gender"], "bounds", "everyone")
        assert bounds.lower <= gap_of_all(task, whole) <= bounds.upper
