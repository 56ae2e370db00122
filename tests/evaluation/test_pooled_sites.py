"""Sites joined from what they exported: the same from a table, from findings, and through Python."""

from __future__ import annotations

import pytest

from la_research.errors import CohortError
from la_research.evaluation.pooled import SiteEstimate, pooled, site_estimates
from la_research.finding import Estimate, Finding
from la_research.pipeline.effect import table_effect

SITES = [SiteEstimate(name, value, 0.1) for name, value in zip("abcde", (0.1, 0.3, 0.2, 0.5, -0.1), strict=True)]


def document(value: float, unit: str = "points") -> dict:
    estimate = Estimate(value, value - 0.196, value + 0.196, 0.95, unit, 80, "welch")
    return {"findings": [Finding("evaluation.effect", "Did it help?", "described", estimate).as_json()]}


def test_a_table_of_five_sites_is_shown_although_there_are_fewer_than_ten(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("site,estimate,se\n" + "".join(f"{one.site},{one.value},{one.error}\n" for one in SITES))
    found = table_effect(path, "pooled", {"outcome": "estimate", "unit": "site"}, settings={"error": "se"})
    effect = found.findings["evaluation.effect"]
    assert effect.estimate.value == pytest.approx(pooled(SITES, "points").estimate.value)
    assert [row.keys for row in effect.rows[:5]] == [{"site": name} for name in "abcde"]
    assert all(row.estimate is not None for row in effect.rows)


def test_exported_findings_give_their_errors_back():
    held = site_estimates({name: document(0.1 * i) for i, name in enumerate("abc")})
    assert [one.error for one in held] == pytest.approx([0.1] * 3, rel=1e-3)
    found = pooled(held, "points")
    assert found.estimate.value == pytest.approx(0.1)
    assert "share of the spread that is between sites" in [row.keys.get("what") for row in found.rows]


def test_five_sites_say_what_a_further_one_may_see():
    further = next(
        row.estimate for row in pooled(SITES, "SD").rows if row.keys.get("what") == "effect at a further site"
    )
    plain = pooled(SITES, "SD").estimate
    assert further.lower < plain.lower < plain.upper < further.upper


def test_estimates_in_different_units_are_refused():
    with pytest.raises(CohortError) as caught:
        site_estimates({"a": document(1.0), "b": document(1.0, "share")})
    assert [fault.code for fault in caught.value.faults] == ["pooled.units"]


def test_a_site_without_an_estimate_is_left_out_and_one_alone_is_not_analysed():
    suppressed = {"findings": [{"id": "evaluation.effect", "estimate": None}]}
    found = pooled(site_estimates({"a": document(1.0), "b": suppressed}), "points")
    assert (found.verdict, found.reason) == (
        "not analysed",
        "fewer than 2 sites have an estimate with an error above 0",
    )
