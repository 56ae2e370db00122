"""The card: what students ask of any study before its results, answered from the protocol."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evidence import Evidence
from la_research.protocol import QUESTIONNAIRES, Processing, Protocol, Questionnaire
from la_research.report.catalogue import (
    NOT_ANSWERED,
    SOURCES,
    answered,
    capital,
    indicator_name,
    indicator_plain,
    source_name,
)
from la_research.report.document import Block, Bullets, Definitions, Paragraph, Table
from la_research.report.reading import data_level


def collected(p: Protocol) -> list[Block]:
    """What is collected, and why, source by source."""
    held = tuple((source_name(name), _held(name, source)) for name, source in p.sources.items())
    blocks: list[Block] = [Definitions(held)]
    asked = tuple(f"{name}: {i.items} short questions about {i.construct}" for name, i in questionnaires(p))
    if asked:
        blocks.append(Bullets(asked, "It also asks you questions. You can skip them."))
    if p.fairness.sensitive:
        blocks.append(
            Paragraph(
                "Facts like gender or age are kept apart. They serve only to check if the model works for each group."
            )
        )
    return blocks


def _held(name: str, source: Processing) -> str:
    why, how_long = (stopped(answered(text)) for text in (source.purpose, source.retention))
    return f"{SOURCES[name][1]}. Why: {why} How long: {how_long}"


def stopped(text: str) -> str:
    """The text with a full stop, where it has no end of its own."""
    return text if text[-1] in ".?!" else f"{text}."


def questionnaires(p: Protocol) -> list[tuple[str, Questionnaire]]:
    """The questionnaires that the study asks."""
    return [(name, QUESTIONNAIRES[name]) for name in p.instruments]


def seen(p: Protocol) -> list[Block]:
    """Who sees what."""
    if not p.governance.access:
        return [Definitions((("Who sees it", NOT_ANSWERED),))]
    rows = tuple((a.who, a.what) for a in p.governance.access)
    return [Table("access", "Who sees what", ("Who", "What they see"), rows)]


def kept(p: Protocol) -> list[Block]:
    """Where data are kept and for how long, what is worked out of them, and what for."""
    used = [f"{capital(indicator_name(name))}: {indicator_plain(name)}" for name in p.indicators]
    blocks: list[Block] = [
        Definitions((("Where", answered(p.governance.location)), ("How long", answered(p.governance.retention)))),
        Bullets(tuple(used), "From your study data we work out these things:"),
    ]
    if p.model.label is not None:
        blocks.append(Definitions((("What the model's score is for", answered(p.model.score.purpose)),)))
    blocks.append(bulleted("What it is not used for", p.out_of_scope))
    return blocks


def mine(evidence: Evidence, flow: Sequence[Block] = (), hidden: str = "suppressed") -> list[Block]:
    """Whether a reader's data are in it, and who is; how many are in and out goes between, where it is shown."""
    p, level = evidence.protocol, data_level(evidence)
    said = {
        "synthetic": "No. All students in this report are made up by a computer. No real student is in it.",
        "twin": "No record of yours is in it, but the look-alikes were fitted to records of students, "
        "and yours may have shaped them.",
        "open": "Only if you are in the data that were made public. Names were taken out before we got them.",
        "restricted": "It may be. You are in it if you fit the words below and you said yes.",
    }[level]
    blocks: list[Block] = [Paragraph(said, lead=True)]
    blocks.append(Definitions((("Who the study is about", answered(p.population.description)),)))
    blocks += flow
    least = p.disclosure.minimum_group_size
    blocks.append(Paragraph(f"We never show a group of fewer than {least} students. It reads “{hidden}”."))
    return blocks


def refusal(p: Protocol) -> list[Block]:
    """How to say no, and what it costs."""
    return [
        Paragraph(answered(p.governance.refusal), lead=True),
        Definitions(
            (
                ("How you are asked", answered(p.consent.how_asked)),
                ("If you change your mind", answered(p.consent.withdrawal)),
            )
        ),
    ]


def helped(p: Protocol) -> tuple[tuple[str, str], ...]:
    """Who helps by day and at night."""
    route = p.governance.escalation
    urgent = (
        (f"{route.role} ({route.hours}). You hear back within {route.longest_response_hours} hours.",) if route else ()
    )
    return (
        ("By day", answered(p.institution.support_day)),
        ("At night", answered(p.institution.support_night)),
        *(("If you need help at once", text) for text in urgent),
    )


def complaints(p: Protocol) -> tuple[tuple[str, str], ...]:
    """Who hears a complaint, who answers for the study, who pays."""
    return (
        ("To complain", answered(p.governance.complaint)),
        ("To see or correct your data", answered(p.governance.correction)),
        ("To ask us", answered(p.institution.contact)),
        ("Who answers for the study", answered(p.roles.accountable)),
        ("Who pays for it", answered(p.governance.funding)),
    )


def bulleted(title: str, items: tuple[str, ...]) -> Block:
    """A list under a title; "not answered" where nobody said anything."""
    return Bullets(tuple(items), title) if items else Definitions(((title, NOT_ANSWERED),))
