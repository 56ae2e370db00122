"""What rises of itself: the change that was to be expected with no help, beside the change that was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.catalogue import capital, indicator_name
from la_research.report.document import Block, Paragraph, slug
from la_research.report.exhibit import rows_forest
from la_research.report.opened import opened

ILLUSION = (
    "Students were chosen in a quiet week, and quiet weeks tend to be followed by less quiet ones with no help at "
    "all (regression to the mean)."
)
LESS_QUIET = "A quiet week tends to be followed by a less quiet one (regression to the mean)."
NEVER = "The change of those contacted is never an effect."


def meter(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """The meter where the rule that chose students is registered, else the change by arm, with the same warning."""
    what = indicator_name(evidence.protocol.support.change_of)
    expected = next((f for f in found if f.id == "evaluation.meter"), None)
    change = next((f for f in found if f.id == "evaluation.prepost"), None)
    if expected is not None and expected.estimate is not None:
        return [
            *_metered(expected, what),
            *opened("The change from before to after, by arm", [change] if change else []),
        ]
    missing = [Paragraph(f"{expected.question} Not analysed: {expected.reason}.")] if expected is not None else []
    return [*missing, *(_by_arm(change, what) if change is not None else ())]


def _metered(finding: Finding, what: str) -> Iterator[Block]:
    seen = next((r.estimate for r in finding.rows if str(r.keys.get("what")) == "seen in those contacted"), None)
    beside = f"; {seen} was seen in those contacted" if seen is not None else ""
    yield Paragraph(f"{LESS_QUIET} With no help a change of {finding.estimate} was to be expected{beside}. {NEVER}")
    title = f"{capital(what)}: the change to be expected with no help, beside the change that was seen"
    drawn = rows_forest(finding, slug(finding.id), title=title, axis=f"change in {what} (SD)")
    if drawn is not None:
        yield drawn


def _by_arm(finding: Finding, what: str) -> Iterator[Block]:
    title = f"{capital(what)} {_moved(finding)}"
    drawn = rows_forest(finding, slug(finding.id), title=title, axis=f"change in {what} (SD)")
    if drawn is not None:
        yield Paragraph(f"{ILLUSION} The figure below shows the size of that illusion. It is not an effect.")
        yield drawn


def _moved(finding: Finding) -> str:
    """What the arms did over time; a rise of all of them is what a choice in a quiet week makes of itself."""
    held = [row.estimate for row in finding.rows if row.estimate is not None and "arm" in row.keys]
    arms = "both arms" if len(held) == 2 else "all arms"
    if held and all((e.lower or 0) > 0 for e in held):
        return f"rose in {arms} after the week of the draw: regression to the mean"
    if held and all((e.upper or 0) < 0 for e in held):
        return f"fell in {arms} after the week of the draw"
    return "before and after the week of the draw, by arm: no common rise or fall is shown"
