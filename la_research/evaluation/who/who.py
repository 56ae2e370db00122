"""What is asked of groups of students, and what of it may be answered once the effect was."""

from __future__ import annotations

from collections.abc import Sequence

from la_research.evaluation.ground import Ground
from la_research.evaluation.trial import BY_LOT
from la_research.evaluation.who.compared import Compared, compared
from la_research.evaluation.who.equity import equity_finding
from la_research.evaluation.who.explored import explored_findings
from la_research.evaluation.who.levels import levels
from la_research.evaluation.who.subgroups import subgroup_findings
from la_research.finding import Finding

NO_LOT = "effects by group are worked out only where students, or groups of them, were drawn by lot once"
NO_CLAIM = "the protocol registers no hypothesis of an effect"


def who_findings(ground: Ground, effects: Sequence[Finding]) -> list[Finding]:
    """What ``support.subgroups`` registers, of the first hypothesis of an effect.

    ``evaluation.who.subgroup.NAME`` (the effect in each group and whether it differs), ``evaluation.who.explored``
    and ``evaluation.who.ranking`` (exploratory: expected benefit put to the test, and beside risk), and
    ``evaluation.who.equity.NAME`` (who is considered, drawn and reached, and what groups gain). All but the last
    are "not analysed" where the effect itself is, for its reason, and then nothing is worked out.

    Parameters
    ----------
    effects
        What the design gave: the effect is read there and not worked out again.
    """
    asked = ground.support.subgroups
    if asked is None:
        return []
    names: tuple[str, ...] = (*asked.attributes, *asked.background)
    groups = {name: levels(ground, name) for name in names}
    held = _compared(ground, effects)
    tested = subgroup_findings(ground, held, groups)
    found = [one.finding for one in tested.values()]
    if asked.explore:
        found += explored_findings(ground, held, groups, asked.top_share)
    return found + [equity_finding(ground, name, groups[name], tested[name].effects) for name in names]


def _compared(ground: Ground, effects: Sequence[Finding]) -> Compared | str:
    """The students compared, or why their groups are not."""
    if ground.support.design.kind not in BY_LOT:
        return NO_LOT
    if not ground.claims:
        return NO_CLAIM
    first = ground.claims[0].id
    effect = next((one for one in effects if one.hypothesis == first and one.confirmatory), None)
    if effect is None or effect.estimate is None:
        return (effect and effect.reason) or "the effect itself was not worked out"
    return compared(ground, ground.claims[0])
