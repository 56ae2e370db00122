"""What redraws.py measured holds: the mechanism's redraw comes through the gates, a Gaussian copula does not."""

from __future__ import annotations

import redraws


def test_the_mechanisms_redraw_fails_no_gate_in_95_of_100_trials():
    found = {
        gate: (trials, not_failed) for gate, trials, not_failed, _ in redraws.rates(redraws.read_results(), "redraw")
    }
    assert found["all four"][0] >= 80
    for gate, (trials, not_failed) in found.items():
        assert not_failed >= redraws.PROMISED * trials, gate


def test_a_redraw_breaks_no_rule_and_no_order_in_time():
    named = ("chosen against the trial's rule", "out of order in time")
    rows = [row for row in redraws.read_results() if row["kind"] == "redraw" and row["check"] in named]
    assert {row["verdict"] for row in rows} == {"passed"}
    assert {float(row["value"]) for row in rows if row["check"] == named[1]} == {0.0}


def test_the_gaussian_copula_fails_on_causal_fidelity_every_time():
    rows = [row for row in redraws.read_results() if row["kind"] == "copula"]
    for name in ("effect of H3 kept", "chosen against the trial's rule", "out of order in time"):
        assert {row["verdict"] for row in rows if row["check"] == name} == {"failed"}, name


def test_a_small_redraw_fails_nothing_today_either():
    for gate in redraws.small_trial(91_000):
        assert "failed" not in {check.verdict for check in gate.checks}, gate
    assert redraws.PROMISED == 0.95
