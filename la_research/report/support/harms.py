"""The harm ledger: a line for each registered harm whatever it says, and what was seen at each look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.protocol.support import Harm
from la_research.report.catalogue import HARMS, readable, verdict_words
from la_research.report.claims import sentence
from la_research.report.document import Answer, Block, Cell, Paragraph, Table
from la_research.report.gap import points
from la_research.report.opened import opened
from la_research.report.reading import get

NOTHING = "evaluation.harm"
"""The finding that says that no harm was registered."""
NONE = "No harm was registered, so none was looked for. That nothing is reported does not mean that nothing happened."
RULED_OUT = "That much is ruled out."
COMPARED = ("distress", "label")
"""Harms whose number is one share less another, and counts in percentage points."""
LOOKED = "evaluation.stopping"


def harms(evidence: Evidence, found: Sequence[Finding]) -> list[Block]:
    """Harm that was shown first, then the ledger, the looks, and all numbers on demand."""
    ledger = [f for f in found if f.id not in (LOOKED, NOTHING)]
    registered: dict[str, Harm] = {harm.what: harm for harm in evidence.protocol.support.harms}
    if not ledger and not registered:
        return [Paragraph(NONE)]
    blocks: list[Block] = [_alarm(finding) for finding in ledger if finding.verdict == "harm shown"]
    rows = tuple(_row(finding, registered.get(_what(finding))) for finding in ledger)
    rows += tuple(
        (HARMS[what], "Not analysed", "no finding", _margin(harm), "It was registered and not looked for.")
        for what, harm in registered.items()
        if what not in {_what(finding) for finding in ledger}
    )
    columns = ("Harm", "Verdict", "How much more", "Too much would be", "What it means")
    blocks.append(Table("harms", "Each registered harm, whatever the gate says", columns, rows, _notes(ledger)))
    blocks += _looks(get(evidence, LOOKED))
    return [*blocks, *opened("How each harm was measured, and what was seen at each look", found)]


def _what(finding: Finding) -> str:
    return finding.id.split(".")[2]


def _alarm(finding: Finding) -> Answer:
    words, tone = verdict_words(finding.verdict)
    return Answer("", finding.question, words, tone, "", finding.estimate, sentence(finding.reason or ""))


def _row(finding: Finding, harm: Harm | None) -> tuple[Cell, ...]:
    word = verdict_words(finding.verdict)[0]
    return (HARMS.get(_what(finding), readable(_what(finding))), word, _number(finding), _margin(harm), _means(finding))


def _number(finding: Finding) -> Cell:
    """The number with its interval; where it would tell of a few students, that it is not shown."""
    if finding.estimate is None:
        return "none" if finding.verdict == "not analysed" else "suppressed: too few students"
    return points(finding.estimate) if _what(finding) in COMPARED else finding.estimate


def _margin(harm: Harm | None) -> str:
    if harm is None:
        return "not registered"
    size = f"{100 * harm.margin:g}"
    return {
        "opt_out": f"{size} in 100 contacted",
        "complaint": f"{size} in 100 contacted",
        "chilling": f"{size} in 100 actions fewer",
        "distress": f"{size} points",
        "label": f"{size} points",
    }.get(harm.what, f"{harm.margin:g} SD")


def _means(finding: Finding) -> str:
    if finding.verdict == "harm excluded":
        return RULED_OUT
    return sentence(finding.reason or "") or verdict_words(finding.verdict)[0]


def _notes(ledger: Sequence[Finding]) -> tuple[str, ...]:
    """How to read the numbers, and what all findings say of who is observed."""
    shared = ledger[0].limitations[:1] if ledger else ()
    return ("Above zero is more harm; points are percentage points.", *shared)


def _looks(finding: Finding | None) -> Iterator[Block]:
    if finding is None:
        return
    if finding.verdict == "harm shown":
        crossed = [row for row in finding.rows if row.verdict == "harm shown"]
        told = "; ".join(
            f"look {row.keys.get('look')}, {HARMS.get(str(row.keys.get('harm')), 'a harm').lower()}" for row in crossed
        )
        yield Answer("", finding.question, "A boundary was crossed", "alert", f"At {told}.", None, _who(finding))
    elif finding.verdict == "not analysed":
        yield Paragraph(f"{finding.question} Not analysed: {finding.reason}.")
    else:
        looks = len({row.keys.get("look") for row in finding.rows})
        yield Paragraph(f"At none of {looks} looks did a harm cross its boundary. {_who(finding)}")


def _who(finding: Finding) -> str:
    return sentence(next((text for text in finding.limitations if text.startswith("Who decides")), ""))
