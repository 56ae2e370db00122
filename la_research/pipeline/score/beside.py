"""A finding beside what was planted: whether its interval holds it, and which verdict would have been right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from la_research.finding import Estimate, Finding, Row, Verdict, number

DIGITS = 1e-9
"""Two numbers nearer than this are one: both were printed and read again."""
NO_ANSWER = ("inconclusive", "not analysed", "suppressed")


def verdict_earned(planted: float, direction: str, smallest: float) -> Verdict:
    """The verdict that a size earns when it is known exactly."""
    along = planted if direction == "positive" else -planted
    if along >= smallest:
        return "supported"
    return "contradicted" if along <= -smallest else "negligible"


def gap_earned(lower: float, upper: float, margin: float) -> Verdict:
    """The verdict that a gap earns by its interval in a finite cohort; "inconclusive" where it can not decide.

    >>> gap_earned(0.12, 0.30, 0.1), gap_earned(-0.02, 0.08, 0.1), gap_earned(0.05, 0.2, 0.1)
    ('disparity', 'equivalent', 'inconclusive')
    """
    if lower > margin or upper < -margin:
        return "disparity"
    return "equivalent" if -margin < lower and upper < margin else "inconclusive"


def size(value: float, found: Estimate | None, n: int) -> Estimate:
    """A planted size in the unit of what was found; ``n`` where nothing was."""
    return Estimate(value, None, None, None, found.unit if found else "size", found.n if found else n, "planted")


def scored(finding: Finding, question: str, planted: Mapping[str, Row], *said: str) -> Finding:
    """``score.FINDING``: a row for each true size, and one for what was found with the verdict given.

    Parameters
    ----------
    planted
        For each kind of true size ("planted", …) a row with the size and the verdict it
        earns, or the reason why there is none.
    said
        Sentences that compare them.
    """
    rows = tuple(replace(row, keys={"what": what}) for what, row in planted.items())
    seen = Row({"what": "found"}, finding.estimate, finding.verdict, finding.reason)
    return Finding(
        f"score.{finding.id}", question, "described", estimate=finding.estimate, rows=(*rows, seen), limitations=said,
        hypothesis=finding.hypothesis,
    )  # fmt: skip


def held(found: Estimate | None, planted: float, what: str = "planted size") -> str:
    """Whether the interval holds the planted size, as a sentence."""
    if found is None or found.lower is None or found.upper is None:
        return f"There is no interval to hold the {what.rstrip(',')}."
    holds = found.lower - DIGITS <= planted <= found.upper + DIGITS
    return f"The interval {'holds' if holds else 'does not hold'} the {what} of {in_words(planted, found.unit)}."


def told(given: str, earned: str) -> str:
    """Whether the verdict given is the one that the planted size earns, as a sentence.

    >>> told("inconclusive", "supported")
    "The verdict given is 'inconclusive'; the planted size earns 'supported': the study could not tell."
    """
    return f"The verdict given is '{given}'; the planted size earns '{earned}': {judgement(given, earned)}."


def judgement(given: str, earned: str) -> str:
    """Agreed, could not tell, or wrong."""
    if given == earned:
        return "they agree"
    return "the study could not tell" if given in NO_ANSWER else "the study was wrong"


def in_words(value: float, unit: str) -> str:
    """A number with its unit.

    >>> in_words(0.12, "share"), in_words(4, "WHO-5 points")
    ('12.0 %', '4.00 WHO-5 points')
    """
    return number(value, unit) if unit == "share" else f"{number(value, unit)} {unit}"
