"""Who is failed and how often: gaps against the margin, groups under each other, verdicts in a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from la_research.evidence import Evidence
from la_research.finding import Estimate
from la_research.report.audited import beside_gaps, inside_strata, powers
from la_research.report.catalogue import METRICS, attribute_name, capital, metric_name
from la_research.report.chart import Forest, Mark
from la_research.report.claims import sentence, unanswered
from la_research.report.document import Answer, Block, Cell, Figure, Paragraph, Table, slug
from la_research.report.exhibit import figure, gaps
from la_research.report.gap import counted_gaps, gap_cell, gap_verdict, is_there
from la_research.report.labels import group_label
from la_research.report.missed import listed, missed_words, more_words
from la_research.report.mitigation import mitigation_blocks, nothing_to_narrow
from la_research.report.proxies import proxies_blocks
from la_research.report.reading import VIEWS, Audited, audits, of, population_words, populations
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
    asked = evidence.protocol.fairness
    margins = {item.margin for item in (asked.sensitive | asked.across).values()}
    margin = margins.pop() if len(margins) == 1 else None
    blocks: list[Block] = []
    for population in populations(found):
        blocks += _population(evidence, found, population, margin)
    blocks.append(
        Paragraph(
            "A gap is a property of the system, not of a group of students. Pooled gaps can vanish or turn round "
            "within modules, so both are shown; the verdict is on the pooled one."
        )
    )
    blocks += inside_strata(found)
    sizes = powers(found, MATRIX)
    blocks += [sizes] if sizes else []
    own = {"proxies": proxies_blocks(evidence), "mitigation": mitigation_blocks(evidence)}
    return [*blocks, *beside_gaps(evidence.findings, own, {"mitigation": nothing_to_narrow(evidence)})]


def _population(evidence: Evidence, found: list[Audited], population: str, margin: float | None) -> Iterator[Block]:
    several = len(populations(found)) > 1
    where = f" ({population_words(population)})" if several else ""
    mark = "" if population == "all" else f"-{slug(population)}"
    head = f"{capital(population_words(population))}. " if several else ""
    lead = (missed_words(evidence, population), more_words(of(found, "fnr", "", population), margin))
    if any(lead):
        yield Paragraph(head + " ".join(part for part in lead if part), lead=True)
        head = ""
    yield Paragraph(f"{head}{tallied(found, population)}", lead=not any(lead))
    metric = next((m for m in ("fnr", "tpr", "selection", "auc") if of(found, m, "", population)), "fnr")
    yield from drawn(gap_figure(found, metric, f"gaps-{metric}{mark}", margin, population=population, where=where))
    yield from drawn(group_figure(of(found, metric, "", population), metric, f"groups-{metric}{mark}", where))
    here = in_matrix(found, population)
    if here:
        title = f"Verdict on the largest pooled gap between groups{where}"
        yield verdict_table(f"verdicts{mark}", title, here, _columns(found))
        small = too_small(here)
        yield from [Paragraph(small)] if small else []


def _columns(found: Sequence[Audited]) -> tuple[str, ...]:
    """The metrics of the main text; "found" stands in for "missed" where that was not asked."""
    swap = not any(a.metric == "fnr" for a in found)
    return tuple("tpr" if metric == "fnr" and swap else metric for metric in MATRIX)


def in_matrix(found: Sequence[Audited], population: str) -> list[Audited]:
    """The pooled comparisons that the matrix of a population shows: "found" and "missed" are one and count once."""
    return [a for a in found if a.population == population and not a.view and a.metric in _columns(found)]


def tallied(found: Sequence[Audited], population: str) -> str:
    """How many comparisons of the matrix read what."""
    heads = [a.finding for a in in_matrix(found, population)]
    return f"{len(heads)} comparisons between groups: {counted_gaps(heads)}." if heads else ""


def all_tallied(found: Sequence[Audited]) -> str:
    """The same of every population, each under its name where there are several."""
    names = populations(found)
    told = ((capital(population_words(name)), tallied(found, name)) for name in names)
    return " ".join(f"{name}: {text}" if len(names) > 1 else text for name, text in told if text)


def too_small(here: Sequence[Audited]) -> str:
    """How many groups are too small to show in one column of the matrix or more, by attribute."""
    hidden: dict[str, set[str]] = {}
    for a in here:
        for row in a.finding.rows:
            if row.keys.get("what") == "group" and row.verdict == "suppressed":
                hidden.setdefault(a.attribute, set()).add(group_label(row))
    told = [f"{len(groups)} by {attribute_name(attribute)}" for attribute, groups in hidden.items()]
    return f"Groups too small to show in one column or more: {', '.join(told)}." if told else ""


def verdict_table(name: str, title: str, pooled: Sequence[Audited], metrics: Sequence[str]) -> Table:
    """A row an attribute, a column a metric: the verdict in words."""
    columns = ("Attribute", *(metric_name(m) for m in metrics))
    notes = tuple(f"{metric_name(m)}: {METRICS[m][1]}." for m in metrics)
    return Table(name, title, columns, tuple(_matrix(pooled, metrics)), notes)


def _matrix(here: Sequence[Audited], metrics: Sequence[str]) -> Iterator[tuple[Cell, ...]]:
    for attribute in dict.fromkeys(a.attribute for a in here):
        held = {a.metric: a.finding for a in here if a.attribute == attribute}
        cells = (gap_verdict(held[m])[0] if m in held else "not registered" for m in metrics)
        yield (capital(attribute_name(attribute)), *cells)


def gap_figure(
    found: list[Audited],
    metric: str,
    name: str,
    margin: float | None,
    *,
    population: str = "all",
    views: Mapping[str, str] = VIEWS,
    where: str = "",
) -> Figure | None:
    """Largest gaps of a metric by attribute, pooled and within modules, against the margin where it is one for all."""
    pooled, within = of(found, metric, "", population), of(found, metric, "within", population)
    shown = [(capital(attribute_name(a.attribute)), "main", a.finding) for a in pooled]
    shown += [(capital(attribute_name(a.attribute)), "second", a.finding) for a in within]
    title = gap_title(metric, pooled) + where
    return gaps(name, title, shown, margin, {"main": views[""], "second": views["within"]})  # type: ignore[arg-type]


def gap_title(metric: str, pooled: Sequence[Audited]) -> str:
    """What the pooled gaps of a metric say, as a title."""
    what = {
        "fnr": "Students missed", "fpr": "Students wrongly selected", "selection": "Selection", "auc": "Ranking",
    }.get(metric, metric_name(metric))  # fmt: skip
    by: dict[str, list[str]] = {"disparity": [], "there": [], "equivalent": [], "rest": []}
    for a in pooled:
        kind = "there" if is_there(a.finding) else a.finding.verdict
        by[kind if kind in by else "rest"].append(attribute_name(a.attribute))
    if pooled and len(by["equivalent"]) == len(pooled):
        return f"{what}: no gap beyond the margin by any attribute"
    if len(by["rest"]) == len(pooled):
        return f"{what}: whether groups differ can not be told"
    told = [f"a gap is shown by {listed(by['disparity'])}"] if by["disparity"] else []
    told += [f"a gap is there by {listed(by['there'])}, its size can not be told"] if by["there"] else []
    told += [f"equal within the margin by {listed(by['equivalent'])}"] if by["equivalent"] else []
    return f"{what}: {'; '.join([*told, *(['the rest can not be told'] if by['rest'] else [])])}"


def gap_answer(label: str, metric: str, pooled: Sequence[Audited]) -> Answer:
    """What the gaps of a metric come to: the verdict that a reader has to know of first, and its number.

    A gap that is shown stands before one of unknown size, that before one that can not be
    told, and that before equal groups.
    """
    worst = min(
        pooled, key=lambda a: (FIRST.index(a.finding.verdict), not is_there(a.finding), -_size(a.finding.estimate))
    )
    words, tone = gap_verdict(worst.finding)
    kind = {"disparity": "gap shown", "inconclusive": "gap that can not be told"}.get(worst.finding.verdict, "gap")
    told, why = gap_cell(worst.finding.estimate, ""), worst.finding.reason or ""
    if is_there(worst.finding):
        kind, why = "gap that is there", "the interval does not hold zero, and it holds gaps below and above the margin"
    elif worst.finding.verdict != "disparity":
        why = kind_of_reason(why)
    bounds = f": {told}" if isinstance(told, str) and told else ""
    said = f"The largest {kind} is by {worst.label}{bounds}."
    held = told if isinstance(told, Estimate) else None
    return Answer(label, gap_title(metric, pooled), words, tone, said, held, sentence(why))


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
