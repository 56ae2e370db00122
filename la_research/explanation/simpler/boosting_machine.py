"""The only place that speaks to interpret: an explainable boosting machine, whose parts can be read off a page."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from la_research.seeds import stream

BAGS = 8
"""Machines whose curves are averaged, each fitted to most students and stopped early on the rest."""
KEPT_BACK = 0.15
"""Share of the students a machine is stopped on."""
NOT_INSTALLED = "the extra glassbox is not installed: pip install -e '.[glassbox]' -c constraints-all.txt"


def installed() -> bool:
    """Whether the extra ``glassbox`` is there."""
    return find_spec("interpret") is not None


def fit_machine(features: pd.DataFrame, label: pd.Series, students: pd.Series, seed: int) -> Any:
    """An explainable boosting machine without interactions: one curve an indicator, summed up; on one thread, seeded.

    Parameters
    ----------
    features
        One column an indicator; NaN where it is not observed, which has a place of its own on the curve. A column that
        is constant, or observed for nobody, moves nothing.
    label
        0, 1 or NaN, in the order of the rows; rows without a label are left out. Both labels must be there.
    students
        Whose row it is, in the order of the rows: a machine is never stopped on a student whom it was fitted to.
    seed
        Of the bags and of ties.

    Returns
    -------
    object
        With ``predict_proba`` of an array of the same columns.

    References
    ----------
    Lou, Caruana and Gehrke (2012), Intelligible models for classification and regression,
    doi:10.1145/2339530.2339556. Nori et al. (2019), InterpretML, doi:10.48550/arXiv.1909.09223: interpret-core, with 8
    bags drawn by student in place of 14 drawn by row, and without pairs.
    """
    from interpret.glassbox import ExplainableBoostingClassifier

    known = label.notna().to_numpy()
    seen = features.to_numpy(dtype=np.float64)[known]
    columns = np.where(np.isnan(seen).all(axis=0), 0.0, seen)
    yes = label.to_numpy(dtype=np.float64)[known].astype(np.int64)
    who = pd.factorize(students.to_numpy()[known])[0]
    machine = ExplainableBoostingClassifier(
        feature_names=[str(name) for name in features.columns],
        feature_types=["continuous"] * columns.shape[1],
        interactions=0,
        outer_bags=BAGS,
        n_jobs=1,
        random_state=seed,
    )
    with warnings.catch_warnings():  # that its own figures do not show missing values, which we do not draw
        warnings.filterwarnings("ignore", message="Missing values detected")
        return machine.fit(columns, yes, bags=bags(who, yes, seed).T)


def bags(who: npt.NDArray[np.int64], yes: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.int8]:
    """Bags x rows: 1 for a row that is fitted to, -1 for one kept back; students as a whole, equal shares by label.

    >>> bags(np.arange(40) // 2, np.zeros(40, dtype=np.int64), 1).tolist()[0].count(-1)  # 3 of 20 students
    6
    """
    has = np.bincount(who, weights=yes) > 0
    found = np.ones((BAGS, len(who)), dtype=np.int8)
    for bag in range(BAGS):
        draw = stream(seed, "explanation", "boosting machine", "bag", bag)
        for side in (has, ~has):
            held = draw.permutation(np.flatnonzero(side))
            found[bag, np.isin(who, held[: round(KEPT_BACK * len(held))])] = -1
    return found
