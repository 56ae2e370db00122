"""Groups that get the support one after the other, in an order drawn by lot: its effect against those still waiting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import fdtrc

from la_research.evaluation.design import Asked, Check, Design, Estimated
from la_research.evaluation.sample import Sample
from la_research.finding import Assumption, Estimate, Finding, Row, number
from la_research.protocol.designs.stepped_wedge import SteppedWedge
from la_research.statistics.cluster_blocks import Layout
from la_research.statistics.cluster_period import MixedFit, mixed_effects
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.columns import independent_columns
from la_research.statistics.exchangeable import exchangeable
from la_research.statistics.leverage import corrected_covariance, group_products, group_sums
from la_research.statistics.randomised import with_missing
from la_research.statistics.stepped_wedge import Wedge

Floats = npt.NDArray[np.float64]
METHODS = {"kenward_roger": "reml-kr", "clusters_minus_2": "reml-t"}
PERMUTATIONS = 999
ESTIMAND = (
    "It is the effect of the support being there for a cluster's students over it not being there yet, in the same "
    "period, averaged over how long it had been there in this trial."
)
GROWS = (
    "Where the effect grows or fades with the time since the start, one number for all can lie outside the effects "
    "that it sums up, and even have the other sign (Kenny et al. 2022): read it beside those by exposure."
)


def settled(sample: Sample, asked: Asked) -> Sample:
    """The sample with a column of who had the support, without the registered weeks after each start."""
    had = sample["treatment"] if "treatment" in sample else (sample["time"] >= sample["first"]).astype(float)
    rows = sample.rows.assign(treatment=had)
    if not asked.settings.transition:
        return replace(sample, rows=rows)
    since = rows["time"] - rows["time"].where(had == 1).groupby(rows["cluster"]).transform("min")
    return replace(sample, rows=rows).where(~((had == 1) & (since < asked.settings.transition)).to_numpy())


def _wedge(sample: Sample) -> Wedge:
    time = np.unique(sample["time"], return_inverse=True)[1].ravel()
    cluster = sample.codes("cluster")
    student = pd.Series(list(zip(cluster, sample.codes("unit"), strict=True)))
    layout = Layout(cluster, time, pd.factorize(student)[0])
    return Wedge(layout, sample["treatment"])


def _reason(sample: Sample, asked: Asked) -> str:
    if "treatment" not in sample and "first" not in sample:
        return "neither which rows had the support was told ('treatment') nor when it started ('first')"
    if "unit" in sample and sample.rows.duplicated(["cluster", "unit", "time"]).any():
        return "a student stands several times in one period: waves overlap"
    if sample.rows[["time", "cluster"]].isna().any(axis=None) or not np.isfinite(sample["time"]).all():
        return "of some rows the period or the cluster is not known"
    kept = settled(sample, asked)
    fault = _wedge(kept).fault
    if fault:
        return fault
    known = kept.where(kept["known"] == 1)
    if known.units < sample.minimum:
        return f"the outcome is known for fewer than {sample.minimum} students"
    if np.ptp(known["outcome"]) == 0:
        return "the outcome is the same for all students"
    fault = _wedge(known).fault
    return f"among rows with a known outcome {fault}" if fault else ""


def _checks(sample: Sample, asked: Asked) -> list[Check]:
    kept = settled(sample, asked)
    wedge = _wedge(kept)
    return [_missing(kept, wedge, asked), _recruited(wedge, asked), _order(kept, wedge)]


def _missing(sample: Sample, wedge: Wedge, asked: Asked) -> Check:
    name, statement = "attrition", "The outcome is known as often with the support as before it, in the same period"
    meaning = "those who answer with the support may be others than those who answered before"
    known, limit = sample["known"], asked.gate.attrition
    if np.ptp(known) == 0:
        return Check(name, statement, True, f"known for {number(known.mean(), 'share')} of rows", meaning)
    design = np.column_stack([wedge.treated, wedge.periods])
    gap = exchangeable(known, design, wedge.layout.cluster, wedge.layout.students).at(np.eye(design.shape[1])[0])
    held = not (abs(gap.value) > limit and gap.p < 0.05)
    estimate = gap.estimate("share", "gee-md", 0.95)
    shares = [number(share, "share") for share in (known.mean(), limit)]
    seen = f"known for {shares[0]} of rows, difference {estimate}, limit {shares[1]} and beyond chance"
    return Check(name, statement, held, seen, meaning, estimate)


def _recruited(wedge: Wedge, asked: Asked) -> Check:
    """Least squares of the logarithm of a cluster-period's size on period and support, within clusters."""
    name, statement = "recruitment", "As many students are in a cluster with the support as before it"
    meaning = "who is counted changes once it is known that the support is there, and the effect mixes both"
    gap, limit = _sizes(wedge), asked.gate.sample_ratio
    if gap is None:
        return Check(name, statement, True, "cluster-periods keep their size", meaning)
    ratio, lower, upper = (float(np.exp(value)) for value in (gap.value, *gap.interval(0.95)))
    seen = f"{ratio:.2f} times as many (95% CI {lower:.2f} to {upper:.2f}), p {gap.p:.3f}, limit {limit:g}"
    return Check(name, statement, gap.p >= limit, seen, meaning)


def _sizes(wedge: Wedge) -> Coefficient | None:
    """Difference of log sizes with the support; None where sizes do not change within clusters."""
    layout = wedge.layout
    cell, count = np.unique(layout.cluster * layout.periods + layout.period, return_counts=True)
    cluster, period = cell // layout.periods, cell % layout.periods
    columns = np.column_stack([wedge.cells[cluster, period], np.log(count), np.eye(layout.periods)[period]])
    cells = np.bincount(cluster)[:, None]
    columns = columns - (group_sums(columns, cluster, layout.clusters) / cells)[cluster]
    size, design = columns[:, 1], np.delete(columns, 1, axis=1)
    if np.abs(size).max() < 1e-9:
        return None
    design = design[:, independent_columns(design)]
    value = np.linalg.lstsq(design, size, rcond=None)[0]
    score = group_sums(design * (size - design @ value)[:, None], cluster, layout.clusters)
    covariance = corrected_covariance(group_products(design, design, cluster, layout.clusters), score)
    return Coefficient(float(value[0]), float(np.sqrt(covariance[0, 0])), layout.clusters - 2, layout.students)


def _order(sample: Sample, wedge: Wedge) -> Check:
    """Largest correlation of the start with what a cluster is like, against starts drawn anew."""
    layout = wedge.layout
    rows = np.bincount(layout.cluster).astype(float)
    filled = [with_missing(column)[:, :1] for column in sample.given.T]
    means = [group_sums(column, layout.cluster, layout.clusters)[:, 0] / rows for column in filled]
    known = np.column_stack([rows, *means])
    known = known[:, known.std(axis=0) > 1e-12]
    name, statement = "order", "The order of the starts does not go with what the clusters are like"
    meaning = "chance gave early starts to other clusters, which periods and cluster effects allow for in part"
    if not known.shape[1]:
        return Check(name, statement, None, "clusters are alike in all that is known", meaning, gates=False)
    start = np.minimum(wedge.starts, layout.periods)
    standard = (known - known.mean(axis=0)) / known.std(axis=0) / len(start) / start.std()
    rng = sample.rng("stepped_wedge", "order")
    drawn = np.stack([start, *(rng.permutation(start) for _ in range(PERMUTATIONS))])
    largest = np.abs((drawn - start.mean()) @ standard).max(axis=1)
    p = float((largest >= largest[0] - 1e-12).mean())
    seen = f"largest correlation {largest[0]:.2f} of {known.shape[1]} looked at (size, covariates), p {p:.3f}"
    return Check(name, statement, p >= 0.05, seen, meaning, gates=False)


def _estimated(sample: Sample, asked: Asked) -> Estimated:
    kept = settled(sample, asked)
    known = kept.where(kept["known"] == 1)
    wedge = _wedge(known)
    columns = np.column_stack([wedge.treated, wedge.periods, *(with_missing(column) for column in known.given.T)])
    design = columns[:, independent_columns(columns)]
    if len(known.rows) <= design.shape[1]:
        return Estimated(None, METHODS[asked.settings.df], ESTIMAND, reason="there are no more rows than columns")
    try:
        fit = mixed_effects(known["outcome"], design, wedge.layout, asked.settings.random)
    except ValueError as error:
        return Estimated(None, METHODS[asked.settings.df], ESTIMAND, reason=str(error))
    effect = _at(fit, np.eye(design.shape[1])[0], asked)
    by_exposure, alike = _exposure(known, wedge, design[:, 1:], asked)
    return Estimated(
        effect,
        METHODS[asked.settings.df],
        ESTIMAND,
        _spread(fit, wedge.layout),
        (by_exposure, _gee(known, wedge, design, effect, asked)),
        (alike,),
        (GROWS,),
    )


def _at(fit: MixedFit, contrast: Floats, asked: Asked) -> Coefficient:
    return fit.at(contrast, fit.clusters - 2 if asked.settings.df == "clusters_minus_2" else None)


def _spread(fit: MixedFit, layout: Layout) -> tuple[Row, ...]:
    """Share of the spread, beside periods and support, that rows of a cluster, cluster-period and student share."""
    whole = sum(fit.variances.values())
    what = {"cluster": "a cluster", "period": "a cluster in a period", "student": "a student"}
    return tuple(
        Row(
            {"what": f"spread shared by the rows of {what[name]}"},
            Estimate(value / whole, None, None, None, "share", layout.students, "reml"),
        )
        for name, value in fit.variances.items()
        if name in what
    )


def _exposure(known: Sample, wedge: Wedge, rest: Floats, asked: Asked) -> tuple[Finding, Assumption]:
    """The effect by periods since the start and its plain average; whether they are alike."""
    lengths, columns = wedge.exposures
    design = np.column_stack([columns, rest])
    kept = independent_columns(design)
    fit = mixed_effects(known["outcome"], design[:, kept], wedge.layout, asked.settings.random)
    k, method = len(lengths), METHODS[asked.settings.df]
    each = np.eye(len(kept))[:k]
    students = [len(np.unique(wedge.layout.student[column == 1])) for column in columns.T]
    rows = tuple(
        Row({"exposure": int(length)}, replace(_at(fit, one, asked), n=n).estimate(known.unit, method, asked.level))
        for length, one, n in zip(lengths, each, students, strict=True)
    )
    average = _at(fit, each.mean(axis=0), asked).estimate(known.unit, method, asked.level)
    finding = Finding(
        asked.id("exposure"),
        "Does the effect change with the periods since the support started?",
        "described",
        average,
        rows,
        limitations=("The headline is the plain average over lengths of exposure; long ones rest on few clusters.",),
    )
    return finding, _alike(fit, k)


def _alike(fit: MixedFit, lengths: int) -> Assumption:
    statement = "The effect is the same however long the support has been there"
    if lengths < 2:
        return Assumption(statement, None, "there is one length of exposure only")
    between = np.diff(np.eye(len(fit.value))[:lengths], axis=0)
    gaps = between @ fit.value
    square = float(gaps @ np.linalg.solve(between @ fit.covariance @ between.T, gaps)) / len(gaps)
    p = float(fdtrc(len(gaps), max(fit.clusters - 2, 1), square))
    if p < 0.05:
        return Assumption(statement, False, f"effects by exposure differ, F {square:.1f}, p {p:.3f}")
    return Assumption(statement, None, f"no difference seen, F {square:.1f}, p {p:.3f}, which few clusters can hide")


def _gee(known: Sample, wedge: Wedge, design: Floats, mixed: Coefficient, asked: Asked) -> Finding:
    first = np.eye(design.shape[1])[0]
    marginal = exchangeable(known["outcome"], design, wedge.layout.cluster, wedge.layout.students).at(first)
    return Finding(
        asked.id("gee"),
        "Is the effect the same without a model of how students of a cluster differ?",
        "described",
        marginal.estimate(known.unit, "gee-md", asked.level),
        (Row({"what": "by the mixed model"}, mixed.estimate(known.unit, METHODS[asked.settings.df], asked.level)),),
        limitations=("Its errors hold whatever rows of a cluster share; they need some twelve clusters or more.",),
    )


STEPPED_WEDGE = Design(
    "stepped_wedge",
    SteppedWedge,
    ("outcome", "cluster", "time"),
    ("unit", "treatment", "first"),
    _reason,
    _checks,
    _estimated,
)
