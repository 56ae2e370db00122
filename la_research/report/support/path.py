"""What became of the contacts: students by step with the share that went on, errors of consent, and crises."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Row
from la_research.report.catalogue import STEPS, capital, printed, readable, verdict_words
from la_research.report.claims import sentence
from la_research.report.document import Answer, Block, Cell, Table
from la_research.report.opened import opened

WHOLE, DROP_OFF = "evaluation.path", "evaluation.path.drop_off"
RIGHT = {
    "evaluation.path.consent": "Contacted without consent, or a code that allows it",
    "evaluation.path.second_source": "Another source looked at before the contact",
    "evaluation.path.escalation": "Time until a student in a crisis was passed on",
}
"""Whether the contacts went as they should."""
CONSENT = "evaluation.path.consent"
NONE = "–"


def path(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """A table of steps, whether contacts went as they should, and both by group on demand."""
    held = {finding.id: finding for finding in found}
    errors = [f for f in found if f.id == CONSENT and any(a.holds is False for a in f.assumptions)]
    blocks: list[Block] = [_error(finding) for finding in errors]
    blocks += _steps(held.get(WHOLE), held.get(DROP_OFF))
    asked = [f for f in found if f.id in RIGHT and f not in errors]
    if asked:
        rows = tuple((RIGHT[f.id], f.estimate or f"{f.verdict}: {f.reason}") for f in asked)
        blocks.append(Table("path-right", "Did the contacts go as they should?", ("Asked", "Found"), rows))
    behind = [f for f in found if f.id != WHOLE and f.rows]
    return [*blocks, *opened("Where contacts end, by group of students, and what limits these numbers", behind)]


def _error(finding: Finding) -> Answer:
    told = "Contacts without consent, or without a code that allows them, are in the log."
    return Answer("", finding.question, "Error in the contacts", "alert", told, finding.estimate,
                  sentence(finding.reason or ""))  # fmt: skip


def _steps(whole: Finding | None, drop_off: Finding | None) -> list[Block]:
    """Each step with its students, and of those at the step before the share that went on."""
    if whole is None and drop_off is None:
        return []
    went_on = {str(row.keys.get("what")): row for row in (drop_off.rows if drop_off else ())}
    counted = {str(row.keys.get("step")): row for row in (whole.rows if whole else ())}
    steps = [step for step in STEPS if step in counted or step in went_on]
    rows = tuple((capital(STEPS[step]), _count(counted.get(step)), _share(went_on.get(step))) for step in steps)
    if not rows:
        return [_nothing(finding) for finding in (whole, drop_off) if finding is not None]
    title = "How far the contacts got, in students"
    return [Table("steps", title, ("Step", "Students", "Of those at the step before"), rows)]


def _nothing(finding: Finding) -> Answer:
    words, tone = verdict_words(finding.verdict)
    return Answer("", finding.question, words, tone, reason=sentence(finding.reason or ""))


def _count(row: Row | None) -> str:
    return printed(row.estimate, readable(row.verdict or "suppressed")) if row is not None else NONE


def _share(row: Row | None) -> Cell:
    if row is None:
        return NONE
    held: Estimate | None = row.estimate
    return held if held is not None else row.verdict or "suppressed"
