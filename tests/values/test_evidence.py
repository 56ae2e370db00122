import json
from pathlib import Path

import pytest

from la_research.cohort import Provenance
from la_research.evidence import Deviation, Evidence, collect_evidence
from la_research.finding import Estimate, Finding, Findings
from la_research.protocol import parse_protocol, read_tree

MINIMAL = Path(__file__).parents[1] / "protocol" / "minimal.yaml"
PROVENANCE = {"cohort_digest": "sha256:0", "data": "synthetic", "source": "by hand", "details": {}, "notes": []}


@pytest.fixture
def protocol():
    return parse_protocol(read_tree(MINIMAL.read_text(encoding="utf-8"), "minimal.yaml"))


def test_a_registered_hypothesis_without_a_finding_reads_not_analysed(protocol):
    evidence = collect_evidence(protocol, Findings(), provenance=PROVENANCE)
    assert (evidence.findings["H1"].verdict, evidence.findings["H1"].confirmatory) == ("not analysed", True)


def test_an_exploratory_look_at_a_hypothesis_does_not_answer_it(protocol):
    look = Finding("validation.look.h1", "Is there a link?", "described", hypothesis="H1")
    assert collect_evidence(protocol, Findings([look]), provenance=PROVENANCE).findings["H1"].verdict == "not analysed"


def test_a_small_count_is_suppressed_whatever_a_stage_returned(protocol):
    small = Estimate(9, None, None, None, "students", 9, "count")
    findings = Findings([Finding("cohort.flow", "Who is in?", "described", small)])
    evidence = collect_evidence(protocol, findings, provenance=PROVENANCE)
    assert evidence.findings["cohort.flow"].verdict == "suppressed"
    assert '"value": 9' not in str(evidence)


def test_evidence_written_as_json_is_read_back_and_written_the_same(protocol):
    told = Deviation("D1", "2025-10-31", "one week left out", "the feed was down", "none expected")
    evidence = collect_evidence(
        protocol, Findings(), provenance=PROVENANCE, deviations=[told], versions={"python": "3.11"}
    )
    again = Evidence.from_json(json.loads(str(evidence)))
    assert str(again) == str(evidence)
    assert again.protocol == protocol
    assert json.loads(str(evidence))["study"]["protocol_digest"] == protocol.digest


def test_the_provenance_of_a_cohort_is_taken_as_it_is(protocol):
    told = Provenance("synthetic", "by hand", {"scenario": "null"}, ("No feed.",))
    evidence = collect_evidence(protocol, provenance=told)
    held = {"data": "synthetic", "source": "by hand", "details": {"scenario": "null"}, "notes": ["No feed."]}
    assert evidence.provenance == held
    assert json.loads(str(evidence))["provenance"] == held
