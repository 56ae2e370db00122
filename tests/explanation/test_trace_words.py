"""What a student reads of their own numbers: plain, kind, arithmetic and never advice."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.explanation.trace import (
    FIRST,
    Trace,
    engagement,
    families,
    features,
    margins_of,
    relative,
    seen,
    submissions,
    trace_student,
    tried_of,
    unknown,
    unknown_of,
)
from la_research.indicators.assurance import worked_cohort, worked_unit, worked_units
from la_research.indicators.fictional import FICTIONAL, cohort_of
from la_research.protocol import Protocol
from la_research.store import load_cohort, load_protocol
from la_research.wording import lint, reading_grade, sentences, words
from tests.explanation.test_trace import crooked, study

ROOT = Path(__file__).resolve().parents[2]
FIRST_STUDY = load_protocol(ROOT / "protocols/early-engagement")
ROOMS = (engagement, families, features, relative, seen, submissions)
REASONS = [
    str(text).format(n=3, week=4)
    for room in ROOMS
    for name, text in vars(room).items()
    if name.isupper() and isinstance(text, str) and text.endswith(".")
]
ADVICE = r"\b(?:should|must|could have|try|more often|do more|improve|enough|only)\b"


def plain(text: str) -> None:
    assert [str(remark) for remark in lint(text)] == []
    assert reading_grade(text) <= 8, (round(reading_grade(text), 1), text)
    assert np.quantile([len(words(one)) for one in sentences(text)], 0.9) <= 20, text


def test_reasons_and_first_steps_can_be_read_after_eight_years_of_school() -> None:
    assert len(REASONS) >= 13
    plain(" ".join(REASONS))
    plain(" ".join(FIRST))
    plain(" ".join(unknown.ALWAYS))
    for text in (*REASONS, *FIRST, *unknown.ALWAYS):
        assert len(words(text)) <= 20


def test_first_comes_correcting_then_context_then_no_then_a_person() -> None:
    said = [re.search(r"wrong|add|no\b|person", text).group() for text in FIRST]  # type: ignore[union-attr]
    assert said == ["wrong", "add", "no", "person"]


def everyone() -> list[tuple[Protocol, Cohort, str, Trace]]:
    found = []
    for protocol, cohort in ((FIRST_STUDY, load_cohort(ROOT / "synthetic/handmade")), (study(), crooked(1))):
        units = eligible(protocol, cohort)
        names = units["unit_id"].unique()
        found += [(protocol, cohort, unit, trace_student(protocol, cohort, unit, units=units)) for unit in names]
    for student in FICTIONAL:
        cohort = cohort_of(FIRST_STUDY, student)
        units, unit = worked_units(FIRST_STUDY, cohort), worked_unit(FIRST_STUDY)
        found.append(
            (FIRST_STUDY, cohort, unit, trace_student(FIRST_STUDY, cohort, unit, weeks=[4, 5, 6], units=units))
        )
    return found


def test_what_a_student_reads_is_plain_and_holds_no_advice() -> None:
    for protocol, cohort, unit, trace in everyone():
        units = worked_units(protocol, cohort)
        margins = " ".join((*margins_of(protocol, Trace(trace.steps, 0.1234)), *tried_of(protocol, trace)))
        unknowns = " ".join(unknown_of(protocol, cohort, unit, units=units))
        plain(margins)
        plain(unknowns)
        plain("\n".join(f"{step.what.capitalize()}." for step in trace.steps if step.what))
        assert not re.search(ADVICE, f"{margins} {unknowns}", re.IGNORECASE)
        assert "because" not in margins + unknowns


def test_the_line_of_each_rule_is_arithmetic() -> None:
    ada = FICTIONAL[0]
    cohort = cohort_of(FIRST_STUDY, ada)
    units, unit = worked_units(FIRST_STUDY, cohort), worked_unit(FIRST_STUDY)
    trace = trace_student(FIRST_STUDY, cohort, unit, weeks=range(1, 7), units=units)
    peers, light, red, own = tried_of(FIRST_STUDY, trace)
    # ten students with 185 actions: a mean of 18.5, of which 30 % is 5.55
    assert peers == (
        "Week 4: the mean of your module was 18.5 actions. The line was 30 % of it, 5.55 actions. Your week had 5."
    )
    # (12 + 5) / 2 = 8.5 actions a week, and 1 of 3 classes
    assert light == (
        "Week 4: your light was red. The line was amber or red. You had 8.5 actions a week in the last 14 days. "
        "Amber begins under 15, red under 5. You came to 33.33 % of your classes. "
        "Amber begins under 80 %, red under 50 %."
    )
    assert red == "Week 4: your light was red. The line was red."
    assert own == (
        "Week 4: your week was 3.66 of your own usual swings away from your usual weeks. The line was 2, up or down."
    )
    assert "no value. Fewer than 3 of your earlier weeks were seen." in tried_of(FIRST_STUDY, trace, 3)[-1]
    used, scored = margins_of(FIRST_STUDY, Trace(trace.steps, 0.1234))
    # the rule of the trial: 45 % of 18.5 is 8.325
    assert used == peers.replace("30 % of it, 5.55", "45 % of it, 8.33")
    assert scored == (
        "Your score is 12.3 %. The rule takes the 10 % with the highest scores. "
        "So the line hangs on the scores of others."
    )


def test_a_study_that_tries_one_rule_tells_of_one_and_several_modules_of_their_mean() -> None:
    protocol = study()
    case = {
        "rows": {
            "enrolments": [
                {"enrolment_id": "second", "student_id": "the student", "module": "other"},
                *({"enrolment_id": f"other {i}", "module": "other"} for i in range(9)),
            ],
            "activity": [
                {"week": 4, "count": 4},
                {"week": 4, "count": 12, "enrolment_id": "second"},
                *({"week": 4, "count": 4, "enrolment_id": f"fellow {i}"} for i in range(9)),
                *({"week": 4, "count": 4, "enrolment_id": f"other {i}"} for i in range(9)),
            ],
        }
    }
    cohort = worked_cohort(protocol, case)
    trace = trace_student(protocol, cohort, "the student", units=worked_units(protocol, cohort))
    # 4 / 4 = 1 beside 12 / ((12 + 36) / 10) = 2.5: a mean of 1.75
    assert margins_of(protocol, trace) == tried_of(protocol, trace) == ()
    tree = {**protocol.model_dump(), "outcomes": [{"id": "left", "event": ["withdrawn"]}]}
    tree["validation"] = {"triggers": {"need": "left", "weeks": [4], "rules": {"peer_share_30": {"cuts": [0.5]}}}}
    one = tried_of(Protocol.model_validate(tree), trace)
    assert one == ("Week 4: your activity was 175 % of the mean of your modules. The line was 50 %.",)


def test_what_is_not_known_names_sources_weeks_and_what_no_source_holds() -> None:
    protocol = study()
    case = {
        "rows": {
            "enrolments": [{"start": 10}],
            "applicability": [
                {"source": "attendance", "applies": False},
                {"source": "library", "applies": False},
            ],
            "feeds": [{"source": "vle", "last_day": 24}, {"source": "quizzes"}],
            "activity": [{"week": 3, "count": 4}],
        }
    }
    cohort = worked_cohort(protocol, case)
    units = worked_units(protocol, cohort)
    assert unknown_of(protocol, cohort, "the student", units=units) == (
        "The library and classes do not concern you, so they are not counted.",
        "No record of recorded lectures or work handed in was kept.",
        "Week 1 was before or after your time on the module.",
        "Week 2 was left out, as you joined in the middle.",
        "What you did online in week 4 was not seen in full.",
        "The study does not look at placements, the careers service, the union or volunteering.",
        *unknown.ALWAYS,
    )
    assert unknown_of(protocol, cohort, "somebody else", units=units) == ()


@pytest.mark.parametrize("word", ["paper", "illness", "paid work", "feel"])
def test_paper_illness_work_and_feelings_are_always_named(word: str) -> None:
    assert word in " ".join(unknown.ALWAYS).lower()
