"""What every method returns: estimates that never travel without interval, unit and n."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from la_research.canonical import plain

Verdict = Literal[
    "supported",
    "contradicted",
    "negligible",
    "inconclusive",
    "disparity",
    "equivalent",
    "harm shown",
    "harm excluded",
    "described",
    "not analysed",
    "suppressed",
]
VERDICTS: tuple[str, ...] = get_args(Verdict)
NEEDS_REASON = ("inconclusive", "not analysed", "suppressed")
STAGES = ("protocol", "design", "cohort", "indicators", "validation", "audit", "explanation", "evaluation", "score")
Key = str | int | float
NOT_RECORDED = "not recorded"
"""What a row's key says of those of whom an attribute is not recorded."""


def number(value: float | None, unit: str) -> str:
    """One number as it is printed, decimals by unit and size.

    >>> number(0.0812, "share"), number(1532.0, "students"), number(2.104, "WHO-5 points"), number(3.0, "weeks")
    ('8.1 %', '1,532', '2.10', '3')
    """
    if value is None or not math.isfinite(value):
        return "not known"
    if unit == "share":
        return f"{_rounded(100 * value, 1):,.1f} %"
    if unit == "points":
        return f"{_rounded(value, 1):,.1f}"
    if unit in COUNTS or (unit in WHOLE and float(value).is_integer()):
        return f"{round(value):,}"
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    if unit.startswith("units of") and 0 < abs(value) < 1:
        places = min(4, 2 - math.floor(math.log10(abs(value))))  # nobody said how fine a column of a table is
    return f"{_rounded(value, places):,.{places}f}"


COUNTS = ("students", "enrolments", "rows", "responses", "contacts", "presentations")
"""Units whose values count people or their records; they fall under the minimum group size."""
WHOLE = ("weeks", "points of the card")
"""Units of which nobody needs a decimal where the value is a whole number."""


def _rounded(value: float, places: int) -> float:
    return round(value, places) + 0.0  # no -0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with all it needs to be read.

    Parameters
    ----------
    value
        The point estimate; None where only bounds are known.
    lower, upper
        Ends of the interval, in the same unit; None for a plain count.
    level
        Confidence level of the interval, 0 to 1; None for a plain count.
    unit
        "share" (0 to 1, printed as per cent), "students", "WHO-5 points", "SD per SD" …
    n
        How many rows of the named unit the estimate rests on.
    method
        A stable short name, e.g. "newcombe-tukey".

    Examples
    --------
    >>> print(Estimate(2.1, 0.4, 3.8, 0.95, "WHO-5 points", 611, "ols-hc2"))
    2.10 (95% CI 0.40 to 3.80) WHO-5 points, n = 611
    >>> print(Estimate(0.08, 0.01, 0.15, 0.95, "share", 611, "wilson"))
    8.0 % (95% CI 1.0 % to 15.0 %), n = 611
    >>> print(Estimate(240, None, None, None, "students", 240, "count"))
    240 students
    """

    value: float | None
    lower: float | None
    upper: float | None
    level: float | None
    unit: str
    n: int
    method: str

    def __post_init__(self) -> None:
        for name in ("value", "lower", "upper", "level"):
            held = getattr(self, name)
            if held is not None:
                held = float(held)
                if not math.isfinite(held):
                    raise ValueError(f"Estimate.{name} must be finite or None")
                object.__setattr__(self, name, held)
        object.__setattr__(self, "n", int(self.n))
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError("Estimate.lower must not exceed Estimate.upper")

    def __str__(self) -> str:
        words = "" if self.unit == "share" else f" {self.unit}"
        if self.lower is None or self.upper is None or self.level is None:
            tail = "" if self.unit in COUNTS or not self.n else f", n = {self.n:,}"
            return f"{number(self.value, self.unit)}{words}{tail}"
        interval = f"{100 * self.level:.3g}% CI {number(self.lower, self.unit)} to {number(self.upper, self.unit)}"
        if self.value is None:
            ends = f"{number(self.lower, self.unit)} and {number(self.upper, self.unit)}"
            return f"anywhere between {ends}{words} (bounds at {100 * self.level:.3g}%), n = {self.n:,}"
        return f"{number(self.value, self.unit)} ({interval}){words}, n = {self.n:,}"

    def as_json(self) -> dict[str, Any]:
        """The estimate with its keys in the registered order."""
        names = ("value", "lower", "upper", "level", "unit", "n", "method")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Assumption:
    """What has to be so for the estimate to mean what it says.

    ``holds`` is True, False, or None where it can not be checked; ``evidence`` says why.
    """

    statement: str
    holds: bool | None
    evidence: str

    def __str__(self) -> str:
        word = {True: "held", False: "failed", None: "not checkable"}[self.holds]
        return f"{self.statement}: {word}, {self.evidence}"


@dataclass(frozen=True, slots=True)
class Row:
    """A further estimate of a finding: a group, a week, a module, a point of a curve.

    ``keys`` say which; a row without an estimate carries a verdict and a reason.
    """

    keys: Mapping[str, Key]
    estimate: Estimate | None = None
    verdict: Verdict | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer to one question.

    Parameters
    ----------
    id
        ``stage.topic[.detail]``, lower snake case, unique in a study.
    question
        The question it answers, as a plain sentence with a question mark.
    verdict
        One of ``VERDICTS``.
    estimate
        The headline estimate, or None.
    rows
        Further estimates.
    assumptions, limitations
        What has to be so; what a reader must not conclude.
    hypothesis
        The registered hypothesis it answers, or None.
    confirmatory
        True only for what the protocol registered; everything else is exploratory.
    reason
        A sentence, required where the verdict is inconclusive, not analysed or suppressed.

    Examples
    --------
    >>> Finding("audit.fnr.gender", "Is need missed equally?", "inconclusive")
    Traceback (most recent call last):
    ...
    ValueError: finding 'audit.fnr.gender' is 'inconclusive' and needs a reason
    """

    id: str
    question: str
    verdict: Verdict
    estimate: Estimate | None = None
    rows: tuple[Row, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    limitations: tuple[str, ...] = ()
    hypothesis: str | None = None
    confirmatory: bool = False
    reason: str | None = None

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"finding {self.id!r} has an unknown verdict {self.verdict!r}")
        if self.verdict in NEEDS_REASON and not self.reason:
            raise ValueError(f"finding {self.id!r} is {self.verdict!r} and needs a reason")
        if self.stage not in STAGES:
            raise ValueError(f"finding {self.id!r} begins with no known stage: {', '.join(STAGES)}")

    @property
    def stage(self) -> str:
        """The stage that made it: the first word of its id."""
        return self.id.partition(".")[0]

    def as_json(self) -> dict[str, Any]:
        """The finding with its keys in the registered order."""
        return {
            "id": self.id,
            "stage": self.stage,
            "question": self.question,
            "hypothesis": self.hypothesis,
            "confirmatory": self.confirmatory,
            "verdict": self.verdict,
            "reason": self.reason,
            "estimate": self.estimate.as_json() if self.estimate else None,
            "rows": [
                {
                    "keys": dict(row.keys),
                    "verdict": row.verdict,
                    "reason": row.reason,
                    "estimate": row.estimate.as_json() if row.estimate else None,
                }
                for row in self.rows
            ],
            "assumptions": [
                {"statement": a.statement, "holds": a.holds, "evidence": a.evidence} for a in self.assumptions
            ],
            "limitations": list(self.limitations),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """The finding that ``as_json`` wrote."""
        return cls(
            id=data["id"],
            question=data["question"],
            verdict=data["verdict"],
            estimate=_estimate(data["estimate"]),
            rows=tuple(
                Row(row["keys"], _estimate(row["estimate"]), row["verdict"], row["reason"]) for row in data["rows"]
            ),
            assumptions=tuple(Assumption(**item) for item in data["assumptions"]),
            limitations=tuple(data["limitations"]),
            hypothesis=data["hypothesis"],
            confirmatory=data["confirmatory"],
            reason=data["reason"],
        )


def _estimate(data: Mapping[str, Any] | None) -> Estimate | None:
    return None if data is None else Estimate(**data)


@dataclass(frozen=True)
class Findings:
    """Findings in stage order; ``findings[key]`` takes a finding's id or a hypothesis' id.

    Examples
    --------
    >>> seen = Findings([Finding("audit.auc.gender", "Is it as exact for all?", "described", hypothesis="H2")])
    >>> seen["H2"].id, "audit.auc.gender" in seen, len(seen)
    ('audit.auc.gender', True, 1)
    """

    items: tuple[Finding, ...] = field(default=())

    def __init__(self, items: Iterable[Finding] = ()) -> None:
        ordered = tuple(sorted(items, key=lambda finding: STAGES.index(finding.stage)))  # stable within a stage
        ids = [finding.id for finding in ordered]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"finding ids are given twice: {', '.join(twice)}")
        object.__setattr__(self, "items", ordered)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __contains__(self, key: object) -> bool:
        return any(key in (finding.id, finding.hypothesis) for finding in self.items)

    def __getitem__(self, key: str) -> Finding:
        for finding in self.items:
            if finding.id == key or (finding.hypothesis == key and finding.confirmatory):
                return finding
        for finding in self.items:
            if finding.hypothesis == key:
                return finding
        raise KeyError(key)

    def __add__(self, other: Findings) -> Findings:
        return Findings((*self.items, *other.items))

    def of_stage(self, stage: str) -> Findings:
        """The findings of one stage."""
        return Findings(finding for finding in self.items if finding.stage == stage)

    def replaced(self, change: Mapping[str, Finding]) -> Findings:
        """The same findings with some of them exchanged, by id."""
        return Findings(change.get(finding.id, finding) for finding in self.items)

    def as_json(self) -> list[dict[str, Any]]:
        """All findings, in stage order."""
        return [finding.as_json() for finding in self.items]

    def as_kept(self) -> Findings:
        """The findings as a file keeps them: to the last digit printed."""
        return Findings.from_json(plain(self.as_json()))

    @classmethod
    def from_json(cls, data: Iterable[Mapping[str, Any]]) -> Findings:
        """The findings that ``as_json`` wrote."""
        return cls(Finding.from_json(item) for item in data)

    def _repr_html_(self) -> str:
        """A table for notebooks: id, verdict, estimate (rows stay in the finding)."""
        from html import escape

        cells = "".join(
            f"<tr><td>{escape(f.id)}</td><td>{escape(f.verdict)}</td>"
            f"<td>{escape(str(f.estimate) if f.estimate else f.reason or '')}</td></tr>"
            for f in self.items
        )
        return f"<table><tr><th>finding</th><th>verdict</th><th>estimate or reason</th></tr>{cells}</table>"


def table_document(
    verb: str, digest: str, asked: Mapping[str, Any], findings: Findings, versions: Mapping[str, str]
) -> dict[str, Any]:
    """What a verb found in a plain table, as ``la_research.findings/1``; nothing of it was registered.

    Parameters
    ----------
    verb, digest
        Which verb, and SHA-256 of the table's bytes.
    asked
        What was asked of the table.
    """
    study = {"id": verb, "protocol_digest": None, "cohort_digest": digest, "data": "table", "asked": dict(asked)}
    return {
        "format": "la_research.findings/1",
        "study": study,
        "findings": findings.as_json(),
        "deviations": [],
        "versions": dict(versions),
    }


def not_analysed(finding_id: str, question: str, reason: str, **changes: Any) -> Finding:
    """A finding that says why there is no number.

    >>> not_analysed("validation.between.h1", "Is there a link?", "the data hold no wellbeing instrument").verdict
    'not analysed'
    """
    return replace(Finding(finding_id, question, "not analysed", reason=reason), **changes)
