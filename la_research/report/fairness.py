"""Who is failed and how often: gaps against the margin, groups under each other, verdicts in a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.evidence import Evidence
from la_research.report.audited import beside_gaps, inside_strata, powers
from la_research.report.catalogue import METRICS, attribute_name, capital, metric_name, readable, verdict_words
from la_research.report.chart import Forest, Mark
from la_research.report.claims import counted, unanswered
from la_research.report.document import Block, Cell, Figure, Paragraph, Table, slug
from la_research.report.exhibit import figure, gaps, group_label
from la_research.report.reading import Audited, audits, of, populations, tally

MATRIX = ("selection", "fnr", "fpr", "auc")
"""Metrics of the main text; "found" is one minus "missed" and stands with all audit figures."""


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
    for population in populations(found):
        blocks += _population(evidence, found, population)
    blocks += inside_strata(found)
    sizes = powers(found, MATRIX)
    blocks += [sizes] if sizes else []
    return [*blocks, *beside_gaps(evidence.findings, {})]


def _population(evidence: Evidence, found: list[Audited], population: str) -> Iterator[Block]:
    where = "" if population == "all" else f" ({readable(population)})"
    mark = "" if population == "all" else f"-{slug(population)}"
    metric = next((m for m in ("fnr", "tpr", "selection", "auc") if of(found, m, "", population)), "fnr")
    yield from _drawn(gap_figure(evidence, found, metric, population, f"gaps-{metric}{mark}"))
    yield from _drawn(group_figure(of(found, metric, "", population), metric, f"groups-{metric}{mark}", where))
    rows = tuple(_matrix(found, population))
    if rows:
        columns = ("Attribute", *(metric_name(m) for m in MATRIX))
        notes = tuple(f"{metric_name(m)}: {METRICS[m][1]}." for m in MATRIX)
        title = f"Verdict on the largest pooled gap between groups{where}"
        yield Table(f"verdicts{mark}", title, columns, rows, notes)


def _matrix(found: list[Audited], population: str) -> Iterator[tuple[Cell, ...]]:
    here = [a for a in found if a.population == population and not a.view]
    for attribute in dict.fromkeys(a.attribute for a in here):
        held = {a.metric: a.finding for a in here if a.attribute == attribute}
        cells = (verdict_words(held[m].verdict)[0] if m in held else "not registered" for m in MATRIX)
        yield (capital(attribute_name(attribute)), *cells)


def gap_figure(evidence: Evidence, found: list[Audited], metric: str, population: str, name: str) -> Figure | None:
    """Largest gaps of a metric by attribute, pooled and within modules, against the registered margin."""
    pooled, within = of(found, metric, "", population), of(found, metric, "within", population)
    margins = {s.margin for s in evidence.protocol.fairness.sensitive.values()}
    margin = margins.pop() if len(margins) == 1 else None
    shown = [(capital(attribute_name(a.attribute)), "main", a.finding) for a in pooled]
    shown += [(capital(attribute_name(a.attribute)), "second", a.finding) for a in within]
    title = gap_title(metric, pooled)
    return gaps(name, title, shown, margin)  # type: ignore[arg-type]


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


def _drawn(found: Figure | None) -> tuple[Block, ...]:
    return (found,) if found is not None else ()


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]
