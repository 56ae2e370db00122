"""What was found, as parts of the ethics report: one function a question of the committee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.evidence import Evidence
from la_research.finding import VERDICTS, Finding
from la_research.protocol import Hypothesis, Protocol
from la_research.report.catalogue import (
    METRICS,
    answered,
    attribute_name,
    claim,
    is_count,
    metric_name,
    printed,
    readable,
    status,
    verdict_words,
)
from la_research.report.chart import Forest, Mark
from la_research.report.document import Answer, Block, Bullets, Cell, Definitions, Details, Figure, Paragraph, Table, slug
from la_research.report.exhibit import SUPPRESSED, exhibit, figure, gaps, group_label, hypotheses, row_label
from la_research.report.reading import (
    OPEN,
    Audited,
    answers,
    audits,
    endings,
    get,
    of,
    population_of,
    populations,
    tally,
)

MATRIX = ("selection", "fnr", "fpr", "auc")
"""Metrics of the main text; "found" is one minus "missed" and stands with all audit figures."""


def counted(verdicts: dict[str, int]) -> str:
    """A tally as words, "can not tell" and what follows it last: "1 supported, 2 can not tell"."""
    ordered = sorted(verdicts, key=VERDICTS.index)
    ordered.sort(key=lambda verdict: verdict in OPEN)
    return ", ".join(f"{verdicts[verdict]} {verdict_words(verdict)[0].lower()}" for verdict in ordered)


def hypothesis_answer(hypothesis: Hypothesis, finding: Finding, protocol: Protocol) -> Answer:
    """The registered claim, its verdict, its number, and why it reads so."""
    words, tone = verdict_words(finding.verdict)
    return Answer(
        hypothesis.id,
        claim(hypothesis, protocol),
        words,
        tone,
        estimate=finding.estimate,
        reason=_sentence(finding.reason or ""),
    )


def hypothesis_details(hypothesis: Hypothesis, finding: Finding) -> Details:
    """The estimand by its five attributes, what was registered, and which assumptions hold."""
    asked = hypothesis.estimand
    events = [f"{readable(event)}: {rule}" for event, rule in asked.intercurrent_events.items()]
    smallest = f"{hypothesis.smallest_effect:g}" + (f" {finding.estimate.unit}" if finding.estimate else "")
    registered = Definitions(
        (
            ("Population", answered(asked.population)),
            ("Contrast", answered(asked.contrast)),
            ("Outcome", answered(asked.outcome)),
            ("Events that may come between", " ".join(_sentence(event) for event in events) or "not answered"),
            ("Summary measure", answered(asked.summary)),
            ("Direction and smallest effect of interest", f"{hypothesis.direction}, {smallest}"),
            ("Alpha and family", f"{hypothesis.alpha:g} shared by the family '{readable(hypothesis.family)}' (Holm)"),
            ("Missing outcomes", hypothesis.missing),
            ("Finding", f"{finding.id}, {status(finding)}"),
        )
    )
    return Details(f"{hypothesis.id}: what exactly was estimated", (registered, *further(finding)))


def further(finding: Finding) -> tuple[Block, ...]:
    """Further estimates of a finding, its assumptions and its limitations."""
    blocks: list[Block] = []
    if finding.rows:
        rows = tuple((row_label(row).capitalize(), row_cell(row.estimate, row.verdict)) for row in finding.rows)
        name = f"rows-{slug(finding.id)}"
        blocks.append(Table(name, f"Further estimates of {finding.id}", ("What", "Estimate"), rows))
    if finding.assumptions:
        blocks.append(Bullets(tuple(_sentence(str(assumption)) for assumption in finding.assumptions)))
    if finding.limitations:
        blocks.append(Bullets(tuple(_sentence(text) for text in finding.limitations)))
    return tuple(blocks)


def row_cell(estimate: object, verdict: str | None) -> Cell:
    """A row's estimate, or the word that stands for it; plain counts as text."""
    from la_research.finding import Estimate

    if isinstance(estimate, Estimate):
        return printed(estimate, "") if is_count(estimate) else estimate
    return verdict or "not analysed"


def summary_figure(evidence: Evidence) -> Figure | None:
    """All registered hypotheses against their smallest effects of interest."""
    shown = answers(evidence)
    return hypotheses("hypotheses", f"Registered hypotheses: {counted(tally(f for _, f in shown))}", shown)


def claims(evidence: Evidence, *kinds: str) -> list[Block]:
    """Answers and details of the hypotheses of these kinds."""
    blocks: list[Block] = []
    for hypothesis, finding in answers(evidence, *kinds):
        blocks.append(hypothesis_answer(hypothesis, finding, evidence.protocol))
        blocks.append(hypothesis_details(hypothesis, finding))
    return blocks


def validity(evidence: Evidence) -> list[Block]:
    """Association, then how well the model's score ranks and how far it can be taken at its word."""
    blocks: list[Block] = claims(evidence, "between", "within")
    blocks += [unanswered(f) for f in endings(evidence, "validation", "wellbeing") if f.verdict in OPEN]
    shown = [f for topic in ("discrimination", "calibration", "prevalence") for f in endings(evidence, "validation", topic)]
    if shown:
        blocks.append(_questions("model-quality", "How far the model's score can be relied on", shown))
    for curve in endings(evidence, "validation", "calibration_curve"):
        drawn = exhibit(curve)
        blocks += [drawn] if drawn else [unanswered(curve)] if curve.verdict in OPEN else []
    return blocks


def _questions(name: str, title: str, shown: Sequence[Finding]) -> Table:
    rows = tuple((described(f), f.estimate or f.verdict, status(f)) for f in shown)
    return Table(name, title, ("Question", "Estimate", "Status"), rows, _reasons(shown))


def described(finding: Finding) -> str:
    """A finding's question, with its population where it is not the main one."""
    subset = population_of(finding)
    return f"{finding.question} ({readable(subset)})" if subset else finding.question


def unanswered(finding: Finding) -> Answer:
    """A question without an answer, and why."""
    words, tone = verdict_words(finding.verdict)
    return Answer("", finding.question, words, tone, reason=_sentence(finding.reason or ""))


def fairness(evidence: Evidence) -> list[Block]:
    """Gaps that matter first: missed need, by attribute and by group; then the matrix of verdicts."""
    found = audits(evidence.findings)
    closed = [a.finding for a in found] or list(evidence.findings.of_stage("audit"))
    if not closed:
        return [Paragraph("No audit was made: the study registers no model, or no sensitive attribute.")]
    if all(f.verdict == "not analysed" for f in closed):
        return [unanswered(closed[0])]
    said = counted(tally(a.finding for a in found if a.view != "difference"))
    blocks: list[Block] = [
        Paragraph(
            f"Comparisons made, pooled over modules and within them: {said}. A gap is a property of the system, "
            "not of a group of students. Pooled gaps can vanish or turn round within modules, so both are shown.",
            lead=True,
        )
    ]
    for population in populations(found):
        blocks += _population(evidence, found, population)
    return blocks


def _population(evidence: Evidence, found: list[Audited], population: str) -> Iterator[Block]:
    where = "" if population == "all" else f" ({readable(population)})"
    mark = "" if population == "all" else f"-{slug(population)}"
    metric = next((m for m in ("fnr", "tpr", "selection", "auc") if of(found, m, "", population)), "fnr")
    yield from _drawn(gap_figure(evidence, found, metric, population, f"gaps-{metric}{mark}"))
    yield from _drawn(group_figure(of(found, metric, "", population), metric, f"groups-{metric}{mark}", where))
    rows = tuple(_matrix(found, population))
    if rows:
        columns = ("Attribute", "Compared", *(metric_name(m) for m in MATRIX))
        notes = tuple(f"{metric_name(m)}: {METRICS[m][1]}." for m in MATRIX)
        title = f"Verdict on the largest gap between groups{where}"
        yield Table(f"verdicts{mark}", title, columns, rows, notes)


def _matrix(found: list[Audited], population: str) -> Iterator[tuple[Cell, ...]]:
    here = [a for a in found if a.population == population]
    for attribute in dict.fromkeys(a.attribute for a in here):
        for view, words in (("", "pooled"), ("within", "within modules")):
            held = {a.metric: a.finding for a in here if (a.attribute, a.view) == (attribute, view)}
            if held:
                cells = (verdict_words(held[m].verdict)[0] if m in held else "not registered" for m in MATRIX)
                yield (attribute_name(attribute).capitalize(), words, *cells)


def gap_figure(evidence: Evidence, found: list[Audited], metric: str, population: str, name: str) -> Figure | None:
    """Largest gaps of a metric by attribute, pooled and within modules, against the registered margin."""
    pooled, within = of(found, metric, "", population), of(found, metric, "within", population)
    margins = {s.margin for s in evidence.protocol.fairness.sensitive.values()}
    margin = margins.pop() if len(margins) == 1 else None
    shown = [(attribute_name(a.attribute).capitalize(), "main", a.finding) for a in pooled]
    shown += [(attribute_name(a.attribute).capitalize(), "second", a.finding) for a in within]
    title = gap_title(metric, pooled)
    return gaps(name, title, shown, margin)  # type: ignore[arg-type]


def gap_title(metric: str, pooled: Sequence[Audited]) -> str:
    """What the pooled gaps of a metric say, as a title."""
    what = {"fnr": "Missed need", "fpr": "Selection in error", "selection": "Selection", "auc": "Ranking"}.get(
        metric, metric_name(metric)
    )
    by = {v: [attribute_name(a.attribute) for a in pooled if a.finding.verdict == v] for v in ("disparity", "equivalent")}
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
                group = attribute_name(a.attribute).capitalize()
                marks.append(Mark(group_label(row), row.estimate, group=group, word=row.verdict or "not analysed"))
    if not any(mark.estimate for mark in marks):
        return None
    chart = Forest(tuple(marks), f"{METRICS[metric][1]}" if len(METRICS[metric][1]) < 40 else "per cent of the group")
    words = title or {"fnr": "Students with the outcome whom the decision misses, by group"}.get(metric, metric_name(metric))
    hidden = sum(mark.estimate is None for mark in marks)
    tail = f"; {hidden} groups are too small to show" if hidden > 1 else ""
    return figure(name, f"{words}{where}{tail}", chart, "Group")


def drivers(evidence: Evidence) -> list[Block]:
    """What the model leans on, and how steady that is."""
    blocks: list[Block] = []
    for finding in endings(evidence, "explanation", "importance"):
        drawn = exhibit(finding)
        blocks += [drawn] if drawn else [unanswered(finding)]
    steady = [f for topic in ("ranks", "additivity") for f in endings(evidence, "explanation", topic)]
    if steady:
        blocks.append(_questions("steadiness", "How far the explanation can be relied on", steady))
    if blocks:
        blocks.append(
            Paragraph(
                "Attribution says what the model's score leans on. It does not say what makes a student's mood rise or "
                "fall, and changing what is measured need not change how anyone is."
            )
        )
    return blocks or [Paragraph("No model was explained: the study registers none.")]


def support(evidence: Evidence) -> list[Block]:
    """The randomised contrast first; the change over time only as a warning."""
    blocks: list[Block] = claims(evidence, "effect")
    own = [
        f
        for f in evidence.findings.of_stage("evaluation")
        if f.hypothesis is None and f.id.split(".")[-1] not in ("prepost", "path", "attrition")
    ]
    steady = [f for f in (*own, *endings(evidence, "evaluation", "attrition")) if f.estimate or f.reason]
    if steady:
        blocks.append(_questions("support-beside", "Beside the registered contrast", steady))
    reached = get(evidence, "evaluation.path")
    if reached is not None:
        drawn = exhibit(reached)
        blocks += [drawn] if drawn else []
    blocks += _prepost(evidence)
    return blocks or [Paragraph("The study registers no support.")]


def _prepost(evidence: Evidence) -> Iterator[Block]:
    finding = get(evidence, "evaluation.prepost")
    drawn = exhibit(finding) if finding else None
    if finding is None or drawn is None:
        return
    yield Paragraph(
        "Students were chosen in a quiet week, and quiet weeks tend to be followed by less quiet ones with no help at "
        "all (regression to the mean). The figure below shows the size of that illusion. It is not an effect."
    )
    yield drawn


def unknowns(evidence: Evidence) -> list[Block]:
    """What the study can not say, why, and which assumptions nobody could check."""
    blocks: list[Block] = []
    still = [(h.id, f) for h, f in answers(evidence) if f.verdict in OPEN]
    if still:
        blocks.append(Bullets(tuple(f"{name}: {verdict_words(f.verdict)[0].lower()}. {_sentence(f.reason or '')}" for name, f in still)))
    named = {f.id for _, f in still}
    others = [f for f in evidence.findings if f.verdict in OPEN and f.id not in named]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in others:
        groups.setdefault((finding.verdict, finding.reason or ""), []).append(finding)
    if groups:
        rows = tuple((verdict_words(v)[0], _sentence(r), str(len(fs)), _examples(fs)) for (v, r), fs in groups.items())
        columns = ("Verdict", "Reason", "Questions", "For example")
        blocks.append(Table("open-questions", "Questions that stay open", columns, rows))
    blocks += _assumptions(evidence)
    limits = list(dict.fromkeys(text for f in evidence.findings for text in f.limitations))
    limits += [str(note) for note in evidence.provenance.get("notes", ())]
    if limits:
        blocks.append(Details("What a reader must not conclude", (Bullets(tuple(_sentence(t) for t in limits)),)))
    return blocks or [Paragraph("No question of the study stayed open.")]


def _assumptions(evidence: Evidence) -> Iterator[Block]:
    seen: dict[tuple[str, str, str], list[str]] = {}
    for finding in evidence.findings:
        for a in finding.assumptions:
            if a.holds is not True:
                seen.setdefault((a.statement, "failed" if a.holds is False else "not checkable", a.evidence), []).append(finding.id)
    if seen:
        rows = tuple((_sentence(s), word, _sentence(why), _ids(ids)) for (s, word, why), ids in seen.items())
        title = "Assumptions that failed or that nobody could check"
        table = Table("assumptions", title, ("Assumption", "State", "Evidence", "Findings"), rows)
        failed = sum(key[1] == "failed" for key in seen)
        yield Details(f"{title}: {failed} failed, {len(seen) - failed} not checkable", (table,))


def _examples(findings: Sequence[Finding]) -> str:
    return findings[0].question + (" …" if len(findings) > 1 else "")


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


def _reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{f.question} {_sentence(f.reason)}" for f in findings if f.reason))


def _drawn(found: Figure | None) -> tuple[Block, ...]:
    return (found,) if found is not None else ()


def _listed(names: Sequence[str]) -> str:
    return " and ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def _sentence(text: str) -> str:
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?!" else ".")


__all__ = ["SUPPRESSED", "claims", "drivers", "fairness", "summary_figure", "support", "unknowns", "validity"]
