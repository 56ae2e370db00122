"""What a committee reads of an effect in a plain table: the answer, its checks, what stands beside it, what is open."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.evaluation.table import TableEffect
from la_research.finding import Finding, Row
from la_research.protocol.designs import KINDS
from la_research.report.catalogue import answered, capital, printed, readable, verdict_words
from la_research.report.claims import sentence
from la_research.report.document import (
    Answer,
    Block,
    Bullets,
    Definitions,
    Details,
    Document,
    Notice,
    Paragraph,
    Section,
    Table,
    slug,
)
from la_research.report.exhibit import of_one_unit, rows_forest
from la_research.report.labels import row_label
from la_research.report.promises import DATA_WORDS

MAIN, GATE = "evaluation.effect", "evaluation.effect.gate"
EXPLORATORY = (
    "Nothing was registered before these data were seen: which outcome, which design, which choices. "
    "So an effect shown here is a reason to register a study, not a settled result."
)
POINTS: tuple[tuple[str, str], ...] = (
    ("Is this outcome what the support is for?", "What was asked"),
    ("Is the way students were compared sound enough to act on?", "Checks, What is not known"),
    ("Was harm looked for? This table does not say.", "all of it"),
    ("May the support go on, change, or stop?", "all of it"),
)
NAMES = {
    "randomised": "Randomised",
    "cluster": "Groups randomised",
    "micro_randomised": "Micro-randomised",
    "stepped_wedge": "Stepped wedge",
    "rdd": "Regression discontinuity",
    "did": "Difference in differences",
    "synthetic_control": "Synthetic control",
    "its": "Interrupted time series",
    "observational": "Observational",
    "survival": "Time to an event",
    "pooled": "Estimates of sites, pooled",
}
"""What the field calls each kind of design."""
DRAWN_AT_MOST = 30
"""Rows of a finding that one figure has room for; with more of them they stand in a table."""


def effect_ethics_report(found: TableEffect) -> Document:
    """The report on an effect in a plain table that a committee reads.

    Parameters
    ----------
    found
        What was asked of a table and what was found; nothing else is read.

    Returns
    -------
    Document
        Short answer, what was asked, the checks, what stands beside the effect, what is not known, and what only
        people can decide. An effect that was not worked out is shown with the reason.
    """
    sections = (
        Section("short", "The short answer", tuple(_short(found))),
        Section("asked", "What was asked", tuple(_asked(found))),
        Section("checks", "The checks, made without the outcome", tuple(_checks(found))),
        Section("beside", "What stands beside the effect", tuple(_beside(found))),
        Section("unknown", "What is not known", tuple(_unknown(found))),
        Section("decide", "What only the committee can decide", (_points(),)),
    )
    return Document(
        title=f"Effect of support in {found.file}",
        subtitle="Report to the ethics committee",
        audience="ethics committee",
        data=found.data,
        sections=sections,
        facts=_facts(found),
        footer=(
            f"Digest of the table {found.digest}",
            f"Made with {', '.join(f'{name} {number}' for name, number in sorted(found.versions.items()))}",
            "Both reports on this table are made from one set of findings: their numbers can not differ.",
        ),
    )


def main_finding(found: TableEffect) -> tuple[Finding, Finding | None]:
    """The effect and the checks made before it; None where it did not come so far."""
    gate = next((finding for finding in found.findings if finding.id == GATE), None)
    return found.findings[MAIN], gate


def _facts(found: TableEffect) -> tuple[tuple[str, str], ...]:
    return (
        ("Table", found.file),
        ("Data", DATA_WORDS[found.data]),
        ("Design", NAMES.get(found.design, readable(found.design))),
        *((("Approval", answered(found.approval)),) if found.approval or found.data == "restricted" else ()),
    )


def _short(found: TableEffect) -> Iterator[Block]:
    effect, gate = main_finding(found)
    word, tone = verdict_words(effect.verdict)
    said = sentence(effect.limitations[0]) if effect.estimate and effect.limitations else ""
    yield Answer("", effect.question, word, tone, said, effect.estimate, sentence(effect.reason or ""))
    if gate is not None:
        reads = [str(row.keys["reads"]) for row in gate.rows]
        told = ", ".join(f"{reads.count(one)} {one}" for one in dict.fromkeys(reads))
        yield Paragraph(f"Checks made without the outcome: {told}.")
    yield from (Paragraph(sentence(text)) for text in (gate.limitations if gate else ()) if "although a check" in text)
    yield Notice("Exploratory", EXPLORATORY)


def _asked(found: TableEffect) -> Iterator[Block]:
    design = (KINDS[found.design].__doc__ or "").partition("\n")[0]
    effect, _ = main_finding(found)
    yield Definitions(
        (
            ("Who is compared with whom", design),
            *((f"Column: {role}", name) for role, name in found.columns.items()),
            *((f"Choice: {readable(name)}", value) for name, value in found.settings.items()),
            *((("Method", effect.estimate.method),) if effect.estimate else ()),
        )
    )
    yield Paragraph("Choices that were not made are those of the design. Other columns of the table were not read.")


def _checks(found: TableEffect) -> Iterator[Block]:
    _, gate = main_finding(found)
    if gate is None:
        yield Paragraph("None was made: the table did not come so far.")
        return
    yield Paragraph(
        "The effect is worked out only where the checks that lock it pass, or where somebody answers for it."
    )
    made = zip(gate.rows, gate.assumptions, strict=True)
    yield Definitions(tuple((one.statement, f"{_reads(row)}. {sentence(one.evidence)}") for row, one in made))
    yield Details("What it would mean if one did not hold", (Bullets(tuple(map(sentence, gate.limitations))),))


def _reads(row: Row) -> str:
    return capital(str(row.keys["reads"])) + ("" if row.keys["gates"] == "yes" else " (shown only)")


def _beside(found: TableEffect) -> Iterator[Block]:
    effect, _ = main_finding(found)
    yield from _shown(effect)
    others = [finding for finding in found.findings if finding.id not in (MAIN, GATE)]
    for finding in others:
        told = [Paragraph(str(finding.estimate))] if finding.estimate else []
        told += [Paragraph(f"{verdict_words(finding.verdict)[0]}: {finding.reason}.")] if finding.reason else []
        blocks = (*told, *_shown(finding), *map(Paragraph, map(sentence, finding.limitations)))
        yield from [Details(finding.question, blocks)] if blocks else []
    if not others and not effect.rows:
        yield Paragraph("Nothing stands beside it.")


def _shown(finding: Finding) -> Iterator[Block]:
    """The rows of a finding: drawn where all of them fit on one axis, else in a table."""
    if not finding.rows:
        return
    name = slug(finding.id)
    same = of_one_unit(finding)
    drawn = rows_forest(same, name) if len(same.rows) == len(finding.rows) <= DRAWN_AT_MOST else None
    if drawn is not None:
        yield drawn
        return
    rows = tuple(
        (capital(row_label(row)), printed(row.estimate, row.reason or row.verdict or "")) for row in finding.rows
    )
    yield Table(name, finding.question, ("What is shown", "Number"), rows)


def _unknown(found: TableEffect) -> Iterator[Block]:
    effect, gate = main_finding(found)
    checked = set(gate.assumptions if gate else ())
    said = {True: "held", False: "failed", None: "can not be checked"}
    rows = tuple((m.statement, said[m.holds], m.evidence) for m in effect.assumptions if m not in checked)
    if rows:
        yield Table(
            "assumptions", "What the effect rests on beside the checks", ("Assumption", "Is it so?", "Why"), rows
        )
    limits = tuple(dict.fromkeys(map(sentence, effect.limitations[1 if effect.estimate else 0 :])))
    yield from [Bullets(limits, "What a reader must not conclude")] if limits else []
    yield Paragraph(
        "What else was done at the same time, who is not in the table, and what harm came of it is not in it."
    )


def _points() -> Table:
    rows = tuple((*point, "not decided") for point in POINTS)
    return Table("points", "Points that only the committee can decide", ("Point", "Evidence in", "Decision"), rows)
