"""The report to the ethics committee, in the order in which a committee asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from la_research.cohort.rehearsal import REHEARSAL, SAID, gate_verdicts
from la_research.evaluation.checklists import Item
from la_research.evidence import Evidence
from la_research.finding import Finding, Findings
from la_research.governance import Accesses
from la_research.protocol import Hypothesis
from la_research.report.appendix import all_audits, all_findings, indicator_figures, planted
from la_research.report.catalogue import WHY_NOT_OBSERVED, answered, capital, printed
from la_research.report.claims import caveats, counted, hypothesis_answer, score_answer, summary_figure
from la_research.report.design import design
from la_research.report.document import Answer, Block, Bullets, Definitions, Document, Notice, Paragraph, Section, Table
from la_research.report.exhibit import exhibit
from la_research.report.fairness import all_tallied, fairness, gap_answer
from la_research.report.looks import looks
from la_research.report.measured import Measured
from la_research.report.passport import passport_section
from la_research.report.plain import words_at_first_sight
from la_research.report.promises import DATA_WORDS, data_used, eligibility, outcomes, purpose, safeguards, still_owed
from la_research.report.reading import answers, audits, data_level, endings, get, of, tally
from la_research.report.results import drivers, unknowns
from la_research.report.support import support
from la_research.report.validity import validity


def ethics_report(
    evidence: Evidence,
    score: Findings | None = None,
    passport: Sequence[Measured] | None = None,
    checklist: Sequence[Item] = (),
    accesses: Accesses | None = None,
) -> Document:
    """The report that an ethics committee reads in twenty minutes.

    Parameters
    ----------
    evidence
        The frozen evidence of a study.
    score
        Findings set beside the truth; only synthetic cohorts have them. They add an
        appendix and change nothing else.
    passport
        What each method measured where the truth is known, as
        ``la_research.store.passport.load_passport`` reads it; it adds an appendix.
    checklist
        The items that a study of its design has to tell of, as ``la_research.store.checklists.load_checklist`` reads
        them; each is set beside the findings that answer it.
    accesses
        Looks at one student's data, as ``la_research.store.access.read_accesses`` reads them; they are counted
        under the safeguards.

    Returns
    -------
    Document
        Thirteen sections in a fixed order, then appendices. What the protocol does not
        answer reads "not answered"; what was not analysed, was suppressed or can not be
        told is shown as such.

    References
    ----------
    The order follows what Jisc's Code of practice for learning analytics (2015, updated
    2023) and the University of Leeds' Code of practice on learning analytics ask for.
    """
    p = evidence.protocol
    sections = [
        Section("summary", "Summary and the decision asked", tuple(_summary(evidence))),
        Section("purpose", "Purpose and basis", tuple(purpose(evidence))),
        Section("data", "The data, and why no more", tuple(data_used(evidence))),
        Section("flow", "Who is in and who is out", tuple(_flow(evidence))),
        Section("design", "What this study can and can not find", tuple(design(evidence))),
        Section("validity", "Does it measure what it claims?", tuple(_validity(evidence))),
        Section("fairness", "Who is failed, and how often?", tuple(fairness(evidence))),
        Section("drivers", "What drives it?", tuple(drivers(evidence))),
        Section("support", SUPPORT, tuple(support(evidence, checklist))),
        Section("unknown", "What is not known", tuple(unknowns(evidence))),
        Section("deviations", "Deviations from the registered plan", tuple(_deviations(evidence))),
        Section("safeguards", "Safeguards", (*safeguards(evidence), *looks(evidence.protocol, accesses))),
        Section("asked", "What is asked of the committee", tuple(_asked(evidence))),
    ]
    sections += [part for part in (all_audits(evidence.findings), all_findings(evidence)) if part is not None]
    if passport is not None:
        sections.append(passport_section(evidence, passport))
    if score is not None:
        sections.append(planted(score))
    minutes = ("Reading time", f"about {_minutes(sections)} minutes, appendices left out")
    return Document(
        title=p.title,
        subtitle="Report to the ethics committee",
        audience="ethics committee",
        data=data_level(evidence),
        sections=tuple(sections),
        facts=(*_facts(evidence), minutes),
        footer=_footer(evidence),
        language=p.language,
    )


def _facts(evidence: Evidence) -> tuple[tuple[str, str], ...]:
    p = evidence.protocol
    counted_ = get(evidence, "cohort.flow")
    unit = "Students" if p.population.unit == "student" else "Module enrolments"
    level = data_level(evidence)
    return (
        ("Study", f"{p.id}, version {p.version}"),
        ("Data", DATA_WORDS.get(level, level)),
        (f"{unit} analysed", printed(counted_.estimate, counted_.verdict) if counted_ else "not analysed"),
        ("Registered hypotheses", str(len(p.hypotheses))),
        ("Approval", answered(p.approval.id)),
        ("University", answered(p.institution.name)),
    )


def _minutes(sections: Iterable[Section]) -> int:
    """Reading time of the main text at 200 words a minute; what opens on demand is left out."""
    return max(1, round(sum(words_at_first_sight(section) for section in sections if not section.appendix) / 200))


def _summary(evidence: Evidence) -> list[Block]:
    p = evidence.protocol
    blocks: list[Block] = [Notice("Decision asked of the committee", answered(p.governance.decision_asked))]
    blocks += _rehearsal(evidence)
    shown = answers(evidence)
    found = audits(evidence.findings)
    said = (
        f"{len(shown)} registered hypotheses: {counted(tally(f for _, f in shown))}."
        if shown
        else "No hypothesis was registered."
    )
    audited = f" {all_tallied(found)}" if found else ""
    blocks.append(Paragraph(p.question, lead=True))
    harmed = [f for f in evidence.findings.of_stage("evaluation") if f.id.startswith("evaluation.harm.")]
    harms = f" {len(harmed)} registered harms: {counted(tally(harmed))}." if harmed else ""
    blocks.append(Paragraph(said + audited + harms))
    blocks += [_short(hypothesis_answer(hypothesis, finding, p), hypothesis, finding) for hypothesis, finding in shown]
    blocks += score_answer(evidence)
    blocks += _summary_audit(evidence)
    drawn = summary_figure(evidence)
    return blocks + ([drawn] if drawn else [])


def _rehearsal(evidence: Evidence) -> list[Block]:
    """What a reader of findings on a fitted twin has to know first: the gates it did not pass."""
    if data_level(evidence) != "twin":
        return []
    held = gate_verdicts(evidence.provenance["details"])
    short = [f"{capital(name)} {SAID[verdict]}." for name, verdict in held.items() if verdict != "passed"]
    return [Notice("Rehearsal only", " ".join((REHEARSAL, *(short or ("All four gates passed.",)))))]


def _summary_audit(evidence: Evidence) -> list[Block]:
    missed = of(audits(evidence.findings), "fnr")
    return [gap_answer("Audit", "fnr", missed)] if missed else []


def _short(shown: Answer, hypothesis: Hypothesis, finding: Finding) -> Answer:
    """The reason stands with the details, unless it is all there is; what weakens the number stands here too."""
    return replace(shown, reason=caveats(hypothesis, finding)) if finding.estimate is not None else shown


def _flow(evidence: Evidence) -> list[Block]:
    blocks: list[Block] = [eligibility(evidence.protocol)]
    for name in ("cohort.flow", "cohort.observed", "cohort.responses"):
        finding = get(evidence, name)
        drawn = exhibit(finding) if finding else None
        blocks += [drawn] if drawn else []
    for finding in endings(evidence, "cohort", "population"):
        size = finding.reason or f"{finding.estimate or finding.verdict}"
        blocks.append(Paragraph(f"{finding.question} {' '.join((f'{size}.', *finding.limitations))}"))
    blocks.append(Paragraph(WHY_NOT_OBSERVED[0].upper() + WHY_NOT_OBSERVED[1:] + "."))
    notes = tuple(str(note) for note in evidence.provenance.get("notes", ()))
    return blocks + ([Bullets(notes)] if notes else [])


def _validity(evidence: Evidence) -> list[Block]:
    seen = indicator_figures(evidence)
    return [outcomes(evidence), *validity(evidence), *([seen] if seen else [])]


def _deviations(evidence: Evidence) -> list[Block]:
    if not evidence.deviations:
        return [Paragraph("None was reported.")]
    rows = tuple((d.id, str(d.date), d.what, d.why, d.effect) for d in evidence.deviations)
    return [
        Table(
            "deviations",
            "What was done otherwise than registered",
            ("Id", "Date", "What", "Why", "Effect on the results"),
            rows,
        )
    ]


SUPPORT = "What did the support do?"
POINTS: tuple[tuple[str, str], ...] = (
    ("Is the purpose worth these data, and would less data do?", "Purpose and basis; The data, and why no more"),
    ("Does it measure enough of what it claims to be used at all?", "Does it measure what it claims?"),
    ("Are the errors, and whom they fall on, acceptable?", "Who is failed, and how often?"),
    ("May the support go on, change, or stop?", SUPPORT),
    ("Are the safeguards enough for what is not known?", "What is not known; Safeguards"),
)
LAW = (
    "Where a way to narrow a gap treats students differently by a protected attribute: is it lawful, and is it wanted?",
    "Who is failed, and how often?",
)
"""Asked where such a way was tried."""


def _asked(evidence: Evidence) -> list[Block]:
    g = evidence.protocol.governance
    own = not answered(g.decision_asked).startswith("None")
    title = "Points that only the committee can decide"
    if not own:
        title = "Points a committee would have to decide before a study of its own"
    points = [point for point in POINTS if point[1] != SUPPORT or evidence.protocol.support.trial is not None]
    points += [LAW] if evidence.protocol.fairness.mitigation is not None else []
    rows = tuple((point, where, "not decided" if own else "not asked") for point, where in points)
    return [
        Notice("Decision asked", answered(g.decision_asked)),
        Definitions((("What happens next", answered(g.next_step)),)),
        Table("points", title, ("Point", "Evidence in", "Decision"), rows),
        *still_owed(evidence.protocol),
    ]


def _footer(evidence: Evidence) -> tuple[str, ...]:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(evidence.versions.items()))
    cohort, source = (answered(evidence.provenance.get(key)) for key in ("cohort_digest", "source"))
    return (
        f"Protocol digest {evidence.protocol.digest}",
        f"Cohort digest {cohort}; source: {source}",
        *((f"Made with {versions}",) if versions else ()),
        "Both reports of this study are made from one set of findings: their numbers can not differ.",
    )
