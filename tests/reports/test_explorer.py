"""What the advisory explorer says: numbers out of 1,000, hidden cells, four invented students, and no one else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from la_research.errors import ProtocolError
from la_research.evidence import Evidence
from la_research.finding import Estimate, Finding, Findings, Row, not_analysed
from la_research.report import Document, explorer_report, render_explorer, tables
from la_research.report.explorer import Explorer
from la_research.report.explorer.cells import ALL, Count, grid
from la_research.report.explorer.settings import Setting, nearest, registered
from la_research.report.explorer.still import measured
from la_research.report.explorer.words import COMMENTS, MEASURES, TOPICS, WORDS
from la_research.report.plain import plain_text
from la_research.wording import flesch_kincaid, gunning_fog, lint, sentences, words
from tests.reports.conftest import protocol
from tests.reports.explored import CUTS, FICTIONAL, NASTY, explored, rate, share
from tests.reports.test_documents import prose


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return explored(protocol("fuller"))


@pytest.fixture(scope="module")
def page(evidence: Evidence) -> Explorer:
    return explorer_report(evidence, FICTIONAL)


@pytest.fixture(scope="module")
def html(page: Explorer) -> str:
    return render_explorer(page)


def read_by_the_script(html: str) -> dict:
    return json.loads(html.partition('id="data">')[2].partition("</script>")[0])


def test_a_share_reads_as_people_out_of_1000_with_its_range_and_n(evidence: Evidence) -> None:
    held = grid(evidence)
    value, lower, upper, n = held.count("score", 0.1, 4, "missed").numbers
    assert (value, n) == (round(1000 * (1 - 1.8 * rate("score", 0.1, 4, 0))), 1534 // 5)
    assert lower < value < upper


def test_every_number_of_the_page_is_one_of_the_findings(evidence: Evidence, html: str) -> None:
    told = {
        (*(round(1000 * end) for end in (e.value, e.lower, e.upper)), e.n)
        for finding in evidence.findings
        if finding.id.startswith("validation.explorer.")
        for row in finding.rows
        if (e := row.estimate) is not None and e.unit == "share"
    }
    cells = [
        tuple(cell)
        for by_cut in read_by_the_script(html)["cells"]
        for by_week in by_cut
        for by_measure in by_week
        for by_group in by_measure
        for cell in by_group
        if cell
    ]
    assert len(cells) > 200
    assert set(cells) <= told


def test_a_suppressed_cell_reads_hidden_and_its_number_is_nowhere(evidence: Evidence, page: Explorer) -> None:
    held = grid(evidence)
    asian = ("ethnicity", "Asian")
    assert held.count("score", 0.1, 3, "missed", asian) == Count(None, hidden=True)
    assert held.count("score", 0.1, 4, "missed", asian).numbers
    place = list(held.groups()).index(asian)
    rules = [rule["id"] for rule in page.live["rules"]]
    cells = page.live["cells"][rules.index("score")][1][1]  # cut-off .1, week 3
    assert [measure[place] for measure in cells] == [0, 0, 0]
    assert held.line(0.05, 3) is None


def test_a_rule_that_could_not_be_tried_stands_on_the_page_with_its_reason(page: Explorer) -> None:
    assert "own_baseline" not in [rule["id"] for rule in page.live["rules"]]
    assert "Unlike the student's own weeks: not tried: no student-week was observed" in plain_text(page.document)


def test_the_registered_rule_is_the_score_at_the_registered_share_in_the_index_week(evidence: Evidence) -> None:
    held, study = grid(evidence), evidence.protocol
    assert registered(held, study).key == ("score", study.model.top_share, study.population.index_week)


def test_the_first_rule_is_the_registered_one_where_there_is_no_score(evidence: Evidence) -> None:
    held = grid(replace(evidence, findings=Findings(f for f in evidence.findings if not f.id.endswith(".score"))))
    assert registered(held, evidence.protocol).key == ("peer_share_30", 0.3, 4)


def test_the_four_nearest_are_one_step_away_in_cut_off_or_week_before_they_are_two(evidence: Evidence) -> None:
    held, study = grid(evidence), evidence.protocol
    here = registered(held, study)
    assert [setting.key for setting in nearest(held, here, study)] == [
        ("score", 0.05, 4), ("score", 0.1, 3), ("score", 0.1, 0), ("score", 0.2, 4),
    ]  # fmt: skip


def test_without_a_script_the_registered_rule_and_four_others_stand_as_text_and_tables(page: Explorer) -> None:
    said = plain_text(page.document)
    assert "Rule: The highest scores. Threshold: the top 10 in 100 students. When: week 4." in said
    assert len(next(table for table in page.document.tables() if table.name == "nearest").rows) == 5
    assert {"by-gender", "by-ethnicity", "nearest"} <= set(tables(page.document))


def test_what_chance_would_miss_stands_beside_whom_the_rule_misses(evidence: Evidence) -> None:
    held = grid(evidence)
    here = registered(held, evidence.protocol)
    # 110 of 1,000 get a message in week 4: a draw of as many reaches 110 of 1,000 in need, and misses 890.
    told = "Had chance picked as many students, about 890 of 1,000 in need would get no message."
    assert measured(held, here, "missed").endswith(told)
    assert "chance" not in measured(held, here, "contacted")
    assert "chance" not in measured(held, replace(here, week=0), "missed")


def test_the_score_tells_for_how_many_it_should_say_nothing(evidence: Evidence) -> None:
    silent = Finding("explanation.abstaining", "When?", "described", Estimate(0.8, 0.7, 0.9, 0.95, "share", 150, "w"))
    told = explorer_report(replace(evidence, findings=Findings([*evidence.findings, silent])), FICTIONAL)
    said = (
        "The score with the top 10 in 100 students in week 4: for about 8 in 10 (likely between 7 and 9 in 10, "
        "from 150 students) of those picked, it knows too little. There it should say nothing."
    )
    assert said in plain_text(told.document)
    assert told.live["silent"].startswith(said)
    assert explorer_report(evidence, FICTIONAL).live["silent"] == ""


def test_a_rule_that_had_nothing_to_read_in_a_week_can_not_look(evidence: Evidence) -> None:
    def rows(*contacted: tuple[float, int, float]) -> Findings:
        none = tuple(
            Row({"what": what, "cut": cut, "week": week}, share(value, 1534))
            for cut, week, value in contacted
            for what in MEASURES
        )
        own = Finding("validation.explorer.own_baseline", "What?", "described", rows=none)
        return Findings([*(f for f in evidence.findings if f.id != own.id), own])

    blank = replace(evidence, findings=rows((1.5, 3, 0.0), (2.0, 3, 0.0), (1.5, 4, 0.1), (2.0, 4, 0.0)))
    held = grid(blank)
    assert held.idle == {("own_baseline", 3)}
    assert held.count("own_baseline", 2.0, 3, "missed").as_json() is False
    assert held.count("own_baseline", 2.0, 4, "missed").numbers
    unlike = next(dial for dial in held.dials if dial.rule == "own_baseline")
    here = Setting(unlike, 0, 3)
    assert {measured(held, here, what) for what in MEASURES} == {"This rule can not look in this week."}
    page = explorer_report(blank, FICTIONAL)
    assert read_by_the_script(render_explorer(page))["cells"][held.dials.index(unlike)][0][1][0][0] is False


def test_staff_time_is_arithmetic_and_tells_who_would_wait(evidence: Evidence) -> None:
    few = evidence.protocol.model_dump(mode="json", exclude_defaults=True)
    few["validation"]["triggers"]["hours"] = 5
    said = plain_text(explorer_report(replace(evidence, protocol=type(evidence.protocol).model_validate(few))).document)
    # 110 of 1,000 get a message in week 4: 110 x 20 / 60 = 37 hours. Five hours reach 5 x 60 / 20 = 15.
    assert "that takes 37 hours. Staff have 5 hours a week. That is not enough." in said
    assert f"about {110 - 15} (" in said


def test_an_invented_student_is_met_with_what_the_rule_read(page: Explorer, evidence: Evidence) -> None:
    held = grid(evidence)
    dial = next(dial for dial in held.dials if dial.rule == "peer_share_30")
    here = replace(registered(held, evidence.protocol), dial=dial, cut=1, week=4)
    ada, ben, cleo, dev = page.people
    # 9 / 40 = 22.5 % is under 30 %
    assert ada.verdict(here, held) == (
        "The rule writes to Ada in week 4: 22.5 % of the average is under 30 %.", "true_contact",
    )  # fmt: skip
    assert ben.verdict(here, held)[1] == "wrong_contact"
    assert cleo.verdict(here, held) == (
        "The rule does not write to Cleo. Week 4: 110 % of the average is not under 30 %.", "missed_need",
    )  # fmt: skip
    red = next(dial for dial in held.dials if dial.rule == "red")
    assert ada.verdict(replace(here, dial=red, cut=0), held)[0].endswith("week 4: a red light counts.")
    assert dev.verdict(replace(here, dial=red, cut=0), held)[0].startswith("The rule passes Dev over")


def test_a_score_is_known_in_the_index_week_alone_and_a_hidden_line_is_said(page: Explorer, evidence: Evidence) -> None:
    held = grid(evidence)
    here, ada, dev = registered(held, evidence.protocol), page.people[0], page.people[3]
    assert ada.verdict(here, held)[1] == "true_contact"
    assert ada.verdict(replace(here, week=3), held) == ("For Ada, the score is worked out for week 4 alone.", "")
    assert dev.verdict(replace(here, week=0), held)[1] == ""
    hidden = replace(held, lines={})
    assert ada.verdict(here, hidden) == (
        "We can not say if the rule writes to Ada: the line of the score is hidden here.", "",
    )  # fmt: skip


def test_a_student_without_numbers_is_told_of_and_not_placed(evidence: Evidence) -> None:
    bare = replace(evidence, findings=Findings(f for f in evidence.findings if f.stage != "explanation"))
    page = explorer_report(bare, FICTIONAL)
    assert [person.readings for person in page.people] == [{}] * 4
    assert "Ada works at night" in plain_text(page.document)
    assert "not worked out" in plain_text(explorer_report(bare).document)


def test_the_page_answers_the_questions_of_the_card(page: Explorer) -> None:
    said = plain_text(Document("c", "student advisory group", "open", (page.document.section("card"),)))
    asked = (
        "What is collected?", "Who sees it?", "Where is it kept, and how is it used?", "Is my data in here?",
        "Can I say no, and what do I lose?", "Can it touch my grade or visa?", "Who do I complain to?",
        "Who pays, and who wrote this?", "Who helps me, day and night?",
    )  # fmt: skip
    assert [f"> {question}" in said for question in asked] == [True] * len(asked)
    assert "suppressed" not in said
    assert "You can say no at any time. You lose nothing." in said


def test_a_study_that_registers_no_explorer_is_told_what_to_register(small: Evidence) -> None:
    with pytest.raises(ProtocolError, match=r"explorer\.not_registered") as refused:
        explorer_report(small)
    assert "validation.triggers and explanation.explorer" in refused.value.faults[0].remedy


def test_where_no_rule_was_tried_the_page_stands_and_says_why(evidence: Evidence) -> None:
    none = Findings(not_analysed(f"validation.explorer.{rule}", "What?", "nothing was observed") for rule in CUTS)
    page = explorer_report(replace(evidence, findings=none), FICTIONAL)
    said = plain_text(page.document)
    assert "No rule could be tried" in said
    assert "Red light: not tried: nothing was observed" in said
    assert "rules" not in page.live
    assert "What do you think?" in render_explorer(page)


def test_what_a_student_reads_can_be_read_after_eight_years_of_school(page: Explorer) -> None:
    said = "\n".join(prose(section) for section in page.document.sections)
    said += "\n" + "\n".join(block.summary for block in page.document.blocks() if hasattr(block, "summary"))
    blank = {name: re.sub(r"{\w+}", "40", text) for name, text in WORDS.items()}
    live = "\n".join([*blank.values(), *(text for one in MEASURES.values() for text in one[:2]), *COMMENTS, *TOPICS])
    for text in (said, live):
        assert flesch_kincaid(text) <= 8
        assert gunning_fog(text) <= 8
        lengths = sorted(len(words(sentence)) for sentence in sentences(text))
        assert lengths[int(0.9 * len(lengths))] <= 20
        assert [str(remark) for remark in lint(text)] == []


def test_the_page_carries_its_banner_and_that_a_person_decides(html: str) -> None:
    assert "Synthetic data" in html
    assert "An indicator suggests; a person decides." in html


def test_the_only_script_that_runs_is_the_one_whose_digest_stands_in_the_page(html: str) -> None:
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode()
    assert len(scripts) == 1
    assert f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:" in html
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import|localStorage|sessionStorage|cookie", html)
    assert not re.search(r"<[^>]+\son\w+=", html)


def test_the_page_is_small_and_the_same_each_time(page: Explorer, html: str) -> None:
    assert len(html.encode()) < 1_500_000
    assert render_explorer(page) == html


def test_markup_in_a_name_stays_text(evidence: Evidence) -> None:
    nasty = (replace(FICTIONAL[0], name=NASTY, story=("</script><script>alert(1)</script>",)),)
    html = render_explorer(explorer_report(evidence, nasty))
    assert "<img" not in html
    assert html.count("<script") == 2
    assert read_by_the_script(html)["people"][0]["name"] == NASTY


def test_a_row_of_a_person_would_not_enter_the_page(evidence: Evidence) -> None:
    held = evidence.findings["validation.explorer.red"]
    rows = (*held.rows, replace(held.rows[0], keys={"what": "unit", "unit_id": "S000123", "cut": 2.0, "week": 4}))
    others = [f for f in evidence.findings if f.id != held.id]
    planted = replace(evidence, findings=Findings([*others, replace(held, rows=rows)]))
    assert "S000123" not in render_explorer(explorer_report(planted, FICTIONAL))
    assert grid(planted).count("red", 2.0, 4, "contacted", ALL).numbers


def test_sums_are_told_a_step_a_line_under_what_they_are_about(page: Explorer) -> None:
    ada = {bullets.title: bullets.items for bullets in page.people[0].lines}
    assert ada == {
        "What was recorded": ("Week 4, Online learning platform: 9 actions, on 1 day",),
        "Weekly activity": ("Week 4: 8 + 1 = 9.00 actions a week",),
        "Activity beside the module": (
            "Week 4: your actions: 9",
            "mean of the module: 400 / 10",
            "your actions beside the mean: 9 / (400 / 10) = 0.23 times the module's mean",
        ),
        "Regularity": ("Week 4: too few weeks",),
        "The score, line by line": (
            "Trees 1 to 2: (-0.8)",
            "+ (-0.1) [active days > 3.4, regularity <= 0.5]",
            "+ 0.2 [regularity > (1 + 1) / 4] = -0.70 log-odds",
            "Score: 1 / (1 + exp(0.2)) = 62.0 %",
        ),
    }
