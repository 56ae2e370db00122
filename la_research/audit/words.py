"""Questions, reasons and limits of an audit, as sentences about the system."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.audit.disparity import CLUSTERED, DOMINATES, Comparison, least
from la_research.audit.groups import Grouping
from la_research.audit.metrics import EITHER, METRICS
from la_research.finding import Assumption, Verdict, number

NAMED = 3
"""Groups that a sentence names; more are counted."""
UNSHOWN = "the largest gap involves a group that is not shown, and its size is not told"
ASKED = {"engagement": "however active they were so far"}
"""How a question ends, where students ask it in words of their own."""


def question(metric: str, grouping: Grouping) -> str:
    """What a pooled comparison asks."""
    whatever = f"whatever the students' {grouping.words}"
    return f"{METRICS[metric].question}, {ASKED.get(grouping.name, whatever)}?"


def question_within(metric: str, grouping: Grouping, stratum: str) -> str:
    """What a comparison inside modules asks."""
    return f"Within one {stratum}, {lowered(question(metric, grouping))}"


def question_difference(metric: str, grouping: Grouping, stratum: str) -> str:
    """What the difference of both asks."""
    return f"How far does comparing within one {stratum} change the answer: {lowered(question(metric, grouping))}"


def direction(metric: str, grouping: Grouping, pair: tuple[int, int]) -> str:
    """Where the system does more of it: first group against second."""
    high, low = grouping.describe(pair[0]), grouping.describe(pair[1])
    return f"{METRICS[metric].more} among {high} than among {low}"


def reason(
    metric: str, grouping: Grouping, comparison: Comparison, verdict: Verdict, *, alpha: float, minimum: int
) -> str | None:
    """Why a pooled comparison got its verdict, and in which direction the groups differ."""
    if comparison.gap is None:
        return f"fewer than two groups hold {minimum} {METRICS[metric].reads}"
    gap, margin = comparison.gap, _margin(metric, grouping.margin)
    if verdict == "described":
        return _described(metric, grouping, comparison)
    if verdict == "disparity":
        if not comparison.told:
            return f"a gap is there, larger than the margin of {margin}; {UNSHOWN}"
        return f"{direction(metric, grouping, gap.pair)}, by more than the margin of {margin}"
    differ = f"; where groups differ most, {direction(metric, grouping, gap.pair)}" if gap.value > 0 else ""
    differ = differ if comparison.told else f"; {UNSHOWN}"
    if verdict == "equivalent":
        exists = "a difference exists, but " if comparison.differs else ""
        level = f"{100 * (1 - 2 * alpha):g} %"
        return f"{exists}the {level} interval of every two groups lies within the margin of {margin}{differ}"
    if comparison.dominated:
        return f"{_dominated(grouping, comparison)}{differ}"
    if comparison.short:
        return f"{_short(metric, grouping, comparison, minimum)}{differ}"
    return f"{_open(comparison, margin, alpha)}{differ}"


def limitations(grouping: Grouping, comparison: Comparison, without: int, minimum: int) -> tuple[str, ...]:
    """Who is not in a comparison. ``without`` counts students with no recorded value."""
    said = []
    if comparison.small:
        groups = "1 group" if comparison.small == 1 else f"{comparison.small} groups"
        enter = "does not enter" if comparison.small == 1 else "do not enter"
        said.append(f"{groups} of fewer than {minimum} students {enter} the gap.")
    if without:
        how_many = f"{without:,}" if without >= minimum else "A few"
        said.append(f"{how_many} students without a recorded {grouping.words} are in no group.")
    if grouping.by_thirds:
        said.append(f"A third by {grouping.words} is one of the students on the same module in the same presentation.")
    return tuple(said)


def counted(metric: str, unlabelled: bool, hides: bool) -> tuple[str, ...]:
    """Whose rows count, and how. ``unlabelled``: some scored row has no label; ``hides``: some group is hidden."""
    said = []
    if unlabelled and METRICS[metric].unlabelled:
        said.append("All students scored count, also those whose label is not known.")
    if unlabelled and not METRICS[metric].unlabelled:
        said.append("Students whose label is not known are scored, but do not count here.")
    if METRICS[metric].column == "place":
        said.append("A score counts by its place in its fold, since each fold has a model of its own.")
    if hides:
        said.append("The number of students counts groups that are shown only, so that it gives no hidden one away.")
    return tuple(said)


def uncompared(hides: bool) -> tuple[str, ...]:
    """That groups which are not shown are not compared at all, where there are some."""
    return ("Groups that are not shown are not compared here.",) if hides else ()


def left_out(missing: Sequence[str], weight: float | None, reads: str) -> tuple[str, ...]:
    """Which strata do not enter a gap within strata; with their weight where enough students stand for it."""
    if not missing:
        return ()
    together = "" if weight is None else f" (together {number(weight, 'share')} of the weight)"
    return (f"For want of {reads} in one of the two groups, these stay out{together}: {', '.join(missing)}.",)


def assumptions(metric: str, comparison: Comparison | None) -> tuple[Assumption, ...]:
    """What has to be so for a gap to mean what it says."""
    said = []
    if not METRICS[metric].unlabelled:
        said.append(
            Assumption(
                "the label records need equally well in every group",
                None,
                "the label alone can not show whose need goes unrecorded",
            )
        )
    if (
        comparison is not None
        and comparison.gap is not None
        and (METRICS[metric].counts is None or comparison.clustered)
    ):
        held = not comparison.short
        evidence = "in every group compared" if held else "not in every group"
        where = f"{least(metric)} students or more {_parts(metric)}"
        if METRICS[metric].counts is not None:
            where = f"{CLUSTERED} or more are expected on either side of the rule, as students have several rows"
        said.append(Assumption(where, held, evidence))
    return tuple(said)


def _open(comparison: Comparison, margin: str, alpha: float) -> str:
    """Why a gap that could be compared has no verdict."""
    if comparison.differs:
        return f"a gap is there; whether it is larger than the margin of {margin} can not be told"
    if comparison.p <= alpha:
        return f"taken alone, the gap lies beyond the margin of {margin}, but not once all comparisons count"
    if comparison.gap is not None and comparison.gap.lower > 0:
        return "taken alone, the interval of the largest gap excludes zero, but not once all comparisons count"
    return f"the interval of the largest gap reaches across the margin of {margin}"


def _dominated(grouping: Grouping, comparison: Comparison) -> str:
    share = f"more than {100 * DOMINATES:g} % of the rows"
    return f"one student holds {share} {_among(grouping, comparison.dominated)}, so that a verdict would be on one"


def _short(metric: str, grouping: Grouping, comparison: Comparison, minimum: int) -> str:
    short, all_groups = comparison.short, len(grouping.values) - comparison.small
    names = f"{len(short)} of {all_groups} groups of students"
    if len(short) <= NAMED:
        names = " and among ".join(grouping.describe(group) for group in short)
    needed = f"{minimum} in every group"
    if METRICS[metric].counts is None:
        needed = f"that {least(metric)} {_parts(metric)}"
    elif comparison.clustered:
        needed = f"{CLUSTERED} expected on either side of the rule as students have several rows"
    return f"too few {METRICS[metric].reads} for a verdict, which needs {needed}, among {names}"


def _parts(metric: str) -> str:
    """What 10 students or more have to do in every group, for a metric that is no share of students."""
    card = METRICS[metric]
    if card.reads != EITHER:
        return "count, and are not all alike"
    return "hold either label" if card.column != "decision" else "are on either side of the rule, of either label"


def _described(metric: str, grouping: Grouping, comparison: Comparison) -> str | None:
    gap = comparison.gap
    if gap is None or gap.value <= 0:
        return None
    few = f"; too little is known {_among(grouping, comparison.short)}" if comparison.short else ""
    few += f"; {_dominated(grouping, comparison)}" if comparison.dominated else ""
    where = f"where groups differ most, {direction(metric, grouping, gap.pair)}" if comparison.told else UNSHOWN
    return f"{where}{few}"


def _among(grouping: Grouping, groups: Sequence[int]) -> str:
    if len(groups) > NAMED:
        return f"among {len(groups)} groups of students"
    return "among " + " and among ".join(grouping.describe(group) for group in groups)


def _margin(metric: str, margin: float) -> str:
    return f"{margin:g} in AUC" if metric == "auc" else f"{100 * margin:g} percentage points"


def lowered(sentence: str) -> str:
    """A sentence that goes on inside another."""
    return sentence[0].lower() + sentence[1:]
