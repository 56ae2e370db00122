"""Before the effect is looked at: are students like each other, could each have been in either arm, is more hidden?"""

from __future__ import annotations

import numpy as np

from la_research.evaluation.compared import Compared
from la_research.evaluation.design import Asked, Check
from la_research.evaluation.sample import Sample
from la_research.finding import Estimate, number
from la_research.statistics.controls import LEAST_CONTROLS
from la_research.statistics.propensity import effective_size, largest_by_chance, standardised_differences

MOST_OUTSIDE = 0.1
"""Share of students, almost all or none of whose like had the support, from which on nothing is compared."""
LEAST_EFFECTIVE = 2
"""Times the smallest group shown that either arm's students have to be worth after weighting."""


def checks(sample: Sample, asked: Asked) -> list[Check]:
    """Balance after weighting, overlap, negative controls; the sample is blinded."""
    compared = Compared.of(sample, asked.settings)
    return [balance(compared, asked), overlap(compared, asked), controls(compared, asked)]


def balance(compared: Compared, asked: Asked) -> Check:
    """The largest standardised difference after weighting, against the limit or what chance makes of it."""
    weights = compared.chances.weights(True) + compared.chances.weights(False)
    gaps = np.abs(standardised_differences(compared.treated, compared.columns, weights))
    sizes = _sizes(compared)
    limit = max(asked.gate.difference, largest_by_chance(sizes, max(len(gaps), 1)))
    largest = float(gaps.max())
    worst = int(gaps.argmax())
    few = compared.hidden[worst]
    seen = f"a column of fewer than {compared.sample.minimum} students" if few else compared.kept[worst].name
    told = "" if few else f" is {largest:.2f} SD"
    number = Estimate(largest, None, None, None, "SD", len(compared.treated), "standardised-difference")
    return Check(
        "balance",
        "Students with the support and without are alike after weighting",
        largest <= limit,
        f"the largest of {len(gaps)} differences{told} ({seen}), at most {limit:.2f}",
        "they would differ in the outcome without any support",
        None if few else number,
    )


def overlap(compared: Compared, asked: Asked) -> Check:
    """The share of students whose like nearly all had the support, or nearly none, and what the others are worth."""
    outside = compared.chances.outside(asked.gate.overlap)
    sizes, least = _sizes(compared), LEAST_EFFECTIVE * compared.sample.minimum
    chance = f"{asked.gate.overlap:g}"
    whom = "a chance of none" if asked.settings.effect == "att" else "a chance of the support, or of none,"
    return Check(
        "overlap",
        "Each student might have had the support or not",
        outside <= MOST_OUTSIDE and min(sizes) >= least,
        f"{number(outside, 'share')} have {whom} below {chance}, at most {number(MOST_OUTSIDE, 'share')}; "
        "after weighting students count as "
        f"{sizes[0]:.0f} with the support and {sizes[1]:.0f} without, at least {least}",
        "the effect on them would be a guess from students unlike them",
        Estimate(outside, None, None, None, "share", len(compared.treated), "propensity"),
    )


def controls(compared: Compared, asked: Asked) -> Check:
    """How far what the support can not have moved seems to be moved."""
    found, limit = compared.controls, asked.gate.controls
    statement = "The comparison finds nothing where nothing can be"
    meaning = "something that was not measured moves both the support and what follows"
    if compared.error is None:
        said = (
            f"{len(found)} of the {LEAST_CONTROLS} columns needed could be read as negative controls, "
            "words of one column once: what is hidden stays so"
        )
        return Check("negative_controls", statement, None, said, meaning)
    size, (lower, upper) = compared.error.sd, compared.error_ends
    passed = False if size > limit else True if upper <= limit else None
    doubt = "; the controls are too few or too unlike to tell" if passed is None else ""
    said = (
        f"over {len(found)} controls the error is {size:.2f} SD, and may be up to {upper:.2f}, "
        f"at most {limit:.2f}{doubt}; {_similarity(compared)}"
    )
    ends = (min(lower, size), max(upper, size), 0.95)
    number = Estimate(size, *ends, "SD", min(one.n for one in found.values()), "empirical-null")
    return Check("negative_controls", statement, passed, said, meaning, number)


def _similarity(compared: Compared) -> str:
    """How much of the controls the covariates explain: the outcome's likeness to them is not looked at."""
    columns = np.column_stack([np.ones(len(compared.treated)), compared.columns])
    shares = []
    for name in compared.controls:
        values = compared.sample[name]
        told = ~np.isnan(values)
        left = values[told] - columns[told] @ np.linalg.lstsq(columns[told], values[told], rcond=None)[0]
        shares.append(1 - float(left.var() / values[told].var()))
    return (
        f"what was adjusted for tells {100 * np.median(shares):.0f} % of how students differ in the middle control; "
        "one that is unlike the outcome says little of what is hidden"
    )


def _sizes(compared: Compared) -> tuple[float, float]:
    with_support, without = (effective_size(compared.chances.weights(arm)) for arm in (True, False))
    return with_support, without
