"""For whom: groups are told apart where they differ, and nothing is worked out where the effect was not."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

import la_research as lar
from la_research.cohort import Cohort, arrow_schema
from la_research.disclosure import disclosed
from la_research.evaluation.designed import designed_effects
from la_research.evaluation.ground import Ground
from la_research.evaluation.who import who_findings
from la_research.finding import Findings, not_analysed
from la_research.protocol.designs.did import Differences
from la_research.protocol.support import Subgroups
from la_research.schema import TABLES
from la_research.statistics.intervals import wilson

ARMS = ["contact", "usual"] * 60
MADE = (
    "students", "vault", "enrolments", "responses", "contacts", "assignments", "consent", "calendar", "feeds",
    "applicability", "activity",
)  # fmt: skip


@pytest.fixture(scope="module")
def harmed(root):
    """The study on a campus whose contact harms disabled students, everyone considered: findings by id."""
    scenario = lar.load_scenario("harms_subgroup")
    scenario = scenario.model_copy(update={"contact": scenario.contact.model_copy(update={"cutoff": 5.0})})
    cohort, _ = lar.generate_cohort(scenario, n=2000, seed=7, tables=MADE)
    return found(Ground(lar.load_protocol(root / "protocols/early-engagement"), cohort))


def found(ground: Ground, effects=None) -> Findings:
    effects = designed_effects(ground, "", brief=True) if effects is None else effects
    return Findings(who_findings(ground, effects))


def value(finding, **keys):
    (row,) = [row for row in finding.rows if dict(row.keys) == keys]
    return row.estimate.value if row.estimate else row.verdict


def test_a_contact_that_harms_disabled_students_reads_as_an_effect_that_differs(harmed):
    finding = harmed["evaluation.who.subgroup.disability"]
    assert finding.verdict == "described"
    assert finding.reason.startswith("the effect differs")
    assert finding.estimate.upper < 0 < value(finding, disability="N")
    assert value(finding, disability="Y") < 0
    assert value(finding, what="interaction") == finding.estimate.value


def test_a_group_that_gains_the_same_reads_as_can_not_tell_with_what_could_have_been_found(harmed):
    finding = harmed["evaluation.who.subgroup.gender"]
    assert finding.reason.startswith("can not tell")
    assert value(finding, what="detectable") > 3
    assert finding.estimate.lower < 0 < finding.estimate.upper


def test_what_is_learnt_is_marked_exploratory_and_names_thirds_and_lists(harmed):
    explored, ranking = harmed["evaluation.who.explored"], harmed["evaluation.who.ranking"]
    assert not explored.confirmatory
    assert all(finding.limitations[0].startswith("Exploratory") for finding in (explored, ranking))
    assert [row.keys.get("third") for row in explored.rows] == ["lowest", "middle", "highest", None]
    assert [row.keys["by"] for row in ranking.rows] == ["benefit", "risk", "everyone"]
    assert value(explored, third="highest") > value(explored, third="lowest")


def test_what_a_mean_student_gains_is_the_effect_times_the_share_drawn(harmed):
    equity, effect = harmed["evaluation.who.equity.disability"], harmed["evaluation.who.subgroup.disability"]
    for group in ("N", "Y"):
        share = value(equity, disability=group, what="drawn")
        assert value(equity, disability=group, what="gained") == pytest.approx(share * value(effect, disability=group))


def trial(protocol, campus, gender: list[str], **support) -> Ground:
    """A trial by hand in which every second student contacted talked; the support adds 8 points."""
    ids = [f"s{i:02d}" for i in range(len(ARMS))]
    answers = {name: [2, 3, i % 5, (i // 5) % 5, 2 + 2 * (ARMS[i] == "contact")] for i, name in enumerate(ids)}
    steps = [(name, "talked") for i, name in enumerate(ids) if i % 4 == 0]
    made = campus(ARMS, after=answers, steps=steps).cohort()
    tables = {name: made.arrow(name) for name in TABLES}
    rows = [(f"{name}-ART", "gender", word) for name, word in zip(ids, gender, strict=True)]
    frame = pd.DataFrame(rows, columns=list(TABLES["vault"].names))
    tables["vault"] = pa.Table.from_pandas(frame, arrow_schema(TABLES["vault"]), preserve_index=False)
    study = protocol((", covariates: [baseline]", ""))
    support = {"subgroups": Subgroups(attributes=("gender",), explore=True), **support}
    study = study.model_copy(update={"support": study.support.model_copy(update=support)})
    return Ground(study, Cohort(tables, made.provenance, ""))


def test_shares_of_each_group_are_counted_by_hand(protocol, campus):
    finding = found(trial(protocol, campus, ["F"] * 60 + ["M"] * 60))["evaluation.who.equity.gender"]
    assert value(finding, gender="F", what="considered") == 60 / 60
    assert value(finding, gender="F", what="drawn") == 30 / 60
    assert value(finding, gender="M", what="reached") == 15 / 60
    row = next(row for row in finding.rows if row.keys["what"] == "reached")
    assert row.estimate.lower == pytest.approx(wilson(15, 60, 0.95**0.5)[0])
    assert (finding.estimate.value, finding.estimate.lower) == (0, 0)


def test_where_the_effect_was_not_analysed_nothing_is_worked_out_but_who_was_reached(protocol, campus):
    ground = trial(protocol, campus, ["F"] * 60 + ["M"] * 60)
    shut = not_analysed("evaluation.contact.h3", "Did it help?", "gate: shut", hypothesis="H3", confirmatory=True)
    findings = found(ground, [shut])
    names = ("subgroup.gender", "explored", "ranking")
    assert {findings[f"evaluation.who.{name}"].reason for name in names} == {"gate: shut"}
    assert not any(findings[f"evaluation.who.{name}"].rows for name in names)
    whats = [row.keys["what"] for row in findings["evaluation.who.equity.gender"].rows]
    assert whats == ["considered", "drawn", "reached"] * 2


def test_a_group_with_few_of_an_arm_is_hidden_and_its_gains_are_not_told(protocol, campus):
    findings = disclosed(found(trial(protocol, campus, ["F"] * 56 + ["M"] * 56 + ["Other"] * 8)), 10)
    finding, equity = findings["evaluation.who.subgroup.gender"], findings["evaluation.who.equity.gender"]
    assert value(finding, gender="Other") == "suppressed"
    assert finding.estimate is None
    assert "gained" not in {row.keys["what"] for row in equity.rows}
    assert value(equity, gender="Other", what="reached") == "suppressed"
    assert equity.estimate is None


def test_without_a_log_of_contacts_nobody_is_said_to_be_out_of_reach(protocol, campus):
    ground = trial(protocol, campus, ["F"] * 60 + ["M"] * 60)
    tables = {name: ground.cohort.arrow(name) for name in TABLES}
    tables["contacts"] = tables["contacts"].slice(0, 0)
    equity = found(Ground(ground.protocol, Cohort(tables, ground.cohort.provenance, "")))[
        "evaluation.who.equity.gender"
    ]
    assert "reached" not in {row.keys["what"] for row in equity.rows}
    assert equity.estimate is None


def test_one_group_alone_is_compared_with_nobody(protocol, campus):
    findings = found(trial(protocol, campus, ["F"] * 120))
    assert findings["evaluation.who.subgroup.gender"].verdict == "not analysed"
    assert findings["evaluation.who.equity.gender"].verdict == "not analysed"


def test_without_a_lot_groups_are_not_compared_but_who_is_reached_is_told(protocol, campus):
    ground = trial(protocol, campus, ["F"] * 60 + ["M"] * 60, design=Differences(kind="did"), trial=None)
    findings = found(ground, [])
    assert "drawn by lot" in findings["evaluation.who.subgroup.gender"].reason
    assert value(findings["evaluation.who.equity.gender"], gender="M", what="reached") == 15 / 60


def test_without_registered_groups_nothing_is_asked(protocol, campus):
    assert found(trial(protocol, campus, ["F"] * 120, subgroups=None)).items == ()
