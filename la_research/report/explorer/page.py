"""The advisory explorer as a frozen value: a document that stands without a script, and what the script reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from la_research.errors import Fault, ProtocolError
from la_research.evidence import Evidence
from la_research.protocol import Protocol
from la_research.protocol.analysis import Explorer as Registered
from la_research.protocol.validation import Triggers
from la_research.report.card import collected, complaints, helped, kept, mine, refusal, seen
from la_research.report.catalogue import answered, outcome_name
from la_research.report.document import Block, Bullets, Definitions, Details, Document, Notice, Paragraph, Section
from la_research.report.explorer.cells import ANY, Grid, grid
from la_research.report.explorer.comments import FORMAT, LONGEST, MOST
from la_research.report.explorer.dials import SCORE, Cut, Dial
from la_research.report.explorer.met import Met, Person, people_met
from la_research.report.explorer.settings import Setting, nearest, own_place, registered, week_words
from la_research.report.explorer.still import met_still, still
from la_research.report.explorer.words import (
    COMMENTS,
    FEW,
    HELP,
    INVENTED,
    MEASURES,
    NEED,
    NOBODY,
    NOT_HERE,
    NOT_WRITTEN,
    OUT_OF,
    PERSON,
    TOPICS,
    WORDS,
)
from la_research.report.reading import data_level

SUBTITLE = "Try the rule: a page for students"
WRITTEN = (
    "The study's team made it with a program, la_research. "
    "The words were written by people; every number comes from the study's own results."
)


@dataclass(frozen=True)
class Explorer:
    """The page of an advisory group.

    Parameters
    ----------
    document
        All that the page says without a script: sections "rule", "meet", "card" and "think".
    live
        What the script reads: numbers out of 1,000, words, and nothing about a person; no "rules" where none was tried.
    people
        The invented students, in the order shown.
    lead
        A few sentences that stand above both.
    """

    document: Document
    live: Mapping[str, Any]
    people: tuple[Person, ...]
    lead: tuple[str, ...]


def explorer_report(evidence: Evidence, fictional: Sequence[Met] = ()) -> Explorer:
    """The page on which an advisory group changes the contact rule and sees who would be contacted or missed.

    Parameters
    ----------
    evidence
        The frozen evidence of a study; its findings ``validation.explorer.RULE`` hold every number of the page.
    fictional
        Stories of the invented students of the findings ``explanation.met.KIND``.

    Raises
    ------
    ProtocolError
        ``explorer.not_registered`` where the study registers no contact rules, or no explorer.
    """
    triggers, asked = tried(evidence.protocol)
    p, held = evidence.protocol, grid(evidence)
    here = registered(held, p)
    people = people_met(evidence, fictional, p.population.index_week)
    hours = tuple(sorted({*asked.hours, triggers.hours}))
    sections = (
        Section("rule", "Change the rule", tuple(_rule(held, here, p, triggers))),
        Section("meet", "Meet four students", tuple(_meet(people, held, here))),
        Section("card", "Your questions", tuple(_card(evidence))),
        Section("think", "What do you think?", tuple(_think(p))),
    )
    document = Document(
        title=p.title,
        subtitle=SUBTITLE,
        audience="student advisory group",
        data=data_level(evidence),
        sections=sections,
        footer=(f"Study {p.id}, version {p.version}. The reports read the same numbers.",),
        language=p.language,
    )
    settings = _live(held, here, people, p, triggers, hours) if here else {}
    lead = (NOBODY, PERSON)
    return Explorer(document, {**_always(p), **settings}, people, lead)


def tried(protocol: Protocol) -> tuple[Triggers, Registered]:
    """What the study registers of contact rules, and of trying others out.

    Raises
    ------
    ProtocolError
        ``explorer.not_registered``.
    """
    triggers, asked = protocol.validation.triggers, protocol.explanation.explorer
    if triggers is None or asked is None:
        problem = "the study registers no contact rules that an advisory group could try out"
        remedy = "register validation.triggers and explanation.explorer, and run the study again"
        raise ProtocolError(Fault("explorer.not_registered", problem, f"study {protocol.id}", remedy))
    return triggers, asked


def _rule(held: Grid, here: Setting | None, p: Protocol, triggers: Triggers) -> list[Block]:
    need = outcome_name(p.outcome(triggers.need))
    blocks: list[Block] = [Bullets((NEED.format(outcome=need), OUT_OF, FEW, HELP))]
    if here is None:
        blocks = [Notice("No rule could be tried", "So there is nothing to change here.")]
    else:
        blocks += still(held, here, nearest(held, here, p), triggers, triggers.hours)
    if held.reasons:
        blocks.append(Definitions(tuple((f"{name}: not tried", reason) for name, reason in held.reasons)))
    return blocks


def _meet(people: Sequence[Person], held: Grid, here: Setting | None) -> list[Block]:
    if not people or here is None:
        return [Paragraph("Their numbers were not worked out in this study.")]
    return [Paragraph(INVENTED, lead=True), *met_still(people, held, here)]


def _card(evidence: Evidence) -> list[Block]:
    """What students asked first (Freccero et al. 2025, doi:10.2196/70327), each answer to be opened."""
    p = evidence.protocol
    said: dict[str, Sequence[Block]] = {
        "What is collected?": collected(p),
        "Who sees it?": seen(p),
        "Where is it kept, and how is it used?": kept(p),
        "Is my data in here?": mine(evidence, hidden=WORDS["hidden"]),
        "Can I say no, and what do I lose?": refusal(p),
        "Can it touch my grade or visa?": (Paragraph(answered(p.governance.grade_or_visa)),),
        "Who do I complain to?": (Definitions(complaints(p)[:-1]),),
        "Who pays, and who wrote this?": (Definitions((*complaints(p)[-1:], ("Who wrote this page", WRITTEN))),),
        "Who helps me, day and night?": (Definitions(helped(p)),),
    }
    return [Details(question, tuple(blocks)) for question, blocks in said.items()]


def _think(p: Protocol) -> list[Block]:
    return [
        Paragraph(NOT_WRITTEN.format(contact=answered(p.institution.contact))),
        Paragraph(NOT_HERE),
        Definitions(helped(p)),
    ]


def _always(p: Protocol) -> dict[str, Any]:
    """What the script needs for comments, whatever was tried, and what stands above their box."""
    lines = tuple(line.format(contact=answered(p.institution.contact)) for line in COMMENTS)
    return {
        "words": WORDS,
        "feedback": {
            "format": FORMAT, "study": p.id, "protocol": p.digest, "language": p.language, "most": MOST,
            "longest": LONGEST, "topics": TOPICS, "file": f"comments-{p.id}.json", "lines": lines,
        },
    }  # fmt: skip


def _live(
    held: Grid, here: Setting, people: Sequence[Person], p: Protocol, triggers: Triggers, hours: tuple[float, ...]
) -> dict[str, Any]:
    """What the script reads of the settings."""
    return {
        "rules": [_of_dial(dial, p) for dial in held.dials],
        "weeks": [{"week": week, "words": week_words(week, held.weeks)} for week in held.weeks],
        "measures": [
            {"id": id_, "name": name, "sentence": sentence, "who": who}
            for id_, (name, sentence, who) in MEASURES.items()
        ],
        "attributes": _attributes(held),
        "cells": [[[_cells(held, d, c, w) for w in held.weeks] for c in d.cuts] for d in held.dials],
        "contacts": [[held.a_week(d.rule, c.value, ANY).as_json() for c in d.cuts] for d in held.dials],
        "lines": [[_lines(held, d, c) for c in d.cuts] for d in held.dials],
        "silent": held.silent,
        "hours": hours,
        "minutes": triggers.minutes,
        "start": {
            "rule": held.dials.index(here.dial), "cut": here.cut, "week": held.weeks.index(here.week),
            "hours": hours.index(triggers.hours),
        },
        "people": [_of_person(person) for person in people],
    }  # fmt: skip


def _of_dial(dial: Dial, p: Protocol) -> dict[str, Any]:
    cuts = [{"value": c.value, "words": c.words, "yes": c.yes, "no": c.no} for c in dial.cuts]
    score = dial.rule == SCORE
    return {
        "id": dial.rule, "label": dial.label, "plain": dial.plain, "below": dial.below, "score": score,
        "own": own_place(dial, p), "cuts": cuts,
    }  # fmt: skip


def _cells(held: Grid, dial: Dial, cut: Cut, week: int) -> list[list[list[int] | int | None]]:
    """Counts of a setting by measure and group."""
    groups = list(held.groups())
    return [[held.count(dial.rule, cut.value, week, what, g).as_json() for g in groups] for what in MEASURES]


def _lines(held: Grid, dial: Dial, cut: Cut) -> list[float | None]:
    """The lowest score that writes, by week; none for another rule."""
    return [held.line(cut.value, week) for week in held.weeks] if dial.rule == SCORE else []


def _attributes(held: Grid) -> list[dict[str, Any]]:
    """Attributes, and where the groups of each stand among all groups."""
    found, at = [], 1
    for attribute in held.attributes:
        found.append({"name": attribute.name, "first": at, "groups": [name for _, name in attribute.groups]})
        at += len(attribute.groups)
    return found


def _of_person(person: Person) -> dict[str, Any]:
    readings = {
        rule: [{"week": week, "value": one.value, "said": one.words} for week, one in sorted(by_week.items())]
        for rule, by_week in person.readings.items()
    }
    return {"name": person.met.name, "need": person.met.need, "readings": readings}
