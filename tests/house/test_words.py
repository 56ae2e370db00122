"""What students and committees read is written as the house style asks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from la_research.store import load_deviations, load_protocol
from la_research.wording import lint, reading_grade

ROOT = Path(__file__).resolve().parents[2]
STUDIES = sorted(path.parent for path in (ROOT / "protocols").glob("*/protocol.yaml"))
LOG = "consultation"
"""What others said, in their own words."""
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "synthetic/README.md", "protocols/institution.yaml")),
    *(path for study in STUDIES for path in study.iterdir() if path.suffix in (".md", ".yaml") and path.stem != LOG),
    *sorted((ROOT / "synthetic").glob("*.yaml")),
]  # fmt: skip
FOR_STUDENTS = ("retention", "location", "refusal", "grade_or_visa", "correction", "complaint", "funding", "next_step")


def prose(path: Path) -> str:
    """The text without code, addresses and titles of works."""
    text = re.sub(r"```.*?```|`[^`]*`|https?://\S+", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"(?ms)^## Sources$.*\Z", "", text)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_page_speaks_of_students_with_respect(path):
    assert [str(remark) for remark in lint(prose(path))] == []


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_answers_for_students_can_be_read_after_eight_years_of_school(study):
    protocol = load_protocol(study)
    said = {name: getattr(protocol.governance, name) for name in FOR_STUDENTS}
    said |= {f"{name}.purpose": source.purpose for name, source in protocol.sources.items()}
    said["can_be_changed"] = "\n".join(protocol.governance.can_be_changed)
    said["safeguards"] = " ".join(protocol.governance.safeguards)
    grades = {name: reading_grade(text) for name, text in said.items() if text}
    assert {name: round(grade, 1) for name, grade in grades.items() if grade >= 9} == {}
    assert reading_grade(" ".join(text for text in said.values() if text)) <= 8


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.name)
def test_a_deviation_of_a_shipped_study_says_why_and_what_it_changes(study):
    assert all(deviation.why and deviation.effect for deviation in load_deviations(study))
