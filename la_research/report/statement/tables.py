"""What each table of a cohort is to a student: what it is, why it is held, how long, and who sees it."""

from __future__ import annotations

from dataclasses import dataclass

from la_research.protocol import Processing, Protocol
from la_research.report.catalogue import answered, attribute_name, capital, source_name
from la_research.schema import COUNTED

NO_STUDY = "No study was named, so this page can not say."
SEEN = "The people under ‘Who sees it?’."
VAULT_SEEN = "The same people, and only to check that the study works as well for each group."

HOLDS = "The rule writes to students for whom this holds:"

TITLES: dict[str, tuple[str, str]] = {
    "students": ("Your course and background", "Your level, your field, and what you told us when you came."),
    "vault": (
        "Your personal details",
        "Details such as your age group or gender. Some of them have extra protection by law.",
    ),
    "enrolments": ("Your modules", "The modules you are on, and the days you joined or left."),
    "activity": ("What you did, week by week", "Counts of what you did in a week. What you read or wrote is not held."),
    "attendance": ("Your classes", "How many classes you had in a week, and how many you came to."),
    "assessments": ("Your coursework", "When your work was due, when it came in, and the mark."),
    "responses": ("Your answers", "Your answers to the short lists of questions about how you are."),
    "services": ("Help you used", "The weeks in which you used a support service, and which."),
    "contacts": ("Messages and talks", "Each step of a contact: a message, a talk, or a no."),
    "assignments": ("Draws by lot", "Where chance drew who would be written to first, and what it drew for you."),
    "consent": ("Your choices", "Each yes or no you gave to the use of your data, and from which day."),
    "applicability": ("What counts for you", "Which records make sense for you. Some do not if you study online."),
    "outcomes": ("How your modules ended", "What was recorded at the end, such as a pass."),
    "events": ("Single actions", "The time and kind of each action that was recorded."),
}
"""Table: its name for students, and what it is."""


@dataclass(frozen=True, slots=True)
class About:
    """A table in plain words."""

    title: str
    what: str
    why: tuple[str, ...]
    kept: tuple[str, ...]
    seen: str


def about(table: str, protocol: Protocol | None) -> About:
    """What is said of a table.

    Parameters
    ----------
    protocol
        Without one, why and how long can not be told.

    Examples
    --------
    >>> about("attendance", None).what
    'How many classes you had in a week, and how many you came to.'
    >>> import la_research as lar
    >>> about("attendance", lar.load_protocol("protocols/early-engagement")).kept
    ('Weekly counts, kept for two years after the end of term',)
    """
    title, what = TITLES[table]
    if protocol is None:
        return About(title, what, (NO_STUDY,), (NO_STUDY,), NO_STUDY)
    sources = _sources(table, protocol)
    why = tuple(_purpose(name, source, several=len(sources) > 1) for name, source in sources.items())
    own = tuple(dict.fromkeys(answered(source.retention) for source in sources.values()))
    seen = VAULT_SEEN if table == "vault" else SEEN
    return About(title, what, why or _why(table, protocol), own or (answered(protocol.governance.retention),), seen)


def in_words(protocol: Protocol) -> str:
    """The rule of the support in the protocol's words, which need not be true of the reader; "" where there are none.

    Where staff chose, as in an observational study, there is no rule to introduce.
    """
    support = protocol.support
    if not support.trigger or support.design.kind == "observational":
        return support.trigger or ""
    return f"{HOLDS} {support.trigger}"


def _sources(table: str, protocol: Protocol) -> dict[str, Processing]:
    """The registered sources that a table holds."""
    fills = {"activity": COUNTED, "events": COUNTED}.get(table, (table,))
    return {str(name): source for name, source in protocol.sources.items() if name in fills}


def _purpose(name: str, source: Processing, *, several: bool) -> str:
    said = " ".join(text for text in (source.purpose, source.why_needed) if text) or answered(None)
    return f"{source_name(name)}: {said}" if several else said


def _why(table: str, protocol: Protocol) -> tuple[str, ...]:
    """Why a table is held that is no source of behaviour, from what the protocol says of its use."""
    if table == "vault":
        return _vault(protocol)
    if table == "responses":
        return _responses(protocol)
    if table in ("contacts", "assignments"):
        return _support(protocol)
    if table == "consent":
        return (answered(protocol.consent.how_asked),)
    return (WHY[table],)


WHY = {
    "students": "To compare like with like, and to say who is in the study.",
    "enrolments": "To know which modules your weeks belong to, and if you are in the study.",
    "services": "To see if help was used after a contact.",
    "applicability": "A record that does not fit you is left out. It is not read as zero.",
    "outcomes": "To see how a term ended for those in the study.",
    "activity": "The study does not use it.",
    "attendance": "The study does not use it.",
    "assessments": "The study does not use it.",
    "events": "The study does not use it.",
}


def _vault(protocol: Protocol) -> tuple[str, ...]:
    asked = tuple(
        f"{capital(attribute_name(name))}: {answered(item.why)}" for name, item in protocol.fairness.sensitive.items()
    )
    return ("No score reads them. They are opened to check if the study works as well for each group.", *asked)


def _responses(protocol: Protocol) -> tuple[str, ...]:
    said = tuple(f"{name}: {answered(item.why)}" for name, item in protocol.instruments.items())
    return said or ("The study does not use them.",)


def _support(protocol: Protocol) -> tuple[str, ...]:
    return tuple(text for text in (protocol.support.description, in_words(protocol)) if text) or (answered(None),)
