"""Four invented students: worked out by hand, alike in every study, told of in kind and plain words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from la_research.indicators import INDICATORS
from la_research.indicators.assurance import assure, worked_cohort, worked_unit, worked_units
from la_research.indicators.fictional import FICTIONAL, WEEKS, Fictional, case_of, cohort_of
from la_research.indicators.registry import unit_values
from la_research.indicators.rules import RULES
from la_research.protocol import Protocol
from la_research.store import load_protocol
from la_research.wording import lint, reading_grade, sentences, words

STUDIES = sorted(path.parent for path in (Path(__file__).parents[2] / "protocols").glob("*/protocol.yaml"))
FIRST = next(path for path in STUDIES if path.name == "early-engagement")
SOME = [path for path in STUDIES if path.name in ("early-engagement", "oulad-withdrawal", "trigger-rdd")]
"""The two that differ most in what they register, and one of those that register a single indicator."""
NAMES = [student.name for student in FICTIONAL]


@pytest.mark.parametrize("folder", SOME, ids=lambda folder: folder.name)
def test_their_values_are_as_worked_out_by_hand_in_studies_that_register_much_or_little(folder: Path) -> None:
    protocol = load_protocol(folder)
    results = assure(protocol, [case_of(protocol, student) for student in FICTIONAL])
    assert [str(result) for result in results if not result.held] == []
    assert results
    assert all("(invented)" in result.sentence for result in results)
    assert {result.where.partition(",")[0] for result in results} == {f"the invented student {name}" for name in NAMES}


def test_a_study_that_reads_no_course_pages_or_has_other_settings_checks_what_it_can() -> None:
    def asked(sources: list[str], **settings: object) -> set[str]:
        protocol = load_protocol(FIRST)
        tree = {**protocol.model_dump(), "sources": {source: {} for source in sources}}
        tree["indicators"] = {name: settings.get(name, {}) for name in INDICATORS}
        return set(case_of(Protocol.model_validate(tree), FICTIONAL[0])["expected"])

    assert asked(["vle", "assessments"]) == set(INDICATORS)
    assert asked(["library"]) == {"registration_lead", "study_load", "previous_attempts"}
    changed = asked(["vle"], regularity={"window_weeks": 2}, rag={"online": {"red": 1, "amber": 2}})
    assert set(INDICATORS) - changed == {"regularity", "rag", "late_or_missing"}


def test_every_indicator_of_the_first_study_is_worked_out_for_each() -> None:
    protocol = load_protocol(FIRST)
    for student in FICTIONAL:
        assert set(case_of(protocol, student)["expected"]) == set(protocol.indicators)


@cache
def table_of(name: str) -> pd.DataFrame:
    """What the rules read of a student in weeks 3 to 6."""
    protocol = load_protocol(FIRST)
    read = {rule.indicator: protocol.indicators[rule.indicator] for rule in RULES.values()}
    protocol = protocol.model_copy(update={"indicators": read})
    cohort = cohort_of(protocol, next(student for student in FICTIONAL if student.name == name))
    table = unit_values(protocol, cohort, worked_units(protocol, cohort)).to_pandas()
    return table[(table["unit_id"] == worked_unit(protocol)) & table["week"].between(3, WEEKS) & table["value"].notna()]


def chosen(student: Fictional, rule: str) -> set[int]:
    """Weeks 3 to 6 in which a rule at its own cut-off writes to the student."""
    table = table_of(student.name)
    own = table[table["indicator"] == RULES[rule].indicator]
    return set(own.loc[RULES[rule].applies(own["value"].to_numpy(dtype=np.float64), RULES[rule].cut), "week"])


def test_rules_do_with_them_what_they_stand_for() -> None:
    true, wrong, missed, over = FICTIONAL
    assert [student.kind for student in FICTIONAL] == [
        "true contact", "wrong contact", "missed need", "the one who overworks",
    ]  # fmt: skip
    assert [student.need for student in FICTIONAL] == [True, False, True, True]
    assert chosen(true, "peer_share_30") == {4, 5, 6}
    assert chosen(true, "red") == {4, 5, 6}
    assert chosen(wrong, "peer_share_30") == {4}
    assert chosen(wrong, "red") == {4}
    assert all(chosen(missed, rule) == set() for rule in RULES)
    assert [chosen(over, rule) for rule in ("peer_share_30", "amber_or_red", "red")] == [set()] * 3
    assert chosen(over, "own_baseline") == {4, 5}


def test_ten_students_are_on_the_module_and_six_weeks_are_recorded() -> None:
    protocol = load_protocol(FIRST)
    for student in FICTIONAL:
        cohort = worked_cohort(protocol, case_of(protocol, student))
        assert cohort.arrow("enrolments").num_rows == 10
        assert len(student.actions) == len(student.days) == len(student.classes) == WEEKS
        assert cohort.frame("activity").groupby("enrolment_id").size().eq(WEEKS).all()


def test_their_stories_are_short_kind_and_plain() -> None:
    for student in FICTIONAL:
        text = " ".join(student.story)
        assert [str(remark) for remark in lint(text)] == []
        assert reading_grade(text) <= 8, student.name
        assert max(len(words(sentence)) for sentence in sentences(text)) <= 20
        assert 2 <= len(student.story) <= 3


def test_no_story_says_which_rule_writes_as_that_hangs_on_the_study_and_on_the_setting() -> None:
    said = " ".join(sentence for student in FICTIONAL for sentence in student.story).lower()
    assert not {"rule", "rules", "write", "writes"} & set(words(said))
