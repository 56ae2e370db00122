"""Arms, tutor groups, start weeks and weekly nudges: what is drawn, what it does, and what is refused."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research.errors import ScenarioError
from la_research.models import Predictions
from la_research.schema import TABLES
from la_research.seeds import CELL
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import generate_cohort
from la_research.synthetic.cell import draw_cell
from la_research.synthetic.switch import with_dials, without
from la_research.synthetic.truth import Planted, planted
from la_research.validation.ground import Ground
from tests.synthetic.test_twins_without import CAMPUSES
from tests.synthetic.textbook import ols, scenario_of


def digest_of(dials: dict[str, Any]) -> str:
    """SHA-256 of every value of a small cohort, table after table."""
    cohort, _ = generate_cohort(scenario_of(dials), n=150, seed=3)
    columns = [cohort.arrow(name).combine_chunks().columns for name in TABLES if name != "events"]
    return hashlib.sha256(repr([column.to_pylist() for table in columns for column in table]).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("campus", "before"),
    [({}, "82c556313b6d3ab7"), (CAMPUSES["trial"], "3adb738aef96deba"), (CAMPUSES["selection"], "698e969545c99eec")],
)
def test_a_cohort_is_what_it_was_before_these_dials_were_there(campus: dict[str, Any], before: str) -> None:
    assert digest_of(campus) == before


def frame(name: str, table: str, *dials: str, n: int = 3000) -> pd.DataFrame:
    return generate_cohort(with_dials(load_scenario(name), dials), n=n)[0].frame(table)


def test_arms_have_the_shares_that_were_drawn() -> None:
    rows = frame("arms", "assignments")
    shares = rows["arm"].value_counts(normalize=True)
    assert (shares[["email", "phone", "usual"]] - 1 / 3).abs().max() < 4 * np.sqrt(2 / 9 / len(rows))
    assert rows.groupby("arm")["probability"].first().round(3).to_dict() == {
        "email": 0.333,
        "phone": 0.333,
        "usual": 0.334,
    }


def test_a_tutor_group_has_one_arm_and_students_considered_in_varying_numbers() -> None:
    rows = frame("cluster_trial", "assignments")
    clusters = rows.groupby("cluster")
    assert (clusters["arm"].nunique() == 1).all()
    assert (
        clusters["student_id"].apply(lambda who: who.str[1:].astype(int) // 16).groupby("cluster").nunique().eq(1).all()
    )
    assert clusters.size().nunique() > 4
    assert 0.35 < (clusters["arm"].first() == "contact").mean() < 0.65
    assert (rows["probability"] == 0.5).all()


def test_groups_draw_each_saturation_as_often() -> None:
    rows = frame("saturation", "assignments")
    dose = rows["probability"].where(rows["arm"] == "contact", 1 - rows["probability"]).round(6)
    groups = dose.groupby(rows["cluster"]).agg(["nunique", "first"])
    assert (groups["nunique"] == 1).all()
    counts = groups["first"].value_counts()
    assert sorted(counts.index) == [0, 0.3, 0.6, 0.9]
    assert counts.max() - counts.min() <= 6


def test_each_step_of_a_wedge_is_drawn_by_as_many_groups() -> None:
    rows = frame("stepped_wedge", "assignments")
    steps = rows.groupby("cluster")["week"].agg(["nunique", "first"])
    assert (steps["nunique"] == 1).all()
    assert set(rows["arm"]) == {"start"}
    assert (rows["probability"] == 0.25).all()
    counts = steps["first"].value_counts()
    assert sorted(counts.index) == [3, 5, 7, 9]
    assert counts.max() - counts.min() <= 2
    assert not rows["student_id"].duplicated().any()


def test_everyone_who_agreed_is_contacted_in_the_week_of_the_start_and_nobody_else() -> None:
    campus = with_dials(load_scenario("rollout"), ["rollout.starts={BIO110: 4, NUR140: 8}", "leaving=0"])
    cohort = generate_cohort(campus, n=1500)[0]
    sent = cohort.frame("contacts").query("step == 'suggested'").set_index("student_id")["at"]
    first = cohort.frame("enrolments").set_index("student_id")["module"]
    rows = cohort.frame("consent").query("from_day == 1 and given and flag != 'model_use'")
    agreed = rows.groupby("student_id").size().eq(2).reindex(first.index, fill_value=False)
    day = first.map({"BIO110": 28, "NUR140": 63})
    back = cohort.frame("consent").query("not given and from_day > 1").set_index("student_id")["from_day"]
    due = agreed & day.notna() & ~(back.reindex(first.index) <= day)
    assert (sent == day[sent.index]).all()
    assert set(sent.index) == set(first.index[due])
    assert set(cohort.frame("contacts")["rule"]) == {"rollout"}
    assert len(cohort.frame("assignments")) == 0


def test_a_student_is_nudged_at_most_once_a_week_and_never_after_asking_for_no_more() -> None:
    campus = with_dials(load_scenario("nudges"), ["nudges.opt_out=0.2"])
    cohort = generate_cohort(campus, n=2000)[0]
    rows, steps = cohort.frame("assignments"), cohort.frame("contacts")
    assert not rows.duplicated(["student_id", "week"]).any()
    assert (steps["step"] == "sent").sum() == (rows["arm"] == "nudge").sum() > 1000
    out = steps.query("step == 'opt_out'").set_index("student_id")["at"]
    later = steps[steps["student_id"].isin(out.index)]
    assert (later["at"] <= later["student_id"].map(out)).all()
    last = rows.assign(last=rows.groupby("student_id")["week"].transform("max")).query("student_id in @out.index")
    assert (last.query("week == last")["arm"] == "nudge").all()


def test_the_running_variable_of_the_trigger_is_an_indicator_of_the_tables() -> None:
    cohort = generate_cohort(load_scenario("trigger"))[0]
    rows = cohort.frame("activity").query("week == 4 and source in ['vle', 'library', 'lecture_capture', 'quizzes']")
    enrolments = cohort.frame("enrolments").set_index("enrolment_id")
    actions = rows.groupby("enrolment_id")["count"].sum().reindex(enrolments.index, fill_value=0)
    given = cohort.frame("consent").query("from_day == 1 and given and flag != 'model_use'")
    free = enrolments["student_id"].isin(given["student_id"][given.duplicated("student_id")])
    free &= ~enrolments["student_id"].isin(cohort.frame("consent").query("not given and from_day > 1")["student_id"])
    free &= enrolments["end"].isna()
    sent = enrolments["student_id"].isin(cohort.frame("contacts")["student_id"])
    assert (sent[free] == (actions[free] < 30)).all()
    near = actions[free & ((actions - 30).abs() <= 10)]
    assert min((near < 30).sum(), (near >= 30).sum()) > 80


def test_modules_that_start_rise_by_what_is_planted_and_the_others_go_on() -> None:
    campus = load_scenario("series")
    rows = generate_cohort(campus, n=3000, tables=("activity",))[0].frame("activity")
    started = rows["enrolment_id"].str.partition("-")[2].isin(campus.rollout.starts)
    rows = rows[rows["source"].isin(["vle", "library", "lecture_capture", "quizzes"])]
    weekly = np.log(rows.groupby([started, "week"])["count"].sum().unstack().T)
    gap = weekly[True] - weekly[False]
    noise = gap.diff().std()
    assert abs(gap.loc[20:].mean() - gap.loc[:19].mean() - campus.rollout.activity) < noise
    assert abs(gap.loc[11:19].mean() - gap.loc[:10].mean()) < noise


@pytest.mark.parametrize("name", ["chosen", "chosen_hidden"])
def test_what_is_recorded_explains_who_was_chosen_or_does_not(name: str) -> None:
    """Score had nobody been contacted, contacted less not, in SDs: as it is, and given what staff went by on record."""
    cohort, truth = generate_cohort(load_scenario(name), n=8000, tables=("students",))
    told = truth.tables["students"].to_pandas().query("look > 0")
    recorded = cohort.frame("students").set_index("student_id").loc[told["student_id"]]
    columns = [recorded[c].astype(float) for c in ("entry_tariff", "paid_work_hours", "commutes")]
    y, contacted = (told["score_usual"] / told["score_usual"].std()).to_numpy(), told["contacted"].to_numpy()
    plain, given = ols(y, contacted), ols(y, contacted, *columns, recorded["level"] == "postgraduate")
    assert plain[0][1] < -0.2
    assert (abs(given[0][1]) < 3 * given[1][1]) == (name == "chosen")
    assert len(cohort.frame("assignments")) == 0
    assert given[0][1] > plain[0][1] + 0.1


KEY = "effect.contact_week_4"


@pytest.fixture(scope="module", autouse=True)
def fewer_cells() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted, "CELLS", dict.fromkeys(planted.FAMILIES, 9))
        patch.setattr(planted, "_KNOWN", {})
        yield


def close(size: float, values: np.ndarray) -> bool:
    """Whether a size is the mean of values of another sample, within 4.5 of their errors."""
    return abs(values.mean() - size) < 4.5 * values.std() * np.sqrt(2 / len(values))


def test_the_effect_of_an_arm_is_found_by_lot() -> None:
    campus = with_dials(load_scenario("arms"), ["survey.response=1", "survey.item_missing=0", "leaving=0"])
    cohort, truth = generate_cohort(campus, n=20_000, tables=("assignments", "responses"))
    rows = cohort.frame("assignments").set_index("student_id")["arm"]
    answered = cohort.frame("responses").query("instrument == 'WHO-5' and week == 10").groupby("student_id")["value"]
    score = (4.0 * answered.sum()).reindex(rows.index).dropna()
    arm, planted_ = rows[score.index], truth.estimands
    for name in ("email", "phone"):
        one, none = score[arm == name], score[arm == "usual"]
        error = np.hypot(one.std() / np.sqrt(len(one)), none.std() / np.sqrt(len(none)))
        assert abs(one.mean() - none.mean() - planted_[f"{KEY}.{name}.WHO-5.week_10"]) < 4.5 * error


def lived(cells_: list[Any], of: Any) -> np.ndarray:
    return np.concatenate([of(cell) for cell in cells_])


@pytest.mark.parametrize("name", ["stepped_wedge", "rollout"])
def test_the_effect_of_a_start_is_that_of_the_campus_without_one(name: str) -> None:
    """Score with the roll-out less score without, of the students of the study for whom it started by week 10."""
    campus, week = load_scenario(name), 12
    on = [draw_cell(campus, 9, number, CELL) for number in range(6)]
    off = [draw_cell(without(campus, "effect"), 9, number, CELL) for number in range(6)]
    gain = lived(on, lambda c: 4.0 * c.who5(week).sum(axis=1)) - lived(off, lambda c: 4.0 * c.who5(week).sum(axis=1))
    consent = lived(on, lambda c: c.students.consent)
    stays = lived(on, lambda c: c.students.leaves_day) > campus.term.first_day(4) + 6
    inside = consent[:, 0] & consent[:, 2] & stays & (lived(on, lambda c: c.traces.start[:, 0]) > 0)
    if name == "stepped_wedge":
        inside &= consent[:, 1]
    told = Planted(campus)
    assert close(told[f"effect.rollout.WHO-5.week_{week}"], gain[inside])
    assert told["effect.rollout.actions"] == campus.rollout.activity


def test_what_a_start_adds_to_activity_is_the_campus_without_it() -> None:
    campus = with_dials(load_scenario("rollout"), ["contact.effect=0"])
    on, off = ([draw_cell(s, 9, i, CELL) for i in range(6)] for s in (campus, without(campus, "rollout_activity")))
    logs = [lived(part, lambda c: np.log1p(c.traces.activity.counts[:, 0].sum(axis=2))) for part in (on, off)]
    start = lived(on, lambda c: c.traces.start[:, 0])
    gain = (logs[0] - logs[1])[np.arange(len(start)), np.maximum(start, 1)]
    study = lived(on, lambda c: c.students.consent[:, 0] & c.students.consent[:, 2])
    assert (logs[0] == logs[1])[start == 0].all()
    assert close(Planted(campus)["effect.rollout.log_actions"], gain[study & (start > 0)])


def test_what_a_nudge_adds_is_the_difference_by_lot() -> None:
    campus = load_scenario("nudges")
    part = [draw_cell(campus, 9, number, CELL) for number in range(12)]
    logs = lived(
        part, lambda c: np.log1p((c.traces.activity.counts.sum(axis=3)).sum(axis=1) / (1 + c.students.second)[:, None])
    )
    free, sent = (lived(part, lambda c, n=n: getattr(c.traces.nudges, n)) for n in ("available", "sent"))
    consent = lived(part, lambda c: c.students.consent)
    for week in (3, 8):
        here = free[:, week - 1] & consent[:, 0] & consent[:, 2]
        one, none = (logs[here & (sent[:, week - 1] == was), week] for was in (True, False))
        error = np.hypot(one.std() / np.sqrt(len(one)), none.std() / np.sqrt(len(none)))
        assert abs(one.mean() - none.mean() - Planted(campus)[f"effect.nudges.log_actions.week_{week}"]) < 4.5 * error


def test_without_an_effect_on_anything_every_size_is_exactly_zero() -> None:
    for name in ("stepped_wedge", "nudges", "arms"):
        campus = without(load_scenario(name), "effect", "rollout_activity", "nudge_effect", "spillover")
        found = {key: size for key, size in Planted(campus).items() if key.startswith("effect.")}
        assert found
        assert set(found.values()) == {0.0}


@pytest.mark.parametrize(
    ("dials", "code", "word"),
    [
        (["contact.arms={email: {share: 0.7}, phone: {share: 0.6}}"], "probabilities", "exceed 1"),
        (["contact.arms={usual: {share: 0.7}}"], "value", "usual"),
        (["contact.arms={Email: {share: 0.7}}"], "value", "contact.arms"),
        (["contact.arms={email: {talked: 0.7}}"], "missing_key", "share"),
        (["contact.arms={email: {share: 0.5, talks: 1}}"], "unknown_dial", "talks"),
        (["contact.saturations=[0.2]", "contact.by=group"], "value", "saturations"),
        (["contact.saturations=[1.2]"], "value", "saturations"),
        (["contact.prefers={rich: 1}"], "unknown_group", "rich"),
        (["rollout.weeks=[3, 13]"], "value", "week 13"),
        (["rollout.weeks=[5, 3]"], "value", "in order"),
        (["rollout.starts={BIO110: 4}"], "value", "by is 'module'"),
        (["rollout.by=module", "rollout.starts={XXX999: 4}"], "value", "XXX999"),
        (["rollout.by=module", "rollout.weeks=[4]", "rollout.starts={BIO110: 4}"], "value", "left out"),
        (["rollout.weeks=[4]", "contact.arms={email: {share: 0.5}}"], "value", "contact.arms"),
        (["rollout.weeks=[4]", "nudges.weeks=[4]"], "value", "either"),
        (["nudges.weeks=[12]"], "value", "one has to follow"),
        (["nudges.probability=1"], "value", "below 1"),
        (["feedback.weeks=[13]"], "value", "week 13"),
        (["feedback.trust=5"], "value", "4 or less"),
    ],
)  # fmt: skip
def test_dials_that_make_no_sense_are_refused(dials: list[str], code: str, word: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        with_dials(load_scenario("default"), dials)
    assert {fault.code for fault in caught.value.faults} == {f"scenario.{code}"}
    assert word in str(caught.value)


def test_ratings_of_the_support_are_no_questionnaire_of_the_study() -> None:
    cohort = generate_cohort(load_scenario("arms"), n=60)[0]
    ground = Ground(load_protocol("protocols/early-engagement"), cohort, pa.table({}), Predictions(pd.DataFrame(), {}))
    assert set(cohort.frame("responses")["instrument"]) == {"AFH", "PHQ-8", "WHO-5"}
    assert ground.instruments == ("PHQ-8", "WHO-5")
