"""What can go wrong, told in three lines: what is wrong, where it stands, what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    code
        ``area.word``, stable between versions; tests and programs rely on it.
    problem
        What is wrong, in one sentence. Never holds a student's id or value.
    where
        File, line and key; or table and column; or the stage.
    remedy
        What the reader can do next.

    Examples
    --------
    >>> print(Fault("cohort.missing_table", "there is no table 'consent'", "datapackage.json", "add it"))
    error[cohort.missing_table]: there is no table 'consent'
      where:  datapackage.json
      remedy: add it
    """

    code: str
    problem: str
    where: str
    remedy: str

    def __str__(self) -> str:
        problem, where, remedy = (_printable(text) for text in (self.problem, self.where, self.remedy))
        return f"error[{self.code}]: {problem}\n  where:  {where}\n  remedy: {remedy}"


def _printable(text: str) -> str:
    """The text on one line: a line break or terminal code that somebody wrote into a key is shown, not obeyed."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


class LaResearchError(Exception):
    """The mother of all errors of this package: one or more faults and an exit code."""

    exit_code = 1

    def __init__(self, *faults: Fault) -> None:
        super().__init__(*faults)
        self.faults: tuple[Fault, ...] = faults

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)

    def as_json(self) -> list[dict[str, object]]:
        """The faults as the ``la_research.error/1`` documents that ``--json`` prints."""
        return [
            {
                "format": "la_research.error/1",
                "code": fault.code,
                "exit": self.exit_code,
                "problem": fault.problem,
                "where": fault.where,
                "remedy": fault.remedy,
            }
            for fault in self.faults
        ]

    @classmethod
    def raise_if(cls, faults: Iterable[Fault]) -> None:
        """Raise one error that holds all faults, if there are any."""
        found = tuple(faults)
        if found:
            raise cls(*found)


class UsageError(LaResearchError):
    """The command or the call was not understood."""

    exit_code = 2


class ProtocolError(LaResearchError):
    """The study protocol, or a document beside it, has faults."""

    exit_code = 10


class ScenarioError(LaResearchError):
    """The description of a synthetic campus has faults."""

    exit_code = 11


class CohortError(LaResearchError):
    """A cohort or a plain table is not what the schema promises."""

    exit_code = 12


class SourceError(LaResearchError):
    """A file, archive or database that data come from can not be read."""

    exit_code = 13


class AssuranceError(LaResearchError):
    """A hand-worked student did not get the value the committee was promised."""

    exit_code = 14


class DisclosureError(LaResearchError):
    """Something would have let a student be recognised."""

    exit_code = 15


class GovernanceError(LaResearchError):
    """Approval, prohibited use or expiry forbids the step."""

    exit_code = 16


class TruthError(LaResearchError):
    """The truth beside a synthetic cohort is missing or was altered."""

    exit_code = 17


class StageError(LaResearchError):
    """A stage or its notebook failed."""

    exit_code = 18


class StaleError(LaResearchError):
    """A run is locked, or its protocol or cohort has changed since."""

    exit_code = 19


class MissingError(LaResearchError):
    """An extra, a program or a verb is not there."""

    exit_code = 20


class DiskError(LaResearchError):
    """The disk is full or can not be written."""

    exit_code = 21


class VerificationError(LaResearchError):
    """A run is not what its manifest says."""

    exit_code = 22
