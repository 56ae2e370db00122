"""What stands beside an adjusted effect: how alike the arms were made, and how far their chances overlap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.disclosure import tells_few, why_hidden
from la_research.evaluation.compared import Compared
from la_research.evaluation.design import Asked
from la_research.finding import Estimate, Finding, Row
from la_research.statistics.propensity import effective_size, standardised_differences

SHOWN = 20
"""Columns of the table of balance, those that differed most before."""
CHANCES = (
    "Students can be compared where chances of both arms lie in one range. A chance near 0 or 1 would weigh "
    "a few students by far the most: it is held at the limit that the design registers, and how many were is told."
)
ENDS = {"5th centile of the chance": 0.05, "median of the chance": 0.5, "95th centile of the chance": 0.95}


def balance_table(compared: Compared, asked: Asked) -> Finding:
    """Standardised differences before weighting and after."""
    n = len(compared.treated)
    weights = {"before": np.ones(n), "after": compared.chances.weights(True) + compared.chances.weights(False)}
    gaps = {when: standardised_differences(compared.treated, compared.columns, w) for when, w in weights.items()}
    order = np.argsort(-np.abs(gaps["before"]), kind="stable")[:SHOWN]
    rows = tuple(
        Row({"covariate": compared.kept[j].name, "when": when}, None, "suppressed", why_hidden(compared.sample.minimum))
        if compared.hidden[j]
        else Row(
            {"covariate": compared.kept[j].name, "when": when},
            Estimate(gap[j], None, None, None, "SD", n, "standardised-difference"),
        )
        for j in order
        for when, gap in gaps.items()
    )
    said = "A difference above 0 says that students with the support have more of it; 0.1 SD is often called small."
    return Finding(
        asked.id("balance"), "How alike are students with the support and without?", "described", rows=rows,
        limitations=(said,),
    )  # fmt: skip


def overlap_table(compared: Compared, asked: Asked) -> Finding:
    """Chances of the support by arm, how many students the weighted ones are worth, and how many chances were held."""
    held, n, minimum = compared.chances.raw != compared.chances.chance, len(compared.treated), compared.sample.minimum
    keys = {"arm": "both", "what": "chance held at its limit"}
    whole = Row(keys, Estimate(float(held.mean()), None, None, None, "share", n, "propensity"))
    if tells_few(int(held.sum()), n, minimum):
        whole = Row(keys, None, "suppressed", why_hidden(minimum))
    rows = (*_by_arm(compared), whole)
    question = "Could each student have had the support or not?"
    return Finding(asked.id("overlap"), question, "described", rows=rows, limitations=(CHANCES,))


def _by_arm(compared: Compared) -> Iterator[Row]:
    for arm, word in ((True, "with the support"), (False, "without")):
        those = compared.treated == arm
        n, chances = int(those.sum()), compared.chances.raw[those]
        for what, share in ENDS.items():
            value = float(np.quantile(chances, share))
            yield Row({"arm": word, "what": what}, Estimate(value, None, None, None, "share", n, "propensity"))
        worth = effective_size(compared.chances.weights(arm))
        yield Row({"arm": word, "what": "students"}, Estimate(n, None, None, None, "students", n, "count"))
        counted = Estimate(worth, None, None, None, "students", n, "kish")
        yield Row({"arm": word, "what": "students they are worth after weighting"}, counted)
