"""The flow of a trial after CONSORT: assessed, not drawn, and of each arm who received, was analysed, was lost."""

from __future__ import annotations

from la_research.finding import Estimate, Finding, Row, number
from la_research.report.catalogue import capital, printed, readable
from la_research.report.chart import Arms, Step
from la_research.report.document import Figure, Table

SHARED = ("assessed", "not drawn")


def trial_flow(finding: Finding, name: str) -> Figure | None:
    """``evaluation.flow`` as a figure; None where no arm was drawn.

    Counts are exact and need no interval; one that would tell of too few students reads "suppressed".
    """
    shared = [row for row in finding.rows if row.keys.get("what") in SHARED]
    arms = list(dict.fromkeys(str(row.keys["arm"]) for row in finding.rows if "arm" in row.keys))
    if not arms:
        return None
    above = tuple(
        Step(capital(_what(row)), f"{_count(row)} students", row.keys["what"] != "assessed") for row in shared
    )
    below = tuple(_arm(arm, [row for row in finding.rows if row.keys.get("arm") == arm]) for arm in arms)
    told = [(step.label, step.count) for step in above]
    for step, lines in below:
        told += [
            (step.label, step.count),
            *((f"{step.label}: {a}", b) for a, _, b in (t.partition(": ") for t in lines)),
        ]
    title = f"From the first look to the analysis: {printed(finding.estimate, finding.verdict)} students were drawn"
    alt = f"Flow of students. {'; '.join(f'{label}: {count}' for label, count in told)}."
    return Figure(title, alt, Arms(above, below), Table(name, title, ("Step", "Students"), tuple(told)))


def _arm(arm: str, rows: list[Row]) -> tuple[Step, tuple[str, ...]]:
    drawn = next((row for row in rows if row.keys["what"] == "drawn"), None)
    lines = tuple(f"{_what(row)}: {_count(row)}" for row in rows if row is not drawn)
    return Step(f"Drawn: {readable(arm)}", f"{_count(drawn)} students" if drawn else "not told"), lines


def _what(row: Row) -> str:
    what = readable(str(row.keys["what"]))
    return f"{what} ({row.keys['hypothesis']})" if "hypothesis" in row.keys else what


def _count(row: Row) -> str:
    """A count of students; a share is told as the count that it is."""
    held: Estimate | None = row.estimate
    if held is None or held.value is None:
        return row.verdict or "suppressed"
    return number(round(held.value * held.n) if held.unit == "share" else held.value, "students")
