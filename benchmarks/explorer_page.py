"""The advisory explorer at its largest: five rules, six cut-offs each, seven weeks and twelve groups, in Chromium.

The promise: a page of at most ``LARGEST`` bytes that answers within ``BUDGET`` seconds, the load included.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from la_research import load_protocol
from la_research.evidence import collect_evidence
from la_research.finding import Estimate, Finding, Findings, Row
from la_research.protocol.analysis import Explorer
from la_research.report import explorer_report, render_explorer

LARGEST, BUDGET = 1_500_000, 1.0
RULES = ("peer_share_30", "amber_or_red", "red", "own_baseline", "score")
CUTS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
WEEKS = (0, 3, 4, 5, 6, 7, 8)
GROUPS = [{}, *({"gender": str(i)} for i in range(3)), *({"ethnicity": str(i)} for i in range(5)),
          *({"age_band": str(i)} for i in range(4))]  # fmt: skip
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def rows() -> tuple[Row, ...]:
    """All settings of a rule; what they hold is made up."""
    shares = [
        Row(
            {"what": what, "cut": cut, "week": week, **group}, Estimate(cut, cut / 2, 0.9, 0.95, "share", 900, "wilson")
        )
        for what in ("contacted", "missed", "wrongly contacted")
        for cut in CUTS
        for week in WEEKS
        for group in GROUPS
    ]
    weekly = Estimate(100.0, 90.0, 110.0, 0.95, "a week per 1,000", 900, "wilson")
    return (*shares, *(Row({"what": "contacts a week", "cut": cut, "week": 0}, weekly) for cut in CUTS))


def opened(path: Path) -> float:
    """Seconds from the start of the load until a press of a button is answered."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 390, "height": 844})
        page.goto(path.as_uri())
        took = page.evaluate(
            "() => { document.getElementById('cut-more').click(); "
            "document.body.getBoundingClientRect(); return performance.now(); }"
        )
        browser.close()
    return float(took) / 1000


def main() -> int:
    """Print size and time; 1 where the promise is broken."""
    protocol = load_protocol("protocols/early-engagement")
    explanation = protocol.explanation.model_copy(update={"explorer": Explorer()})
    findings = Findings(
        Finding(f"validation.explorer.{rule}", "What would it do?", "described", rows=rows()) for rule in RULES
    )
    evidence = collect_evidence(
        protocol.model_copy(update={"explanation": explanation}), findings, provenance={"data": "synthetic"}
    )
    page = render_explorer(explorer_report(evidence))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "explorer.html"
        path.write_text(page, encoding="utf-8")
        took = min(opened(path) for _ in range(3))
    size, many = len(page.encode()), sum(len(finding.rows) for finding in findings)
    print(f"page of {many:,} rows           {size / 1000:6,.0f} kB, at most {LARGEST / 1000:,.0f}")
    print(f"first answer in Chromium      {took:6.2f} s, at most {BUDGET:.0f}")
    return int(size > LARGEST or took > BUDGET)
