"""An audit of a plain table: what was asked of whom, and what was found; everything in it is exploratory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from la_research.audit.fairness import compared
from la_research.audit.metrics import METRICS
from la_research.audit.plan import AuditPlan
from la_research.disclosure import disclosed, why_hidden
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed, table_document

LABELS = {"yes": 1.0, "no": 0.0}
OUTCOME = "outcome"
"""What the column of labels is called among those that were read."""


@dataclass(frozen=True)
class TableAudit:
    """An audit of a table as both reports read it.

    Parameters
    ----------
    file, digest
        Name of the file and SHA-256 of its bytes.
    data
        "synthetic", "open" or "restricted".
    plan
        What was compared, and by which rule.
    columns
        What each column that was read is, in words, and its name.
    attributes
        The name of the column behind each attribute.
    rule
        How a student comes to be selected, as a sentence without its full stop.
    findings
        What was found; small groups are suppressed.
    approval
        Under which approval it was made, or None.
    versions
        Of what made the numbers.
    """

    file: str
    digest: str
    data: str
    plan: AuditPlan
    columns: Mapping[str, str]
    attributes: Mapping[str, str]
    rule: str
    findings: Findings
    approval: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def margin(self) -> float:
        """The gap that would matter."""
        return next(iter(self.plan.attributes.values()))

    @property
    def stratified(self) -> bool:
        """Whether groups are compared within strata too."""
        return bool(self.plan.stratum)

    def as_json(self) -> dict[str, Any]:
        """The audit as ``la_research.findings/1``; ``study.asked`` holds what was asked of the table."""
        asked = {
            "file": self.file,
            "data": self.data,
            "approval": self.approval,
            "columns": dict(self.columns),
            "attributes": dict(self.attributes),
            "intersections": [list(names) for names in self.plan.intersections],
            "rule": self.rule,
            "metrics": list(self.plan.metrics),
            "margin": self.margin,
            "alpha": self.plan.alpha,
            "minimum_group_size": self.plan.minimum,
        }
        return table_document("audit", self.digest, asked, self.findings, self.versions)


def audit_rows(plan: AuditPlan, rows: pd.DataFrame, remarks: Sequence[str] = ()) -> Findings:
    """Every comparison of a plan on the rows of a table, and who is in it; small groups are suppressed.

    Where all known labels are alike, what reads a label is "not analysed", and ``cohort.table``
    says so. Its limitations say where a student's group changes between rows.

    Parameters
    ----------
    plan
        Not confirmatory. An empty ``stratum`` asks for no comparison within strata.
    rows
        As ``tasks_of`` reads them.
    remarks
        Limitations of the table, as sentences.

    Examples
    --------
    Of 40 women 20 were selected, of 40 men 10; nobody's label is known.

    >>> rows = pd.DataFrame({
    ...     "student_id": [f"s{i}" for i in range(80)], "fold": 1, "score": 0.5, "label": np.nan, "stratum": "all",
    ...     "gender": ["F"] * 40 + ["M"] * 40, "decision": [1] * 20 + [0] * 20 + [1] * 10 + [0] * 30})
    >>> plan = AuditPlan({"gender": 0.1}, metrics=("selection",), stratum="", confirmatory=False)
    >>> found = audit_rows(plan, rows)["audit.selection.gender"]
    >>> found.verdict, round(found.estimate.value, 2), found.confirmatory
    ('inconclusive', 0.25, False)
    """
    found = compared(plan, rows)
    if not plan.stratum:
        found = [finding for finding in found if finding.id.count(".") == POOLED]
    alike = _alike(rows)
    if alike:
        found = [_unread(finding, alike) if _reads_label(finding) else finding for finding in found]
    who = _who(plan, rows, alike, (*remarks, *_changing(plan, rows)))
    return disclosed(Findings([who, *found]), plan.minimum)


POOLED = 2
"""Dots in the id of a finding over all students: ``audit.METRIC.ATTRIBUTE``."""


def _alike(rows: pd.DataFrame) -> str | None:
    """What follows from labels that are all the same, or None."""
    known = rows["label"].dropna().unique()
    word = next((word for word, value in LABELS.items() if len(known) == 1 and known[0] == value), None)
    return word and f"every known outcome is {word}: only selection can be compared"


def _reads_label(finding: Finding) -> bool:
    metric = next((part for part in finding.id.split(".") if part in METRICS), None)
    return metric is None or not METRICS[metric].unlabelled


def _unread(finding: Finding, why: str) -> Finding:
    return not_analysed(finding.id, finding.question, why, confirmatory=finding.confirmatory)


def _changing(plan: AuditPlan, rows: pd.DataFrame) -> Iterator[str]:
    """Attributes that are recorded with several values for one student."""
    for name in plan.attributes:
        count = int((rows.groupby("student_id")[name].nunique() > 1).sum())
        if count:
            how_many = f"{count:,}" if count >= plan.minimum else "A few"
            said = "are in several groups, and intervals take groups for different students"
            yield f"{how_many} students whose recorded {name.replace('_', ' ')} changes between rows {said}."


def _who(plan: AuditPlan, rows: pd.DataFrame, alike: str | None, limitations: tuple[str, ...]) -> Finding:
    """Students by decision and by label; where a label is held by few, or few lack one, none is told by label."""
    label, chosen = rows["label"].to_numpy(dtype=float), rows["decision"].to_numpy() == 1
    every = [
        Row({"what": "row"}, Estimate(len(rows), None, None, None, "rows", len(rows), "count")),
        *(Row({"decision": word}, _students(rows, mask)) for word, mask in (("yes", chosen), ("no", ~chosen))),
    ]
    parts = {word: label == value for word, value in LABELS.items()} | {"not known": np.isnan(label)}
    counts = {word: _students(rows, mask) for word, mask in parts.items()}
    few = any(0 < count.n < plan.minimum for count in counts.values())
    every += [
        Row({"label": word}, None, "suppressed", why_hidden(plan.minimum)) if few else Row({"label": word}, count)
        for word, count in counts.items()
        if few or count.n
    ]
    return Finding(
        "cohort.table",
        "Who is in the table?",
        "described",
        _students(rows, np.ones(len(rows), bool)),
        tuple(every),
        limitations=limitations,
        reason=alike,
    )


def _students(rows: pd.DataFrame, inside: np.ndarray) -> Estimate:
    n = int(rows["student_id"][inside].nunique())
    return Estimate(n, None, None, None, "students", n, "count")
