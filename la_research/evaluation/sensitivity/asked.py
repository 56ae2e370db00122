"""Every question about what is hidden that suits a comparison without a draw, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterator

from la_research.evaluation.compared import Compared, columns_of
from la_research.evaluation.design import Asked
from la_research.evaluation.sample import Sample
from la_research.evaluation.sensitivity.hidden import e_value_finding, robustness_finding, rosenbaum_finding
from la_research.evaluation.sensitivity.missing import tipping_finding
from la_research.evaluation.sensitivity.moved import calibrated_finding, placebo_finding
from la_research.finding import Finding
from la_research.statistics.coefficient import Coefficient


def sensitivity_of(sample: Sample, compared: Compared, headline: Coefficient, asked: Asked) -> Iterator[Finding]:
    """Parts ``e_value``, ``robustness_value``, ``rosenbaum``; with controls ``calibrated``, ``placebo_outcomes``.

    Where outcomes are missing also ``tipping``.

    Parameters
    ----------
    sample
        All students, whether or not their outcome is known.
    compared
        Those whose outcome is known.
    headline
        The effect that was found.
    """
    yield e_value_finding(compared, headline, asked)
    yield robustness_finding(compared, asked)
    yield rosenbaum_finding(compared, headline, asked)
    if asked.settings.negative_outcomes:
        yield calibrated_finding(compared, headline, asked)
    named = dict.fromkeys((*asked.settings.negative_outcomes, *asked.sensitivity.placebo_outcomes))
    placebos = tuple(columns_of(compared.sample, list(named)))
    if placebos:
        yield placebo_finding(compared, placebos, asked)
    yield from tipping_finding(sample, headline, asked)
