"""What a statement holds, before it is written as data or as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from la_research.cohort import Provenance
from la_research.explanation.trace import Step, Trace
from la_research.protocol import Protocol


@dataclass(frozen=True, slots=True)
class InStudy:
    """An enrolment, and why the study leaves it out; "" where it is in."""

    enrolment_id: str
    module: str
    presentation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Weekly:
    """An indicator in a week: its value, or why there is none."""

    unit_id: str
    indicator: str
    week: int
    value: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Explained:
    """How a score came about, and what stands beside it.

    Parameters
    ----------
    trace
        The calculation line by line; None where there is none.
    unknown
        Sentences on what the data do not hold and the model can not know of this student.
    margins
        Sentences that say, as arithmetic, what would have changed the number: the trial's rule, and the score.
    reason
        Why there is no calculation; "" where there is one.
    tried
        The same as ``margins`` of other rules that the study tries, which chose nobody.
    """

    trace: Trace | None = None
    unknown: tuple[str, ...] = ()
    margins: tuple[str, ...] = ()
    reason: str = ""
    tried: tuple[str, ...] = ()

    def steps(self, *parts: str) -> tuple[Step, ...]:
        """The lines of some parts; none where there is no calculation."""
        return tuple(step for step in self.trace.steps if step.part in parts) if self.trace else ()


@dataclass(frozen=True, slots=True)
class Reasoned:
    """What else can be said of a score.

    Parameters
    ----------
    reason
        Aspect of study that moved it up the most; "" where no single main reason is told.
    why
        Why it is told, or why not; "" where nothing was asked.
    silent
        Why the score suggests nothing, as a sentence; "" where nothing stands against it, or nothing was asked.
    """

    reason: str = ""
    why: str = ""
    silent: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """What the model made of a student: a score, what the rule decided, and the label beside it.

    Parameters
    ----------
    population
        "all", or a registered subset.
    unit_id
        The student, or one of the student's enrolments.
    week
        The last week that the score reads.
    score
        0 to 1; None where it is held back.
    decision
        Whether the score was among the highest, for which a contact is suggested; None where it is held back.
    label
        What the score was set beside: 1, 0, or None where it is not known or held back.
    features
        What the model read, by indicator; None where it was not observed.
    explained
        How the score came about.
    reasoned
        Its main reason, and why it suggests nothing.
    """

    population: str
    unit_id: str
    week: int
    score: float | None
    decision: bool | None
    label: int | None
    features: Mapping[str, float | None]
    explained: Explained
    reasoned: Reasoned = Reasoned()


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything that is held and worked out about one person.

    Parameters
    ----------
    student
        The pseudonym.
    made
        The day, as it was given.
    protocol
        The study that the data are used for; None where none is named.
    provenance, digest
        Of the cohort.
    rows
        By table, without those held back.
    enrolled
        Each enrolment, and whether it is in the study; empty without a study.
    weekly
        Indicators by week, in the order of the protocol.
    explained
        How the numbers of each week came about, by unit.
    scores
        One for each population and unit.
    reason
        Why there are no scores; "" where there are.
    withheld
        Each item that is held back, and the policy.
    hidden
        Parts of what was worked out that went with them: indicators, score, calculation, label.
    """

    student: str
    made: str
    protocol: Protocol | None
    provenance: Provenance
    digest: str
    rows: Mapping[str, pa.Table]
    enrolled: tuple[InStudy, ...] = ()
    weekly: tuple[Weekly, ...] = ()
    explained: Mapping[str, Explained] = field(default_factory=dict)
    scores: tuple[Scored, ...] = ()
    reason: str = ""
    withheld: tuple[tuple[str, str], ...] = ()
    hidden: frozenset[str] = frozenset()

    @property
    def held(self) -> int:
        """How many rows are shown."""
        return sum(table.num_rows for table in self.rows.values())
