"""How alike students answer again: intraclass correlations between neighbouring waves, and over all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np

from la_research.disclosure import disclosed
from la_research.finding import Estimate, Finding, Findings, Row
from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.intraclass import Form, intraclass
from la_research.statistics.psychometrics.unfit import Unfit
from la_research.validation.instruments.asked import Asked
from la_research.validation.scale.consistency import of_rows

FORMS: dict[Form, str] = {"ICC2": "agreement", "ICC3": "order"}
"""The forms that apply where the same students answer in the same waves: of scores as they are, or of their order."""
CHANGE = "how students are changes between waves, and that lowers it too: it is no error of the questionnaire alone"
STAYED = "only students who answered in both waves, or in all of them, are compared"


def retest_finding(asked: Asked) -> Finding:
    """ICC(2,1) and ICC(3,1) of neighbouring waves, and over all waves where there are more than two."""
    question = f"How alike do students answer {asked.name} in one wave and the next?"
    score = asked.points * asked.answers.sum(axis=2)
    rows = [row for pair in pairwise(range(len(asked.weeks))) for row in _rows(asked, score, pair)]
    if len(asked.weeks) > 2:
        rows = [*_rows(asked, score, tuple(range(len(asked.weeks)))), *rows]
    found = of_rows("validation.instrument.retest", question, rows, CHANGE, STAYED)
    (shown,) = disclosed(Findings([found]), asked.ground.minimum)  # few in all waves do not hide the others
    headline = next((row.estimate for row in shown.rows if row.estimate), None)
    return asked.named(replace(found, estimate=headline), "retest", question)


def _rows(asked: Asked, score: Floats, waves: tuple[int, ...]) -> Iterator[Row]:
    held = score[:, waves]
    held = held[~np.isnan(held).any(axis=1)]
    weeks = [asked.weeks[wave] for wave in waves]
    between = f"weeks {weeks[0]} and {weeks[1]}" if len(weeks) == 2 else f"all {len(weeks)} waves"
    for form, what in FORMS.items():
        keys = {"what": what, "between": between}
        try:
            found = intraclass(held, form, asked.level)
        except Unfit as unfit:
            yield Row(keys, None, "not analysed", str(unfit))
        else:
            method = f"shrout-fleiss-{form.lower()}"
            yield Row(keys, Estimate(found.value, found.lower, found.upper, asked.level, "ICC", found.n, method))
