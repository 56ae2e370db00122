"""Tests and errors that do not lean on normal items: Yuan and Bentler's scaling and the sandwich."""

from __future__ import annotations

import numpy as np

from la_research.statistics.intervals import Floats
from la_research.statistics.psychometrics.measurement import Model


def row_scores(model: Model, values: Floats, items: Floats) -> Floats:
    """Each row's part of the gradient of the log-likelihood, rows x free, for a model of covariances.

    Parameters
    ----------
    items
        Rows x items, none missing; means are taken out.
    """
    moments = model.implied(values)
    slopes, _ = model.slopes(moments)
    inverse = np.linalg.inv(moments.cov)
    white = (items - items.mean(axis=0)) @ inverse
    drawn = np.stack([np.einsum("na,ab,nb->n", white, slope, white, optimize=True) for slope in slopes], axis=1)
    return np.asarray((drawn - np.einsum("ab,qab->q", inverse, slopes)) / 2)


def sandwich(information: Floats, scores: Floats) -> Floats:
    """Covariance of the parameters: information inverted, on both sides of the spread of the scores.

    References
    ----------
    Huber (1967); White (1982), doi:10.2307/1912526.
    """
    inverse = np.linalg.inv(information)
    return np.asarray(inverse @ (scores.T @ scores) @ inverse)


def yuan_bentler(items: Floats, information: Floats, scores: Floats, df: int) -> tuple[float, float]:
    """What the chi-square of a model, and of independent items, are to be divided by.

    A model's stretch is the mean of the statistic over its degrees of freedom. With no model at all the trace
    that enters is Mardia's kurtosis: half of (mean squared distance^2 - items).

    Parameters
    ----------
    items
        Rows x items, none missing.
    information
        Observed information of the model.
    scores
        As ``row_scores`` gives them.
    df
        Degrees of freedom of the model, 1 or more.

    References
    ----------
    Yuan & Bentler (2000), T2*, doi:10.1111/0081-1750.00078, in the form of Asparouhov & Muthén (2005), which is MLR.
    """
    p = items.shape[1]
    centred = items - items.mean(axis=0)
    cov = centred.T @ centred / len(items)
    distance = np.einsum("na,na->n", centred @ np.linalg.inv(cov), centred)
    free = (np.mean(distance**2) - p) / 2
    kurtosis = np.mean(centred**4, axis=0) / np.diag(cov) ** 2
    apart = float(np.sum(kurtosis - 1) / 2)
    own = float(np.trace(np.linalg.solve(information, scores.T @ scores)))
    return (free - own) / df, (free - apart) / (p * (p - 1) / 2)
