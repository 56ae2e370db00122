"""An outcome of yes and no that some but few students of an arm have: its numbers would count them."""

from __future__ import annotations

from dataclasses import replace

from la_research.disclosure import tells_few
from la_research.evaluation.sample import Sample
from la_research.evaluation.shares import few
from la_research.finding import Finding

ARMS = ("assigned", "arm", "treatment")
ELSEWHERE = ("time", "running", "error")
"""Roles of samples whose effect is no difference between the shares of arms: a course, a jump, an estimate of sites."""
WITHOUT_OUTCOME = ("balance", "overlap")
"""Parts beside an effect whose numbers come without the outcome."""


def yes_tells_few(sample: Sample) -> bool:
    """Whether in some arm the outcome is yes, or no, of some students but fewer than the minimum.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"treatment": [0, 1] * 100, "outcome": [1.0] * 7 + [0.0] * 193})
    >>> yes_tells_few(Sample(rows, unit="share")), yes_tells_few(Sample(rows))
    (True, False)
    """
    if sample.unit != "share" or any(role in sample for role in ELSEWHERE):
        return False
    known = sample.rows.dropna(subset="outcome")
    if not known["outcome"].isin((0, 1)).all():
        return False
    sides = (known.groupby(role)["outcome"].agg(["sum", "size"]) for role in ARMS if role in sample)
    return any(tells_few(part, whole, sample.minimum) for side in sides for part, whole in side.itertuples(index=False))


def without_numbers(finding: Finding, minimum: int) -> Finding:
    """A finding without its numbers; what was registered keeps its verdict, and what has no outcome all it holds."""
    if finding.verdict == "not analysed" or any(part in WITHOUT_OUTCOME for part in finding.id.split(".")):
        return finding
    verdict = finding.verdict if finding.confirmatory else "suppressed"
    reason = "; ".join(said for said in (finding.reason, few(minimum)) if said)
    return replace(finding, estimate=None, rows=(), verdict=verdict, reason=reason)
