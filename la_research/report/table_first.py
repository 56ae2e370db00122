"""What the first sight of an audited table says: whom the rule fails, in people counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from la_research.audit import TableAudit
from la_research.audit.table import OUTCOME
from la_research.finding import Estimate, Finding, Row
from la_research.report.catalogue import attribute_name
from la_research.report.reading import audits, of

BASE = 100
"""Of how many a share is counted, everywhere in the reports on a table."""
SAID = {
    "tpr": "Of students with the outcome “{label}”, the rule found",
    "fnr": "Of students with the outcome “{label}”, the rule missed",
    "fpr": "Of students without the outcome “{label}”, the rule wrongly selected",
    "selection": "Whatever the outcome, the rule selected",
}
"""Metrics that a first sight tells, errors first."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Two shown groups between which a gap beyond the margin lies, as they are recorded, and the share of each."""

    metric: str
    low: str
    low_share: Estimate
    high: str
    high_share: Estimate

    @property
    def harmed(self) -> str:
        """The group that errors fall on more often: the one found less, or missed or wrongly selected more."""
        return self.low if self.metric == "tpr" else self.high


def failed(audit: TableAudit) -> list[Failed]:
    """The shown gaps of shares, errors first; a crossed comparison speaks only where none alone does."""
    found: list[Failed] = []
    for metric in SAID:
        shown = [a for a in of(audits(audit.findings), metric) if a.finding.verdict == "disparity"]
        alone = [a for a in shown if "_x_" not in a.attribute]
        gaps = (_furthest(metric, a.finding, audit.margin) for a in alone or shown)
        found += [gap for gap in gaps if gap is not None]
    return found


def whom(audit: TableAudit) -> list[str]:
    """Each shown gap as people counted in its two groups, with their intervals, for a committee.

    Of groups that are shown only: a gap that rests on a hidden one is left to its verdict.
    """
    label = audit.columns[OUTCOME]
    return [
        f"{SAID[gap.metric].format(label=label)} {_people(gap.low_share)} recorded as {gap.low} "
        f"and {_people(gap.high_share)} recorded as {gap.high}."
        for gap in failed(audit)
    ]


def mostly(audit: TableAudit) -> str:
    """Whom the rule misses, or else wrongly selects, in plain words; empty where no such gap is shown."""
    for gap in failed(audit):
        if gap.metric in ("tpr", "fnr"):
            most = (gap.low_share.upper or 1) < 0.5 if gap.metric == "tpr" else (gap.high_share.lower or 0) > 0.5
            return f"It {'mostly misses' if most else 'misses more of the'} students recorded as {gap.harmed}."
        if gap.metric == "fpr":
            return f"It wrongly selects more of the students recorded as {gap.harmed}."
    return ""


def _furthest(metric: str, finding: Finding, margin: float) -> Failed | None:
    """The pair of shown groups that lies furthest beyond the margin, chance allowed for."""
    pairs = [row for row in finding.rows if row.keys.get("what") == "pair"]
    best = max(pairs, key=_lower, default=None)
    if best is None or _lower(best) <= margin:
        return None
    shares = dict(_shares(finding))
    low, high = str(best.keys["lower"]), str(best.keys["higher"])
    return Failed(metric, _named(low), shares[low], _named(high), shares[high])


def _shares(finding: Finding) -> Iterator[tuple[str, Estimate]]:
    """Shown groups as pairs name them, and the share of each."""
    for row in finding.rows:
        if row.keys.get("what") == "group" and row.estimate is not None:
            yield ", ".join(f"{key} {value}" for key, value in row.keys.items() if key != "what"), row.estimate


def _named(group: str) -> str:
    """A group as its pair names it, the attribute in words.

    >>> _named("entry_route work, gender F")
    'entry route work, gender F'
    """
    parts = (part.partition(" ") for part in group.split(", "))
    return ", ".join(f"{attribute_name(name)}{blank}{value}" for name, blank, value in parts)


def _lower(row: Row) -> float:
    return row.estimate.lower or 0.0 if row.estimate else 0.0


def _people(share: Estimate) -> str:
    low, middle, high = (round(BASE * (end or 0)) for end in (share.lower, share.value, share.upper))
    level = f"{BASE * share.level:.3g}% CI " if share.level else ""
    return f"{middle} in {BASE} ({level}{low} to {high})"
