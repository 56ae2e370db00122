"""The page of a statement: what a student can do first, then all that is held and worked out about them."""

from __future__ import annotations

from la_research.explanation.trace import FIRST
from la_research.protocol import Protocol
from la_research.report.catalogue import answered
from la_research.report.document import Block, Bullets, Definitions, Document, Paragraph, Section, Table
from la_research.report.statement.contacts import contacted
from la_research.report.statement.held import held
from la_research.report.statement.numbers import numbers
from la_research.report.statement.scores import scored
from la_research.report.statement.tables import NO_STUDY, TITLES
from la_research.report.statement.told import Statement

TITLE = "What we hold about you"
SUBTITLE = "A statement for one student"
ADD = "Tell us what the records can not show, such as “I was ill” or “I work on paper”. Write to:"
NOT_IN_DATA = (
    "What you do on paper, in a book, or with friends.",
    "What you read, write or say. We hold counts, times, marks and your answers.",
    "Why a week was quiet or busy.",
)
CAN_NOT_KNOW = (
    "How you are. It reads counts and no more.",
    "If you were ill, at work, or cared for someone.",
    "If a record is wrong.",
    "What you will do next.",
)
LOGGED = (
    "Each look at what is held about one student goes into a log: who looked, when, and why. Who the student is does "
    "not go into it. The ethics committee sees how many looks there were."
)
WORDS = (
    ("Code", "Letters and digits that stand in place of your name."),
    ("Row", "One line of a table: one fact about you, such as a week or an answer."),
    ("Indicator", "A number for a week, made from counts of what you did."),
    ("Model", "A rule that a computer learned from the data of other students. It does not know how you are."),
    ("Score", "What the model gives: a number from 0 to 1."),
    ("Label", "What the score is set beside, to see how often it is right."),
)


def statement_page(statement: Statement) -> Document:
    """The statement as a page that the student reads.

    Parameters
    ----------
    statement
        What is held and was worked out; nothing in it is about anybody else.

    Returns
    -------
    Document
        What can be done first, with help by day and by night; then what is held, what was worked out, why somebody
        wrote, what is not known, what is held back, and who sees it. Without a study the parts that only a study
        could answer say so.
    """
    p = statement.protocol
    sections = [
        Section("first", "What you can do first", tuple(_first(p))),
        Section("short", "In short", (Bullets(tuple(_short(statement))),)),
        Section("held", "What do you hold about me?", tuple(held(statement))),
    ]
    if p is not None:
        sections += [
            Section("numbers", "What did you work out for each week?", tuple(numbers(statement, p))),
            Section("score", "What did the model make of it?", tuple(scored(statement, p))),
            Section("contact", "Why did you write to me, or not?", tuple(contacted(statement, p))),
        ]
    sections += [
        Section("unknown", "What is not known about me?", tuple(_unknown(statement))),
        Section("withheld", "Is anything held back from me?", tuple(_withheld(statement))),
        Section("seen", "Who sees it?", tuple(_seen(p))),
        Section("words", "How we use these words", (Definitions(WORDS),)),
    ]
    return Document(
        title=TITLE,
        subtitle=SUBTITLE,
        audience="one student",
        data=statement.provenance.data,
        sections=tuple(sections),
        facts=_facts(statement),
        footer=("The same data stand beside this page: statement.json holds all of it, each table is a CSV file.",),
    )


def _facts(statement: Statement) -> tuple[tuple[str, str], ...]:
    p = statement.protocol
    study = f"{p.title} ({p.id}, version {p.version})" if p else "none was named"
    return (("Your code", statement.student), ("Study", study), ("Made on", statement.made))


def _first(p: Protocol | None) -> list[Block]:
    if p is None:
        return [Bullets(FIRST), Paragraph("Ask who gave you this page. No study was named for it.")]
    g, i = p.governance, p.institution
    told = (
        ("A record is wrong", answered(g.correction)),
        ("Add something", f"{ADD} {answered(i.contact)}"),
        ("Say no", answered(g.refusal)),
        ("Take a yes back", answered(p.consent.withdrawal)),
        ("Talk to a person", answered(i.contact)),
        ("Object or complain", answered(g.complaint)),
        ("Help by day", answered(i.support_day)),
        ("Help by night", answered(i.support_night)),
        ("My grade or visa", answered(g.grade_or_visa)),
    )
    return [Bullets(FIRST), Definitions(told)]


def _short(statement: Statement) -> list[str]:
    full = [name for name, table in statement.rows.items() if table.num_rows]
    said = [f"Here are {_counted(statement.held, 'row')} about you, in {_counted(len(full), 'table')}."]
    for one in statement.enrolled:
        state = f"you are not in the study: {one.reason}" if one.reason else "you are in the study"
        said.append(f"{one.module} in {one.presentation}: {state}.")
    if statement.protocol is None:
        said.append("No study was named, so no numbers were worked out for this page.")
    elif "score" in statement.hidden:
        said.append("What the model made of your data is held back.")
    elif statement.scores:
        said.append("The model gave you a score. It does not say how you are.")
    else:
        said.append(f"The model gave you no score: {statement.reason}.")
    back = len(statement.withheld)
    said.append(
        f"{_counted(back, 'item')} {'is' if back == 1 else 'are'} held back." if back else "Nothing is held back."
    )
    return said


def unknown(statement: Statement) -> tuple[str, ...]:
    """What the data do not hold: of this student where the weeks were gone through, else of everybody."""
    return tuple(dict.fromkeys(text for one in statement.explained.values() for text in one.unknown)) or NOT_IN_DATA


def _unknown(statement: Statement) -> list[Block]:
    blocks: list[Block] = [Bullets(unknown(statement), "What the data do not hold")]
    return blocks + ([Bullets(CAN_NOT_KNOW, "What the model can not know")] if statement.protocol else [])


def _withheld(statement: Statement) -> list[Block]:
    if not statement.withheld:
        return [Paragraph("No. All that is held about you is on this page, or in the files beside it.")]
    rows = tuple((item_name(what), policy) for what, policy in statement.withheld)
    blocks: list[Block] = [
        Paragraph("Yes. The study has a policy for these. You can ask for them, and you can complain."),
        Table("withheld", "What is held back, and why", ("Item", "What it says"), rows),
    ]
    gone = sorted(statement.hidden - {what for what, _ in statement.withheld})
    if gone:
        blocks.append(Paragraph(f"What they could be read off is held back with them: {', '.join(gone)}."))
    return blocks


def item_name(what: str) -> str:
    """What a student calls an item that is held back.

    >>> item_name("services"), item_name("score")
    ('Help you used', 'The score of the model')
    """
    return TITLES[what][0] if what in TITLES else f"The {what} of the model"


def _seen(p: Protocol | None) -> list[Block]:
    if p is None:
        return [Paragraph(NO_STUDY), Paragraph(LOGGED)]
    g = p.governance
    access = tuple((item.who, item.what) for item in g.access) or (("Who sees what", answered(None)),)
    kept = (("Kept where", answered(g.location)), ("Kept for", answered(g.retention)))
    return [Definitions(access), Definitions(kept), Paragraph(LOGGED)]


def _counted(n: int, what: str) -> str:
    """
    >>> _counted(1, "row"), _counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"
