"""The reason of any row beside the refits of a study: of its suggested contacts, of one student, of an invented one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from la_research.explanation.attribution import Floats, Perturbation
from la_research.explanation.ground import Ground
from la_research.explanation.reasons.rule import NONE, Reasons, by_group, kept, stable_reasons
from la_research.explanation.reasons.together import Groups, together_groups

SHOWN = "it comes first also when the model is made again with other students"
NOT_STABLE = "another reason could come first if the model were made again with other students"
NOTHING = "nothing that the model reads moved the score up"
ALL_ALIKE = "all that the model reads goes together, so no reason can be told from another"


@dataclass(frozen=True)
class Reason:
    """Why a score is as high as it is, where that can be told.

    Parameters
    ----------
    group
        Aspects of study that moved the score up the most; "" where no single main reason is told.
    indicators
        Ids of the indicators of the group; none where no reason is told.
    share
        Share of refits in which what leads came first, told or not; the lowest over the ways of explaining.
    why
        In words, why it is told, or why not.
    """

    group: str
    indicators: tuple[str, ...]
    share: float
    why: str


def groups_of(ground: Ground) -> Groups:
    """The model's columns by aspect, with aspects joined that go together in all rows."""
    return together_groups(ground.features, ground.aspects, ground.protocol.explanation.together)


def kept_of(ground: Ground, groups: Groups) -> Mapping[Perturbation, float]:
    """How much of the leads of suggested contacts other data would keep, by way.

    Where contacts are suggested for fewer students than the minimum group size, all rows explained say it.
    """
    enough = len(np.unique(ground.contacted)) >= ground.minimum
    return kept(by_group(ground.contact_refits if enough else ground.refits, groups.of))


def reasons_for(ground: Ground, rows: Floats) -> list[Reason]:
    """The reason of each row of features, by the rule and the refits of the study.

    Parameters
    ----------
    ground
        The study; its ``reason`` has to be "", so that the model can be explained.
    rows
        Shape (rows, columns), one row or more, in the order of ``ground.columns``; NaN where not observed.
    """
    groups = groups_of(ground)
    if len(groups.names) == 1:
        return [Reason("", (), 0.0, ALL_ALIKE) for _ in rows]
    sums = by_group(ground.moved(rows), groups.of)
    found = stable_reasons(sums, ground.protocol.explanation.stable, kept_of(ground, groups))
    up = np.min([held.mean(axis=0).max(axis=1) for held in sums.values()], axis=0) > 0
    return [_reason(ground, groups, found, i, bool(up[i])) for i in range(len(rows))]


def _reason(ground: Ground, groups: Groups, found: Reasons, i: int, up: bool) -> Reason:
    group, share = int(found.group[i]), float(found.share[i])
    if group == NONE:
        return Reason("", (), share, NOT_STABLE if up else NOTHING)
    return Reason(groups.names[group], tuple(ground.columns[j] for j in groups.members(group)), share, SHOWN)
