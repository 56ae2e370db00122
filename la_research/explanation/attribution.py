"""The only place that speaks to SHAP: how much each column moved each score, on the log-odds scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Attribution:
    """What moved the scores.

    Parameters
    ----------
    values
        SHAP values, shape (rows, columns), in log-odds.
    base
        The mean score of the background rows, in log-odds.
    gap
        Largest distance of a row's values and base, summed, from its score.
    """

    values: Floats
    base: float
    gap: float

    @property
    def shares(self) -> Floats:
        """Mean absolute value of each column over the sum of all, shape (columns,); zeros where nothing moves."""
        sizes = np.abs(self.values).mean(axis=0)
        return np.asarray(sizes / sizes.sum() if sizes.sum() > 0 else sizes)


def attribute(model: Any, rows: Floats, background: Floats) -> Attribution:
    """Interventional SHAP values of a fitted model.

    Trees are explained by TreeExplainer, a logistic model by LinearExplainer; the column
    that says a value was missing counts with the column that it speaks of.

    Parameters
    ----------
    model
        What ``la_research.models.fitted`` returned.
    rows, background
        Shapes (rows, columns) and (background rows, columns); NaN where not observed.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable
    AI for trees, doi:10.1038/s42256-019-0138-9. Janzing, Minorics and Blöbaum (2020),
    Feature relevance quantification in explainable AI: a causal problem (interventional).
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        linear = hasattr(model, "steps")
        values, base = (_linear if linear else _trees)(model, rows, background)
        gap = float(np.max(np.abs(values.sum(axis=1) + base - model.decision_function(rows))))
    return Attribution(values, base, gap)


def _trees(model: Any, rows: Floats, background: Floats) -> tuple[Floats, float]:
    import shap

    explainer = shap.TreeExplainer(model, data=background, model_output="raw", feature_perturbation="interventional")
    values = explainer.shap_values(rows, check_additivity=False)  # checked by us, with the gap shown
    return np.asarray(values, dtype=np.float64), float(np.ravel(explainer.expected_value)[0])


def _linear(model: Any, rows: Floats, background: Floats) -> tuple[Floats, float]:
    import shap

    prepare, final = model[:-1], model[-1]
    masker = shap.maskers.Independent(prepare.transform(background), max_samples=len(background))
    explainer = shap.LinearExplainer(final, masker)
    inner = np.asarray(explainer.shap_values(prepare.transform(rows)), dtype=np.float64)
    columns = rows.shape[1]
    values = inner[:, :columns].copy()
    for place, column in enumerate(prepare[0].indicator_.features_):
        values[:, column] += inner[:, columns + place]
    return values, float(np.ravel(explainer.expected_value)[0])
