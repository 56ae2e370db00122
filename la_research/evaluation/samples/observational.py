"""Students who had a contact and students who had none, with what was known of them before."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.evaluation.ground import Ground
from la_research.evaluation.sample import Sample
from la_research.evaluation.samples.covariates import BASELINE
from la_research.protocol import QUESTIONNAIRES, Hypothesis
from la_research.protocol.designs.observational import Observational

Columns = Iterator[tuple[str, npt.NDArray[np.float64]]]
WAVE = re.compile(r"(.+) in week (\d+)")
"""How a negative control that is an earlier wave of a questionnaire is named: "WHO-5 in week 2"."""


def observational_sample(ground: Ground, claim: Hypothesis) -> Sample | str:
    """One row a student of the study.

    ``treatment`` is 1 where the log of contacts holds the registered step by the registered week.
    Covariates are those of ``support`` ("baseline" is the outcome's questionnaire as last answered by
    the index week, any other name an indicator in that week), its background columns, and the
    protected attributes that the design registers. Negative controls are further columns of
    ``students``, or a wave of a questionnaire at or before the index week.

    Returns
    -------
    Sample or str
        A reason where the study holds no contact of that kind, or a negative control is adjusted for.
    """
    design = ground.support.design
    assert isinstance(design, Observational)
    had = _had(ground, design)
    if not had.any():
        return f"the log of contacts holds no step '{design.step}' of a student of the study in time"
    given = dict(_covariates(ground, claim, design))
    twice = [name for name in _wanted(ground, design) if _in_baseline(ground, claim, name)]
    if twice:
        return f"the negative control '{twice[0]}' is part of the baseline that is adjusted for, so it is no control"
    controls = {name: values for wanted in _wanted(ground, design) for name, values in _control(ground, wanted)}
    columns = {"unit": ground.students.index, "outcome": ground.outcome(claim).to_numpy(dtype=float)}
    rows = pd.DataFrame({**columns, "treatment": had.astype(float), **given, **controls})
    outcome = ground.protocol.outcome(claim.outcome)
    words = {"outcome": outcome.label or outcome.id.replace("_", " ")}
    return Sample(rows, tuple(given), words, ground.unit(claim), ground.minimum, ground.protocol.seed)


def _had(ground: Ground, design: Observational) -> npt.NDArray[np.bool_]:
    log = ground.contacts[ground.contacts["step"] == design.step]
    if design.by_week is not None:
        calendar = ground.cohort.frame("calendar")
        last = calendar[calendar["week"] <= design.by_week].groupby("presentation")["day"].max()
        log = log[log["at"] <= log["presentation"].map(last)]
    return np.asarray(ground.students.index.isin(log["student_id"]))


def _covariates(ground: Ground, claim: Hypothesis, design: Observational) -> Columns:
    index = ground.protocol.population.index_week
    for name in ground.support.covariates:
        if name != BASELINE:
            yield name, ground.weekly(name)[index].to_numpy(dtype=float)
            continue
        instrument = ground.protocol.outcome(claim.outcome).instrument
        if instrument is not None:
            waves = ground.scores(instrument)
            weeks = [week for week in sorted(map(int, waves.columns)) if week <= index]
            if weeks:
                yield BASELINE, waves[weeks].ffill(axis="columns")[weeks[-1]].to_numpy(dtype=float)
    for column in ground.support.background:
        yield from _numbers(column, ground.background((column,))[column])
    for attribute in design.attributes:
        yield from _numbers(attribute, ground.group(attribute))


def _wanted(ground: Ground, design: Observational) -> tuple[str, ...]:
    placebos = ground.support.sensitivity.placebo_outcomes if ground.support.sensitivity else ()
    return tuple(dict.fromkeys((*design.negative_outcomes, *placebos)))


def _in_baseline(ground: Ground, claim: Hypothesis, name: str) -> bool:
    """Whether a negative control is a wave that the last answer by the index week may be."""
    wave = WAVE.fullmatch(name)
    asked = ground.protocol.outcome(claim.outcome).instrument
    return wave is not None and wave[1] == asked and BASELINE in ground.support.covariates


def _control(ground: Ground, name: str) -> Columns:
    """A column of ``students`` by its name, or a wave; none where the study has neither, or the wave is too late."""
    wave = WAVE.fullmatch(name)
    if wave and wave[1] in QUESTIONNAIRES and int(wave[2]) <= ground.protocol.population.index_week:
        scores = ground.scores(wave[1])
        if int(wave[2]) in scores:
            yield name, scores[int(wave[2])].to_numpy(dtype=float)
    elif name in ground.cohort.frame("students"):
        yield from _numbers(name, ground.background((name,))[name], every=True)


def _numbers(name: str, values: pd.Series, *, every: bool = False) -> Columns:
    """Numbers and yes or no as they are; of words a column each but the first, or, of a control, each."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        yield name, values.to_numpy(dtype=float)
        return
    for word in sorted(values.dropna().unique())[0 if every else 1 :]:
        yield f"{name}: {word}", np.where(values.isna(), np.nan, values == word).astype(float)
