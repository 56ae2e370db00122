"""The truth: planted sizes are those of plain means over students, and exactly zero where nothing is planted."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import norm

from la_research.errors import TruthError
from la_research.schema import CONSENT_FLAGS
from la_research.store import load_scenario
from la_research.synthetic import Scenario, Truth, error_rates, generate_cohort
from la_research.synthetic.graph import GROUPS
from la_research.synthetic.switch import with_dials
from la_research.synthetic.truth import Planted, planted, told

N = 12_000
"""Students of a cohort whose plain means are set beside the planted sizes."""
CELLS = 30
"""Cells of the reference population in these tests: 30,720 students."""
SIGMAS = 4.5
EFFECT, POLICY = "effect.contact_week_4", "effect.policy"


@pytest.fixture(scope="module", autouse=True)
def fewer_cells() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted, "CELLS", dict.fromkeys(planted.FAMILIES, CELLS))
        patch.setattr(planted, "_KNOWN", {})
        yield


def campus(*dials: str) -> Scenario:
    return with_dials(load_scenario("default"), dials)


def sizes(*dials: str) -> Planted:
    return Planted(campus(*dials))


def close(size: float, values: pd.Series | np.ndarray, reference: float = 1.0) -> bool:
    """Whether a size is the mean of values within Monte Carlo error; ``reference``: students behind it for one here."""
    values = np.asarray(values, dtype=float)
    error = values.std() * math.sqrt((1 + 1 / reference) / len(values))
    return abs(values.mean() - size) < SIGMAS * error


RICH = (
    "contact.groups={women: -0.3}", "contact.effect=0.8", "contact.harmed=0.1", "peers.spillover=0.8",
    "contact.cutoff=0.7", "survey.need=0.3", "consent.need=0.4", "consent.groups={mature: -0.5}",
    "label_bias.disclosure={women: 0.8}", "wellbeing.groups={women: -0.15, disabled: -0.8}",
)  # fmt: skip


@pytest.fixture(scope="module")
def rich() -> tuple[Mapping[str, pd.DataFrame], Planted]:
    cohort, truth = generate_cohort(campus(*RICH), n=N, seed=8)
    names = ("responses", "services", "outcomes", "vault")
    tables = {name: cohort.frame(name) for name in names}
    students = truth.tables["students"].to_pandas().set_index("student_id")
    ended = cohort.frame("enrolments").groupby("student_id")["end"].max()
    stays = ended.isna() | (ended > 28)
    tables["study"] = students[students["consent_model_use"] & students["consent_research"] & stays[students.index]]
    return {**tables, "students": students}, sizes(*RICH)


def test_effects_of_a_first_contact_are_plain_means_over_the_students_considered(rich):
    tables, size = rich
    considered = tables["students"].query("look > 0")
    gain = considered["score_contact"] - considered["score_usual"]
    key = f"{EFFECT}.WHO-5.week_10"
    groups = {
        "": slice(None),
        ".att": considered["contacted"],
        ".complier": considered["talks"],
        ".cutoff": considered["running"] >= 0.8 * 0.7,
        ".cate.women": considered["gender"] == "F",
        ".cate.disabled": considered["disability"] == "Y",
        ".cate.mature": considered["age_band"] == "25 or over",
    }
    assert {name: close(size[key + name], gain[inside], 2.5) for name, inside in groups.items()} == dict.fromkeys(
        groups, True
    )
    assert size[f"{key}.cate.women"] < size[key] - 0.5
    spill = considered["score_usual"] - considered["score_alone"]
    assert close(size[f"{key}.spillover"], spill, 2.5)
    assert close(size[f"{key}.total"], spill + gain, 2.5)
    assert size[f"{key}.total"] == pytest.approx(size[key] + size[f"{key}.spillover"], abs=1e-9)


def test_only_who_talks_gains_when_nobody_is_harmed():
    size = sizes("contact.effect=0.7")
    key = f"{EFFECT}.WHO-5.week_10"
    assert size[key] / size[f"{key}.complier"] == pytest.approx(0.60, abs=0.03)  # contact.talked


def answers(*dials: str) -> tuple[pd.Series, set[str], pd.Index]:
    """WHO-5 of week 10 where everyone answers, who was contacted, and who is in the study: from its tables."""
    cohort, _ = generate_cohort(
        campus("survey.response=1", "survey.item_missing=0", "leaving=0", "consent.withdrawn_later=0", *dials),
        n=N,
        seed=8,
    )
    responses = cohort.frame("responses").query("instrument == 'WHO-5' and week == 10")
    score = 4.0 * responses.groupby("student_id")["value"].sum()
    flags = cohort.frame("consent").drop_duplicates(["student_id", "flag"]).pivot(
        index="student_id", columns="flag", values="given"
    )  # fmt: skip
    study = flags.index[flags["model_use"].astype(bool) & flags["research"].astype(bool)]
    return score, set(cohort.frame("contacts")["student_id"]), study


LOUD = ("contact.effect=0.8", "peers.spillover=0.6", "contact.cutoff=0.7")
QUIET = ("contact.effect=0", "contact.cutoff=0.7")


def test_a_policy_is_what_two_cohorts_of_the_same_students_differ_by():
    """Everyone drawn, or half of them, against a contact that does nothing: the difference of two plain cohorts."""
    size = sizes("leaving=0", *LOUD)
    nobody, _, study = answers(*QUIET)
    for name, probability in (("policy", 0.5), ("policy_all", 1)):
        lived, contacted, _ = answers(*LOUD, f"contact.probability={probability}")
        gain = (lived - nobody)[study]
        among = gain.index.isin(list(contacted))
        key = f"effect.{name}.WHO-5.week_10"
        assert close(size[key], gain)
        assert close(size[f"{key}.att"], gain[among])
        assert close(size[f"{key}.spillover"], gain[~among])
        assert size[f"{key}.spillover"] > 0


def test_without_peers_the_effect_is_that_of_forcing_every_coin():
    size = sizes("contact.effect=0.8")
    forced, contacted, _ = answers("contact.effect=0.8", "contact.probability=1")
    nobody, _, _ = answers("contact.effect=0")
    gain = (forced - nobody)[sorted(contacted)]
    assert close(size[f"{EFFECT}.WHO-5.week_10"], gain)
    assert (size[f"{EFFECT}.WHO-5.week_10.spillover"], size[f"{POLICY}.WHO-5.week_10.spillover"]) == (0, 0)


def test_leaving_and_answering_because_of_a_contact_have_their_textbook_size():
    size = sizes("attrition.leaves=0.3", "attrition.answers=-0.5", "leaving=0")
    left = size[f"{EFFECT}.left.week_10"]
    assert left == pytest.approx(0.3, abs=0.03)
    usual, told_ = norm.ppf(0.60), norm.ppf(0.60) - 0.5 / math.sqrt(2)  # answering differs between students: SD 1
    answered = (1 - 0.004) ** 5 * ((1 - left) * norm.cdf(told_) - norm.cdf(usual))
    assert size[f"{EFFECT}.answered.WHO-5.week_10"] == pytest.approx(answered, abs=0.015)
    assert size[f"{EFFECT}.WHO-5.week_10"] > 3  # staying and answering leave the scores themselves alone


def test_several_looks_have_a_contrast_each_whose_mean_is_that_of_the_first_contact():
    dials = ("contact.looks=[4, 6]", "contact.effect=0.8")
    size = sizes(*dials)
    _, truth = generate_cohort(campus(*dials), n=N, seed=8)
    students = truth.tables["students"].to_pandas()
    gain = students["score_contact"] - students["score_usual"]
    for name, inside in (("first_look", students["look"] > 0), *((f"week_{w}", students["look"] == w) for w in (4, 6))):
        assert close(size[f"effect.contact_{name}.WHO-5.week_10"], gain[inside], 2.5)
    assert size["effect.contact_week_6.WHO-5.week_6"] == 0  # a contact shows two weeks later
    assert "effect.contact_week_8.WHO-5.week_10" not in size


@pytest.mark.parametrize(
    ("dials", "week"), [((), 10), (("term.who5_weeks=[2, 6, 8]",), 8), (("contact.looks=[4, 9]",), 12)]
)
def test_the_outcome_is_week_ten_or_the_last_wave_that_every_look_reaches(dials, week):
    name = campus(*dials).contact.trial
    told_in_full = {key.split(".")[3] for key in sizes(*dials, "contact.effect=0") if key.endswith(".att")}
    assert told_in_full == {f"week_{week}", "att"}
    assert f"effect.{name}.WHO-5.week_{week}" in sizes(*dials, "contact.effect=0")


def test_need_label_records_and_answers_are_plain_shares_of_students(rich):
    tables, size = rich
    study, need = tables["study"], tables["study"]["true_need"]
    assert close(size["need.week_8"], need, 2.5)
    disabled = study["disability"] == "Y"
    assert size["need.gap.disabled"] == pytest.approx(need[disabled].mean() - need[~disabled].mean(), abs=0.04)
    assert close(size["label.low_mood_8"], study["low_mood_8"], 2.5)
    assert close(size["label.given_need"], study["low_mood_8"][need], 2.5)
    told_ = set(tables["outcomes"].query("name == 'disclosed'")["enrolment_id"].str[:8])
    in_need = study[need]
    women = in_need["gender"] == "F"
    assert close(size["disclosed.given_need"], in_need.index.isin(told_), 2.5)
    assert close(size["disclosed.given_need.women"], in_need[women].index.isin(told_), 2.5)
    assert size["disclosed.given_need.women"] > 1.1 * size["disclosed.given_need"]
    helped = set(tables["services"].query("week == 8")["student_id"])
    assert close(size["help.given_need"], in_need.index.isin(helped), 2.5)


def test_consent_and_answering_are_selected_by_need_as_planted(rich):
    tables, size = rich
    everyone, study = tables["students"], tables["study"]
    assert close(size["consent.model_use"], everyone["consent_model_use"], 2.5)
    assert close(size["consent.model_use.mature"], everyone.query("age_band == '25 or over'")["consent_model_use"], 2.5)
    assert size["consent.model_use.needing"] < size["consent.model_use"] - 0.01
    whole = tables["responses"].query("instrument == 'PHQ-8' and week == 8").groupby("student_id").size() == 8
    answered = study.index.isin(whole.index[whole])
    assert close(size["answered.PHQ-8.week_8"], answered, 2.5)
    assert close(size["answered.PHQ-8.week_8.needing"], answered[study["true_need"]], 2.5)
    assert size["answered.PHQ-8.week_8.needing"] < size["answered.PHQ-8.week_8"] - 0.05


def test_selection_at_the_trigger_is_seen_where_it_is_planted_and_moves_no_effect():
    size = sizes("contact.selection=1", "contact.effect=0")
    assert size["selection.trigger"] < -0.2
    assert all(value == 0 for key, value in size.items() if key.startswith("effect."))


def test_what_is_not_planted_is_exactly_zero():
    size = sizes("link={between: 0, within: 0}", "contact.effect=0", "engagement.groups={}")
    effects = [value for key, value in size.items() if key.partition(".")[0] in ("between", "within", "effect")]
    assert len(effects) > 40
    assert set(effects) == {0.0}
    assert size["selection.trigger"] == size["proxy.commutes"] == 0
    gaps = {key: value for key, value in size.items() if ".gap." in key}
    assert {key.rpartition(".")[2] for key, value in gaps.items() if value} == {"women", "disabled"}


@pytest.mark.parametrize(
    ("dials", "moved"),
    [
        (("peers.spillover=1", "contact.effect=0"), f"{EFFECT}.WHO-5.week_10.spillover"),
        (("contact.harmed=0.5", "contact.effect=0"), f"{EFFECT}.WHO-5.week_10"),
        (("chilling.told=-1", "contact.effect=0"), f"{EFFECT}.weekly_activity.att"),
        (("link={between: 0, within: 0}", "engagement.groups={}"), "between.weekly_activity.WHO-5"),
        (("proxy.size=1",), "proxy.commutes"),
        (("contact.groups={lgbt: 2}", "contact.cutoff=3"), "need.gap.lgbt"),
    ],
)
def test_what_one_dial_plants_is_not_taken_for_nothing(dials, moved):
    assert sizes(*dials)[moved] != 0


def test_one_wave_has_no_size_within_a_student_and_no_wave_none_at_all():
    assert "within.weekly_activity.WHO-5" not in sizes("term.who5_weeks=[10]")
    assert sizes("term.who5_weeks=[10]")["between.weekly_activity.WHO-5"] > 0.03
    assert "between.weekly_activity.WHO-5" not in sizes("term.who5_weeks=[]")
    assert "effect.contact_week_4.WHO-5.week_10" not in sizes("term.who5_weeks=[]")


def test_a_family_of_sizes_is_worked_out_only_when_it_is_read(monkeypatch):
    def never(*_: object) -> None:
        raise AssertionError("nobody asked for it")

    size = sizes("title=asked for associations only", "leaving=0.001")
    for family in ("contrasts", "shares"):
        monkeypatch.setattr(planted.FAMILIES[family], "add", never)
    assert size["between.weekly_activity.WHO-5"] > 0
    assert "nonsense.key" not in size


def test_no_truth_is_drawn_for_a_cohort_that_nobody_scores(monkeypatch):
    def never(*_: object) -> None:
        raise AssertionError("nobody asked for it")

    monkeypatch.setattr(told, "student_truth", never)
    _, truth = generate_cohort(load_scenario("default"), n=50, seed=1)
    assert sorted(truth.tables) == ["faults", "students", "weeks"]
    with pytest.raises(AssertionError, match="nobody asked"):
        truth.tables["students"]


def test_the_truth_of_students_agrees_with_their_tables():
    cohort, truth = generate_cohort(load_scenario("default"), n=1100, seed=4)
    students = truth.tables["students"].to_pandas().set_index("student_id")
    vault = cohort.frame("vault").assign(student_id=lambda rows: rows["enrolment_id"].str[:8])
    for attribute, held in vault.groupby("attribute"):
        first = held.drop_duplicates("student_id").set_index("student_id")["value"]
        assert (students[attribute] == first.reindex(students.index)).all(), attribute
    assert set(students.index[students["contacted"]]) == set(cohort.frame("contacts")["student_id"])
    weeks = truth.tables["weeks"].to_pandas()
    assert (weeks["need"] == (weeks["wellbeing"] < -1)).all()
    assert (weeks.query("week == 8")["need"].to_numpy() == students["true_need"].to_numpy()).all()


STANDS = {
    "TRIAL": r"(contact_(week_\d+|first_look)|rollout)", "GROUP": f"({'|'.join(GROUPS)})",
    "FLAG": f"({'|'.join(CONSENT_FLAGS)})", "ARM": "email",
    "INSTRUMENT": "(WHO-5|PHQ-8)", "_W": r"_\d+", "…": ".+",
}  # fmt: skip
"""What the words of docs/truth.md stand for."""


def template(name: str) -> re.Pattern[str]:
    pattern = re.escape(name)
    for word, meaning in STANDS.items():
        pattern = pattern.replace(word, meaning)
    return re.compile(pattern)


def test_the_page_on_the_truth_names_every_estimand_and_no_other():
    page = (Path(__file__).parents[2] / "docs" / "truth.md").read_text(encoding="utf-8")
    names = re.findall(r"^\| `([^`]+)` \| [^|]+ \| [^|]+ \|$", page.partition("## Students")[0], re.MULTILINE)
    others = ("contact.looks=[4, 6]", "contact.arms={email: {share: 0.5}}", "rollout.weeks=[4]", "nudges.weeks=[4, 6]")
    keys = [key for dial in ("contact.looks=[4]", *others) for key in sizes("contact.effect=0", dial)]
    documented = {name: template(name) for name in names}
    assert [key for key in keys if not any(known.fullmatch(key) for known in documented.values())] == []
    assert [name for name, known in documented.items() if not any(map(known.fullmatch, keys))] == []


SIX = Truth(
    "six", "", 1, 6, {},
    {
        "students": pa.table({
            "student_id": list("abcdef"), "true_need": [True, True, True, False, False, False],
            "gender": ["F", "F", "M", "M", "M", "F"],
        }),
        "weeks": pa.table({"student_id": list("abcdef"), "week": [1] * 6, "need": [False] * 5 + [True]}),
    },
)  # fmt: skip
RULE = {"a": 1, "b": 0, "c": 1, "d": 1, "e": 0, "f": 0}


def rates(**changed: object) -> dict[str, list[object]]:
    return error_rates(SIX, RULE, **changed).set_index("group").T.to_dict("list")  # type: ignore[arg-type]


def test_error_rates_are_those_worked_by_hand():
    assert rates() == {"all": [6, 3, 3, 2, 1, 2 / 3, 1 / 3, 1 / 3, 2 / 3]}
    by = rates(by="gender")
    assert by["M"] == [3, 1, 2, 1, 0, 1.0, 1 / 2, 0.0, 1 / 2]
    assert by["F"] == [3, 2, 1, 1, 1, 1 / 2, 0.0, 1 / 2, 1.0]


def test_error_rates_in_a_week_read_the_need_of_that_week_and_nobody_has_no_rate():
    assert rates(week=1)["all"][:7] == [6, 1, 3, 0, 1, 0.0, 3 / 5]
    nobody = error_rates(SIX, {"a": 0, "b": 0}).iloc[0]
    assert (nobody["tpr"], nobody["fnr"]) == (0, 1)
    assert np.isnan(nobody["fpr"])
    assert np.isnan(nobody["ppv"])


def test_a_rule_of_other_students_weeks_and_columns_is_refused_at_once():
    with pytest.raises(TruthError) as caught:
        error_rates(SIX, {**RULE, "somebody": 1}, week=9, by="shoe_size")
    assert [fault.code for fault in caught.value.faults] == ["truth.other_cohort", "truth.no_week", "truth.no_column"]
    assert "somebody" not in str(caught.value)
