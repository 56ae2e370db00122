"""The further questions of an audit, each with the one sentence that a reader needs first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from la_research.finding import Estimate, Finding, Findings, Row
from la_research.report.catalogue import attribute_name
from la_research.report.claims import sentence
from la_research.report.document import Block, Bullets, Table
from la_research.report.labels import group_label
from la_research.report.reading import about, population_words, topic


def in_short(findings: Findings, titles: dict[str, str], first: dict[str, str]) -> Table | None:
    """A row for each question that was answered; what it rests on is opened below the table.

    Populations with the same answer share a row; ``first`` is said before the answer to a question.
    """
    rows = []
    for name, title in titles.items():
        found = [finding for finding in topic(findings, name) if finding.verdict not in ("not analysed", "suppressed")]
        if not found or name not in SHORT:
            continue
        here = dict.fromkeys(about(finding)[0] for finding in found)
        told = {p: SHORT[name]([f for f in found if about(f)[0] == p]) for p in here}
        if len(set(told.values())) == 1:
            told = {"": next(iter(told.values()))}
        for population, text in told.items():
            where = f" ({population_words(population)})" if population else ""
            rows.append((title + where, " ".join(part for part in (first.get(name), text) if part)))
    if not rows:
        return None
    return Table("audit-in-short", "Beside the gaps", ("Question", "Short answer"), tuple(rows))


def plain_limits(findings: Findings) -> list[Block]:
    """What students should know of these gaps: who is not in the data, and what a record is not."""
    said = []
    present = topic(findings, "representation")
    if present:
        less = [text for finding in present for text in _in_less(finding)]
        said += less or [_nobody_less(present)]
    if topic(findings, "labels"):
        said.append("Not all who need help say so. So the students we count as missed may not be all who are missed.")
    if any(_above(f, 0.5) for f in topic(findings, "proxies")):
        said.append("The data can hint at who you are, though the model is never told.")
    return [Bullets(tuple(said), "Good to know")] if said else []


def _nobody_less(present: Sequence[Finding]) -> str:
    if any(_nobody(f) for f in present):
        return "The study leaves nobody out."
    return "We do not see that the study leaves out one group more. A small difference may be there all the same."


def _in_less(finding: Finding) -> Iterator[str]:
    """Groups that are shown to be in the study less often than among all students, and by how much."""
    for row in finding.rows:
        held = row.estimate
        if row.keys.get("what") == "in the study less recorded" and held is not None and (held.upper or 0.0) < 0:
            low, middle, high = (f"{100 * abs(end or 0.0):.1f}" for end in (held.upper, held.value, held.lower))
            yield (
                f"There are fewer {group_label(row)} in the study than among all: {middle} less in 100 "
                f"(likely between {low} and {high}). It can not speak for who is not there."
            )


def _nobody(finding: Finding) -> bool:
    return "nobody" in (finding.reason or "")


def _missing(found: Sequence[Finding]) -> str:
    shown = [f.reason for f in found if f.reason and not _nobody(f) and "can not be told" not in f.reason]
    if shown:
        return " ".join(sentence(reason) for reason in shown)
    nobody = [sentence(f.reason or "") for f in found if _nobody(f)]
    if nobody:
        return nobody[0]
    return "No group is shown to be left out more than others; small differences can not be excluded."


def _consent(found: Sequence[Finding]) -> str:
    open_ = [f for f in found if any(_holds(row, 0.0) for row in f.rows if row.keys.get("what") == "bounds")]
    return _of(len(open_), len(found), "the gap could go the other way, where nothing is assumed of who is not there")


def _labels(found: Sequence[Finding]) -> str:
    open_ = [f for f in found if f.estimate is not None and not _apart(f, 0.0)]
    return _of(len(open_), len(found), "the same data allow a gap against true need in either direction")


def _proxies(found: Sequence[Finding]) -> str:
    shown = [attribute_name(f.id.rpartition(".")[2]) for f in found if _above(f, 0.5)]
    rest = len(found) - len(shown)
    if not shown:
        return f"For none of {len(found)} attributes is it shown; a weak link can not be excluded."
    tail = f" Of {rest} other{'s' if rest > 1 else ''} it is not shown." if rest else ""
    return f"Better than by chance: {', '.join(shown)}.{tail}"


def _mitigation(found: Sequence[Finding]) -> str:
    ways = [f for f in found if not f.id.endswith(".registered") and f.estimate is not None]
    narrower = [f for f in ways if f.estimate is not None and (f.estimate.upper or 0.0) < 0]
    lost = [f for f in ways if "found less often" in (f.reason or "") and "no group is shown" not in (f.reason or "")]
    gap = f"{len(narrower)} of {len(ways)} ways are shown to narrow it" if narrower else "No way is shown to narrow it"
    cost = f"{len(lost)} of them find a group less often" if lost else "none is shown to find a group less often"
    return f"{gap}; {cost}."


def _calibration(found: Sequence[Finding]) -> str:
    slopes = [row for f in found for row in f.rows if row.keys.get("what") == "slope" and row.estimate is not None]
    off = [row for row in slopes if not _holds(row, 1.0)]
    return (
        f"In {len(off)} of {len(slopes)} groups the score is shown to be too bold or too timid. Where need differs, "
        "equal meaning and equal misses can not both hold."
    )


SHORT: dict[str, Callable[[Sequence[Finding]], str]] = {
    "representation": _missing,
    "consent": _consent,
    "labels": _labels,
    "proxies": _proxies,
    "mitigation": _mitigation,
    "calibration": _calibration,
}


def _of(some: int, all_: int, what: str) -> str:
    return f"In {some} of {all_} comparisons {what}."


def _apart(finding: Finding, point: float) -> bool:
    """Whether the interval of a finding lies on one side of a point."""
    bounds = _bounds(finding.estimate)
    return bounds is not None and not bounds[0] <= point <= bounds[1]


def _above(finding: Finding, point: float) -> bool:
    """Whether the interval of a finding lies above a point."""
    bounds = _bounds(finding.estimate)
    return bounds is not None and bounds[0] > point


def _holds(row: Row, point: float) -> bool:
    """Whether the interval of a row holds a point."""
    bounds = _bounds(row.estimate)
    return bounds is not None and bounds[0] <= point <= bounds[1]


def _bounds(held: Estimate | None) -> tuple[float, float] | None:
    if held is None or held.lower is None or held.upper is None:
        return None
    return held.lower, held.upper
