"""Looks at one person's data: who may, and how many there were, by whom and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from la_research.protocol import LEVELS, Protocol

NOT_GIVEN = "not given"
REASONS = ("own request", "correction", "complaint", "check", NOT_GIVEN)
"""Reasons that a report names; whatever else was written may name a person and reads "another reason"."""
Outcome = Literal["given", "refused"]


@dataclass(frozen=True, slots=True)
class Access:
    """One look at one person's data, or one that was refused. Whose data they are is never in it.

    Parameters
    ----------
    when
        Day, or day and time, as it was given.
    who, why
        In the words of who looked; "not given" where nobody asked.
    verb
        The command.
    outcome
        "given" or "refused"; refused is also who is not in the cohort.
    withheld
        Items that were held back under a policy.
    """

    when: str
    who: str
    why: str
    verb: str
    outcome: Outcome
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Accesses:
    """All looks at a cohort's persons, in the order in which they came.

    ``unreadable`` counts lines of the log that are not what was written.
    """

    entries: tuple[Access, ...] = ()
    unreadable: int = 0

    def counted(self, outcome: Outcome) -> int:
        """How many had that outcome.

        >>> Accesses((Access("2025-11-01", "Ada", "check", "statement", "given"),)).counted("given")
        1
        """
        return sum(entry.outcome == outcome for entry in self.entries)


def permitted(protocol: Protocol | None, data: str, by: str, why: str) -> bool:
    """Whether a person in a role may be given one student's rows.

    Parameters
    ----------
    protocol
        The study that the data are used for; None where none is named.
    data
        The level of the cohort. Below restricted everybody may.
    by, why
        On restricted data ``by`` is a role that the protocol names (``roles``, by key or by holder, or
        ``governance.access.who``), and ``why`` says something.

    Returns
    -------
    bool
        On restricted data only under a protocol that answers for them and has an approval.
    """
    if data != LEVELS[-1]:
        return True
    if protocol is None or protocol.data != LEVELS[-1] or not (protocol.approval.body and protocol.approval.id):
        return False
    return _folded(by) in {_folded(role) for role in roles_of(protocol)} and _folded(why) not in ("", NOT_GIVEN)


def roles_of(protocol: Protocol) -> tuple[str, ...]:
    """The roles that a protocol names: responsibilities, who holds them, and who has access."""
    held = {name: value for name, value in protocol.roles.model_dump().items() if value}
    return (*held, *held.values(), *(access.who for access in protocol.governance.access))


def tallied(protocol: Protocol, accesses: Accesses) -> tuple[tuple[str, str, str, int, int], ...]:
    """Verb, who, why, given and refused, a row each; no free text is passed on, for it may name a person.

    A role that the protocol does not name reads "another person"; a reason that is not in ``REASONS`` "another
    reason". Rows are sorted by their words.
    """
    roles = {_folded(role): role for role in reversed(roles_of(protocol))}
    counts: Counter[tuple[str, str, str, Outcome]] = Counter()
    for entry in accesses.entries:
        who = NOT_GIVEN if _folded(entry.who) == NOT_GIVEN else roles.get(_folded(entry.who), "another person")
        why = _folded(entry.why) if _folded(entry.why) in REASONS else "another reason"
        counts[entry.verb, who, why, entry.outcome] += 1
    keys = sorted({key[:3] for key in counts})
    return tuple((*key, counts[*key, "given"], counts[*key, "refused"]) for key in keys)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
