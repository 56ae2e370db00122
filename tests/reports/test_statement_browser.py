"""A statement in a real Chromium: no violation that axe-core knows, no request, nothing cut off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from la_research.pipeline.basis import Basis
from la_research.pipeline.statement import state, traced
from la_research.report import render_html
from la_research.report.statement import Explained, statement_page
from la_research.store import load_cohort, load_protocol

pytestmark = pytest.mark.browser
ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RULES = (
    "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations']}"
)
OPEN = "document.querySelectorAll('details').forEach(part => part.open = true)"
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; } "
    "p { margin-bottom: 2em !important; }"
)
CUT = """[...document.querySelectorAll('main *, header *')].filter(e => {
  const style = getComputedStyle(e);
  const hides = ['hidden', 'clip'].includes(style.overflowX) || ['hidden', 'clip'].includes(style.overflowY);
  return hides && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1);
}).map(e => e.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is absent: scripts/system-packages installs it")
        pytest.skip("not run: a statement in a browser, since Chromium is absent")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


def shortly(*asked: Any) -> Explained:
    """Of a calculation the first lines of each part: axe reads every cell."""
    whole = traced(*asked)
    assert whole.trace is not None
    kept = tuple(step for part in ("record", "indicator", "feature") for step in whole.steps(part)[:8])
    return replace(whole, trace=replace(whole.trace, steps=kept))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    protocol = load_protocol(ROOT / "protocols" / "early-engagement")
    cohort = load_cohort(ROOT / "synthetic" / "handmade")
    statement = state(cohort, "fades_a", Basis(protocol), "2025-11-01", shortly)
    path = tmp_path_factory.mktemp("statement") / "statement.html"
    path.write_text(render_html(statement_page(statement)), encoding="utf-8")
    return path


def opened(browser: Any, path: Path, width: int = 1280, **context: Any) -> tuple[Any, list[str]]:
    page = browser.new_context(viewport={"width": width, "height": 900}, **context).new_page()
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


@pytest.mark.parametrize(
    ("width", "scheme", "all_open"),
    [(320, "dark", True), (320, "light", False), (1280, "light", True), (1280, "dark", False)],
)
def test_axe_finds_no_violation(browser: Any, file: Path, width: int, scheme: str, all_open: bool) -> None:
    page, asked = opened(browser, file, width, color_scheme=scheme)
    if all_open:
        page.evaluate(OPEN)
    assert violations(page) == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_axe_finds_a_fault_that_is_planted(browser: Any, file: Path) -> None:
    page, _ = opened(browser, file)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    page.evaluate("document.querySelector('main dd').style.color = '#ccc'")
    page.evaluate("document.querySelectorAll('main section + section').forEach(part => part.remove())")
    assert {"html-has-lang", "color-contrast"} <= {line.split(":")[0] for line in violations(page)}
    page.context.close()


def test_wide_spacing_and_four_times_the_size_cut_nothing(browser: Any, file: Path) -> None:
    page, _ = opened(browser, file, 320)  # 1280 px at 400 %
    page.evaluate(OPEN)
    page.add_style_tag(content=SPACED)
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.context.close()


def test_a_keyboard_reaches_the_text_first_and_opens_a_table(browser: Any, file: Path) -> None:
    page, _ = opened(browser, file)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.evaluate("document.querySelector('summary').focus()")
    page.keyboard.press("Enter")
    assert page.evaluate("document.querySelector('details').open")
    heights = page.evaluate(
        "[...document.querySelectorAll('nav a, summary')].map(e => e.getBoundingClientRect().height)"
    )
    assert min(heights) >= 24
    page.context.close()


def test_without_scripts_and_in_print_all_rows_can_be_read(browser: Any, file: Path) -> None:
    page, _ = opened(browser, file, java_script_enabled=False)
    page.locator("summary").first.click()
    assert page.locator("details").first.locator("table").first.is_visible()
    page.context.close()
    page, _ = opened(browser, file)
    page.emulate_media(media="print")
    shown = (
        "[...document.querySelectorAll('details table')].every(t => t.checkVisibility({contentVisibilityAuto: true}))"
    )
    page.wait_for_function(shown, timeout=5000)
    page.context.close()
