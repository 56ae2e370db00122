"""How much each column moved each score, on the log-odds scale; the only place that speaks to SHAP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from la_research.explanation.leaves import leaves_of

Floats = npt.NDArray[np.float64]
Kind = TypeVar("Kind", np.float32, np.float64)
Name = TypeVar("Name", str, int)
Perturbation = Literal["interventional", "path"]
"""How a column is left out: taken from background rows, whatever the others are; or averaged along a tree's paths."""


class Unexplained(ValueError):
    """A model, or rows, that can not be taken apart; the text says why and is shown as the reason."""


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


def shares(values: npt.NDArray[np.floating[Any]]) -> Floats:
    """Mean absolute value of each column over the sum of all, shape (columns,); zeros where nothing moves.

    >>> shares(np.array([[1.0, -3.0], [-1.0, 3.0]])).tolist()
    [0.25, 0.75]
    """
    sizes = np.abs(values).mean(axis=0, dtype=np.float64)
    return np.asarray(sizes / sizes.sum() if sizes.sum() > 0 else sizes)


def summed(values: npt.NDArray[Kind], groups: Sequence[Name]) -> tuple[list[Name], npt.NDArray[Kind]]:
    """Names of the groups as they first come, and the sum of each group's columns, shape (..., groups).

    >>> names, sums = summed(np.array([[1.0, -3.0, 2.0]]), ["clicks", "work", "clicks"])
    >>> names, sums.tolist()
    (['clicks', 'work'], [[3.0, -3.0]])
    """
    names = list(dict.fromkeys(groups))
    inside = np.array([[group == name for name in names] for group in groups], dtype=values.dtype)
    return names, np.asarray(values @ inside)


def perturbations(model: Any) -> tuple[Perturbation, ...]:
    """The ways in which a column can be left out of a fitted model: both of a tree, one of a line."""
    return ("interventional",) if hasattr(model, "steps") else ("interventional", "path")


def attribute(
    model: Any, rows: Floats, background: Floats, perturbation: Perturbation = "interventional"
) -> Attribution:
    """SHAP values of a fitted model.

    Boosted trees are read leaf by leaf, and by TreeExplainer where that would take too large tables;
    a logistic model by LinearExplainer. The column that says a value was missing counts with the
    column that it speaks of.

    Parameters
    ----------
    model
        What ``la_research.models.fitted`` returned.
    rows, background
        Shapes (rows, columns) and (background rows, columns); NaN where not observed.
    perturbation
        One of those that ``perturbations`` names. The background is not read along paths: a tree keeps how many
        of the students it was fitted to went each way.

    Raises
    ------
    Unexplained
        The model is neither boosted trees nor a line, knows other than two values of the label, or was fitted to
        another number of columns.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable
    AI for trees, doi:10.1038/s42256-019-0138-9. Janzing, Minorics and Blöbaum (2020),
    Feature relevance quantification in explainable AI: a causal problem (interventional).
    """
    from threadpoolctl import threadpool_limits

    _check(model, rows)
    with threadpool_limits(1):
        if _is_line(model):
            values, base = _linear(model, rows, background)
        else:
            values, base = _trees(model, rows, background if perturbation == "interventional" else None)
        gap = float(np.max(np.abs(values.sum(axis=1) + base - model.decision_function(rows)), initial=0.0))
    return Attribution(values, base, gap)


def pairs(model: Any, rows: Floats) -> Floats:
    """What two columns of boosted trees bring together beyond what each does, in log-odds: SHAP interaction values.

    A column is left out along the trees' paths.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns, columns), with nothing on the diagonal; the two places of a pair hold half of it each.

    Raises
    ------
    Unexplained
        As ``attribute``; also where the model is a line, which adds its columns up.

    References
    ----------
    Lundberg et al. (2020), as above, section "SHAP interaction values".
    """
    _check(model, rows)
    if _is_line(model):
        raise Unexplained("a line adds its columns up, and no two of them do anything together")
    leaves = leaves_of(model)
    if leaves is not None:
        return leaves.pairs(rows)
    import shap

    found = np.array(shap.TreeExplainer(model).shap_interaction_values(rows), dtype=np.float64)
    found[:, range(rows.shape[1]), range(rows.shape[1])] = 0.0
    return found


def obstacle(model: Any, columns: int) -> str:
    """Why a model, or rows of so many columns, can not be taken apart; "" where they can."""
    if not (_is_line(model) or hasattr(model, "_predictors")):
        return "the model is neither boosted trees nor a line, and can not be taken apart"
    if len(model.classes_) != 2:
        return f"the model was fitted to {len(model.classes_)} values of the label, and not to two"
    if columns != model.n_features_in_:
        return f"the model was fitted to {model.n_features_in_} columns, and the rows have {columns}"
    return ""


def _check(model: Any, rows: Floats) -> None:
    why = obstacle(model, rows.shape[1])
    if why:
        raise Unexplained(why)


def _is_line(model: Any) -> bool:
    """Whether it is a pipeline that ends in a weighted sum."""
    return hasattr(model, "steps") and hasattr(model[-1], "coef_")


def _trees(model: Any, rows: Floats, background: Floats | None) -> tuple[Floats, float]:
    leaves = leaves_of(model)
    if leaves is not None:
        return leaves.shapley(rows, background)
    import shap

    way = "tree_path_dependent" if background is None else "interventional"
    explainer = shap.TreeExplainer(model, data=background, model_output="raw", feature_perturbation=way)
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
