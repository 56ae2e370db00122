"""The reporting checklists: each kind of design has one, and what answers an item exists."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

import la_research
from la_research.evaluation.checklists import CHECKLISTS, Item
from la_research.evidence import Evidence
from la_research.finding import Finding, Findings
from la_research.protocol import Protocol
from la_research.protocol.designs import KINDS
from la_research.store.checklists import load_checklist

SOURCES = Path(la_research.__file__).parent
ITEMS = {name: load_checklist(kind) for kind, name in CHECKLISTS.items()}


def models(annotation: Any) -> set[type[BaseModel]]:
    """The sections inside a type, e.g. inside a tuple of them, or one or none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    inside = get_args(annotation) if get_args(annotation) or isinstance(annotation, UnionType) else ()
    return set().union(*map(models, inside))


def known(key: str) -> bool:
    if key == "deviations":
        return "deviations" in Evidence.__dataclass_fields__
    held: set[type[BaseModel]] = {Protocol}
    for name in key.split("."):
        fields = [model.model_fields[name] for model in held if name in model.model_fields]
        if not fields:
            return False
        held = set().union(*(models(field.annotation) for field in fields))
    return True


@cache
def source(stage: str) -> str:
    rooms = {"design": "pipeline/diagnosis", "cohort": "cohort", "evaluation": "evaluation"}
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((SOURCES / rooms[stage]).rglob("*.py")))


def test_every_kind_of_design_has_a_checklist_but_the_pooling_of_sites_which_report_their_own():
    assert set(CHECKLISTS) == set(KINDS) - {"pooled"}
    assert load_checklist("pooled") == ()


@pytest.mark.parametrize(("name", "numbers"), [("CONSORT 2025", 30), ("TREND", 22), ("STROBE", 22)])
def test_a_checklist_has_all_its_items_once_and_in_order(name, numbers):
    items = [item.item for item in ITEMS[name]]
    assert len(set(items)) == len(items)
    assert sorted({int(item.rstrip("abcd")) for item in items}) == list(range(1, numbers + 1))
    assert all(item.topic and item.section for item in ITEMS[name])


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_every_key_that_answers_an_item_is_a_key_of_the_protocol(name):
    assert [key for item in ITEMS[name] for key in item.keys if not known(key)] == []


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_every_finding_that_answers_an_item_is_made_somewhere(name):
    def made(pattern: str) -> bool:
        stem = pattern.replace("HID", "").replace("WHAT", "").rstrip(".")
        last = stem.rpartition(".")[2]
        text = source(stem.partition(".")[0])
        return stem in text or f'id("{last}")' in text

    assert [pattern for item in ITEMS[name] for pattern in item.patterns if not made(pattern)] == []


def test_a_key_that_is_no_key_of_the_protocol_would_be_seen():
    assert known("support.harms.margin")
    assert not known("support.harm")


def test_an_item_names_the_findings_of_a_study_that_answer_it():
    item = Item("CONSORT 2025", "26", "Results", "The effect", ("evaluation.contact.HID", "evaluation.flow"))
    names = ("evaluation.contact.h3", "evaluation.contact.h3.more", "evaluation.flow", "evaluation.harm.label")
    study = Findings([Finding(name, "Is it so?", "described") for name in names])
    assert item.found(study) == ("evaluation.contact.h3", "evaluation.flow")


def test_no_item_is_answered_by_there_being_a_title_or_a_name():
    assert [
        item.item for items in ITEMS.values() for item in items if {"title", "id", "version"} & set(item.keys)
    ] == []
