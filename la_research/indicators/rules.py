"""Contact rules: small cards that say for whom a friendly contact is suggested.

A rule suggests; a person decides. None of them says how a student is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rule:
    """A contact rule.

    Parameters
    ----------
    id, label
        Its name, and what a figure calls it.
    plain
        One sentence a student understands; ``{cut}`` stands for the cut-off.
    indicator
        The indicator it reads.
    cut
        The cut-off, in the indicator's unit.
    applies
        From values and the cut-off to yes or no.
    reference
        Source, and what differs from it.
    """

    id: str
    label: str
    plain: str
    indicator: str
    cut: float
    applies: Callable[[Values, float], npt.NDArray[np.bool_]]
    reference: str

    def at(self, cut: float) -> Rule:
        """The same rule with another cut-off."""
        return replace(self, cut=cut)

    def __str__(self) -> str:
        return self.plain.format(cut=self.cut, percent=round(100 * self.cut))


RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(
            "peer_share_30",
            "far below the module's mean",
            "You were under {percent} % of the average activity on your module.",
            "peer_share",
            0.30,
            np.less,
            "Jisc's guide to learning analytics interventions: activity under 30 % of the module's mean.",
        ),
        Rule(
            "amber_or_red",
            "amber or red",
            "Your light was amber or red.",
            "rag",
            1,
            np.greater_equal,
            "City, University of London, code of practice for learning analytics; its cut-offs are unpublished.",
        ),
        Rule(
            "red",
            "red",
            "Your light was red.",
            "rag",
            2,
            np.greater_equal,
            "City, University of London, code of practice for learning analytics; its cut-offs are unpublished.",
        ),
        Rule(
            "own_baseline",
            "unlike the student's own weeks",
            "Your week was {cut:g} or more of your own usual swings away from your usual weeks, up or down.",
            "baseline_departure",
            2,
            np.greater_equal,
            "Freccero et al. (2025): some students do less under strain and others more; the cut-off is ours.",
        ),
    )
}
"""Contact rules by id."""


def suggested(rule: Rule, indicators: pa.Table, week: int) -> tuple[str, ...]:
    """Units for whom the rule suggests a contact in a week, sorted.

    Nobody is suggested for what was not observed: a unit without a value is passed over.

    Parameters
    ----------
    indicators
        As ``compute_indicators`` returns them.

    Examples
    --------
    >>> table = pa.table({"unit_id": ["a", "b", "c"], "week": [4, 4, 4], "indicator": ["peer_share"] * 3,
    ...                   "value": [0.29, 0.30, None]})
    >>> suggested(RULES["peer_share_30"], table, 4), suggested(RULES["peer_share_30"].at(0.5), table, 4)
    (('a',), ('a', 'b'))
    """
    wanted = pc.and_(pc.equal(indicators["indicator"], rule.indicator), pc.equal(indicators["week"], week))
    rows = indicators.filter(pc.and_(wanted, pc.is_valid(indicators["value"])))
    chosen = rule.applies(rows["value"].to_numpy(), rule.cut)
    return tuple(sorted(rows["unit_id"].filter(pa.array(chosen)).to_pylist()))
