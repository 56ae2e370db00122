"""One finding a rule: whom it would contact, miss and contact in error at every setting of the page."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from la_research.disclosure import why_hidden
from la_research.finding import Finding, Key, Row, not_analysed
from la_research.models import ALL
from la_research.statistics.contacts import scaled, share_of
from la_research.statistics.intervals import Floats
from la_research.validation.explorer.line import line
from la_research.validation.explorer.shown import Grouped, Shown, restricted, shown
from la_research.validation.explorer.tried import ANY, Setting, families
from la_research.validation.ground import Ground, slug
from la_research.validation.triggers.each import LIMITATIONS, NOTHING, PAST
from la_research.validation.triggers.tried import LABELS, SCORE, Laboratory, Tried, kept_laboratory, own_cut

QUESTION = "Of 1,000 students, how many would the rule '{label}' contact, miss and contact in error at other settings?"
CONTACTED, MISSED, WRONG = "contacted", "missed", "wrongly contacted"
CONTACTS, LINE = "contacts a week", "line"
NOT_TRIED = "the rule is not among those that are tried on weeks gone by"
NOBODY = {
    CONTACTED: "nobody is in the group",
    MISSED: NOTHING["sensitivity"],
    WRONG: "no student is known not to have been in need",
}
ELSEWHERE = (
    "What is hidden here may stand in the audit of the same study, which hides by another rule; whoever gives out both "
    "has to compare them."
)
SAID = (
    *LIMITATIONS,
    "Every interval holds for its own number; those of the audit hold for many at once, and are wider.",
    "Week 0 stands for any of the registered weeks, in time; a week stands for its look alone.",
    ELSEWHERE,
)
OTHER_NEED = (
    "Missed and wrongly contacted go by the need that triggers are tried on, not by what the score was fitted to."
)
AS_AUDITED = (
    "In the index week the score is the registered one, as the audit reads it; in other weeks, and in any week, it is "
    "fitted anew to what was known then."
)


def explorer_findings(ground: Ground) -> list[Finding]:
    """What other settings of the registered contact rules would do; nothing where the protocol registers no page.

    Returns
    -------
    list of Finding
        ``validation.explorer.RULE`` for each rule. Rows hold "what", "cut", "week" and, of a group, its attribute.
        "contacted" is a share of all students, "missed" of those in need, "wrongly contacted" of those not in need; n
        is students. "contacts a week" is per 1,000 students and over all weeks, under week 0. "line" is the lowest
        score that was contacted in a week, rounded up. All numbers are checked as one release: see
        ``disclosure.told_groups``.
    """
    asked, explorer = ground.asked.triggers, ground.protocol.explanation.explorer
    if asked is None or explorer is None:
        return []
    lab = kept_laboratory(ground, asked)
    told = {one.rule: found for found in _checked(lab) for one in found.family.tried}
    return [_finding(lab, rule, told.get(rule)) for rule in dict.fromkeys([*asked.rules, *explorer.cuts])]


def _checked(lab: Laboratory) -> list[Shown]:
    explorer = lab.ground.protocol.explanation.explorer
    assert explorer is not None
    return [shown(lab, family, restricted(lab.ground)) for family in families(lab, explorer)]


def _finding(lab: Laboratory, rule: str, told: Shown | None) -> Finding:
    name, question = f"validation.explorer.{slug(rule)}", QUESTION.format(label=LABELS[rule])
    if told is None:
        return not_analysed(name, question, lab.reasons.get(rule, NOT_TRIED))
    rows = list(_rows(lab, rule, told))
    own = min((one.cut for one in told.family.tried if one.rule == rule), key=lambda cut: _from_own(lab, rule, cut))
    headline = next(row for row in rows if row.keys == {"what": MISSED, "cut": own, "week": ANY})
    limitations = (*SAID, *((AS_AUDITED,) if rule == SCORE else ()))
    if rule == SCORE and lab.ground.protocol.model.label != lab.asked.need:
        limitations = (*limitations, OTHER_NEED)
    if headline.estimate is None:
        verdict = headline.verdict or "not analysed"
        return Finding(
            name, question, verdict, rows=tuple(rows), limitations=limitations, reason=headline.reason or NOT_TRIED
        )
    return Finding(name, question, "described", headline.estimate, tuple(rows), (PAST,), limitations)


def _from_own(lab: Laboratory, rule: str, cut: float) -> tuple[float, float]:
    return abs(cut - own_cut(lab.ground, rule)), cut


def _rows(lab: Laboratory, rule: str, told: Shown) -> Iterator[Row]:
    """Rows by cut-off and week, rising."""
    places = {(one.cut, one.week): i for i, one in enumerate(told.family.settings) if one.rule == rule}
    cuts = {
        one.cut: (one, show) for one, show in zip(told.family.tried, told.contacts, strict=True) if one.rule == rule
    }
    for cut, week in sorted(places):
        place = places[cut, week]
        if week == ANY:
            yield _contacts(lab, *cuts[cut])
        if rule == SCORE and week != ANY:
            yield _line(lab, told, place)
        for grouped in (told.everyone, *told.grouped):
            yield from _shares(lab, told, place, grouped)


def _contacts(lab: Laboratory, one: Tried, told: bool) -> Row:
    """Contacts a week per 1,000 students, as the trigger's finding counts them."""
    keys: dict[str, Key] = {"what": CONTACTS, "cut": one.cut, "week": ANY}
    if not told:
        return Row(keys, None, "suppressed", why_hidden(lab.ground.minimum))
    students = np.repeat(lab.history.student, one.suggested.shape[1])
    share = share_of(one.suggested.ravel(), students, lab.ground.asked.level)
    return Row(keys, scaled(share, 1000, "a week per 1,000"))


def _line(lab: Laboratory, told: Shown, place: int) -> Row:
    """The lowest score contacted in a week, so that an invented student can be placed."""
    one = told.family.settings[place]
    keys: dict[str, Key] = {"what": LINE, "cut": one.cut, "week": one.week}
    found = None
    if told.everyone.told[0, place, 0]:
        found = line(_scores(lab, one), one.contacted, lab.history.student, lab.ground.minimum)
    return Row(keys, found) if found else Row(keys, None, "suppressed", why_hidden(lab.ground.minimum))


def _scores(lab: Laboratory, one: Setting) -> Floats:
    """The scores that a setting looked at, by unit."""
    assert lab.scores is not None
    if one.week == lab.ground.protocol.population.index_week:
        rows = lab.ground.predictions.frame
        known = rows[rows["population"] == ALL].set_index("unit_id")["score"]
        return known.reindex(lab.ground.units.index).to_numpy(dtype=float)
    return lab.scores.score[:, int(np.flatnonzero(lab.history.weeks == one.week)[0])]


def _shares(lab: Laboratory, told: Shown, place: int, grouped: Grouped) -> Iterator[Row]:
    """Contacted, missed and wrongly contacted, of every group."""
    one, need = told.family.settings[place], lab.history.need
    everyone = np.ones(len(need), dtype=bool)
    for what, level, among, hit in (
        (CONTACTED, 0, everyone, one.contacted),
        (MISSED, 1, need == 1, ~one.reached),
        (WRONG, 1, need == 0, one.reached),
    ):
        for group, name in enumerate(grouped.names):
            keys: dict[str, Key] = {"what": what, "cut": one.cut, "week": one.week}
            if grouped.attribute:
                keys[grouped.attribute] = name
            if not grouped.told[level, place, group]:
                yield Row(keys, None, "suppressed", why_hidden(lab.ground.minimum))
                continue
            inside = among & (grouped.code == group)
            found = share_of(hit[inside], lab.history.student[inside], lab.ground.asked.level)
            yield Row(keys, found) if found else Row(keys, None, "not analysed", NOBODY[what])
