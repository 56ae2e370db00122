"""Pages that are written from the code, and links that lead somewhere."""

from __future__ import annotations

import csv
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from la_research.protocol import Section
from la_research.store import load_protocol, load_scenario
from la_research.synthetic import Scenario
from la_research.synthetic.scenario import WORDS
from la_research.synthetic.switch import MECHANISMS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "protocols").glob("*/*.md")),
    *sorted((ROOT / "synthetic").glob("**/*.md")),
]  # fmt: skip
CAMPUS = ROOT / "synthetic"
SCENARIOS = sorted(CAMPUS.glob("*.yaml"))
SHEETS = runpy.run_path(str(ROOT / "scripts" / "datasheets"))
EXPECTED = runpy.run_path(str(ROOT / "scripts" / "expected"))


def rows(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file beside the scenarios."""
    with (CAMPUS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_reference_of_the_protocol_is_the_one_that_the_model_gives():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "protocol_reference"], capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8") == done.stdout, "run `make docs`"


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_datasheet_of_a_scenario_is_the_one_that_its_dials_give(path):
    assert path.with_suffix(".md").read_text(encoding="utf-8") == SHEETS["datasheet"](path), "run `make docs`"


def test_sizes_that_are_kept_for_the_datasheets_come_out_again():
    default = SHEETS["bare"]()
    kept = {row["estimand"]: float(row["size"]) for row in rows("planted.csv") if row["scenario"] == default.id}
    anew = SHEETS["reckoned"](default)
    assert kept == {name: pytest.approx(anew[name], rel=1e-6) for name in kept}
    told = {name for name, size in anew.items() if abs(size) >= SHEETS["SHOWN"]}
    assert told <= set(kept)


def test_no_datasheet_is_left_of_a_scenario_that_is_gone():
    assert {page.stem for page in CAMPUS.glob("*.md")} - {"README"} == {path.stem for path in SCENARIOS}


def test_the_page_of_the_campus_names_every_scenario_every_dial_and_what_switches_it_off():
    page = (CAMPUS / "README.md").read_text(encoding="utf-8")
    dials = {name for name, _, _ in SHEETS["dials"](load_scenario("default"))}
    graph = page.partition("\n## The mechanism\n")[2].partition("\n## ")[0]
    sections = {name for name, info in Scenario.model_fields.items() if isinstance(info.default, Section)}
    assert page == SHEETS["readme"](), "run `make docs`"
    assert [name for name in (*dials, *MECHANISMS) if f"`{name}`" not in page] == []
    assert [path.stem for path in SCENARIOS if f"({path.stem}.md)" not in page] == []
    assert [name for name in sections - WORDS - {"term"} if f"[{name}" not in graph and f"{name}." not in graph] == []


def test_every_figure_of_a_scenario_says_where_it_comes_from():
    figures = rows("figures.csv")
    assert {row["scenario"] for row in figures} == {path.stem for path in SCENARIOS}
    assert {row["mark"] for row in figures} == {"V", "C", "judgement", "assumed", "design"}
    assert [row["parameter"] for row in figures if row["mark"] in ("V", "C") and not row["source"]] == []


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_verdicts_expected_of_a_scenario_were_counted_on_its_present_dials(path):
    scenario, study = load_scenario(path), load_protocol(ROOT / "protocols" / "early-engagement")
    mine = [row for row in rows("expected.csv") if row["scenario"] == path.stem]
    assert [row["hypothesis"] for row in mine] == [claim.id for claim in study.hypotheses]
    assert {row["scenario_digest"] for row in mine} == {scenario.digest}, f"run `scripts/expected {path.stem}`"
    assert {int(row["n"]) for row in mine} == {EXPECTED["students"](scenario)}
    assert all(sum(int(row[verdict]) for verdict in SHEETS["VERDICTS"]) == int(row["draws"]) for row in mine)


def test_counting_verdicts_goes_on_where_it_stopped(tmp_path, monkeypatch):
    script = runpy.run_path(str(ROOT / "scripts" / "expected"))
    made: list[int] = []

    def new_draws(name, seeds, jobs):
        for seed in seeds:
            made.append(seed)
            yield [{"seed": str(seed), "hypothesis": claim, "verdict": "negligible"} for claim in ("H1", "H2", "H3")]

    inside = script["all_draws"].__globals__
    monkeypatch.setitem(inside, "HOME", tmp_path)
    monkeypatch.setitem(inside, "campus", lambda name: load_scenario("null"))
    monkeypatch.setitem(inside, "new_draws", new_draws)
    script["all_draws"]("null", range(1, 4), 1)
    kept = next((tmp_path / ".draws").glob("*.csv"))
    kept.write_text(kept.read_text()[:-30])
    again = script["all_draws"]("null", range(1, 6), 1)
    assert made == [1, 2, 3, 3, 4, 5]
    assert len(again) == 5 * 3


def test_the_example_reports_are_those_of_the_shipped_protocol():
    for audience in ("ethics", "advisory"):
        page = (ROOT / "reports" / "example" / f"{audience}.html").read_text(encoding="utf-8")
        assert "Synthetic data" in page
        assert load_protocol(ROOT / "protocols" / "early-engagement").digest in page or audience == "advisory"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_inside_the_project_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_fragment_of_the_changelog_is_named_and_can_be_gathered(tmp_path):
    for name in ("changelog.d", "scripts"):
        (tmp_path / name).mkdir()
    for fragment in (ROOT / "changelog.d").iterdir():
        (tmp_path / "changelog.d" / fragment.name).write_text(fragment.read_text())
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\nHead.\n\n## 0.0.1, 2025-01-01\n\nOld.\n")
    script = tmp_path / "scripts" / "changelog"
    script.write_text((ROOT / "scripts" / "changelog").read_text())
    subprocess.run([sys.executable, script, "9.9.9", "2030-02-03"], check=True)
    log = (tmp_path / "CHANGELOG.md").read_text()
    assert log.startswith("# Changelog\n\nHead.\n\n## 9.9.9, 2030-02-03\n\n### Added\n\n- ")
    assert log.endswith("\n## 0.0.1, 2025-01-01\n\nOld.\n")
    assert [path.name for path in (tmp_path / "changelog.d").iterdir()] == ["README.md"]
