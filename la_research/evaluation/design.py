"""A design: what it needs, what it checks without the outcome, and what it estimates once the gate is open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from la_research.evaluation.sample import Sample
from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.protocol import Hypothesis
from la_research.protocol.designs import DesignSection
from la_research.protocol.support import Limits, Sensitivity
from la_research.statistics.coefficient import Inference


@dataclass(frozen=True)
class Asked:
    """What is asked of a sample.

    Parameters
    ----------
    settings
        What is registered of the design.
    gate
        The limits of its checks.
    claim
        The registered hypothesis; None on a plain table, where all is exploratory.
    first
        Whether it is the first hypothesis of its study: only later ones are named in the ids of further findings.
    brief
        Whether what only stands beside the effect, and takes long, is left out.
    sensitivity
        What is registered of how strong something not measured would have to be.
    family
        How many hypotheses are judged together with this one.
    """

    settings: Any
    gate: Limits = field(default_factory=Limits)
    claim: Hypothesis | None = None
    first: bool = True
    brief: bool = False
    sensitivity: Sensitivity = field(default_factory=Sensitivity)
    family: int = 1

    def id(self, part: str = "") -> str:
        """The id of the main finding, or of a further one.

        >>> Asked(None).id(), Asked(None).id("complier")
        ('evaluation.effect', 'evaluation.effect.complier')
        """
        if self.claim is None:
            return f"evaluation.effect.{part}" if part else "evaluation.effect"
        name = self.claim.id.lower().replace("-", "_")
        if not part:
            return f"evaluation.contact.{name}"
        return f"evaluation.contact.{part}" if self.first else f"evaluation.contact.{part}.{name}"

    @property
    def level(self) -> float:
        """Level of plain intervals: 1 - alpha of the hypothesis, 95 % without one."""
        return 1 - self.claim.alpha if self.claim else 0.95

    @property
    def strictest(self) -> float:
        """The highest level at which an interval may be shown: Holm may ask for 1 - alpha over the family's size.

        >>> Asked(None).strictest
        0.95
        """
        return max(0.95, 1 - (1 - self.level) / self.family)


@dataclass(frozen=True)
class Check:
    """A check of a design, made without the outcome.

    Parameters
    ----------
    name
        Lower snake case, stable.
    statement
        What has to be so, as a short sentence without a full stop.
    passed
        None where it could not be made; a check that gates and could not be made keeps the gate shut
        only where ``needed``.
    evidence
        What was seen, with the limit beside it.
    meaning
        What it would mean for the effect if it were not so.
    estimate
        The number that was compared with the limit.
    gates
        False where it is shown and never stops the effect.
    needed
        Whether the gate stays shut where the check could not be made.
    by_draw
        Whether a draw by lot stands for it where it could not be made: the effect may be called supported all the same.
    """

    name: str
    statement: str
    passed: bool | None
    evidence: str
    meaning: str
    estimate: Estimate | None = None
    gates: bool = True
    needed: bool = False
    by_draw: bool = False

    @property
    def unmade(self) -> bool:
        """Whether it should have been made before the effect, and could not."""
        return self.gates and self.passed is None

    @property
    def stops(self) -> bool:
        """Whether the effect stays locked for its sake."""
        return (self.gates and self.passed is False) or (self.unmade and self.needed)


@dataclass(frozen=True)
class Estimated:
    """What a design gives once the gate is open.

    Parameters
    ----------
    headline
        The effect; None where it could not be had, and ``reason`` says why.
    method
        Stable short name, e.g. "lin-hc2".
    estimand
        Whose effect of what, in a sentence.
    rows, beside
        Further estimates of the main finding; further findings, their ids by ``Asked.id``.
    assumptions, limitations
        Of the main finding, beside the gate's checks.
    measured
        What the interval covered when it was put to the test, where that was not its nominal level:
        'nominal 95 %, measured 91 %'. With it the verdict is "inconclusive".
    unjudged
        Why a registered hypothesis is not judged by it, and the effect only described.
    opposite
        Whether more of the headline is less of the registered outcome, so that its direction is judged turned round.
    """

    headline: Inference | None
    method: str
    estimand: str
    rows: tuple[Row, ...] = ()
    beside: tuple[Finding, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    limitations: tuple[str, ...] = ()
    measured: str = ""
    unjudged: str = ""
    opposite: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Design:
    """A design as the evaluation runs it.

    Parameters
    ----------
    kind, settings
        Its name in a protocol and on the command line, and the model of what it registers.
    needs, may
        Roles that a sample has to hold, and that it may; see ``ROLES``.
    reason
        Why nothing can be estimated from this sample; "" where something can.
    checks
        Its checks; it is handed the blinded sample.
    estimated
        The effect; called only when the gate is open.
    prepared
        The sample as the design reads it: rows joined, what has started told, the unit of its effect.
        The checks see it without the outcomes in which the support may show.
    aggregates
        Whether its rows are numbers that sites exported, not students: nothing is suppressed again.
    durations
        Whether ``time`` and ``first`` count from each student's own start, so that neither is negative.
    people
        Whether the n of its numbers counts students; of times or sites it tells of nobody.
    """

    kind: str
    settings: type[DesignSection]
    needs: tuple[str, ...]
    may: tuple[str, ...]
    reason: Callable[[Sample, Asked], str]
    checks: Callable[[Sample, Asked], Sequence[Check]]
    estimated: Callable[[Sample, Asked], Estimated]
    prepared: Callable[[Sample, Asked], Sample] = lambda sample, asked: sample
    aggregates: bool = False
    durations: bool = False
    people: bool = True
