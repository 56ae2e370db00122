"""A fitted twin whose causal gates are closed gives no effect; any other cohort is evaluated as ever."""

from __future__ import annotations

import pytest

from la_research.cohort import Cohort, Provenance
from la_research.cohort.rehearsal import CAUSAL, REHEARSAL, closed_gate
from la_research.evaluation import evaluate_intervention, registered_effects
from la_research.evidence import collect_evidence
from la_research.protocol.support import Support
from la_research.schema import TABLES
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import generate_cohort
from la_research.wording import lint


@pytest.fixture(scope="module")
def study():
    return load_protocol("protocols/early-engagement")


@pytest.fixture(scope="module")
def campus():
    return generate_cohort(load_scenario("default"), n=400, seed=8)[0]


def twin_of(campus: Cohort, **verdicts: str) -> Cohort:
    gates = [{"gate": name.replace("_", " "), "verdict": verdict} for name, verdict in verdicts.items()]
    told = Provenance("synthetic", "a twin", {"twin_of": "sha256:0", "gates": gates})
    return Cohort({name: campus.arrow(name) for name in TABLES}, told, "sha256:1")


OPEN = {"causal_fidelity": "passed", "inferential_agreement": "passed"}


@pytest.mark.parametrize(
    "verdicts",
    [OPEN | {"causal_fidelity": "failed"}, OPEN | {"inferential_agreement": "failed"},
     OPEN | {"causal_fidelity": "not analysed"}, {}],
)  # fmt: skip
def test_a_closed_gate_gives_a_reason_and_no_number(study, campus, verdicts):
    findings = evaluate_intervention(study, twin_of(campus, **verdicts))
    assert [finding.verdict for finding in findings] == ["not analysed"]
    assert findings["H3"].reason.startswith("gate: ")
    assert not any(finding.estimate or finding.rows for finding in findings)


@pytest.mark.parametrize("verdicts", [OPEN, OPEN | {"inferential_agreement": "can not tell"}])
def test_an_open_gate_changes_no_number(study, campus, verdicts):
    found, plain = (evaluate_intervention(study, cohort) for cohort in (twin_of(campus, **verdicts), campus))
    assert found.as_json() == plain.as_json()


def test_the_reason_names_each_gate_that_is_closed():
    gates = [{"gate": CAUSAL[0], "verdict": "failed"}, {"gate": CAUSAL[1], "verdict": "not analysed"}]
    said = closed_gate({"twin_of": "x", "gates": gates})
    assert said == f"gate: {CAUSAL[0]} of this twin failed; {CAUSAL[1]} of this twin was not analysed"


def test_every_finding_of_a_twin_is_for_rehearsal_only_and_no_other_says_so(study, campus):
    findings = evaluate_intervention(study, campus)
    twin = collect_evidence(study, findings, provenance={"data": "synthetic", "details": {"twin_of": "sha256:0"}})
    assert {finding.limitations[0] for finding in twin.findings} == {REHEARSAL}
    other = collect_evidence(study, findings, provenance={"data": "synthetic", "details": {"scenario": "default"}})
    assert not any(REHEARSAL in finding.limitations for finding in other.findings)
    assert lint(REHEARSAL) == []


def test_an_outcome_that_was_measured_before_the_draw_is_not_analysed(study, campus):
    early = tuple(o.model_copy(update={"week": 4}) if o.id == "wellbeing_10" else o for o in study.outcomes)
    found = registered_effects(study.model_copy(update={"outcomes": early}), campus)["H3"]
    assert found.verdict == "not analysed"
    assert "not after the draw of all of the students" in found.reason


def test_behind_a_shut_gate_no_change_by_arm_tells_of_the_effect(study):
    beside = ("meter", "harms", "stopping", "path", "subgroups", "costs")
    bare = study.support.model_copy(update={name: Support.model_fields[name].default for name in beside})
    cohort, _ = generate_cohort(load_scenario("attrition"), n=2000, seed=2025)
    found = evaluate_intervention(study.model_copy(update={"support": bare}), cohort)
    assert found["H3"].reason.startswith("gate:")
    assert found["evaluation.prepost"].verdict == "not analysed"
