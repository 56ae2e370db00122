"""The gate: an effect is worked out only when the checks of its design passed, or somebody answers for looking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from la_research.evaluation.design import Asked, Check
from la_research.finding import Assumption, Finding, Row
from la_research.protocol.support import Override

QUESTION = "Did the checks pass that were promised before the effect is looked at?"
READS = {True: "passed", False: "did not pass", None: "could not be made"}
LIMITATION = "Checks that pass do not make a comparison sound: they look for faults that are known."
UNCHECKED = "The effect was opened without the check '{check.statement}': it could not be made ({check.evidence})."
NONE = "This design has no check: nothing was looked at before the effect."


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
        """What an override adds to the effect, and each check that could not be made."""
        said = (UNCHECKED.format(check=check) for check in self.checks if check.unmade and not check.stops)
        return (*self._overridden, *said)

    @property
    def _overridden(self) -> tuple[str, ...]:
        if self.override is None or not self.stopping:
            return ()
        who = f"{self.override.name} decided so on {self.override.on.isoformat()}, because {self.override.reason}"
        return (f"It was looked at although a check did not pass ({_named(self.stopping)}): {who}",)

    @property
    def cap(self) -> str:
        """Why the effect is inconclusive whatever its interval: somebody's override; "" where nothing caps it."""
        return f"it was looked at although a check did not pass: {_named(self.stopping)}" if self._overridden else ""

    @property
    def doubt(self) -> str:
        """Why the effect can not be called supported: checks not made that no draw stands for; "" where none is."""
        missing = [check for check in self.checks if check.unmade and not check.by_draw]
        return f"opened without the check {_named(missing)}" if missing else ""

    def finding(self, asked: Asked) -> Finding:
        """Each check, what it found, what it would mean, and whether it stops the effect.

        Rows carry what was compared with the limit; assumptions, one a row and in its order, the evidence.
        """
        said = (LIMITATION,) if self.checks else (NONE,)
        rows = tuple(map(_row, self.checks))
        return Finding(
            asked.id("gate"),
            QUESTION,
            "described",
            None,
            rows,
            assumptions=self.assumptions,
            limitations=(*self.limitations, *said),
        )


def _row(check: Check) -> Row:
    keys = {
        "check": check.name.replace("_", " "),
        "reads": READS[check.passed],
        "gates": "yes" if check.gates else "shown only",
        "if not": check.meaning,
    }
    return Row(keys, check.estimate) if check.estimate else Row(keys, None, "described", check.evidence)


def _named(checks: Sequence[Check]) -> str:
    return ", ".join(f"'{check.statement}'" for check in checks)
