"""How near a study is to the cells in which its methods were measured, and what the committee reads of it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Findings, Row
from la_research.pipeline.finish import write_reports
from la_research.report import advisory_report, ethics_report
from la_research.report.document import Table
from la_research.report.measured import Features, Measured, Used, distance, methods_used, neighbour, worst_news
from la_research.report.passport import NOT_MEASURED
from la_research.report.plain import plain_text
from la_research.wording import lint

LOT = Features("drawn by lot", 400, 200, 0.40, 0.85)
USED = Used("lin-hc2", "effect", "H3", LOT)
TITLE = "Do the intervals hold what they promise?"


def cell(scenario: str, features: Features = LOT, coverage: float = 0.95, **changes) -> Measured:
    f = features
    whole = Measured(
        "lin-hc2", "effect", scenario, 2000, f.design, f.n, f.smallest_group, f.missing, f.reliability, 2000, 2000, 0.0,
        coverage, coverage - 0.01, coverage + 0.01, 0.0, 0.02, 0.05, 0.5, 0.0, 0.0, 0.5, 0.0, 0.0, "a", "b", "c",
    )  # fmt: skip
    return replace(whole, **changes)


@pytest.mark.parametrize(
    "study, steps, by",
    [
        (LOT, 0, "the number of students"),
        (replace(LOT, n=800), 1, "the number of students"),
        (replace(LOT, n=100), 2, "the number of students"),
        (replace(LOT, smallest_group=25), 3, "the smallest group"),
        (replace(LOT, missing=0.55), 1.5, "the share missing"),
        (replace(LOT, reliability=0.75), 1, "the reliability of the questionnaire"),
        (replace(LOT, n=200, missing=0.45), 1, "the number of students"),
        (replace(LOT, design="one wave"), math.inf, "the design"),
    ],
)
def test_the_largest_step_is_the_distance(study, steps, by):
    found = distance(study, LOT)
    assert found.steps == pytest.approx(steps)
    assert (found.by, found.unknown) == (by, ())


def test_what_a_study_does_not_know_is_named_and_what_a_cell_has_not_is_no_question():
    study = Features("drawn by lot", 400, None, None, 0.2)
    found = distance(study, replace(LOT, reliability=None))
    assert found.steps == 0
    assert found.unknown == ("the smallest group", "the share missing")


@pytest.mark.parametrize("name", ["smallest_group", "missing", "reliability"])
def test_what_a_study_does_not_know_keeps_every_cell_from_being_close(name):
    assert distance(LOT, LOT).close
    assert distance(LOT, replace(LOT, **{name: None})).close
    assert not distance(replace(LOT, **{name: None}), LOT).close
    assert not distance(replace(LOT, n=801), LOT).close  # log2(801 / 400) is more than one step


def test_the_nearest_cell_of_the_same_method_and_kind_is_quoted():
    near, far = cell("near", replace(LOT, n=300)), cell("far", replace(LOT, n=150))
    others = [cell("other", method="welch"), cell("another", kind="between")]
    assert neighbour(USED, [far, near, *others]).cell == near
    assert neighbour(USED, others) is None


def test_of_cells_that_can_not_be_told_apart_the_lower_coverage_is_quoted():
    one, other = cell("one", coverage=0.952), cell("other", replace(LOT, n=404), coverage=0.941)
    assert neighbour(USED, [one, other]).cell == other


@pytest.mark.parametrize(
    "coverage, n, quoted, worst",
    [
        (0.915, 150, "bad", True),  # at most 0.925, which is under 0.95 - 0.02
        (0.929, 150, "bad", True),  # under 0.93, though its Monte Carlo interval goes up to 0.939
        (0.93, 150, "near", False),  # two points below, and no more
        (0.80, 99, "near", False),  # more than two steps away
        (0.80, 400, "bad", False),  # it is the nearest one
    ],
)
def test_near_a_bad_cell_the_worst_neighbour_is_quoted(coverage, n, quoted, worst):
    bad = cell("bad", replace(LOT, n=n), coverage)
    found = neighbour(USED, [cell("near"), bad, cell("less good", replace(LOT, n=110), 0.935)])
    assert (found.cell.scenario, found.worst) == (quoted, worst)


def test_of_two_bad_cells_the_worse_is_quoted():
    cells = [cell("near"), cell("bad", replace(LOT, n=110), 0.90), cell("less bad", replace(LOT, n=300), 0.92)]
    assert neighbour(USED, cells).cell.scenario == "bad"


@pytest.mark.parametrize("estimated, quotable", [(1900, True), (1899, False)])
def test_a_cell_says_nothing_where_fewer_than_19_of_20_draws_had_an_interval(estimated, quotable):
    found = neighbour(USED, [cell("thin", estimated=estimated), cell("far", replace(LOT, n=200))])
    assert (found.cell.scenario, found.quotable) == ("thin", quotable)


def test_a_bad_cell_that_was_seldom_analysed_hides_no_bad_one_and_is_not_passed_over_for_a_good_one():
    near, bad = cell("near"), cell("bad", replace(LOT, n=300), 0.92)
    thin = cell("thin", replace(LOT, n=300), 0.80, estimated=900)
    assert neighbour(USED, [near, bad, thin]).cell == bad
    found = neighbour(USED, [near, thin])
    assert (found.cell, found.quotable) == (thin, False)


def test_of_cells_equally_near_one_that_was_seldom_analysed_is_taken_first():
    thin = cell("thin", coverage=0.99, estimated=900)
    assert neighbour(USED, [cell("other"), thin]).cell == thin


def test_a_row_of_fewer_than_a_thousand_draws_is_no_cell():
    few = cell("few", draws=999, estimated=999)
    assert neighbour(USED, [few]) is None
    assert neighbour(USED, [replace(few, draws=1000)]).cell.scenario == "few"


def test_the_least_reassuring_comes_first():
    def looked_up(*cells: Measured):
        return USED, neighbour(USED, cells)

    bad, worse = looked_up(cell("bad", coverage=0.92)), looked_up(cell("worse", coverage=0.90))
    nowhere, far = looked_up(), looked_up(cell("far", replace(LOT, n=4000)))
    good, better = looked_up(cell("good", coverage=0.94)), looked_up(cell("better"))
    further = looked_up(cell("further", replace(LOT, n=300)))
    found = [better, further, good, far, nowhere, bad, worse]
    assert sorted(found, key=worst_news) == [worse, bad, nowhere, far, good, further, better]


def with_plain(evidence: Evidence) -> Evidence:
    """The same evidence in which every hypothesis shows its plain interval, and answers by arm are known."""
    names = {"H1": "mundlak-jackknife-t", "H2": "mundlak-jackknife-t", "H3": "lin-hc2"}
    change = {}
    for hypothesis, method in names.items():
        finding = evidence.findings[hypothesis]
        plain = replace(finding.estimate, level=0.95, method=method)
        change[finding.id] = replace(finding, rows=(Row({"what": "plain 95 % interval"}, plain),))
    return replace(evidence, findings=evidence.findings.replaced(change))


def test_what_can_be_seen_of_a_study_is_read_from_its_findings(evidence):
    found = {used.kind: used for used in methods_used(with_plain(evidence))}
    assert list(found) == ["between", "within", "effect"]
    assert found["effect"].features == Features(
        "drawn by lot", 214, round(0.66 * 132), pytest.approx(1 - (92 + 87) / (130 + 132)), None
    )
    answered = (0.8 - 0.03 * 2 + 0.8 - 0.03 * 4 + 0.8 - 0.03 * 8 + 0.8 - 0.03 * 10) / 4
    assert found["between"].features == Features("several waves", 1534, None, pytest.approx(1 - answered), None)


def test_hidden_rows_are_not_known_and_a_hypothesis_without_an_interval_used_no_method(evidence):
    whole = with_plain(evidence)
    attrition = whole.findings["evaluation.attrition"]
    hidden = replace(attrition, rows=(attrition.rows[0], Row({"arm": "usual"}, None, "suppressed", "few")))
    bare = replace(whole.findings["H1"], rows=())
    found = methods_used(replace(whole, findings=whole.findings.replaced({hidden.id: hidden, bare.id: bare})))
    assert [used.kind for used in found] == ["within", "effect"]
    assert found[1].features == Features("drawn by lot", 214)


def with_another(evidence: Evidence) -> Evidence:
    """The same with a hypothesis H9 that the method of H1 answers, on 70 students."""
    whole = with_plain(evidence)
    claim = whole.protocol.hypotheses[0]
    second = claim.model_copy(update={"id": "H9"})
    protocol = whole.protocol.model_copy(update={"hypotheses": (*whole.protocol.hypotheses, second)})
    row = Row({"what": "plain 95 % interval"}, Estimate(0.1, 0.0, 0.2, 0.95, "SD per SD", 70, "mundlak-jackknife-t"))
    more = Finding(
        "validation.between.h9", "And in the library?", "described", rows=(row,), hypothesis="H9", confirmatory=True
    )
    return replace(whole, protocol=protocol, findings=whole.findings + Findings([more]))


def test_each_hypothesis_of_a_method_is_looked_up(evidence):
    found = methods_used(with_another(evidence))
    assert [(used.hypothesis, used.features.n) for used in found if used.kind == "between"] == [
        ("H1", 1534),
        ("H9", 70),
    ]


def rows_of(evidence: Evidence, passport: list[Measured]) -> list[tuple[str, ...]]:
    section = ethics_report(evidence, None, passport).section("passport")
    table = next(block for block in section.blocks if isinstance(block, Table))
    return [tuple(map(str, row)) for row in table.rows]


@pytest.mark.parametrize(
    "many, few, measured, near",
    [
        (0.94, 0.95, "94.0 %", "for H1: close; 1,534 students here; not measured for: none"),
        (0.95, 0.94, "94.0 %", "for H9: close; 70 students here; not measured for: none"),
        (0.95, None, NOT_MEASURED, "for H9: too far in the number of students; not measured for: H9"),
        (0.90, None, "90.0 %", "for H1: close; 1,534 students here; not measured for: H9"),
    ],
)  # fmt: skip
def test_the_least_reassuring_of_a_method_s_hypotheses_is_quoted(evidence, many, few, measured, near):
    cells = [
        cell("null", Features("several waves", n), coverage, method="mundlak-jackknife-t", kind="between")
        for n, coverage in ((1500, many), (70, few))
        if coverage is not None
    ]
    found = rows_of(with_another(evidence), cells)
    between = [row for row in found if row[1] == "H1, H9"]
    assert [(row[3].split(" (")[0], row[5]) for row in between] == [(measured, near)]
    assert len(found) == 3


def test_the_committee_reads_coverage_cell_and_distance_once_a_method(evidence):
    arms = Features("drawn by lot", 320, 100, 0.32, 0.85)
    waves = cell("null", Features("several waves", 1400, None, 0.40), method="mundlak-jackknife-t", kind="between")
    between, within, effect = rows_of(with_plain(evidence), [cell("default", arms, 0.943), waves])
    assert between[0] == "mundlak-jackknife-t: association between students"
    assert within[3:] == (NOT_MEASURED, "none", "no cell measured the method over 1,000 draws or more")
    assert effect[1:] == (
        "H3", "95 %", "94.3 % (95% CI 93.3 % to 95.3 %), n = 2,000",
        "default, 2,000 students drawn, 320 behind the estimate",
        "some way off, perhaps further (not known here: the reliability of the questionnaire); 214 students here",
    )  # fmt: skip


def test_beyond_the_limit_nothing_is_said_and_before_it_the_distance_is(evidence):
    whole = with_plain(evidence)
    far = rows_of(whole, [cell("default", Features("drawn by lot", 2140))])[2]
    assert far[3:] == (
        NOT_MEASURED, "nearest: default, 2,000 students drawn, 2,140 behind the estimate",
        "too far in the number of students",
    )  # fmt: skip
    some = rows_of(whole, [cell("default", Features("drawn by lot", 640))])[2]
    assert some[5] == "some way off, most in the number of students; 214 students here"
    seldom = rows_of(whole, [cell("default", Features("drawn by lot", 214), estimated=1240)])[2]
    assert seldom[3:] == (
        NOT_MEASURED, "default, 2,000 students drawn, 214 behind the estimate",
        "there 62.0 % of the draws had an interval",
    )  # fmt: skip
    bad = rows_of(
        whole, [cell("default", Features("drawn by lot", 214)), cell("hard", Features("drawn by lot", 110), 0.9)]
    )
    assert bad[2][4] == "hard, 2,000 students drawn, 110 behind the estimate (the worst within reach)"


def test_other_methods_with_an_interval_are_named_as_not_measured(evidence):
    said = plain_text(ethics_report(with_plain(evidence), None, []))
    line = next(line for line in said.splitlines() if line.startswith("Other intervals"))
    assert "delong" in line
    assert "lin-hc2" not in line
    assert said.count(NOT_MEASURED) == 3


def test_a_study_without_an_interval_says_so(small):
    assert "No registered hypothesis of this study has an interval." in plain_text(ethics_report(small, None, []))


def test_the_appendix_stands_before_the_planted_one_and_changes_nothing_else(evidence, score):
    without, with_ = ethics_report(evidence, score), ethics_report(evidence, score, [])
    assert [section for section in with_.sections if section.id != "passport"] == list(without.sections)
    assert [section.id for section in with_.sections][-2:] == ["passport", "found-against-planted"]
    assert with_.section("passport").appendix
    assert [str(remark) for remark in lint(plain_text(with_))] == []


def test_a_run_shows_it_to_the_committee_and_never_to_the_advisory_group(evidence, tmp_path):
    write_reports(tmp_path, evidence, None)
    assert TITLE in (tmp_path / "reports" / "ethics.html").read_text(encoding="utf-8")
    assert TITLE not in (tmp_path / "reports" / "advisory.html").read_text(encoding="utf-8")
    assert "promise" not in plain_text(advisory_report(evidence))
