"""Nothing that stands beside an effect tells of a few students: names, rare words, small counts, neighbouring n's."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from la_research.evaluation.sample import Sample
from la_research.evaluation.table import effect_of_rows
from la_research.pipeline.effect import table_effect
from la_research.protocol.designs.did import Differences
from la_research.protocol.designs.micro_randomised import MicroRandomised
from la_research.protocol.designs.randomised import Randomised
from la_research.protocol.designs.survival import Survival
from la_research.protocol.designs.synthetic_control import SyntheticControl
from la_research.protocol.support import Override
from la_research.seeds import stream

LOOKED = Override(name="A. Tester", on=date(2025, 1, 1), reason="it is about what is shown, not about the effect")


@pytest.fixture
def drawn() -> pd.DataFrame:
    """400 students, every second drawn."""
    rng = stream(1, "tests", "few")
    rows = pd.DataFrame({"treatment": np.arange(400) % 2, "outcome": rng.normal(50, 10, 400)}, dtype=float)
    return rows.assign(who=[f"s{i}" for i in range(400)], cond=["none"] * 200 + ["asthma"] * 198 + ["rare a", "rare b"])


def table(tmp_path, rows: pd.DataFrame, design: str, columns: dict[str, str], *given: str, **settings):
    path = tmp_path / "table.csv"
    rows.to_csv(path, index=False)
    return table_effect(path, design, columns, given, settings)


def test_names_of_students_taken_for_arms_are_not_printed(tmp_path, drawn):
    columns = {"outcome": "outcome", "treatment": "who"}
    found = table(tmp_path, drawn, "randomised", columns, control="foo").findings
    assert "400 different arms" in found["evaluation.effect"].reason
    assert "s12" not in str(found.as_json())


def test_a_missing_arm_is_answered_by_the_names_of_those_that_are_no_small_group(drawn):
    arms = np.where(np.arange(400) < 4, "few", np.where(drawn["treatment"] == 1, "call", "usual"))
    rows = drawn.drop(columns="treatment").assign(arm=arms)
    found = effect_of_rows(Randomised(kind="randomised", control="foo"), Sample(rows))
    assert found["evaluation.effect"].reason == "there is no arm 'foo': call, usual"


def test_rare_words_of_a_covariate_are_read_as_one_with_the_next(tmp_path, drawn):
    columns = {"outcome": "outcome", "treatment": "treatment"}
    found = table(tmp_path, drawn, "randomised", columns, "cond").findings
    said = str(found.as_json())
    assert "rare" not in said
    assert [row.keys["indicator"] for row in found["evaluation.effect.balance"].rows] == ["cond: other words"]


def test_a_yes_of_a_few_is_not_told_by_its_difference_between_arms(drawn):
    rows = drawn[["treatment", "outcome"]].assign(rare=(np.arange(400) < 6) * 1.0, half=(np.arange(400) < 200) * 1.0)
    found = effect_of_rows(Randomised(kind="randomised"), Sample(rows, ("rare", "half")))
    told = {row.keys["indicator"]: row.verdict for row in found["evaluation.effect.balance"].rows}
    assert told == {"rare": "suppressed", "half": None}
    assert "rare" not in str([row.reason for row in found["evaluation.effect.gate"].rows])


def test_a_few_missing_outcomes_keep_the_effect_and_lose_the_total(drawn):
    rows = drawn[["treatment", "outcome"]].assign(half=(np.arange(400) < 200) * 1.0)
    rows.loc[[5, 70, 200], "outcome"] = np.nan
    found = effect_of_rows(Randomised(kind="randomised", planned=0.5), Sample(rows, ("half",)))
    assert found["evaluation.effect"].estimate.n == 397
    assert {e.n for f in found for e in (f.estimate, *(row.estimate for row in f.rows)) if e} == {397}
    assert not any(f"{n} students" in str(found.as_json()) for n in (197, 199, 200, 400))


@pytest.mark.parametrize("many", [7, 80])
def test_numbers_of_an_outcome_that_a_few_of_an_arm_have_are_not_shown(drawn, many):
    rows = drawn[["treatment"]].assign(outcome=(np.arange(400) < many).astype(float))
    found = effect_of_rows(Randomised(kind="randomised"), Sample(rows, unit="share"))
    assert (found["evaluation.effect"].estimate is None) == (many == 7)
    assert (found["evaluation.effect.unadjusted"].verdict == "suppressed") == (many == 7)


def test_a_few_who_did_not_take_up_what_was_drawn_hide_the_effect_on_those_who_did(drawn):
    rows = drawn[["treatment", "outcome"]].assign(assigned=drawn["treatment"])
    rows.loc[[1, 3, 5, 7], "treatment"] = 0.0
    found = effect_of_rows(Randomised(kind="randomised"), Sample(rows))
    assert found["evaluation.effect.complier"].verdict == "suppressed"
    assert found["evaluation.effect.complier"].rows == ()
    rows.loc[np.arange(1, 100, 2), "treatment"] = 0.0
    told = effect_of_rows(Randomised(kind="randomised"), Sample(rows))["evaluation.effect.complier"]
    assert told.rows[0].estimate.value == pytest.approx(0.75)


def test_the_share_of_a_few_who_left_is_not_shown():
    rng = stream(3, "tests", "few")
    rows = pd.DataFrame({"time": rng.uniform(20, 30, 400), "outcome": 0.0, "treatment": np.arange(400) % 2})
    rows.loc[[1, 3, 5, 7, 9, 0, 2], ["time", "outcome"]] = 5.0, 1.0
    found = effect_of_rows(Survival(kind="survival", horizon=15), Sample(rows))["evaluation.effect.incidence"]
    assert (found.verdict, found.estimate, found.rows) == ("suppressed", None, ())


def panel(units: int, times: int) -> pd.DataFrame:
    rng = stream(4, "tests", "few")
    rows = pd.DataFrame({"unit": np.repeat(np.arange(units), times), "time": np.tile(np.arange(1.0, times + 1), units)})
    return rows.assign(outcome=rng.normal(0, 1, units)[rows["unit"]] + rng.normal(0, 1, len(rows)))


def test_a_start_of_a_few_does_not_show_in_the_course_of_all():
    rows = panel(120, 9)
    start = np.r_[np.full(30, 8.0), np.full(26, 4.0), np.full(4, 6.0), np.full(60, np.inf)]
    found = effect_of_rows(Differences(kind="did", draws=200), Sample(rows.assign(first=start[rows["unit"]])), LOOKED)
    sizes = {row.estimate.n for row in found["evaluation.effect.event_study"].rows if row.estimate}
    assert 60 in sizes
    assert all(one - other >= 10 for one in sizes for other in sizes if one > other)


def test_one_student_for_whom_no_draw_was_possible_is_not_dated():
    rows = panel(60, 4)
    rows["treatment"] = stream(5, "tests", "few").integers(0, 2, len(rows)).astype(float)
    rows["available"] = 1.0 - ((rows["unit"] == 7) & (rows["time"] == 2))
    found = effect_of_rows(MicroRandomised(kind="micro_randomised", probability=0.5), Sample(rows))
    sizes = [row.estimate.n for row in found["evaluation.effect.by_week"].rows]
    assert 59 not in sizes
    assert found["evaluation.effect"].rows[0].verdict == "suppressed"


def test_donors_are_numbered_and_the_course_of_one_is_not_told_unless_units_are_groups():
    rows = panel(30, 12)
    rows["first"] = np.where(rows["unit"] == 0, 9.0, np.inf)
    rows["unit"] = [f"a{unit:02d}@b.uk" for unit in rows["unit"]]
    sample = Sample(rows)
    alone = effect_of_rows(SyntheticControl(kind="synthetic_control"), sample, LOOKED)
    assert "@b.uk" not in str(alone.as_json())
    groups = effect_of_rows(SyntheticControl(kind="synthetic_control", groups=True), sample, LOOKED)
    assert alone["evaluation.effect.gaps"].verdict == "suppressed"
    assert all(row.keys["donor"].startswith("group ") for row in alone["evaluation.effect.weights"].rows)
    assert len(groups["evaluation.effect.gaps"].rows) == 12
    assert "@b.uk" in str(groups["evaluation.effect.weights"].rows)
