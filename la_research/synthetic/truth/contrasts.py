"""What contacts do, contrast by contrast: potential outcomes of the same students, with the same chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from la_research.synthetic.activity import active
from la_research.synthetic.assignment import rollout_effect, rollout_trend
from la_research.synthetic.cell import Cell
from la_research.synthetic.graph import GROUPS
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats, Ints
from la_research.synthetic.survey import willing
from la_research.synthetic.tables.assignments import in_wedge
from la_research.synthetic.traces import Traces, course_in_arm, leaving_if_contacted
from la_research.synthetic.truth.activity import log_activity
from la_research.synthetic.truth.moments import SETTLES, in_study, outcome_week, outcome_weeks
from la_research.synthetic.truth.tally import Tally

NEAR = 0.8
"""Near the cut-off: from this share of it up to it; of a rule that counts days, one day short of it."""
EVERY = 3
"""Policies and activity are worked out in every third cell only: that takes longest, and needs fewer students."""


def contact_does_nothing(scenario: Scenario) -> bool:
    """Whether no contact changes wellbeing, staying or answering of anyone, so that their effects are exactly zero."""
    dial, after = scenario.contact, scenario.attrition
    helps = any((dial.effect, *dial.groups.values())) and dial.talked > 0
    stays = after.leaves or after.answers or scenario.chilling.refused
    return not (helps or dial.harmed * dial.harm or scenario.peers.spillover or stays)


class Contrasts:
    """Effects by contrast, over the students whom each is about.

    ``effect.TRIAL.…``: a first contact at the trigger, among students of the study who were
    considered, peers as they lived. ``effect.contact_week_W.…``: the same among those considered at one of several
    looks. ``effect.TRIAL.ARM.…``: one of several kinds of contact against none. ``effect.rollout.…``: having started,
    two weeks ago or more, among those for whom it started. ``effect.nudges.…``: a nudge against none, in available
    weeks. ``effect.policy.…`` and ``effect.policy_all.…``: the policy registered, and one that
    contacts all who are considered, against nobody contacted, over all students of the study.

    References
    ----------
    Hudgens & Halloran (2008), Toward causal inference with interference,
    doi:10.1198/016214508000000292: the direct effect is the contrast itself, the indirect
    one ``.spillover``, their sum ``.total``, the overall one that of the policy.
    Angrist, Imbens & Rubin (1996), doi:10.1080/01621459.1996.10476902: compliers.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.scores, self.actions = Tally(), Tally()
        self.spread = Tally()

    @staticmethod
    def absent(scenario: Scenario) -> bool:
        """Whether every effect is exactly zero."""
        on_activity = (scenario.chilling.told, scenario.rollout.activity, scenario.nudges.effect)
        return contact_does_nothing(scenario) and not any(on_activity)

    @property
    def names(self) -> tuple[str, ...]:
        """Every effect that it holds."""
        return (*self.scores.names, *self.actions.names)

    def add(self, cell: Cell) -> None:
        """Count the students of a cell."""
        name, study = f"effect.{self.scenario.trial}", in_study(cell, lived=False)
        since = np.where(study, reached(cell), 0)
        self._contact(name, cell, since)
        if len(self.scenario.looks) > 1 and not self.scenario.rollout.looks:
            for week in self.scenario.looks:
                self._contact(f"effect.contact_week_{week}", cell, np.where(since == week, since, 0))
        self._arms(name, cell, since > 0)
        if cell.number % EVERY == 0:
            if self.scenario.nudges.weeks:
                self._nudges(name, cell, study)
                return
            self._policy("effect.policy", cell, cell.traces)
            self._policy("effect.policy_all", cell, cell.relived("all"))
            self._actions(name, cell, since)

    def sizes(self) -> Mapping[str, float]:
        """The mean effect in each group; 0 in one to which nobody belongs."""
        means, spread = self.actions.means(), self.spread.means()
        sd = np.sqrt(max(spread.get("square", 0.0) - spread.get("mean", 0.0) ** 2, 0.0)) or 1.0
        inside = {name: size if ".log_actions" in name else size / sd for name, size in means.items()}
        dials = {
            f"effect.{name}.actions": size
            for name, size in (("rollout", self.scenario.rollout.activity), ("nudges", self.scenario.nudges.effect))
            if name == self.scenario.trial
        }
        return dict.fromkeys(self.names, 0.0) | self.scores.means() | inside | dials

    def _contact(self, name: str, cell: Cell, since: Ints) -> None:
        """A contact against none, peers as they lived; ``since`` is its week, 0 where there is none."""
        traces, full = cell.traces, outcome_week(self.scenario)
        inside = since > 0
        for week in outcome_weeks(self.scenario):
            if self.scenario.rollout.looks:
                inside = (since > 0) & (since + SETTLES <= week)
            usual, contact = _score(cell, traces.usual, week), _score(cell, traces.contact, week)
            key = f"{name}.WHO-5.week_{week}"
            self.scores.add(key, contact - usual, inside)
            if week == full:
                self._parts(key, cell, traces, contact - usual, inside)
                nobody = _score(cell, traces.alone, week)
                self.scores.add(f"{key}.spillover", usual - nobody, inside)
                self.scores.add(f"{key}.total", contact - nobody, inside)
        if full is not None:
            self._afterwards(name, cell, full, since > 0, contacted_lives(cell, full), uncontacted_lives(cell, full))

    def _arms(self, name: str, cell: Cell, inside: Bools) -> None:
        """Each of several kinds of contact against none, peers as they lived."""
        for number, arm in enumerate(self.scenario.contact.arms):
            course = course_in_arm(self.scenario, cell.drawn, cell.traces, number)
            for week in outcome_weeks(self.scenario):
                gain = _score(cell, course, week) - _score(cell, cell.traces.usual, week)
                self.scores.add(f"{name}.{arm}.WHO-5.week_{week}", gain, inside)

    def _policy(self, name: str, cell: Cell, lived: Traces) -> None:
        """A policy against nobody contacted."""
        week = outcome_week(self.scenario)
        if week is None:
            return
        study, key = in_study(cell, lived=False), f"{name}.WHO-5.week_{week}"
        gain = _score(cell, lived.wellbeing, week) - _score(cell, lived.alone, week)
        self.scores.add(key, gain, study)
        self._parts(key, cell, lived, gain, study)
        self.scores.add(f"{key}.spillover", gain, study & ~lived.contacted)
        with_ = _stays_and_answers(cell, lived.wellbeing, lived.contacted & (lived.look < week), lived.leaves_day, week)
        nobody = _stays_and_answers(cell, lived.alone, np.zeros_like(study), cell.students.leaves_day, week)
        self._afterwards(name, cell, week, study, with_, nobody)

    def _parts(self, key: str, cell: Cell, lived: Traces, gain: Floats, inside: Bools) -> None:
        """The same effect among those contacted, those who would talk, those near the cut-off, and by group."""
        self.scores.add(f"{key}.att", gain, inside & lived.contacted)
        talks = lived.talked & (lived.contacted if "policy" in key else lived.eligible)
        self.scores.add(f"{key}.complier", gain, inside & talks)
        if not self.scenario.rollout.looks:
            self.scores.add(f"{key}.cutoff", gain, inside & near_cutoff(self.scenario, lived))
        for group in GROUPS:
            self.scores.add(f"{key}.cate.{group}", gain, inside & cell.students.groups[group])

    def _afterwards(
        self, name: str, cell: Cell, week: int, inside: Bools, with_: tuple[Bools, Floats], none: tuple[Bools, Floats]
    ) -> None:
        """Effects on having left by a week, and on answering in it."""
        self.scores.add(f"{name}.left.week_{week}", none[0].astype(float) - with_[0], inside)
        self.scores.add(f"{name}.answered.WHO-5.week_{week}", with_[1] - none[1], inside)

    def _actions(self, name: str, cell: Cell, since: Ints) -> None:
        """Effect on activity in the two weeks after the look, which a change from before to after is taken for."""
        scenario, traces = self.scenario, cell.traces
        later = (traces.look > 0)[:, None] & (scenario.term.numbers > traces.look[:, None])
        trend, start = rollout_trend(scenario, traces.start), rollout_effect(scenario, traces.start)
        lives = ((traces.contact, later.astype(float), trend + start), (traces.usual, np.zeros(later.shape), trend))
        logs = [self._logs(cell, course - traces.alone, told, added) for course, told, added in lives]
        after = np.minimum(since[:, None] + np.array([0, 1]), logs[0].shape[1] - 1)
        gain = np.take_along_axis(logs[0] - logs[1], after, axis=1).mean(axis=1)
        study = in_study(cell, lived=False)
        scales = ("weekly_activity", "log_actions") if scenario.rollout.looks else ("weekly_activity",)
        for scale in scales:
            self.actions.add(f"{name}.{scale}", gain, since > 0)
            self.actions.add(f"{name}.{scale}.att", gain, (since > 0) & traces.contacted)
        for look in scenario.looks:
            self._level(logs[1][:, look - 1], study)

    def _nudges(self, name: str, cell: Cell, study: Bools) -> None:
        """A nudge against none on activity in the week after, earlier nudges as they were, in available weeks."""
        scenario, nudged, nothing = self.scenario, cell.traces.nudges, np.zeros(cell.traces.alone.shape)
        with_, without = (
            self._logs(cell, nothing, nothing, nudged.added(scenario, sent)[:, None])
            for sent in (nudged.available, np.zeros_like(nudged.available))
        )
        for week in scenario.nudges.weeks:
            free = study & nudged.available[:, week - 1]
            gain = with_[:, week] - without[:, week]
            for key in ("weekly_activity", "log_actions", f"log_actions.week_{week}"):
                self.actions.add(f"{name}.{key}", gain, free)
            self._level(without[:, week], study)

    def _logs(self, cell: Cell, gained: Floats, told: Floats, added: Floats) -> Floats:
        """Log actions a week in another life (students, weeks)."""
        lived = active(self.scenario, cell.students, cell.traces.course, gained, told, cell.drawn.noise, added=added)
        return log_activity(cell.students, lived.counts)

    def _level(self, logs: Floats, study: Bools) -> None:
        self.spread.add("mean", logs, study)
        self.spread.add("square", logs**2, study)


def reached(cell: Cell) -> Ints:
    """Week of each student's look, or of the start of a roll-out for those whom a lot or their module gave one."""
    traces, dial = cell.traces, cell.scenario.rollout
    if not dial.looks:
        return traces.look
    return np.where(in_wedge(cell) | (dial.by == "module"), traces.start[:, 0], 0)


def near_cutoff(scenario: Scenario, traces: Traces) -> Bools:
    """Students considered whose running variable lies just below the cut-off."""
    cutoff = scenario.contact.cutoff
    least = cutoff - 1 if scenario.contact.running == "active_days" else NEAR * cutoff
    return np.asarray(traces.eligible & (traces.running >= least))


def contacted_lives(cell: Cell, week: int) -> tuple[Bools, Floats]:
    """Whether each student considered is still there in a week, and the chance of a whole answer, if contacted."""
    traces = cell.traces
    leaves = leaving_if_contacted(cell.scenario, cell.drawn.chance, cell.students.leaves_day, cell.look_day)
    leaves = np.where(traces.eligible, leaves, cell.students.leaves_day)
    return _stays_and_answers(cell, traces.contact, traces.eligible & (traces.look < week), leaves, week)


def uncontacted_lives(cell: Cell, week: int) -> tuple[Bools, Floats]:
    """The same if not contacted, peers as they lived."""
    nobody = np.zeros(len(cell.traces.look), bool)
    return _stays_and_answers(cell, cell.traces.usual, nobody, cell.students.leaves_day, week)


def chance_of_answers(cell: Cell, wellbeing: Floats, told: Bools, items: int) -> Floats:
    """Chance that every item is answered in a wave, of a student who is asked."""
    complete = (1 - cell.scenario.survey.item_missing) ** items * ~(told & cell.refuses)
    return np.asarray(ndtr(willing(cell.scenario, cell.students, wellbeing, told)) * complete)


def _stays_and_answers(cell: Cell, course: Floats, told: Bools, leaves: Ints, week: int) -> tuple[Bools, Floats]:
    stays = np.asarray(leaves >= int(cell.scenario.term.first_day(week)))
    return stays, stays * chance_of_answers(cell, course[:, week - 1], told, items=5)


def _score(cell: Cell, course: Floats, week: int) -> Floats:
    """WHO-5 of everyone on a course, with the same errors of answering."""
    return np.asarray(4.0 * cell.who5(week, course).sum(axis=1))
