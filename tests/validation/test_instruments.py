"""Questionnaires before they are used: what was planted is named, nothing else is, and a reason where it can not be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from la_research import generate_cohort, load_protocol, load_scenario
from la_research.cohort import Cohort, arrow_schema
from la_research.disclosure import disclosed
from la_research.finding import Findings
from la_research.models import COLUMNS, Predictions
from la_research.schema import TABLES
from la_research.seeds import stream
from la_research.validation.ground import Ground
from la_research.validation.instruments import instrument_findings, waves_assumption
from la_research.validation.validate import registered_associations, validate_indicators

ROOT = Path(__file__).parents[2]
UNSCORED = Predictions(pd.DataFrame({column: [] for column in COLUMNS}), {}, "no model")


@pytest.fixture(scope="module")
def study():
    protocol = load_protocol(ROOT / "protocols" / "early-engagement")
    asked = protocol.validation.model_copy(update={"groups": ("fee_status", "religion")})
    return protocol.model_copy(update={"validation": asked})


def examined(protocol, scenario, n):
    cohort, _ = generate_cohort(load_scenario(ROOT / "synthetic" / f"{scenario}.yaml"), n=n, seed=3)
    found = Findings(list(instrument_findings(Ground(protocol, cohort, None, None))))
    return disclosed(found, protocol.disclosure.minimum_group_size)


@pytest.fixture(scope="module")
def usual(study):
    return examined(study, "default", 1000)


@pytest.fixture(scope="module")
def bent(study):
    return examined(study, "measurement_bias", 1000)


def by_hand(protocol, cohort, answers, students=120, change=()):
    made = cohort(students, answers)
    return Ground(protocol(*change), made, None, None)


def answered(weeks, students=120, seed=1):
    draw = stream(seed, "tests", "instruments")
    lasting = draw.normal(size=students)
    held = {}
    for week in weeks:
        behind = lasting[:, None] + 0.5 * draw.normal(size=(students, 1)) + draw.normal(size=(students, 5))
        for i, row in enumerate(np.digitize(behind, [-2, -1, 0, 1, 2])):
            held[f"s{i:02d}", week] = row.tolist()
    return held


def with_vault(made, attribute, values):
    """The same cohort with one attribute of every student, s00, s01, …"""
    ids = [f"s{i:02d}-ART" for i in range(len(values))]
    vault = table("vault", pd.DataFrame({"enrolment_id": ids, "attribute": attribute, "value": values}))
    held = {name: made.arrow(name) for name in TABLES}
    return Cohort({**held, "vault": vault}, made.provenance, "")


def table(name, frame):
    return pa.Table.from_pandas(frame, arrow_schema(TABLES[name]), preserve_index=False)


def rows_of(finding, **keys):
    return [row for row in finding.rows if keys.items() <= dict(row.keys).items()]


def test_the_item_that_was_shifted_for_a_group_is_named_by_both_ways_to_compare_groups(bent):
    whole, items = (bent[f"validation.instrument.who_5.{topic}.fee_status"] for topic in ("groups", "items"))
    assert [row.keys["item"] for row in rows_of(whole, level="scalar", what="intercept left free")] == ["3"]
    assert items.estimate.value == 1
    assert items.assumptions[0].holds is False
    assert "item 3" in items.assumptions[0].evidence


@pytest.mark.parametrize("attribute", ["fee_status", "religion"])
@pytest.mark.parametrize("name", ["who_5", "phq_8"])
def test_where_nothing_was_shifted_no_item_is_named(usual, name, attribute):
    whole, items = (usual[f"validation.instrument.{name}.{topic}.{attribute}"] for topic in ("groups", "items"))
    assert items.estimate.value == 0
    assert items.assumptions[0].holds is not False
    assert whole.assumptions[0].holds is not False
    assert not rows_of(whole, what="intercept left free")
    assert not rows_of(whole, what="loading left free")


def test_a_shift_for_a_group_leaves_the_waves_alike(bent, usual):
    for found in (bent, usual):
        (same,) = found["validation.instrument.who_5.waves"].assumptions
        assert same.holds
        assert "weeks 2, 4, 6, 8, 10 and 12" in same.evidence


def test_every_finding_is_described_and_none_confirmatory(usual):
    topics = ["dimensions", "reliability", "structure", "retest", "waves"]
    topics += [f"{kind}.{by}" for by in ("fee_status", "religion") for kind in ("groups", "items")]
    expected = {f"validation.instrument.{name}.{topic}" for name in ("who_5", "phq_8") for topic in topics}
    expected |= {"validation.instruments.distinct", "validation.instruments.known_groups"}
    assert {finding.id for finding in usual} == expected
    assert {finding.verdict for finding in usual} == {"described"}
    assert not any(finding.confirmatory for finding in usual)
    assert all(finding.limitations for finding in usual)
    assert max(len(finding.rows) for finding in usual) <= 40


def test_one_dimension_was_planted_and_is_found(usual):
    for name in ("who_5", "phq_8"):
        assert usual[f"validation.instrument.{name}.dimensions"].estimate.value == 1


def test_the_headline_is_omega_in_the_week_of_the_outcome(usual):
    found = usual["validation.instrument.who_5.reliability"]
    assert found.estimate == rows_of(found, what="omega", week=10)[0].estimate
    assert {row.keys["week"] for row in rows_of(found, what="alpha")} == {2, 4, 6, 8, 10, 12}


def test_the_error_of_a_score_is_in_its_points(usual):
    found = usual["validation.instrument.who_5.reliability"]
    error, change = (
        rows_of(found, what=what)[0].estimate for what in ("standard error of measurement", "reliable change")
    )
    assert change.value == pytest.approx(1.959964 * 2**0.5 * error.value, rel=1e-6)
    assert error.unit == change.unit == "points"
    assert 5 < error.value < 12  # of 100: of the sum of the items it would be a quarter


def test_students_who_used_a_service_feel_worse_by_both_questionnaires(usual):
    low, well = usual["validation.instruments.known_groups"].rows
    assert (low.keys["instrument"], well.keys["instrument"]) == ("PHQ-8", "WHO-5")
    assert low.estimate.lower > 0 > well.estimate.upper


def test_wellbeing_and_low_mood_go_together_as_they_were_planted(usual):
    found = usual["validation.instruments.distinct"]
    assert {row.keys["week"] for row in found.rows} == {2, 8}
    for row in rows_of(found, what="correlation without error"):
        assert row.estimate.lower < -0.85 < row.estimate.upper
    for row in rows_of(found, what="HTMT"):
        assert row.estimate.lower < 0.85 < row.estimate.upper


def test_an_association_within_students_says_whether_the_waves_mean_the_same(protocol, cohort, activity):
    made = cohort(120, answered([2, 4, 6]))
    traces = stream(1, "tests", "instruments", "traces").normal(size=(120, 6))
    table = activity({f"s{i:02d}": list(row) for i, row in enumerate(traces)})
    found = validate_indicators(protocol(), made, table, UNSCORED)
    words = "The questionnaire means the same in every wave"
    between, within = ([a.statement for a in found[name].assumptions] for name in ("H1", "H2"))
    assert within[-1] == words
    assert words not in between
    alone = registered_associations(protocol(), made, table)
    assert [a.statement for a in alone["H2"].assumptions] == within[:-1]
    assert alone["H2"].estimate == found["H2"].estimate


def test_an_item_that_shifts_in_a_wave_fails_the_assumption_and_is_named(protocol, cohort):
    held = answered([2, 4], students=400)
    for (student, week), row in held.items():
        if week == 4:
            held[student, week] = [row[0], min(row[1] + 2, 5), *row[2:]]
    ground = by_hand(protocol, cohort, held, 400)
    assert waves_assumption(ground, "WHO-5").holds is False
    found = Findings(list(instrument_findings(ground)))["validation.instrument.who_5.waves"]
    assert {row.keys["item"] for row in rows_of(found, what="intercept left free")} == {"2"}


def test_every_interval_has_the_level_that_was_registered(protocol, cohort):
    change = ("hypotheses:", "validation: {level: 0.8}\nhypotheses:")
    ground = by_hand(protocol, cohort, answered([2, 4]), change=(change,))
    rows = [row.estimate for finding in instrument_findings(ground) for row in finding.rows if row.estimate]
    assert {row.level for row in rows if row.level and row.unit != "RMSEA"} == {0.8}


def test_one_wave_is_not_compared_and_can_not_be_told(protocol, cohort):
    ground = by_hand(protocol, cohort, answered([4]))
    found = Findings(list(instrument_findings(ground)))
    assert "validation.instrument.who_5.waves" not in found
    assert waves_assumption(ground, "WHO-5").holds is None
    assert found["validation.instruments.known_groups"].verdict == "not analysed"


def test_with_few_students_for_so_many_items_fewer_waves_are_compared_or_none(protocol, cohort):
    few, some = (by_hand(protocol, cohort, answered([1, 2, 3, 4], students), students) for students in (90, 150))
    assert waves_assumption(few, "WHO-5").holds is None
    said = waves_assumption(some, "WHO-5")
    assert said.evidence.startswith("weeks 1, 3 and 4:")  # 10 x 3 x 5 students
    assert said.holds is None
    assert said.evidence.endswith("not compared: week 2")


def test_waves_that_were_left_out_can_not_be_told_even_where_the_others_are_alike(protocol, cohort):
    every = by_hand(protocol, cohort, answered(range(1, 8), students=600), 600)
    six = by_hand(protocol, cohort, answered(range(1, 7), students=600), 600)
    assert waves_assumption(every, "WHO-5").holds is None
    assert "not compared: week" in waves_assumption(every, "WHO-5").evidence
    assert waves_assumption(six, "WHO-5").holds


def of_groups(protocol, cohort, students, change):
    """Two groups by region, every other student each; ``change`` shapes the answers of the second."""
    draw = stream(4, "tests", "instruments", students)
    behind = 0.8 * draw.normal(size=(students, 1)) + 0.6 * draw.normal(size=(students, 5))
    behind[1::2] = change(behind[1::2], draw)
    rows = np.digitize(behind, [-1.5, -0.75, 0, 0.75, 1.5])
    held = {(f"s{i:02d}", 2): row.tolist() for i, row in enumerate(rows)}
    return grouped(protocol, cohort, ["north", "south"] * (students // 2), held)


def test_an_item_that_follows_the_factor_less_in_one_group_fails_the_assumption_though_no_item_functions_apart(
    protocol, cohort
):
    def loosened(behind, draw):
        common = behind.mean(axis=1)
        behind[:, 0] = 0.35 * common + 0.93 * draw.normal(size=len(behind))
        return behind

    found = of_groups(protocol, cohort, 900, loosened)
    (same,) = found["validation.instrument.who_5.groups.region"].assumptions
    assert same.holds is False
    assert "loading of item 1" in same.evidence
    assert found["validation.instrument.who_5.items.region"].estimate.value == 0


def test_few_students_who_show_no_difference_are_not_said_to_be_alike(protocol, cohort):
    few, many = (of_groups(protocol, cohort, students, lambda behind, _: behind) for students in (120, 1400))
    for topic, told in (("groups", "0.25 SD"), ("items", "2-fold")):
        (untold,) = few[f"validation.instrument.who_5.{topic}.region"].assumptions
        (same,) = many[f"validation.instrument.who_5.{topic}.region"].assumptions
        assert untold.holds is None
        assert told in untold.evidence
        assert same.holds
    short, long = (by_hand(protocol, cohort, answered([2, 4], n), n) for n in (120, 900))
    assert waves_assumption(short, "WHO-5").holds is None
    assert "not shown to differ" in waves_assumption(short, "WHO-5").evidence
    assert waves_assumption(long, "WHO-5").holds


def test_an_item_that_never_varies_is_named_instead_of_a_number(protocol, cohort):
    held = {key: [3, *row[1:]] for key, row in answered([2, 4]).items()}
    found = Findings(list(instrument_findings(by_hand(protocol, cohort, held))))
    for topic in ("dimensions", "reliability", "structure", "waves"):
        finding = found[f"validation.instrument.who_5.{topic}"]
        assert finding.verdict == "not analysed"
        assert "same answer in every row" in finding.reason


def test_items_that_are_copies_of_each_other_are_named_instead_of_a_number(protocol, cohort):
    held = {key: [row[0]] * 5 for key, row in answered([2, 4]).items()}
    found = Findings(list(instrument_findings(by_hand(protocol, cohort, held))))
    for topic in ("dimensions", "reliability", "structure", "waves"):
        assert "answered alike" in found[f"validation.instrument.who_5.{topic}"].reason


@pytest.mark.parametrize("students", [13, 99])
def test_fit_and_dimensions_of_few_students_are_not_told(protocol, cohort, students):
    found = Findings(list(instrument_findings(by_hand(protocol, cohort, answered([2], students), students))))
    for topic in ("dimensions", "structure"):
        finding = found[f"validation.instrument.who_5.{topic}"]
        assert finding.verdict == "not analysed"
        assert "fewer than 100 rows of 5 items" in finding.reason
    (coarse,) = rows_of(found["validation.instrument.who_5.reliability"], what="ordinal alpha")
    assert coarse.estimate is None
    enough = Findings(list(instrument_findings(by_hand(protocol, cohort, answered([2], 100), 100))))
    assert enough["validation.instrument.who_5.structure"].estimate.n == 100


def test_few_who_answered_are_told_nowhere(protocol, cohort):
    held = {key: row for key, row in answered([2, 4]).items() if int(key[0][1:]) < 9}
    found = disclosed(Findings(list(instrument_findings(by_hand(protocol, cohort, held)))), 10)
    assert not [row for finding in found for row in finding.rows if row.estimate]
    assert not [finding.id for finding in found if finding.estimate]


def test_few_who_answered_in_every_wave_do_not_hide_how_alike_neighbouring_waves_are(protocol, cohort):
    held = answered([2, 4, 6])
    for i in range(120):
        if i >= 5:
            del held[f"s{i:02d}", 2 if i % 2 else 6]
    found = disclosed(Findings(list(instrument_findings(by_hand(protocol, cohort, held)))), 10)
    retest = found["validation.instrument.who_5.retest"]
    assert {row.verdict for row in rows_of(retest, between="all 3 waves")} == {"suppressed"}
    assert rows_of(retest, between="weeks 2 and 4")[0].verdict == "suppressed"  # or the two would give all three away
    assert retest.estimate == rows_of(retest, between="weeks 4 and 6")[0].estimate
    assert retest.estimate.n > 60


def test_a_vault_that_holds_nothing_says_that_no_groups_were_compared(protocol, cohort):
    ground = by_hand(
        protocol, cohort, answered([2]), change=(("hypotheses:", "validation: {groups: [gender]}\nhypotheses:"),)
    )
    found = Findings(list(instrument_findings(ground)))
    for topic in ("groups", "items"):
        assert "fewer than two groups of 'gender'" in found[f"validation.instrument.who_5.{topic}.gender"].reason


def grouped(protocol, cohort, values, held):
    made = with_vault(cohort(len(values), held), "region", values)
    ground = Ground(protocol(("hypotheses:", "validation: {groups: [region]}\nhypotheses:")), made, None, None)
    return disclosed(Findings(list(instrument_findings(ground))), 10)


def test_a_small_group_stays_in_what_is_asked_of_all_and_follows_from_no_other_number(protocol, cohort):
    found = grouped(protocol, cohort, ["north"] * 60 + ["south"] * 55 + ["isles"] * 5, answered([2]))
    rows = rows_of(found["validation.instrument.who_5.groups.region"], group="isles")
    assert [row.verdict for row in rows] == ["suppressed"]
    for finding in found:
        ns = {row.estimate.n for row in finding.rows if row.estimate and "group" not in row.keys}
        assert ns <= ({60 + 55 + 5 - 10} if finding.id.endswith(".region") else {60 + 55 + 5})


def test_many_groups_are_aligned_and_the_item_of_one_group_stays_apart(protocol, cohort):
    values = [f"r{i % 7}" for i in range(700)]
    held = answered([2], 700)
    for i in range(700):
        row = held[f"s{i:02d}", 2]
        held[f"s{i:02d}", 2] = [*row[:3], min(row[3] + 3 * (i % 7 == 2), 5), row[4]]
    finding = grouped(protocol, cohort, values, held)["validation.instrument.who_5.groups.region"]
    apart = {row.keys["item"]: row.estimate.value for row in rows_of(finding, what="intercepts apart")}
    assert max(apart, key=apart.get) == "4"
    assert len(finding.rows) <= 40


def test_a_student_on_two_modules_answers_once(protocol, cohort):
    made = cohort(120, answered([2, 4]))
    once, own = made.frame("enrolments"), {name: made.arrow(name) for name in TABLES}
    twice = pd.concat([once, once.assign(enrolment_id=once["student_id"] + "-BIO", module="BIO")])
    both = Cohort({**own, "enrolments": table("enrolments", twice)}, made.provenance, "")
    found = [Findings(list(instrument_findings(Ground(protocol(), one, None, None)))).as_json() for one in (made, both)]
    assert found[0] == found[1]


def test_without_a_questionnaire_nothing_is_asked(protocol, cohort):
    assert not list(instrument_findings(by_hand(protocol, cohort, {})))
