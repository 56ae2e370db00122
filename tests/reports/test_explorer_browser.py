"""The advisory explorer in a real Chromium: by keyboard, on a phone, enlarged, in print, without a script, offline."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from la_research.evidence import Evidence
from la_research.finding import Finding, Findings, Row
from la_research.report import explorer_report, render_explorer
from la_research.report.explorer import Explorer
from la_research.report.explorer.cells import grid
from la_research.report.explorer.settings import Setting
from la_research.report.explorer.still import in_cell, measured
from la_research.report.explorer.words import MEASURES, WORDS
from la_research.store import append_feedback, load_consultation, load_feedback
from tests.reports.conftest import protocol
from tests.reports.explored import FICTIONAL, NASTY, explored, share
from tests.reports.test_browser import browser as browser
from tests.reports.test_browser import violations

pytestmark = pytest.mark.browser
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
    " p { margin-bottom: 2em !important; }"
)
"""The overrides of WCAG 2.2, criterion 1.4.12."""
CUT_OFF = """[...document.querySelectorAll('main *, header *, aside *')].filter(e => {
    if (!e.checkVisibility() || e.closest('.scroll, .unseen, svg') || !e.textContent.trim()) return false;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    const clipped = style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1;
    return box.right > innerWidth + 1 || box.left < -1 || clipped;
}).map(e => e.outerHTML.slice(0, 120))"""
COLOURS = "axe.run(document, {runOnly: ['color-contrast']}).then(found => found.violations.length)"
OVERLAP = "document.documentElement.scrollWidth"
Opened = tuple[Any, list[str]]
Opener = Callable[..., Opened]


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return explored(protocol("fuller"))


@pytest.fixture(scope="module")
def explorer(evidence: Evidence) -> Explorer:
    return explorer_report(evidence, FICTIONAL)


@pytest.fixture(scope="module")
def file(explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    path.write_text(render_explorer(explorer), encoding="utf-8")
    return path


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Opener]:
    contexts: list[Any] = []

    def opener(width: int = 1280, height: int = 900, script: bool = True) -> Opened:
        context = browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=script)
        contexts.append(context)
        page, wrong = context.new_page(), []
        outside = ("file:", "data:", "blob:")
        page.on("request", lambda request: None if request.url.startswith(outside) else wrong.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        page.goto(file.as_uri())
        return page, wrong

    yield opener
    for context in contexts:
        context.close()


def text(page: Any, id_: str) -> str:
    return str(page.evaluate(f"document.getElementById('{id_}').textContent"))


@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_violation_in_light_and_dark_and_nothing_leaves_the_page(width: int, opened: Opener) -> None:
    page, wrong = opened(width)
    page.click("#cut-more")
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    page.fill("#text", "Too many letters.")
    page.click("#add")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")  # what is drawn otherwise is colours alone
    assert page.evaluate(COLOURS) == 0
    assert page.evaluate(OVERLAP) <= width
    assert wrong == []


def test_axe_finds_faults_that_are_planted(opened: Opener) -> None:
    page, _ = opened(320)
    page.evaluate("document.querySelector('label[for=week]').remove()")
    page.evaluate("document.querySelector('#cut-more').removeAttribute('aria-label')")
    page.evaluate("document.querySelector('#cut-more').textContent = ''")
    page.evaluate("document.querySelector('#told-0').style.color = '#aaa'")
    assert {"select-name", "button-name", "color-contrast"} <= {line.split(":")[0] for line in violations(page)}


def test_by_keyboard_alone_the_threshold_moves_and_the_change_is_told(opened: Opener) -> None:
    page, wrong = opened()
    before = text(page, "told-1")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "cut-more":
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "cut-more"
    assert text(page, "told-1") != before
    assert text(page, "cut-now") == "the top 20 in 100 students"
    page.locator("#heard", has_text="top 20 in 100").wait_for(state="attached")
    assert page.get_attribute("#heard", "aria-live") == "polite"
    page.keyboard.press("Space")  # at its end it stays where it is, and keeps the focus
    assert (page.get_attribute("#cut-more", "aria-disabled"), page.evaluate("document.activeElement.id")) == (
        "true", "cut-more",
    )  # fmt: skip
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowLeft")
    assert (text(page, "cut-now"), text(page, "told-1")) == ("the top 10 in 100 students", before)
    page.focus("input[name=rule]:checked")
    page.keyboard.press("ArrowUp")
    assert text(page, "setting").startswith("Rule: Red light.")
    assert text(page, "cut-note") == WORDS["one_cut"]
    page.focus("#reset")
    page.keyboard.press("Enter")
    assert text(page, "told-1") == before
    assert wrong == []


def test_every_setting_reads_as_the_findings_say(opened: Opener, evidence: Evidence, explorer: Explorer) -> None:
    page, held = opened()[0], grid(evidence)
    seen = page.evaluate("""() => {
        const found = [], slider = document.getElementById('cut'), week = document.getElementById('week');
        const said = (id) => document.getElementById(id).textContent;
        for (const rule of document.querySelectorAll('input[name=rule]')) {
            rule.click();
            for (let cut = 0; cut <= Number(slider.max); cut += 1) {
                slider.value = cut; slider.dispatchEvent(new Event('input'));
                for (let i = 0; i < week.options.length; i += 1) {
                    week.value = i; week.dispatchEvent(new Event('change'));
                    const groups = [...document.querySelectorAll('#groups b')].map(one => one.textContent);
                    found.push({told: [0, 1, 2].map(k => said('told-' + k)), groups,
                                met: [0, 1, 2, 3].map(k => [said('verdict-' + k), said('outcome-' + k)])});
                }
            }
        }
        return found;
    }""")
    settings = [Setting(d, c, w) for d in held.dials for c in range(len(d.cuts)) for w in held.weeks]
    assert len(seen) == len(settings)
    groups = list(held.groups())[:3]  # all, and those of the first attribute
    for setting, found in zip(settings, seen, strict=True):
        for what, told in zip(MEASURES, found["told"], strict=True):
            assert told == measured(held, setting, what)
        assert found["groups"] == [in_cell(held.count(*setting.key, "missed", group)) for group in groups]
        verdicts = [person.verdict(setting, held) for person in explorer.people]
        assert found["met"] == [[sentence, WORDS.get(outcome, WORDS["unknown"])] for sentence, outcome in verdicts]


def test_a_hidden_cell_reads_hidden_and_hours_tell_who_waits(opened: Opener) -> None:
    page, _ = opened(390, 844)
    page.select_option("#week", "1")
    page.select_option("#attribute", "1")
    assert page.evaluate("[...document.querySelectorAll('#groups td')].map(e => e.textContent)")[1:3] == ["hidden"] * 2
    assert "chance" not in text(page, "changes")  # the same students: what changed is no chance of the draw
    for _ in range(2):
        page.click("#hours-less")
    assert "5 hours a week. That is not enough. Chance would have to decide who waits" in text(page, "staff")
    page.locator("#heard", has_text="That is not enough.").wait_for(state="attached")
    assert text(page, "heard") == text(page, "staff")


def test_without_a_script_the_registered_rule_stands_in_tables(opened: Opener) -> None:
    page, wrong = opened(390, script=False)
    assert page.locator("#rule .still table").count() == 3
    assert page.locator("#rule .still table").first.is_visible()
    assert page.get_by_text("Four rules close to it").is_visible()
    assert page.get_by_text("The rule this study tests", exact=True).first.is_visible()
    assert not page.locator("#try").is_visible()
    assert not page.locator("#text").is_visible()
    assert page.get_by_text("Without a script you can not write here.").is_visible()
    assert not page.get_by_text("Your comments stay on this page").is_visible()
    assert wrong == []


def test_enlarged_four_times_nothing_is_cut_and_nothing_sticks_over_the_page(opened: Opener) -> None:
    page, _ = opened(320, 225)
    assert page.evaluate("getComputedStyle(document.querySelector('.dock')).position") == "static"
    assert (page.evaluate(OVERLAP), page.evaluate(CUT_OFF)) == (320, [])


@pytest.mark.parametrize("width", [320, 1280])
def test_wider_spacing_of_text_cuts_nothing(width: int, opened: Opener) -> None:
    page, _ = opened(width)
    page.add_style_tag(content=SPACED)
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert (page.evaluate(OVERLAP), page.evaluate(CUT_OFF)) == (width, [])


def test_targets_are_at_least_44_pixels_and_buttons_stand_beside_every_slider(opened: Opener) -> None:
    page, _ = opened(320, 640)
    page.fill("#text", "One.")
    page.click("#add")
    small = page.evaluate("""[...document.querySelectorAll(
        'button, select, textarea, .pick, summary, .jump a, input[type=range]')]
        .filter(e => e.checkVisibility()).map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, box]) => box.height < 44 || box.width < 44).map(([html]) => html)""")
    assert small == []
    beside = "[...document.querySelectorAll('.steps')].map(e => [...e.children].map(one => one.tagName))"
    assert page.evaluate(beside) == [["BUTTON", "INPUT", "BUTTON"]] * 2
    page.evaluate("document.querySelector('.results').scrollIntoView({behavior: 'instant'})")
    dock = page.evaluate("document.querySelector('.dock').getBoundingClientRect().bottom")
    assert 500 < dock <= 640  # the threshold stays near the thumb


def test_in_print_the_registered_rule_stands_and_controls_do_not(opened: Opener) -> None:
    page, _ = opened()
    page.emulate_media(media="print")
    assert page.get_by_text("Four rules close to it").is_visible()
    assert [page.locator(one).is_visible() for one in ("#cut-more", "#week", "#text")] == [False] * 3
    assert page.evaluate("getComputedStyle(document.querySelector('.banner')).position") == "fixed"


def test_the_page_answers_within_a_second(opened: Opener, record_property: Callable[[str, object], None]) -> None:
    page, _ = opened(390, 844)
    page.wait_for_load_state("load")
    took = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
    record_property("interactive_ms", took)
    assert took < 5000  # a busy machine; what was measured is recorded


def test_comments_are_saved_as_a_file_that_the_studys_log_takes(
    opened: Opener, tmp_path: Path, evidence: Evidence
) -> None:
    page, wrong = opened(390, 844)
    page.fill("#text", f"Say it kindly – “é” 😀\n{NASTY}\u202e\u00ad\U000e0041")
    page.select_option("#topic", "Who is missed")
    page.click("#add")
    page.fill("#text", "x" * 2500)
    page.click("#add")
    page.click("#add")
    assert text(page, "comment-said") == WORDS["empty"]
    assert page.locator("#comments img").count() == 0
    page.fill("#text", "Still in the box.")
    with page.expect_download() as waiting:
        page.click("#save")
    assert waiting.value.suggested_filename == "comments-fuller.json"
    saved = tmp_path / "comments.json"
    shutil.copy(waiting.value.path(), saved)
    held = load_feedback(saved)
    first, second, third = held.comments
    assert (first.topic, first.text) == ("Who is missed", f"Say it kindly – “é” 😀\n{NASTY}")
    assert first.about == "Rule: The highest scores. Threshold: the top 10 in 100 students. When: week 4."
    assert len(second.text) == 2000
    assert third.text == "Still in the box."
    assert text(page, "comment-said") == WORDS["saved"]
    assert page.input_value("#text") == ""
    assert held.protocol == evidence.protocol.digest
    append_feedback(tmp_path / "protocol.yaml", evidence.protocol, held, datetime.date(2026, 3, 2))
    (entry,) = load_consultation(tmp_path / "protocol.yaml")
    assert [one["text"] for one in entry["comments"]] == [first.text, second.text, third.text]
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    page.get_by_role("button", name="Remove comment 1").click()
    assert page.locator("#comments li").count() == 2
    assert wrong == []


def test_a_file_that_is_full_says_that_the_box_is_not_in_it(opened: Opener, tmp_path: Path) -> None:
    page, _ = opened()
    for i in range(20):
        page.fill("#text", f"Comment {i}.")
        page.click("#add")
    page.fill("#text", "One too many.")
    with page.expect_download() as waiting:
        page.click("#save")
    saved = tmp_path / "comments.json"
    shutil.copy(waiting.value.path(), saved)
    assert len(load_feedback(saved).comments) == 20
    assert text(page, "comment-said") == WORDS["saved_full"]
    assert page.input_value("#text") == "One too many."


def test_a_week_in_which_a_rule_can_not_look_shows_no_number(opened: Opener, evidence: Evidence, file: Path) -> None:
    none = tuple(
        Row({"what": what, "cut": 2.0, "week": week}, share(value, 1534))
        for week, value in ((3, 0.0), (4, 0.1))
        for what in MEASURES
    )
    own = Finding("validation.explorer.own_baseline", "What?", "described", rows=none)
    findings = Findings([*(f for f in evidence.findings if f.id != own.id), own])
    page, wrong = opened()
    blank = file.with_name("blank.html")
    blank.write_text(render_explorer(explorer_report(replace(evidence, findings=findings), FICTIONAL)), "utf-8")
    page.goto(blank.as_uri())
    page.get_by_text("Unlike the student's own weeks").first.click()
    page.select_option("#week", label="Week 3")
    told = {text(page, id_) for id_ in ("told-0", "told-1", "told-2", "staff")}
    assert told == {"This rule can not look in this week."}
    assert {text(page, id_) for id_ in ("big-0", "mini-1")} == {"can not look"}
    page.select_option("#week", label="Week 4")
    assert text(page, "told-0").startswith("Of 1,000 students, 100 (")
    assert wrong == []
