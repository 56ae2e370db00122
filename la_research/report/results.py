"""What was found by the other methods, and what stays open: one function a question of the committee."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from la_research.evidence import Evidence
from la_research.finding import NEEDS_REASON, Finding
from la_research.report.catalogue import readable, status, verdict_words
from la_research.report.claims import described, sentence, why
from la_research.report.document import Block, Bullets, Cell, Details, Figure, Paragraph, Table
from la_research.report.exhibit import exhibit
from la_research.report.gap import gap_word
from la_research.report.reading import answers, population_of


def questions(name: str, title: str, shown: Sequence[Finding]) -> Table:
    """Findings as a table: question, headline, and whether it was registered."""
    rows = tuple(row for f in shown for row in _told(f))
    return Table(name, title, ("Question", "Estimate", "Status"), rows, _reasons(shown))


DECISION = {
    "reached": "Of the students with the outcome, how many does the decision choose?",
    "chosen in error": "Of the students without the outcome, how many does it choose wrongly?",
    "right when chosen": "Of the students it chooses, how many have the outcome?",
}


def _told(finding: Finding) -> Iterator[tuple[Cell, ...]]:
    """A finding as a row of a table; a decision as one row for each thing it can do."""
    parts = [(DECISION[what], row) for row in finding.rows if (what := str(row.keys.get("what"))) in DECISION]
    subset = population_of(finding)
    if finding.id.endswith(".decision") and parts:
        for words, row in parts:
            asked = f"{words} ({readable(subset)})" if subset else words
            yield (asked, row.estimate or row.verdict or "not analysed", status(finding))
    else:
        unit = finding.estimate.unit if finding.estimate else ""
        gap = f" ({gap_word(unit, 'difference')})" if finding.id.endswith(".attrition") and unit else ""
        yield (described(finding) + gap, finding.estimate or finding.verdict, status(finding))


def asked_of(finding: Finding, ranks: Finding | None = None) -> Figure | None:
    """The figure of a finding, with its population in the title where it is not the main one."""
    drawn, subset = exhibit(finding, ranks=ranks), population_of(finding)
    if drawn is None or not subset:
        return drawn
    title = f"{drawn.title} ({readable(subset)})"
    return replace(drawn, title=title, table=replace(drawn.table, title=title))


def unknowns(evidence: Evidence) -> list[Block]:
    """What the study can not say, why, and which assumptions nobody could check."""
    blocks: list[Block] = []
    still = [(h, f) for h, f in answers(evidence) if f.verdict in NEEDS_REASON]
    if still:
        blocks.append(
            Bullets(tuple(f"{h.id}: {verdict_words(f.verdict)[0].lower()}. {sentence(why(h, f))}" for h, f in still))
        )
    named = {f.id for _, f in still}
    notes = ("Each question with its own reason: see all audit figures and all findings.",)
    further_open = [f for f in evidence.findings if f.id not in named]
    left = tuple(open_questions(further_open, "Further questions that stay open", notes))
    blocks += [Details(f"Further questions that stay open, by reason: {_open(further_open)}", left)] if left else []
    blocks += unchecked(evidence.findings)
    told = [f for f in evidence.findings if f.stage != "validation" or f.hypothesis]  # others stand with their numbers
    limits = list(dict.fromkeys(text for f in told for text in f.limitations))
    limits += [str(note) for note in evidence.provenance.get("notes", ())]
    if limits:
        blocks.append(Details("What a reader must not conclude", (Bullets(tuple(sentence(t) for t in limits)),)))
    return blocks or [Paragraph("No question of the study stayed open.")]


def _open(findings: Iterable[Finding]) -> str:
    """How many questions stay open, and in what words."""
    words = Counter(verdict_words(f.verdict)[0].lower() for f in findings if f.verdict in NEEDS_REASON)
    return ", ".join(f"{count} {word}" for word, count in words.items())


def open_questions(findings: Iterable[Finding], title: str, notes: tuple[str, ...] = ()) -> Iterator[Table]:
    """Questions without an answer, counted by reason; nothing where all were answered."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.verdict in NEEDS_REASON:
            groups.setdefault((finding.verdict, _common(finding.reason or "")), []).append(finding)
    if groups:
        rows = tuple((sentence(r), verdict_words(v)[0], str(len(fs)), _examples(fs)) for (v, r), fs in groups.items())
        yield Table("open-questions", title, ("Why", "Verdict", "Questions", "For example"), rows, notes)


def unchecked(findings: Iterable[Finding]) -> Iterator[Details]:
    """Assumptions that failed, and those that nobody could check, each with the findings that rest on it."""
    seen: dict[tuple[str, str, str], list[str]] = {}
    for finding in findings:
        for a in finding.assumptions:
            if a.holds is not True:
                seen.setdefault(
                    (a.statement, "failed" if a.holds is False else "not checkable", a.evidence), []
                ).append(finding.id)
    if seen:
        rows = tuple((sentence(s), word, sentence(told), _ids(ids)) for (s, word, told), ids in seen.items())
        title = "Assumptions that failed or that nobody could check"
        table = Table("assumptions", title, ("Assumption", "State", "Evidence", "Findings"), rows)
        failed = sum(key[1] == "failed" for key in seen)
        yield Details(f"{title}: {failed} failed, {len(seen) - failed} not checkable", (table,))


def kind_of_reason(reason: str) -> str:
    """A reason without the groups it names: what comes after "among" or a semicolon stands with the finding."""
    return reason.partition(";")[0].partition(" among ")[0].rstrip(" ,")


SHARED = {
    "too few students": "too few students in some groups for a verdict",
    "fewer than two groups": "fewer than two groups are large enough",
    "a gap is there": "a gap is there; whether it is larger than the margin can not be told",
    "if need is recorded in": "how often the label records need could make this gap, or hide it",
    "as observed, the rule": "had more students consented, the answer could be another",
    "the interval of the largest gap": "the interval of the largest gap reaches across the margin",
}
"""How a reason begins, and the one wording for all metrics and margins."""


def _common(reason: str) -> str:
    return next((told for begin, told in SHARED.items() if reason.startswith(begin)), kind_of_reason(reason))


def _examples(findings: Sequence[Finding]) -> str:
    return findings[0].question + (" …" if len(findings) > 1 else "")


def _ids(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")


def _reasons(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{f.question} {sentence(f.reason)}" for f in findings if f.reason))
