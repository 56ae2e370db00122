"""Each scenario of the catalogue shows its story in plain means of a cohort of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la_research.errors import ScenarioError
from la_research.store import find_scenario, load_scenario
from la_research.synthetic import generate_cohort
from la_research.synthetic.switch import without

HOME = Path(__file__).resolve().parents[2] / "synthetic"
NAMES = sorted(path.stem for path in HOME.glob("*.yaml"))
WANTED = {
    "null", "null_common_calendar", "default", "strong", "over_working", "label_bias", "measurement_bias", "equal_roc",
    "consent_selection", "missing_not_at_random", "trigger_no_effect", "discrete_trigger", "helps", "harms_subgroup",
    "attrition", "interference", "small_faculty", "one_module", "online_only", "national",
    "arms", "cluster_trial", "saturation", "stepped_wedge", "rollout", "series", "chosen", "chosen_hidden", "nudges",
    "trigger",
}  # fmt: skip
MOST = 4000
"""Students of a cohort here; a scenario with fewer has its own number."""


class Campus:
    """A cohort of a scenario as a table with a row a student, and its tables of weeks."""

    def __init__(self, name: str, *off: str, n: int = MOST) -> None:
        self.scenario = without(load_scenario(HOME / f"{name}.yaml"), *off)
        self.cohort, self.truth = generate_cohort(self.scenario, n=min(self.scenario.n, n))
        first = self.frame("enrolments").drop_duplicates("student_id").set_index("enrolment_id")
        vault = self.frame("vault").pivot(index="enrolment_id", columns="attribute", values="value")
        self.students = vault.reindex(first.index).join(first[["student_id", "presentation", "end"]])
        self.students = self.students.reset_index().set_index("student_id").join(
            self.truth.tables["students"].to_pandas().set_index("student_id"), rsuffix=" (truth)"
        )  # fmt: skip

    def frame(self, name: str) -> pd.DataFrame:
        return self.cohort.frame(name)

    @property
    def wellbeing(self) -> pd.DataFrame:
        """Latent wellbeing as lived, students by week."""
        weeks = self.truth.tables["weeks"].to_pandas().pivot(index="student_id", columns="week", values="wellbeing")
        return weeks.reindex(self.students.index)

    def actions(self, *sources: str) -> pd.DataFrame:
        """Actions on the first module, students by week."""
        rows = self.frame("activity")
        rows = rows[rows["source"].isin(sources or ("vle", "library", "lecture_capture", "quizzes"))]
        weeks = rows.pivot_table(index="enrolment_id", columns="week", values="count", aggfunc="sum", fill_value=0)
        return weeks.reindex(self.students["enrolment_id"]).fillna(0).set_axis(self.students.index)

    def who5(self, week: int) -> pd.Series:
        """WHO-5 of those who answered all five questions."""
        rows = self.frame("responses").query("instrument == 'WHO-5' and week == @week")
        answered = rows.groupby("student_id")["value"].agg(["sum", "size"])
        return 4.0 * answered.loc[answered["size"] == 5, "sum"]

    def answered(self, week: int) -> pd.Series:
        return self.students.index.isin(self.who5(week).index)

    @property
    def contacted(self) -> pd.Series:
        return self.students.index.isin(self.frame("contacts").query("step == 'sent'")["student_id"])

    def arm(self, name: str) -> pd.Index:
        return pd.Index(self.frame("assignments").query("arm == @name")["student_id"])

    def link(self) -> float:
        """Correlation of mean log activity with mean wellbeing, modules removed."""
        module = self.frame("enrolments").drop_duplicates("student_id").set_index("student_id")["module"]
        both = pd.DataFrame({"log": np.log1p(self.actions()).mean(axis=1), "well": self.wellbeing.mean(axis=1)})
        both -= both.groupby(module).transform("mean")
        return float(both.corr().iloc[0, 1])


@cache
def campus(name: str, *off: str) -> Campus:
    return Campus(name, *off)


def error(sample: pd.Series) -> float:
    """Standard error of a mean."""
    return float(sample.std() / np.sqrt(len(sample)))


def gap(values: pd.Series, inside: pd.Series) -> tuple[float, float]:
    """Difference of two means, and four of its standard errors."""
    one, other = values[inside], values[~np.asarray(inside)]
    return float(one.mean() - other.mean()), 4 * float(np.hypot(error(one), error(other)))


def test_the_catalogue_holds_what_it_promises():
    assert set(NAMES) >= WANTED
    assert all(load_scenario(HOME / f"{name}.yaml").id == name for name in NAMES)
    with pytest.raises(ScenarioError) as caught:
        find_scenario("nowhere")
    assert all(name in caught.value.faults[0].remedy for name in NAMES)


@pytest.mark.parametrize("name", ["null", "null_common_calendar"])
def test_null_holds_no_link_and_no_gain(name):
    here = campus(name)
    assert abs(here.link()) < 4 / np.sqrt(len(here.students))
    gain = here.students["score_contact"] - here.students["score_usual"]
    assert (gain == 0).all()


def test_a_common_calendar_moves_all_weeks_alike_and_nobody_by_themselves():
    here = campus("null_common_calendar")
    weekly = pd.DataFrame({"log": np.log1p(here.actions()).mean(), "well": here.wellbeing.mean()})
    hard = list(here.scenario.term.hard_weeks)
    calm = [week for week in range(3, 11) if week not in hard]
    assert weekly.loc[hard, "well"].mean() < weekly.loc[calm, "well"].mean() - 0.5
    assert np.log1p(here.actions("vle"))[[5, 6]].mean().mean() > np.log1p(here.actions("vle"))[[4, 7]].mean().mean()


def test_the_links_are_weak_strong_and_cancelled():
    noise = 4 / np.sqrt(2000)
    assert 0.03 < campus("default").link() < 0.20
    assert campus("strong").link() > 0.20
    assert abs(campus("over_working").link()) < noise
    styles = campus("over_working").students["coping"].value_counts(normalize=True)
    assert styles["reduces"] == pytest.approx(styles["works more"], abs=0.05)


def test_records_know_less_of_some_groups_at_the_same_need():
    here, twin = campus("label_bias"), campus("label_bias", "label_bias")
    majority = here.students["ethnicity"] == "White"
    assert here.wellbeing.equals(twin.wellbeing)
    difference, noise = gap(here.wellbeing[8], majority)
    assert abs(difference) < noise

    def known(one: Campus) -> pd.Series:
        services = set(one.frame("services")["student_id"])
        told = set(one.frame("outcomes").query("name == 'disclosed'")["enrolment_id"].str[:8])
        return pd.Series([student in services | told for student in one.students.index], one.students.index)

    assert gap(known(here).astype(float), majority)[0] > 0.03
    assert abs(gap(known(twin).astype(float), majority)[0]) < 0.03


def test_one_question_and_one_source_mean_something_else_for_a_group():
    here = campus("measurement_bias")
    items = here.frame("responses").query("instrument == 'WHO-5'").groupby(["student_id", "item"])["value"].mean()
    items = items.unstack().dropna()
    abroad = here.students["fee_status"].reindex(items.index) == "international"
    apart = items[abroad].mean() - items[~abroad].mean()
    assert apart[3] > 0.5
    assert apart.drop(3).abs().max() < 0.25
    logs = np.log1p(here.actions("vle")).mean(axis=1)
    assert gap(logs, here.students["fee_status"] == "international")[0] > 0.15
    came = here.frame("attendance").groupby("enrolment_id").sum().eval("attended / expected")
    disabled = here.students.set_index("enrolment_id")["disability"].reindex(came.index) == "Y"
    assert gap(came, disabled)[0] < -0.15


def test_need_differs_between_groups_and_the_curve_does_not():
    here = Campus("equal_roc", n=12_000)
    need = here.wellbeing[8] < here.scenario.wellbeing.need_below
    module = here.frame("enrolments").drop_duplicates("student_id").set_index("student_id")["module"]
    logs = np.log1p(here.actions())[[7, 8]].mean(axis=1)
    quiet = -(logs - logs.groupby(module).transform("mean"))
    for attribute, member in (("disability", "Y"), ("orientation", "LGB or other"), ("gender", "F")):
        inside = here.students[attribute] == member
        curves = [auc(quiet[group], need[group]) for group in (inside, ~inside)]
        assert need[inside].mean() > need[~inside].mean() + 0.08
        assert abs(curves[0][0] - curves[1][0]) < 0.01 + 3 * np.hypot(curves[0][1], curves[1][1])
        assert min(curves)[0] > 0.55


def auc(score: pd.Series, need: pd.Series) -> tuple[float, float]:
    """Area under the curve by ranks, and its error after Hanley and McNeil (1982)."""
    m, n = int(need.sum()), int((~need).sum())
    area = (score.rank()[need].sum() - m * (m + 1) / 2) / (m * n)
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (m - 1) * (q1 - area**2) + (n - 1) * (q2 - area**2)
    return float(area), float(np.sqrt(spread / (m * n)))


def test_who_agrees_fares_better():
    here = campus("consent_selection")
    given = here.frame("consent").query("flag == 'model_use' and from_day == 1").set_index("student_id")["given"]
    given = given.reindex(here.students.index)
    difference, noise = gap(here.wellbeing[2], given)
    assert difference > noise
    assert given[here.students["ethnicity"] == "White"].mean() > given[here.students["ethnicity"] != "White"].mean()


def test_who_answers_fares_better_that_week():
    here = campus("missing_not_at_random")
    difference, noise = gap(here.wellbeing[10], here.answered(10))
    assert difference > noise
    assert abs(gap(campus("attrition").wellbeing[2], campus("attrition").answered(2))[0]) < noise


def test_those_contacted_rise_afterwards_without_any_effect():
    here = campus("trigger_no_effect")
    logs = np.log1p(here.actions())[here.contacted]
    assert logs[[5, 6]].mean().mean() > logs[4].mean() + 0.5
    assert here.wellbeing.loc[here.contacted, 10].mean() > here.wellbeing.loc[here.contacted, 4].mean() + 0.1
    assert here.wellbeing.equals(campus("trigger_no_effect", "trigger_selection").wellbeing)
    assert len(here.frame("assignments")) == 0
    assert here.contacted.sum() > 100


def test_students_heap_just_above_a_cut_off_in_days():
    def days(one: Campus) -> pd.Series:
        rows = one.frame("activity").query("week == 4 and source == 'vle'").set_index("enrolment_id")["active_days"]
        return rows.reindex(one.students["enrolment_id"]).fillna(0).value_counts()

    here, twin = days(campus("discrete_trigger")), days(campus("discrete_trigger", "gaming"))
    assert here[2] < 0.75 * twin[2]
    assert here[3] > twin[3]
    assert len(campus("discrete_trigger").frame("assignments")) == 0


def test_a_contact_helps_as_much_as_planted():
    helped, usual = campus("helps").who5(10), campus("default").who5(10)
    for one, scores, least in ((campus("helps"), helped, 5), (campus("default"), usual, 0)):
        arms = [scores.reindex(one.arm(name)).dropna() for name in ("contact", "usual")]
        assert arms[0].mean() - arms[1].mean() > least


def test_a_contact_that_helps_on_the_whole_harms_a_group():
    here = campus("harms_subgroup").students
    gain = here["score_contact"] - here["score_usual"]
    looked_at = gain[campus("harms_subgroup").frame("assignments")["student_id"]]
    disabled = here["disability"].reindex(looked_at.index) == "Y"
    assert looked_at[disabled].mean() < -4 * error(looked_at[disabled])
    assert looked_at[~disabled].mean() > 4 * error(looked_at[~disabled])


def test_after_a_contact_more_leave_and_fewer_answer():
    here = campus("attrition")
    left = {name: here.students.loc[here.arm(name), "end"].notna().mean() for name in ("contact", "usual")}
    told = pd.Series(here.answered(10), here.students.index)
    assert left["contact"] > left["usual"] + 0.08
    assert told[here.arm("contact")].mean() < told[here.arm("usual")].mean() - 0.05


def test_students_whom_nobody_contacted_gain_through_their_peers():
    here, alone = campus("interference"), campus("interference", "spillover")
    others = ~here.contacted & ~alone.contacted
    gained = (here.wellbeing - alone.wellbeing)[others]
    assert (gained[4] == 0).all()
    assert gained[10].mean() > 0.1


def test_a_small_faculty_has_a_group_of_about_twenty():
    here = campus("small_faculty").students
    assert len(here) == 180
    assert 15 <= (here["disability"] == "Y").sum() <= 25


def test_one_module_has_one_wave_and_few_answers():
    here = campus("one_module")
    assert here.frame("enrolments")["module"].nunique() == 1
    assert set(here.frame("responses")["week"]) == {10}
    assert 20 < here.frame("responses")["student_id"].nunique() <= 60


def test_a_university_without_a_campus_has_no_attendance_and_students_who_work():
    here = campus("online_only")
    assert len(here.frame("attendance")) == 0
    assert not here.frame("applicability").query("source == 'attendance'")["applies"].any()
    assert here.frame("students")["paid_work_hours"].mean() > 15
    stayed = here.actions("vle")[here.students["end"].isna()]
    assert (stayed == 0).mean()[[2, 11]].tolist() == pytest.approx([0.17, 0.44], abs=0.04)


def test_a_country_has_years_and_many_modules():
    here = campus("national")
    assert load_scenario(HOME / "national.yaml").n == 1_000_000
    assert here.students["presentation"].nunique() == 3
    assert here.frame("enrolments")["module"].nunique() == 12
    lgb = here.students["orientation"] == "LGB or other"
    difference, noise = gap(here.wellbeing.mean(axis=1), lgb)
    assert difference < -0.15 < -noise / 4


def test_the_link_and_the_activity_fade_from_year_to_year():
    here = Campus("year_drift", n=8000)
    years = here.students["presentation"]
    logs = np.log1p(here.actions()).mean(axis=1)
    assert logs.groupby(years).mean().is_monotonic_decreasing
    link = [logs[years == year].corr(here.wellbeing.mean(axis=1)[years == year]) for year in sorted(set(years))]
    assert link[0] > 0.1 > link[-1] + 0.05


def test_habits_give_a_protected_attribute_away_and_need_does_not():
    here = campus("proxy")
    minority = here.students["ethnicity"] != "White"
    travels = here.frame("students").set_index("student_id")["commutes"].reindex(here.students.index).astype(float)
    assert gap(travels, minority)[0] > 0.2
    assert gap(np.log1p(here.actions("library")).mean(axis=1), minority)[0] > 0.4
    difference, noise = gap(here.wellbeing.mean(axis=1), minority)
    assert abs(difference) < noise


def test_those_contacted_fare_better_and_do_less():
    here = campus("chilling")
    later = np.log1p(here.actions())[[8, 9, 10]].mean(axis=1)
    contact, usual = here.arm("contact"), here.arm("usual")
    assert later[contact].mean() < later[usual].mean() - 0.15
    assert here.wellbeing.loc[contact, 10].mean() > here.wellbeing.loc[usual, 10].mean()


def test_an_extract_with_faults_differs_from_its_sound_twin_where_it_was_hit():
    faults = ("duplicates", "clock_skew", "dead_turnstile", "missing_feed", "late_marks")
    here, sound = campus("data_faults"), campus("data_faults", *faults)

    def cells(one: Campus, name: str, value: str, *by: str) -> pd.Series:
        rows = one.frame(name)
        rows = rows.assign(module=rows["enrolment_id"].str.partition("-")[2])
        return rows.groupby(["module", "week", *by])[value].sum()

    counts, usual = (cells(one, "activity", "count", "source") for one in (here, sound))
    came, before = (cells(one, "attendance", "attended") for one in (here, sound))
    dial = here.scenario.faults
    assert here.wellbeing.equals(sound.wellbeing)
    assert (counts.reindex(usual.index).fillna(0) == 0).sum() == dial.missing_feed
    assert (counts == 2 * usual.reindex(counts.index)).sum() == pytest.approx(dial.duplicates, abs=2)
    assert ((came == 0) & (before > 0)).sum() == dial.dead_turnstile
    late = [one.frame("assessments")["score"].isna().mean() for one in (here, sound)]
    assert late[0] - late[1] == pytest.approx(dial.late_marks, abs=0.04)
