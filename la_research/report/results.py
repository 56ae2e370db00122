"""What was found by the other methods, and what stays open: one function a question of the committee."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from la_research.evidence import Evidence
from la_research.finding import Finding
from la_research.report.catalogue import readable, status, verdict_words
from la_research.report.claims import claims, described, further, sentence, unanswered
from la_research.report.document import Block, Bullets, Details, Figure, Paragraph, Table
from la_research.report.exhibit import exhibit
from la_research.report.reading import OPEN, answers, endings, get, population_of


def validity(evidence: Evidence) -> list[Block]:
    """Association, then how well the model's score ranks and how far it can be taken at its word."""
    blocks: list[Block] = claims(evidence, "between", "within")
    blocks += [unanswered(f) for f in endings(evidence, "validation", "wellbeing") if f.verdict in OPEN]
    shown = [
        f
        for topic in ("discrimination", "decision", "calibration", "prevalence")
        for f in endings(evidence, "validation", topic)
    ]
    if shown:
        blocks.append(_questions("model-quality", "How far the model's score can be relied on", shown))
    for curve in endings(evidence, "validation", "calibration_curve"):
        drawn = _exhibit(curve)
        blocks += [drawn] if drawn else [unanswered(curve)] if curve.verdict in OPEN else []
    return blocks


def _questions(name: str, title: str, shown: Sequence[Finding]) -> Table:
    rows = tuple((described(f), f.estimate or f.verdict, status(f)) for f in shown)
    return Table(name, title, ("Question", "Estimate", "Status"), rows, _reasons(shown))


def _exhibit(finding: Finding) -> Figure | None:
    """The figure of a finding, with its population in the title where it is not the main one."""
    drawn, subset = exhibit(finding), population_of(finding)
    if drawn is None or not subset:
        return drawn
    title = f"{drawn.title} ({readable(subset)})"
    return replace(drawn, title=title, table=replace(drawn.table, title=title))


def drivers(evidence: Evidence) -> list[Block]:
    """What the model leans on, and how steady that is."""
    blocks: list[Block] = []
    for finding in endings(evidence, "explanation", "importance"):
        drawn = _exhibit(finding)
        blocks += [drawn] if drawn else [unanswered(finding)]
    steady = [f for topic in ("ranks", "additivity") for f in endings(evidence, "explanation", topic)]
    told = [f for f in steady if f.estimate or f.reason]
    if told:
        blocks.append(_questions("steadiness", "How far the explanation can be relied on", told))
    blocks += [Details(described(f), further(f)) for f in steady if f not in told and f.rows]
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
        blocks.append(
            Bullets(
                tuple(f"{name}: {verdict_words(f.verdict)[0].lower()}. {sentence(f.reason or '')}" for name, f in still)
            )
        )
    named = {f.id for _, f in still}
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in evidence.findings:
        if finding.verdict in OPEN and finding.id not in named:
            groups.setdefault((finding.verdict, kind_of_reason(finding.reason or "")), []).append(finding)
    if groups:
        rows = tuple((sentence(r), verdict_words(v)[0], str(len(fs)), _examples(fs)) for (v, r), fs in groups.items())
        columns = ("Why", "Verdict", "Questions", "For example")
        notes = ("Each question with its own reason: see all audit figures and all findings.",)
        blocks.append(Table("open-questions", "Further questions that stay open", columns, rows, notes))
    blocks += _assumptions(evidence)
    limits = list(dict.fromkeys(text for f in evidence.findings for text in f.limitations))
    limits += [str(note) for note in evidence.provenance.get("notes", ())]
    if limits:
        blocks.append(Details("What a reader must not conclude", (Bullets(tuple(sentence(t) for t in limits)),)))
    return blocks or [Paragraph("No question of the study stayed open.")]


def _assumptions(evidence: Evidence) -> Iterator[Block]:
    seen: dict[tuple[str, str, str], list[str]] = {}
    for finding in evidence.findings:
        for a in finding.assumptions:
            if a.holds is not True:
                seen.setdefault(
                    (a.statement, "failed" if a.holds is False else "not checkable", a.evidence), []
                ).append(finding.id)
    if seen:
        rows = tuple((sentence(s), word, sentence(why), _ids(ids)) for (s, word, why), ids in seen.items())
        title = "Assumptions that failed or that nobody could check"
        table = Table("assumptions", title, ("Assumption", "State", "Evidence", "Findings"), rows)
        failed = sum(key[1] == "failed" for key in seen)
        yield Details(f"{title}: {failed} failed, {len(seen) - failed} not checkable", (table,))


def kind_of_reason(reason: str) -> str:
    """A reason without the groups it names: what comes after "among" or a semicolon stands with the finding."""
    return reason.partition(";")[0].partition(" among ")[0].rstrip(" ,")


def _examples(findings: Sequence[Finding]) -> str:
    return findings[0].question + (" …" if len(findings) > 1 else "")


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


def _reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{f.question} {sentence(f.reason)}" for f in findings if f.reason))
