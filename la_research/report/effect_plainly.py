"""What students read of an effect in a plain table: how students were chosen, did it help, and what to ask next."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.evaluation.table import TableEffect
from la_research.finding import Estimate
from la_research.report.document import Answer, Block, Bullets, Definitions, Document, Paragraph, Section
from la_research.report.effect_table import main_finding
from la_research.report.support_plainly import (
    NOT_BEFORE_AND_AFTER,
    did_not_look,
    gate_failed,
    how_chosen,
    in_words,
)
from la_research.report.table_plainly import MINE, SUBTITLE

TO_ASK = (
    "What was offered, and to whom?",
    "Who chose who got it, and why?",
    "What harm was looked for, and by whom?",
    "Can I say no to it?",
    "Who can stop it?",
)
UNKNOWN = (
    "If it helped some more than others, this does not say.",
    "If it did harm, this does not say. Nobody told the table.",
    "Students who are not in the table may have done better or worse.",
)
WORDS = (
    ("Likely between", "We saw only some students. The true number is likely in this range."),
    ("95% CI", "The same range, as experts write it."),
    ("n", "How many students or rows are behind a number."),
    ("We can not tell", "The numbers fit with a change, and they fit with none."),
)


def effect_advisory_report(found: TableEffect) -> Document:
    """The report on an effect in a plain table that a student advisory group reads.

    Parameters
    ----------
    found
        The same that the committee's report reads.

    Returns
    -------
    Document
        The answer first, then how students were chosen, whether one's own data are in it, what is not known, what to
        ask. Whether a change is good or bad is left to the reader: a table does not say which way is better.
    """
    sections = (
        Section("short", "What we found", tuple(_short(found))),
        Section("chosen", "How were students chosen?", tuple(_chosen(found))),
        Section("mine", "Is my data in here?", (Paragraph(MINE[found.data], lead=True),)),
        Section("unknown", "What do we not know?", (Bullets(UNKNOWN),)),
        Section(
            "ask", "What can you ask?", (Paragraph("The table does not say. Ask those who ran it:"), Bullets(TO_ASK))
        ),
        Section("words", "How we use these words", (Definitions(WORDS),)),
    )
    return Document(
        title=f"Effect of support in {found.file}",
        subtitle=SUBTITLE,
        audience="student advisory group",
        data=found.data,
        sections=sections,
        footer=(f"Table {found.file}. The ethics committee reads the same numbers.",),
    )


def _short(found: TableEffect) -> Iterator[Block]:
    effect, gate = main_finding(found)
    outcome = found.columns.get("outcome", "the outcome")
    asked = f"Did the support change “{outcome}”?"
    failed = gate_failed(gate) if gate else []
    if effect.estimate is None:
        shut = bool(failed) and (effect.reason or "").startswith("gate:")
        told = did_not_look(failed, "") if shut else f"There is no number. The reason: {effect.reason}."
        yield Answer("", asked, "We did not look" if shut else "Not tested", "none", told)
    else:
        yield Answer("", asked, changed(effect.estimate), "none", "", effect.estimate, in_words(effect.estimate))
    sure = "Nothing was set before. So take it as a first look, and no more."
    yield Definitions((("How sure we are", sure), ("What happens next", "People decide. See: what can you ask?")))


def changed(held: Estimate) -> str:
    """Whether there was more or less of the outcome, where the interval leaves no doubt of it.

    >>> changed(Estimate(2.0, -0.5, 4.5, 0.95, "units of 'marks'", 200, "welch"))
    'We can not tell'
    """
    if held.lower is None or held.upper is None or held.lower <= 0 <= held.upper:
        return "We can not tell"
    return "There was more of it" if held.lower > 0 else "There was less of it"


def _chosen(found: TableEffect) -> Iterator[Block]:
    effect, gate = main_finding(found)
    drawn = found.settings.get("randomised", "").lower() in ("true", "yes", "1")
    yield Paragraph(how_chosen(found.design, drawn=drawn), lead=True)
    passed = sum(row.keys["reads"] == "passed" for row in gate.rows) if gate else 0
    if passed and effect.estimate:
        yield Paragraph(f"We made checks before we looked. {passed} of {len(gate.rows) if gate else 0} passed.")
    yield Paragraph(NOT_BEFORE_AND_AFTER)
