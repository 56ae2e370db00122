"""The slopes of one panel for many sets of answers: what multiple imputation asks again and again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from la_research.statistics.association import KINDS, Panel, _Answers, _Cells, _centred, _scaled
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import Floats


@dataclass(frozen=True)
class Repeated:
    """Both slopes of a panel for many sets of answers in the same cells: only the answers change, the design does not.

    Parameters
    ----------
    panel
        Its ``y`` says which cells are answered, and is not read otherwise; covariates and weights are not read either.
        Both slopes have to exist.

    Examples
    --------
    >>> from la_research.statistics.association import associations
    >>> who, week = np.array([1, 1, 2, 2, 3, 3]), np.array([2, 4, 2, 4, 2, 4])
    >>> panel = Panel(who, who, np.ones(6), week, np.array([0.0, 2, 3, 3, 6, 4]), np.array([1.0, 3, 6, 6, 11, 9]))
    >>> again = Repeated(panel).slopes(np.column_stack([panel.y, 100 - 2 * panel.y]))
    >>> [round(slope.value, 2) for slope in again["between"]], again["within"][0] == associations(panel).of("within")
    ([0.97, -0.97], True)
    """

    panel: Panel

    @cached_property
    def _cells(self) -> _Cells:
        return _Cells.of(self.panel)

    @cached_property
    def _here(self) -> npt.NDArray[np.bool_]:
        return ~np.isnan(self.panel.y)

    @cached_property
    def _design(self) -> tuple[_Answers, Floats]:
        """The answered cells, and how residuals pull on the slopes."""
        cells, here = self._cells, self._here
        columns, stratum = np.column_stack([cells.mean, cells.departure])[here], cells.stratum[here]
        none = np.zeros(len(stratum))
        answers = _Answers(none, columns, stratum, cells.student[here], cells.group[here])
        return answers, answers.solved(columns)[0]

    @cached_property
    def _projection(self) -> Floats:
        """(k, cells) by which centred answers give the slopes."""
        answers = self._design[0]
        return np.asarray(np.linalg.pinv(_centred(answers.columns, answers.stratum)))

    def slopes(self, scores: Floats) -> dict[str, list[Coefficient]]:
        """Slopes by kind, one for each column of scores (cells, m); rows that were not answered are not read."""
        answers, pull = self._design
        columns, found = _centred(answers.columns, answers.stratum), {kind: list[Coefficient]() for kind in KINDS}
        for column in scores[self._here].T:
            score = _centred(column, answers.stratum)
            slopes = self._projection @ score
            residual = score - columns @ slopes
            own = replace(answers, score=score)
            for j, kind in enumerate(KINDS):
                influence = np.bincount(answers.student, pull[:, j] * residual, self._cells.students)
                found[kind].append(_scaled(slopes[j], influence, kind, self._cells, own))
        return found

    def less(self, kind: str) -> npt.NDArray[np.bool_]:
        """Cells of units under the mean of their module ("between"), or under their own mean ("within")."""
        cells = self._cells
        return (_centred(cells.mean, cells.group) if kind == "between" else cells.departure) < 0
