import pytest

from la_research.errors import CohortError, Fault, LaResearchError

EXITS = {
    "LaResearchError": 1, "UsageError": 2, "ProtocolError": 10, "ScenarioError": 11, "CohortError": 12,
    "SourceError": 13, "AssuranceError": 14, "DisclosureError": 15, "GovernanceError": 16, "TruthError": 17,
    "StageError": 18, "StaleError": 19, "MissingError": 20, "DiskError": 21, "VerificationError": 22,
}  # fmt: skip


def test_every_class_has_the_exit_code_that_was_agreed():
    found = {kind.__name__: kind.exit_code for kind in (LaResearchError, *LaResearchError.__subclasses__())}
    assert found == EXITS


def test_faults_are_collected_into_one_error_of_three_lines_each():
    faults = [
        Fault("cohort.null", "1 row", "table 'a'", "mend it"),
        Fault("cohort.value", "2 rows", "table 'b'", "mend it"),
    ]
    with pytest.raises(CohortError) as caught:
        CohortError.raise_if(iter(faults))
    assert len(str(caught.value).splitlines()) == 2 * 3
    assert [item["code"] for item in caught.value.as_json()] == ["cohort.null", "cohort.value"]
    assert caught.value.as_json()[0] == {
        "format": "la_research.error/1", "code": "cohort.null", "exit": 12, "problem": "1 row", "where": "table 'a'",
        "remedy": "mend it",
    }  # fmt: skip


def test_no_fault_raises_nothing():
    CohortError.raise_if([])
