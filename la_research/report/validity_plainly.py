"""What lies behind the links, in plain words: the questions, chance, who goes the other way, what could be left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Row
from la_research.report.catalogue import capital, frequency, outcome_name, people, source_name
from la_research.report.document import Block, Bullets, Details, Paragraph
from la_research.report.missed import listed
from la_research.report.reading import asked_about, beats_chance, get
from la_research.report.worth import rule_name, term_figure

SAME = {
    True: "They seem to mean the same each time we ask.",
    False: "They do not mean the same each time.",
    None: "We can not tell if they mean the same each time.",
}


def behind_plainly(evidence: Evidence) -> list[Block]:
    """What a student may ask next about the results, each under a question that opens on demand."""
    asked = {
        "Do the questions that we ask work?": _questions(evidence),
        "Could the link be chance, or just the term?": _chance(evidence),
        "What of those who do more when they struggle?": _opposite(evidence),
        "Whom would a contact leave out?": _left_out(evidence),
        "Which data could we do without?": _without(evidence),
        "What would a simple rule have done?": _rules(evidence),
        "Which weeks of term are hardest?": _term(evidence),
    }
    found = {title: tuple(blocks) for title, blocks in asked.items()}
    return [Details(title, blocks) for title, blocks in found.items() if blocks]


def _questions(evidence: Evidence) -> Iterator[Block]:
    """Reliability, and whether the questions mean the same every time."""
    lines = []
    for finding in asked_about(evidence, "instrument"):
        if not finding.id.endswith(".reliability") or finding.estimate is None or finding.estimate.value is None:
            continue
        name = finding.id.split(".")[2]
        title, held = name.upper().replace("_", "-"), get(evidence, f"validation.instrument.{name}.waves")
        said = {a.holds for a in held.assumptions} if held else set()
        word = SAME[next(iter(said))] if said else ""
        lines.append(f"{title}: its questions agree with each other, {finding.estimate.value:.2f} of at most 1. {word}")
    if lines:
        yield Bullets(tuple(line.strip() for line in lines))
        yield Paragraph(
            "That the questions agree does not mean that they say all about how you are. "
            "No one was interviewed, so we do not know how often they are wrong about a person."
        )


def _chance(evidence: Evidence) -> Iterator[Block]:
    """How often an indicator handed to others shows a link as large."""
    lines, rare = list[str](), list[bool]()
    for hypothesis in evidence.protocol.hypotheses:
        name = hypothesis.id.lower().replace("-", "_")
        placebo, ways = get(evidence, f"validation.placebo.{name}"), get(evidence, f"validation.choices.{name}")
        large = _row(placebo, "draws as large as found")
        kind = "Between students" if hypothesis.kind == "between" else "From week to week"
        if large is not None and large.estimate is not None and large.estimate.value is not None:
            times = int(large.keys["draws"])
            hits = round(large.estimate.value * (times + 1))  # what was found is counted as one of them
            rare.append(hits <= 0.05 * (times + 1))
            often = "A link as big never came up" if hits <= 1 else f"A link as big came up {hits - 1} times"
            lines.append(f"{kind}: we dealt the data out by chance {times} times. {often}.")
        same = _row(ways, "share of specifications with the registered sign, interval excludes zero")
        count = _row(ways, "specifications")
        if same is not None and count is not None and same.estimate and count.estimate:
            many = round(count.estimate.value or 0)
            agree = round(many * (same.estimate.value or 0))
            lines.append(f"{kind}: of {many} fair ways to do the sums, {agree} point the same way and beat chance.")
    if lines:
        yield Bullets(tuple(lines))
        said = "Chance alone would hardly make such a link." if all(rare) else "Chance alone could make such a link."
        yield Paragraph(
            f"{said} We compared students in the same week, so the term alone does not make it. "
            "Something else may move both, such as health or a job."
        )


def _row(finding: Finding | None, what: str) -> Row | None:
    rows: Sequence[Row] = finding.rows if finding else ()
    return next((row for row in rows if row.keys.get("what") == what), None)


def _opposite(evidence: Evidence) -> Iterator[Block]:
    for finding in asked_about(evidence, "opposite"):
        held = finding.estimate
        if held is None or held.lower is None or held.upper is None:
            yield Paragraph("Some students do less when they struggle, and others do more. We can not tell how many.")
            continue
        low, high = round(100 * held.lower), round(100 * held.upper)
        told = f"for {low} to {high} in 100 students" if low else f"for none, or for up to {high} in 100 students"
        sure = " That is a wide range: we can not tell well." if finding.verdict == "inconclusive" else ""
        yield Paragraph(
            "Some students say that they do less when they struggle, and others that they do more. "
            f"In our data the link may go the other way {told}.{sure}"
        )
        yield from _both_ways(evidence)


def _both_ways(evidence: Evidence) -> Iterator[Block]:
    """Whether a rule that looks up and down reaches more than one that looks down."""
    found = get(evidence, "validation.sided")
    held = found.estimate if found else None
    if held is not None and held.lower is not None and held.upper is not None:
        more = "reached more" if held.lower > 0 else "was not shown to reach more"
        yield Paragraph(f"We tried a rule that looks for busy weeks as well as quiet ones. It {more}.")


def _left_out(evidence: Evidence) -> Iterator[Block]:
    found = get(evidence, "validation.missed_by_construction")
    lines = [
        f"{capital(_words(row))}: {frequency(row.estimate, people(evidence.protocol))}"
        for row in (found.rows if found else ())
        if row.estimate is not None and row.estimate.unit == "share" and row.keys.get("among") == "all in the study"
    ]
    if lines:
        yield Bullets(tuple(lines[:8]), "A rule may leave out some students, whatever they do:")


def _words(row: Row) -> str:
    if row.keys.get("what") == "total":
        return "in all"
    return str(row.keys.get("reason", "some reason")).replace("_", " ")


def _without(evidence: Evidence) -> Iterator[Block]:
    found = get(evidence, "validation.sources.value")
    if found is None or not found.rows:
        return
    spare = [source_name(str(row.keys["source"])).lower() for row in found.rows if row.verdict == "negligible"]
    unclear = [source_name(str(row.keys["source"])).lower() for row in found.rows if row.verdict == "inconclusive"]
    if beats_chance(evidence) is False:
        yield Paragraph("The score is not shown to beat chance. So there is little that any data could add to it.")
    if spare:
        many = "each of these, left out alone" if len(spare) > 1 else "this"
        yield Paragraph(f"It would be about as good without {many}: {listed(spare)}. You can ask why we collect it.")
    if unclear:
        yield Paragraph(f"We can not tell if this adds anything: {listed(unclear)}.")


def _rules(evidence: Evidence) -> Iterator[Block]:
    lines, beyond = list[str](), list[Estimate | None]()
    for finding in asked_about(evidence, "trigger"):
        own = next((row.keys.get("cut") for row in finding.rows if row.estimate == finding.estimate), None)
        held = {row.keys["what"]: row.estimate for row in finding.rows if row.keys.get("cut") == own}
        reached, right = _likely(held.get("sensitivity")), _likely(held.get("predictive value"))
        if finding.estimate is not None and reached and right:
            name = capital(rule_name(finding.id.rpartition(".")[2]))
            beyond.append(held.get("sensitivity beyond as many students at random"))
            lines.append(
                f"{name}: of 100 in need it finds {reached} in time. Of 100 that it picks, {right} are in need."
            )
    by_chance = get(evidence, "validation.prevalence")
    if lines:
        yield Bullets(tuple(lines), "We tried rules on weeks that are over. No one was contacted by them.")
        yield Paragraph("A rule that picks almost everyone finds almost everyone. That is not a good rule.")
        if all(extra is None or (extra.lower or 0) <= 0 for extra in beyond):
            yield Paragraph("None of them is clearly better than picking as many by chance.")
        yield Paragraph(f"In need means here: {_need(evidence)}.")
    if lines and by_chance is not None and (share := _likely(by_chance.estimate)):
        yield Paragraph(f"Picked by chance alone, {share} of 100 would be in need.")


def _need(evidence: Evidence) -> str:
    """What the rules were tried on."""
    asked = evidence.protocol.validation.triggers
    return outcome_name(evidence.protocol.outcome(asked.need)) if asked else "the outcome of the study"


def _likely(share: Estimate | None) -> str:
    """The interval of a share, in students out of 100.

    >>> _likely(Estimate(0.33, 0.294, 0.371, 0.95, "share", 602, "wilson"))
    '29 to 37'
    """
    if share is None or share.lower is None or share.upper is None:
        return ""
    low, high = round(100 * share.lower), round(100 * share.upper)
    return f"{low} to {high}" if low < high else f"about {low}"


def _term(evidence: Evidence) -> Iterator[Block]:
    found = get(evidence, "validation.calendar")
    drawn = term_figure(found, "hard-weeks-of-term") if found else None
    if drawn is not None:
        yield Paragraph(
            "This is about the term, not about you. Teachers could plan with it, and no one need be watched."
        )
        yield drawn
