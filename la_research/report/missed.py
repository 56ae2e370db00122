"""Who is failed at all, before anyone asks for whom more: how many are missed, and the gaps in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from la_research.evidence import Evidence
from la_research.finding import Estimate
from la_research.report.catalogue import attribute_name, frequency, people
from la_research.report.gap import is_there
from la_research.report.reading import Audited, audits, get, of

NAMES = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NAMED = 2
"""Attributes named one by one; more of them are counted."""


def missed_share(evidence: Evidence, population: str = "all") -> Estimate | None:
    """The share of all with the outcome whom the decision does not select: one less the share it reaches."""
    found = get(evidence, "validation.decision" if population == "all" else f"validation.{population}.decision")
    held = found.estimate if found is not None else None
    if held is None or held.value is None or held.lower is None or held.upper is None:
        return None
    return replace(held, value=1 - held.value, lower=1 - held.upper, upper=1 - held.lower)


def missed_words(evidence: Evidence, population: str = "all") -> str:
    """Of 100 with the outcome, how many are missed in all, and in the group that is missed least often."""
    held = missed_share(evidence, population)
    if held is None:
        return ""
    told = f"the rule misses {frequency(held, people(evidence.protocol), 100)}"
    least = least_missed(of(audits(evidence.findings), "fnr", "", population))
    tail = f", and in every group shown at least {least} in 100" if least is not None else ""
    return f"Of students with the outcome {told}{tail}."


def least_missed(found: Sequence[Audited]) -> int | None:
    """Of 100 in the group that is missed least often among those shown, how many are missed."""
    held = [row.estimate for a in found for row in a.finding.rows if row.keys.get("what") == "group"]
    values = [one.value for one in held if one is not None and one.value is not None]
    return int(100 * min(values) + 1e-9) if values else None


def more_words(found: Sequence[Audited], margin: float | None) -> str:
    """By which attributes one group is missed more by the margin, by which it is not, and by which nobody knows."""
    if not found:
        return ""
    by: dict[str, list[str]] = {"yes": [], "there is a gap, its size not known": [], "no": [], "not known": []}
    for a in found:
        word = {"disparity": "yes", "equivalent": "no"}.get(a.finding.verdict, "not known")
        by["there is a gap, its size not known" if is_there(a.finding) else word].append(attribute_name(a.attribute))
    size = f"{100 * margin:g} percentage points" if margin is not None else "the margin"
    asked = f"Whether it misses one group more by {size} or over"
    if len(by["not known"]) == len(found) > NAMED:
        return f"{asked} is not known by any of {_number(len(found))} attributes."
    told = (
        f"by {_names(names) if word == 'not known' else listed(names)} {word}" for word, names in by.items() if names
    )
    return f"{asked}: {'; '.join(told)}."


def _names(names: Sequence[str]) -> str:
    return listed(names) if len(names) <= NAMED else f"{_number(len(names))} others"


def _number(n: int) -> str:
    return NAMES[n] if n < len(NAMES) else str(n)


def listed(names: Sequence[str]) -> str:
    """Names in a row.

    >>> listed(["age"]), listed(["age", "gender", "religion"])
    ('age', 'age, gender and religion')
    """
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
