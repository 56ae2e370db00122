"""What an audit compares and by which rule, whether a protocol registered it or a table's columns name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from la_research.protocol import Mitigation, Protocol


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """The choices of an audit, free of where they come from.

    Parameters
    ----------
    attributes
        The gap that would matter (0 to below 1) by attribute, a column of the rows.
    intersections
        Attributes to be crossed; an intersection takes the strictest margin of its attributes.
    metrics
        What is compared, by the names of ``metrics.METRICS``.
    alpha
        Chance of any false disparity over all comparisons of a population.
    stratum
        What a sentence calls a stratum, e.g. "module"; the rows hold it as ``stratum``.
    minimum
        Students below whom no group is shown.
    confirmatory
        Whether the comparisons were registered before the data were seen.
    thresholds
        Shares of students to select, 0 to 1, at which the rule is tried beside the registered one.
    mitigation
        Ways to narrow a gap that are compared, for which attribute and under which constraint; None for none.
    seed
        Seed of every draw.
    recorded
        Least and most share of true need that the label may record, in any group; None where nobody said.
    """

    attributes: Mapping[str, float]
    intersections: tuple[tuple[str, ...], ...] = ()
    metrics: tuple[str, ...] = ("selection", "tpr", "fpr")
    alpha: float = 0.05
    stratum: str = "module"
    minimum: int = 10
    confirmatory: bool = True
    thresholds: tuple[float, ...] = ()
    mitigation: Mitigation | None = None
    seed: int = 0
    recorded: tuple[float, float] | None = None

    @property
    def groupings(self) -> tuple[tuple[tuple[str, ...], float], ...]:
        """The attributes of each grouping with its margin: every one alone by name, then every intersection."""
        alone = [((name,), self.attributes[name]) for name in sorted(self.attributes)]
        crossed = [(names, min(self.attributes.get(name, 1.0) for name in names)) for names in self.intersections]
        return (*alone, *crossed)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every attribute that is read, sorted."""
        narrowed = () if self.mitigation is None else (str(self.mitigation.attribute),)
        crossed = (name for names in self.intersections for name in names)
        return tuple(sorted({*self.attributes, *crossed, *narrowed}))


def registered(protocol: Protocol) -> AuditPlan:
    """The audit that a protocol registers: its fairness section, and the minimum group size of its disclosure.

    Thirds by activity and by marks stand among the attributes.

    Examples
    --------
    >>> import la_research as lar
    >>> plan = registered(lar.load_protocol("protocols/early-engagement"))
    >>> len(plan.groupings), plan.metrics[0], plan.minimum
    (8, 'selection', 10)
    """
    fairness = protocol.fairness
    return AuditPlan(
        attributes={str(name): item.margin for name, item in (fairness.sensitive | fairness.across).items()},
        intersections=tuple(tuple(map(str, names)) for names in fairness.intersections),
        metrics=tuple(fairness.metrics),
        alpha=fairness.alpha,
        stratum=fairness.stratum,
        minimum=protocol.disclosure.minimum_group_size,
        thresholds=fairness.thresholds,
        mitigation=fairness.mitigation,
        seed=protocol.seed,
        recorded=(fairness.recorded.least, fairness.recorded.most) if fairness.recorded else None,
    )
