"""What the protocol promises, as parts of the ethics report; what nobody answered reads "not answered"."""

from __future__ import annotations

from la_research.cohort.rehearsal import FOLLOWS, SAID, gate_verdicts
from la_research.evidence import Evidence
from la_research.protocol import LEVELS, QUESTIONNAIRES, Processing, Protocol
from la_research.report.catalogue import (
    NOT_ANSWERED,
    ROLES,
    answered,
    attribute_name,
    capital,
    indicator_name,
    outcome_name,
    readable,
    source_name,
)
from la_research.report.document import Block, Bullets, Definitions, Details, Paragraph, Table
from la_research.report.reading import data_level

DATA_WORDS = {
    "synthetic": "synthetic: invented students, made by a computer to test the study",
    "twin": "rehearsal only: look-alikes fitted to records of students; nothing here holds for real students",
    "open": "open: published data from which names were removed",
    "restricted": "restricted: records of real students, used under an approval",
}


def purpose(evidence: Evidence) -> list[Block]:
    """Question, objectives, what is out of scope, basis and approval."""
    p = evidence.protocol
    blocks: list[Block] = [Paragraph(p.question, lead=True)]
    blocks.append(_listed("Objectives", p.objectives))
    blocks.append(_listed("Out of scope", p.out_of_scope))
    impact = p.approval.dpia_date.isoformat() if p.approval.dpia_date else p.approval.dpia_not_needed
    blocks.append(
        Definitions(
            (
                ("Approval", f"{answered(p.approval.body)}; reference: {answered(p.approval.id)}"),
                ("Data protection impact assessment", answered(impact)),
                ("Consent", _consent(p)),
                ("How consent is asked", answered(p.consent.how_asked)),
                ("Withdrawal", answered(p.consent.withdrawal)),
                ("Funding", answered(p.governance.funding)),
            )
        )
    )
    return blocks


def _gates(evidence: Evidence) -> list[Block]:
    """How far a fitted twin may be trusted; nothing for other data."""
    if data_level(evidence) != "twin":
        return []
    held = gate_verdicts(evidence.provenance["details"])
    rows = tuple((capital(name), SAID[verdict], capital(FOLLOWS[name][verdict])) for name, verdict in held.items())
    return [Table("gates", "How far the look-alikes may be trusted", ("Gate", "Verdict", "In words"), rows)]


def data_used(evidence: Evidence) -> list[Block]:
    """Each source and each derived score: why, why needed, how long, on which basis."""
    p = evidence.protocol
    blocks: list[Block] = _gates(evidence)
    rows = [_processing(source_name(name), source, ()) for name, source in p.sources.items()]
    if p.model.label is not None:
        held = ("health",) if p.score_is_health_data else ()
        rows.append(_processing("Score of the model (derived)", p.model.score, held))
    columns = ("Data", "Purpose", "Why no less would do", "Kept for", "Legal basis")
    blocks.append(Table("sources", "What is used, and on which basis", columns, tuple(rows)))
    if p.score_is_health_data:
        blocks.append(Paragraph("A score that aims at wellbeing is itself data on health, whatever it is made of."))
    if p.instruments:
        asked = tuple(
            (f"{n} ({QUESTIONNAIRES[n].construct})", _weeks(i.weeks), answered(i.why)) for n, i in p.instruments.items()
        )
        blocks.append(Table("questionnaires", "Questionnaires", ("Questionnaire", "Asked in", "Why this one"), asked))
    indicators = ", ".join(indicator_name(name) for name in p.indicators)
    sensitive = tuple(
        (capital(attribute_name(name)), answered(item.why)) for name, item in p.fairness.sensitive.items()
    )
    blocks.append(Paragraph(f"Indicators worked out from these: {indicators}. None of them is a protected attribute."))
    if sensitive:
        blocks.append(Details("Protected attributes that only the audit opens, and why", (Definitions(sensitive),)))
    return blocks


def eligibility(protocol: Protocol) -> Paragraph:
    """Who is eligible, in one paragraph."""
    p = protocol.population
    unit = "a student" if p.unit == "student" else "a student on one module"
    who = answered(p.description).rstrip(".")
    return Paragraph(
        f"{who[0].upper() + who[1:]}. One row of the study is {unit}. What is used as a feature ends with week "
        f"{p.index_week}; who has left by then is not in the study."
    )


def outcomes(evidence: Evidence) -> Table:
    """The registered outcomes and who chose them; for open data, what was reported of that choice."""
    rows = tuple((outcome_name(outcome), outcome.chosen_by) for outcome in evidence.protocol.outcomes)
    told = [d for d in evidence.deviations if "advisory group" in d.what] if data_level(evidence) == "open" else []
    notes = tuple(f"{d.id}: {d.what}" for d in told)
    return Table("outcomes", "Registered outcomes, and who chose them", ("Outcome", "Chosen by"), rows, notes)


def safeguards(evidence: Evidence) -> list[Block]:
    """What protects students, who answers for it, and where they can turn."""
    p = evidence.protocol
    g, i = p.governance, p.institution
    blocks: list[Block] = [_listed("Safeguards", g.safeguards)]
    access = tuple((a.who, a.what) for a in g.access) or ((NOT_ANSWERED, NOT_ANSWERED),)
    blocks.append(Table("access", "Who sees what", ("Who", "What"), access))
    route = g.escalation
    urgent = f"{route.role}; {route.hours}; within {route.longest_response_hours} hours" if route else NOT_ANSWERED
    blocks.append(
        Definitions(
            (
                ("Kept where", answered(g.location)),
                ("Kept for", answered(g.retention)),
                ("Saying no", answered(g.refusal)),
                ("Grades, progression, visa", answered(g.grade_or_visa)),
                ("Correction", answered(g.correction)),
                ("Complaint", answered(g.complaint)),
                ("Someone needs help at once", urgent),
                ("Help by day", answered(i.support_day)),
                ("Help by night", answered(i.support_night)),
                ("Smallest group shown", f"{p.disclosure.minimum_group_size} students; smaller ones read “suppressed”"),
            )
        )
    )
    roles = tuple((ROLES[name], answered(getattr(p.roles, name))) for name in ROLES)
    blocks.append(Details("Who is responsible", (Definitions(roles),)))
    return blocks


def still_owed(protocol: Protocol) -> list[Block]:
    """Fields that restricted data would owe and that nobody has answered."""
    paths = [".".join(path) for path in protocol.unanswered(LEVELS[-1])]
    if not paths:
        return []
    named = Bullets(tuple(readable(path.replace(".", ", ")) for path in paths))
    return [Details(f"{len(paths)} questions of the protocol are not answered yet", (named,))]


def _consent(protocol: Protocol) -> str:
    asked = {
        "model use": protocol.consent.model_use,
        "contact": protocol.consent.contact,
        "research": protocol.consent.research,
    }
    return "; ".join(f"{flag}: {word}" for flag, word in asked.items())


def _processing(name: str, source: Processing, held: tuple[str, ...]) -> tuple[str, ...]:
    special = tuple(dict.fromkeys((*held, *source.holds)))
    ninth = f"; holds or infers {answered(special)}, Article 9: {answered(source.article9)}" if special else ""
    basis = f"Article 6: {answered(source.article6)}{ninth}"
    return (name, answered(source.purpose), answered(source.why_needed), answered(source.retention), basis)


def _weeks(weeks: tuple[int, ...]) -> str:
    return f"weeks {answered(tuple(str(week) for week in weeks))}" if weeks else NOT_ANSWERED


def _listed(title: str, items: tuple[str, ...]) -> Block:
    return Bullets(items, title) if items else Definitions(((title, NOT_ANSWERED),))
