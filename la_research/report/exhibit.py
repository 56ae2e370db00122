"""From findings to figures: a chart, a title that states the finding, alt text and a table of the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from la_research.errors import Fault, UsageError
from la_research.finding import Estimate, Finding, Row, number
from la_research.protocol import Hypothesis
from la_research.report.catalogue import (
    capital,
    is_count,
    printed,
    readable,
    verdict_words,
)
from la_research.report.chart import Curve, Flow, Forest, Mark, Point, Series, Step
from la_research.report.course import course
from la_research.report.document import Cell, Figure, Table, slug
from la_research.report.gap import gap_cell, gap_verdict, gap_word, of_margin
from la_research.report.labels import row_label
from la_research.report.shapes import shapes
from la_research.report.trial_flow import trial_flow

SUPPRESSED = "suppressed"
KINDS = {"between": "between students", "within": "within a student", "effect": "effect of the support"}
BESIDE = ("pair", "equivalence", "detectable", "needed")
"""Rows of a comparison that stand in tables: two groups at once, and what sizes could show."""
TOLD_IN_FULL = 8
"""Marks that an alt text reads out; with more of them it names the ends and points to the table."""


def exhibit(finding: Finding, name: str = "", ranks: Finding | None = None) -> Figure | None:
    """The figure of one finding; None where it holds nothing that could be drawn.

    Parameters
    ----------
    finding
        Any finding; its id chooses the kind of figure.
    name
        Name of the table twin; the finding's id where left out.
    ranks
        For importance: the finding on ranks, which says whether one indicator clearly leads.

    Raises
    ------
    UsageError
        ``figure.no_interval`` or ``figure.mixed_units``: the rows do not fit an honest axis.
    """
    name = name or slug(finding.id)
    topic = finding.id.rpartition(".")[2]
    if finding.verdict == "not analysed" or not (finding.estimate or finding.rows):
        return None
    if finding.stage == "design":
        rates = tuple(row for row in finding.rows if row.estimate and row.estimate.unit == "share")
        return rows_forest(replace(finding, rows=rates), name, bars=True)
    if finding.stage == "audit":
        told = tuple(row for row in finding.rows if row.keys.get("what") not in BESIDE)
        return rows_forest(replace(finding, rows=told), name)
    if finding.stage == "evaluation" and (drawn := of_support(finding, name)):
        return drawn
    if topic in ("flow", "population"):
        return flow(finding, name)
    if topic == "path":
        return path(finding, name)
    if topic == "calibration_curve":
        return calibration(finding, name)
    if finding.stage == "explanation":
        return explanation(finding, name, ranks)
    if finding.stage == "evaluation" or (finding.stage == "validation" and not finding.confirmatory):
        return rows_forest(of_one_unit(finding), name)
    shown = on_one_axis(finding) if finding.stage == "evaluation" else finding
    return rows_forest(shown, name, bars=topic in ("observed", "responses"))


def explanation(finding: Finding, name: str, ranks: Finding | None = None) -> Figure | None:
    """What a model leans on; by groups, aspects alone are drawn, as sources count the same attribution again."""
    topic = finding.id.rpartition(".")[2]
    if topic == "shapes":
        return shapes(finding, name)
    if topic in ("importance", "ranks"):
        return importance(finding, name, ranks)
    if topic == "grouped":
        return importance(replace(finding, rows=tuple(row for row in finding.rows if "aspect" in row.keys)), name)
    if topic == "perturbation":
        title = "What an aspect counts for by one way of explaining, less what it counts for by the other"
        return rows_forest(replace(finding, estimate=None), name, title=title)
    return rows_forest(finding, name, bars=topic == "interactions")


def on_one_axis(finding: Finding) -> Finding:
    """A finding without the rows that do not fit the axis of the others; what is suppressed keeps its word."""
    one = of_one_unit(finding)
    return replace(one, rows=tuple(row for row in finding.rows if row in one.rows or row.estimate is None))


def of_support(finding: Finding, name: str) -> Figure | None:
    """What the evaluation draws in a way of its own: the flow of a trial, and estimates along time."""
    return trial_flow(finding, name) if finding.id == "evaluation.flow" else course(finding, name)


def of_one_unit(finding: Finding) -> Finding:
    """A finding with those rows alone that fit on one axis: its headline's unit, else the one that most have.

    A specification curve keeps its curve and nothing else.
    """
    told = [row for row in finding.rows if row.estimate is not None and row.estimate.lower is not None]
    curve = [row for row in told if "specification" in row.keys]
    units = Counter(row.estimate.unit for row in curve or told if row.estimate)
    own = finding.estimate.unit if finding.estimate else ""
    unit = own if own in units or not units else next((unit for unit, _ in units.most_common(1)), "")
    rows = tuple(row for row in curve or told if row.estimate and row.estimate.unit == unit)
    return replace(finding, rows=rows, estimate=finding.estimate if own == unit or not unit else None)


def rows_forest(finding: Finding, name: str, *, title: str = "", axis: str = "", bars: bool = False) -> Figure | None:
    """Every row of a finding on one axis, the headline last where it shares the unit."""
    shown = [row for row in finding.rows if not is_count(row.estimate)]
    marks = [row_mark(finding, row) for row in shown]
    units = {mark.estimate.unit for mark in marks if mark.estimate}
    head = finding.estimate
    if head in [mark.estimate for mark in marks]:
        head = None
    if head is not None and not is_count(head) and head.lower is not None and (not units or units == {head.unit}):
        marks.append(Mark(headline_label(finding), head, "second" if marks else "main"))
    if not any(mark.estimate for mark in marks):
        return None
    axis = axis or _axis(next(mark.estimate.unit for mark in marks if mark.estimate))
    chart = Forest(tuple(marks), axis, reference=_reference(finding, marks), bars=bars)
    return figure(name, title or states(finding), chart, first="What is shown")


def row_mark(finding: Finding, row: Row, *, series: Series = "main", group: str = "") -> Mark:
    """A row as a mark; one without an estimate shows its word."""
    return Mark(row_label(row), row.estimate, series, group, word=row.verdict or "not analysed")


def headline_label(finding: Finding) -> str:
    """What a finding's headline estimate is, among its rows."""
    stage, _, rest = finding.id.partition(".")
    if stage == "audit":
        return "largest " + gap_word(finding.estimate.unit if finding.estimate else "")
    if stage == "evaluation" and finding.rows:
        return gap_word(finding.estimate.unit, "difference") if finding.estimate else "difference"
    return "estimate" if not finding.rows else readable(rest.split(".")[0])


def states(finding: Finding) -> str:
    """A title that states the finding: the question and what was found."""
    word = verdict_words(finding.verdict)[0]
    if finding.verdict != "described":
        return f"{finding.question} {word}"
    shown = [row for row in finding.rows if row.estimate is not None and row.estimate.value is not None]
    units = {row.estimate.unit for row in shown if row.estimate}
    if len(shown) < 2 or len(units) > 1:
        return finding.question.rstrip("?") + (f": {finding.estimate}" if finding.estimate else ": described")
    ranked = sorted(shown, key=_value)
    lowest = row_label(ranked[0])
    named = {
        "cohort.observed": f"{lowest} is observed for the fewest",
        "cohort.responses": f"{lowest} was answered by the fewest",
        "indicators.observed": f"{lowest[0].upper() + lowest[1:]} is observed for the fewest",
        "evaluation.prepost": "Change after the contact, by arm: what regression to the mean can make",
    }
    if finding.id in named:
        return named[finding.id]
    return f"{finding.question.rstrip('?')}: highest for {row_label(ranked[-1])}, lowest for {lowest}"


def gaps(
    name: str,
    title: str,
    shown: Sequence[tuple[str, Series, Finding]],
    margin: float | None,
    series: Mapping[Series, str],
) -> Figure | None:
    """Largest gaps of several audits on one axis, with the margin as a band; ``series`` says who is compared."""
    marks = tuple(
        Mark(label, f.estimate if f.estimate and f.estimate.lower is not None else None, kind, word=_word(f))
        for label, kind, f in shown
    )
    if not any(mark.estimate for mark in marks):
        return None
    used = {mark.series for mark in marks}
    legend = tuple((kind, words) for kind, words in series.items() if kind in used)
    signed = any(mark.estimate and _low(mark.estimate) < 0 for mark in marks)
    band = (-margin if signed else 0.0, margin) if margin is not None else None
    label = f"gap of less than {of_margin(margin, _unit(marks))}" if margin is not None else ""
    words = {m.label + m.series: gap_verdict(f)[0] for m, (_, _, f) in zip(marks, shown, strict=True)}
    chart = Forest(marks, gap_word(_unit(marks)), 0.0, band, label, legend if len(legend) > 1 else ())
    rows = tuple(
        (mark.label, series[mark.series], _told(mark, chart), words[mark.label + mark.series]) for mark in marks
    )
    columns = ("Attribute", "Compared", f"Largest {gap_word(_unit(marks))}", "Verdict")
    return Figure(title, alt_text(chart), chart, Table(name, title, columns, rows))


def _word(finding: Finding) -> str:
    """What stands where no number is drawn."""
    return finding.verdict if finding.verdict in ("suppressed", "not analysed") else "size not told"


def hypotheses(name: str, title: str, shown: Sequence[tuple[Hypothesis, Finding]]) -> Figure | None:
    """Registered hypotheses on one axis, each in multiples of its own smallest effect of interest."""
    marks, rows = [], []
    for hypothesis, finding in shown:
        held = finding.estimate
        scaled = _scaled(held, hypothesis) if held is not None and held.lower is not None else None
        marks.append(Mark(f"{hypothesis.id}, {KINDS[hypothesis.kind]}", scaled, word=finding.verdict))
        smallest = number(hypothesis.smallest_effect, held.unit) if held else f"{hypothesis.smallest_effect:g}"
        row: tuple[Cell, ...] = (
            hypothesis.id,
            held or finding.verdict,
            f"{smallest}, {hypothesis.direction}",
            verdict_words(finding.verdict)[0],
        )
        rows.append(row)
    if not any(mark.estimate for mark in marks):
        return None
    chart = Forest(
        tuple(marks),
        "multiples of the smallest effect of interest (right: as registered)",
        0.0,
        (-1.0, 1.0),
        "smaller than registered as of interest",
    )
    columns = ("Hypothesis", "Estimate", "Smallest effect of interest", "Verdict")
    table = Table(name, title, columns, tuple(rows))
    told = "; ".join(f"{row[0]}: {row[1]}, {row[3].lower()}" for row in rows if isinstance(row[3], str))
    alt = f"Forest plot of {len(rows)} registered hypotheses against the smallest effect of interest. {told}."
    return Figure(title, alt, chart, table)


def calibration(finding: Finding, name: str) -> Figure | None:
    """Observed share by bin of the score, against the mean score."""
    observed = {str(row.keys.get("bin")): row for row in finding.rows if row.keys.get("what") == "observed"}
    predicted = {str(row.keys.get("bin")): row for row in finding.rows if row.keys.get("what") == "predicted"}
    points: list[Point] = []
    rows: list[tuple[Cell, ...]] = []
    for key, row in observed.items():
        score = predicted[key].estimate if key in predicted else None
        if row.estimate is None or score is None or score.value is None or row.estimate.lower is None:
            rows.append((f"bin {key}", _mean_score(score), row.verdict or SUPPRESSED))
            continue
        points.append(Point(score.value, row.estimate))
        rows.append((f"bin {key}", _mean_score(score), row.estimate))
    if not points:
        return None
    beyond = sum(not (_low(p.observed) <= p.predicted <= _high(p.observed)) for p in points)
    inside = f"{len(points) - beyond} of {len(points)}"
    title = f"The model's mean score lies inside the observed interval in {inside} score bins"
    chart = Curve(tuple(points), "mean score of the bin", "share observed with the outcome")
    table = Table(name, title, ("Score bin", "Mean score", "Share observed"), tuple(rows))
    told = "; ".join(f"{a}: score {b}, observed {c}" for a, b, c in rows[:12])
    alt = f"Calibration curve of {len(points)} bins, with the diagonal on which score and share agree. {told}."
    return Figure(title, alt, chart, table)


def importance(finding: Finding, name: str, ranks: Finding | None = None) -> Figure | None:
    """Share of the model's attribution that each indicator takes, largest first."""
    ranked = sorted(finding.rows, key=lambda row: (-_value(row) if row.estimate else 1.0, row_label(row)))
    ordered = replace(finding, rows=tuple(ranked), estimate=None)
    if not ranked or ranked[0].estimate is None:
        return None
    first = row_label(ranked[0])
    kind = "aspect" if "aspect" in ranked[0].keys else "indicator"
    title = f"No one {kind} clearly leads; {first} is first in this fit"
    if _leads(ranked, ranks):
        title = f"The model leans most on {first}"
    share = ranked[0].estimate.unit == "share"
    axis = "share of the mean absolute attribution (SHAP)" if share else ""
    return rows_forest(ordered, name, title=title, axis=axis, bars=share)


def _leads(ranked: Sequence[Row], ranks: Finding | None) -> bool:
    """Whether the first is first in every refit; without ranks, whether its interval stands clear of all others."""
    for row in ranks.rows if ranks else ():
        if row.keys == ranked[0].keys and row.estimate is not None:
            return row.estimate.lower == row.estimate.upper == 1
    shares = [row.estimate for row in ranked if row.estimate is not None]
    return all(_low(shares[0]) > _high(other) for other in shares[1:])


def flow(finding: Finding, name: str) -> Figure | None:
    """Who was recorded, who is out and why, who is analysed."""
    steps, rows = [], []
    for row in finding.rows:
        what = str(row.keys.get("what", ""))
        aside = what == "excluded"
        label = capital(what or row_label(row))
        if aside:
            label = f"Not in the study: {readable(str(row.keys.get('reason', '')))}"
        count = printed(row.estimate, row.verdict or SUPPRESSED)
        unit = f" {row.estimate.unit}" if row.estimate else ""
        steps.append(Step(label, count + unit, aside))
        rows.append((label, count))
    if not steps:
        return None
    unit = next((row.estimate.unit for row in finding.rows if row.estimate), "students")
    kept = printed(finding.estimate, finding.verdict)
    place = f"the population '{finding.id.split('.')[1]}'" if finding.id.endswith(".population") else "the study"
    title = f"{kept} {unit} are in {place}" if finding.estimate else f"Who is in {place}"
    told = "; ".join(f"{label}: {count}" for label, count in rows)
    table = Table(name, title, ("Step", f"Number of {unit}"), tuple(rows))
    return Figure(title, f"Flow of {unit}. {told}.", Flow(tuple(steps)), table)


def path(finding: Finding, name: str) -> Figure | None:
    """How many students reached each step of the contact."""
    rows = tuple((capital(row_label(row)), printed(row.estimate, row.verdict or SUPPRESSED)) for row in finding.rows)
    if not rows:
        return None
    unit = next((row.estimate.unit for row in finding.rows if row.estimate), "students")
    title = f"What happened after a contact was suggested, counted in {unit}"
    chart = Flow(tuple(Step(label, f"{count} {unit}" if count[0].isdigit() else count) for label, count in rows))
    told = "; ".join(f"{label}: {count}" for label, count in rows)
    return Figure(title, f"Steps of the contact. {told}.", chart, Table(name, title, ("Step", capital(unit)), rows))


def figure(name: str, title: str, chart: Forest, first: str, notes: tuple[str, ...] = ()) -> Figure:
    """A forest with its alt text and its table twin."""
    rows = tuple((_full(mark), _told(mark, chart)) for mark in chart.marks)
    alt = f"{title.rstrip('.?')}. {alt_text(chart)}"
    return Figure(title, alt, chart, Table(name, title, (first, "Estimate"), rows, notes))


def alt_text(chart: Forest) -> str:
    """What a forest shows, in words; a suppressed mark is named and has no number."""
    told = [f"{_full(mark)} {_told(mark, chart)}" for mark in chart.marks]
    head = f"{'Bars' if chart.bars else 'Plot'} of {len(told)} estimates with their intervals"
    if len(told) > TOLD_IN_FULL:
        return f"{head}, from {told[0]} to {told[-1]}. All are in the table below."
    return f"{head}. {'; '.join(told)}."


def refused(finding: Finding) -> UsageError:
    """The error for a finding that holds nothing to draw."""
    return UsageError(
        Fault(
            "figure.nothing_to_draw",
            f"finding '{finding.id}' holds no estimate with an interval",
            "figure",
            "show the finding itself",
        )
    )


def _scaled(held: Estimate, hypothesis: Hypothesis) -> Estimate:
    by = hypothesis.smallest_effect * (1 if hypothesis.direction == "positive" else -1)
    ends = sorted(
        (held.lower or 0.0) / by if end == "lower" else (held.upper or 0.0) / by for end in ("lower", "upper")
    )
    value = None if held.value is None else held.value / by
    return replace(held, value=value, lower=ends[0], upper=ends[1], unit="times the smallest effect")


def _full(mark: Mark) -> str:
    return f"{mark.group}: {mark.label}" if mark.group else mark.label


def _told(mark: Mark, chart: Forest) -> Cell:
    """A mark as a table prints it: in points where the axis counts them."""
    if "percentage points" in chart.axis:
        return gap_cell(mark.estimate, mark.word)
    return mark.estimate or mark.word


def _unit(marks: Sequence[Mark]) -> str:
    return next((mark.estimate.unit for mark in marks if mark.estimate), "share")


def _axis(unit: str) -> str:
    return {"share": "per cent", "per cent": "change, %"}.get(unit, unit)


def _reference(finding: Finding, marks: Sequence[Mark]) -> float | None:
    if finding.id.endswith((".within", ".difference", ".heterogeneity")) or finding.stage == "evaluation":
        return 0.0
    spans_zero = any(mark.estimate and _low(mark.estimate) < 0 for mark in marks)
    return 0.0 if spans_zero or finding.hypothesis else None


def _value(row: Row) -> float:
    return row.estimate.value if row.estimate is not None and row.estimate.value is not None else 0.0


def _low(estimate: Estimate) -> float:
    return estimate.lower if estimate.lower is not None else 0.0


def _high(estimate: Estimate) -> float:
    return estimate.upper if estimate.upper is not None else 0.0


def _mean_score(estimate: Estimate | None) -> str:
    return number(estimate.value, estimate.unit) if estimate else SUPPRESSED
