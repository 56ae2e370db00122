"""The support part of the ethics report: the gate, the harms, the path, and nothing left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from la_research.evaluation.checklists import Item
from la_research.evidence import Evidence
from la_research.finding import Assumption, Estimate, Finding, Findings, Row, not_analysed
from la_research.protocol.support import Harm
from la_research.report import ethics_report, plot
from la_research.report.document import Answer, Bullets, Details, Document, Figure, Heading, Notice, Table, walk
from la_research.report.figures import draw
from la_research.report.plain import plain_text
from la_research.report.render import render_html

OBSERVED = "Students who were contacted are observed more."
FAILED = "gate: Like students exist: did not pass (none)"


def share(value: float, half: float, n: int = 200) -> Estimate:
    return Estimate(value, value - half, value + half, 0.9, "share", n, "newcombe")


def points(value: float, half: float = 2.0) -> Estimate:
    return Estimate(value, value - half, value + half, 0.95, "WHO-5 points", 214, "t")


ALONE = "nobody can be compared"


def gate(reads: str, *limitations: str) -> Finding:
    rows = (
        Row({"check": "overlap", "reads": reads, "gates": "yes", "if not": ALONE}, None, "described", "none"),
        Row({"check": "size", "reads": "passed", "gates": "shown only", "if not": ""}, None, "described", "even"),
    )
    held = (Assumption("Like students exist", reads == "passed", "none"), Assumption("Sizes agree", True, "even"))
    said = (*limitations, "Checks that pass do not show it to be sound.")
    return Finding("evaluation.contact.gate", "Did the checks pass?", "described", rows=rows, assumptions=held,
                   limitations=said)  # fmt: skip


def harm(what: str, verdict, estimate: Estimate | None, reason: str | None = None) -> Finding:
    return Finding(f"evaluation.harm.{what}", f"Is there more {what}?", verdict, estimate, limitations=(OBSERVED,),
                   confirmatory=True, reason=reason)  # fmt: skip


def study(evidence: Evidence, *found: Finding, without: str = "", **support) -> Evidence:
    kept = [f for f in evidence.findings if not (without and f.id.startswith(without))]
    registered = evidence.protocol.support.model_copy(update=support)
    protocol = evidence.protocol.model_copy(update={"support": registered})
    return replace(evidence, protocol=protocol, findings=Findings([*kept, *found]))


def section(evidence: Evidence, *items: Item) -> Document:
    report = ethics_report(evidence, checklist=items)
    return replace(report, sections=(report.section("support"),))


def table(document: Document, name: str) -> Table:
    return next(table for table in document.tables() if table.name == name)


def headings(document: Document) -> list[str]:
    return [block.text for block in document.sections[0].blocks if isinstance(block, Heading)]


def test_a_shut_gate_shows_its_checks_and_no_number_of_the_effect(evidence: Evidence) -> None:
    shut = not_analysed("evaluation.contact.h3", "Does it help?", FAILED, hypothesis="H3", confirmatory=True)
    shown = section(study(evidence, shut, gate("did not pass"), without="evaluation.contact"))
    answer = next(block for block in shown.blocks() if isinstance(block, Answer))
    assert (answer.verdict, answer.estimate) == ("Not analysed", None)
    assert answer.answer.startswith("The effect was not worked out")
    assert "Gate: Like students exist: did not pass (none)." in answer.reason
    assert table(shown, "evaluation-contact-gate").rows == (
        ("Like students exist", "did not pass", "none"),
        ("Sizes agree", "passed (shown only)", "even"),
    )
    text = plain_text(shown)
    assert "Checks that can keep the effect locked: 1; passed: 0. So the effect was not worked out" in text
    assert "- Like students exist. If not, nobody can be compared" in text


def test_an_override_stands_above_the_checks_with_name_date_and_reason(evidence: Evidence) -> None:
    from datetime import date

    from la_research.protocol.support import Override

    decided = Override(on=date(2026, 3, 2), name="A. Reader", reason="the board asked for it")
    opened = gate("did not pass", "It was looked at although a check did not pass (like students exist): A. Reader")
    shown = section(study(evidence, opened, override=decided))
    notice = next(block for block in shown.blocks() if isinstance(block, Notice))
    assert notice.title == "Looked at although a check did not pass"
    assert notice.text == "A. Reader decided so on 2026-03-02, because the board asked for it"
    assert "read it as a guess" in plain_text(shown)


def test_an_open_gate_is_shown_too(evidence: Evidence) -> None:
    shown = section(study(evidence, gate("passed")))
    assert "Checks that can keep the effect locked: 1; passed: 1. Only then was the effect worked out." in plain_text(
        shown
    )
    assert not any(isinstance(block, Notice) for block in shown.blocks())


def test_every_registered_harm_has_a_line_whatever_the_gate_says(evidence: Evidence) -> None:
    registered = (Harm(what="distress", margin=0.1), Harm(what="opt_out", margin=0.1), Harm(what="peers", margin=0.2))
    found = (
        harm("distress", "harm shown", share(0.2, 0.05)),
        harm("opt_out", "harm excluded", None, "the numbers are not shown"),
    )
    shut = not_analysed("evaluation.contact.h3", "Does it help?", FAILED, hypothesis="H3", confirmatory=True)
    shown = section(study(evidence, shut, *found, without="evaluation.contact", harms=registered))
    rows = {str(row[0]): row for row in table(shown, "harms").rows}
    assert str(rows["Feeling reliably worse"][2]) == "20.0 (90% CI 15.0 to 25.0) points, n = 200"
    assert rows["Asking not to be contacted again"][1:] == (
        "Harm excluded", "suppressed: too few students", "10 in 100 contacted", "That much is ruled out.",
    )  # fmt: skip
    assert rows["Students around them feeling worse"][1] == "Not analysed"
    assert OBSERVED in table(shown, "harms").notes
    alarm = [block for block in shown.sections[0].blocks if isinstance(block, Answer) and block.tone == "alert"]
    assert [block.verdict for block in alarm] == ["Harm shown"]
    text = plain_text(ethics_report(study(evidence, *found, harms=registered)))
    assert "2 registered harms: 1 harm shown, 1 harm excluded." in text


def test_a_study_without_registered_harms_says_so(evidence: Evidence) -> None:
    assert "No harm was registered, so none was looked for." in plain_text(section(evidence))


def test_a_crossed_boundary_is_told_first_and_every_look_is_there(evidence: Evidence) -> None:
    rows = (
        Row({"look": 1, "share": 0.5, "harm": "distress"}, share(0.2, 0.1), "harm shown", "the boundary is z = 2.54"),
        Row({"look": 1, "share": 0.5, "harm": "label"}, None, "described", "was not reached"),
    )
    stopped = Finding("evaluation.stopping", "Would it have been stopped?", "harm shown", rows=rows,
                      limitations=("Who decides: the board",))  # fmt: skip
    shown = section(study(evidence, harm("distress", "harm shown", share(0.2, 0.05)), stopped))
    crossed = next(b for b in shown.blocks() if isinstance(b, Answer) and b.verdict == "A boundary was crossed")
    assert (crossed.answer, crossed.reason) == ("At look 1, feeling reliably worse.", "Who decides: the board.")
    looks = table(shown, "rows-evaluation-stopping").rows
    assert looks[1] == ("Look 1, 50 of 100 students, leaving, as if marked out", "Was not reached")


def test_ways_of_another_unit_are_not_drawn_on_the_axis_of_the_effect(evidence: Evidence) -> None:
    arms = Finding("evaluation.contact.arms", "By arm?", "described", rows=(
        Row({"arm": "email", "against": "usual"}, points(1.0)), Row({"arm": "phone", "against": "usual"}, points(5.0)),
        Row({"arm": "all"}, share(0.2, 0.1)),
    ))  # fmt: skip
    drawn = next(b for b in section(study(evidence, arms)).blocks() if isinstance(b, Figure))
    assert [str(row[0]) for row in drawn.table.rows] == [
        "as registered", "without any adjustment", "email against usual", "phone against usual",
    ]  # fmt: skip
    assert drawn.title == "H3 asked in other ways: 1 of 3 lie off zero on the same side"


def test_an_effect_is_drawn_without_its_rows_of_another_kind() -> None:
    rows = (Row({"what": "intraclass correlation"}, share(0.1, 0.05)),
            Row({"what": "groups count the same"}, points(9.0)),
            Row({"what": "bandwidth"}, Estimate(12.8, None, None, None, "days", 227, "mse")))  # fmt: skip
    effect = Finding("evaluation.contact.h1", "Does it help?", "supported", points(8.0), rows, confirmatory=True)
    assert [row[0] for row in plot(effect).table[1:]] == ["groups count the same", "difference, WHO-5 points"]


def test_an_effect_along_time_is_a_line_with_one_band(evidence: Evidence) -> None:
    rows = tuple(
        Row({"event": at, **extra}, points(0.5 * at))
        for at in (-2, -1, 0, 1)
        for extra in ({}, {"interval": "pointwise"})
    )
    study_ = Finding("evaluation.contact.event_study", "How does it unfold?", "described", rows=rows)
    drawn = [b for b in section(study(evidence, study_)).blocks() if isinstance(b, Figure) and "unfold" in b.title]
    (line,) = drawn[0].chart.lines
    assert [at for at, _ in line.points] == [-2, -1, 0, 1]
    assert plot(study_).svg
    assert plot(evidence.findings["evaluation.contact.unadjusted"]).svg


def test_the_flow_of_a_trial_is_a_picture_and_a_hidden_count_stays_hidden(evidence: Evidence) -> None:
    count = Estimate(90, None, None, None, "students", 90, "count")
    rows = [Row({"what": "assessed"}, count), Row({"what": "not drawn"}, None, "suppressed", "few")]
    for arm in ("contact", "usual", "phone", "email"):
        rows += [Row({"what": "drawn", "arm": arm}, count), Row({"what": "received", "arm": arm}, share(0.5, 0.1, 90)),
                 Row({"what": "lost", "hypothesis": "H3", "arm": arm}, None, "suppressed", "few")]  # fmt: skip
    found = Finding("evaluation.flow", "What became of them?", "described", count, tuple(rows))
    drawn = next(b for b in section(study(evidence, found)).blocks() if isinstance(b, Figure) and "drawn" in b.title)
    assert "Drawn: contact: received: 45; Drawn: contact: lost (H3): suppressed" in drawn.alt
    assert draw(drawn).startswith("<svg")


def test_the_meter_is_one_sentence_and_never_an_effect(evidence: Evidence) -> None:
    sd = Estimate(0.36, 0.27, 0.44, 0.95, "SD", 787, "meter-weeks")
    rows = (
        Row({"what": "expected with no help", "by": "the same rule"}, sd),
        Row({"what": "seen in those contacted"}, sd),
    )
    shown = section(study(evidence, Finding("evaluation.meter", "How much of itself?", "described", sd, rows)))
    text = plain_text(shown)
    assert "was to be expected; 0.36 (95% CI 0.27 to 0.44) SD, n = 787 was seen in those contacted." in text
    assert "The change of those contacted is never an effect." in text
    assert "expected with no help, the same rule" in text


def test_steps_stand_with_the_share_that_went_on_and_errors_of_consent_stand_out(evidence: Evidence) -> None:
    went = Finding("evaluation.path.drop_off", "How many went on?", "described", rows=(
        Row({"what": "opened"}, share(0.7, 0.05)), Row({"what": "talked"}, None, "suppressed", "few")))  # fmt: skip
    wrong = Finding("evaluation.path.consent", "Was any contacted without consent?", "described", share(0.1, 0.05),
                    assumptions=(Assumption("Every contact had a consent", False, "some are without"),))  # fmt: skip
    shown = section(study(evidence, went, wrong))
    steps = {str(row[0]): [str(cell) for cell in row[1:]] for row in table(shown, "steps").rows}
    assert steps["The message was opened"] == ["96", "70.0 % (90% CI 65.0 % to 75.0 %), n = 200"]
    assert steps["A talk took place"][1] == "suppressed"
    assert "Error in the contacts" in [b.verdict for b in shown.blocks() if isinstance(b, Answer)]


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (Finding("evaluation.contact.e_value", "How strong?", "described", limitations=("A risk ratio of 2.3",)),
         "A risk ratio of 2.3."),
        (Finding("evaluation.contact.placebo_outcomes", "Moved?", "described", rows=(
            Row({"outcome": "a"}, points(5.0)), Row({"outcome": "b"}, points(0.0)))),
         "Things that the support can not have moved: 2 looked at, 1 seemed to move."),
        (Finding("evaluation.contact.lee_bounds", "Who?", "described",
                 Estimate(None, -1.0, 4.0, 0.95, "points", 200, "lee")),
         "Whoever did not answer and why, the effect lies between -1 to 4 points (n = 200)"),
        (not_analysed("evaluation.contact.tipping", "How far?", "all answered"),
         "How far? Not analysed: all answered."),
    ],
)  # fmt: skip
def test_what_is_hidden_is_told_in_a_sentence(evidence: Evidence, finding: Finding, said: str) -> None:
    bullets = [b for b in section(study(evidence, finding)).sections[0].blocks if isinstance(b, Bullets)]
    assert bullets[0].items[0].startswith(said)


def test_a_finding_that_no_part_asks_for_is_shown_all_the_same(evidence: Evidence) -> None:
    odd = Finding("evaluation.weather", "Did it rain?", "described", share(0.5, 0.1))
    later = Finding("evaluation.contact.odd_new.h4", "Is it new?", "described", points(3.0))
    shown = section(study(evidence, odd, later))
    assert headings(shown)[-1] == "Further findings"
    assert "Did it rain?" in plain_text(shown)
    assert "Is it new?" in plain_text(shown)


def test_groups_stand_on_one_axis_and_what_was_explored_says_so(evidence: Evidence) -> None:
    rows = (
        Row({"gender": "F"}, points(1.0)), Row({"gender": "M"}, points(6.0)),
        Row({"gender": "X"}, None, "suppressed", "few"),
        Row({"what": "interaction"}, points(5.0)),
    )  # fmt: skip
    reason = "Can not tell (p = 0.12): a difference of 14 would have been found"
    group = Finding("evaluation.who.subgroup.gender", "By gender?", "inconclusive", points(5.0), rows, reason=reason)
    shown = section(study(evidence, group))
    drawn = next(b for b in shown.blocks() if isinstance(b, Figure) and b.table.name == "effect-by-group")
    assert [str(row[0]) for row in drawn.table.rows] == ["Gender: women", "Gender: men", "Gender: X"]
    assert drawn.table.rows[2][1] == "suppressed"
    assert table(shown, "whom").rows[0][2] == "Can not tell (p = 0.12)"
    assert table(shown, "whom").notes[0].startswith("All of these are exploratory")


def test_checklist_items_link_to_the_findings_that_answer_them(evidence: Evidence) -> None:
    items = (
        Item("TREND", "1", "Results", "The path", ("evaluation.path",)),
        Item("TREND", "2", "Discussion", "What it means", ()),
        Item("TREND", "3", "Methods", "The arms", ("support.arm",)),
    )
    report = ethics_report(evidence, checklist=items)
    folded = next(b for b in walk(report.section("support").blocks) if isinstance(b, Details) and "TREND" in b.summary)
    assert folded.summary == "TREND: 2 of 3 items are answered by a finding or the protocol"
    page = render_html(report)
    assert '<a href="#finding-evaluation.path">evaluation.path</a>' in page
    assert 'id="finding-evaluation.path"' in page
    assert "for the authors to write" in page
