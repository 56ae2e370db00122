"""Answers that are not there, in whole studies: what is said of them, and what is said where nothing can be."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

from la_research.cohort import Cohort
from la_research.disclosure import disclosed
from la_research.finding import Findings
from la_research.indicators import compute_indicators
from la_research.models import Predictions
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.imputation import Pooled
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import generate_cohort
from la_research.validation.absent import missing_findings
from la_research.validation.absent.tipping import _finding
from la_research.validation.ground import Ground
from la_research.validation.validity import associate

ROOT = Path(__file__).resolve().parents[2]
NO_MODEL = Predictions(pd.DataFrame(), {}, reason="the study registers no model")
PROTOCOL = load_protocol(ROOT / "protocols" / "early-engagement")


FEWER = PROTOCOL.validation.missing.model_copy(update={"imputations": 5, "shifts": (-10.0, 5.0)})
PLANTED = {"between": 0.098, "within": 0.054}
"""In the campus where those who fare worst answer least, as its data sheet says."""


@cache
def indicators(cohort):
    return compute_indicators(PROTOCOL, cohort)


def study(cohort, like=None, **changes) -> Findings:
    """What is said of a cohort; ``like`` is one in which students did the same."""
    asked = PROTOCOL.validation.model_copy(update={"missing": FEWER} | changes)
    protocol = PROTOCOL.model_copy(update={"validation": asked})
    ground = Ground(protocol, cohort, indicators(like or cohort), NO_MODEL)
    return disclosed(Findings(missing_findings(ground)), ground.minimum)


def of(finding, **keys):
    return [row for row in finding.rows if keys.items() <= dict(row.keys).items()]


@pytest.fixture(scope="module")
def hidden():
    """Those who fare worst answer least."""
    return generate_cohort(load_scenario(ROOT / "synthetic" / "missing_not_at_random.yaml"), n=900, seed=5)[0]


@pytest.fixture(scope="module")
def told(hidden):
    return study(hidden, missing=PROTOCOL.validation.missing.model_copy(update={"imputations": 10}))


@pytest.fixture(scope="module")
def usual():
    return generate_cohort(load_scenario(ROOT / "synthetic" / "default.yaml"), n=400, seed=5)[0]


def test_every_question_has_its_finding_and_none_says_yes_or_no(told):
    names = {f"validation.{what}.{claim}" for what in ("imputed", "tipping", "selection") for claim in ("h1", "h2")}
    assert {finding.id for finding in told} == {*names, "validation.missing.pattern", "validation.selection.label"}
    assert {finding.verdict for finding in told} == {"described"}
    assert not any(finding.confirmatory for finding in told)
    assert all(len(finding.rows) <= 40 for finding in told)


@pytest.mark.parametrize("claim, kind", [("h1", "between"), ("h2", "within")])
def test_some_shift_that_was_tried_holds_the_planted_slope_where_answers_hide_how_students_are(told, claim, kind):
    rows = [row for row in told[f"validation.tipping.{claim}"].rows if row.keys["shift"] <= 0]
    assert any(row.estimate.lower <= PLANTED[kind] <= row.estimate.upper for row in rows)


def test_answers_of_the_less_active_moved_down_make_the_slope_steeper_and_those_of_all_hardly_move_it(told):
    rows = told["validation.tipping.h2"].rows
    alike = [row.estimate.value for row in rows if row.keys["who"] == "everyone who did not answer"]
    apart = [row.estimate.value for row in rows if row.keys["who"] != "everyone who did not answer"]
    assert apart == sorted(apart, reverse=True)
    assert max(alike) - min(alike) < (max(apart) - min(apart)) / 3


def test_the_headline_is_the_nearest_shift_that_changes_the_registered_verdict_by_more_than_chance(told, hidden):
    registered = associate(PROTOCOL, hidden, indicators(hidden))
    for finding in registered:
        if finding.hypothesis in ("H1", "H2"):
            tipping = told[f"validation.tipping.{finding.hypothesis.lower()}"]
            firm = {row.keys["shift"]: row for row in tipping.rows if row.reason is None}
            other = [abs(shift) for shift, row in firm.items() if row.verdict != finding.verdict]
            nearest = min(other, default=None) if 0 in firm else None
            assert (None if tipping.estimate is None else abs(tipping.estimate.value)) == nearest
            assert f"'{finding.verdict}'" in tipping.reason


def judgements(missing: float, filled: float, chance: float, shifted: float):
    """What is said of H2 where complete cases give one slope, and answers filled in give another, by shift."""
    claims = {claim.id: claim for claim in PROTOCOL.hypotheses}

    def slope(value):
        return Coefficient(value, 0.005, 900, 1000)

    def held(shift, less):
        return {"H2": Pooled(slope(shifted if shift else filled), 0.4, 0.98, chance)}

    tried = {(False, 0.0): held(0, False), (False, -5.0): held(-5, False), (True, -5.0): held(-5, True)}
    ground = SimpleNamespace(protocol=PROTOCOL)
    return _finding(ground, claims["H2"], "validation.tipping.h2", "How?", {"H2": slope(missing)}, tried)


def test_a_verdict_that_filling_in_alone_changes_is_measured_from_the_registered_one():
    found = judgements(missing=0.045, filled=0.060, chance=0.001, shifted=0.070)
    assert (found.estimate.value, found.reason) == (
        0,
        "filling in alone changes the verdict from 'inconclusive' to 'supported', without any shift",
    )


def test_no_shift_is_named_where_other_random_draws_may_give_another_verdict():
    found = judgements(missing=0.0490, filled=0.0502, chance=0.0015, shifted=0.0498)
    assert found.estimate is None
    assert "other random draws" in found.reason
    firm = judgements(missing=0.0490, filled=0.0450, chance=0.0015, shifted=0.0510)
    assert firm.estimate is None
    assert "none of the shifts tried" in firm.reason


@pytest.mark.parametrize("claim", ["h1", "h2"])
def test_students_who_never_answered_are_not_counted_among_those_a_slope_rests_on(told, claim):
    imputed = told[f"validation.imputed.{claim}"]
    complete, asked = (of(imputed, what=what)[0].estimate for what in ("complete cases", "questionnaires filled in"))
    assert imputed.estimate.n == complete.n < asked.n
    assert {row.estimate.n for row in told[f"validation.tipping.{claim}"].rows} == {complete.n}


def test_no_shift_is_tried_that_was_not_registered(usual):
    missing = FEWER.model_copy(update={"shifts": (-3.0,)})
    found = study(usual, missing=missing)
    assert {row.keys["shift"] for row in found["validation.tipping.h1"].rows} == {-3.0, 0.0}
    assert "validation.tipping.h1" not in study(usual, missing=missing.model_copy(update={"shifts": ()}))


def test_where_answering_hangs_on_nothing_filling_in_and_weights_leave_the_slope_where_it_was(usual):
    found = study(usual)
    registered = associate(PROTOCOL, usual, indicators(usual))
    for finding in registered:
        if finding.hypothesis in ("H1", "H2"):
            claim, plain = finding.hypothesis.lower(), finding.rows[0].estimate
            filled = found[f"validation.imputed.{claim}"]
            assert of(filled, what="complete cases")[0].estimate.value == plain.value
            assert plain.lower < filled.estimate.value < plain.upper
            for row in found[f"validation.selection.{claim}"].rows:
                assert plain.lower < row.estimate.value < plain.upper


def test_shares_of_the_label_lie_inside_their_bounds_and_these_widen_with_those_outside_the_study(told):
    seen, inside, everyone = (row.estimate for row in told["validation.selection.label"].rows)
    assert everyone.lower < inside.lower < seen.value < inside.upper < everyone.upper
    assert everyone.n > inside.n > seen.n


def test_every_student_is_of_one_kind_and_of_one_pattern(told):
    finding = told["validation.missing.pattern"]
    for instrument in ("WHO-5", "PHQ-8"):
        kinds, patterns = (of(finding, what=what, instrument=instrument) for what in ("kind", "pattern"))
        n = of(finding, what="answered", instrument=instrument)[0].estimate.n
        assert sum(row.estimate.value for row in kinds) == n
        assert sum(row.estimate.value for row in patterns) == n


def test_a_student_on_two_modules_answers_once_and_levels_are_the_registered_one():
    cohort = generate_cohort(load_scenario(ROOT / "synthetic" / "default.yaml"), n=200, seed=5)[0]
    protocol = PROTOCOL.model_copy(
        update={
            "population": PROTOCOL.population.model_copy(update={"unit": "enrolment"}),
            "validation": PROTOCOL.validation.model_copy(update={"missing": FEWER, "level": 0.9}),
        }
    )
    ground = Ground(protocol, cohort, compute_indicators(protocol, cohort), NO_MODEL)
    students = ground.units["student_id"].nunique()
    assert students < len(ground.units)
    pattern, *_, label = missing_findings(ground)
    for row in (
        *of(pattern, what="answered"),
        *of(pattern, what="kind"),
        *of(label, what="bounds, students of the study"),
    ):
        assert row.estimate is None or (row.estimate.n == students and row.estimate.level in (0.9, None))


def test_nothing_is_asked_of_a_study_that_registers_nothing_but_the_pattern(usual):
    assert [finding.id for finding in study(usual, missing=None)] == ["validation.missing.pattern"]


def answers(cohort: Cohort, change) -> Cohort:
    """The cohort with its answers changed by a function of their frame."""
    frame = change(cohort.frame("responses"))
    tables = {name: cohort.arrow(name) for name in ("students", "enrolments", "activity", "attendance", "calendar")}
    tables |= {name: cohort.arrow(name) for name in ("consent", "applicability", "feeds", "assessments")}
    schema = cohort.arrow("responses").schema
    tables["responses"] = pa.Table.from_pandas(frame, schema, preserve_index=False)
    return Cohort(tables, cohort.provenance, "")


def everyone(cohort: Cohort):
    """Answers of every student in every wave, three to every item but for a spread by student and week."""
    who = cohort.frame("enrolments")[["student_id", "presentation"]].drop_duplicates()
    weeks, items = pd.DataFrame({"week": [2, 4, 6]}), pd.DataFrame({"item": range(1, 6)})
    rows = who.merge(weeks, how="cross").merge(items, how="cross")
    spread = (pd.util.hash_pandas_object(rows[["student_id", "week"]], index=False) % 6).astype("int64")
    return rows.assign(instrument="WHO-5", value=spread)


def reasons(found: Findings) -> dict[str, str]:
    return {finding.id: finding.reason for finding in found if finding.verdict == "not analysed"}


def test_where_everyone_answered_nothing_is_filled_in_and_it_says_so(usual):
    found = study(answers(usual, lambda _: everyone(usual)), usual)
    why = reasons(found)
    assert why["validation.imputed.h1"] == why["validation.tipping.h2"]
    assert "every questionnaire asked was answered" in why["validation.imputed.h1"]
    kinds = of(found["validation.missing.pattern"], what="kind", answered="every time")
    assert kinds[0].estimate is not None
    odds = of(found["validation.missing.pattern"], what="goes with")
    assert {row.verdict for row in odds} == {"not analysed"}


def test_where_few_answered_nothing_is_filled_in_weighted_or_bounded(usual):
    first = usual.frame("responses")["student_id"].drop_duplicates().head(12)
    found = study(answers(usual, lambda rows: rows[rows["student_id"].isin(first)]), usual)
    why = reasons(found)
    assert set(why) >= {f"validation.{what}.h1" for what in ("imputed", "tipping", "selection")}
    assert "fewer than" in why["validation.selection.h1"]


def test_answers_that_are_all_alike_are_not_filled_in(usual):
    found = study(answers(usual, lambda rows: rows.assign(value=3)), usual)
    assert "do not vary" in reasons(found)["validation.imputed.h2"]


def test_without_a_whole_answer_or_any_answer_no_number_is_given(usual):
    assert len(study(answers(usual, lambda rows: rows.head(0)), usual)) == 0
    found = study(answers(usual, lambda rows: rows[rows["item"] != 1]), usual)
    assert reasons(found).keys() >= {"validation.imputed.h1", "validation.selection.label"}


def test_a_student_with_one_answer_in_several_rows_is_not_filled_in_differently(usual):
    protocol = PROTOCOL.model_copy(update={"population": PROTOCOL.population.model_copy(update={"unit": "enrolment"})})
    ground = Ground(protocol, usual, compute_indicators(protocol, usual), NO_MODEL)
    why = reasons(Findings(missing_findings(ground)))
    assert "stands in several rows" in why["validation.imputed.h1"]
