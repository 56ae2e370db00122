"""Whole groups drawn: by intention to treat, with errors that allow students of one group to share their fate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.designs.compliers import complier_finding
from la_research.evaluation.designs.draw import Draw, draw_of, filled
from la_research.evaluation.designs.drawn_again import COARSE, bounded, permutation_finding
from la_research.evaluation.designs.lost import lost_findings
from la_research.evaluation.designs.lots import balance_finding, lot_checks
from la_research.evaluation.designs.several import arms_finding
from la_research.evaluation.designs.spillover import spillover_finding
from la_research.evaluation.sample import Floats, Sample
from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.protocol.designs.cluster import Cluster
from la_research.statistics.arms import arm_effects
from la_research.statistics.clustered import Fit
from la_research.statistics.coefficient import Coefficient, Inference, Inverted
from la_research.statistics.design_effect import alike
from la_research.statistics.permutation import permuted_effect
from la_research.statistics.randomised import difference_in_means
from la_research.statistics.wild import wild_effect

ESTIMAND = "It is the effect of a group being drawn for {arm} instead of {control} on {outcome}, for its mean student."
LIMITATIONS = (
    "It is the effect of the group being drawn, whether or not a student took the support up.",
    "Each student counts the same, so a large group counts more than a small one.",
    "It speaks of groups like those that were drawn, and students whose outcome is not known are left out.",
)
INTERFERENCE = Assumption(
    "The support changes nothing for groups that were not drawn for it", None, "groups can share students and staff"
)
LEAST_DF = 5.0
"""Degrees of freedom of the error below which a t interval is not trusted."""
ALIKE = (
    "The intraclass correlation says how alike students of one group are (0: no more than any two, 1: all "
    "the same), the design effect how many times as large that makes the variance."
)
FEW = "The error of least squares has {df:.1f} degrees of freedom, under 5, so the interval rests on {rests}."
RESTS = {"permutation": "drawing the groups again", "wild": "the wild cluster bootstrap"}


class Seen(NamedTuple):
    """Students whose outcome is known: their rows, lots, outcomes and covariates, and the fit of all arms."""

    sample: Sample
    draw: Draw
    outcome: Floats
    given: Floats
    fit: Fit


def _reason(sample: Sample, asked: Asked) -> str:
    draw = draw_of(sample, asked.settings.control, asked.settings.planned)
    if isinstance(draw, str):
        return draw
    known = ~np.isnan(sample["outcome"])
    frame = pd.DataFrame({"cluster": draw.cluster, "arm": draw.arm})
    if frame["cluster"].nunique() < 2:
        return "there is one group, so there is nothing to compare it with"
    torn = int((frame.groupby("cluster")["arm"].nunique() > 1).sum())
    if torn:
        return f"what was drawn differs between students of one group, in {torn:,} of them: groups were not drawn whole"
    groups = frame[known].groupby("arm")["cluster"].nunique().reindex(range(len(draw.names)), fill_value=0)
    if len(groups) < 2 or groups.min() == 0:
        return "all groups whose outcomes are known are in one arm, so there is nothing to compare with"
    if groups.min() == 1:
        return "an arm holds one group: what the support does can not be told from what that group is like"
    if int(np.bincount(draw.arm[known], minlength=len(draw.names)).min()) < sample.minimum:
        return f"the outcome is known for fewer than {sample.minimum} students of an arm"
    if np.ptp(sample["outcome"][known]) == 0:
        return "the outcome is the same for all students"
    return ""


def _checks(sample: Sample, asked: Asked) -> list[Check]:
    return lot_checks(sample, asked, _draw(sample, asked))


def _draw(sample: Sample, asked: Asked) -> Draw:
    draw = draw_of(sample, asked.settings.control, asked.settings.planned)
    assert isinstance(draw, Draw)
    return draw


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    seen = _seen(sample, asked)
    draw = seen.draw
    found = replace(seen.fit.of(np.eye(len(seen.fit.values))[1]), n=draw.held(1))
    headline: Inference = found
    method, notes = "cr2-satterthwaite", list(_notes(seen, asked))
    few = found.df < LEAST_DF
    by_draw = asked.settings.few == "permutation"
    again = permuted(seen, asked) if (few and by_draw) or not asked.brief else None
    if few:
        notes.append(FEW.format(df=found.df, rests=RESTS[asked.settings.few]))
        headline, method = again if again and by_draw else wild(seen, asked), asked.settings.few
    beside = tuple(_beside(sample, seen, asked, again))
    if not asked.brief:
        beside += tuple(lost_findings(sample, _draw(sample, asked), headline, asked))
    estimand = ESTIMAND.format(**draw.words, outcome=sample.words.get("outcome", "the outcome"))
    limitations, rows = (*LIMITATIONS, *notes), tuple(_rows(seen, asked))
    if isinstance(headline, Inverted) and not bounded(headline, asked.strictest):
        return Estimated(None, method, estimand, beside=beside, reason=COARSE)
    return Estimated(headline, method, estimand, rows, beside, (INTERFERENCE,), limitations)


def _seen(sample: Sample, asked: Asked) -> Seen:
    known = sample.where(~np.isnan(sample["outcome"]))
    draw = _draw(known, asked)
    columns = np.hstack([draw.strata, filled(known)])
    columns = columns[:, np.ptp(columns, axis=0) > 0]
    fit = arm_effects(known["outcome"], draw.arm, columns, draw.cluster)
    return Seen(known, draw, known["outcome"], columns[:, : len(fit.values) - len(draw.names)], fit)


def _two(seen: Seen) -> tuple[Floats, np.ndarray, Floats, np.ndarray, np.ndarray]:
    """Outcome, drawn, covariates, group and stratum of the arm asked about and the control."""
    two = seen.draw.arm <= 1
    group = np.unique(seen.draw.cluster[two], return_inverse=True)[1]
    return seen.outcome[two], seen.draw.drawn[two], seen.given[two], group, seen.draw.stratum[two]


def permuted(seen: Seen, asked: Asked) -> Inverted:
    """The effect by drawing the groups again."""
    outcome, drawn, given, group, stratum = _two(seen)
    rng = seen.sample.rng("permutation")
    return permuted_effect(outcome, drawn, given, group, stratum, asked.settings.permutations, rng)


def wild(seen: Seen, asked: Asked) -> Inverted:
    """The effect by the wild cluster bootstrap."""
    outcome, drawn, given, group, _ = _two(seen)
    return wild_effect(outcome, drawn, given, group, asked.settings.permutations, seen.sample.rng("wild"))


def _rows(seen: Seen, asked: Asked) -> Iterator[Row]:
    """How alike students of a group are, what that costs, and the effect were each group to count the same."""
    n = len(seen.outcome)
    found = alike(seen.outcome, seen.draw.cluster, seen.draw.arm, asked.level)
    if found is not None:
        correlation = Estimate(*found.correlation, asked.level, "correlation", n, "anova-f")
        yield Row({"what": "intraclass correlation"}, correlation)
        yield Row({"what": "design effect"}, Estimate(*found.times, asked.level, "times the variance", n, "anova-f"))
    outcome, drawn, _, group, _ = _two(seen)
    means = np.bincount(group, weights=outcome) / np.bincount(group)
    each = difference_in_means(means, drawn[np.unique(group, return_index=True)[1]])
    whole = Coefficient(each.value, each.se, each.df, len(outcome))
    yield Row({"what": "groups count the same"}, whole.estimate(seen.sample.unit, "welch-groups", asked.level))


def _notes(seen: Seen, asked: Asked) -> Iterator[str]:
    yield ALIKE
    first = np.unique(seen.draw.cluster, return_index=True)[1]
    counts = np.bincount(seen.draw.arm[first], minlength=len(seen.draw.names))
    told = ", ".join(f"{count:,} '{name}'" for count, name in zip(counts, seen.draw.names, strict=True))
    yield f"It rests on {len(first):,} groups: {told}."
    if seen.draw.several and asked.claim is None:
        yield f"Of several arms the first by name is told here, '{seen.draw.names[1]}'; the others stand beside it."


def _beside(sample: Sample, seen: Seen, asked: Asked, again: Inverted | None) -> Iterator[Finding]:
    draw, unit = seen.draw, seen.sample.unit
    plain = arm_effects(seen.outcome, draw.arm, seen.given[:, :0], draw.cluster)
    found = replace(plain.of(np.eye(len(plain.values))[1]), n=draw.held(1)).estimate(
        unit, "cr2-satterthwaite", asked.level
    )
    question = "What is the plain difference between the arms, without any adjustment?"
    yield Finding(asked.id("unadjusted"), question, "described", found, limitations=LIMITATIONS)
    if draw.several:
        yield arms_finding(seen.sample, asked, draw, seen.fit, "cr2-max-t")
    if {"assigned", "treatment"} <= set(sample.rows):
        yield complier_finding(seen.sample, asked, seen.outcome, draw.drawn, seen.given, draw.cluster)
    if again is not None and not asked.brief:
        yield permutation_finding(again, asked, unit, asked.settings.permutations)
    if "saturation" in sample:
        yield spillover_finding(seen.sample, asked)
    yield from balance_finding(sample, asked, _draw(sample, asked))


CLUSTER = Design(
    "cluster", Cluster, ("outcome", "treatment", "cluster"),
    ("unit", "assigned", "arm", "probability", "stratum", "saturation"), _reason, _checks, _estimated,
)  # fmt: skip
