"""What the intervals of a method measured in cells of synthetic students, and how near a study is to a cell."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding
from la_research.protocol import Hypothesis
from la_research.report.reading import answers, get
from la_research.statistics.registered import PLAIN

NOMINAL = 0.95
SLACK = 0.02
"""A cell is bad where its coverage lies more than this below the nominal level."""
LEAST, ANALYSED = 1000, 0.95
"""Draws without which a row is not quoted; share of them with an interval without which it tells of other data."""
STEP = 0.10
"""A difference of shares, or of reliabilities, that makes one step."""
CLOSE, LIMIT = 1.0, 2.0
"""Steps up to which a cell is close, and beyond which it says nothing about a study."""


@dataclass(frozen=True, slots=True)
class Features:
    """What anybody can see of the data behind one interval; nothing here needs the truth.

    Parameters
    ----------
    design
        "drawn by lot", "several waves" or "one wave".
    n
        Students behind the estimate.
    smallest_group
        Students of the smaller arm whose outcome is known; None where no groups are compared.
    missing
        Share of the answers asked for that were not given, 0 to 1; None where not known.
    reliability
        Of the questionnaire, 0 to 1; None where not known.
    """

    design: str
    n: int
    smallest_group: int | None = None
    missing: float | None = None
    reliability: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of the passport: a method in a cell, over many draws. Its fields are the file's columns.

    Parameters
    ----------
    method, kind
        ``Estimate.method``, and the kind of hypothesis it answered: between, within or effect.
    scenario, students
        The cell.
    design, n, smallest_group, missing, reliability
        Its features, medians over draws; see ``Features``.
    draws, estimated
        Cohorts drawn, and those of them in which the method gave an interval.
    planted
        The true size.
    coverage, coverage_lower, coverage_upper
        Share of the intervals of 95 % that hold it, with Wilson's interval over the draws.
    bias, bias_error
        Mean of (estimate less planted) over the standard error, and its Monte Carlo error.
    type_1
        Share of draws read as supported or contradicted where nothing is planted; else None.
    supported, contradicted, negligible, inconclusive, not_analysed, suppressed
        Share of the draws with each verdict.
    source_digest, lock_digest, stored_digest
        What was measured: the sources, the pinned versions, and the draws kept to be replayed.
    """

    method: str
    kind: str
    scenario: str
    students: int
    design: str
    n: int
    smallest_group: int | None
    missing: float | None
    reliability: float | None
    draws: int
    estimated: int
    planted: float
    coverage: float
    coverage_lower: float
    coverage_upper: float
    bias: float
    bias_error: float
    type_1: float | None
    supported: float
    contradicted: float
    negligible: float
    inconclusive: float
    not_analysed: float
    suppressed: float
    source_digest: str
    lock_digest: str
    stored_digest: str

    @property
    def features(self) -> Features:
        """What can be seen of the cell."""
        return Features(self.design, self.n, self.smallest_group, self.missing, self.reliability)

    @property
    def bad(self) -> bool:
        """Whether the method covered less than it promises, by more than two points, whatever the Monte Carlo error."""
        return self.coverage < NOMINAL - SLACK

    @property
    def analysed(self) -> float:
        """Share of the draws in which the method gave an interval; its coverage is of those alone."""
        return self.estimated / self.draws


@dataclass(frozen=True, slots=True)
class Used:
    """The method behind the plain interval of a hypothesis, and what it worked on."""

    method: str
    kind: str
    hypothesis: str
    features: Features


@dataclass(frozen=True, slots=True)
class Distance:
    """How far apart two sets of features are: steps, the feature that decides, and those not known."""

    steps: float
    by: str
    unknown: tuple[str, ...]

    @property
    def close(self) -> bool:
        """Whether all is known, and near; what is not known could lie anywhere."""
        return self.steps <= CLOSE and not self.unknown


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The cell that is quoted for a study; ``worst`` where a nearer one was passed over for a bad one."""

    cell: Measured
    distance: Distance
    worst: bool = False

    @property
    def quotable(self) -> bool:
        """Whether the cell says something about the study: within the limit, and analysed in nearly every draw."""
        return self.distance.steps <= LIMIT and self.cell.analysed >= ANALYSED


def distance(study: Features, cell: Features) -> Distance:
    """The largest of the steps that separate a study from a cell.

    One step is twice or half as many students (all, or in the smallest group), ten points of
    the share missing, or 0.10 of reliability. Another design is infinitely far. What the
    cell has and the study does not know is named, and then no cell is close; what the cell
    does not have does not concern the method.

    Examples
    --------
    >>> cell = Features("drawn by lot", 400, 200, 0.40, 0.85)
    >>> found = distance(Features("drawn by lot", 200, 50, 0.45), cell)
    >>> found.steps, found.by, found.unknown
    (2.0, 'the smallest group', ('the reliability of the questionnaire',))
    >>> distance(Features("drawn by lot", 400, 200, 0.40), cell).close
    False
    """
    if study.design != cell.design:
        return Distance(math.inf, "the design", ())
    apart = {
        "the number of students": _doublings(study.n, cell.n),
        "the smallest group": _doublings(study.smallest_group, cell.smallest_group),
        "the share missing": _steps(study.missing, cell.missing),
        "the reliability of the questionnaire": _steps(study.reliability, cell.reliability),
    }
    held = (cell.n, cell.smallest_group, cell.missing, cell.reliability)
    unknown = [
        name for (name, steps), has in zip(apart.items(), held, strict=True) if steps is None and has is not None
    ]
    known = {name: steps for name, steps in apart.items() if steps is not None}
    by = max(known, key=lambda name: known[name])
    return Distance(known[by], by, tuple(unknown))


def _doublings(one: int | None, other: int | None) -> float | None:
    return None if one is None or other is None else abs(math.log2(max(one, 1) / max(other, 1)))


def _steps(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else abs(one - other) / STEP


def neighbour(used: Used, passport: Iterable[Measured]) -> Neighbour | None:
    """The nearest cell of a method; where a bad one is within the limit, the worst of those.

    Cells equally near, to a tenth of a step, can not be told apart by what is seen of them:
    one that was not analysed in nearly every draw is taken first, then that of lower
    coverage. A row of fewer than 1,000 draws is no cell.

    Returns
    -------
    Neighbour or None
        It need not be ``quotable``; None where the method was measured nowhere.

    Examples
    --------
    >>> neighbour(Used("lin-hc2", "effect", "H3", Features("drawn by lot", 214)), []) is None
    True
    """
    mine = [cell for cell in passport if (cell.method, cell.kind) == (used.method, used.kind)]
    cells = [cell for cell in mine if cell.draws >= LEAST]
    found = [Neighbour(cell, distance(used.features, cell.features)) for cell in cells]
    if not found:
        return None
    found.sort(key=lambda one: (round(one.distance.steps, 1), one.quotable, one.cell.coverage))
    bad = [one for one in found if one.cell.bad and one.distance.steps <= LIMIT]
    if not bad:
        return found[0]
    worst = min(bad, key=lambda one: (not one.quotable, one.cell.coverage))
    return Neighbour(worst.cell, worst.distance, worst=worst is not found[0])


def worst_news(one: tuple[Used, Neighbour | None]) -> tuple[int, float, float]:
    """Orders what was looked up for the hypotheses of a method, the least reassuring first.

    A bad cell comes before none that is quotable, and that before a good one; then the lower
    coverage, then the further.

    Examples
    --------
    >>> worst_news((Used("lin-hc2", "effect", "H3", Features("drawn by lot", 214)), None))
    (1, 0.0, -inf)
    """
    near = one[1]
    if near is None or not near.quotable:
        return 1, 0.0, -near.distance.steps if near else -math.inf
    return 0 if near.cell.bad else 2, near.cell.coverage, -near.distance.steps


def methods_used(evidence: Evidence) -> tuple[Used, ...]:
    """The methods behind the plain 95 % intervals of a study's hypotheses, one each.

    A hypothesis without an interval used no method.

    Examples
    --------
    >>> import la_research as lar
    >>> study = lar.load_protocol("tests/protocol/minimal.yaml")
    >>> methods_used(lar.collect_evidence(study, provenance={"data": "synthetic"}))  # nothing was analysed
    ()
    """
    found = []
    for hypothesis, finding in answers(evidence):
        plain = next((row.estimate for row in finding.rows if row.keys == PLAIN), None)
        if plain is not None and plain.lower is not None:
            features = _features(evidence, hypothesis, plain)
            found.append(Used(plain.method, hypothesis.kind, hypothesis.id, features))
    return tuple(found)


def _features(evidence: Evidence, hypothesis: Hypothesis, plain: Estimate) -> Features:
    if hypothesis.kind == "effect":
        arms = _shares(_attrition(evidence, hypothesis), "arm")
        known = [round(share * asked) for share, asked in arms]
        missing = 1 - sum(known) / sum(asked for _, asked in arms) if arms else None
        return Features("drawn by lot", plain.n, min(known, default=None), missing)
    protocol = evidence.protocol
    instrument = protocol.outcome(hypothesis.outcome).instrument
    waves = _shares(get(evidence, "cohort.responses"), "instrument", instrument)
    missing = 1 - sum(share for share, _ in waves) / len(waves) if waves else None
    asked = protocol.instruments[instrument].weeks if instrument in protocol.instruments else ()
    return Features("several waves" if len(asked) > 1 else "one wave", plain.n, None, missing)


def _attrition(evidence: Evidence, hypothesis: Hypothesis) -> Finding | None:
    """The attrition of an effect; that of the first carries no id."""
    own = get(evidence, f"evaluation.attrition.{hypothesis.id.lower().replace('-', '_')}")
    return own or get(evidence, "evaluation.attrition")


def _shares(finding: Finding | None, key: str, value: str | None = None) -> list[tuple[float, int]]:
    """Share and n of the rows that have a key, or a key of that value; none where one of them is hidden."""
    rows = [row for row in finding.rows if key in row.keys and value in (None, row.keys[key])] if finding else []
    shown = [(row.estimate.value, row.estimate.n) for row in rows if row.estimate and row.estimate.value is not None]
    return shown if len(shown) == len(rows) else []
