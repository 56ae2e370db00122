"""n counts students, few of them are hidden whatever rows they have, and where nothing can be fitted nothing is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from la_research.disclosure import INVENTED, disclosed
from la_research.explanation.ground import Ground
from la_research.explanation.importance import importance_findings
from la_research.explanation.over_refits import held, held_by, over_refits
from la_research.explanation.reasons import reason_findings
from la_research.explanation.reasons.rule import Reasons
from la_research.finding import Estimate, Finding, Findings
from la_research.models import Predictions
from tests.explanation.conftest import planted
from tests.explanation.test_explanation import explained, predictions, study

REGISTERED = {
    "explanation": {"refits": 5, "background_rows": 30, "simpler": {"kinds": ["points"]}, "abstaining": {}},
    "fairness": {"sensitive": {"gender": {}}},
}


def asking(estimator: str) -> Any:
    """A study that registers all that can be asked of a model but the boosting machine."""
    settings = {**study(estimator).model_dump(mode="json", exclude_unset=True), **REGISTERED}
    return type(study()).model_validate(settings)


def enrolled(students: int, rows: int) -> Predictions:
    """So many rows, dealt out to so many students, in two folds."""
    given = predictions(rows)
    who = np.array([f"s{i:03d}" for i in range(students)])[np.arange(rows) % students]
    fold = np.arange(rows) % students % 2 + 1
    frame = given.frame.assign(student_id=who, fold=fold, decision=(np.arange(rows) % 3 == 0).astype(int))
    return Predictions(frame.assign(score=np.linspace(0.1, 0.9, rows)), given.features)


def estimates(found: Finding) -> list[Estimate]:
    held = (found.estimate, *(row.estimate for row in found.rows))
    return [one for one in held if one is not None and one.method != INVENTED]


@pytest.mark.parametrize("estimator", ["boosted", "logistic"])
def test_of_six_students_with_many_rows_no_number_is_told(estimator: str) -> None:
    found = explained(asking(estimator), enrolled(6, 120))
    assert {"explanation.reasons", "explanation.points", "explanation.simpler"} <= {one.id for one in found}
    assert [(one.id, held) for one in found for held in estimates(one)] == []


def test_no_n_is_more_than_the_students() -> None:
    found = explained(asking("boosted"), enrolled(75, 150))
    told = {one.id.split(".")[1]: max(held.n for held in estimates(one)) for one in found if estimates(one)}
    assert {name: told[name] for name in ("importance", "ranks", "additivity", "grouped", "points")} == dict.fromkeys(
        ("importance", "ranks", "additivity", "grouped", "points"), 75
    )
    assert {"perturbation", "interactions", "shapes", "reasons", "faithful", "simpler"} <= set(told)
    assert max(told.values()) == 75


def few_with_a_reason(monkeypatch: pytest.MonkeyPatch, who: np.ndarray, group: np.ndarray) -> Finding:
    """What is told where the rule gave these reasons to the contacts of these students."""
    import la_research.explanation.reasons.findings as findings

    made = planted(contacts=len(who))
    names = made.rows["student_id"].to_numpy(dtype=object).copy()
    names[made.contacts] = who
    made = Ground(made.protocol, made.cohort, made.indicators, "all", made.rows.assign(student_id=names), made.features)
    ones = np.ones(len(who))
    monkeypatch.setattr(findings, "stable_reasons", lambda *_: Reasons(group, ones, ones))
    return disclosed(Findings(reason_findings(made)), 10)["explanation.reasons"]


def test_a_reason_of_four_students_is_hidden_however_many_contacts_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    who = np.array([f"c{i % 4}" for i in range(37)] + [f"o{i % 20}" for i in range(143)], dtype=object)
    found = few_with_a_reason(monkeypatch, who, np.repeat([0, 1], [37, 143]))
    assert [row.verdict for row in found.rows[:4]] == ["suppressed"] * 4
    assert (found.verdict, found.estimate) == ("suppressed", None)
    assert not any(str(count) in " ".join(found.limitations) for count in (37, 180))


def test_two_reasons_of_the_same_few_students_do_not_cover_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six students have both: 6 + 6 would be enough, and 6 are not."""
    who = np.array([f"c{i % 6}" for i in range(12)] + [f"o{i % 30}" for i in range(60)], dtype=object)
    found = few_with_a_reason(monkeypatch, who, np.repeat([0, 1, 2], [6, 6, 60]))
    assert [row.verdict for row in found.rows[:4]] == ["suppressed"] * 4


def test_shares_of_contacts_count_students(monkeypatch: pytest.MonkeyPatch) -> None:
    who = np.array([f"c{i % 20}" for i in range(60)] + [f"o{i % 15}" for i in range(30)], dtype=object)
    found = few_with_a_reason(monkeypatch, who, np.repeat([0, -1], [60, 30]))
    assert found.estimate is not None
    assert found.estimate.value == pytest.approx(60 / 90)
    assert {held.n for held in estimates(found)} == {35}


@pytest.mark.parametrize(("refits", "level"), [(5, 4 / 6), (20, 19 / 21), (39, 0.95), (200, 0.95)])
def test_one_more_refit_lies_in_the_interval_as_often_as_its_level_says(refits: int, level: float) -> None:
    draw, times = np.random.default_rng(8), 4000
    drawn = draw.normal(size=(refits + 1, times))
    found = over_refits(np.median(drawn[:-1], axis=0), drawn[:-1], "share", 60)
    inside = np.mean([one.lower <= held <= one.upper for one, held in zip(found, drawn[-1], strict=True)])
    assert found[0].level == held(refits) == pytest.approx(level)
    assert inside == pytest.approx(level, abs=4 * np.sqrt(level * (1 - level) / times))
    assert bool(held_by(refits)) == (level < 0.95)


def test_ends_are_the_refits_that_a_hand_counts() -> None:
    rising = np.arange(1.0, 80.0)[:, None]  # 79 refits: (79 + 1) / 40 is the second from either end
    (found,) = over_refits(np.array([40.0]), rising[::-1], "rank", 60)
    assert (found.lower, found.upper, found.level) == (2, 78, 0.95)


def test_ranks_say_that_only_the_first_place_was_tested() -> None:
    _, ranks, _ = importance_findings(planted(n=150))
    assert ranks.assumptions[0].statement == "the same indicator comes first when other students are drawn"
    assert any("places after the first" in said for said in ranks.limitations)
    assert any("holds one more with a chance of 66.7 %" in said for said in ranks.limitations)


NOTHING = {
    "no rows": (lambda frame: frame.iloc[:0], "there are no scores"),
    "no labels": (lambda frame: frame.assign(label=np.nan), "no label is known"),
    "one label": (lambda frame: frame.assign(label=1.0), "the label has a single value"),
    "one of each": (
        lambda frame: frame.iloc[:2].assign(label=[0.0, 1.0]),
        "fewer than two students with either value of the label",
    ),
}


@pytest.mark.parametrize("estimator", ["boosted", "logistic"])
@pytest.mark.parametrize("case", list(NOTHING))
def test_where_no_model_can_be_fitted_every_question_says_so(case: str, estimator: str) -> None:
    change, reason = NOTHING[case]
    given = predictions()
    frame: pd.DataFrame = change(given.frame)
    found = explained(asking(estimator), Predictions(frame, {"all": given.features["all"].loc[frame["unit_id"]]}))
    met = [one for one in found if one.id.startswith("explanation.met.")]
    others = [one for one in found if one not in met]
    assert [(one.verdict, one.estimate) for one in met] == [("described", None)] * 4
    assert all(row.keys["part"] != "score" for one in met for row in one.rows)
    assert {one.verdict for one in others} == {"not analysed"}
    assert len(others) == 13
    assert {one.reason for one in others if one.id not in ("explanation.simpler", "explanation.points")} == {reason}


def test_the_finding_on_reasons_names_what_is_told_as_one() -> None:
    def said(made: Ground) -> str:
        (found,) = reason_findings(made)
        return " ".join(found.limitations)

    apart = planted(n=150)
    assert "No two aspects go together; the reasons are: " in said(apart)
    late = apart.features["late_or_missing"].to_numpy()
    features = apart.features.assign(rag=-late)
    joined = Ground(apart.protocol, apart.cohort, apart.indicators, "all", apart.rows, features)
    assert (
        "Work handed in and classes and online activity are told as one reason, as their indicators go together; "
        "reasons of their own are: online activity."
    ) in said(joined)
    alone = said(planted(n=150, together=0.001))
    assert "are told as one reason" in alone
    assert "of their own" not in alone
