import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from la_research.canonical import digest, plain, pretty_json
from la_research.finding import (
    NEEDS_REASON,
    STAGES,
    VERDICTS,
    Assumption,
    Estimate,
    Finding,
    Findings,
    Row,
    not_analysed,
)

numbers = st.floats(-1e6, 1e6).map(lambda value: float(f"{value:.12g}") + 0.0)
texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)


@st.composite
def estimates(draw):
    lower, value, upper = sorted(draw(st.tuples(numbers, numbers, numbers)))
    return Estimate(value, lower, upper, 0.95, draw(texts), draw(st.integers(0, 10**6)), "wilson")


@st.composite
def one_finding(draw):
    verdict = draw(st.sampled_from(VERDICTS))
    rows = draw(
        st.lists(st.builds(Row, st.dictionaries(texts, texts, max_size=2), st.none() | estimates()), max_size=3)
    )
    assumptions = draw(st.lists(st.builds(Assumption, texts, st.none() | st.booleans(), texts), max_size=2))
    return Finding(
        f"{draw(st.sampled_from(STAGES))}.topic",
        draw(texts),
        verdict,
        draw(st.none() | estimates()),
        tuple(rows),
        tuple(assumptions),
        tuple(draw(st.lists(texts, max_size=2))),
        draw(st.none() | st.just("H1")),
        draw(st.booleans()),
        draw(texts) if verdict in NEEDS_REASON else None,
    )


@given(one_finding())
@settings(max_examples=150, deadline=None)
def test_findings_written_as_json_are_read_back_equal(finding):
    text = pretty_json(Findings([finding]).as_json())
    assert Findings.from_json(json.loads(text)) == Findings([finding])


def test_keys_of_a_finding_stand_in_the_agreed_order():
    estimate = Estimate(0.08, 0.01, 0.15, 0.95, "share", 611, "newcombe-tukey")
    rows = (Row({"gender": "F"}, estimate),)
    written = Finding("audit.fnr.gender", "Is need missed equally?", "disparity", estimate, rows).as_json()
    assert list(written) == [
        "id", "stage", "question", "hypothesis", "confirmatory", "verdict", "reason", "estimate", "rows",
        "assumptions", "limitations",
    ]  # fmt: skip
    assert list(written["estimate"]) == ["value", "lower", "upper", "level", "unit", "n", "method"]
    assert list(written["rows"][0]) == ["keys", "verdict", "reason", "estimate"]


def test_a_number_that_is_not_finite_is_refused_in_an_estimate_and_null_in_json():
    with pytest.raises(ValueError, match="must be finite"):
        Estimate(float("nan"), None, None, None, "share", 10, "wilson")
    assert plain([float("inf"), -0.0, 1 / 3]) == [None, 0.0, 0.333333333333]
    assert str(plain(-0.0)) == "0.0"


def test_an_interval_that_ends_before_it_begins_is_refused():
    with pytest.raises(ValueError, match="must not exceed"):
        Estimate(0.5, 0.6, 0.4, 0.95, "share", 10, "wilson")


def test_bounds_without_a_point_read_as_between():
    assert (
        str(Estimate(None, 1, 2, 0.95, "SD", 40, "bounds"))
        == "anywhere between 1.00 and 2.00 SD (bounds at 95%), n = 40"
    )


def test_a_small_negative_share_is_not_printed_as_minus_zero():
    assert str(Estimate(-0.0001, -0.01, 0.01, 0.95, "share", 40, "wilson")).startswith("0.0 %")


def test_findings_stand_in_stage_order_and_keep_their_order_within_a_stage():
    given_order = [not_analysed(name, "?", "none") for name in ("score.a", "audit.b", "cohort.z", "audit.a")]
    assert [finding.id for finding in Findings(given_order)] == ["cohort.z", "audit.b", "audit.a", "score.a"]


def test_a_hypothesis_gives_its_confirmatory_finding():
    exploratory = Finding("validation.look.h1", "?", "described", hypothesis="H1")
    registered = Finding("validation.within.h1", "?", "supported", hypothesis="H1", confirmatory=True)
    findings = Findings([exploratory, registered])
    assert findings["H1"] is registered
    assert findings["validation.look.h1"] is exploratory
    with pytest.raises(KeyError):
        findings["H2"]


def test_the_same_id_twice_is_refused():
    with pytest.raises(ValueError, match=r"given twice: audit\.x"):
        Findings([not_analysed("audit.x", "?", "a"), not_analysed("audit.x", "?", "b")])


def test_markup_in_a_reason_is_escaped_in_a_notebook():
    assert "<script>" not in Findings([not_analysed("audit.x", "?", "<script>")])._repr_html_()


def test_digest_knows_the_value_not_the_order_of_its_keys():
    assert digest({"a": 1, "b": [0.1 + 0.2]}) == digest({"b": [0.3], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
