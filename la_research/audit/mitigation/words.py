"""Questions, reasons and limits of a comparison of mitigations, as sentences about the system."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from la_research.audit.groups import Grouping
from la_research.finding import Assumption, Estimate, Row

ALIKE = {
    "selection": "the share selected",
    "tpr": "the share of students with the outcome who are found",
    "equalised_odds": "the shares selected of students with the outcome, and of those without",
}
"""What a constraint asks to be alike."""
QUESTIONS = {
    "registered": "How far apart are groups by {} under the rule as registered?",
    "thresholds": "What would a threshold of each group's own change, by {}?",
    "reductions": "What would a model fitted under the constraint change, by {}?",
    "grid": "What would a model chosen from a grid of weights change, by {}?",
    "correlation": "What would taking the linear correlation with the group out of the features change, by {}?",
}
LAW = (
    "Students are treated differently by a protected attribute: {}. Whether that is lawful (in Great Britain the "
    "Equality Act 2010, sections 13, 158 and 159) is a question for the committee, and is not answered here."
)
USES = {
    "thresholds": "each group has a threshold of its own",
    "correlation": "each student's recorded group is read when they are scored",
}
"""How a method reads the attribute of the students it scores."""


def question(method: str, attribute: str) -> str:
    """What a finding asks."""
    return QUESTIONS[method].format(attribute)


def reason(
    method: str, constraint: str, sorted_by: Grouping, headline: Estimate, changes: Sequence[Row], costs: Sequence[Row]
) -> str:
    """What a method does to the gap and who is found less often under it, or that it can not be told."""
    if method == "registered":
        return f"the gap is the largest between two groups in {ALIKE[constraint]}, on held-out students"
    return f"{_gap(headline)}; {_less(sorted_by, changes)}; {_found(costs)}"


def assumptions() -> tuple[Assumption, ...]:
    """What has to be so for rates that read the label."""
    return (
        Assumption(
            "the label records need equally well in every group",
            None,
            "the label alone can not show whose need goes unrecorded",
        ),
    )


def limitations(method: str, constraint: str, sorted_by: Grouping, out: Collection[int]) -> tuple[str, ...]:
    """What a reader must not conclude, and what the committee has to ask."""
    said = [LAW.format(USES[method])] if method in USES else []
    if method in ("reductions", "grid"):
        said.append("The recorded group is read when the model is fitted, not when a student is scored.")
    if method in ("reductions", "grid", "correlation"):
        said.append("A logistic model stands in for the registered one; some of the change may come from that alone.")
    if method == "thresholds" and constraint == "equalised_odds":
        said.append("To make both shares alike, lots are drawn among students of a group that the score serves better.")
    if method != "registered":
        said.append("In each fold as many students are selected as under the registered rule. Nothing is put in use.")
        said.append("Intervals take the rules as they were fitted; a rule fitted to other students would differ.")
    if out:
        said.append("Groups too small to show do not enter the comparison.")
    return tuple(said)


def _gap(change: Estimate) -> str:
    low, high = _ends(change, 100)
    if high < 0:
        return f"the largest gap is narrower by {-high:.1f} to {-low:.1f} percentage points"
    if low > 0:
        return f"the largest gap is wider by {low:.1f} to {high:.1f} percentage points"
    return (
        "whether the largest gap is narrower or wider can not be told "
        f"({-low:.1f} percentage points narrower to {high:.1f} wider)"
    )


def _less(sorted_by: Grouping, changes: Sequence[Row]) -> str:
    """Whose students with the outcome are found less often, and more often."""
    less, more = [], []
    for row in changes:
        if row.keys["metric"] == "tpr" and row.estimate is not None:
            low, high = _ends(row.estimate, 100)
            who = f"students with the outcome {_who(sorted_by, row)} are found"
            less += [f"{who} less often, by {-high:.1f} to {-low:.1f} percentage points"] if high < 0 else []
            more += [f"{who} more often, by {low:.1f} to {high:.1f} percentage points"] if low > 0 else []
    return "; ".join((*(less or ["no group is shown to be found less often"]), *more))


def _found(costs: Sequence[Row]) -> str:
    (found,) = (row.estimate for row in costs if row.keys["metric"] == "found" and row.estimate is not None)
    low, high = _ends(found, 1)
    between = f"between {_more(low)} and {_more(high)}"
    return f"of 1,000 students {_more(found.value or 0.0)} have the outcome and are selected ({between})"


def _more(students: float) -> str:
    """A number of students more, or fewer.

    >>> _more(-2.04), _more(3.0)
    ('2.0 fewer', '3.0 more')
    """
    return f"{abs(students):.1f} {'fewer' if students < 0 else 'more'}"


def _who(sorted_by: Grouping, row: Row) -> str:
    group = sorted_by.values.index(tuple(str(row.keys[name]) for name in sorted_by.attributes))
    return sorted_by.describe(group).removeprefix("students ")


def _ends(estimate: Estimate, times: float) -> tuple[float, float]:
    assert estimate.lower is not None
    assert estimate.upper is not None
    return times * estimate.lower, times * estimate.upper
