"""What the support can not have moved: whether it seems to be, and what that leaves of the effect's interval."""

from __future__ import annotations

from la_research.evaluation.compared import Compared
from la_research.evaluation.design import Asked
from la_research.finding import Finding, Row, not_analysed
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.controls import LEAST_CONTROLS, SystematicError

CAN_NOT_TELL = "The controls are too few or too unlike to tell how far off the effect is: what is left may be less."


def calibrated_finding(compared: Compared, headline: Coefficient, asked: Asked) -> Finding:
    """The effect with an interval that allows for the error that the negative controls show."""
    question = "What is left of the effect when negative controls say how far off the comparison is?"
    if compared.error is None:
        reason = f"{len(compared.controls)} of the {LEAST_CONTROLS} columns needed could be read as negative controls"
        return not_analysed(asked.id("calibrated"), question, reason)
    sd, error = float(compared.sample["outcome"].std(ddof=1)), compared.error
    scaled = SystematicError(error.mean * sd, error.sd * sd, error.mean_error * sd, error.controls)
    found = scaled.calibrated(headline).estimate(compared.sample.unit, "empirical-calibration", asked.level)
    zero = found.lower is not None and found.upper is not None and found.lower <= 0 <= found.upper
    lower, upper = compared.error_ends
    said = (
        f"{error.controls} things that the support can not have moved differ by about {error.sd:.2f} SD all the same "
        f"(95 % interval {lower:.2f} to {upper:.2f}). {_left(zero) if upper <= asked.gate.controls else CAN_NOT_TELL}"
    )
    shared = "It supposes that the controls share what is hidden; those that do not change nothing."
    return Finding(asked.id("calibrated"), question, "described", found, limitations=(said, shared))


def _left(zero: bool) -> str:
    return f"Were the effect as far off, its interval would {'hold' if zero else 'still leave out'} zero."


def placebo_finding(compared: Compared, names: tuple[str, ...], asked: Asked) -> Finding:
    """The adjusted "effect" on each column that the support can not have moved, in SDs."""
    question = "Does the support seem to move what it can not have moved?"
    rows = []
    for name in names:
        found = compared.controls.get(name) or compared.on_control(name)
        if found is None:
            rows.append(Row({"outcome": name}, None, "not analysed", "too few students have a value, or all the same"))
        else:
            rows.append(Row({"outcome": name}, found.estimate("SD", compared.settings.estimator, asked.level)))
    told = [row.estimate for row in rows if row.estimate is not None]
    apart = sum(one.lower > 0 or one.upper < 0 for one in told if one.lower is not None and one.upper is not None)
    said = (
        f"Of {len(told)} such columns {apart} have an interval without zero; by chance about "
        f"{(1 - asked.level) * len(told):.1f} would."
    )
    return Finding(asked.id("placebo_outcomes"), question, "described", rows=tuple(rows), limitations=(said,))
