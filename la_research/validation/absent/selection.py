"""The associations weighted to those who did not answer or did not consent, and bounds where no weight is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from la_research.cohort.flow import judged
from la_research.disclosure import why_hidden
from la_research.finding import Assumption, Estimate, Finding, Row, not_analysed
from la_research.statistics.association import associations
from la_research.statistics.intervals import Floats, effective_n, wilson
from la_research.statistics.missing import share_bounds, share_ends
from la_research.statistics.weighting import chance_of_inclusion, inverse_weights
from la_research.validation.absent.filled import Filled
from la_research.validation.absent.imputed import question
from la_research.validation.background import background
from la_research.validation.ground import Ground, slug
from la_research.validation.panel import cells_of
from la_research.validation.validity import METHOD, UNIT

CONSENT = ("model_use", "research", "taken back")
"""Reasons to be out of the study that are about consent."""
SELDOM = 0.05
"""Chance of answering below which a few would stand for many."""
LIMITATIONS = (
    "Weights correct for what they rest on, and for nothing else: not for how students were when they did not answer.",
    "Weights count as known, so that intervals leave out how sure the weights are.",
)
NOBODY_OUT = "Consent leaves nobody out of the study."
MODULE_ALONE = (
    "Of students outside the study nothing was read but module and presentation: their weights rest on these alone."
)
LABEL = "How many have the outcome of the model, whatever is true of those for whom it is not known?"


def selection_findings(ground: Ground, held: Sequence[Filled]) -> Iterator[Finding]:
    """``validation.selection.HID`` and ``validation.selection.label``: who is not there, weighted or bounded.

    For each association the slope "as registered", "weighted to all who were asked", by the chance of an answer
    given module, week, activity and what was registered as known beforehand, and "weighted to all who could be in
    the study", which multiplies by the share of each module that consented. Nobody's answer outside the study is
    known, nor may any be read, so for the share with the model's label there are no weights to trust: its bounds let
    each student without one have it or not.

    References
    ----------
    Seaman & White (2013), Review of inverse probability weighting for dealing with missing data,
    doi:10.1177/0962280210395740. Bounds: Manski (1989), doi:10.2307/145818.
    """
    absent = Absent.of(ground)
    for filled in held:
        name = f"validation.selection.{slug(filled.claim.id)}"
        told = question(
            ground,
            filled.claim,
            "If those who did not answer or consent counted too, would {0} go together as they do, {1}?",
        )
        if filled.unregistered:
            yield not_analysed(name, told, filled.unregistered)
        else:
            yield _finding(ground, filled, absent, name, told)
    if ground.protocol.model.label is not None:
        yield _label(ground, absent, ground.protocol.model.label)


@dataclass(frozen=True)
class Absent:
    """Who could be in the study but for consent: the student of each unit, and by group of modules the share in."""

    out: tuple[str, ...]
    present: pd.Series

    @classmethod
    def of(cls, ground: Ground) -> Absent:
        """Of these students nothing is read but module, presentation, dates and consent."""
        rows = judged(ground.protocol, ground.cohort)
        rows = rows[rows["reason"].isin(CONSENT) & ~rows["unit_id"].isin(ground.units.index)]
        units = rows.groupby("unit_id").agg(
            student_id=("student_id", "first"), module=("module", "+".join), presentation=("presentation", "first")
        )
        outside = (units["module"] + " " + units["presentation"]).value_counts()
        inside = ground.units["group"].value_counts()
        return cls(tuple(units["student_id"]), inside / inside.add(outside, fill_value=0).reindex(inside.index))


def _finding(ground: Ground, filled: Filled, absent: Absent, name: str, told: str) -> Finding:
    kind, level = filled.claim.kind, ground.asked.level
    rows = [Row({"what": "as registered"}, filled.complete.of(kind).estimate(UNIT, METHOD, level))]
    answered = ~np.isnan(filled.panel.y)
    if answered.all() and not absent.out:
        return not_analysed(name, told, "everyone answered and consented: nobody is to be weighted for")
    chance, module = chances(ground, filled, answered)
    weights = np.ones(len(answered))
    weights[answered] = inverse_weights(answered, chance)
    whole = weights / module.map(absent.present).to_numpy(dtype=float)
    by = {"weighted to all who were asked": weights, "weighted to all who could be in the study": whole}
    for what, given in by.items():
        if what.endswith("study") and not absent.out:
            continue
        slope = associations(replace(filled.panel, weights=given)).of(kind)
        rows.append(Row({"what": what}, slope.estimate(UNIT, f"{METHOD}-weighted", level)))
    least = float(chance.min())
    return Finding(
        name,
        told,
        "described",
        rows[-1].estimate,
        tuple(rows),
        (
            Assumption(
                "Students of one module, week, activity and background are alike whether they answered or not",
                None,
                "of who did not answer it is not known",
            ),
            Assumption(
                "Everyone had a fair chance to answer",
                least >= SELDOM,
                f"the chance of an answer is {'never' if least >= SELDOM else 'for some'} under {100 * SELDOM:g} %",
            ),
        ),
        (*LIMITATIONS, MODULE_ALONE if absent.out else NOBODY_OUT),
    )


def chances(ground: Ground, filled: Filled, answered: np.ndarray) -> tuple[Floats, pd.Series]:
    """The chance of an answer in each cell, and the cell's group of modules.

    By logistic regression on categories: module, week, thirds of the mean activity and of the week's departure, and
    what is registered under ``beforehand``, numbers by thirds.
    """
    instrument = str(ground.protocol.outcome(filled.claim.outcome).instrument)
    cells = cells_of(ground.protocol, ground.cohort, ground.indicators, str(filled.claim.indicator), instrument)
    module = cells["modules"] + " " + cells["presentation"]
    mean = cells.groupby("unit_id")["x"].transform("mean")
    known = background(ground, ground.asked.beforehand)
    told = {"module": module, "week": cells["week"], "mean": _thirds(mean), "departure": _thirds(cells["x"] - mean)}
    told |= {str(name): cells["unit_id"].map(_thirds(known[name])) for name in known}
    return chance_of_inclusion(answered, pd.DataFrame(told)), module


def _thirds(values: pd.Series) -> pd.Series:
    """Numbers by thirds; a column of no more than three different values stays."""
    if values.nunique() <= 3:
        return values
    cuts = values.quantile([1 / 3, 2 / 3]).to_numpy()
    found = pd.Series(np.searchsorted(cuts, values.to_numpy()), values.index, dtype=float)
    return found.where(values.notna())


def _label(ground: Ground, absent: Absent, outcome: str) -> Finding:
    name, label = "validation.selection.label", ground.outcome(outcome)
    known = label.dropna()
    who = ground.units["student_id"]
    if who[label.notna()].nunique() < ground.minimum:
        return not_analysed(name, LABEL, f"the outcome is known for fewer than {ground.minimum} students")
    if len(known) == len(label) and not absent.out:
        return not_analysed(name, LABEL, "everyone consented, and the outcome is known for all")
    level, n, students = ground.asked.level, effective_n(known, who[label.notna()]), who[label.notna()].nunique()
    lower, upper = wilson(float(known.mean()) * n, n, level)
    rows = [Row({"what": "as observed"}, Estimate(known.mean(), lower, upper, level, "share", students, "wilson"))]
    rows.append(Row({"what": "bounds, students of the study"}, _bounds(label, who.to_numpy(), level)))
    if absent.out:
        keys = {"what": "bounds, all who could be in the study"}
        values = pd.concat([label.reset_index(drop=True), pd.Series(np.nan, range(len(absent.out)))])
        few = len({*absent.out}) < ground.minimum
        everyone = _bounds(values, np.array([*who, *absent.out]), level)
        rows.append(Row(keys, None, "suppressed", why_hidden(ground.minimum)) if few else Row(keys, everyone))
    limits = (
        "Bounds assume nothing: none of the students for whom it is not known has the outcome, or all of them.",
        MODULE_ALONE if absent.out else NOBODY_OUT,
    )
    return Finding(name, LABEL, "described", rows[1].estimate, tuple(rows), (), limits)


def _bounds(label: pd.Series, students: np.ndarray, level: float) -> Estimate:
    values = label.to_numpy(dtype=float)
    lower, upper = share_bounds(share_ends(np.ones(len(values)), values, students), level)
    return Estimate(None, lower, upper, level, "share", len(np.unique(students)), "manski-imbens")
