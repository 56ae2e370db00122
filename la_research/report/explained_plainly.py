"""How the score comes about, in plain words: shown on an invented student, and what can be said of a real one."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.indicators.fictional import FICTIONAL
from la_research.report.catalogue import frequency
from la_research.report.document import Block, Bullets, Definitions, Details, Paragraph
from la_research.report.explorer.met import Person, people_met
from la_research.report.explorer.still import sums
from la_research.report.reading import get

NOT_ONE = "For the others another reason would come first if we made the model again, so we give none."
SILENT = "For them the score knows too little, so it should say nothing."
SIMPLER = {
    "equivalent": "A simple score that you can add up on paper does about as well. We say: use that, or none.",
    "inconclusive": "We can not tell yet if a simple score, added up on paper, would do as well.",
    "described": "A simple score, added up on paper, would be wrong more often. Is the extra sum worth it?",
}
MADE_UP = (
    "We made up four students. They are the same in every study. Here is what the model would make of them. "
    "It reads counts. It does not know their story."
)


def explained_plainly(evidence: Evidence) -> list[Block]:
    """Invented students and their scores, the sums of the first, and when a real student could be told a reason.

    Nothing where the study has no model.
    """
    if evidence.protocol.model.label is None:
        return [Paragraph("The study has no model, so there is no score.")]
    people = people_met(evidence, FICTIONAL, evidence.protocol.population.index_week)
    scored = tuple(told for person in people if (told := _scored(evidence, person)))
    blocks: list[Block] = [Paragraph(MADE_UP, lead=True), Definitions(scored)] if scored else []
    blocks += [block for block in sums(people[0]) if isinstance(block, Details)] if scored else []
    said = tuple(_said(evidence))
    blocks += [Bullets(said, "What it could say about a real student")] if said else []
    return blocks or [Paragraph("This was not worked out.")]


def _scored(evidence: Evidence, person: Person) -> tuple[str, str] | None:
    found = get(evidence, f"explanation.met.{person.met.id}")
    if found is None or found.estimate is None or found.estimate.value is None:
        return None
    return person.met.name, f"{' '.join(person.met.story)} Score: {100 * found.estimate.value:.0f} out of 100."


def _said(evidence: Evidence) -> Iterator[str]:
    reasons, silent, simpler = (get(evidence, f"explanation.{name}") for name in ("reasons", "abstaining", "simpler"))
    if (told := _share(reasons)) is not None:
        yield f"One main reason: for {told} whom the model would pick. {NOT_ONE}"
    if (told := _share(silent)) is not None:
        yield f"No suggestion: for {told} whom the model would pick. {SILENT}"
    if simpler is not None and simpler.verdict in SIMPLER:
        yield SIMPLER[simpler.verdict]


def _share(finding: Finding | None) -> str | None:
    return frequency(finding.estimate) if finding is not None and finding.estimate is not None else None
