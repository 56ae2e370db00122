"""Is the effect the same in several groups of students? The effect in each, and one test of them all."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special
from scipy.optimize import brentq
from scipy.stats import ncf

from la_research.statistics.clustered import least_squares
from la_research.statistics.coefficient import Coefficient, independent_difference
from la_research.statistics.power import POWER
from la_research.statistics.randomised import difference_in_means, estimable

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Interaction:
    """The effect in each of k groups, and how sure it is that they differ.

    Parameters
    ----------
    effects
        One a group.
    differences
        Each later group less the first, with their covariance, shape (k - 1, k - 1).
    covariance
        Of the differences.
    statistic, df
        F, and the degrees of freedom of its denominator; the numerator has k - 1.
    shrink
        What the quadratic form of the differences is multiplied by to make F.
    """

    effects: tuple[Coefficient, ...]
    differences: tuple[Coefficient, ...]
    covariance: Floats
    statistic: float
    df: float
    shrink: float

    @property
    def p(self) -> float:
        """Chance of effects as far apart, were they the same."""
        return float(special.fdtrc(len(self.differences), self.df, self.statistic))

    def detectable(self, alpha: float = 0.05, power: float = POWER) -> float:
        """The smallest distance of one group's effect from all the others' that the test finds with this chance.

        It is that of the group for which it is the hardest. Normal errors are taken as known.
        """
        k = len(self.differences)
        critical = float(special.fdtri(k, self.df, 1 - alpha))
        off = float(brentq(lambda off: float(ncf.sf(critical, k, self.df, off)) - power, 1e-6, 1e4))
        inverse = np.linalg.inv(self.covariance)
        least = min(float(inverse.sum()), *map(float, np.diag(inverse)))
        return math.sqrt(off / (self.shrink * k) / least)


def subgroup_effects(
    outcome: Floats, treated: Bools, group: Codes, covariates: Floats, cluster: Codes | None = None
) -> Interaction | str:
    """The effect in each group, adjusted, and the joint test that they are all the same; or why there is none.

    Of students drawn one by one each group is a trial of its own: Welch's difference of what the
    covariates leave, whose slopes are learnt from all groups together, so that small ones need none of
    their own. The test is Welch's for means of unlike spread, of two groups a t test with
    Satterthwaite's degrees of freedom. Of groups drawn whole all
    effects come from one regression with CR2 errors, and the test is Hotelling's with the fewest of
    Satterthwaite's degrees of freedom among the differences.

    Parameters
    ----------
    outcome, treated, covariates
        One value a student, none missing; covariates of shape (students, k), k may be 0.
    group
        Codes from 0, each with two students or more in either arm.
    cluster
        Whom the lot drew as one, codes from 0; None where students were drawn one by one.

    References
    ----------
    Welch (1951), On the comparison of several mean values, doi:10.1093/biomet/38.3-4.330; Lin (2013),
    doi:10.1214/12-AOAS583, for slopes in which the smaller arm counts for more; Pustejovsky and Tipton (2018),
    doi:10.1080/07350015.2016.1247004. That Hotelling's degrees of freedom are the fewest of a difference is ours, and
    errs on the side of no difference.

    Examples
    --------
    The support adds 2 in the first group and nothing in the second.

    >>> group, drawn = np.repeat([0, 1], 40), np.tile([True, False], 40)
    >>> y = np.where(drawn & (group == 0), 2.0, 0.0) + np.tile([0.0, 0.0, 1.0, 1.0], 20)
    >>> found = subgroup_effects(y, drawn, group, np.empty((80, 0)))
    >>> [round(one.value, 2) for one in found.effects], round(found.differences[0].value, 2), found.p < 0.001
    ([2.0, 0.0], -2.0, True)
    """
    if cluster is None:
        return _one_by_one(outcome, treated, group, covariates)
    return _whole(outcome, treated, group, covariates, cluster)


def _one_by_one(outcome: Floats, treated: Bools, group: Codes, covariates: Floats) -> Interaction | str:
    left = outcome - covariates @ _slopes(outcome, treated, group, covariates)
    members = (group == code for code in range(int(group.max()) + 1))
    effects = [difference_in_means(left[here], treated[here]) for here in members]
    variances = np.array([one.se**2 for one in effects])
    if not variances.all():
        return "the outcome does not vary within a group"
    k, weights = len(effects), 1 / variances
    spare = (1 - weights / weights.sum()) ** 2 / np.array([one.df for one in effects])
    contrast = _contrast(k)
    covariance = contrast @ np.diag(variances) @ contrast.T
    shrink = 1 / (k - 1) / (1 + 2 * (k - 2) / (k**2 - 1) * float(spare.sum()))
    df = (k**2 - 1) / (3 * float(spare.sum()))
    pairs = [independent_difference(one, effects[0]) for one in effects[1:]]
    return _joint(effects, pairs, covariance, df, shrink)


def _slopes(outcome: Floats, treated: Bools, group: Codes, covariates: Floats) -> Floats:
    """How the outcome goes with the covariates within the arms of groups; the smaller arm counts for more."""
    share = float(treated.mean())
    root = 1 / np.where(treated, share, 1 - share)[:, None]
    cells = np.equal.outer(2 * group + treated, np.arange(2 * int(group.max()) + 2)).astype(float)
    found = np.linalg.lstsq(np.hstack([cells, covariates]) * root, outcome * root[:, 0], rcond=None)[0]
    return np.asarray(found[cells.shape[1] :])


def _whole(outcome: Floats, treated: Bools, group: Codes, covariates: Floats, cluster: Codes) -> Interaction | str:
    k = int(group.max()) + 1
    member = np.equal.outer(group, np.arange(k)).astype(float)
    for kept in range(covariates.shape[1], -1, -1):
        centred = covariates[:, :kept] - covariates[:, :kept].mean(axis=0)
        design = np.hstack([member * treated[:, None], member, centred])
        if estimable(design):
            break
    else:
        return "the arms can not be told apart within each group"
    fit, sizes = least_squares(design, outcome, cluster), member.sum(axis=0).astype(int)
    wide = np.hstack([_contrast(k), np.zeros((k - 1, design.shape[1] - k))])
    picks = np.eye(design.shape[1])[:k]
    effects = [_counted(fit.of(one), n) for one, n in zip(picks, sizes, strict=True)]
    pairs = [_counted(fit.of(one), sizes[0] + n) for one, n in zip(wide, sizes[1:], strict=True)]
    covariance = np.array([[fit.covariance(one, other) for other in wide] for one in wide])
    df = min(one.df for one in pairs)
    left = df - (k - 1) + 1
    if left <= 1 or np.linalg.matrix_rank(covariance) < k - 1:
        return f"too few groups were drawn to compare {k} groups of students"
    return _joint(effects, pairs, covariance, left, left / df / (k - 1))


def _counted(found: Coefficient, n: int) -> Coefficient:
    return Coefficient(found.value, found.se, found.df, int(n))


def _contrast(k: int) -> Floats:
    """Each later of k groups less the first, shape (k - 1, k)."""
    return np.hstack([-np.ones((k - 1, 1)), np.eye(k - 1)])


def _joint(
    effects: list[Coefficient], pairs: list[Coefficient], covariance: Floats, df: float, shrink: float
) -> Interaction:
    values = np.array([one.value for one in pairs])
    statistic = shrink * float(values @ np.linalg.solve(covariance, values))
    return Interaction(tuple(effects), tuple(pairs), covariance, statistic, df, shrink)
