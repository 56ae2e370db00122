"""The effect of the contact: by the arm drawn, adjusted for what was known before, refused where it can not be had."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from la_research.evaluation import evaluate_intervention
from la_research.evaluation.design import Asked
from la_research.evaluation.designs.randomised import RANDOMISED
from la_research.evaluation.sample import Sample
from la_research.protocol.designs.randomised import Randomised
from la_research.seeds import stream
from la_research.statistics.randomised import adjusted_difference, difference_in_means, with_missing

ARMS = ["contact"] * 20 + ["usual"] * 20


def items(score: int) -> list[int]:
    """Five answers whose score (sum times 4) is ``score``."""
    total = score // 4
    return [total // 5 + (i < total % 5) for i in range(5)]


def trial(campus, silent: tuple[int, ...] = (), unasked: tuple[int, ...] = ()):
    """40 students; the score rises by 8 points in the contact arm; some did not answer after or before."""
    generator = stream(9, "tests", "effect")
    before = 4 * generator.integers(5, 15, size=40)
    after = before + 4 * generator.integers(-2, 3, size=40) + 8 * (np.arange(40) < 20)
    ids = [f"s{i:02d}" for i in range(40)]
    made = campus(
        ARMS,
        before={i: items(int(b)) for k, (i, b) in enumerate(zip(ids, before, strict=True)) if k not in unasked},
        after={i: items(int(a)) for k, (i, a) in enumerate(zip(ids, after, strict=True)) if k not in silent},
        counts={i: [5, 1, 4, 6, 2, 3] for i in ids[:39]} | {"s39": [5, 3, 4, 6, 2, 3]},
    )
    return made, before.astype(float), after.astype(float)


def test_the_registered_effect_is_adjusted_and_the_plain_one_stands_beside_it(protocol, campus):
    made, before, after = trial(campus, silent=(3, 25), unasked=(7, 8, 30, 31))
    found = evaluate_intervention(protocol(), made.cohort())
    known = before.copy()
    known[[7, 8, 30, 31]] = np.nan
    here = ~np.isin(np.arange(40), (3, 25))
    drawn = np.arange(40) < 20
    expected = adjusted_difference(after[here], drawn[here], with_missing(known)[here])
    effect = found["H3"]
    assert (effect.id, effect.confirmatory) == ("evaluation.contact.h3", True)
    assert effect.estimate.value == pytest.approx(expected.value, abs=1e-9)
    assert (effect.estimate.lower, effect.estimate.upper) == pytest.approx(expected.interval(0.95), abs=1e-9)
    assert (effect.estimate.unit, effect.estimate.n) == ("WHO-5 points", 38)
    plain = found["evaluation.contact.unadjusted"]
    assert plain.estimate.value == pytest.approx(after[here & drawn].mean() - after[here & ~drawn].mean())
    assert (plain.verdict, plain.hypothesis) == ("described", None)


def test_an_indicator_may_be_a_covariate(protocol, campus):
    made, _, after = trial(campus)
    generator = stream(10, "tests", "counts")
    counts = generator.integers(1, 40, size=40)
    made.counts = {i: [5, int(c), 4, 6, 2, 3] for i, c in zip(made.ids, counts, strict=True)}
    found = evaluate_intervention(protocol(("[baseline]", "[weekly_activity]")), made.cohort())
    expected = adjusted_difference(after, np.arange(40) < 20, np.log1p(counts)[:, None])
    assert found["H3"].estimate.value == pytest.approx(expected.value, abs=1e-9)


def test_a_student_drawn_twice_stays_in_the_first_arm(protocol, campus):
    made, _, _ = trial(campus)
    made.extra_draws = [("s00", "usual", 4), ("s39", "contact", 3)]
    again = evaluate_intervention(protocol(), made.cohort())["H3"].estimate
    made.extra_draws = []
    assert again == evaluate_intervention(protocol(), made.cohort())["H3"].estimate


def test_an_event_of_the_record_is_compared_as_shares(protocol, campus):
    made, _, _ = trial(campus)
    made.left = {f"s{i}" for i in range(20, 30)}
    study = protocol(("outcome: wellbeing_5, direction: positive", "outcome: left, direction: negative"))
    found = evaluate_intervention(study, made.cohort())
    assert found["H3"].estimate.value == pytest.approx(0 / 20 - 10 / 20)
    assert (found["H3"].estimate.unit, found["H3"].estimate.n) == ("share", 40)


def test_an_event_of_some_but_few_of_an_arm_keeps_its_verdict_and_loses_its_numbers(protocol, campus):
    made, _, _ = trial(campus)
    made.left = {"s00", "s01", "s20", "s21", "s22", "s23", "s24"}
    study = protocol(("outcome: wellbeing_5, direction: positive", "outcome: left, direction: negative"))
    found = evaluate_intervention(study, made.cohort())
    assert found["H3"].verdict == "negligible"
    assert "fewer than 10 students" in found["H3"].reason
    told = [one for one in found if one.id.startswith("evaluation.contact") and one.id != "evaluation.contact.gate"]
    assert not any(one.estimate or one.rows for one in told)


def test_a_second_hypothesis_has_its_own_details_and_shares_the_family(protocol, campus):
    made, _, _ = trial(campus)
    made.left = {f"s{i}" for i in range(20, 30)}
    second = (
        "smallest_effect: 3}\n  - {id: H4, kind: effect, outcome: left, direction: negative, smallest_effect: 0.05}"
    )
    found = evaluate_intervention(protocol(("smallest_effect: 3}", second)), made.cohort())
    assert {"evaluation.contact.h4", "evaluation.contact.unadjusted.h4", "evaluation.attrition.h4"} <= {
        finding.id for finding in found
    }
    assert max(found[name].estimate.level for name in ("H3", "H4")) == 1 - 0.05 / 2


def test_a_baseline_is_the_wave_at_or_before_the_draw_and_never_after(protocol, campus):
    made, _, after = trial(campus)
    made.before = {}
    found = evaluate_intervention(protocol(), made.cohort())
    plain = difference_in_means(after, np.arange(40) < 20)
    assert found["H3"].estimate.value == pytest.approx(plain.value)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"arm": ["contact"] * 40}, "no student of the study was drawn for the arm 'usual'"),
        ({"arm": ["contact"] * 35 + ["usual"] * 5}, "fewer than 10 students of the study were drawn"),
        ({"cluster": "seminar 1"}, "whole groups of students were drawn"),
        ({"probability": {f"s{i:02d}": 0.4 + 0.01 * (i % 2) for i in range(40)}}, "the chance of the contact differed"),
        ({"after": {}}, "the outcome is known for fewer than 10 students of an arm"),
    ],
)
def test_what_can_not_be_compared_is_not_analysed_and_says_why(protocol, campus, change, words):
    made, _, _ = trial(campus)
    for name, value in change.items():
        setattr(made, name, value)
    finding = evaluate_intervention(protocol(), made.cohort())["H3"]
    assert (finding.verdict, finding.estimate, finding.confirmatory) == ("not analysed", None, True)
    assert finding.reason.startswith(words)


def test_of_three_arms_the_registered_one_is_the_headline_and_each_stands_beside_it(protocol, campus):
    made, _, after = trial(campus)
    made.arm = ["contact"] * 15 + ["usual"] * 15 + ["aletter"] * 10
    made.before = {}
    made.probability = {i: 15 / 40 if k < 30 else 10 / 40 for k, i in enumerate(made.ids)}
    found = evaluate_intervention(protocol(), made.cohort())
    assert found["H3"].estimate.value == pytest.approx(after[:15].mean() - after[15:30].mean())
    rows = {row.keys["arm"]: row.estimate for row in found["evaluation.contact.arms"].rows}
    assert list(rows) == ["contact", "aletter"]
    assert rows["aletter"].value == pytest.approx(after[30:].mean() - after[15:30].mean())
    assert rows["contact"].upper > found["H3"].rows[0].estimate.upper


def test_a_baseline_that_describes_one_student_is_left_out_and_told(protocol, campus):
    made, _, _ = trial(campus, unasked=tuple(k for k in range(40) if k not in (3, 25, 26)))
    effect = evaluate_intervention(protocol(), made.cohort())["H3"]
    assert effect.limitations[-1].startswith("Fewer columns were adjusted for than named (2 left out)")
    assert np.isfinite([effect.estimate.lower, effect.estimate.upper]).all()


@pytest.mark.parametrize("arm, words", [(12, ""), (11, "too few students of an arm answered for an adjustment with 6")])
def test_each_arm_needs_five_students_over_its_seven_coefficients(arm, words):
    generator = stream(12, "tests", "columns")
    drawn = np.repeat([True, False], [arm, 20])
    outcome, covariates = generator.normal(size=drawn.size), generator.normal(size=(drawn.size, 6))
    rows = pd.DataFrame(covariates, columns=list("abcdef")).assign(outcome=outcome, treatment=drawn.astype(float))
    reason = RANDOMISED.reason(Sample(rows, tuple("abcdef")), Asked(Randomised(kind="randomised")))
    assert reason.startswith(words)
    assert bool(reason) == bool(words)


def test_a_trial_that_the_data_do_not_hold_is_named(protocol, campus):
    made, _, _ = trial(campus)
    found = evaluate_intervention(protocol(("trial: early", "trial: late")), made.cohort())
    assert found["H3"].reason == "no student was assigned by lot in the trial 'late'"
    assert [finding.id for finding in found] == ["evaluation.contact.h3", "evaluation.harm", "evaluation.planned"]


def test_a_study_without_randomised_support_says_so(protocol, campus):
    made, _, _ = trial(campus)
    study = protocol(
        ("kind: effect,", "kind: between, indicator: weekly_activity,"),
        ("support: {trial: early, covariates: [baseline]}", ""),
    )
    (finding,) = evaluate_intervention(study, made.cohort())
    assert (finding.id, finding.verdict) == ("evaluation.contact", "not analysed")
    assert finding.reason == "the protocol registers no randomised support"


def test_a_draw_that_does_not_look_like_the_lot_planned_keeps_the_effect_locked(protocol, campus):
    made, _, _ = trial(campus)
    assert evaluate_intervention(protocol(), made.cohort())["H3"].assumptions[0].holds is True
    made.probability = {i: 0.9 if arm == "contact" else 0.1 for i, arm in zip(made.ids, made.arm, strict=True)}
    effect = evaluate_intervention(protocol(), made.cohort())["H3"]
    assert (effect.verdict, effect.estimate, effect.assumptions[0].holds) == ("not analysed", None, False)
    assert effect.reason.startswith("gate: The arms are of the sizes planned: did not pass")
