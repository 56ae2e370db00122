"""Pages that are written from the code, and links that lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from la_research.store import load_protocol

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "protocols").glob("*/*.md")),
    *sorted((ROOT / "synthetic").glob("**/*.md")),
]  # fmt: skip


def test_the_reference_of_the_protocol_is_the_one_that_the_model_gives():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "protocol_reference"], capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8") == done.stdout, "run `make docs`"


def test_the_datasheet_of_every_scenario_is_the_one_that_its_dials_give():
    done = subprocess.run([sys.executable, ROOT / "scripts" / "datasheets", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}: run `make docs`"


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
