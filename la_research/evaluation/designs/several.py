"""Several arms, each against the control, told so that all intervals hold at once: part ``arms``."""

from __future__ import annotations

from dataclasses import replace

from la_research.evaluation.design import Asked
from la_research.evaluation.designs.draw import Draw
from la_research.evaluation.sample import Sample
from la_research.finding import Finding, Row
from la_research.statistics.arms import together
from la_research.statistics.clustered import Fit

QUESTION = "What does each arm change, against the control?"
LIMITATION = "The intervals hold for all arms at once, as in Dunnett's procedure; each alone would be narrower."

FLOOR = 1e-5
"""p-value below which draws of the largest difference tell no more."""


def arms_finding(sample: Sample, asked: Asked, draw: Draw, fit: Fit, method: str) -> Finding:
    """A row an arm, ``{"arm": …, "against": …}``; intervals simultaneous, p-values adjusted in the limitations.

    Parameters
    ----------
    fit
        ``arm_effects`` of the rows whose outcome is known.
    method
        What its errors are, for the rows.
    """
    others = draw.names[1:]
    found = together(fit, len(others), sample.rng("arms"))
    rows = tuple(
        Row(
            {"arm": name, "against": draw.names[0]},
            replace(one, n=draw.held(number)).estimate(sample.unit, method, asked.level),
        )
        for number, (name, one) in enumerate(zip(others, found, strict=True), 1)
    )
    least = min(one.p for one in found)
    p = f"= {least:.2g}" if least > FLOOR else f"below {FLOOR:.5f}"
    told = (
        f"Did all arms do as much as the control, the largest difference among them would be so large with p {p}: "
        "a small one says that at least one arm does not."
    )
    return Finding(asked.id("arms"), QUESTION, "described", None, rows, limitations=(LIMITATION, told))
