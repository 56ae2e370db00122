"""What follows from the comparison with simpler models, in one sentence."""

from __future__ import annotations

from la_research.finding import Finding

RECOMMENDATIONS = {
    "equivalent": (
        "A simpler model is as good within the margin. We recommend it in place of the registered one, as students can "
        "check it."
    ),
    "equivalent, of no shown worth": (
        "A simpler model is as good within the margin, but neither is shown to do better than a coin. We recommend "
        "none."
    ),
    "inconclusive": "We can not tell whether a simpler model is as good. More students would be needed to say.",
    "described": (
        "The simpler models lose more than the margin. Whether that is worth a score that is hard to check has to be "
        "weighed."
    ),
    "not analysed": "No simpler model was compared with the registered one.",
    "suppressed": "The comparison rests on too few students to be shown.",
}
"""By verdict of ``explanation.simpler``; the second where no score does better than a coin."""


def recommendation(finding: Finding) -> str:
    """The sentence that a report prints under ``explanation.simpler``.

    Where a simpler model is as good, and neither its AUC nor that of the registered model is shown to lie above .5,
    none is recommended: as good as a coin is no good.

    Parameters
    ----------
    finding
        ``explanation.simpler``.

    Examples
    --------
    >>> from la_research.finding import not_analysed
    >>> recommendation(not_analysed("explanation.simpler", "What does it cost?", "too few students"))
    'No simpler model was compared with the registered one.'
    """
    if finding.verdict != "equivalent":
        return RECOMMENDATIONS[finding.verdict]
    named = {str(finding.rows[0].keys["model"]), recommended(finding)}
    told = [row.estimate for row in finding.rows if row.keys["what"] == "auc" and row.keys["model"] in named]
    worth = any(one is not None and (one.lower or 0.0) > 0.5 for one in told)
    return RECOMMENDATIONS["equivalent" if worth else "equivalent, of no shown worth"]


def recommended(finding: Finding) -> str:
    """The model that the headline of the finding speaks of; "" where there is none."""
    losses = [row for row in finding.rows if row.keys["what"] == "loss" and row.estimate is not None]
    return next((str(row.keys["model"]) for row in losses if row.estimate == finding.estimate), "")
