"""Contact rules on weeks gone by, in a study small enough to count, and in one of 400 students."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research import compute_indicators, fit_model, generate_cohort, load_protocol, load_scenario
from la_research.cohort import Cohort, arrow_schema
from la_research.disclosure import disclosed
from la_research.finding import Findings
from la_research.models import COLUMNS, Predictions
from la_research.protocol.validation import Candidate, Triggers
from la_research.schema import TABLES
from la_research.validation.ground import Ground
from la_research.validation.triggers import trigger_findings
from la_research.validation.triggers.chosen import choose, chosen_finding
from la_research.validation.triggers.each import BEYOND, each_rule
from la_research.validation.triggers.groups import group_finding
from la_research.validation.triggers.history import history_of
from la_research.validation.triggers.late import late_finding
from la_research.validation.triggers.tried import laboratory
from la_research.wording import lint

ASKED = """validation:
  triggers:
    need: low_mood
    weeks: [1, 2, 3]
    rules: {red: {}, amber_or_red: {}}
    minutes: 20
    hours: 400
hypotheses:"""
NO_MODEL = Predictions(pd.DataFrame({column: [] for column in COLUMNS}), {}, "the protocol registers no label")


def changed(cohort: Cohort, **tables: pa.Table) -> Cohort:
    """The cohort with some tables exchanged."""
    return Cohort({name: tables.get(name, cohort.arrow(name)) for name in TABLES}, cohort.provenance, "")


@pytest.fixture
def study(protocol, cohort, activity):
    """A study of lights by week and need of each student; ``gender`` fills the vault."""

    def made(lights, need, *changes, gender=(), indicator="rag"):
        ids = [f"s{i:02d}" for i in range(len(need))]
        answers = [
            (student, "2025A", 4, "PHQ-8", item, 3 if there else 0)
            for student, there in zip(ids, need, strict=True)
            if there is not None
            for item in range(1, 9)
        ]
        vault = [(f"{student}-ART", "gender", value) for student, value in zip(ids, gender, strict=False)]
        held = changed(
            cohort(len(need), {}),
            responses=rows("responses", answers),
            vault=rows("vault", vault),
        )
        asked = protocol(
            ("hypotheses:", ASKED), ("weekly_activity: {}, active", "weekly_activity: {}, rag: {}, active"), *changes
        )
        return Ground(asked, held, activity(dict(zip(ids, lights, strict=True)), indicator), NO_MODEL)

    return made


def rows(name: str, values: list[tuple]) -> pa.Table:
    """A table of these rows."""
    frame = pd.DataFrame(values, columns=list(TABLES[name].names))
    return pa.Table.from_pandas(frame, arrow_schema(TABLES[name]), preserve_index=False)


def shown(finding, **keys):
    """The estimate of a row."""
    return next(row.estimate for row in finding.rows if dict(row.keys) == keys)


def test_a_rule_is_counted_by_hand(study):
    lights = [[2, 2, 0], [0, 0, 2], [None] * 3, [2, 0, 0], [0, 0, 0], [2, 2, 2]]
    ground = study(lights, [1, 1, 1, 0, 0, None])
    red = Findings(each_rule(laboratory(ground, ground.asked.triggers)))["validation.trigger.red"]
    assert red.estimate.value == pytest.approx(1 / 3)  # the second is suggested in the recall period, the third unseen
    assert shown(red, what="predictive value", cut=2).value == 1 / 2
    assert shown(red, what="contacts", cut=2).value == pytest.approx(1000 * 7 / 18)
    assert shown(red, what="not observed", cut=2).value == pytest.approx(3 / 18)


def test_a_source_that_was_not_observed_is_no_rule_that_stays_silent(study):
    found = trigger_findings(study([[None] * 3] * 4, [1, 1, 0, 0]))
    assert {finding.verdict for finding in found} == {"not analysed"}
    assert all("no student-week was observed" in f.reason for f in found if f.id.startswith("validation.trigger."))


def test_looks_within_the_recall_period_alone_answer_nothing(study):
    found = trigger_findings(study([[2, 2, 2]] * 4, [1, 1, 0, 0], ("weeks: [1, 2, 3]", "weeks: [3]")))
    assert {finding.verdict for finding in found} == {"not analysed"}


def test_ids_are_those_of_the_rules_that_are_registered(study):
    found = trigger_findings(study([[2, 0, 0]] * 4, [1, 1, 0, 0]))
    assert [finding.id for finding in found] == [
        "validation.trigger.red",
        "validation.trigger.amber_or_red",
        "validation.triggers.chosen",
        "validation.triggers.groups",
        "validation.triggers.late_marks",
    ]


def test_a_study_that_registers_no_rule_is_told_nothing(protocol, cohort, activity):
    ground = Ground(protocol(), cohort(2, {}), activity({"s00": [1.0]}), NO_MODEL)
    assert trigger_findings(ground) == []


def lights(red: int, amber: int, green: int) -> list[list[int]]:
    return [[2, 0, 0]] * red + [[1, 1, 1]] * amber + [[0, 0, 0]] * green


def test_a_rule_that_asks_for_more_hours_is_not_chosen_however_many_it_reaches(study):
    # red: 20 contacts of 180 student-weeks are 37 hours a week per 1,000; amber or red adds three for each of 20
    need, seen = [1] * 40 + [0] * 20, lights(20, 20, 20)
    free = study(seen, need)
    tight, none = (study(seen, need, ("hours: 400", f"hours: {hours}")) for hours in (60, 10))
    chosen = {
        hours: Findings(trigger_findings(ground))["validation.triggers.chosen"]
        for hours, ground in ((400, free), (60, tight), (10, none))
    }
    assert chosen[400].estimate.value == 1.0
    assert chosen[60].estimate.value == 20 / 40
    assert shown(chosen[60], what="staff hours").value == pytest.approx(1000 / 3 * 20 / 180)
    assert shown(chosen[60], what="hours beyond the budget").value < 0
    assert chosen[10].reason == "no rule that was tried stays within the staff hours"


def test_what_is_held_out_is_beside_as_many_students_at_random(study):
    found = Findings(trigger_findings(study(lights(20, 20, 20), [1] * 40 + [0] * 20)))["validation.triggers.chosen"]
    beyond = shown(found, what="sensitivity beyond as many students at random")
    assert beyond.value == pytest.approx(1 - 40 / 60)
    assert shown(found, what="optimism: sensitivity where chosen, less held out").value == 0
    share = shown(found, what="share of folds in which it was chosen", rule="amber_or_red", cut=1)
    assert share.value == 1.0


@pytest.mark.parametrize(("further", "need", "hidden"), [(9, 0, 1), (9, 1, 1), (20, 10, 0), (0, 0, 0)])
def test_rules_by_whom_fewer_than_the_minimum_differ_do_not_stand_side_by_side(study, further, need, hidden):
    # amber adds so many students to red, so many of them in need: published together, both numbers would be exact
    # 60 contacts of 267 student-weeks are 75 hours a week per 1,000, so that red is chosen in every fold
    of_all = [1, 0] * 30 + [1] * need + [0] * (further - need) + [1, 0] * 10
    found = Findings(trigger_findings(study(lights(60, further, 20), of_all, ("hours: 400", "hours: 90"))))
    rules = [found[f"validation.trigger.{rule}"] for rule in ("red", "amber_or_red")]
    assert sum(finding.verdict == "suppressed" for finding in rules) == hidden
    assert all((f.verdict == "suppressed") == all(row.estimate is None for row in f.rows) for f in rules)
    told = [*(f for f in rules if f.estimate), found["validation.triggers.chosen"]]
    counts = [next(row.estimate.n for row in f.rows if row.keys["what"] == "predictive value") for f in told]
    assert all(one == other or abs(one - other) >= 10 for one in counts for other in counts)


def test_a_cut_off_that_is_hidden_hides_no_other_for_its_sake(study):
    asked = ("red: {}, amber_or_red: {}", "red: {cuts: [1, 2, 3]}")
    seen = [[3, 0, 0]] * 30 + [[2, 0, 0]] * 30 + [[1, 1, 1]] * 9 + [[0, 0, 0]] * 20
    need = [1, 0] * 30 + [0] * 9 + [1, 0] * 10
    found = Findings(trigger_findings(study(seen, need, asked, ("hours: 400", "hours: 90"))))
    red = disclosed(found, 10)["validation.trigger.red"]
    shown_ = {row.keys["cut"] for row in red.rows if row.estimate is not None}
    assert shown_ == {2, 3}


def test_chance_stands_beside_the_sensitivity_of_every_rule_and_cut_off(study):
    # red: 20 of 40 in need, 20 of 60 in all; amber or red: all 40, and 40 of 60
    ground = study(lights(20, 20, 20), [1] * 40 + [0] * 20)
    found = Findings(each_rule(laboratory(ground, ground.asked.triggers)))
    for rule, cut, expected in (("red", 2, 20 / 40 - 20 / 60), ("amber_or_red", 1, 1 - 40 / 60)):
        beyond = shown(found[f"validation.trigger.{rule}"], what=BEYOND, cut=cut)
        assert beyond.value == pytest.approx(expected)
        assert beyond.lower < beyond.value < beyond.upper


GENDERS = ("F",) * 80 + ("M",) * 80
FAIR = ("hypotheses:\n", "fairness: {sensitive: {gender: {margin: 0.1}}}\nhypotheses:\n")


def of_groups(study, extra: int = 0):
    # women: 40 in need, 12 without a contact; 40 not, 12 with one. Men: 16 and 16 of 40.
    seen = lights(28, 0, 12) + lights(12, 0, 28) + lights(24, 0, 16) + lights(16, 0, 24) + lights(extra, 0, 0)
    need = ([1] * 40 + [0] * 40) * 2 + [1] * extra
    return Findings(trigger_findings(study(seen, need, FAIR, gender=GENDERS + ("Other",) * extra)))[
        "validation.triggers.groups"
    ]


def test_need_without_a_contact_and_contacts_in_error_are_counted_by_group(study):
    found = of_groups(study)
    assert shown(found, what="missed need", gender="F").value == 12 / 40
    assert shown(found, what="missed need", gender="M").value == 16 / 40
    assert shown(found, what="false contacts", gender="F").value == 12 / 40
    assert shown(found, what="false contacts", gender="M").value == 16 / 40
    assert shown(found, what="largest gap in missed need", attribute="gender").value == pytest.approx(4 / 40)


def test_a_small_group_is_hidden_and_another_with_it(study):
    found = of_groups(study, extra=4)
    hidden = [row for row in found.rows if row.verdict == "suppressed"]
    assert {row.keys["gender"] for row in hidden} == {"F", "Other"}  # women and men are as many: the first by name
    assert len(hidden) == 4
    assert disclosed(Findings([found]), 10)["validation.triggers.groups"].rows[0].estimate is None


def test_students_without_a_recorded_group_are_hidden_with_another_so_that_no_difference_tells_of_them(study):
    # four students, two of them in need: shown women and men, taken off all, would leave what became of these four
    seen = lights(28, 0, 12) + lights(12, 0, 28) + lights(24, 0, 16) + lights(16, 0, 24) + lights(4, 0, 0)
    need = ([1] * 40 + [0] * 40) * 2 + [1, 1, 0, 0]
    found = Findings(trigger_findings(study(seen, need, FAIR, gender=GENDERS)))["validation.triggers.groups"]
    hidden = [row.keys["gender"] for row in found.rows if row.verdict == "suppressed"]
    assert sorted(hidden) == ["F", "F", "not recorded", "not recorded"]


def test_many_students_without_a_recorded_group_are_told_and_not_compared(study):
    seen = lights(28, 0, 12) + lights(12, 0, 28) + lights(24, 0, 16) + lights(16, 0, 24) + lights(0, 0, 20)
    need = ([1] * 40 + [0] * 40) * 2 + [1, 0] * 10
    found = Findings(trigger_findings(study(seen, need, FAIR, gender=GENDERS)))["validation.triggers.groups"]
    assert shown(found, what="missed need", gender="not recorded").value == 1
    assert shown(found, what="largest gap in missed need", attribute="gender").value == pytest.approx(4 / 40)


def test_a_group_of_whom_few_were_reached_is_hidden_with_another(study):
    seen = lights(28, 0, 12) + lights(12, 0, 28) + lights(4, 0, 36) + lights(16, 0, 24)
    found = Findings(trigger_findings(study(seen, ([1] * 40 + [0] * 40) * 2, FAIR, gender=GENDERS)))
    assert not [row for row in found["validation.triggers.groups"].rows if row.estimate]


@pytest.mark.parametrize(
    ("reached", "in_error", "told"), [(4, 0, []), (0, 4, ["sensitivity"]), (12, 4, ["sensitivity"])]
)
def test_few_who_were_reached_or_contacted_in_error_follow_from_no_measure(study, reached, in_error, told):
    seen = lights(reached, 0, 24 - reached) + lights(in_error, 0, 41 - in_error)
    found = Findings(trigger_findings(study(seen, [1] * 24 + [0] * 41)))
    for name in ("trigger.red", "triggers.chosen"):
        finding = found[f"validation.{name}"]
        telling = ("sensitivity", "predictive value", "lead time", "contacts per student in need reached")
        held = {row.keys["what"] for row in finding.rows if row.estimate}
        assert held & set(telling) == {*told, *(["lead time"] if reached == 12 else [])}
        assert (finding.estimate is None) == (not told)


def test_few_suggestions_that_hang_on_late_work_are_not_told(campus):
    from la_research.validation.triggers.late import _changed

    then = np.zeros((60, 1), dtype=bool)
    then[:40] = True
    lab = replace(campus.lab, history=campus.lab.history.part(np.arange(len(campus.lab.history.need)) < 60))
    for lost, told in ((6, False), (12, True), (36, False), (0, True)):
        later = then.copy()
        later[:lost] = False
        row = next(_changed(lab, 0.05, then, later))
        assert (row.estimate is not None) == told


def test_an_event_is_in_its_week_and_looks_at_earlier_weeks_are_before_it(study):
    ground = study(lights(1, 1, 1), [1, 0, 0], ("need: low_mood", "need: left"))
    left = rows("outcomes", [("s00-ART", "withdrawn", "1", 17), ("s01-ART", "passed", "1", 20)])
    ground = replace(ground, cohort=changed(ground.cohort, outcomes=left))
    past = history_of(ground, ground.asked.triggers)
    assert past.need.tolist() == [1, 0, 0]
    assert past.before.tolist() == [[True, True, False], [True] * 3, [True] * 3]  # day 17 is in week 3
    assert past.at.tolist() == [3, np.inf, np.inf]


@pytest.fixture(scope="module")
def campus():
    """The shipped study with a quick model, 400 students, and the laboratory."""
    protocol = load_protocol("protocols/early-engagement")
    asked = Triggers(
        need="low_mood_8",
        weeks=(4, 6),
        rules={"own_baseline": Candidate(cuts=(2, 3)), "score": Candidate(cuts=(0.05, 0.1))},
        hours=45,
    )
    protocol = protocol.model_copy(
        update={
            "model": protocol.model.model_copy(update={"estimator": "logistic"}),
            "validation": protocol.validation.model_copy(update={"triggers": asked}),
        }
    )
    cohort, _ = generate_cohort(load_scenario("default"), n=400, seed=11)
    indicators = compute_indicators(protocol, cohort)
    ground = Ground(protocol, cohort, indicators, fit_model(protocol, cohort, indicators))
    lab = laboratory(ground, asked)
    choice = choose(lab)
    found = Findings([*each_rule(lab), chosen_finding(lab, choice), group_finding(lab, choice), late_finding(lab)])
    return SimpleNamespace(ground=ground, asked=asked, lab=lab, choice=choice, found=found)


def test_no_answer_of_a_held_out_fold_has_a_part_in_the_choice_for_it(campus):
    lab, fold = campus.lab, 2
    students = set(campus.ground.units["student_id"][lab.fold == fold])
    answers = campus.ground.cohort.frame("responses")
    held = answers["student_id"].isin(students) & (answers["instrument"] == "PHQ-8")
    answers["value"] = answers["value"].where(~held, 3 - answers["value"])
    other = changed(campus.ground.cohort, responses=pa.Table.from_pandas(answers, preserve_index=False))
    again = laboratory(replace(campus.ground, cohort=other), campus.asked)
    assert not np.array_equal(again.history.need[lab.fold == fold], lab.history.need[lab.fold == fold])
    for one, two in zip(lab.tried, again.tried, strict=True):
        np.testing.assert_array_equal(one.to_train(fold), two.to_train(fold))
        np.testing.assert_array_equal(one.suggested[lab.fold == fold], two.suggested[lab.fold == fold])
    first, second = campus.choice.by_fold[fold], choose(again).by_fold[fold]
    assert (first.rule, first.cut) == (second.rule, second.cut)


def test_a_score_suggests_its_share_of_those_observed_in_every_fold(campus):
    tenth = campus.lab.cuts("score")[1]
    for fold in np.unique(campus.lab.fold):
        inside = campus.lab.fold == fold
        for look in range(2):
            expected = max(1, int(0.1 * tenth.seen[inside, look].sum() + 0.5))
            assert tenth.suggested[inside, look].sum() == expected


def test_folds_may_choose_different_rules_and_their_shares_are_one_in_all(campus):
    found = campus.found["validation.triggers.chosen"]
    shares = [r.estimate.value for r in found.rows if r.keys["what"] == "share of folds in which it was chosen"]
    assert sum(shares) == pytest.approx(1)
    assert found.verdict == "described"


def test_work_that_never_comes_after_a_look_changes_no_suggestion(campus):
    table = campus.ground.cohort.frame("assessments")
    assert campus.found["validation.triggers.late_marks"].rows[0].estimate.value > 0
    table["submitted_day"] = table["submitted_day"].where(table["submitted_day"] <= table["due_day"])
    on_time = changed(campus.ground.cohort, assessments=pa.Table.from_pandas(table, preserve_index=False))
    indicators = compute_indicators(campus.ground.protocol, on_time)
    lab = laboratory(replace(campus.ground, cohort=on_time, indicators=indicators), campus.asked)
    found = late_finding(lab)
    assert found.rows[0].estimate.value == 0
    assert found.estimate.value == 0


def test_a_study_whose_rules_read_no_hand_ins_has_nothing_that_could_be_late(study):
    found = Findings(trigger_findings(study(lights(2, 2, 2), [1, 1, 1, 0, 0, 0])))
    assert found["validation.triggers.late_marks"].reason == "no rule that is registered reads marks or hand-ins"


def test_words_are_about_rules_and_weeks(campus):
    said = [text for f in campus.found for text in (f.question, *f.limitations, *(str(a) for a in f.assumptions))]
    said += [str(row.keys["what"]) for f in campus.found for row in f.rows]
    assert [remark for text in said for remark in lint(text)] == []
