"""The overall effect on units that start; beside it each group and time, its course, and what could undo it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from la_research.disclosure import spaced, stepped
from la_research.evaluation.design import Asked, Estimated
from la_research.evaluation.designs.did.checks import pre_trends
from la_research.evaluation.panels import panel_of
from la_research.evaluation.sample import Sample
from la_research.evaluation.shares import some
from la_research.finding import Assumption, Estimate, Finding, Key, Row, not_analysed
from la_research.statistics.staggered import (
    Cells,
    Effect,
    Errors,
    PreTrends,
    breakdown,
    calendar,
    dynamic,
    events,
    group_time_effects,
    grouped,
    robust_interval,
    simple,
    simultaneous_reach,
)

RELATIVE = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Times the largest change apart before, by which courses may drift apart afterwards."""
ESTIMAND = (
    "It is the average effect, on units that start, of having started, at the times from their start on; "
    "each group that starts together counts by its size."
)
WAYS = (
    "'simple' averages all groups and times alike, by units; 'dynamic' over time since the start; 'group' over groups, "
    "each by its units, and is the effect that is judged; 'calendar' over times. Rows 'started at' are one group each."
)
STARTED = "The n of a row counts the units that start; that of the effect counts those they are compared with too."
PARALLEL = Assumption(
    "Without the support the groups would have changed alike after the start",
    None,
    "what would have been is not seen; times before say only whether they did so until then",
)
NO_TWO_WAY = (
    "A regression with effects of units and of times is not offered: where groups start at different times it also "
    "compares groups with others that have started before."
)


def estimated(sample: Sample, asked: Asked) -> Estimated:
    """The overall effect, averaged by groups, and what stands beside it."""
    panel, dropped = panel_of(sample)
    chosen = asked.settings
    cells = group_time_effects(panel, chosen.comparison, chosen.estimator, chosen.base, chosen.anticipation)
    method = f"group-time-{chosen.estimator.replace('_', '-')}"
    if not cells.after.any():
        why = "the covariates tell who starts, so no like unit is there to compare with"
        return Estimated(None, method, ESTIMAND, reason=why)
    shown = _Shown(sample, asked, cells, Errors(cells.panel), method)
    overall, found = grouped(cells)[0], pre_trends(panel, asked)
    beside = (shown.aggregates(), shown.group_time(), shown.event_study(), *shown.trends(found, overall))
    away = len(panel.start) - len(cells.panel.start)
    return Estimated(
        shown.errors.of(overall),
        method,
        ESTIMAND,
        rows=shown.by_unit(overall) if shown.errors.clusters < len(cells.panel.start) else (),
        beside=beside,
        assumptions=(PARALLEL,),
        limitations=_limits(shown, dropped, away, "cluster" in sample),
    )


def _limits(shown: _Shown, dropped: int, away: int, clustered: bool) -> tuple[str, ...]:
    cells, errors = shown.cells, shown.errors
    said = [NO_TWO_WAY]
    if not clustered:
        said.append("Errors take units to be independent: what the units of a group share by chance is not in them.")
    if errors.sizes.min() < 2:
        said.append("A start of one unit or cluster alone adds nothing to the error, which is therefore too small.")
    if dropped:
        said.append(f"{some(dropped, shown.sample.minimum)} not known at every time were left out.")
    if away:
        said.append(f"{some(away, shown.sample.minimum)} that had started by the first time were left out.")
    if cells.lost:
        said.append(f"{cells.lost} groups at a time could not be compared with like units and were left out.")
    return tuple(said)


def _time(value: float) -> Key:
    return int(value) if float(value).is_integer() else float(value)


@dataclass(frozen=True)
class _Shown:
    """Effects of one sample as findings show them; ``n`` of a row counts the units that start."""

    sample: Sample
    asked: Asked
    cells: Cells
    errors: Errors
    method: str

    @property
    def starting(self) -> int:
        """How many units start."""
        return int((~self.cells.panel.never).sum())

    def _estimate(self, effect: Effect) -> Estimate:
        found = replace(self.errors.of(effect), n=effect.treated)
        return found.estimate(self.sample.unit, self.method, self.asked.level)

    def by_unit(self, effect: Effect) -> tuple[Row, ...]:
        """The effect with errors that take units to be independent."""
        panel = self.cells.panel
        alone = Errors(replace(panel, cluster=np.arange(len(panel.start)))).of(effect)
        return (
            Row(
                {"what": "if units of a cluster shared nothing"},
                alone.estimate(self.sample.unit, self.method, self.asked.level),
            ),
        )

    def _finding(self, part: str, question: str, rows: list[Row], *said: str) -> Finding:
        found = Finding(self.asked.id(part), question, "described", None, tuple(rows), limitations=said)
        return spaced([found], self.starting, self.sample.minimum)[0]

    def aggregates(self) -> Finding:
        """Four ways to average, and each group's mean."""
        overall, groups = grouped(self.cells)
        ways: Mapping[str, Effect] = {
            "simple": simple(self.cells),
            "dynamic": dynamic(self.cells),
            "group": overall,
            "calendar": calendar(self.cells),
        }
        rows = [Row({"what": name}, self._estimate(effect)) for name, effect in ways.items()]
        rows += [
            Row({"what": "started at", "group": _time(start)}, self._estimate(one)) for start, one in groups.items()
        ]
        question = "What is the effect if its parts are averaged in another way?"
        return self._finding("aggregates", question, rows, WAYS, STARTED)

    def group_time(self) -> Finding:
        """Each group at each time."""
        cells, times = self.cells, self.cells.panel.times
        rows = []
        for i, (group, time) in enumerate(zip(cells.group, cells.time, strict=True)):
            treated = int((cells.panel.start == group).sum())
            effect = Effect(float(cells.value[i]), cells.influence[i], treated, 0.0)
            rows.append(Row({"group": _time(times[group]), "time": _time(times[time])}, self._estimate(effect)))
        said = (
            "Each interval is its own: among many some exclude zero by chance. Rows before a start should be near zero."
        )
        return self._finding("group_time", "What is the effect on each group at each time?", rows, said)

    def event_study(self) -> Finding:
        """The effect by time since the start, with a band that holds for all of it at once."""
        found = events(self.cells)
        parts = self.errors.parts(np.stack([effect.influence for effect in found.values()]))
        draws, level = self.asked.settings.draws, self.asked.level
        reach = simultaneous_reach(parts, level, draws, self.sample.rng("did", "band"))
        at_once = float(1 - 2 * special.ndtr(-reach))
        rows = []
        for event, effect in found.items():
            plain = self._estimate(effect)
            low, high = self.errors.of(effect).interval(at_once)
            band = replace(plain, lower=low, upper=high, method=f"{self.method}-simultaneous")
            rows += [
                Row({"event": _time(event)}, band),
                Row({"event": _time(event), "interval": "pointwise"}, plain),
            ]
        said = "The plain rows make a band that holds for all times at once; pointwise intervals hold one at a time."
        course = self._finding("event_study", "How does the effect unfold from the start on?", rows, said)
        return stepped(course, self.starting, self.sample.minimum)

    def trends(self, found: PreTrends | None, overall: Effect) -> tuple[Finding, Finding]:
        """The course before, and how far courses may part afterwards."""
        questions = (
            "Were the groups on the same course before?",
            "How far may courses part before the effect could be nothing?",
        )
        if found is None:
            why = "there are not two times before a start"
            parts = zip(("pre_trends", "violations"), questions, strict=True)
            first, second = (not_analysed(self.asked.id(part), question, why) for part, question in parts)
            return first, second
        unit, n = self.sample.unit, overall.treated
        slope = replace(found.slope, n=n)
        rows = [
            Row({"what": "joint test"}, None, "described", f"p = {found.p:.3f} over {len(found.effects)} changes"),
            Row({"what": "slope"}, slope.estimate(f"{unit} a time", "gls", self.asked.level)),
            Row({"what": "slope found with 80 % power"}, _bare(found.detectable, f"{unit} a time", n, "roth")),
            Row(
                {"what": "effect that this slope would make"}, _bare(found.detectable * overall.steps, unit, n, "roth")
            ),
        ]
        said = "A test that finds nothing does not show that courses were the same: smaller slopes may go unseen."
        return self._finding("pre_trends", questions[0], rows, said), self._violations(questions[1], found, overall)

    def _violations(self, question: str, found: PreTrends, overall: Effect) -> Finding:
        level, rows = self.asked.level, []
        for relative in RELATIVE:
            low, high = robust_interval(overall, found.effects, self.errors, relative, level)
            method = "relative-magnitudes-projection"
            shown = Estimate(overall.value, low, high, level, self.sample.unit, overall.treated, method)
            rows.append(Row({"relative": relative}, shown))
        most = breakdown(overall, found.effects, self.errors, level)
        if most is None:
            rows.append(
                Row({"what": "breakdown"}, None, "described", "the interval holds zero even on parallel courses")
            )
        else:
            unit = "times the largest change before"
            rows.append(
                Row({"what": "breakdown"}, _bare(most, unit, overall.treated, "relative-magnitudes-projection"))
            )
        said = (
            "After the start courses may part from time to time by so many times the largest such change before. "
            "The intervals are projections: valid, and wider than conditional ones. The row 'breakdown' is how many "
            "times that change it takes for the interval to hold zero: the larger, the more the effect withstands."
        )
        return self._finding("violations", question, rows, said)


def _bare(value: float, unit: str, n: int, method: str) -> Estimate:
    return Estimate(value, None, None, None, unit, n, method)
