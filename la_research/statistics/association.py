"""Does a questionnaire move with an indicator, between students and within a student?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from la_research.statistics.cells import Cells, Codes, Panel, centred, spread_of
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.intervals import Floats
from la_research.statistics.placebo import exchanged, shifted, shuffled

__all__ = ["KINDS", "Answers", "Associations", "Panel", "associations", "chance_slopes", "jackknife_error"]

KINDS = ("between", "within")


@dataclass(frozen=True)
class Associations:
    """The slopes "between" and "within" that could be fitted, in SD of the score per SD of the indicator.

    ``curvature`` holds the two-sided p-value of a squared term for each slope; ``reasons``
    says for each of the two that is absent why it is. ``influence`` holds what each student adds
    to a slope, (students,), in the order of the sorted students of the panel, answered or not; the
    root of its sum of squares is the standard error.
    """

    slopes: dict[str, Coefficient]
    curvature: dict[str, float]
    reasons: dict[str, str]
    influence: dict[str, Floats]

    def of(self, kind: str) -> Coefficient:
        """The slope of a kind; KeyError where ``reasons`` says why there is none."""
        return self.slopes[kind]


def associations(panel: Panel, *, squared: bool = True) -> Associations:
    """Between- and within-student association of a questionnaire with an indicator.

    The score is regressed on each unit's own mean of the indicator and on the departure of
    the week from that mean, with an effect for every module, presentation and week, so that
    a common term calendar explains nothing. Slopes are multiplied by the spread of the mean
    within a module (between) or of the departure (within) over all cells, answered or not,
    and divided by the spread of the answered scores after the module-week effects.

    The mean of a unit runs over all its cells, so that answers missing at random do not move
    it. A unit with one cell departs from nothing and speaks only for "between"; a
    module-week with a single answer speaks for neither. Standard errors are a jackknife: they
    add up what leaving out each student, all modules and weeks together, would do to the
    slope, and their influence on the spreads. Each mean that is taken out costs a degree of
    freedom: of the spreads one a module or module-week, of t one a module and one more, and one
    a covariate. Covariates stand beside both slopes and leave the spreads as they are.

    Parameters
    ----------
    panel
        Cells of the design; see ``Panel``.
    squared
        Whether ``curvature`` is asked for, which takes most of the time; empty where not.

    References
    ----------
    Mundlak (1978), On the pooling of time series and cross section data, doi:10.2307/1913646:
    the mean and the departure side by side. Liang and Zeger (1986), doi:10.1093/biomet/73.1.13:
    errors by cluster. Bell and McCaffrey (2002), Bias reduction in standard errors for linear
    regression with multi-stage samples, Survey Methodology 28(2): the jackknife of whole clusters
    without fitting again. Here the influence of the two spreads is added.

    Examples
    --------
    Three students over two weeks; the scores follow the mean by 2 and the departure by 1.

    >>> who = np.array([1, 1, 2, 2, 3, 3])
    >>> week = np.array([2, 4, 2, 4, 2, 4])
    >>> x = np.array([0.0, 2.0, 3.0, 3.0, 6.0, 4.0])
    >>> y = np.array([1.0, 3.0, 6.0, 6.0, 11.0, 9.0])
    >>> found = associations(Panel(who, who, np.ones(6), week, x, y))
    >>> round(found.of("between").value, 2), round(found.of("within").value, 2)
    (0.97, 0.24)
    """
    cells = Cells.of(panel)
    here = ~np.isnan(panel.y)
    stratum = cells.stratum[here]
    score = centred(panel.y[here], stratum)
    columns = np.column_stack([cells.mean, cells.departure])[here]
    reasons = _reasons(cells, centred(columns, stratum), score)
    use = [kind for kind in KINDS if kind not in reasons]
    given = np.empty((here.size, 0)) if panel.covariates is None else panel.covariates
    columns = np.column_stack([columns[:, [KINDS.index(kind) for kind in use]], given[here]])
    if use and _rank(centred(columns, stratum)) < columns.shape[1]:
        reasons, use = reasons | dict.fromkeys(use, "the covariates can not be told apart from the indicator"), []
    weight = None if panel.weights is None else panel.weights[here]
    answers = Answers(score, columns, stratum, cells.student[here], cells.group[here], given.shape[1], weight)
    found: dict[str, Coefficient] = {}
    curvature: dict[str, float] = {}
    added: dict[str, Floats] = {}
    if use:
        slopes, influence = answers.fit(answers.columns, cells.students)
        for j, kind in enumerate(use):
            found[kind], added[kind] = _scaled(slopes[j], influence[:, j], kind, cells, answers)
            curvature |= {kind: _curvature(j, cells, answers)} if squared else {}
    return Associations(found, curvature, reasons, added)


def chance_slopes(
    panel: Panel,
    kind: str,
    replicates: int,
    rng: np.random.Generator,
    moved: Literal["indicator", "answers"] = "indicator",
) -> Floats:
    """Slopes of a kind, (replicates,), that an indicator without any link would give.

    For "between" the indicator is shuffled among the cells of a module and week, for "within" it
    is shifted along each unit's weeks. Either way the term calendar and the answers stay. Where the
    answers are moved, each unit's answers of all weeks are handed to another unit of its module.
    Covariates are not read, and the slope of the kind has to exist.

    Examples
    --------
    >>> from la_research.seeds import stream
    >>> who, week, rng = np.repeat(np.arange(40), 2), np.tile([2, 4], 40), stream(1, "statistics", "example")
    >>> panel = Panel(who, who, np.zeros(80), week, rng.normal(size=80), rng.normal(size=80))
    >>> chance = chance_slopes(panel, "within", 99, rng)
    >>> bool(abs(chance.mean()) < 3 * chance.std() / 99**0.5)
    True
    """
    cells, found = Cells.of(panel), np.empty(replicates)
    for i in range(replicates):
        if moved == "answers":
            found[i] = _slope(cells, exchanged(panel.y, cells.unit, panel.week, cells.group_of_unit, rng), kind)
        elif kind == "between":
            found[i] = _slope(cells.told(shuffled(panel.x, cells.stratum, rng)), panel.y, kind)
        else:
            found[i] = _slope(cells.told(shifted(panel.x, cells.unit, panel.week, rng)), panel.y, kind)
    return found


@dataclass(frozen=True)
class Answers:
    """The answered cells: score after module-week effects, and the regressors that can be fitted."""

    score: Floats
    columns: Floats
    stratum: Codes
    student: Codes
    group: Codes
    given: int = 0
    weight: Floats | None = None

    @property
    def n(self) -> int:
        """Students who answered."""
        return int(np.unique(self.student).size)

    @property
    def df(self) -> int:
        """Students who share a module-week with another answer, less one a module, one, and one a covariate."""
        compared = np.bincount(self.stratum)[self.stratum] > 1
        return max(np.unique(self.student[compared]).size - np.unique(self.group[compared]).size - 1 - self.given, 1)

    def fit(self, columns: Floats, students: int) -> tuple[Floats, Floats]:
        """Slopes (k,) with the module-week effects absorbed, and what each student adds to them (students, k).

        What a student adds is the slopes less those of all others, exactly: the residuals are
        those of a model that has not seen the student.
        """
        pull, slopes, residual = self.solved(columns)
        meat = np.column_stack([np.bincount(self.student, column, students) for column in (pull * residual[:, None]).T])
        return slopes, meat.astype(np.float64)

    def solved(self, columns: Floats) -> tuple[Floats, Floats, Floats]:
        """How far a residual of each cell pulls the slopes (cells, k); the slopes (k,); the residuals (cells,)."""
        weight = np.ones(len(self.stratum)) if self.weight is None else self.weight
        root, total = np.sqrt(weight), np.bincount(self.stratum, weight)[self.stratum]

        def weighed(values: Floats) -> Floats:
            return root * (values - np.bincount(self.stratum, weight * values)[self.stratum] / total)

        x, y = np.column_stack([weighed(column) for column in columns.T]), weighed(self.score)
        bread = np.linalg.inv(x.T @ x).astype(np.float64)
        slopes = bread @ (x.T @ y)
        return self._unseen(x, bread, root / np.sqrt(total)) @ bread, slopes, y - x @ slopes

    def _unseen(self, x: Floats, bread: Floats, part: Floats) -> Floats:
        """Regressors (cells, k) by which residuals pull as if the student had not been fitted: (I - H)^-1 x by student.

        ``part`` squared is the part that a cell has in the mean of its stratum.
        """
        order = np.argsort(self.student, kind="stable")
        first = np.r_[True, np.diff(self.student[order]) > 0]
        row = np.cumsum(first) - 1
        place = np.arange(order.size) - np.flatnonzero(first)[row]
        shape = (row[-1] + 1, place.max() + 1)
        wide, stratum, own = np.zeros((*shape, x.shape[1])), np.full(shape, -1), np.zeros(shape)
        wide[row, place], stratum[row, place], own[row, place] = x[order], self.stratum[order], part[order]
        hat = wide @ bread @ wide.transpose(0, 2, 1)
        hat += (stratum[:, :, None] == stratum[:, None, :]) * own[:, :, None] * own[:, None, :]
        values, vectors = np.linalg.eigh(np.eye(shape[1]) - hat)
        inverse = np.where(values > 1e-8, 1 / np.maximum(values, 1e-8), 0)
        turned = (vectors.transpose(0, 2, 1) @ wide) * inverse[:, :, None]
        found = np.empty(x.shape)
        found[order] = (vectors @ turned)[row, place]
        return found


def _slope(cells: Cells, y: Floats, kind: str) -> float:
    """The slope of a kind in SD per SD, without its error; 0 where the answers do not vary."""
    here = ~np.isnan(y)
    stratum = cells.stratum[here]
    score = centred(y[here], stratum)
    if _flat(score):
        return 0.0
    columns = centred(np.column_stack([cells.mean, cells.departure])[here], stratum)
    slope = np.linalg.lstsq(columns, score, rcond=None)[0][KINDS.index(kind)]
    return float(slope * cells.spread(kind)[0] / spread_of(score, stratum, cells.student[here], cells.students)[0])


def _scaled(slope: float, influence: Floats, kind: str, cells: Cells, answers: Answers) -> tuple[Coefficient, Floats]:
    """The slope in SD per SD, with the error that the slope and both spreads bring, and what each student adds."""
    spread, of_spread = cells.spread(kind)
    noise, of_noise = spread_of(answers.score, answers.stratum, answers.student, cells.students)
    value = slope * spread / noise
    each = influence * spread / noise + value * (of_spread - of_noise)
    each = each * np.sqrt((answers.n - 1) / answers.n)
    return Coefficient(float(value), float(np.linalg.norm(each)), answers.df, answers.n), each


def _curvature(j: int, cells: Cells, answers: Answers) -> float:
    """p-value of the square of one regressor added to the others; 1 where the square adds nothing."""
    column = answers.columns[:, j]
    columns = np.column_stack([answers.columns, (column - column.mean()) ** 2])
    if _rank(centred(columns, answers.stratum)) < columns.shape[1]:
        return 1.0
    slopes, influence = answers.fit(columns, cells.students)
    return Coefficient(float(slopes[-1]), jackknife_error(influence[:, -1], answers.n), answers.df, answers.n).p


def _reasons(cells: Cells, x: Floats, score: Floats) -> dict[str, str]:
    """Why a kind can not be estimated, for each that can not."""
    if _flat(score):
        return dict.fromkeys(KINDS, "the answers do not vary within a module and week")
    found = {
        kind: f"the indicator does not vary {kind} students in the weeks of the questionnaire"
        for j, kind in enumerate(KINDS)
        if _flat(x[:, j])
    }
    if np.bincount(cells.unit).max() < 2:
        found["within"] = "each student was observed in only one week in which the questionnaire was asked"
    if not found and _rank(x) < 2:
        found = dict.fromkeys(KINDS, "differences between and within students can not be told apart in these answers")
    return found


def _flat(values: Floats) -> bool:
    return values.size == 0 or float(np.abs(values).max()) <= 1e-9


def jackknife_error(added: Floats, n: int) -> float:
    """Standard error from what each of n students adds to a value: Quenouille and Tukey's jackknife.

    >>> round(jackknife_error(np.array([3.0, 4.0]), 2), 3)
    3.536
    """
    return float(np.sqrt((n - 1) / n * (added**2).sum()))


def _rank(x: Floats) -> int:
    scale = np.sqrt((x**2).sum(axis=0))
    return int(np.linalg.matrix_rank(x / np.where(scale > 0, scale, 1)))
