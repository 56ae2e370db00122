"""What a scenario may not say: each fault has a code word, a place, a remedy, and words that need no programmer."""

from __future__ import annotations

import re

import pytest

from la_research.errors import Fault, ScenarioError
from la_research.protocol import read_tree
from la_research.store import load_scenario
from la_research.synthetic import generate_cohort, parse_scenario
from la_research.synthetic.switch import grid, sweep, with_dials, without
from tests.synthetic.textbook import scenario_of

HEAD = "format: la_research.scenario/1\nid: small\ntitle: small\nresembles: none\ncannot: much\n"
RAW = re.compile(
    r"_|\binput\b|valid|union|tuple|dict(ionary)?\b|literal|pydantic|instance|parse|assertion|type=|None\b|\[key\]|\^",
    re.IGNORECASE,
)
"""Words of the machine: underscores are looked for outside the names between quotes."""


def refused(text: str) -> tuple[Fault, ...]:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(read_tree(HEAD + text, "small.yaml"))
    return caught.value.faults


def refused_when_set(*dials: str) -> tuple[Fault, ...]:
    with pytest.raises(ScenarioError) as caught:
        with_dials(scenario_of({}), dials)
    return caught.value.faults


def assert_readable(fault: Fault) -> None:
    lines = str(fault).split("\n")
    assert [line[:9] for line in lines[1:]] == ["  where: ", "  remedy:"]
    assert all(line.rstrip()[9:] for line in lines[1:])
    said = re.sub(r"'[^']*'|\([^)]*\)", "", fault.problem)
    assert not RAW.search(said), fault.problem


# what stands from the sixth line on, the code word, words of the problem, line and dial
BAD = [
    ("leaving: 1.5", "value", "'leaving' (1.5): should be 1 or less", 6, "leaving"),
    ("leaving: often", "value", "should be a number", 6, "leaving"),
    ("leaving: nan", "value", "should be 1 or less", 6, "leaving"),
    ("leaving: .inf", "value", "should be a number", 6, "leaving"),
    ("leaving:", "value", "should be a number", 6, "leaving"),
    ("contact:\n  effect: 99", "value", "should be 3 or less", 7, "contact.effect"),
    ("engagement: {silent_last: 1}", "value", "should be 0.95 or less", 6, "engagement.silent_last"),
    ("survey: {loading: 1}", "value", "should be below 1", 6, "survey.loading"),
    ("engagement: {trait_sd: 0}", "value", "should be above 0", 6, "engagement.trait_sd"),
    ("peers: {size: 2.5}", "value", "should be a whole number", 6, "peers.size"),
    ("n: 0", "value", "'n' (0): should be 1 or more", 6, "n"),
    ("people: lots", "value", "should be a section with dials of its own", 6, "people"),
    ("wellbeing: {groups: [women]}", "value", "should give a number to each name", 6, "wellbeing.groups"),
    ("modules: none", "value", "should be a list", 6, "modules"),
    ("modules: []", "value", "fewer entries than the 1", 6, "modules"),
    ("modules: [{code: bio, share: 1, subject: a}]", "value", "should be made like BIO110", 6, "modules.0.code"),
    ("people: {age: {all: 1}}", "value", "fewer entries than the 2", 6, "people.age"),
    ("contact: {running: steps}", "value", "should be 'actions', 'active_days' or 'count'", 6, "contact.running"),
    ("contact: {looks: []}", "value", "fewer entries than the 1", 6, "contact.looks"),
    ("contact: {looks: [6, 4]}", "value", "named twice, or not in order", 6, "contact.looks"),
    ("contact: {looks: [14]}", "value", "week 14 comes after the last of 12 weeks", 6, "contact.looks"),
    ("term: {weeks: 14}\ncontact: {looks: [15]}", "value", "after the last of 14 weeks", 7, "contact.looks"),
    ("term: {who5_weeks: [2, 2]}", "value", "named twice, or not in order", 6, "term.who5_weeks"),
    ("term: {due_weeks: [13]}", "value", "week 13 comes after the last of 12 weeks", 6, "term.due_weeks"),
    ("term: {break_after: 13}", "value", "week 13 comes after the last", 6, "term.break_after"),
    ("faults: {dead_turnstile: 100}", "value", "more dead turnstiles than the 72", 6, "faults"),
    ("faults: {duplicates: 200, missing_feed: 100}", "value", "more deliveries are faulty", 6, "faults"),
    (
        "modules:\n- {code: AB10, share: 0.5, subject: a}\n- {code: AB10, share: 0.5, subject: a}",
        "value", "a code is there twice", 6, "modules",
    ),
    ("modules: [{code: AB10, share: 0.5, subject: a}]", "probabilities", "sum to 0.5, not to 1", 6, "modules"),
    ("people:\n  age: {young: 0.5, old: 0.4}", "probabilities", "sum to 0.9, not to 1", 7, "people.age"),
    ("coping: {reduces: 0.8, works_more: 0.8}", "probabilities", "exceeds 1 together", 6, "coping.works_more"),
    ("coping: {reduces: 0.9}", "probabilities", "exceeds 1 together", 6, "coping.works_more"),
    (
        "arrows:\n- {cause: wellbeing, effect: tariff, size: 0.1}\n- {cause: tariff, effect: wellbeing, size: 0.1}",
        "cycle", "the arrows go round in a circle: tariff to wellbeing to tariff", 6, "arrows",
    ),
    ("arrows: [{cause: tariff, effect: tariff, size: 1}]", "cycle", "tariff to tariff", 6, "arrows"),
    ("arrows: [{cause: luck, effect: tariff, size: 1}]", "value", "should be 'women'", 6, "arrows.0.cause"),
    ("arrows: [{cause: women, effect: tariff}]", "missing_key", "is required and not given", 6, "arrows.0.size"),
    ("lables: {x: 1}", "unknown_dial", "there is no dial 'lables'", 6, "lables"),
    ("link: {betwen: 0.2}", "unknown_dial", "there is no dial 'link.betwen'", 6, "link.betwen"),
    ("wellbeing: {groups: {wizards: 1}}", "unknown_group", "no group 'wizards'", 6, "wellbeing.groups.wizards"),
    ("proxy: {group: wizards}", "unknown_group", "no group 'wizards'", 6, "proxy.group"),
    ("leaving: 0.1\nleaving: 0.2", "duplicate_key", "'leaving' is given twice", 7, "leaving"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "problem", "line", "dial"), BAD, ids=[case[0][:40] for case in BAD])
def test_a_fault_says_what_where_and_what_to_do(text: str, code: str, problem: str, line: int, dial: str) -> None:
    (fault,) = refused(text)
    assert fault.code == f"scenario.{code}"
    assert problem in fault.problem
    assert fault.where == f"small.yaml, line {line}, {dial}"
    assert_readable(fault)


def test_a_name_almost_right_is_suggested() -> None:
    assert refused("link: {betwen: 0.2}")[0].remedy == "did you mean 'link.between'?"
    assert refused("label_bias: {disclosre: {}}")[0].remedy == "did you mean 'label_bias.disclosure'?"
    assert refused("zzz: 1")[0].remedy == "see synthetic/README.md"
    assert "'women'" in refused("wellbeing: {groups: {wizards: 1}}")[0].remedy


def test_all_faults_are_told_at_once() -> None:
    text = (
        "lables: 1\nleaving: 3\nterm: {weeks: 4}\npeople:\n  female: 2\n  age: {a: 0.5, b: 0.6}\n"
        "arrows: [{cause: tariff, effect: tariff, size: 1}]\ncontact: {looks: [6], probability: 0}\nleaving: 2\n"
    )
    faults = refused(text)
    assert {fault.where.removeprefix("small.yaml, ") for fault in faults} == {
        "line 6, lables", "line 14, leaving", "line 8, term.hard_weeks", "line 8, term.who5_weeks",
        "line 8, term.phq8_weeks", "line 8, term.due_weeks", "line 8, term.break_after", "line 10, people.female",
        "line 11, people.age", "line 12, arrows", "line 13, contact.probability",
    }  # fmt: skip
    assert {"scenario.duplicate_key", "scenario.cycle", "scenario.probabilities"} < {fault.code for fault in faults}
    for fault in faults:
        assert_readable(fault)


def test_what_every_scenario_has_to_say_is_asked_for() -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(read_tree("format: la_research.scenario/1\nid: Big Campus", "small.yaml"))
    assert {fault.problem.split("'")[1] for fault in caught.value.faults} == {"id", "title", "resembles", "cannot"}
    for fault in caught.value.faults:
        assert_readable(fault)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (HEAD.replace("/1", "/2"), "scenario.newer_format"),
        (HEAD.replace("scenario/1", "protocol/1"), "scenario.value"),
        (HEAD + "link: [0.1", "scenario.not_yaml"),
        ("- 1", "scenario.not_a_mapping"),
        (HEAD + "link: &a {between: 0}", "scenario.anchor"),
        (HEAD + "leaving: !!python/object 1", "scenario.tag"),
    ],
)
def test_a_document_that_is_no_scenario_is_refused(text: str, code: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(read_tree(text, "small.yaml"))
    assert caught.value.faults[0].code == code
    assert caught.value.faults[0].where.startswith("small.yaml")


@pytest.mark.parametrize("n", [0, -1])
def test_a_cohort_of_nobody_is_refused(n: int) -> None:
    with pytest.raises(ScenarioError) as caught:
        generate_cohort(scenario_of({}), n=n)
    assert caught.value.faults[0].code == "scenario.n"
    assert_readable(caught.value.faults[0])


def test_a_scenario_that_is_not_there_is_refused() -> None:
    with pytest.raises(ScenarioError) as caught:
        load_scenario("atlantis")
    assert caught.value.faults[0].code == "scenario.not_found"


@pytest.mark.parametrize(
    ("dial", "code", "where"),
    [
        ("link.between", "set", "--set"),
        ("=0.4", "set", "--set"),
        (" =0.4", "set", "--set"),
        ("leaving=0.1\nlink: 3", "set", "--set"),
        ("link.between=[0.4", "not_yaml", "--set link.between, line 1"),
        ("leaving={a: 1, a: 2}", "duplicate_key", "--set leaving, line 1, value.a"),
        ("leaving.share=0.1", "unknown_dial", "--set leaving.share"),
        ("link.between.women=0.1", "unknown_dial", "--set link.between.women"),
        ("modules.0.share=0.5", "unknown_dial", "--set modules.0.share"),
        ("contact.looks.0=3", "unknown_dial", "--set contact.looks.0"),
        ("lables=1", "unknown_dial", "scenario 'plain' with dials set, lables"),
        ("link..between=1", "unknown_dial", "scenario 'plain' with dials set, link."),
        ("link.between=null", "value", "scenario 'plain' with dials set, link.between"),
        ("link.between=", "value", "scenario 'plain' with dials set, link.between"),
        ("people.ethnicity.White=0.5", "probabilities", "scenario 'plain' with dials set, people.ethnicity"),
        ("wellbeing.groups.wizards=1", "unknown_group", "scenario 'plain' with dials set, wellbeing.groups.wizards"),
    ],
)
def test_a_dial_that_can_not_be_set_is_refused(dial: str, code: str, where: str) -> None:
    fault = refused_when_set(dial)[0]
    assert (fault.code, fault.where) == (f"scenario.{code}", where)
    assert_readable(fault)


def test_a_dial_set_twice_is_refused() -> None:
    (fault,) = refused_when_set("link.between=0.1", "leaving=0", "link.between=0.2")
    assert (fault.code, fault.problem) == ("scenario.set", "'link.between' is set twice")


def test_all_that_can_not_be_set_is_told_at_once() -> None:
    assert len(refused_when_set("link.between", "=1", "leaving=[1")) == 3
    assert len(refused_when_set("leaving.a=1", "modules.0=1", "lables=1", "peers.size=1")) == 4


def test_an_unknown_mechanism_is_refused_with_all_that_there_are() -> None:
    with pytest.raises(ScenarioError) as caught:
        without(scenario_of({}), "magic", "effect", "luck")
    assert [fault.code for fault in caught.value.faults] == ["scenario.unknown_mechanism"] * 2
    assert "label_bias" in caught.value.faults[0].remedy


def test_lists_mappings_and_whole_sections_are_set() -> None:
    turned = with_dials(
        scenario_of({}),
        ["contact.looks=[4, 6]", "wellbeing.groups={women: 0}", "survey={response: 0.3}", "coping.reduces = 0.1",
         "arrows=[{cause: women, effect: tariff, size: 0.2}]"],
    )  # fmt: skip
    assert turned.contact.looks == (4, 6)
    assert turned.wellbeing.groups == {"women": 0}
    assert (turned.survey.response, turned.survey.loading) == (0.3, 0.8)
    assert turned.coping.reduces == 0.1
    assert turned.arrows[0].size == 0.2


def test_a_dial_set_leaves_its_neighbours() -> None:
    """Also where they stand at their defaults, or in lists of arrows and modules."""
    plain = scenario_of({
        "arrows": [{"cause": "women", "effect": "tariff", "size": 0.2}],
        "modules": [{"code": "AB10", "share": 1, "subject": "a"}], "survey.groups": {"women": 1},
    })  # fmt: skip
    turned = with_dials(plain, ["wellbeing.groups.women=0", "people.age={young: 0.5, old: 0.5}", "contact.effect=0"])
    assert turned.wellbeing.groups == {"women": 0, "disabled": -0.35}
    assert (turned.arrows, turned.modules, turned.survey) == (plain.arrows, plain.modules, plain.survey)
    assert turned.contact.model_copy(update={"effect": plain.contact.effect}) == plain.contact


def test_nothing_set_is_the_same_campus() -> None:
    for plain in (scenario_of({}), scenario_of({"leaving": 0.1, "arrows": []})):
        assert with_dials(plain, []) == plain
        assert with_dials(plain, []).digest == plain.digest


def test_a_grid_has_every_combination_and_refuses_what_makes_no_sense() -> None:
    plain = scenario_of({})
    at = [(values["link.between"], campus.contact.effect) for values, campus in grid(
        plain, {"link.between": [0, 0.4], "contact.effect": [0, 1]})]  # fmt: skip
    assert at == [(0, 0), (0, 1), (0.4, 0), (0.4, 1)]
    with pytest.raises(ScenarioError):
        list(grid(plain, {"leaving": [0, 2]}))


def test_a_sweep_refuses_what_can_not_be_set() -> None:
    plain = scenario_of({})
    for dials, code in ((["leaving=0|2"], "value"), (["leaving"], "set"), (["leaving=0|1", "leaving=1"], "set"),
                        (["leaving=0|[1"], "not_yaml")):  # fmt: skip
        with pytest.raises(ScenarioError) as caught:
            list(sweep(plain, dials))
        assert [fault.code for fault in caught.value.faults] == [f"scenario.{code}"]
