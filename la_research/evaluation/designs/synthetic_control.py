"""Synthetic control: one group that starts, against a weighted mean of groups that never do."""

from __future__ import annotations

import numpy as np
import pandas as pd

from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.panels import of_starts, panel_of, prepared
from la_research.evaluation.sample import Sample
from la_research.evaluation.shares import some
from la_research.finding import Assumption, Estimate, Finding, Key, Row
from la_research.protocol.designs.synthetic_control import SyntheticControl as Settings
from la_research.statistics.coefficient import Inverted
from la_research.statistics.staggered import Panel
from la_research.statistics.synthetic_control import SyntheticControl

METHOD = "placebo-rank"
ESTIMAND = "It is the mean effect on the one group that starts, of having started, over the times from its start on."
NOBODY_ELSE = Assumption(
    "The weighted mean of the others would have stayed like the group after the start",
    None,
    "what would have been is not seen; how like it was before is in the gate",
)
UNSAID = "nothing says that each unit is a group of {minimum} students or more; set groups=yes where it is so"
FROM = 0.01
"""Least weight that is shown."""

PLACEBOS = (
    "Each other group was taken as if it had started: p is the share of all groups that then lie as far from their "
    "synthetic control as the group that did. The ratio sets the distance after the start beside that before."
)


def _study(panel: Panel) -> SyntheticControl:
    own = ~panel.never
    return SyntheticControl(panel.outcome[own][0], panel.outcome[~own], int(panel.start[own][0]))


def _reason(sample: Sample, asked: Asked) -> str:
    said = of_starts(sample)
    if said:
        return said
    starting = sample.rows.groupby("unit")["first"].first()
    if np.isfinite(starting).sum() != 1:
        return "a synthetic control is for one group that starts; 'did' compares several"
    panel, _ = panel_of(sample)
    least = asked.settings.least_times
    if panel.never.all():
        return "the group that starts is not known at every time, or starts after the last"
    if panel.start.min() < least:
        return f"there are fewer than {least} times before the start"
    if panel.never.sum() < 3:
        return "fewer than 3 groups that never start are known at every time"
    if np.ptp(panel.outcome[:, : panel.start.min()]) == 0:
        return "the outcome before the start is the same for all groups"
    return ""


def _checks(sample: Sample, asked: Asked) -> list[Check]:
    panel, _ = panel_of(sample)
    found, limit = _study(panel), asked.gate.fit
    far = float(found.distance(found.gaps)) / found.spread
    before = found.others[:, : found.start]
    own = found.own[: found.start]
    outside = int(((own < before.min(axis=0)) | (own > before.max(axis=0))).sum())
    fit = Estimate(far, None, None, None, "SD between groups", len(panel.start), "rmspe")
    meaning = "the gap after the start holds a gap that was there before"
    return [
        Check(
            "fit",
            "The weighted mean of the others was like the group before the start",
            far <= limit,
            f"distance {far:.2f} SD, limit {limit:g}",
            meaning,
            fit,
        ),
        Check(
            "hull",
            "Others lay on both sides of the group before the start",
            outside == 0,
            f"not so at {outside} of {found.start} times",
            meaning,
            gates=False,
        ),
    ]


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    panel, dropped = panel_of(sample)
    found = _study(panel)
    headline = found.mean_gap()
    units = headline.n
    measured = ""
    if 1 / units > 1 - asked.strictest + 1e-9:
        held = 100 * (1 - 1 / units)
        measured = f"nominal {100 * asked.strictest:.3g} %, at most {held:.1f} % with {units} groups"
    said = ["With m groups no p-value lies below 1/m."]
    if sample.covariates:
        said.append("Covariates were not read: each time before the start is matched, which leaves them nothing to do.")
    if dropped:
        said.append(f"{some(dropped, sample.minimum, 'groups')} not known at every time were left out.")
    if not _are_groups(asked):
        said.append(f"No unit is named and no course is shown: {UNSAID.format(minimum=sample.minimum)}.")
    return Estimated(
        headline,
        METHOD,
        ESTIMAND,
        beside=(_gaps(sample, asked, panel, found), _placebos(asked, found, headline), _weights(sample, asked, found)),
        assumptions=(NOBODY_ELSE,),
        limitations=tuple(said),
        measured=measured,
    )


def _gaps(sample: Sample, asked: Asked, panel: Panel, found: SyntheticControl) -> Finding:
    question = "How far was the group from its synthetic control at each time?"
    if not _are_groups(asked):
        return Finding(asked.id("gaps"), question, "suppressed", reason=UNSAID.format(minimum=sample.minimum))
    rows = []
    for i, time in enumerate(panel.times):
        gap = found.mean_gap(slice(i, i + 1))
        when: Key = int(time) if float(time).is_integer() else float(time)
        rows.append(Row({"time": when}, gap.estimate(sample.unit, METHOD, asked.level)))
    said = "Rows before the start are what the weights were fitted to."
    return Finding(asked.id("gaps"), question, "described", None, tuple(rows), limitations=(said,))


def _placebos(asked: Asked, found: SyntheticControl, headline: Inverted) -> Finding:
    ratios = found.ratios
    rank, units = int((ratios >= ratios[0]).sum()), len(ratios)
    ratio = Estimate(float(ratios[0]), None, None, None, "times the distance before", units, "rmspe-ratio")
    rows = (
        Row({"what": "ratio after to before"}, ratio),
        Row({"what": "rank of the ratio"}, None, "described", f"{rank} of {units}: p = {rank / units:.3f}"),
        Row({"what": "rank of the mean gap"}, None, "described", f"p = {headline.p:.3f}"),
    )
    question = "How often would a group that never started look as if it had?"
    return Finding(asked.id("placebos"), question, "described", None, rows, limitations=(PLACEBOS,))


def _weights(sample: Sample, asked: Asked, found: SyntheticControl) -> Finding:
    units = len(found.others) + 1
    names = _donors(sample, asked)
    rows = tuple(
        Row({"donor": names[j]}, Estimate(float(found.weights[j]), None, None, None, "share", units, "simplex"))
        for j in np.argsort(-found.weights, kind="stable")
        if found.weights[j] >= FROM
    )
    question = "Of which groups is the synthetic control made?"
    said = f"Weights below {100 * FROM:.0f} % are not shown."
    return Finding(asked.id("weights"), question, "described", None, rows, limitations=(said,))


def _are_groups(asked: Asked) -> bool:
    """Whether units are no persons: modules of a study, or groups by somebody's word."""
    return asked.claim is not None or bool(asked.settings.groups)


def _donors(sample: Sample, asked: Asked) -> list[str]:
    """Names of the donors in the order of the panel; numbers where they may be persons."""
    unit, times = sample.codes("unit"), sample.rows["time"].nunique()
    whole = np.bincount(unit, sample["known"]) == times
    never = np.isinf(sample.rows.groupby(unit)["first"].first().to_numpy())
    names = pd.factorize(sample.rows["unit"], sort=True)[1]
    kept = np.flatnonzero(whole & never)
    return [str(names[int(j)]) if _are_groups(asked) else f"group {i}" for i, j in enumerate(kept, 1)]


SYNTHETIC_CONTROL = Design(
    "synthetic_control",
    Settings,
    ("outcome", "unit", "time"),
    ("first", "treatment"),
    _reason,
    _checks,
    _estimated,
    prepared,
    people=False,
)
