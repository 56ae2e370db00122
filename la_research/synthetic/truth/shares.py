"""Who needs support, and whom label, records, consent and answers leave out: shares of students."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from la_research.schema import CONSENT_FLAGS
from la_research.synthetic.cell import Cell
from la_research.synthetic.graph import GROUPS
from la_research.synthetic.help_seeking import chance_of_disclosure, chance_of_help
from la_research.synthetic.scenario import Scenario
from la_research.synthetic.students import Bools, Floats
from la_research.synthetic.survey import phq8_items
from la_research.synthetic.truth.contrasts import chance_of_answers
from la_research.synthetic.truth.moments import LOW_MOOD, in_study, label_week, outcome_week
from la_research.synthetic.truth.tally import Tally

OTHERS = ".others"
"""Ending of the share among those whom a group, or the contacted, are compared with."""


class Shares:
    """True need, its label, and what is selected by it, over all students of the study; consents over all students.

    A group's gap is its members against all others; where no dial names the group, and chance alone
    decides who is in it, the gap is exactly zero. Needing is needing support in the week of the label;
    for consents, which come before any contact, had nobody been contacted.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.week = scenario, label_week(scenario)
        self.tally = Tally()

    @staticmethod
    def absent(scenario: Scenario) -> bool:
        """Shares are never zero by construction."""
        return False

    @property
    def names(self) -> tuple[str, ...]:
        """Every share that was counted."""
        return tuple(self.sizes())

    def add(self, cell: Cell) -> None:
        """Count the students of a cell."""
        study = in_study(cell, lived=True)
        needing = need(cell)[:, self.week - 1]
        self._by_group(f"need.week_{self.week}", cell, needing, study, gap="need.gap")
        self._labels(cell, study, needing)
        self._help(cell, study, needing)
        in_need = self._below(cell.traces.alone)
        for flag, given in zip(CONSENT_FLAGS, cell.students.consent.T, strict=True):
            self._by_group(f"consent.{flag}", cell, given, np.ones_like(study), needing=in_need)
        self._answers(cell, study, needing)
        self._selection(cell)

    def sizes(self) -> Mapping[str, float]:
        """Shares, gaps between groups, and exact zeros of selection where there is none."""
        means = self.tally.means()
        compared = dict.fromkeys(name.removesuffix(OTHERS) for name in self.tally.names if name.endswith(OTHERS))
        gaps = {name: means[name] - means[name + OTHERS] for name in compared if {name, name + OTHERS} <= means.keys()}
        found = {
            name: size for name, size in means.items() if name not in compared and not name.endswith(OTHERS)
        } | gaps
        return found | {name: 0.0 for name in (*found, *compared) if self._absent(name)}

    def _absent(self, name: str) -> bool:
        """Whether a difference is exactly zero, whatever chance made of it in the reference population."""
        scenario = self.scenario
        if name == "selection.trigger":
            return not any((scenario.contact.selection, *scenario.contact.prefers.values()))
        if name == "proxy.commutes":
            return not scenario.proxy.size and not any(arrow.effect == "commuting" for arrow in scenario.arrows)
        return ".gap." in name and name.rpartition(".")[2] not in named_groups(scenario)

    def _below(self, course: Floats) -> Bools:
        return np.asarray(course[:, self.week - 1] < self.scenario.wellbeing.need_below)

    def _by_group(
        self,
        name: str,
        cell: Cell,
        values: Floats | Bools,
        inside: Bools,
        *,
        needing: Bools | None = None,
        gap: str = "",
    ) -> None:
        """A share of all, of those who need support, and of each group; with ``gap`` also groups against others."""
        self.tally.add(name, values, inside)
        if needing is not None:
            self.tally.add(f"{name}.needing", values, inside & needing)
        for group in GROUPS:
            member = cell.students.groups[group]
            if gap:
                self.tally.add(f"{gap}.{group}", values, inside & member)
                self.tally.add(f"{gap}.{group}{OTHERS}", values, inside & ~member)
            else:
                self.tally.add(f"{name}.{group}", values, inside & member)

    def _labels(self, cell: Cell, study: Bools, needing: Bools) -> None:
        """The label had everyone answered, and how far it follows need."""
        for week in self.scenario.term.phq8_weeks:
            low = low_mood(cell, week)
            if week == self.week:
                self._by_group(f"label.low_mood_{week}", cell, low, study, gap="label.gap")
                self.tally.add("label.given_need", low, study & needing)
                self.tally.add("label.given_no_need", low, study & ~needing)
            else:
                self.tally.add(f"label.low_mood_{week}", low, study)

    def _help(self, cell: Cell, study: Bools, needing: Bools) -> None:
        """Chances of a record of need: told the university, and used a service in the week of the label."""
        told = chance_of_disclosure(self.scenario, cell.students)
        week = slice(self.week - 1, self.week)
        helped = chance_of_help(self.scenario, cell.students, cell.traces.wellbeing[:, week])[:, 0]
        for name, chance in (("disclosed", told), ("help", helped)):
            self.tally.add(name, chance, study)
            self._by_group(f"{name}.given_need", cell, chance, study & needing)

    def _answers(self, cell: Cell, study: Bools, needing: Bools) -> None:
        """Chance of a whole answer in the week of the outcome and in that of the label; who left gives none."""
        asked = [("WHO-5", outcome_week(self.scenario), 5)]
        asked += [("PHQ-8", self.week, 8)] if self.week in self.scenario.term.phq8_weeks else []
        traces = cell.traces
        for instrument, week, items in asked:
            if week is not None:
                told = traces.contacted & (traces.look < week)
                there = traces.leaves_day >= int(self.scenario.term.first_day(week))
                chance = there * chance_of_answers(cell, traces.wellbeing[:, week - 1], told, items)
                self._by_group(f"answered.{instrument}.week_{week}", cell, chance, study, needing=needing)

    def _selection(self, cell: Cell) -> None:
        """How much better the contacted fared in the week of their look, in SDs; and the proxy's gap."""
        traces, group = cell.traces, self.scenario.proxy.group
        at_look = np.take_along_axis(traces.alone, np.maximum(traces.look - 1, 0)[:, None], axis=1)[:, 0]
        self.tally.add("selection.trigger", at_look, traces.eligible & traces.contacted)
        self.tally.add(f"selection.trigger{OTHERS}", at_look, traces.eligible & ~traces.contacted)
        member, everyone = cell.students.groups[group], np.ones(len(traces.look), bool)
        self.tally.add("proxy.commutes", cell.students.commutes, everyone & member)
        self.tally.add(f"proxy.commutes{OTHERS}", cell.students.commutes, everyone & ~member)


def named_groups(scenario: Scenario) -> frozenset[str]:
    """Groups that differ in wellbeing, activity, consent or what a contact does: all others are alike in need."""
    bias, proxy = scenario.measurement_bias, scenario.proxy
    sections = (scenario.wellbeing, scenario.engagement, scenario.contact, scenario.consent)
    named = {group for section in sections for group, size in section.groups.items() if size}
    named |= {name for name, size in scenario.contact.prefers.items() if name in GROUPS and size}
    named |= {arrow.cause for arrow in scenario.arrows if arrow.cause in GROUPS and arrow.size}
    named |= {group for group, size in ((bias.group, bias.source_shift), (proxy.group, proxy.size)) if size}
    return frozenset(named | ({"disabled"} if bias.recordings else set()))


def need(cell: Cell) -> Bools:
    """Who needs support in which week: wellbeing as lived lies below the scenario's line (students, weeks)."""
    return np.asarray(cell.traces.wellbeing < cell.scenario.wellbeing.need_below)


def low_mood(cell: Cell, week: int) -> Bools:
    """PHQ-8 of 10 or more in a week, had everyone answered."""
    items = phq8_items(cell.traces.wellbeing[:, week - 1], cell.seed, cell.number, week)
    return np.asarray(items.sum(axis=1) >= LOW_MOOD)
