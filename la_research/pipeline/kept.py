"""What a twin still says of the registered study: the effect, the rule, the order of time, and each verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from la_research.cohort import Cohort
from la_research.cohort.flow import eligible
from la_research.cohort.outcomes import outcome_values
from la_research.evaluation.ground import Ground
from la_research.finding import Estimate
from la_research.pipeline.draws import Drawn
from la_research.protocol import Hypothesis, Protocol
from la_research.seeds import stream
from la_research.statistics.agreement import faithful_values, interval_overlap, worst_by_chance
from la_research.statistics.intervals import mean_interval, normal_interval, wilson, z_value
from la_research.statistics.multiplicity import hypothesis_verdict
from la_research.synthetic.twins import Check, Gate, checked, order_breaches, read_rule, rule_breaches, unchecked
from la_research.synthetic.twins.design import Trial

Floats = npt.NDArray[np.float64]
ENOUGH = 20
"""Twins on which the analysis is repeated, at least."""
EFFECT_SD, EFFECT_SHARE = 0.1, 0.2
"""The mean effect may differ by the larger of .1 SD of the outcome and 20 % of the original effect."""
BROKEN_RULE = 0.01
OVERLAP = 0.7
SAME_VERDICT = 0.8
CHANCE = 0.01
"""How often a faithful twin may fail by chance, over all checks of the study together."""
NO_PROTOCOL = "no registered study was given, and the shipped one does not fit this cohort"


@dataclass(frozen=True)
class _Repeated:
    """One hypothesis: what the original said, and what each twin did."""

    claim: Hypothesis
    original: Drawn
    again: tuple[Drawn | None, ...]
    level: float
    """Of what a faithful twin may show by chance."""

    @property
    def value(self) -> float:
        assert self.original.value is not None
        return self.original.value

    @property
    def error(self) -> float:
        assert self.original.lower is not None
        assert self.original.upper is not None
        return (self.original.upper - self.original.lower) / (2 * z_value(0.95))

    @property
    def estimates(self) -> list[tuple[float, float, float]]:
        """Estimate and interval of the twins that gave one."""
        return [
            (row.value, row.lower, row.upper)
            for row in self.again
            if row is not None and row.value is not None and row.lower is not None and row.upper is not None
        ]

    def faithful(self, purpose: str) -> Floats:
        generator = stream(0, "pipeline", "twins", purpose, self.claim.id)
        return faithful_values(self.value, self.error, len(self.again), generator)


def causal(
    cohort: Cohort,
    twins: Sequence[Cohort],
    protocol: Protocol | None,
    original: Sequence[Drawn],
    again: Sequence[Sequence[Drawn]],
    trial: Trial | None,
) -> Gate:
    """Whether the twins keep the registered effect, the rule of the trial and the order of time.

    The effect: the mean over the twins is within .1 SD or 20 % of the original, or no farther
    off than a faithful twin is by chance (then "can not tell").
    """
    repeated = [item for item in _repeated(protocol, original, again) if item.claim.kind == "effect"]
    assert protocol is not None or not repeated
    effects = [_effect(protocol, cohort, item) for item in repeated if protocol is not None]
    none = NO_PROTOCOL if protocol is None else "the study registers no effect that the original could estimate"
    if not effects:
        effects = [unchecked("effect kept", EFFECT_SD, "at most", none)]
    return Gate("causal fidelity", (*(_enough(check, len(twins)) for check in effects), *_rules(cohort, twins, trial)))


def inferential(protocol: Protocol | None, original: Sequence[Drawn], again: Sequence[Sequence[Drawn]]) -> Gate:
    """Whether each registered hypothesis gets the same answer: intervals that overlap, and the same verdict.

    References
    ----------
    Karr et al. (2006), doi:10.1198/000313006X124640: the overlap of intervals.
    """
    checks = [
        _enough(check, len(again))
        for item in _repeated(protocol, original, again)
        for check in (_overlap(item), _same_verdict(item))
    ]
    reason = NO_PROTOCOL if protocol is None else "the original could estimate none of the registered hypotheses"
    return Gate("inferential agreement", tuple(checks or [unchecked("same answers", OVERLAP, "at least", reason)]))


def _repeated(
    protocol: Protocol | None, original: Sequence[Drawn], again: Sequence[Sequence[Drawn]]
) -> list[_Repeated]:
    """The hypotheses that the original could estimate."""
    known = [row for row in original if row.value is not None and row.lower is not None and row.upper is not None]
    claims = {claim.id: claim for claim in protocol.hypotheses} if protocol else {}
    questions = sum(3 if claims[row.hypothesis].kind == "effect" else 2 for row in known)
    return [
        _Repeated(
            claims[row.hypothesis],
            row,
            tuple(next((r for r in rows if r.hypothesis == row.hypothesis), None) for rows in again),
            1 - CHANCE / questions,
        )
        for row in known
    ]


def _effect(protocol: Protocol, cohort: Cohort, item: _Repeated) -> Check:
    name = f"effect of {item.claim.id} kept"
    outcome = protocol.outcome(item.claim.outcome)
    values = (
        Ground(protocol, cohort).outcome(item.claim)
        if outcome.indicator
        else outcome_values(cohort, outcome, eligible(protocol, cohort))
    )
    spread = float(values.std())
    limit = max(EFFECT_SD, EFFECT_SHARE * abs(item.value) / spread)
    found = np.array([value for value, _, _ in item.estimates])
    if len(found) < len(item.again) / 2:
        return Check(name, None, limit, "at most", "failed", f"{len(found)} of {len(item.again)} twins gave an effect")
    off = (float(found.mean()) - item.value) / spread
    own = float(found.std(ddof=1)) / np.sqrt(len(found)) if len(found) > 1 else item.error
    lower, upper = normal_interval(abs(off), float(np.hypot(item.error, own)) / spread)
    by_chance = worst_by_chance(
        lambda values: abs(float(values.mean()) - item.value) / spread,
        item.faithful("effect"), level=item.level, high_is_bad=True,
    )  # fmt: skip
    estimate = Estimate(abs(off), max(lower, 0.0), upper, 0.95, "SD", len(found), "mean of twins")
    told = f"original {item.value / spread:.2f} SD, mean of {len(found)} twins {found.mean() / spread:.2f} SD"
    return checked(name, estimate, limit, "at most", by_chance=by_chance, reason=told)


def _rules(cohort: Cohort, twins: Sequence[Cohort], trial: Trial | None) -> tuple[Check, ...]:
    if trial is None:
        return ()
    rule = read_rule(cohort, trial)
    own, n = rule_breaches(cohort, rule)
    name = "chosen against the trial's rule"
    counted = _share(np.sum([rule_breaches(twin, rule) for twin in twins], axis=0))
    if n and own / n > BROKEN_RULE:
        said = f"the extract follows no one cut-off: {100 * own / n:.1f} % of those chosen are beyond the best one"
        kept = unchecked(name, BROKEN_RULE, "at most", said)
    else:
        kept = checked(name, counted, BROKEN_RULE, "at most", reason="students chosen in all twins together")
    order = _share(np.sum([order_breaches(twin, trial) for twin in twins], axis=0))
    return kept, checked("out of order in time", order, 0.0, "at most", reason="students of all twins together")


def _share(counts: npt.NDArray[np.int64]) -> Estimate:
    part, whole = int(counts[0]), int(counts[1])
    return Estimate(part / max(whole, 1), *wilson(part, whole), 0.95, "share", whole, "wilson")


def _overlap(item: _Repeated) -> Check:
    """A twin without an interval overlaps by nothing."""
    half = z_value(0.95) * item.error
    overlaps = [interval_overlap(item.value - half, item.value + half, lo, hi).item() for _, lo, hi in item.estimates]
    overlaps += [0.0] * (len(item.again) - len(overlaps))

    def mean_overlap(values: Floats) -> float:
        return float(interval_overlap(item.value - half, item.value + half, values - half, values + half).mean())

    by_chance = worst_by_chance(mean_overlap, item.faithful("overlap"), level=item.level, high_is_bad=False)
    estimate = Estimate(*mean_interval(np.array(overlaps)), 0.95, "share", len(overlaps), "karr")
    return checked(f"intervals of {item.claim.id} overlap", estimate, OVERLAP, "at least", by_chance=by_chance)


def _same_verdict(item: _Repeated) -> Check:
    said = [row.verdict if row else "not analysed" for row in item.again]
    same, n = sum(verdict == item.original.verdict for verdict in said), len(said)

    def agreement(values: Floats) -> float:
        own = _verdict(item.claim, item.value, item.error)
        return float(np.mean([_verdict(item.claim, value, item.error) == own for value in values]))

    by_chance = worst_by_chance(agreement, item.faithful("verdict"), level=item.level, high_is_bad=False)
    estimate = Estimate(same / n, *wilson(same, n), 0.95, "share", n, "wilson")
    name, told = f"verdict of {item.claim.id} kept", f"the original reads '{item.original.verdict}'"
    return checked(name, estimate, SAME_VERDICT, "at least", by_chance=by_chance, reason=told)


def _verdict(claim: Hypothesis, value: float, error: float) -> str:
    """The verdict of an estimate with a normal interval, as if the hypothesis had been the only one."""
    ends = (*normal_interval(value, error, 1 - claim.alpha), *normal_interval(value, error, 1 - 2 * claim.alpha))
    return hypothesis_verdict(value, *ends, claim.direction, claim.smallest_effect, claim.beyond)[0]


def _enough(check: Check, twins: int) -> Check:
    """A check that passed on fewer twins than asked for, as one that can not tell."""
    if twins >= ENOUGH or check.verdict != "passed":
        return check
    said = f"{twins} twins, and {ENOUGH} are asked for"
    reason = f"{check.reason}; {said}" if check.reason else said
    return Check(check.name, check.estimate, check.limit, check.sense, "can not tell", reason)
