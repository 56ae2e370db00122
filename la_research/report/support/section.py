"""The parts of the section in the order of a committee's questions, and which finding stands in which."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from la_research.evaluation.checklists import Item
from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.document import Block, Heading, Paragraph
from la_research.report.opened import opened
from la_research.report.results import questions
from la_research.report.support.beside import beside
from la_research.report.support.checklist import checklist
from la_research.report.support.effect import effects
from la_research.report.support.flow import flow
from la_research.report.support.gate import gates
from la_research.report.support.harms import harms
from la_research.report.support.meter import meter
from la_research.report.support.path import path
from la_research.report.support.received import received
from la_research.report.support.strength import strength
from la_research.report.support.whom import whom

Shown = Callable[[Evidence, Sequence[Finding]], list[Block]]


@dataclass(frozen=True)
class Part:
    """A part of the section: its title, the findings that stand in it, and how they are shown.

    ``topics`` is what their ids read after "evaluation."; a finding stands in the first part that asks for it.
    ``always`` is a part that a study of an effect has even where nothing was found for it.
    """

    title: str
    topics: str
    shown: Shown
    always: bool = False


def _other(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """What no part asks for is shown all the same."""
    told = [finding for finding in found if finding.hypothesis is None]
    return [questions("support-other", "What else can be said of the support", told)] if told else []


def _size(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """What the design could find with the students who are there."""
    return [questions("support-size", "With the students whose outcome is known", found), *opened(NUMBERS, found)]


NUMBERS = "In the outcome's unit, and how many students the smallest effect of interest takes"
HIDDEN = "e_value|robustness_value|rosenbaum|lee_bounds|tipping|calibrated|placebo_outcomes|violations"
PARTS = (
    Part("Was it sound to look at the effect?", r"contact\.gate", gates, always=True),
    Part("How small an effect could it find?", r"planned", _size),
    Part("Does it come out alike when asked in other ways?", rf"contact\.(?!gate|{HIDDEN})[a-z_]+|attrition", beside),
    Part("Did it harm anyone?", r"harm(\.[a-z_]+)?|stopping", harms, always=True),
    Part("What would have happened with no help?", r"meter|prepost", meter),
    Part("What became of the contacts?", r"path", path),
    Part("What did students make of it, and what did it take?", r"uptake|costs|queue|feedback\.[a-z_]+", received),
    Part("Who was drawn, and who was analysed?", r"flow", flow),
    Part("How strong would something hidden have to be?", rf"contact\.({HIDDEN})", strength),
    Part("Whom did it help, and whom not?", r"who", whom),
    Part("Further findings", r".*", _other),
)
"""In the order in which they are shown."""


def support(evidence: Evidence, items: Sequence[Item] = ()) -> list[Block]:
    """The registered effect, then every other finding of the evaluation in its part, then the reporting checklist.

    Parameters
    ----------
    items
        The items of the checklist that the design asks for; none: it is left out.
    """
    blocks = effects(evidence)
    asked = bool(blocks)
    beside_it = [f for f in evidence.findings.of_stage("evaluation") if f.hypothesis is None]
    for part in PARTS:
        own = [finding for finding in beside_it if _part(finding) is part]
        told = part.shown(evidence, own) if own or (asked and part.always) else []
        blocks += [Heading(part.title), *told] if told else []
    if not blocks:
        return [Paragraph("The study registers no support.")]
    return [*blocks, *checklist(evidence, items)]


def _part(finding: Finding) -> Part:
    topic = finding.id.removeprefix("evaluation.")
    return next(part for part in PARTS if re.fullmatch(rf"(?:{part.topics})(?:\.[a-z0-9_]+)*", topic))
