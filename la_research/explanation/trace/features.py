"""How the model reads an indicator: the mean of the weeks that have a value, or the index week alone."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

from la_research.explanation.trace.steps import Step, mean_of, paper
from la_research.indicators.registry import INDICATORS

NO_WEEK = "None of the weeks has a value."
NOT_THEN = "Week {week} has no value."


def feature_step(name: str, values: Mapping[int, float | None], index_week: int) -> Step:
    """One indicator as the model reads it, in single precision: about seven digits.

    Parameters
    ----------
    values
        By week; None where there is none.
    index_week
        The last week that the model reads.

    Examples
    --------
    >>> feature_step("weekly_activity", {1: 12, 2: None, 3: 9}, 3).arithmetic
    '(12 + 9) / 2'
    >>> feature_step("rag", {2: 0, 3: None}, 3).reason
    'Week 3 has no value.'
    """
    unit = INDICATORS[name].unit
    if INDICATORS[name].summary == "latest":
        value = values.get(index_week)
        if value is None:
            return Step("feature", name, None, "", None, unit, NOT_THEN.format(week=index_week))
        return Step("feature", name, None, paper(value), single(value), unit, what=f"the value of week {index_week}")
    held = {week: values[week] for week in sorted(values) if week <= index_week}
    known = {week: value for week, value in held.items() if value is not None}
    if not known:
        return Step("feature", name, None, "", None, unit, NO_WEEK)
    mean = math.fsum(known.values()) / len(known)
    what = f"mean of {'week' if len(known) == 1 else 'weeks'} {', '.join(map(str, known))}"
    return Step("feature", name, None, mean_of(list(known.values())), single(mean), unit, what=what)


def single(value: float) -> float:
    """The nearest number in single precision, in which the model reads its columns.

    >>> single(0.5), f"{single(0.1):.10f}"
    (0.5, '0.1000000015')
    """
    return float(struct.unpack("f", struct.pack("f", value))[0])
