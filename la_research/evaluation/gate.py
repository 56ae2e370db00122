"""The gate: an effect is worked out only when the checks of its design passed, or somebody answers for looking."""

from __future__ import annotations

from dataclasses import dataclass

from la_research.evaluation.design import Asked, Check
from la_research.finding import Assumption, Finding, Row
from la_research.protocol.support import Override

QUESTION = "Did the checks pass that were promised before the effect is looked at?"
READS = {True: "passed", False: "did not pass", None: "could not be made"}
LIMITATION = "Checks that pass do not prove the comparison sound: they look for faults that are known."


@dataclass(frozen=True)
class Gate:
    """The checks of a design and what follows from them.

    Parameters
    ----------
    checks
        Made without the outcome.
    override
        A dated decision to look all the same; None where there is none.

    Examples
    --------
    >>> gate = Gate((Check("overlap", "Like students exist", False, "none", "nothing can be compared"),))
    >>> gate.open, gate.reason
    (False, 'gate: Like students exist: did not pass (none)')
    """

    checks: tuple[Check, ...]
    override: Override | None = None

    @property
    def stopping(self) -> tuple[Check, ...]:
        """The checks that keep the effect locked."""
        return tuple(check for check in self.checks if check.stops)

    @property
    def open(self) -> bool:
        """Whether the effect is worked out."""
        return not self.stopping or self.override is not None

    @property
    def reason(self) -> str:
        """Why it is not; begins with "gate:"."""
        said = "; ".join(f"{check.statement}: {READS[check.passed]} ({check.evidence})" for check in self.stopping)
        return f"gate: {said}"

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """The checks as assumptions of the effect."""
        return tuple(Assumption(check.statement, check.passed, check.evidence) for check in self.checks)

    @property
    def limitations(self) -> tuple[str, ...]:
        """What an override adds to the effect."""
        if self.override is None or not self.stopping:
            return ()
        said = "; ".join(check.statement.lower() for check in self.stopping)
        who = f"{self.override.name} decided so on {self.override.on.isoformat()}, because {self.override.reason}"
        return (f"It was looked at although a check did not pass ({said}): {who}",)

    def finding(self, asked: Asked) -> Finding:
        """Each check, what it found, and whether it stops the effect; rows carry what was compared with the limit."""
        rows = tuple(
            Row(
                {"check": check.name, "reads": READS[check.passed], "gates": "yes" if check.gates else "shown only"},
                check.estimate,
                None if check.estimate else "described",
                None if check.estimate else check.evidence,
            )
            for check in self.checks
        )
        meanings = tuple(f"{check.statement}: if not, {check.meaning}" for check in self.checks)
        return Finding(
            asked.id("gate"),
            QUESTION,
            "described",
            None,
            rows,
            assumptions=self.assumptions,
            limitations=(*self.limitations, *dict.fromkeys(meanings), LIMITATION),
        )
