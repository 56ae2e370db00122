"""A gate before a twin is used: its checks, each a number beside its limit, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from la_research.finding import Estimate, number

Verdict = Literal["passed", "can not tell", "failed", "not analysed"]
Sense = Literal["at least", "at most"]
WORST_FIRST: tuple[Verdict, ...] = ("failed", "not analysed", "can not tell", "passed")


@dataclass(frozen=True, slots=True)
class Check:
    """One number of a gate beside its limit.

    Parameters
    ----------
    name
        What is measured.
    estimate
        The number with interval, unit and n; None where it was not analysed.
    limit, sense
        The number has to be at least, or at most, the limit.
    verdict
        "passed": the number is inside its limit. "can not tell": it is outside, and chance
        alone may have put it there. "failed": it is outside by more than chance.
    reason
        What the number says, or why there is none.
    """

    name: str
    estimate: Estimate | None
    limit: float
    sense: Sense
    verdict: Verdict
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """The check with its keys in a fixed order."""
        return {
            "check": self.name,
            "verdict": self.verdict,
            "estimate": self.estimate.as_json() if self.estimate else None,
            "sense": self.sense,
            "limit": self.limit,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        unit = self.estimate.unit if self.estimate else "share"
        limit = f"{self.sense} {number(self.limit, unit)}"
        told = f"{self.estimate}; {limit}" if self.estimate else limit
        return f"{self.verdict:<12} {_plainly(self.name)}: {told}" + (f" ({self.reason})" if self.reason else "")


@dataclass(frozen=True, slots=True)
class Gate:
    """One of the four gates, with its checks.

    Examples
    --------
    >>> kept = checked("order kept", Estimate(0.0, 0.0, 0.01, 0.95, "share", 400, "wilson"), 0.0, "at most")
    >>> Gate("causal fidelity", (kept, unchecked("effect kept", 0.1, "at most", "no effect is registered"))).verdict
    'not analysed'
    """

    name: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of its checks: failed, then not analysed, then can not tell, then passed."""
        held = {check.verdict for check in self.checks}
        return next((verdict for verdict in WORST_FIRST if verdict in held), "not analysed")

    def as_json(self) -> dict[str, Any]:
        """The gate as ``la_research.twin/1`` holds it."""
        return {"gate": self.name, "verdict": self.verdict, "checks": [check.as_json() for check in self.checks]}


def checked(
    name: str, estimate: Estimate, limit: float, sense: Sense, *, by_chance: float | None = None, reason: str = ""
) -> Check:
    """A number judged.

    Parameters
    ----------
    by_chance
        How far a faithful twin may get by chance; where it is None, the end of the interval
        that is nearer to the limit decides instead.

    Examples
    --------
    >>> near = Estimate(0.57, 0.53, 0.61, 0.95, "share", 500, "wilson")
    >>> [checked("closest record", near, limit, "at most").verdict for limit in (0.6, 0.55, 0.5)]
    ['passed', 'can not tell', 'failed']
    """
    assert estimate.value is not None
    sign = 1 if sense == "at most" else -1
    if sign * (estimate.value - limit) <= 0:
        return Check(name, estimate, limit, sense, "passed", reason)
    if by_chance is not None:
        excused = sign * (estimate.value - by_chance) <= 0
    else:
        end = estimate.lower if sense == "at most" else estimate.upper
        excused = end is not None and sign * (end - limit) <= 0
    return Check(name, estimate, limit, sense, "can not tell" if excused else "failed", reason)


def unchecked(name: str, limit: float, sense: Sense, reason: str) -> Check:
    """A check without a number, and why."""
    return Check(name, None, limit, sense, "not analysed", reason)


def _plainly(name: str) -> str:
    """The name of a check for people; files keep the name itself.

    >>> _plainly("gain of singling_out"), _plainly("gain of inference paid_work_hours")
    ('gain of singling a student out', 'gain of guessing paid work hours')
    """
    plain = name.replace("singling_out", "singling a student out").replace("gain of inference", "gain of guessing")
    return plain.replace("_", " ")


def told(gates: Iterable[Gate]) -> list[str]:
    """The gates as lines for people."""
    lines = []
    for gate in gates:
        lines.append(f"{gate.name}: {gate.verdict}")
        lines += [f"  {check}" for check in gate.checks]
    return lines
