"""What students read of the support: whatever was found, in plain words, and never more than was found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import get_args

import pytest

from la_research.evidence import Evidence
from la_research.finding import Assumption, Estimate, Finding, Findings, Row, Verdict, not_analysed
from la_research.protocol.designs import KINDS
from la_research.protocol.support import Harm, Override, Stopping, Support
from la_research.report import advisory_report
from la_research.report.plain import plain_text
from la_research.report.support_plainly import CHOSEN
from la_research.wording import flesch_kincaid, gunning_fog, lint

SHARE = Estimate(0.031, -0.02, 0.08, 0.9, "share", 274, "newcombe")


def told(evidence: Evidence, *findings: Finding, **support: object) -> str:
    known = {finding.id for finding in evidence.findings}
    held = evidence.findings.replaced({finding.id: finding for finding in findings if finding.id in known})
    held = held + Findings([finding for finding in findings if finding.id not in known])
    asked = Support.model_validate({**evidence.protocol.support.model_dump(), **support})
    changed = replace(evidence, findings=held, protocol=evidence.protocol.model_copy(update={"support": asked}))
    report = advisory_report(changed)
    return plain_text(replace(report, sections=(report.sections[0], report.section("support"))))


def gate(reads: str, *limitations: str) -> Finding:
    row = Row({"check": "balance", "reads": reads, "gates": "yes"}, None, "described", "p = 0.0001, limit 0.001")
    made = Assumption("The arms are alike", reads == "passed", "p")
    return Finding("evaluation.contact.gate", "Did the checks pass?", "described", None, (row,), (made,), limitations)


def harm(what: str, verdict: Verdict, held: Estimate | None = SHARE) -> Finding:
    reason = None if held and verdict == "harm excluded" else "the reason for it"
    return Finding(f"evaluation.harm.{what}", "Is there harm?", verdict, held, reason=reason, confirmatory=True)


def test_every_design_says_in_plain_words_how_students_were_chosen():
    assert set(CHOSEN) == set(KINDS)
    for words in CHOSEN.values():
        assert flesch_kincaid(words) <= 8
        assert gunning_fog(words) <= 8
        assert lint(words) == []
    no_lot = ("did", "synthetic_control", "its", "observational", "survival")
    assert all(words.startswith("Nobody drew lots.") == (kind in no_lot) for kind, words in CHOSEN.items())


def test_a_shut_gate_is_told_as_not_having_looked(evidence: Evidence):
    shut = not_analysed(
        "evaluation.contact.h3", "Does it?", "gate: The arms are alike: did not pass (p)", hypothesis="H3"
    )
    said = told(evidence, shut, gate("did not pass"))
    assert "[We did not look] A check did not pass that we had set before. We asked if the groups were alike" in said
    assert "p)" not in said
    decided = Override(on=date(2026, 1, 5), name="Dr Example", reason="the table is old").model_dump()
    looked = told(evidence, gate("did not pass", "It was looked at although a check did not pass"), override=decided)
    assert "Dr Example chose to look all the same" in looked
    assert "We did not look" not in looked


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("harm shown", "[Yes, there is harm]"),
        ("harm excluded", "[No, or not too many]"),
        ("inconclusive", "[We can not tell]"),
        ("not analysed", "[Not tested]"),
    ],
)
def test_each_harm_is_told_beside_what_would_be_too_many(evidence: Evidence, verdict: Verdict, words: str):
    held = None if verdict == "not analysed" else SHARE
    said = told(evidence, harm("distress", verdict, held), harms=[Harm(what="distress", margin=0.1).model_dump()])
    assert words in said
    assert "We had said: if over 10 more in 100 feel worse, that is too many." in said
    assert ("We found 3 more in 100 (likely between 2 fewer and 8 more, from 274 students)." in said) == bool(held)
    assert ("Did the support do harm?" in said) == (verdict == "harm shown")


def test_less_activity_reads_as_less_done_and_a_hidden_number_as_hidden(evidence: Evidence):
    said = told(evidence, harm("chilling", "inconclusive"), harm("complaint", "harm excluded", None))
    assert "We found 3 less done in 100 (likely between 8 less and 2 more, from 274 students)." in said
    assert "We hide the number, so that no one can be picked out." in said


def test_without_a_registered_harm_nothing_is_cleared(evidence: Evidence):
    assert "The study named no harm to look for. So we can not say that there was none." in told(evidence)


def test_what_comes_of_itself_is_never_told_as_an_effect(evidence: Evidence):
    expected, seen = (Estimate(v, v - 0.1, v + 0.1, 0.95, "SD", 200, "meter-weeks") for v in (0.3, 0.5))
    rows = (
        Row({"what": "expected with no help", "by": "the same rule in earlier weeks"}, expected),
        Row({"what": "seen in those contacted"}, seen),
    )
    said = told(evidence, Finding("evaluation.meter", "How much?", "described", expected, rows))
    assert "Of that rise, about 6 in 10 parts come with no help (likely between 4 and 8 in 10 parts" in said
    assert "Such a rise is never what the support did." in said


@pytest.mark.parametrize("verdict", ["described", "not analysed", "suppressed", "harm shown", "inconclusive"])
def test_no_finding_of_the_evaluation_breaks_the_report(evidence: Evidence, verdict: Verdict):
    assert verdict in get_args(Verdict.__value__ if hasattr(Verdict, "__value__") else Verdict)
    names = (
        "meter", "stopping", "path", "path.drop_off", "path.consent", "path.second_source", "uptake", "costs", "queue",
        "feedback.acceptable", "feedback.trust", "who.subgroup.gender", "who.explored", "who.ranking",
        "who.equity.gender", "harm.opt_out", "harm.unheard_of", "contact.gate", "contact.arms", "flow", "news",
    )  # fmt: skip
    bare = [Finding(f"evaluation.{name}", "What?", verdict, reason="the reason") for name in names]
    full = [
        replace(one, estimate=SHARE, rows=(Row({"what": "reached", "gender": "F", "look": 1}, SHARE),))
        for one in bare
        if verdict not in ("not analysed", "suppressed") and not one.id.endswith(".gate")
    ]
    stop = Stopping(looks=(0.5,), who="Two students").model_dump()
    for findings in (bare, full):
        said = told(evidence, *findings, stopping=stop)
        assert "Who can stop it: Two students." in said
        assert flesch_kincaid(said) <= 8
