"""The slopes of one panel for many sets of answers: what multiple imputation asks again and again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from la_research.statistics.association import KINDS, Answers
from la_research.statistics.cells import Cells, Panel, centred, spread_of
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import Floats


@dataclass(frozen=True)
class Repeated:
    """The slopes of a panel for many sets of answers in the same cells: only the answers change, the design does not.

    Parameters
    ----------
    panel
        Its ``y`` says which cells are answered, and is not read otherwise; covariates and weights are not read either.
    kinds
        Which slopes; those that ``associations`` gives a reason against do not exist.

    Examples
    --------
    >>> from la_research.statistics.association import associations
    >>> who, week = np.array([1, 1, 2, 2, 3, 3]), np.array([2, 4, 2, 4, 2, 4])
    >>> panel = Panel(who, who, np.ones(6), week, np.array([0.0, 2, 3, 3, 6, 4]), np.array([1.0, 3, 6, 6, 11, 9]))
    >>> again = Repeated(panel).slopes(np.column_stack([panel.y, 100 - 2 * panel.y]))
    >>> [round(slope.value, 2) for slope in again["between"]]
    [0.97, -0.97]
    >>> round(again["within"][0].se - associations(panel).of("within").se, 9)
    0.0
    """

    panel: Panel
    kinds: tuple[str, ...] = KINDS

    @cached_property
    def _cells(self) -> Cells:
        return Cells.of(self.panel)

    @cached_property
    def _here(self) -> npt.NDArray[np.bool_]:
        return ~np.isnan(self.panel.y)

    @cached_property
    def _answers(self) -> Answers:
        """The answered cells, without their scores."""
        cells, here = self._cells, self._here
        regressors = {"between": cells.mean, "within": cells.departure}
        columns = np.column_stack([regressors[kind] for kind in self.kinds])[here]
        return Answers(np.zeros(len(columns)), columns, cells.stratum[here], cells.student[here], cells.group[here])

    @cached_property
    def _design(self) -> tuple[Floats, Floats, Floats]:
        """Centred regressors and how residuals pull the slopes, (cells, k); how answers give the slopes, (k, cells)."""
        columns = centred(self._answers.columns, self._answers.stratum)
        pull = self._answers.solved(self._answers.columns)[0]
        return columns, pull, np.asarray(np.linalg.pinv(columns), dtype=np.float64)

    @cached_property
    def _spreads(self) -> list[tuple[float, Floats]]:
        return [self._cells.spread(kind) for kind in self.kinds]

    @cached_property
    def _size(self) -> tuple[int, int]:
        """Students and degrees of freedom."""
        return self._answers.n, self._answers.df

    def slopes(self, scores: Floats) -> dict[str, list[Coefficient]]:
        """Slopes by kind, one for each column of scores (cells, m); rows that were not answered are not read."""
        answers, students, (n, df) = self._answers, self._cells.students, self._size
        columns, pull, projection = self._design
        found: dict[str, list[Coefficient]] = {kind: [] for kind in self.kinds}
        for column in scores[self._here].T:
            score = centred(column, answers.stratum)
            slopes = projection @ score
            pulled = pull * (score - columns @ slopes)[:, None]
            noise, of_noise = spread_of(score, answers.stratum, answers.student, students)
            for j, (kind, (spread, of_spread)) in enumerate(zip(self.kinds, self._spreads, strict=True)):
                influence = np.bincount(answers.student, pulled[:, j], students)
                value = float(slopes[j] * spread / noise)
                each = influence * spread / noise + value * (of_spread - of_noise)
                found[kind].append(Coefficient(value, float(np.sqrt((n - 1) / n) * np.linalg.norm(each)), df, n))
        return found

    def less(self, kind: str) -> npt.NDArray[np.bool_]:
        """Cells of units under the mean of their module ("between"), or under their own mean ("within")."""
        cells = self._cells
        return np.asarray((centred(cells.mean, cells.group) if kind == "between" else cells.departure) < 0)
