"""Time until students leave: time without withdrawal up to a horizon, with other outcomes in the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from la_research.disclosure import tells_few
from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.sample import Sample
from la_research.evaluation.shares import few
from la_research.finding import Assumption, Estimate, Finding, Row
from la_research.protocol.designs.survival import Survival
from la_research.statistics.coefficient import Coefficient, independent_difference
from la_research.statistics.survival import (
    RiskSet,
    free_interval,
    incidence_at,
    incidence_interval,
    log_rank,
    risk_set,
    time_free,
)

SHOWN = 15
"""Times of a curve that are told, for each group."""
IMMORTAL = (
    "immortal time: {late} students had the support only later, and could have it because they were still there; "
    "set landmark, to compare those still there at one time by whether they had it by then"
)
CENSORED = "Students whose time ends without an outcome would have gone on as those still there"
ALIKE = "The groups are alike but for the support"
CURVE = (
    "The n of a row is how many were still there just before its time; times between which fewer than {minimum} "
    "students went are not told."
)
NEVER = "Who had another outcome is taken as never withdrawn from then on."
UNDRAWN = "nobody drew the groups and nothing was adjusted for, and no check of such a comparison exists"
TURNED = "The outcome is an event and the effect is time without it: more of that time is less of the outcome."
LANDMARK = (
    "It is about students still there at time {landmark:g}, from then on, and tells nothing of those who had left."
)


def _prepared(sample: Sample, asked: Asked) -> Sample:
    """Students from the landmark on; ``treatment`` says who had the support by then, and ``first`` is gone."""
    settings: Survival = asked.settings
    unit = sample.words.get("unit of time") or f"units of {sample.words.get('time', 'time')}"
    held = replace(sample, unit=unit)
    if "first" not in sample or _late(sample, settings):
        return held
    landmark = settings.landmark or 0.0
    rows = sample.rows
    if settings.landmark is not None:
        rows = rows[rows["time"] > landmark]
    had = (rows["first"] <= landmark).astype(float)
    started = rows.assign(treatment=had, time=rows["time"] - landmark).drop(columns="first")
    return replace(held, rows=started.reset_index(drop=True))


def _late(sample: Sample, settings: Survival) -> int:
    """Students whose support began after time 0, where no landmark says from when on they are followed."""
    if "first" not in sample or settings.landmark is not None:
        return 0
    first = sample["first"]
    return int((np.isfinite(first) & (first > 0)).sum())


def _reason(sample: Sample, asked: Asked) -> str:
    settings: Survival = asked.settings
    late = _late(sample, settings)
    if late:
        return IMMORTAL.format(late=late if late >= sample.minimum else f"fewer than {sample.minimum}")
    if "treatment" not in sample:
        return "nothing says who had the support: name a treatment, or the time from which it was had"
    if settings.landmark is not None and "first" in sample:
        return "nobody is followed beyond the landmark"
    if sample.units < len(sample.rows):
        return "some students stand in more than one row: one row a student is needed"
    outcome, treated = sample["outcome"], sample["treatment"] == 1
    if (outcome[~np.isnan(outcome)] < 0).any() or (outcome % 1 > 0).any():
        return "the outcome has to be 0 (nothing yet), 1 (the event) or a whole number above (another outcome)"
    known = _known(sample)
    if min((known & treated).sum(), (known & ~treated).sum()) < sample.minimum:
        return f"fewer than {sample.minimum} students of a group are followed"
    if (sample["time"][known] < 0).any():
        return "a time is negative: it has to count from when a student could first leave"
    if not (outcome[known] == 1).any():
        return "nobody had the event while followed"
    horizon = settings.horizon
    last = min(float(sample["time"][known & side].max()) for side in (treated, ~treated))
    if last <= 0 or (horizon is not None and horizon - (settings.landmark or 0.0) > last):
        return f"a group is not followed up to the horizon: its last time is {last + (settings.landmark or 0.0):g}"
    return ""


def _known(sample: Sample) -> np.ndarray:
    return ~(np.isnan(sample["outcome"]) | np.isnan(sample["time"]))


def _checks(sample: Sample, asked: Asked) -> list[Check]:
    return []


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    settings: Survival = asked.settings
    known = _known(sample)
    times, codes, treated = (sample[role][known] for role in ("time", "outcome", "treatment"))
    drawn = treated == 1
    groups = {name: risk_set(times[side], codes[side]) for name, side in (("support", drawn), ("none", ~drawn))}
    horizon = min(group.last for group in groups.values())
    if settings.horizon is not None:
        horizon = settings.horizon - (settings.landmark or 0.0)
    means = {name: time_free(group, horizon) for name, group in groups.items()}
    shares = {name: incidence_at(group, horizon) for name, group in groups.items()}
    competing = bool((codes > 1).any())
    limits = [TURNED, *([NEVER] if competing else [])]
    if settings.landmark is not None:
        limits.append(LANDMARK.format(landmark=settings.landmark))
    estimand = (
        f"It is the mean time without the event, of the first {horizon:g}, with the support less that without it."
    )
    return Estimated(
        independent_difference(means["support"], means["none"]),
        "restricted-mean-greenwood",
        estimand,
        (*_rows(means, sample.unit, asked), _hazards(times, codes, drawn, asked)),
        (_incidence(shares, horizon, asked, sample.minimum), _curves(groups, horizon, competing, sample, asked)),
        _assumptions(settings),
        tuple(limits),
        unjudged="" if settings.randomised else UNDRAWN,
        opposite=True,
    )


def _assumptions(settings: Survival) -> tuple[Assumption, ...]:
    drawn = "they were drawn" if settings.randomised else "nobody drew them, and nothing was adjusted for"
    return (
        Assumption(ALIKE, True if settings.randomised else None, drawn),
        Assumption(CENSORED, None, "what censored students did later is not in the data"),
    )


def _rows(means: dict[str, Coefficient], unit: str, asked: Asked) -> tuple[Row, ...]:
    return tuple(
        Row({"what": f"mean time, {name}"}, mean.estimate(unit, "restricted-mean-greenwood", asked.level))
        for name, mean in means.items()
    )


def _hazards(times: np.ndarray, codes: np.ndarray, drawn: np.ndarray, asked: Asked) -> Row:
    keys = {"what": "log ratio of hazards, log-rank"}
    found = log_rank(times, codes, drawn)
    if not found.se:
        return Row(keys, None, "not analysed", "no event while students of both groups were still there")
    return Row(keys, found.estimate("log ratio", "log-rank", asked.level))


def _incidence(shares: dict[str, Coefficient], horizon: float, asked: Asked, minimum: int) -> Finding:
    question = f"How much larger is the share that has had the event by {horizon:g}?"
    if any(tells_few(share.value * share.n, share.n, minimum) for share in shares.values()):
        return Finding(asked.id("incidence"), question, "suppressed", reason=few(minimum))
    found = independent_difference(shares["support"], shares["none"])
    estimate = found.estimate("share", "aalen-johansen", asked.level)
    rows = []
    for name, share in shares.items():
        ends = incidence_interval(share, asked.level)
        rows.append(Row({"what": name}, Estimate(share.value, *ends, asked.level, "share", share.n, "aalen-johansen")))
    return Finding(asked.id("incidence"), question, "described", estimate, tuple(rows))


def _curves(groups: dict[str, RiskSet], horizon: float, competing: bool, sample: Sample, asked: Asked) -> Finding:
    """Share without an event of any kind, at up to 15 times a group; n is who was still there.

    Between two times that are told at least the minimum of students went, so that no step is that of a few.
    """
    rows = []
    for name, group in groups.items():
        inside = _apart(group, horizon, sample.minimum)
        shown = inside[np.unique(np.linspace(0, len(inside) - 1, min(SHOWN, len(inside))).round().astype(int))]
        lower, upper = free_interval(group, asked.level)
        for i in shown:
            there = int(group.at_risk[i])
            ends = (float(group.free[i]), float(lower[i]), float(upper[i]))
            rows.append(
                Row(
                    {"arm": name, "time": float(group.times[i])},
                    Estimate(*ends, asked.level, "share", there, "kaplan-meier-log-log"),
                )
            )
    question = "How many are still without any outcome?" if competing else "How many are still there?"
    limits = (CURVE.format(minimum=sample.minimum),)
    return Finding(asked.id("curves"), question, "described", None, tuple(rows), limitations=limits)


def _apart(group: RiskSet, horizon: float, minimum: int) -> np.ndarray:
    """Places of times up to the horizon between which at least so many students went, one way or another."""
    kept: list[int] = []
    there = float(group.n)
    for i in np.flatnonzero(group.times <= horizon):
        left = group.at_risk[i] - group.events[i] - group.others[i]
        if there - left >= minimum:
            kept.append(int(i))
            there = left
    return np.array(kept, dtype=int)


SURVIVAL = Design(
    "survival",
    Survival,
    ("outcome", "time"),
    ("treatment", "first", "unit"),
    _reason,
    _checks,
    _estimated,
    _prepared,
    durations=True,
)
