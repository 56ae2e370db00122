"""What outcomes that are missing after a draw could hide: parts ``lee_bounds`` and ``tipping``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from la_research.evaluation.design import Asked
from la_research.evaluation.designs.draw import Draw
from la_research.evaluation.sample import Sample
from la_research.evaluation.sensitivity import attrition_findings
from la_research.finding import Finding
from la_research.statistics.coefficient import Inference

GROUPS = "whole groups were drawn, and the error of Lee's bounds is for students drawn one by one"
VARIED = "the chance of the draw differed between students, and Lee's bounds are for one chance"


def lost_findings(sample: Sample, draw: Draw, headline: Inference, asked: Asked) -> Iterator[Finding]:
    """Of the arm asked about and its control; none where every outcome is known.

    Parameters
    ----------
    sample, draw
        All students drawn, whether or not their outcome is known.
    headline
        The effect on those whose outcome is known.
    """
    two = draw.arm <= 1
    rows = sample.rows.assign(treatment=draw.drawn.astype(float))
    unfit = GROUPS if "cluster" in sample else VARIED if draw.varied else ""
    yield from attrition_findings(replace(sample, rows=rows).where(two), headline, asked, unfit)
