"""The numbers of the page on which contact rules can be tried: the same as elsewhere, and nobody's in particular."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from la_research import compute_indicators, fit_model, generate_cohort, load_protocol, load_scenario
from la_research.audit.fairness import compared
from la_research.audit.groups import with_attributes
from la_research.audit.plan import registered
from la_research.cohort import Cohort, Provenance
from la_research.disclosure import FEWEST, disclosed
from la_research.finding import Findings
from la_research.protocol.analysis import Explorer
from la_research.protocol.validation import Candidate, Triggers
from la_research.schema import TABLES
from la_research.validation.explorer import explorer_findings
from la_research.validation.explorer.findings import ELSEWHERE, NOT_TRIED, OTHER_NEED
from la_research.validation.explorer.line import line
from la_research.validation.ground import Ground
from la_research.validation.triggers import trigger_findings
from la_research.wording import lint

ASKED = Triggers(
    need="low_mood_8",
    weeks=(4, 6),
    rules={
        "amber_or_red": Candidate(),
        "red": Candidate(),
        "own_baseline": Candidate(cuts=(1.5, 2, 3)),
        "score": Candidate(cuts=(0.1, 0.2)),
    },
    hours=45,
)
PAGE = Explorer(cuts={"own_baseline": (2.5,), "score": (0.3,), "peer_share_30": (0.3,)})
ATTRIBUTES = ("disability", "ethnicity", "gender")


@pytest.fixture(scope="module")
def campus():
    """800 students, a quick model, and what the page and the other findings say of them."""
    protocol = load_protocol("protocols/early-engagement")
    protocol = protocol.model_copy(
        update={
            "model": protocol.model.model_copy(update={"estimator": "logistic"}),
            "validation": protocol.validation.model_copy(update={"triggers": ASKED}),
            "explanation": protocol.explanation.model_copy(update={"explorer": PAGE}),
            "fairness": protocol.fairness.model_copy(
                update={
                    "sensitive": {name: protocol.fairness.sensitive[name] for name in ATTRIBUTES},
                    "intersections": (),
                }
            ),
        }
    )
    cohort, _ = generate_cohort(load_scenario("default"), n=800, seed=11)
    indicators = compute_indicators(protocol, cohort)
    ground = Ground(protocol, cohort, indicators, fit_model(protocol, cohort, indicators))
    triggers = Findings(trigger_findings(ground))
    return SimpleNamespace(ground=ground, triggers=triggers, found=Findings(explorer_findings(ground)))


def shown(finding, **keys):
    """The estimate of a row."""
    return next(row.estimate for row in finding.rows if dict(row.keys) == keys)


def settings_of(finding):
    """Cut-offs and weeks of a finding."""
    return sorted({(row.keys["cut"], row.keys["week"]) for row in finding.rows})


def test_any_week_is_what_the_finding_of_the_rule_says(campus):
    for rule, cuts in (("red", (2,)), ("own_baseline", (1.5, 2, 3)), ("score", (0.1, 0.2))):
        page, trigger = campus.found[f"validation.explorer.{rule}"], campus.triggers[f"validation.trigger.{rule}"]
        for cut in cuts:
            missed, reached = shown(page, what="missed", cut=cut, week=0), shown(trigger, what="sensitivity", cut=cut)
            if missed is not None and reached is not None:
                assert (missed.value, missed.n) == (pytest.approx(1 - reached.value), reached.n)
            ever = shown(trigger, what="suggested at least once", cut=cut)
            assert shown(page, what="contacted", cut=cut, week=0) == ever
            contacts = shown(page, what="contacts a week", cut=cut, week=0)
            assert contacts == shown(trigger, what="contacts", cut=cut)
        assert page.estimate is not None


def test_the_index_week_of_the_score_is_what_the_audit_says_by_group(campus):
    ground = campus.ground
    frame = ground.predictions.frame
    rows = with_attributes(ground.protocol, ground.cohort, frame[frame["population"] == "all"])
    metrics = ("selection", "fnr", "fpr")
    plan = replace(registered(ground.protocol), metrics=metrics, thresholds=(0.1, 0.2, 0.3))
    audit, page = Findings(compared(plan, rows)), campus.found["validation.explorer.score"]
    compared_to = 0
    for attribute, (what, metric) in itertools.product(
        ATTRIBUTES, zip(("contacted", "missed", "wrongly contacted"), metrics, strict=True)
    ):
        for row in audit[f"audit.{metric}.{attribute}"].rows:
            if row.keys.get("what", "group") == "group" and row.estimate is not None:
                group = row.keys[attribute]
                own = shown(page, what=what, cut=0.1, week=4, **{attribute: group})
                if own is not None:
                    compared_to += 1
                    assert (own.value, own.n) == (pytest.approx(row.estimate.value), row.estimate.n)
        for row in audit[f"audit.thresholds.{attribute}"].rows:
            if row.keys["what"] == "threshold" and row.keys["metric"] == metric and row.estimate is not None:
                cut = row.keys["top"]
                own = shown(page, what=what, cut=cut, week=4, **{attribute: row.keys[attribute]})
                if own is not None:
                    compared_to += 1
                    assert (own.value, own.n) == (pytest.approx(row.estimate.value), row.estimate.n)
    assert compared_to > 10


def test_every_setting_of_every_group_has_its_rows_and_suppression_is_final(campus):
    red = campus.found["validation.explorer.red"]
    assert settings_of(red) == [(2, 0), (2, 4), (2, 6)]
    groups = [len(campus.ground.group(attribute).dropna().unique()) for attribute in ATTRIBUTES]
    assert len(red.rows) == 3 * 3 * (1 + sum(groups)) + 1
    assert disclosed(campus.found, campus.ground.minimum) == campus.found
    assert any(row.verdict == "suppressed" for row in red.rows)


def test_the_line_is_a_round_score_of_those_who_were_contacted(campus):
    score, frame = campus.found["validation.explorer.score"], campus.ground.predictions.frame
    lowest, chosen = shown(score, what="line", cut=0.1, week=4), frame[frame["decision"] == 1]
    assert lowest.n == len(chosen)
    assert 0 <= lowest.value - chosen["score"].min() < 0.1
    assert lowest.value == pytest.approx(round(lowest.value, 2))
    assert lowest.lower is None


def test_a_rule_that_is_not_tried_says_so(campus):
    found = campus.found["validation.explorer.peer_share_30"]
    assert (found.verdict, found.reason) == ("not analysed", NOT_TRIED)


def changed(campus, **sections) -> Ground:
    """The study with other sections, of the same students and scores, and the rules tried anew."""
    protocol = campus.ground.protocol.model_copy(update=sections)
    return Ground(protocol, campus.ground.cohort, campus.ground.indicators, campus.ground.predictions)


def test_nothing_is_told_where_no_page_or_no_rule_is_registered(campus):
    protocol = campus.ground.protocol
    no_page = changed(campus, explanation=protocol.explanation.model_copy(update={"explorer": None}))
    no_rule = changed(campus, validation=protocol.validation.model_copy(update={"triggers": None}))
    assert explorer_findings(no_page) == explorer_findings(no_rule) == []


def test_looks_that_come_too_late_are_not_analysed(campus):
    late = ASKED.model_copy(update={"weeks": (8,), "rules": {"red": Candidate()}})
    ground = changed(campus, validation=campus.ground.protocol.validation.model_copy(update={"triggers": late}))
    found = Findings(explorer_findings(ground))
    assert {finding.verdict for finding in found} == {"not analysed"}
    assert "need itself speaks of" in found["validation.explorer.red"].reason


def test_a_score_of_another_need_says_that_need_is_what_triggers_go_by(campus):
    protocol = campus.ground.protocol
    own = changed(
        campus,
        model=protocol.model.model_copy(update={"label": "withdrawn"}),
        fairness=protocol.fairness.model_copy(update={"sensitive": {}}),
    )
    own.kept["triggers",] = replace(campus.ground.kept["triggers",], ground=own)
    score = Findings(explorer_findings(own))["validation.explorer.score"]
    assert OTHER_NEED in score.limitations
    assert OTHER_NEED not in campus.found["validation.explorer.score"].limitations


def test_on_restricted_data_shown_settings_side_by_side_differ_by_nobody_or_enough(campus):
    ground = campus.ground
    tables = {name: ground.cohort.arrow(name) for name in TABLES}
    held = Cohort(tables, Provenance("restricted", "a campus"), "")
    apart = replace(ground, cohort=held)
    apart.kept["triggers",] = replace(ground.kept["triggers",], ground=apart)
    found = Findings(explorer_findings(apart))["validation.explorer.own_baseline"]
    lab, looked = apart.kept["triggers",], 0
    mask = {}
    for one in lab.cuts("own_baseline"):
        weeks = {0: one.suggested.any(axis=1), 4: one.suggested[:, 0], 6: one.suggested[:, 1]}
        mask |= {(one.cut, week): chosen for week, chosen in weeks.items()}
    need = lab.history.need
    kinds = {"contacted": np.ones(len(need), dtype=bool), "missed": need == 1, "wrongly contacted": need == 0}
    for row in found.rows:
        what, cut, week, *group = row.keys.values()
        if row.estimate is None or what not in kinds or (cut, week) not in mask:
            continue
        inside = kinds[what]
        if group:
            inside = inside & (ground.group(list(row.keys)[-1]).reindex(ground.units.index) == group[0]).to_numpy()
        for other, chosen in mask.items():
            beside = other != (cut, week) and (other[0] == cut or other[1] == week)
            if beside and shown(found, **{**row.keys, "cut": other[0], "week": other[1]}) is not None:
                looked += 1
                count = (inside & (chosen != mask[cut, week])).sum()
                assert count == 0 or count >= 10
    assert looked > 10


FAMILIES = {"own_baseline": ("own_baseline",), "light": ("red", "amber_or_red"), "score": ("score",)}


def kinds_of(family: str, cuts: int) -> list[tuple[int, int, int]]:
    """From which cut-off on students are written to in any week, in week 4 and in week 6.

    The score of week 4 is the registered one, and that of any week is not: it bears on any week in nothing.
    """
    kinds = itertools.product(range(cuts + 1), repeat=3)
    return [k for k in kinds if (k[0] <= k[2] if family == "score" else k[0] == min(k[1:]))]


def attacked(campus, family: str, asked: slice | list[int], *, groups: bool = True) -> np.ndarray:
    """The room that all numbers told, of all attributes, leave to suppressed numbers of groups.

    Told shares times their n are counts. Each is a sum over students: a group, a need, and the cut-off from which on
    each week would have written; students of a need and cut-offs are as many whichever attribute they are counted by.
    The sizes of all groups by need are known, as from other rules and the audit; beside these the numbers of other
    rules tell nothing. Nothing else of the groups is known without ``groups``.
    """
    rows = [(rule, row) for rule in FAMILIES[family] for row in campus.found[f"validation.explorer.{rule}"].rows]
    rows = [(rule, row) for rule, row in rows if row.keys["what"] in ("contacted", "missed", "wrongly contacted")]
    cuts = sorted({(rule, row.keys["cut"]) for rule, row in rows}, key=lambda one: one[1], reverse=family != "score")
    kinds, lab = kinds_of(family, len(cuts)), campus.ground.kept["triggers",]
    held = [campus.ground.group(name).reindex(campus.ground.units.index).fillna("not recorded") for name in ATTRIBUTES]
    names = [(name, group) for name, one in zip(ATTRIBUTES, held, strict=True) for group in sorted(set(one))]
    member = {(name, group): one == group for name, one in zip(ATTRIBUTES, held, strict=True) for group in set(one)}
    first = {name: [one[0] == name for one in names] for name in ATTRIBUTES}
    needs = np.where(np.isnan(lab.history.need), 2, lab.history.need != 1)
    shape, equal, counts, hidden = (len(names), 3, len(kinds)), [], [], []
    for who, need in itertools.product(range(len(names)), range(3)):
        size = np.zeros(shape)
        size[who, need] = 1
        equal.append(size.ravel())
        counts.append((member[names[who]].to_numpy() & (needs == need)).sum())
    for name, need, kind in itertools.product(ATTRIBUTES[1:], range(3), range(len(kinds))):
        same = np.zeros(shape)
        same[first[name], need, kind], same[first[ATTRIBUTES[0]], need, kind] = 1, -1
        equal.append(same.ravel())
        counts.append(0)
    for rule, row in rows:
        place, week = cuts.index((rule, row.keys["cut"])), {0: 0, 4: 1, 6: 2}[row.keys["week"]]
        hit = np.array([k[week] <= place for k in kinds], dtype=float)
        of = next(((name, row.keys[name]) for name in ATTRIBUTES if name in row.keys), None)
        who = names.index(of) if of else np.array(first[ATTRIBUTES[0]])
        need = {"contacted": slice(None), "missed": 0, "wrongly contacted": 1}[row.keys["what"]]
        part = np.zeros(shape)
        part[who, need] = 1 - hit if row.keys["what"] == "missed" else hit
        if row.estimate is None and of:
            hidden.append(part.ravel())
        elif row.estimate is not None and (groups or not of):
            equal.append(part.ravel())
            counts.append(round(row.estimate.value * row.estimate.n))
    told = {"A_eq": csr_array(np.array(equal)), "b_eq": np.array(counts, dtype=float), "method": "highs"}
    return np.array([-linprog(-row, **told).fun - linprog(row, **told).fun for row in np.array(hidden)[asked]])


@pytest.mark.parametrize("family", FAMILIES)
def test_no_suppressed_number_can_be_had_from_all_findings_and_the_sizes_of_groups(campus, family):
    room = attacked(campus, family, slice(None, None, 4))
    few = np.flatnonzero(room < FEWEST - 1 - 1e-6)
    assert len(room) > 4
    assert (room[few] >= np.floor(attacked(campus, family, list(4 * few), groups=False) + 1e-6) - 1e-6).all()


def test_the_line_rests_on_students_and_not_on_their_modules():
    scores, modules_of_three = np.repeat([0.92, 0.5], 15), np.r_[np.arange(15) % 3, np.arange(3, 18)]
    assert line(scores, scores > 0.9, np.arange(30), 10).n == 15
    assert line(scores, scores > 0.9, modules_of_three, 10) is None
    assert line(scores, scores > 0.9, modules_of_three, 3).n == 3


def test_every_finding_says_that_the_audit_hides_by_another_rule(campus):
    assert all(ELSEWHERE in finding.limitations for finding in campus.found if finding.verdict != "not analysed")


def test_words_are_about_rules_and_weeks(campus):
    said = [text for f in campus.found for text in (f.question, *f.limitations, f.reason or "")]
    said += [str(row.keys["what"]) for f in campus.found for row in f.rows]
    assert [remark for text in said for remark in lint(text)] == []
