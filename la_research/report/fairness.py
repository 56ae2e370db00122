"""Who is failed and how often: gaps against the margin, groups under each other, verdicts in a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from la_research.evidence import Evidence
from la_research.finding import Estimate
from la_research.report.audited import beside_gaps, inside_strata, powers
from la_research.report.catalogue import METRICS, attribute_name, capital, metric_name, readable, verdict_words
from la_research.report.chart import Forest, Mark
from la_research.report.claims import counted, sentence, unanswered
from la_research.report.document import Answer, Block, Cell, Figure, Paragraph, Table, slug
from la_research.report.exhibit import figure, gaps, group_label
from la_research.report.mitigation import mitigation_blocks
from la_research.report.proxies import proxies_blocks
from la_research.report.reading import VIEWS, Audited, audits, of, populations, tally
from la_research.report.results import kind_of_reason

MATRIX = ("selection", "fnr", "fpr", "auc")
"""Metrics of the main text; "found" is one minus "missed" and stands with all audit figures."""
FIRST = ("disparity", "inconclusive", "suppressed", "not analysed", "equivalent", "described")
"""Verdicts of an audit in the order in which a reader has to know of them."""


def fairness(evidence: Evidence) -> list[Block]:
    """Gaps that matter first: students missed, by attribute and by group; then the matrix of verdicts."""
    found = audits(evidence.findings)
    closed = [a.finding for a in found] or list(evidence.findings.of_stage("audit"))
    if not closed:
        return [Paragraph("No audit was made: the study registers no model, or no sensitive attribute.")]
    if all(f.verdict == "not analysed" for f in closed):
        return [unanswered(closed[0])]
    pooled = [a.finding for a in found if not a.view]
    blocks: list[Block] = [
        Paragraph(f"{len(pooled)} comparisons between groups: {counted(tally(pooled))}.", lead=True),
        Paragraph(
            "A gap is a property of the system, not of a group of students. Pooled gaps can vanish or turn round "
            "within modules, so both are shown; the verdict is on the pooled one."
        ),
    ]
    asked = evidence.protocol.fairness
    margins = {item.margin for item in (asked.sensitive | asked.across).values()}
    margin = margins.pop() if len(margins) == 1 else None
    for population in populations(found):
        blocks += _population(found, population, margin)
    blocks += inside_strata(found)
    sizes = powers(found, MATRIX)
    blocks += [sizes] if sizes else []
    own = {"proxies": proxies_blocks(evidence), "mitigation": mitigation_blocks(evidence)}
    return [*blocks, *beside_gaps(evidence.findings, own)]


def _population(found: list[Audited], population: str, margin: float | None) -> Iterator[Block]:
    where = "" if population == "all" else f" ({readable(population)})"
    mark = "" if population == "all" else f"-{slug(population)}"
    metric = next((m for m in ("fnr", "tpr", "selection", "auc") if of(found, m, "", population)), "fnr")
    yield from drawn(gap_figure(found, metric, f"gaps-{metric}{mark}", margin, population=population))
    yield from drawn(group_figure(of(found, metric, "", population), metric, f"groups-{metric}{mark}", where))
    here = [a for a in found if a.population == population and not a.view]
    if here:
        yield verdict_table(f"verdicts{mark}", f"Verdict on the largest pooled gap between groups{where}", here, MATRIX)


def verdict_table(name: str, title: str, pooled: Sequence[Audited], metrics: Sequence[str]) -> Table:
    """A row an attribute, a column a metric: the verdict in words."""
    columns = ("Attribute", *(metric_name(m) for m in metrics))
    notes = tuple(f"{metric_name(m)}: {METRICS[m][1]}." for m in metrics)
    return Table(name, title, columns, tuple(_matrix(pooled, metrics)), notes)


def _matrix(here: Sequence[Audited], metrics: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    for attribute in dict.fromkeys(a.attribute for a in here):
        held = {a.metric: a.finding for a in here if a.attribute == attribute}
        cells = (verdict_words(held[m].verdict)[0] if m in held else "not registered" for m in metrics)
        yield (capital(attribute_name(attribute)), *cells)


def gap_figure(
    found: list[Audited],
    metric: str,
    name: str,
    margin: float | None,
    *,
    population: str = "all",
    views: Mapping[str, str] = VIEWS,
) -> Figure | None:
    """Largest gaps of a metric by attribute, pooled and within modules, against the margin where it is one for all."""
    pooled, within = of(found, metric, "", population), of(found, metric, "within", population)
    shown = [(capital(attribute_name(a.attribute)), "main", a.finding) for a in pooled]
    shown += [(capital(attribute_name(a.attribute)), "second", a.finding) for a in within]
    title = gap_title(metric, pooled)
    return gaps(name, title, shown, margin, {"main": views[""], "second": views["within"]})  # type: ignore[arg-type]


def gap_title(metric: str, pooled: Sequence[Audited]) -> str:
    """What the pooled gaps of a metric say, as a title."""
    what = {"fnr": "Students missed", "fpr": "Selection in error", "selection": "Selection", "auc": "Ranking"}.get(
        metric, metric_name(metric)
    )
    by = {
        v: [attribute_name(a.attribute) for a in pooled if a.finding.verdict == v] for v in ("disparity", "equivalent")
    }
    if by["disparity"]:
        return f"{what}: a gap is shown by {_listed(by['disparity'])}"
    if pooled and len(by["equivalent"]) == len(pooled):
        return f"{what}: no gap beyond the margin by any attribute"
    if by["equivalent"]:
        return f"{what}: equal within the margin by {_listed(by['equivalent'])}; the rest can not be told"
    return f"{what}: whether groups differ can not be told"


def gap_answer(label: str, metric: str, pooled: Sequence[Audited]) -> Answer:
    """What the gaps of a metric come to: the verdict that a reader has to know of first, and its number.

    A gap that is shown stands before one that can not be told, and that before equal groups.
    """
    worst = min(pooled, key=lambda a: (FIRST.index(a.finding.verdict), -_size(a.finding.estimate)))
    words, tone = verdict_words(worst.finding.verdict)
    kind = {"disparity": "gap shown", "inconclusive": "gap that can not be told"}.get(worst.finding.verdict, "gap")
    held = worst.finding.estimate
    unit = ", in percentage points" if held and held.unit == "share" else ""
    said = f"The largest {kind} is by {worst.label}{unit}."
    told = worst.finding.reason or ""
    why = sentence(told if worst.finding.verdict == "disparity" else kind_of_reason(told))
    return Answer(label, gap_title(metric, pooled), words, tone, said, held, why)


def _size(estimate: Estimate | None) -> float:
    return abs(estimate.value) if estimate is not None and estimate.value is not None else 0.0


def group_figure(found: Sequence[Audited], metric: str, name: str, where: str = "", title: str = "") -> Figure | None:
    """A metric by group, every attribute under its own heading; intersections stand with all figures."""
    marks: list[Mark] = []
    for a in found:
        if "_x_" in a.attribute:
            continue
        for row in a.finding.rows:
            if row.keys.get("what") == "group" and (row.estimate is None or row.estimate.lower is not None):
                group = capital(attribute_name(a.attribute))
                marks.append(Mark(group_label(row), row.estimate, group=group, word=row.verdict or "not analysed"))
    if not any(mark.estimate for mark in marks):
        return None
    chart = Forest(tuple(marks), f"{METRICS[metric][1]}" if len(METRICS[metric][1]) < 40 else "per cent of the group")
    words = title or {"fnr": "Students with the outcome whom the decision misses, by group"}.get(
        metric, metric_name(metric)
    )
    hidden = sum(mark.estimate is None for mark in marks)
    tail = f"; {hidden} groups are too small to show" if hidden > 1 else ""
    return figure(name, f"{words}{where}{tail}", chart, "Group")


def drawn(found: Figure | None) -> tuple[Figure, ...]:
    """The figure, or nothing."""
    return (found,) if found is not None else ()


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
