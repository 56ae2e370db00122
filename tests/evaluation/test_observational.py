"""Support that nobody drew: what is adjusted for, what keeps the gate shut, and what is said beside the effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from la_research.evaluation.compared import Compared
from la_research.evaluation.design import Asked
from la_research.evaluation.designs.observational import OBSERVATIONAL
from la_research.evaluation.designs.observational.checks import checks
from la_research.evaluation.sample import Sample
from la_research.evaluation.sensitivity import attrition_findings
from la_research.evaluation.table import effect_of_rows
from la_research.pipeline.effect import table_effect
from la_research.protocol.designs.observational import Observational
from la_research.protocol.support import Sensitivity
from la_research.seeds import stream
from la_research.statistics.coefficient import Coefficient
from la_research.wording import lint

CONTROLS = tuple(f"control {j}" for j in range(6))


def sample(n: int = 400, effect: float = 1.0, hidden: float = 0.0, **changed) -> Sample:
    rng = stream(6, "tests", "observational", n)
    x, trait = rng.normal(size=(n, 2)), rng.normal(size=n)
    treated = rng.random(n) < expit(0.6 * x[:, 0] + trait)
    held = {name: x[:, 0] + hidden * trait + rng.normal(size=n) for name in CONTROLS}
    outcome = x[:, 0] + hidden * trait + effect * treated + rng.normal(size=n)
    frame = {"outcome": outcome, "treatment": treated.astype(float), "before": x[:, 0], "age": x[:, 1], **held}
    return Sample(pd.DataFrame({**frame, **changed}), ("before", "age"))


def effect(of: Sample, **settings):
    return effect_of_rows(Observational(kind="observational", **settings), of)


def reads(found) -> dict[str, str]:
    return {row.keys["check"]: row.keys["reads"] for row in found["evaluation.effect.gate"].rows}


@pytest.mark.parametrize("estimator", ["aipw", "ipw", "regression", "double_learning"])
@pytest.mark.parametrize("whom", ["ate", "att"])
def test_every_way_finds_what_was_planted_and_the_crude_difference_does_not(estimator, whom):
    found = effect(sample(), estimator=estimator, effect=whom, learner="linear")
    main = found["evaluation.effect"].estimate
    crude = found["evaluation.effect.estimators"].rows[0].estimate
    assert main.lower < 1 < main.upper
    assert crude.lower > 1
    assert reads(found) == {"balance": "passed", "overlap": "passed", "negative controls": "could not be made"}


def test_parts_stand_beside_the_effect_and_say_what_they_mean():
    of = sample(hidden=0.3)
    missing = of.rows["outcome"].where(np.arange(len(of.rows)) % 5 > 0)
    found = effect(sample(hidden=0.3, outcome=missing), negative_outcomes=CONTROLS, estimator="regression")
    assert found["evaluation.effect"].verdict == "not analysed"  # the controls show what is hidden
    free = effect(sample(outcome=missing), negative_outcomes=CONTROLS)
    parts = [finding.id.removeprefix("evaluation.effect").lstrip(".") for finding in free]
    assert parts == [
        "", "gate", "estimators", "balance", "overlap", "e_value", "robustness_value", "rosenbaum", "calibrated",
        "placebo_outcomes", "tipping",
    ]  # fmt: skip
    assert all(finding.limitations for finding in free if finding.id.split(".")[-1] not in ("estimators", "overlap"))
    text = " ".join(text for finding in list(free)[2:] for text in (finding.question, *finding.limitations))
    assert lint(text) == []
    assert len(free["evaluation.effect.balance"].rows) == 2 * 2
    assert {row.keys["outcome"] for row in free["evaluation.effect.placebo_outcomes"].rows} == set(CONTROLS)


def test_something_hidden_that_controls_share_keeps_the_gate_shut_and_no_number_is_worked_out():
    found = effect(sample(2000, hidden=0.5), negative_outcomes=CONTROLS)
    assert reads(found)["negative controls"] == "did not pass"
    assert [finding.id for finding in found] == ["evaluation.effect", "evaluation.effect.gate"]
    assert found["evaluation.effect"].estimate is None
    assert found["evaluation.effect"].reason.startswith("gate: ")


def test_words_of_one_column_are_one_control():
    words = {f"subject: {j}": np.arange(400) % 6 == j for j in range(6)}
    found = effect(sample(**{name: held.astype(float) for name, held in words.items()}), negative_outcomes=("subject",))
    assert reads(found)["negative controls"] == "could not be made"
    said = "1 of the 5 columns needed could be read as negative controls"
    assert any("opened without the check" in text and said in text for text in found["evaluation.effect"].limitations)


def test_controls_whose_interval_passes_the_limit_can_not_tell():
    found = effect(sample(), negative_outcomes=CONTROLS)  # 400 students: the error is known to about 0.1 SD
    assert reads(found)["negative controls"] == "could not be made"
    for part in ("", ".calibrated"):
        assert any("too few or too unlike to tell" in t for t in found[f"evaluation.effect{part}"].limitations)
    many = effect(sample(4000), negative_outcomes=CONTROLS)
    assert reads(many)["negative controls"] == "passed"
    assert not any("opened without" in text for text in many["evaluation.effect"].limitations)


def test_checks_are_the_same_whatever_the_outcome():
    of = sample(negative=0.0)
    asked = Asked(Observational(kind="observational", negative_outcomes=CONTROLS))
    other = replace(of, rows=of.rows.assign(outcome=-(of.rows["outcome"] ** 3)))
    assert checks(of.blinded(), asked) == checks(other.blinded(), asked)


def test_support_that_a_covariate_decides_is_not_compared():
    of = sample()
    found = effect(sample(before=np.where(of["treatment"] == 1, 1.0, -1.0) + 0.1 * of["age"]))
    assert reads(found)["overlap"] == "did not pass"
    assert found["evaluation.effect"].verdict == "not analysed"


@pytest.mark.parametrize(
    ("changed", "settings", "said"),
    [
        ({"treatment": 1.0}, {}, "fewer than 10 students of an arm"),
        ({"outcome": 3.0}, {}, "the outcome is the same for all students"),
        ({"before": 2.0, "age": 1.0}, {}, "every covariate is the same"),
        ({}, {"squares": ("agee",)}, "'agee'"),
        ({}, {"factors": ("age",)}, "columns to adjust for"),
        ({}, {"negative_outcomes": ("nowhere",)}, "'nowhere'"),
        ({}, {"negative_outcomes": ("before", "age")}, "no covariates are named"),
    ],
)  # fmt: skip
def test_what_can_not_be_compared_gives_a_reason_and_no_number(changed, settings, said):
    found = effect(sample(**changed), **settings)["evaluation.effect"]
    assert (found.verdict, found.estimate) == ("not analysed", None)
    assert said in found.reason


def test_a_covariate_that_is_constant_or_told_twice_is_left_out_and_named():
    of = sample()
    wide = replace(
        sample(same=1.0, again=2 * of["before"] + 1, many=of["age"]), covariates=("before", "age", "same", "again")
    )
    found, plain = effect(wide)["evaluation.effect"], effect(of)["evaluation.effect"]
    assert found.estimate == plain.estimate
    assert any("same, again" in text for text in found.limitations)


def test_a_missing_covariate_is_filled_and_marked():
    of = sample()
    gaps = of.rows["before"].where(np.arange(len(of.rows)) % 7 > 0)
    found = effect(sample(before=gaps))
    assert found["evaluation.effect"].estimate.n == 400
    assert {row.keys["covariate"] for row in found["evaluation.effect.balance"].rows} == {
        "before", "before missing", "age",
    }  # fmt: skip


def test_squares_and_codes_become_columns_and_only_what_is_named_differs_between_arms():
    of = sample(age=np.arange(400) % 3 + 1.0)
    settings = Observational(kind="observational", squares=["before"], factors=["age"], interactions=["before", "age"])
    compared = Compared.of(of, settings)
    assert [column.name for column in compared.kept] == ["before", "before squared", "age 2", "age 3"]
    on, off = (compared.by(of["outcome"]).expected.sides[arm] for arm in (True, False))
    assert (np.abs(on - off).sum(axis=0) > 0).tolist() == [False] * 5 + [True] * 4  # the square has no product


def test_errors_are_by_cluster_where_there_is_one():
    alone = effect(sample())["evaluation.effect"].estimate
    shared = effect(sample(cluster=np.repeat(np.arange(40), 10)))["evaluation.effect"].estimate
    assert shared.value == alone.value
    assert (shared.lower, shared.upper) != (alone.lower, alone.upper)
    few = effect(sample(cluster=np.repeat(np.arange(20), 20)))["evaluation.effect"]
    assert any("by 20 clusters" in text for text in few.limitations)


def test_a_yes_or_no_outcome_is_compared_as_shares():
    of = sample(2000)
    found = effect(replace(sample(2000, outcome=(of["outcome"] > 0).astype(float)), unit="share"))
    main = found["evaluation.effect"].estimate
    assert main.unit == "share"
    assert 0 < main.value < 0.4
    assert "risk ratio is that of the adjusted risk" in " ".join(found["evaluation.effect.e_value"].limitations)


def test_of_missing_outcomes_a_trial_is_told_bounds_and_the_tipping_point():
    of = sample()
    lost = (np.arange(400) % 4 == 0) & (of["treatment"] == 1)
    found = sample(outcome=of.rows["outcome"].where(~lost))
    asked = Asked(None, sensitivity=Sensitivity(shifts=(-1.0,)))
    bounds, tipping = attrition_findings(found, Coefficient(1.0, 0.1, 300, 302), asked)
    assert (bounds.id, tipping.id) == ("evaluation.effect.lee_bounds", "evaluation.effect.tipping")
    assert bounds.estimate.value is None
    assert bounds.estimate.lower < bounds.rows[0].estimate.value < bounds.rows[1].estimate.value < bounds.estimate.upper
    assert [row.keys["arm"] for row in tipping.rows] == ["with the support"] * 2  # the others all answered
    share = lost.sum() / (of["treatment"] == 1).sum()
    assert tipping.rows[1].estimate.value == pytest.approx(1 - share)
    assert "would reach zero if" in tipping.limitations[0]
    assert list(attrition_findings(of, Coefficient(1.0, 0.1, 300, 302), asked)) == []


def test_the_design_reads_clusters_and_units_and_needs_both_columns():
    assert (OBSERVATIONAL.needs, OBSERVATIONAL.may) == (("outcome", "treatment"), ("unit", "cluster"))


def test_a_plain_table_names_its_negative_controls_and_words_of_them_are_read(tmp_path):
    of = sample(2000)
    words = np.where(of["control 0"] > 0, "arts", np.where(of["control 1"] > 0, "sciences", "health"))
    of.rows.assign(subject=words).to_csv(tmp_path / "table.csv", index=False)
    columns, given = {"outcome": "outcome", "treatment": "treatment"}, ("before", "age")
    named = f"[{', '.join(CONTROLS)}, subject]"
    read = table_effect(tmp_path / "table.csv", "matched", columns, given, {"negative_outcomes": named})
    placebos = [row.keys["outcome"] for row in read.findings["evaluation.effect.placebo_outcomes"].rows]
    assert placebos == [*CONTROLS, "subject: health", "subject: sciences"]
    assert len(read.findings["evaluation.effect.balance"].rows) == 2 * 2
