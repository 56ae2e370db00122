"""Dials turned by name: one mechanism switched off, one number set, or a grid of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from la_research.errors import Fault, ScenarioError
from la_research.protocol import Tree, read_tree
from la_research.synthetic.refusals import document_faults
from la_research.synthetic.scenario import Scenario, parse_scenario

MECHANISMS: dict[str, dict[str, Any]] = {
    "association": {"link.between": 0, "link.within": 0},
    "association_between": {"link.between": 0},
    "association_within": {"link.within": 0},
    "need_gaps": {"wellbeing.groups": {}},
    "activity_gaps": {"engagement.groups": {}},
    "term_stress": {"wellbeing.stress": 0, "wellbeing.drift": 0},
    "workload": {"engagement.workload": 0},
    "episodes": {"wellbeing.episodes": 0},
    "over_working": {"coping.works_more": 0},
    "arrows": {"arrows": []},
    "label_bias": {"label_bias.help_seeking": {}, "label_bias.disclosure": {}},
    "measurement_bias": {
        "measurement_bias.item_shift": 0, "measurement_bias.source_shift": 0, "measurement_bias.recordings": 0,
    },
    "consent_selection": {"consent.need": 0, "consent.groups": {}},
    "missing_not_at_random": {"survey.need": 0, "survey.groups": {}},
    "proxy": {"proxy.size": 0},
    "leaving": {"leaving": 0},
    "trigger_selection": {"contact.selection": 0},
    "preference": {"contact.prefers": {}},
    "arms": {"contact.arms": {}},
    "group_draw": {"contact.by": "student", "contact.saturations": []},
    "rollout": {"rollout.weeks": [], "rollout.starts": {}},
    "rollout_activity": {"rollout.activity": 0},
    "differential_trend": {"rollout.trend": 0},
    "nudges": {"nudges.weeks": []},
    "nudge_effect": {"nudges.effect": 0},
    "effect": {"contact.effect": 0, "contact.groups": {}},
    "effect_differences": {"contact.groups": {}},
    "harm": {"contact.harmed": 0},
    "attrition": {"attrition.leaves": 0, "attrition.answers": 0},
    "spillover": {"peers.spillover": 0},
    "climate": {"peers.climate": 0},
    "chilling": {"chilling.told": 0},
    "refusal": {"chilling.refused": 0},
    "gaming": {"gaming.share": 0},
    "feedback": {"feedback.weeks": []},
    "feedback_differences": {"feedback.notice": 0, "feedback.groups": {}},
    "year_drift": {"years.activity": 0, "years.link": 0},
    "duplicates": {"faults.duplicates": 0},
    "clock_skew": {"faults.clock_skew": 0},
    "dead_turnstile": {"faults.dead_turnstile": 0},
    "missing_feed": {"faults.missing_feed": 0},
    "late_marks": {"faults.late_marks": 0},
}  # fmt: skip
"""Each mechanism that can be switched off, and the dials at which it does nothing."""


def without(scenario: Scenario, *mechanisms: str) -> Scenario:
    """The same campus with mechanisms switched off: a counterfactual twin.

    Every difference between the two cohorts of one seed is due to them, and a student whom
    they do not touch, directly or through peers, is the same to the last byte.

    Raises
    ------
    ScenarioError
        ``scenario.unknown_mechanism``.
    """
    unknown = [name for name in mechanisms if name not in MECHANISMS]
    ScenarioError.raise_if(
        Fault("scenario.unknown_mechanism", f"there is no mechanism '{name}'", "--without",
              f"one of: {', '.join(sorted(MECHANISMS))}")
        for name in unknown
    )  # fmt: skip
    return _changed(scenario, {path: value for name in mechanisms for path, value in MECHANISMS[name].items()})


def with_dials(scenario: Scenario, dials: Sequence[str]) -> Scenario:
    """The same campus with dials set by ``path=value``, e.g. ``link.between=0.4``; :func:`sweep` takes many values.

    The value is read as YAML, so ``wellbeing.groups={women: 0}`` and ``contact.looks=[4, 6]`` do too.
    A section or a list is replaced as a whole; ``wellbeing.groups.women=0`` leaves the other groups as they are.

    Raises
    ------
    ScenarioError
        ``scenario.set`` where there is no ``=``, or a dial is set twice; all that
        :func:`parse_scenario` raises.

    Examples
    --------
    >>> from la_research.store import load_scenario
    >>> with_dials(load_scenario("default"), ["wellbeing.groups.women=0"]).wellbeing.groups
    {'women': 0.0, 'disabled': -0.35}
    """
    return _changed(scenario, {path: values[0] for path, values in _asked(dials, several=False).items()})


def grid(scenario: Scenario, dials: Mapping[str, Sequence[Any]]) -> Iterator[tuple[dict[str, Any], Scenario]]:
    """Every combination of values of dials, each with its campus: a sweep.

    >>> from la_research.store import load_scenario
    >>> [at["link.between"] for at, _ in grid(load_scenario("null"), {"link.between": [0, 0.4]})]
    [0, 0.4]
    """
    for values in product(*dials.values()):
        at = dict(zip(dials, values, strict=True))
        yield at, _changed(scenario, at)


def sweep(scenario: Scenario, dials: Sequence[str]) -> Iterator[tuple[dict[str, Any], Scenario]]:
    """Every combination of dials set by ``path=value`` or ``path=a|b|c``, each with its campus; at least one.

    Raises
    ------
    ScenarioError
        What :func:`with_dials` raises.

    Examples
    --------
    >>> from la_research.store import load_scenario
    >>> [at for at, _ in sweep(load_scenario("null"), ["link.between=0|0.4", "link.within=0"])]
    [{'link.between': '0', 'link.within': '0'}, {'link.between': '0.4', 'link.within': '0'}]
    """
    return grid(scenario, _asked(dials, several=True))


def _asked(dials: Sequence[str], *, several: bool) -> dict[str, list[Any]]:
    """The values of each path, with one of them or ``several`` between upright strokes; all faults at once."""
    found: dict[str, list[Any]] = {}
    faults: list[Fault] = []
    for dial in dials:
        path, equals, text = (part.strip() for part in dial.partition("="))
        trees = [read_tree(f"value: {value}", f"--set {path}") for value in (text.split("|") if several else [text])]
        if not (equals and path) or any(tree.whole and list(tree.value) != ["value"] for tree in trees):
            remedy = "write e.g. --set link.between=0.4"
            faults.append(Fault("scenario.set", f"'{dial}' is no PATH=VALUE", "--set", remedy))
            continue
        if path in found:
            faults.append(Fault("scenario.set", f"'{path}' is set twice", f"--set {path}", "keep one of them"))
        faults += [fault for tree in trees for fault in document_faults(tree)]
        found[path] = [tree.value.get("value") for tree in trees]
    ScenarioError.raise_if(faults)
    return found


def _changed(scenario: Scenario, dials: Mapping[str, Any]) -> Scenario:
    tree: dict[str, Any] = scenario.model_dump(mode="json")
    faults = [fault for path, value in dials.items() for fault in _put(tree, path, value)]
    try:
        changed = parse_scenario(Tree(tree))
    except ScenarioError as error:
        told = f"scenario '{scenario.id}' with dials set"
        faults += [replace(fault, where=f"{told}, {fault.where}") for fault in error.faults]
    ScenarioError.raise_if(faults)
    return changed


def _put(tree: dict[str, Any], path: str, value: Any) -> Iterator[Fault]:
    """Set a value in its section; a fault where the path goes on behind a number or into a list."""
    *sections, last = path.split(".")
    place: Any = tree
    for depth, section in enumerate(sections, start=1):
        place = place.setdefault(section, {})
        if not isinstance(place, dict):
            remedy = f"set '{'.'.join(sections[:depth])}' itself"
            yield Fault("scenario.unknown_dial", f"there is no dial '{path}'", f"--set {path}", remedy)
            return
    place[last] = value
