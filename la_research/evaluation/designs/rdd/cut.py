"""Which side of a cut-off each row lies on, which side has the support, and whether everybody keeps to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from la_research.evaluation.sample import Sample
from la_research.protocol.designs.rdd import Discontinuity
from la_research.statistics.coefficient import Coefficient
from la_research.statistics.discontinuity.bandwidth import TIES, tied
from la_research.statistics.discontinuity.combination import Combine
from la_research.statistics.discontinuity.honest import Honest, honest_jump
from la_research.statistics.discontinuity.local_polynomial import Side
from la_research.statistics.discontinuity.robust import Jump, Options, jump_at_cutoff
from la_research.statistics.randomised import with_missing

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Cut:
    """The rows of a sample beside a cut-off.

    Parameters
    ----------
    sample
        The rows.
    x
        Running variable less the cut-off.
    above
        Which rows count as above; a row exactly at the cut-off is where the rule puts it.
    upward
        Whether those above have the support.
    fuzzy
        Whether some had it, or did not, against the rule.
    """

    sample: Sample
    x: Floats
    above: Bools
    upward: bool
    fuzzy: bool

    @property
    def treated(self) -> Bools:
        """Rows on the side that has the support."""
        return self.above if self.upward else ~self.above

    @property
    def had(self) -> Floats:
        """1 where the support was had."""
        return self.sample["treatment"] if self.fuzzy else self.treated.astype(float)

    @property
    def tied(self) -> bool:
        """Whether the running variable takes so few values that the density is told by its places."""
        sides = (Side.of(self.x, self.x[:, None], kept, None) for kept in (~self.above, self.above))
        return any(tied(side) > TIES for side in sides)

    @property
    def cluster(self) -> npt.NDArray[np.intp] | None:
        """Groups whose rows share their fate; a student with several rows is one."""
        if "cluster" in self.sample:
            return self.sample.codes("cluster")
        return self.sample.codes("unit") if self.sample.units < len(self.x) else None

    def where(self, kept: Bools) -> Cut:
        """The rows that are kept."""
        return replace(self, sample=self.sample.where(kept), x=self.x[kept], above=self.above[kept])

    def jump(self, values: Floats, options: Options, *, ratio: bool = False, given: Floats | None = None) -> Jump:
        """How far some values jump from the side without the support to the side with it.

        Parameters
        ----------
        values
            One a row, none missing.
        ratio
            Whether the jump is divided by that of the support.
        given
            Covariates that are taken out.
        """
        columns = [values[:, None], *([self.had[:, None]] if ratio else [])]
        columns += [with_missing(column) for column in (given.T if given is not None else ())]
        held = np.hstack(columns)
        combine = Combine(ratio, held.shape[1] - 1 - ratio)
        found = jump_at_cutoff(self.x, held, self.above, combine, options, self.cluster)
        if self.upward:
            return found
        return replace(found, first=_minus(found.first)) if found.first else _turned(found)

    def honest(self, values: Floats, settings: Discontinuity, curvature: float | None = None) -> Honest:
        """The same jump by lines, with an interval for any curve that bends no more than a bound."""
        turned = values if self.upward else -values
        return honest_jump(self.x, turned, self.above, curvature, settings.kernel)


def cut_of(sample: Sample, settings: Discontinuity) -> Cut:
    """The cut of a sample: the registered side, or that which the column of the treatment agrees with.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"running": [1.0, 2.0, 3.0], "treatment": [1.0, 1.0, 0.0]})
    >>> cut = cut_of(Sample(rows), Discontinuity(kind="rdd", cutoff=2))
    >>> cut.above.tolist(), cut.upward, cut.fuzzy
    ([False, False, True], False, False)
    """
    x = sample["running"] - settings.cutoff
    if "treatment" not in sample:
        return Cut(sample, x, x >= 0, settings.treated != "below", fuzzy=False)
    had = sample["treatment"] == 1
    for above, upward in ((x >= 0, True), (x > 0, True), (x >= 0, False), (x > 0, False)):
        if np.array_equal(had, above == upward):
            return Cut(sample, x, above, upward, fuzzy=False)
    side = x >= 0
    more = had[side].mean() >= had[~side].mean() if 0 < side.sum() < len(side) else True
    upward = settings.treated != "below" if settings.treated else bool(more)
    return Cut(sample, x, side, upward, fuzzy=True)


def options_of(settings: Discontinuity) -> Options:
    """What is registered of the local polynomial."""
    return Options(settings.order, settings.kernel, settings.select, settings.bandwidth, settings.bias_bandwidth)


def _turned(jump: Jump) -> Jump:
    """From above to below."""
    robust, conventional, corrected = map(_minus, (jump.robust, jump.conventional, jump.corrected))
    return replace(jump, robust=robust, conventional=conventional, corrected=corrected)


def _minus(found: Coefficient) -> Coefficient:
    return replace(found, value=-found.value)


def finite(found: Coefficient) -> bool:
    """Whether there is a number with an error above zero."""
    return bool(np.isfinite(found.value) and np.isfinite(found.se) and found.se > 0)
