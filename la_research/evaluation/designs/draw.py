"""Who was drawn for what: the arms of a sample, the strata and groups within which they were drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.evaluation.sample import Floats, Sample
from la_research.statistics.randomised import with_missing

Codes = npt.NDArray[np.intp]
USUAL = {
    "control", "controls", "usual", "placebo", "none", "no", "not", "non", "without", "nothing", "untreated", "waiting",
    "waitlist", "comparison", "0",
}  # fmt: skip
"""Words by which an arm is known as the one that others are held against."""
OPPOSITES = ("un", "non", "no", "not")
"""Beginnings that make of an arm its control, as in untreated."""
PLAIN = ("not drawn", "drawn")
"""Names of the arms where a column only says who was drawn."""
ARMS = 20
"""Arms beyond which their names may be those of persons."""
CLASSES = 20
"""Different chances of a draw that are taken for strata; more are not."""


@dataclass(frozen=True)
class Draw:
    """The lots.

    Parameters
    ----------
    arm
        0 for the control, 1 for the arm asked about, 2 and on for others; one a student.
    names
        Of the arms in that order.
    stratum, cluster
        Within which, and as which groups, students were drawn; ``cluster`` is a student each where none are.
    planned
        Share planned of each arm; None where nobody told.
    varied
        Whether the chance of the arm asked about was not the same for all.
    """

    arm: Codes
    names: tuple[str, ...]
    stratum: Codes
    cluster: Codes
    planned: Floats | None
    varied: bool = False

    @property
    def drawn(self) -> npt.NDArray[np.bool_]:
        """Whether each student was drawn for the arm asked about."""
        return np.asarray(self.arm == 1)

    @property
    def words(self) -> dict[str, str]:
        """How a sentence calls the arm asked about and its control."""
        if self.names == PLAIN:
            return {"arm": "the support", "control": "none"}
        return {"arm": f"'{self.names[1]}'", "control": f"'{self.names[0]}'"}

    @property
    def several(self) -> bool:
        """Whether there are more arms than two."""
        return len(self.names) > 2

    def held(self, arm: int) -> int:
        """Students of an arm and of the control."""
        return int(((self.arm == arm) | (self.arm == 0)).sum())

    @property
    def strata(self) -> Floats:
        """A column for each stratum but the first, (students, strata - 1)."""
        return np.equal.outer(self.stratum, np.arange(1, int(self.stratum.max()) + 1)).astype(float)


def draw_of(sample: Sample, control: str | None = None, planned: float | str | None = None) -> Draw | str:
    """The lots of a sample, or the reason why they can not be told.

    ``assigned`` is what was drawn where it is there, else ``treatment``, else ``arm``. With both
    ``arm`` and ``treatment`` the latter tells the arm asked about, 1, and its control, 0.
    """
    lots = _arms(sample, control)
    if isinstance(lots, str):
        return lots
    arm, names = lots
    if "saturation" in sample and "arm" in sample:
        return "of groups drawn for a share of their students, the treatment says 0 or 1, not one of several arms"
    if "saturation" in sample:
        arm, names = (sample["saturation"] > 0).astype(np.intp), ("none of the group", "some of the group")
    chance = _chances(sample, arm, len(names))
    varied = chance is not None and float(np.ptp(chance)) > 1e-9
    stratum = sample.codes("stratum") if "stratum" in sample else np.zeros(len(arm), dtype=int)
    if varied and "stratum" not in sample:
        stratum = np.unique(np.round(np.asarray(chance), 9), return_inverse=True)[1]
        if int(stratum.max()) >= CLASSES:
            return "the chance of the draw differed between students, and no stratum says within which they were drawn"
    return Draw(arm, names, stratum, sample.codes("cluster"), _planned(sample, arm, names, chance, planned), varied)


def filled(sample: Sample) -> Floats:
    """The covariates without gaps, each with a column that says where there were some."""
    rows = len(sample.rows)
    return np.hstack([np.empty((rows, 0)), *(with_missing(column) for column in sample.given.T)])


def _arms(sample: Sample, control: str | None) -> tuple[Codes, tuple[str, ...]] | str:
    if "assigned" in sample and "arm" not in sample:
        return sample["assigned"].astype(np.intp), PLAIN
    if "arm" not in sample:
        return sample["treatment"].astype(np.intp), PLAIN
    if "assigned" in sample:
        return "several arms and a draw apart from them can not be read together: name one column of arms as drawn"
    sizes = sample.rows["arm"].astype(str).value_counts()
    names, large = sorted(sizes.index), sorted(sizes.index[sizes >= sample.minimum])
    if len(names) > ARMS:
        return f"{len(names):,} different arms are named, and more than {ARMS} may be persons: name a column of arms"
    if "treatment" in sample:
        control, asked = (str(sample.rows["arm"][sample["treatment"] == one].iloc[0]) for one in (0, 1))
        names.remove(asked)
        names.insert(0, asked)
    if control is not None and control not in names:
        return f"there is no arm '{control}'{_listed(large)}"
    base = control or _usual(names)
    if base is None:
        return f"which arm is the control can not be told (--set control=NAME){_listed(large)}"
    order = (base, *(name for name in names if name != base))
    return np.array([order.index(str(name)) for name in sample.rows["arm"]], dtype=np.intp), order


def _usual(names: list[str]) -> str | None:
    """The one arm whose name is, or else holds, a word for a control; None where there is none, or are several."""
    lower = {name: name.lower() for name in names}
    opposite = {f"{start}{other}" for start in OPPOSITES for other in lower.values()}
    whole = [name for name in names if lower[name] in USUAL]
    held = [name for name in names if USUAL & set(re.split(r"[\W_]+", lower[name])) or lower[name] in opposite]
    return next((found[0] for found in (whole, held, names) if len(found) == 1), None)


def _listed(names: list[str]) -> str:
    """Names of arms that are no small group, where there are any."""
    return f": {', '.join(names)}" if names else ""


def _chances(sample: Sample, arm: Codes, arms: int) -> Floats | None:
    """The chance of the arm asked about, one a student, where it is told and there are two.

    A column says the chance of what was drawn; the same number for all is the chance planned for the support.
    """
    if "probability" not in sample or arms > 2:
        return None
    chance = sample["probability"]
    return np.where((arm == 1) | (np.ptp(chance) == 0), chance, 1 - chance)


def _planned(
    sample: Sample, arm: Codes, names: tuple[str, ...], chance: Floats | None, planned: float | str | None
) -> Floats | None:
    if planned == "equal":
        return np.full(len(names), 1 / len(names))
    if planned is not None and len(names) == 2:
        return np.array([1 - float(planned), float(planned)])
    if chance is not None:
        return np.array([1 - chance.mean(), chance.mean()])
    if "probability" not in sample:
        return None
    shares = np.array([float(np.mean(sample["probability"][arm == one])) for one in range(len(names))])
    return shares / shares.sum() if abs(shares.sum() - 1) < 0.02 else None
