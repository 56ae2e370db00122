"""Why somebody wrote to a student, or nobody did: what a rule did, and each step that followed."""

from __future__ import annotations

from typing import Any

from la_research.protocol import Protocol
from la_research.report.catalogue import STEPS, capital, indicator_name
from la_research.report.document import Block, Bullets, Definitions, Details, Paragraph, Table
from la_research.report.statement.cells import shown
from la_research.report.statement.tables import in_words
from la_research.report.statement.told import Explained, Statement

NOBODY = "Nobody wrote to you in this study."
HELD_BACK = "The steps of any contact are held back. The policy stands under ‘Is anything held back from me?’."
ARITHMETIC = "This is arithmetic. It is not advice, and no number has to be changed."
TRIED = "Rules that the study also tried"
PERSON = "A rule suggests, and a person decides. A message offers help. It asks for no reasons."


def contacted(statement: Statement, protocol: Protocol) -> list[Block]:
    """What the registered rule did with this student's number, what chance drew, and each step in words."""
    if "contacts" not in statement.rows:
        return [Paragraph(HELD_BACK)]
    steps = statement.rows["contacts"].to_pylist()
    blocks: list[Block] = [Paragraph(NOBODY, lead=True)] if not steps else []
    told = [*_rule(statement, protocol), *_drawn(statement)]
    wrote = {step["rule"] for step in steps if step["step"] == "sent"}
    if wrote:
        told.append("So we wrote to you." if told and wrote <= _lots(statement, protocol) else "We wrote to you.")
    if told:
        blocks.append(Paragraph(" ".join(told), lead=bool(steps)))
    if protocol.support.trigger:
        blocks.append(Definitions((("The rule, in words", in_words(protocol)),)))
    if steps:
        rows = tuple((_when(step), _said(step)) for step in steps)
        blocks.append(Table("contact-steps", "Each step that is recorded", ("When", "What it says"), rows))
    return [*blocks, Paragraph(PERSON), *_margins(statement)]


def _margins(statement: Statement) -> list[Block]:
    """Where the lines of the rules lay beside this student's week; by module where there are several."""
    several = len(statement.explained) > 1
    return [
        Details(f"What would have changed the number{f' ({unit})' if several else ''}",
                (Paragraph(ARITHMETIC), *_lines(one)))
        for unit, one in statement.explained.items() if one.margins or one.tried
    ]  # fmt: skip


def _lines(one: Explained) -> list[Bullets]:
    """What would have changed the number, and under a heading of its own what chose nobody."""
    parts = (Bullets(one.margins), Bullets(one.tried, TRIED))
    return [part for part in parts if part.items]


def _rule(statement: Statement, protocol: Protocol) -> list[str]:
    """What the rule read of this student in the week of the draw, or in the index week, and on which side it lay."""
    meter = protocol.support.meter
    if meter is None or "indicators" in statement.hidden:
        return []
    weeks = {row["week"] for row in _assigned(statement)} or {protocol.population.index_week}
    said = []
    for one in statement.weekly:
        if one.indicator == meter.indicator and one.week in weeks and one.value is not None:
            name = indicator_name(one.indicator)
            said.append(f"In week {one.week} your number for ‘{name}’ was {shown(one.value)}.")
            side = "" if one.value < meter.below else "not "
            said.append(f"The line was {meter.below:g}, so by this number you were {side}under the line.")
            if side and _assigned(statement):
                said.append("You can ask why you were in the draw.")
    return said


def _drawn(statement: Statement) -> list[str]:
    return [f"Chance then drew ‘{row['arm']}’ for you in week {row['week']}." for row in _assigned(statement)]


def _lots(statement: Statement, protocol: Protocol) -> set[str]:
    """Names by which the log of contacts knows the registered support."""
    return {str(protocol.support.trial), *(row["trial"] for row in _assigned(statement))}


def _assigned(statement: Statement) -> list[dict[str, Any]]:
    return statement.rows["assignments"].to_pylist() if "assignments" in statement.rows else []


def _when(step: dict[str, Any]) -> str:
    return f"Day {step['at']} of {step['presentation']}"


def _said(step: dict[str, Any]) -> str:
    return f"{capital(STEPS.get(step['step'], step['step']))} (rule: {step['rule']})"
