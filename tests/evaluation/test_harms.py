"""The harm ledger: each registered harm gives a finding, read beside its margin and never behind the gate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort, arrow_schema
from la_research.errors import ProtocolError
from la_research.evaluation import evaluate_intervention
from la_research.evaluation.ground import Ground
from la_research.evaluation.harms.arms import Arms
from la_research.evaluation.harms.chilling import chilling
from la_research.evaluation.harms.ledger import harm_findings
from la_research.evaluation.harms.measure import Measure, read, share_difference
from la_research.evaluation.stopping import stopping_findings
from la_research.protocol.support import Harm
from la_research.schema import TABLES
from la_research.seeds import stream
from la_research.statistics.intervals import clopper_pearson, newcombe_difference
from la_research.statistics.randomised import adjusted_difference
from la_research.statistics.spending import boundaries

N = 60
ARMS = ["contact", "usual"] * (N // 2)
TRIAL = "support: {trial: early, covariates: [baseline]}"
ALL = ("opt_out", "complaint", "chilling", "distress", "label", "peers")


def registered(protocol, *harms: str, more: str = ""):
    """The study by hand with these harms, each as "what, margin: 0.1"."""
    listed = ", ".join(f"{{what: {harm}}}" for harm in harms)
    return protocol((TRIAL, f"{TRIAL[:-1]}, harms: [{listed}]{more}}}"))


def ids(campus) -> list[str]:
    return [f"s{i:02d}" for i in range(N)]


def items(score: int) -> list[int]:
    total = score // 4
    return [total // 5 + (i < total % 5) for i in range(5)]


def drawn(campus, **changes):
    """60 students drawn in turn; everybody in the contact arm was sent a message."""
    generator = stream(4, "tests", "harms")
    made = campus(ARMS, counts={i: (5 + generator.integers(0, 20, 6)).tolist() for i in ids(campus)})
    made.steps = [(i, "sent") for i, arm in zip(made.ids, ARMS, strict=True) if arm == "contact"]
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize("margin", [0.2, 0.6])
def test_opting_out_is_read_beside_its_margin_by_the_exact_interval(protocol, campus, margin):
    made = drawn(campus)
    contacted = [i for i, _ in made.steps]
    made.steps += [(i, "opt_out") for i in contacted[:12]]
    found = evaluate_intervention(registered(protocol, f"opt_out, margin: {margin}"), made.cohort())
    harm = found["evaluation.harm.opt_out"]
    assert (harm.estimate.value, harm.estimate.n, harm.estimate.level) == (12 / 30, 30, 0.9)
    assert (harm.estimate.lower, harm.estimate.upper) == pytest.approx(clopper_pearson(12, 30, 0.9))
    assert harm.verdict == ("harm shown" if margin == 0.2 else "harm excluded")


def test_a_share_of_a_few_is_not_told_but_the_verdict_is(protocol, campus):
    made = drawn(campus)
    made.steps += [("s00", "complaint")]
    harm = evaluate_intervention(registered(protocol, "complaint, margin: 0.3"), made.cohort())[
        "evaluation.harm.complaint"
    ]
    assert (harm.verdict, harm.estimate) == ("harm excluded", None)
    assert "fewer than 10 students" in harm.reason


def test_a_harm_that_the_other_arm_has_too_is_a_difference(protocol, campus):
    made = drawn(campus)
    usual = [i for i, arm in zip(made.ids, ARMS, strict=True) if arm == "usual"]
    made.steps += [(i, "opt_out") for i in [*[i for i, _ in made.steps][:15], *usual[:10]]]
    harm = evaluate_intervention(registered(protocol, "opt_out, margin: 0.1"), made.cohort())["evaluation.harm.opt_out"]
    value, lower, upper = newcombe_difference(15, 30, 10, 30, 0.9)
    assert (harm.estimate.value, harm.estimate.lower, harm.estimate.upper) == pytest.approx((value, lower, upper))


def test_the_chilling_effect_is_the_adjusted_difference_of_log_activity_over_all_weeks_after(protocol, campus):
    made = drawn(campus)
    harm = evaluate_intervention(registered(protocol, "chilling, margin: 0.05"), made.cohort())[
        "evaluation.harm.chilling"
    ]
    counts = np.array([made.counts[i] for i in made.ids], dtype=float)
    before, after = np.log1p(counts[:, :2].mean(axis=1)), np.log1p(counts[:, 2:].mean(axis=1))
    treated = np.array(ARMS) == "contact"
    expected = adjusted_difference(after, treated, np.column_stack([before, before, np.zeros(N)]))
    low, high = expected.interval(0.9)
    assert harm.estimate.value == pytest.approx(1 - np.exp(expected.value), abs=1e-9)
    assert (harm.estimate.lower, harm.estimate.upper) == pytest.approx((1 - np.exp(high), 1 - np.exp(low)))
    assert "observed more" in harm.limitations[0]


def test_a_silent_week_counts_in_the_chilling_effect(protocol, campus):
    made = drawn(campus)
    for i in made.ids[::2]:
        made.counts[i] = [*made.counts[i][:2], 0, 0, 0, 0]
    harm = evaluate_intervention(registered(protocol, "chilling, margin: 0.05"), made.cohort())[
        "evaluation.harm.chilling"
    ]
    assert harm.verdict == "harm shown"
    assert harm.estimate.lower > 0.8


def test_distress_counts_students_who_worsened_by_more_than_the_error_of_the_questionnaire(protocol, campus):
    generator = stream(5, "tests", "distress")
    before = 4 * generator.integers(8, 22, N)
    fallen = np.arange(N) % 4 == 0
    made = drawn(
        campus,
        before={i: items(int(b)) for i, b in zip(ids(campus), before, strict=True)},
        after={i: items(0 if f else int(b)) for i, b, f in zip(ids(campus), before, fallen, strict=True)},
    )
    harm = evaluate_intervention(registered(protocol, "distress, margin: 0.1"), made.cohort())[
        "evaluation.harm.distress"
    ]
    assert harm.verdict == "harm shown"
    rows = {row.keys["arm"]: row for row in harm.rows}
    assert rows["contact"].estimate.value == 15 / 30
    assert rows["usual"].estimate.value == 0
    assert any("Reliably worse is" in limitation for limitation in harm.limitations)


def leavers(made, students: list[str]) -> Cohort:
    """The same cohort in which these students left on day 25, after the week of the draw."""
    cohort = made.cohort()
    tables = {
        name: cohort.arrow(name) for name in ("calendar", "feeds", "activity", "responses", "assignments", "contacts")
    }
    frame = cohort.frame("enrolments")
    frame["end"] = pd.array([25 if i in students else None for i in frame["student_id"]], dtype="Int64")
    tables["enrolments"] = pa.Table.from_pandas(frame, arrow_schema(TABLES["enrolments"]), preserve_index=False)
    return Cohort(tables, cohort.provenance, "")


def test_leaving_after_the_draw_is_compared_between_the_arms(protocol, campus):
    made = drawn(campus)
    contact, usual = made.ids[::2], made.ids[1::2]
    found = evaluate_intervention(
        registered(protocol, "label, margin: 0.1"), leavers(made, [*contact[:15], *usual[:10]])
    )
    harm = found["evaluation.harm.label"]
    value, lower, upper = newcombe_difference(15, 30, 10, 30, 0.9)
    assert (harm.estimate.value, harm.estimate.lower, harm.estimate.upper) == pytest.approx((value, lower, upper))
    assert harm.verdict == "inconclusive"
    assert harm.reason
    assert harm.rows[-1].keys == {"what": "lower marks"}


def test_every_registered_harm_gives_a_finding_also_where_nobody_was_drawn(protocol, campus):
    study = registered(protocol, *(f"{name}, margin: 0.1" for name in ALL))
    study = study.model_copy(update={"hypotheses": (), "support": study.support.model_copy(update={"trial": None})})
    found = evaluate_intervention(study, drawn(campus).cohort())
    verdicts = {name: found[f"evaluation.harm.{name}"] for name in ALL}
    assert [verdicts[name].verdict for name in ALL] == ["harm excluded"] * 2 + ["not analysed"] * 4
    assert all(finding.limitations for finding in verdicts.values())
    assert "drawn by lot" in verdicts["chilling"].reason


def test_harms_are_told_where_the_effect_can_not_be_had(protocol, campus):
    found = evaluate_intervention(registered(protocol, "chilling, margin: 0.5"), drawn(campus).cohort())
    assert found["H3"].verdict == "not analysed"
    assert found["evaluation.harm.chilling"].verdict in ("harm excluded", "inconclusive")


def test_a_study_that_registers_nothing_beside_the_effect_is_told_nothing_beside_it(protocol, campus):
    found = evaluate_intervention(protocol(), drawn(campus).cohort())
    kinds = {finding.id.split(".")[1] for finding in found}
    assert kinds.isdisjoint({"stopping", "feedback", "costs", "queue", "uptake"})
    assert [finding.id for finding in found if finding.id.startswith("evaluation.harm")] == ["evaluation.harm"]
    assert found["evaluation.harm"].reason.startswith("no harm was registered, so none was looked for")


@pytest.mark.parametrize(
    ("ends", "none", "verdict"),
    [
        ((0.01, 0.20), 0.0, "harm shown"),
        ((0.01, 0.04), 0.0, "harm shown"),
        ((-0.02, 0.04), 0.0, "harm excluded"),
        ((-0.02, 0.06), 0.0, "inconclusive"),
        ((0.06, 0.20), 0.05, "harm shown"),
        ((0.02, 0.20), 0.05, "inconclusive"),
        ((0.00, 0.04), 0.05, "harm excluded"),
    ],
)
def test_one_interval_is_read_on_both_sides(ends, none, verdict):
    measure = Measure(sum(ends) / 2, 500, lambda level: ends, none=none)
    found = read(measure, Harm(what="label", margin=0.05), 10)
    assert found["verdict"] == verdict
    assert (found["reason"] is not None) == (verdict == "inconclusive" or ends == (0.01, 0.04))


def test_peers_of_the_contacted_are_compared_by_the_share_contacted_in_their_group(protocol, campus):
    generator = stream(6, "tests", "peers")
    groups = np.repeat(np.arange(20), 12)
    arm = np.where(generator.random(240) < np.linspace(0.2, 0.8, 20)[groups], "contact", "usual")
    treated = (arm == "contact").astype(float)
    share = (np.bincount(groups, treated)[groups] - treated) / 11
    score = np.clip(4 * np.round(15 - 8 * share + generator.normal(0, 1.5, 240)), 0, 100).astype(int)
    made = campus(list(arm))
    names = [f"s{i:02d}" for i in range(240)]
    made.after = {i: items(int(s)) for i, s in zip(names, score, strict=True)}
    cohort = made.cohort()
    frame = cohort.frame("assignments")
    number = {name: f"g{group}" for name, group in zip(names, groups, strict=True)}
    frame["cluster"] = frame["student_id"].map(number)
    study = registered(protocol, "peers, margin: 0.2")
    ground = Ground(study, cohort)
    ground.__dict__["assignments"] = frame
    (harm,) = harm_findings(ground)
    assert harm.verdict == "harm shown"
    assert harm.estimate.unit == "SD"
    assert harm.estimate.n == int((treated == 0).sum())


def test_an_interim_look_is_the_harm_of_the_students_drawn_first_at_the_level_its_boundary_leaves(protocol, campus):
    made = drawn(campus)
    study = registered(protocol, "chilling, margin: 0.05", more=", stopping: {looks: [0.5], who: a panel}")
    ground = Ground(study, made.cohort())
    (finding,) = stopping_findings(ground)
    first, last = finding.rows
    z = boundaries((0.5, 1.0), 0.05)
    some = chilling(Arms(ground, pd.Index(made.ids[:30])), study.support.harms[0])
    assert first.keys == {"look": 1, "share": 0.5, "harm": "chilling"}
    assert first.estimate.n == 30
    assert first.estimate.value == pytest.approx(some.value)
    assert f"z = {z[0]:.2f}" in first.reason
    assert last.estimate.n == 60
    assert finding.limitations[0] == "Who decides: a panel"


def test_a_look_at_which_harm_crosses_its_boundary_says_so(protocol, campus):
    made = drawn(campus)
    for i in made.ids[::2]:
        made.counts[i] = [*made.counts[i][:2], 0, 0, 0, 0]
    study = registered(protocol, "chilling, margin: 0.05", more=", stopping: {looks: [0.5]}")
    (finding,) = stopping_findings(Ground(study, made.cohort()))
    assert finding.verdict == "harm shown"
    assert [row.verdict for row in finding.rows] == ["harm shown", "harm shown"]
    assert finding.assumptions[0].holds is False


@pytest.mark.parametrize(
    ("harms", "problem"),
    [
        (("label, margin: 0.1", "label, margin: 0.2"), "given twice"),
        (("distress, margin: 0.1, outcome: nothing",), "not registered"),
    ],
)
def test_a_harm_that_no_study_could_look_for_is_refused(protocol, harms, problem):
    with pytest.raises(ProtocolError, match=problem):
        registered(protocol, *harms)


def test_behind_a_shut_gate_a_harm_in_the_same_answers_is_not_excluded_and_says_why_it_is_shown(protocol, campus):
    generator = stream(6, "tests", "shut gate")
    before = {i: items(int(4 * score)) for i, score in zip(ids(campus), generator.integers(8, 22, N), strict=True)}
    after = {i: before[i] for n, i in enumerate(ids(campus)) if n % 2 or n < 30}
    study = registered(protocol, "distress, margin: 0.9", "label, margin: 0.9")
    found = evaluate_intervention(study, drawn(campus, before=before, after=after).cohort())
    assert found["H3"].reason.startswith("gate: Outcomes are known as often")
    distressed, label = found["evaluation.harm.distress"], found["evaluation.harm.label"]
    assert (distressed.verdict, label.verdict) == ("inconclusive", "harm excluded")
    assert "answers" in distressed.reason
    assert [a.holds for a in distressed.assumptions if a.statement.startswith("Outcomes are known")] == [False]
    assert all(any("The effect is locked" in text for text in harm.limitations) for harm in (distressed, label))


def test_a_third_arm_is_not_held_for_the_control(protocol, campus):
    made = campus(["contact", "usual", "email"] * 20, probability=1 / 3)
    made.steps = [(i, "sent") for i in made.ids]
    study = registered(protocol, "label, margin: 0.3")
    assert set(Arms(Ground(study, made.cohort())).drawn["arm"]) == {"contact", "usual"}


def test_where_whole_groups_were_drawn_their_students_may_share_their_fate():
    rng = stream(4, "tests", "harms", "groups")
    groups, treated = np.repeat(np.arange(16), 20), np.repeat(np.arange(16) % 2 == 0, 20)
    shown = {"students": 0, "groups": 0}
    for _ in range(200):
        happened = rng.random(320) < np.repeat(rng.beta(2, 6, 16), 20)
        for name, codes in (("students", None), ("groups", groups)):
            shown[name] += share_difference(happened, treated, ("a", "b"), 10, codes).shown(0.05)
    assert shown["groups"] <= 22  # 99.9 % of draws of 200 at .05
    assert shown["students"] > 30


def test_a_draw_that_is_made_anew_each_week_leaves_no_arm_to_compare_with(protocol, campus):
    asked = registered(protocol, "label, margin: 0.1", more=", design: {kind: micro_randomised}")
    (found,) = harm_findings(Ground(asked, drawn(campus).cohort()))
    assert found.verdict == "not analysed"
    assert "drawn anew" in found.reason
