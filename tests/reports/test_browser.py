"""Both reports in a real Chromium: no violation that axe-core knows, no request, nothing cut off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from la_research.evidence import Evidence
from la_research.finding import Findings
from la_research.ingest.predictions import Columns
from la_research.pipeline.table import audit_predictions, save_table_audit
from la_research.report import advisory_report, ethics_report, render_html

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = (
    "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']}"
)
OPENED = [(320, "dark"), (1280, "light")]
"""Settings in which everything that can be opened is open."""
SETTINGS = [(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is absent: scripts/system-packages installs it")
        print("not run: both reports in a browser, since Chromium is absent")
        pytest.skip("not run: both reports in a browser, since Chromium is absent")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def files(
    tmp_path_factory: pytest.TempPathFactory, evidence: Evidence, score: Findings, small: Evidence
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    kept = Findings(f for f in evidence.findings if f.stage != "audit" or f.id.split(".")[1] in ("fnr", "auc"))
    shorter = replace(evidence, findings=kept)  # the same kinds of part, fewer tables: axe reads every cell
    reports = {
        "ethics": ethics_report(shorter, score),
        "advisory": advisory_report(shorter),
        "small": ethics_report(small),
    }
    for name, report in reports.items():
        (folder / f"{name}.html").write_text(render_html(report), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in reports}


def opened(browser: Any, path: Path, width: int = 1280, scheme: str = "light") -> tuple[Any, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    return page, asked


def violations(page: Any) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(
        f"axe.run(document, {RULES}).then(all => all.violations.flatMap("
        "fault => fault.nodes.map(node => fault.id + ': ' + node.html.slice(0, 160))))"
    )
    return found


@pytest.mark.parametrize(("width", "scheme"), SETTINGS)
@pytest.mark.parametrize("name", ["ethics", "advisory"])
def test_axe_finds_no_violation(name: str, width: int, scheme: str, browser: Any, files: dict[str, Path]) -> None:
    page, asked = opened(browser, files[name], width, scheme)
    if (width, scheme) in OPENED:
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert violations(page) == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_axe_finds_no_violation_in_a_report_without_answers(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["small"], 320)
    assert violations(page) == []
    page.context.close()


@pytest.mark.parametrize("name", ["ethics", "advisory"])
def test_axe_finds_no_violation_in_a_report_on_a_table(name: str, browser: Any, tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "synthetic" / "predictions.csv"
    columns = Columns("left", ("entry_route",), score="score", top=0.25, stratum="course")
    save_table_audit(
        audit_predictions(example, replace(columns, student="student_id"), data="synthetic"), tmp_path / "t"
    )
    page, asked = opened(browser, tmp_path / "t" / f"{name}.html", 320, "dark")
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert violations(page) == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.context.close()


def test_axe_finds_faults_that_are_planted(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["advisory"])
    page.evaluate("document.documentElement.removeAttribute('lang')")
    page.evaluate("document.querySelector('main p').style.color = '#ccc'")
    page.evaluate("document.querySelector('svg.chart').removeAttribute('aria-label')")
    found = {line.split(":")[0] for line in violations(page)}
    assert {"html-has-lang", "color-contrast", "svg-img-alt"} <= found
    page.context.close()


def test_a_keyboard_reaches_the_report_first_and_focus_is_seen(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["ethics"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()


def test_targets_are_at_least_24_pixels_high(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["advisory"], 320)
    heights = page.evaluate(
        "[...document.querySelectorAll('nav a, summary')].map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 24
    page.context.close()


def test_the_answer_stands_on_the_first_screen_of_a_phone_before_the_list_of_questions(
    browser: Any, files: dict[str, Path]
) -> None:
    page, _ = opened(browser, files["advisory"], 390)
    first = page.evaluate("document.getElementById('short').getBoundingClientRect().top")
    listed = page.evaluate("document.querySelector('nav').getBoundingClientRect().top")
    assert first < 450
    assert first < listed
    page.context.close()


def test_in_print_details_are_open_and_the_kind_of_data_stays_in_sight(browser: Any, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["ethics"])
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.banner')).position") == "fixed"
    assert page.evaluate("document.querySelector('details table').checkVisibility({contentVisibilityAuto: true})")
    page.context.close()
